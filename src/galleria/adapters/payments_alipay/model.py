"""What Alipay says on the wire, as far as we read it."""

from datetime import timedelta, timezone

import msgspec

GATEWAY = "https://openapi.alipay.com/gateway.do"
BEIJING = timezone(timedelta(hours=8))


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An application at Alipay, the seller it collects for, and the address it is reached at."""

    app_id: str
    seller_id: str
    private_key: str
    public_key: str
    notify_url: str
    gateway: str = GATEWAY


class Answered(msgspec.Struct, frozen=True):
    """What every answer has: `10000` is yes, `10003` waits for the shopper, `20000` knows nothing, `40004` is no."""

    code: str = ""
    msg: str = ""
    sub_code: str = ""
    sub_msg: str = ""


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """A payment; `trade_no` is Alipay's number of it."""

    trade_no: str | None = None
    trade_status: str = ""
    total_amount: str = ""


class Precreated(msgspec.Struct, frozen=True):
    """A code to be scanned."""

    qr_code: str


class Refunded(msgspec.Struct, frozen=True):
    """The answer to a refund: `fund_change` tells whether money moved by this very request."""

    trade_no: str = ""
    fund_change: str = "N"
    refund_fee: str = "0"


class RefundQueried(msgspec.Struct, frozen=True):
    """How a refund stands; without a status it is not made, or not yet."""

    refund_status: str = ""
    refund_amount: str = "0"
    trade_no: str = ""


class BillAddress(msgspec.Struct, frozen=True):
    """Where a day's bill is fetched."""

    bill_download_url: str

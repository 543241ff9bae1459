"""What WeChat Pay says on the wire (API v3), as far as we read it."""

from datetime import timedelta, timezone

import msgspec

GATEWAY = "https://api.mch.weixin.qq.com"
LOGIN = "https://api.weixin.qq.com"
AUTHORISE = "https://open.weixin.qq.com/connect/oauth2/authorize"
BEIJING = timezone(timedelta(hours=8))


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's account at WeChat Pay, and the addresses it is reached at.

    `public_key` with its id is WeChat Pay's own key; without it the platform's certificates are downloaded.
    """

    mchid: str
    appid: str
    app_secret: str
    private_key: str
    cert_serial: str
    api_v3_key: str
    notify_url: str
    public_key: str | None = None
    public_key_id: str | None = None
    gateway: str = GATEWAY
    login: str = LOGIN


class Amount(msgspec.Struct, frozen=True):
    """Of a payment, in fen."""

    total: int = 0
    currency: str = "CNY"


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """A payment, told or asked for; `attach` and `transaction_id` come once it is paid."""

    mchid: str
    out_trade_no: str
    trade_state: str
    appid: str = ""
    transaction_id: str | None = None
    trade_state_desc: str = ""
    attach: str = ""
    amount: Amount | None = None


class RefundAmount(msgspec.Struct, frozen=True):
    """Of a refund, in fen."""

    refund: int
    total: int = 0


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund, answered, told or asked for: notices say `refund_status`, answers `status`."""

    out_refund_no: str
    refund_id: str
    amount: RefundAmount
    status: str = ""
    refund_status: str = ""
    mchid: str = ""


class Resource(msgspec.Struct, frozen=True):
    """What a notice is about, encrypted (AEAD_AES_256_GCM)."""

    algorithm: str
    ciphertext: str
    nonce: str
    original_type: str = ""
    associated_data: str = ""


class Told(msgspec.Struct, frozen=True):
    """The body of a notice; `id` is the same when it is told again."""

    id: str
    event_type: str
    resource: Resource


class Problem(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    code: str = ""
    message: str = ""


class Bill(msgspec.Struct, frozen=True):
    """Where a day's bill is fetched, and its hash."""

    download_url: str
    hash_value: str
    hash_type: str = "SHA1"


class SealedCertificate(msgspec.Struct, frozen=True):
    """A certificate of the platform, encrypted like a notice."""

    serial_no: str
    encrypt_certificate: Resource


class Certificates(msgspec.Struct, frozen=True):
    """The certificates of the platform in force."""

    data: list[SealedCertificate]

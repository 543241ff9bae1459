"""Tickets and redemptions as values, the codes people show, and the refusals a counter can meet."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from galleria.kernel.ids import ClaimId, LineId, MallId, MemberId, MerchantId, OrderId, ShopId, SubOrderId, TicketId


class TicketKind(StrEnum):
    """What a ticket gives at the counter."""

    VOUCHER = "voucher"  # one bought unit of a voucher or service
    PICKUP = "pickup"  # the physical goods of one sub-order
    COUPON = "coupon"  # a claimed coupon, used in the shop itself


class TicketState(StrEnum):
    """Where a ticket stands; `valid` may end in either, and a reversal leads back from `redeemed`."""

    VALID = "valid"
    REDEEMED = "redeemed"
    VOID = "void"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket as stored."""

    mall_id: MallId
    id: TicketId
    serial: str
    kind: TicketKind
    member_id: MemberId
    order_id: OrderId | None
    sub_order_id: SubOrderId | None
    line_id: LineId | None
    unit: int | None
    claim_id: ClaimId | None
    shop_id: ShopId | None
    merchant_id: MerchantId | None
    shop_zh: str
    shop_en: str
    title_zh: str
    title_en: str
    state: TicketState
    valid_until: datetime | None
    created_at: datetime


class NewTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket to issue: everything but its serial and state."""

    kind: TicketKind
    member_id: MemberId
    title_zh: str
    title_en: str
    order_id: OrderId | None = None
    sub_order_id: SubOrderId | None = None
    line_id: LineId | None = None
    unit: int | None = None
    claim_id: ClaimId | None = None
    shop_id: ShopId | None = None
    merchant_id: MerchantId | None = None
    shop_zh: str = ""
    shop_en: str = ""
    valid_until: datetime | None = None


class MyTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as its owner sees it in a list; a coupon without one shop has no shop names."""

    id: UUID
    kind: TicketKind
    title_zh: str
    title_en: str
    shop_id: UUID | None
    shop_zh: str
    shop_en: str
    order_id: UUID | None
    sub_order_id: UUID | None
    line_id: UUID | None
    claim_id: UUID | None
    state: TicketState
    valid_until: datetime | None
    created_at: datetime
    redeemed_at: datetime | None
    redeemed_shop_zh: str | None
    redeemed_shop_en: str | None


class TicketCode(MyTicket, frozen=True, kw_only=True):
    """A ticket with what the owner's phone needs to show its code without a network.

    `serial` (8 digits) is followed by 4 digits that change every `step_seconds`: HMAC-SHA-256, keyed by the bytes of
    `secret_base64`, of the decimal number of whole steps since 1970, truncated as RFC 4226 section 5.3 has it, modulo
    10,000. The QR text is `GAL:` and the 12 digits. `server_now` lets a phone with a wrong clock correct itself.
    """

    serial: str
    secret_base64: str
    step_seconds: int
    server_now: datetime


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """Some goods to hand over for a pickup ticket: how many units of what."""

    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    sku: str
    picture: str | None
    quantity: int


class CouponTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon gives in the shop; `bill_required` when the discount depends on the bill."""

    kind: str
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    threshold_minor: int
    bill_required: bool


class Refusal(msgspec.Struct, frozen=True):
    """Why a ticket cannot be used now: the code and text its redemption would be refused with."""

    code: str
    message: str
    params: dict[str, str | int] = {}


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """What a scanned code is, for whom, whether it can be used here and now, and until when."""

    ticket_id: UUID
    kind: TicketKind
    title_zh: str
    title_en: str
    member_masked: str
    shop_zh: str
    shop_en: str
    state: TicketState
    valid_until: datetime | None
    order_number: str | None
    currency: str
    items: list[HandOver]
    coupon: CouponTerms | None
    usable: bool
    refusal: Refusal | None


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """A redemption just made; `discount_minor` is what the clerk takes off the bill for a coupon."""

    id: UUID
    ticket_id: UUID
    kind: TicketKind
    title_zh: str
    title_en: str
    member_masked: str
    shop_zh: str
    shop_en: str
    staff_name: str
    at: datetime
    order_number: str | None
    items: list[HandOver]
    currency: str
    bill_minor: int | None
    discount_minor: int | None
    sub_order_fulfilled: bool


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """One redemption as the shop's history shows it."""

    id: UUID
    ticket_id: UUID
    kind: TicketKind
    title_zh: str
    title_en: str
    member_masked: str
    shop_id: UUID
    shop_zh: str
    shop_en: str
    staff_id: UUID
    staff_name: str
    at: datetime
    order_id: UUID | None
    bill_minor: int | None
    discount_minor: int | None
    reversed_at: datetime | None
    reason: str | None
    reversible: bool


class RedemptionHistory(msgspec.Struct, frozen=True):
    """A page of redemptions, newest first, and how many stand since the mall's midnight."""

    items: list[Redemption]
    next_cursor: str | None
    today_count: int


class TicketStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket of an order as returns need it: which units it stands for and whether they are still owed."""

    id: TicketId
    kind: TicketKind
    sub_order_id: SubOrderId
    line_id: LineId | None
    unit: int | None
    state: TicketState


class TicketNotFound(NotFound):
    """No ticket of this mall has this number."""

    code = "ticket_not_found"


class CodeWrong(Invalid):
    """The last four digits never belonged to this ticket."""

    code = "ticket_code_wrong"


class CodeStale(Conflict):
    """The code was right some minutes ago: a screenshot, or a phone left open."""

    code = "code_stale"


class AlreadyRedeemed(Conflict):
    """The ticket was used: `at`, `shop_zh`, `shop_en`, `staff` say when, where and by whom."""

    code = "already_redeemed"


class NotThisShop(Forbidden):
    """The ticket is another shop's: `shop_zh`, `shop_en` name it."""

    code = "not_this_shop"


class TicketExpired(Conflict):
    """The ticket was good until `until`."""

    code = "ticket_expired"


class TicketRefunded(Conflict):
    """What the ticket stood for was refunded."""

    code = "ticket_refunded"


class AlreadyReversed(Conflict):
    """The redemption was reversed before."""

    code = "redemption_reversed"


class ReversalTooLate(Conflict):
    """The redemption is older than `days` days and stands."""

    code = "reversal_too_late"


class ReversalRefunded(Conflict):
    """What was redeemed has been refunded since; a ticket for it cannot come back."""

    code = "reversal_refunded"

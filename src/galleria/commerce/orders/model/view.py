"""Orders as screens show them."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.orders.model.placed import AppliedOffer
from galleria.commerce.orders.model.state import (
    CashState,
    DeliveryOwner,
    OrderState,
    SubOrderState,
    TenderKind,
    UnitState,
    Way,
)
from galleria.kernel.ids import (
    ClaimId,
    LineId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    RefundId,
    ShopId,
    SubOrderId,
    TenderId,
    VariantId,
)
from galleria.value.payments import AttemptState
from galleria.value.promotions import FundedTotal, Granted, Step


class History(msgspec.Struct, frozen=True):
    """Where a member has bought: the shops of all orders not given up before payment; none means a new customer."""

    shop_ids: frozenset[UUID]


class UnitView(msgspec.Struct, frozen=True):
    """One unit of a line: its state, what it really cost, and what of that was given back though it is kept."""

    state: UnitState
    paid_minor: int
    reduced_minor: int = 0


class LineOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer takes off a line."""

    id: UUID
    title_zh: str
    title_en: str
    discount_minor: int


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line as a screen shows it; `granted_by` is the offer whose gift or add-on it is."""

    id: LineId
    variant_id: VariantId
    product_id: ProductId
    kind: str
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    quantity: int
    unit_price_minor: int
    goods_minor: int
    payable_minor: int
    refunded_minor: int
    granted_by: UUID | None
    note: str
    applied: list[LineOffer]
    units: list[UnitView]


class SubOrderView(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's part as a screen shows it; `payable_minor` is what its goods cost, the delivery fee stands beside.

    `funded` is who bears its discount and `fee_minor` what selling costs the merchant, told to staff only. The goods
    are to be ready at `prepare_by`, and with the shopper between `promised_from` and `promised_by`.
    """

    id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    state: SubOrderState
    goods_minor: int
    discount_minor: int
    payable_minor: int
    refunded_minor: int
    ready_at: datetime | None
    fulfilled_at: datetime | None
    way: Way
    delivery_minor: int
    delivery_discount_minor: int
    delivery_owner: DeliveryOwner
    delivery_refunded: bool
    prepare_by: datetime | None
    promised_from: datetime | None
    promised_by: datetime | None
    fee_minor: int
    funded: list[FundedTotal]
    lines: list[LineView]


class Moment(msgspec.Struct, frozen=True):
    """Something that happened to an order or, with `shop_id`, to that shop's part of it, and who made it happen.

    `actor_kind` is member, staff or system; `actor_name` is told to staff only.
    """

    what: str
    at: datetime
    shop_id: ShopId | None = None
    actor_kind: str = "system"
    actor_id: UUID | None = None
    actor_name: str = ""
    note: str = ""


class TenderView(msgspec.Struct, frozen=True, kw_only=True):
    """A tender as a screen shows it; `collected` tells whether its money (or points) is in."""

    id: TenderId
    kind: TenderKind
    amount_minor: int
    points: int
    provider: str | None
    payer_id: MemberId | None
    collected: bool
    refunded_minor: int
    refunded_points: int


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a screen shows it, whole."""

    id: OrderId
    number: str
    member_id: MemberId
    state: OrderState
    currency: str
    goods_minor: int
    discount_minor: int
    payable_minor: int
    refunded_minor: int
    claim_ids: list[ClaimId]
    applied: list[AppliedOffer]
    granted: list[Granted]
    placed_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None
    channel: str
    delivery_minor: int
    delivery_discount_minor: int
    tenders: list[TenderView]
    explanation: list[Step]
    sub_orders: list[SubOrderView]
    timeline: list[Moment]
    payment: AttemptState | None = None
    """How the latest attempt to pay stands; asked only while the order waits for payment."""


class OrderLineSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A line in a list of orders."""

    shop_id: ShopId
    name_zh: str
    name_en: str
    picture: str | None
    quantity: int
    kind: str


class OrderShopSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A sub-order in a list of orders."""

    id: SubOrderId
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    state: SubOrderState
    discount_minor: int
    payable_minor: int
    refunded_minor: int
    way: Way
    prepare_by: datetime | None
    promised_by: datetime | None


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list; staff of some shops see only those shops' sub-orders and lines."""

    id: OrderId
    number: str
    member_id: MemberId
    state: OrderState
    currency: str
    payable_minor: int
    discount_minor: int
    refunded_minor: int
    placed_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    shops: list[OrderShopSummary]
    lines: list[OrderLineSummary]


class CashRefund(msgspec.Struct, frozen=True, kw_only=True):
    """Cash that a till (of `merchant_id`; `shop_id` is one of its shops in the order) owes a shopper, or has paid."""

    id: RefundId
    order_id: OrderId
    order_number: str
    member_id: MemberId
    merchant_id: MerchantId
    shop_id: ShopId | None
    amount_minor: int
    currency: str
    reason: str
    state: CashState
    created_at: datetime
    paid_at: datetime | None


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an order that is not done: what is to be prepared, waits to be collected, or is on its way.

    `due_at` is when it must be ready (while it is prepared) or with the shopper; None: nobody promised a time.
    """

    sub_order_id: SubOrderId
    order_id: OrderId
    number: str
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    state: SubOrderState
    way: Way
    channel: str
    paid_at: datetime
    prepare_by: datetime | None
    promised_from: datetime | None
    promised_by: datetime | None
    due_at: datetime | None
    late_minutes: int
    units: int
    name_zh: str
    name_en: str
    note: str


class BoardCounts(msgspec.Struct, frozen=True):
    """How many parts are to be prepared, wait or are on their way, and how many of all are late."""

    preparing: int
    ready: int
    late: int


class OrderBoard(msgspec.Struct, frozen=True):
    """The parts that are not done, the latest first, and how many there are."""

    items: list[BoardRow]
    next_cursor: str | None
    counts: BoardCounts

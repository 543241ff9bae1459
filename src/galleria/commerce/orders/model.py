"""Orders: one purchase is one payment, one sub-order a shop, lines of units whose price is frozen at placement."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.ids import (
    ClaimId,
    GroupId,
    LineId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    ShopId,
    SubOrderId,
    VariantId,
)
from galleria.value.payments import IntentState
from galleria.value.promotions import FundedTotal, Funder, Granted, Source, Step


class OrderState(StrEnum):
    """Where a purchase stands as to its payment."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ORDER_TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING_PAYMENT: frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED}),
    OrderState.PAID: frozenset(),
    OrderState.CANCELLED: frozenset(),
    OrderState.EXPIRED: frozenset(),
}


class SubOrderState(StrEnum):
    """Where one shop's part stands as to its fulfilment."""

    PENDING = "pending"
    PREPARING = "preparing"
    READY = "ready"
    FULFILLED = "fulfilled"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


SUB_ORDER_TRANSITIONS: dict[SubOrderState, frozenset[SubOrderState]] = {
    SubOrderState.PENDING: frozenset({SubOrderState.PREPARING, SubOrderState.CANCELLED}),
    SubOrderState.PREPARING: frozenset({SubOrderState.READY, SubOrderState.FULFILLED, SubOrderState.REFUNDED}),
    SubOrderState.READY: frozenset({SubOrderState.FULFILLED, SubOrderState.REFUNDED, SubOrderState.PREPARING}),
    SubOrderState.FULFILLED: frozenset({SubOrderState.REFUNDED, SubOrderState.PREPARING, SubOrderState.READY}),
    SubOrderState.REFUNDED: frozenset(),
    SubOrderState.CANCELLED: frozenset(),
}
"""A reversed redemption leads back from fulfilled."""


class ListState(StrEnum):
    """What a list for staff may be narrowed to: a purchase's state or a part's."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PREPARING = "preparing"
    READY = "ready"
    FULFILLED = "fulfilled"
    REFUNDED = "refunded"


class UnitState(StrEnum):
    """What became of one unit of a line."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    REFUNDED = "refunded"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one party bears of one offer on the units of a line; the n-th entry is the n-th unit."""

    id: UUID
    offer_id: UUID
    version: int
    funder: Funder
    funder_id: UUID | None
    units: list[int]


class AppliedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer an order was priced with, in its version then; `id` is a coupon's claim or a flash sale's session."""

    id: UUID
    offer_id: UUID
    version: int
    source: Source
    kind: str
    title_zh: str
    title_en: str
    discount_minor: int


class NewApplied(AppliedOffer, frozen=True, kw_only=True):
    """An applied offer to place; `earned_by` are the positions of the lines that a gift was earned with."""

    earned_by: list[int]


class AppliedRow(AppliedOffer, frozen=True, kw_only=True):
    """An applied offer as stored; `earned_by` are the lines that a gift was earned with."""

    earned_by: list[LineId]


class NewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line to place; one entry a unit in the lists. The shares of a unit sum to its discount."""

    variant_id: VariantId
    product_id: ProductId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    kind: str
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    valid_days: int | None
    unit_price_minor: int
    unit_paid_minor: list[int]
    shares: list[Share]
    granted_by: UUID | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase to place."""

    id: OrderId
    group_id: GroupId
    mall_id: MallId
    member_id: MemberId
    number: str
    currency: str
    claim_ids: list[ClaimId]
    lines: list[NewLine]
    applied: list[NewApplied]
    granted: list[Granted]
    explanation: list[Step]
    placed_at: datetime
    expires_at: datetime


class PaidLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a purchase just paid."""

    id: LineId
    variant_id: VariantId
    product_id: ProductId
    kind: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    valid_days: int | None
    quantity: int
    unit_price_minor: int
    unit_paid_minor: list[int]
    shares: list[Share]


class PaidSubOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's part of a purchase just paid."""

    id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    payable_minor: int
    lines: list[PaidLine]


class PaidOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase just paid, with everything the next steps need; `offers` tells whether automatic ones are in it."""

    id: OrderId
    mall_id: MallId
    group_id: GroupId
    member_id: MemberId
    number: str
    currency: str
    payable_minor: int
    claim_ids: list[ClaimId]
    offers: bool
    granted: list[Granted]
    sub_orders: list[PaidSubOrder]


class EndedOrder(msgspec.Struct, frozen=True):
    """A purchase just cancelled or expired unpaid."""

    id: OrderId
    mall_id: MallId
    member_id: MemberId
    number: str
    claim_ids: list[ClaimId]
    offers: bool
    shop_ids: list[ShopId]


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one line given back, what they had cost, and what each party had borne of them."""

    line_id: LineId
    sub_order_id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    variant_id: VariantId
    kind: str
    units: list[int]
    amount_minor: int
    mall_funded_minor: int
    funded: list[FundedTotal]


class RecordedRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund took out of an order; `remaining` is what each of its sub-orders still costs, in minor units.

    `offers` tells whether automatic offers are in the order, `earned` whether it earned coupons for later.
    """

    order_id: OrderId
    group_id: GroupId
    member_id: MemberId
    number: str
    currency: str
    claim_ids: list[ClaimId]
    offers: bool
    earned: bool
    amount_minor: int
    mall_funded_minor: int
    everything: bool
    lines: list[RefundedLine]
    remaining: dict[str, int]


class History(msgspec.Struct, frozen=True):
    """Where a member has bought: the shops of all orders not given up before payment; none means a new customer."""

    shop_ids: frozenset[UUID]


class UnitView(msgspec.Struct, frozen=True):
    """One unit of a line: its state and what it really cost."""

    state: UnitState
    paid_minor: int


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
    applied: list[LineOffer]
    units: list[UnitView]


class SubOrderView(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's part as a screen shows it; `funded` is who bears its discount, told to staff only."""

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
    funded: list[FundedTotal]
    lines: list[LineView]


class Moment(msgspec.Struct, frozen=True):
    """Something that happened to an order: `what` is placed, paid, ready, fulfilled, cancelled or expired."""

    what: str
    at: datetime
    shop_id: ShopId | None = None


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
    explanation: list[Step]
    sub_orders: list[SubOrderView]
    timeline: list[Moment]
    payment: IntentState | None = None
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


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line as stored."""

    id: LineId
    sub_order_id: SubOrderId
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
    unit_paid_minor: list[int]
    shares: list[Share]
    granted_by: UUID | None
    refunded_units: list[int]
    fulfilled_units: list[int]


class SubOrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sub-order as stored."""

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


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase as stored, with its sub-orders and lines."""

    id: OrderId
    group_id: GroupId
    number: str
    member_id: MemberId
    state: OrderState
    currency: str
    goods_minor: int
    discount_minor: int
    payable_minor: int
    refunded_minor: int
    claim_ids: list[ClaimId]
    applied: list[AppliedRow]
    granted: list[Granted]
    placed_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None
    explanation: list[Step]
    sub_orders: list[SubOrderRow]
    lines: list[LineRow]


class Sold(msgspec.Struct, frozen=True):
    """What shops sold in a while: the price of the goods, and what was taken off it."""

    goods_minor: int
    discount_minor: int

"""Orders as they are placed, paid, ended and given back: what one module hands to another."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.orders.model.state import DeliveryOwner, Way
from galleria.commerce.orders.model.tender import Tender, TenderPart
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
from galleria.value.promotions import FundedTotal, Funder, Granted, Source, Step


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


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """How one shop's part goes, what that costs, who bears what is off it, and until when it is promised."""

    shop_id: ShopId
    way: Way = Way.COLLECT
    delivery_minor: int = 0
    delivery_discount_minor: int = 0
    delivery_shares: list[Share] = []
    delivery_owner: DeliveryOwner = DeliveryOwner.MALL
    prepare_by: datetime | None = None
    promised_from: datetime | None = None
    promised_by: datetime | None = None


class NewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line to place; one entry a unit in the lists. The shares of a unit sum to its discount.

    `unit_fee_minor` is what the merchant pays the platform for selling each unit; none told is nothing.
    """

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
    unit_fee_minor: list[int] = []
    granted_by: UUID | None = None
    note: str = ""


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase to place: what is bought, how it goes (by shop; none told is collected), and what it is paid with."""

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
    channel: str = "app"
    deliveries: list[NewDelivery] = []
    tenders: list[Tender]


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
    unit_fee_minor: list[int] = []
    shares: list[Share]
    note: str = ""


class PaidSubOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's part of a purchase just paid; `payable_minor` is what its goods cost, without the delivery."""

    id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    payable_minor: int
    way: Way = Way.COLLECT
    delivery_minor: int = 0
    delivery_discount_minor: int = 0
    delivery_shares: list[Share] = []
    delivery_owner: DeliveryOwner = DeliveryOwner.MALL
    promised_from: datetime | None = None
    promised_by: datetime | None = None
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
    channel: str = "app"
    tenders: list[Tender]
    collected: list[UUID] = []
    sub_orders: list[PaidSubOrder]


class EndedOrder(msgspec.Struct, frozen=True):
    """A purchase just cancelled or expired unpaid; `collected` are tenders whose money came all the same.

    `booked` tells whether a slot, a point or a courier waits for some of its goods.
    """

    id: OrderId
    mall_id: MallId
    member_id: MemberId
    number: str
    claim_ids: list[ClaimId]
    offers: bool
    shop_ids: list[ShopId]
    booked: bool
    group_id: GroupId
    currency: str
    tenders: list[Tender]
    collected: list[UUID]


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
    fee_minor: int
    funded: list[FundedTotal]
    backs: list[TenderPart]


class RefundedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery fee given back, and who had borne what of it."""

    sub_order_id: SubOrderId
    shop_id: ShopId
    merchant_id: MerchantId
    owner: DeliveryOwner
    amount_minor: int
    funded: list[FundedTotal]
    backs: list[TenderPart]


class RecordedRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund took out of an order; `remaining` is what each of its sub-orders still earns points on.

    That is what is left of its goods' price, in minor units, without what points have paid. `backs` is what each
    tender gets back. `offers` tells whether automatic offers are in the order, `earned` whether it earned coupons.
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
    deliveries: list[RefundedDelivery]
    backs: list[TenderPart]
    tenders: list[Tender]
    remaining: dict[str, int]


class Sold(msgspec.Struct, frozen=True):
    """What shops sold in a while: the price of the goods, and what was taken off it."""

    goods_minor: int
    discount_minor: int

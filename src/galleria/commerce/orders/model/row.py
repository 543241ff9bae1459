"""Orders as stored."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.orders.model.placed import AppliedOffer, Share
from galleria.commerce.orders.model.state import DeliveryOwner, OrderState, SubOrderState, Way
from galleria.commerce.orders.model.tender import Tender
from galleria.kernel.ids import (
    ClaimId,
    GroupId,
    LineId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    ShopId,
    SubOrderId,
    VariantId,
)
from galleria.value.promotions import Granted, Step


class AppliedRow(AppliedOffer, frozen=True, kw_only=True):
    """An applied offer as stored; `earned_by` are the lines that a gift was earned with."""

    earned_by: list[LineId]


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
    unit_fee_minor: list[int] = []
    unit_reduced_minor: list[int] = []
    shares: list[Share]
    granted_by: UUID | None
    note: str = ""
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
    way: Way = Way.COLLECT
    delivery_minor: int = 0
    delivery_discount_minor: int = 0
    delivery_shares: list[Share] = []
    delivery_owner: DeliveryOwner = DeliveryOwner.MALL
    delivery_refunded: bool = False
    prepare_by: datetime | None = None
    promised_from: datetime | None = None
    promised_by: datetime | None = None

    @property
    def delivery_paid_minor(self) -> int:
        """Return what the delivery really cost."""
        return self.delivery_minor - self.delivery_discount_minor


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """A transition as stored."""

    what: str
    sub_order_id: SubOrderId | None
    actor_kind: str
    actor_id: UUID | None
    note: str
    at: datetime


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
    channel: str = "app"
    tenders: list[Tender] = []
    collected: list[UUID] = []
    events: list[EventRow] = []
    explanation: list[Step]
    sub_orders: list[SubOrderRow]
    lines: list[LineRow]

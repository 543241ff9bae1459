"""Checkout: what a cart costs and why, and what placing it gives."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce.carts import CartEntry, CartLine
from galleria.commerce.orders import OrderState
from galleria.kernel.ids import ClaimId, IntentId, OrderId, ShopId, VariantId
from galleria.value import discounts

Selection = Annotated[list[VariantId], Meta(min_length=1, max_length=200)]


class QuoteRequest(msgspec.Struct, frozen=True):
    """What to price: some of the cart's variants (default: all), with a claim, `best` of them, or none (null)."""

    claim_id: Annotated[str, Meta(pattern="^(best|[0-9a-fA-F-]{36})$")] | None = "best"
    variant_ids: Selection | None = None


class QuoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its share of the discount."""

    line: CartLine
    discount_minor: int
    payable_minor: int


class QuoteShop(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's part of the price."""

    shop_id: ShopId
    shop_zh: str
    shop_en: str
    goods_minor: int
    discount_minor: int
    payable_minor: int
    lines: list[QuoteLine]


class CouponChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon the member holds: applied or not, what it would save, or why not and what is missing."""

    claim_id: ClaimId
    title_zh: str
    title_en: str
    applied: bool
    usable: bool
    discount_minor: int
    reason: discounts.Reason | None
    missing_minor: int


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What the selected lines cost now, and why; `payable_minor` is the `shown_total_minor` to place with."""

    currency: str
    goods_minor: int
    discount_minor: int
    payable_minor: int
    claim_id: ClaimId | None
    shops: list[QuoteShop]
    gone: list[CartEntry]
    coupons: list[CouponChoice]
    explanation: list[discounts.Step]
    can_place: bool


class PlaceRequest(msgspec.Struct, frozen=True):
    """The order to place: the claim used, the total the shopper saw, and the variants (default: the whole cart)."""

    shown_total_minor: Annotated[int, Meta(ge=0, le=2**53)]
    claim_id: UUID | None = None
    variant_ids: Selection | None = None


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order just placed, and where to pay; nothing to pay (both None) means it is already complete."""

    id: OrderId
    number: str
    state: OrderState
    currency: str
    payable_minor: int
    expires_at: datetime
    intent_id: IntentId | None
    cashier_url: str | None


class Cashier(msgspec.Struct, frozen=True):
    """Where to pay."""

    cashier_url: str
    amount_minor: int
    currency: str
    expires_at: datetime


class CancelledOrder(msgspec.Struct, frozen=True):
    """An order no longer to be paid."""

    id: OrderId
    state: OrderState


class NoticeAnswer(msgspec.Struct, frozen=True):
    """What a provider hears: its notice was taken, now or before."""

    result: str

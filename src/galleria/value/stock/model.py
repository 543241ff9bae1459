"""Stock: how much there is, how much is promised, and every change of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import ProductId, ShopId, VariantId

Quantity = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class MovementKind(StrEnum):
    """Why goods came or went: delivered, counted anew, sold, or brought back."""

    RECEIVE = "receive"
    ADJUST = "adjust"
    SALE = "sale"
    RETURN = "return"


class Level(msgspec.Struct, frozen=True):
    """What lies in the shop, what of it is promised to unpaid orders, and what can still be bought."""

    variant_id: VariantId
    on_hand: int
    reserved: int
    available: int


class Available(msgspec.Struct, frozen=True):
    """How many of a variant can be bought now."""

    variant_id: VariantId
    available: int


class Movement(msgspec.Struct, frozen=True):
    """One change of what is on hand; `reference` is the order, refund or import behind it."""

    id: UUID
    variant_id: VariantId
    kind: MovementKind
    quantity: int
    reference: UUID | None
    at: datetime


class StockRow(msgspec.Struct, frozen=True):
    """A variant and its level, for the shop's list of stock."""

    variant_id: VariantId
    product_id: ProductId
    shop_id: ShopId
    sku: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    on_hand: int
    reserved: int
    available: int

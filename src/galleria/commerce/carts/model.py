"""A member's cart of one mall, across shops."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from galleria.kernel.ids import ProductId, ShopId, VariantId

QUANTITY_MAX = 999


class CartChange(msgspec.Struct, frozen=True):
    """The quantity a variant shall have; 0 removes it."""

    variant_id: VariantId
    quantity: Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]


class CartEntry(msgspec.Struct, frozen=True):
    """A variant and how many of it."""

    variant_id: VariantId
    quantity: int


class Unavailable(StrEnum):
    """Why a line cannot be bought now."""

    NOT_ON_SALE = "not_on_sale"
    SOLD_OUT = "sold_out"
    NOT_ENOUGH = "not_enough"


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line at today's price; `left` is what stock has (None: not asked), `problem` why it cannot be bought."""

    variant_id: VariantId
    product_id: ProductId
    kind: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    quantity: int
    unit_price_minor: int
    amount_minor: int
    left: int | None
    problem: Unavailable | None


class CartShop(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's lines."""

    shop_id: ShopId
    shop_zh: str
    shop_en: str
    amount_minor: int
    lines: list[CartLine]


class CartView(msgspec.Struct, frozen=True, kw_only=True):
    """The cart; `gone` are variants no longer on sale, which count for nothing until they are removed."""

    currency: str
    shops: list[CartShop]
    gone: list[CartEntry]
    quantity: int
    total_minor: int

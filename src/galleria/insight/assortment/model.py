"""Which goods to list online, which to draw people with, which to leave in the shop."""

from enum import StrEnum
from uuid import UUID

import msgspec


class Advice(StrEnum):
    """What to do with a good."""

    LIST_ONLINE = "list_online"
    TRAFFIC_DRIVER = "traffic_driver"  # wanted by many and compared: a low price of it brings people
    LEAVE = "leave"


class Part(StrEnum):
    """What a score is made of."""

    DEMAND = "demand"
    MARGIN = "margin"
    STOCK = "stock"
    PRICE = "price"
    RATING = "rating"


class Why(StrEnum):
    """Reasons, for the client to translate."""

    SELLS_WELL = "sells_well"
    SELLS_SLOWLY = "sells_slowly"
    NEVER_SOLD = "never_sold"
    MARGIN_GOOD = "margin_good"
    MARGIN_THIN = "margin_thin"
    BELOW_COST = "below_cost"
    COST_UNKNOWN = "cost_unknown"
    STOCK_ENOUGH = "stock_enough"
    STOCK_SHORT = "stock_short"
    OUT_OF_STOCK = "out_of_stock"
    CHEAPER_THAN_OTHERS = "cheaper_than_others"
    DEARER_THAN_OTHERS = "dearer_than_others"


class GoodFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a product: sales of the last `days`, price and cost of its first variant, stock of all.

    `competitor_minor` is the lowest of the newest prices seen elsewhere; `rating_bp` is neutral while nobody rates.
    """

    product_id: UUID
    shop_id: UUID
    merchant_id: UUID
    name_zh: str
    name_en: str
    shop_zh: str
    shop_en: str
    picture: str | None
    price_minor: int
    cost_minor: int | None
    stock: int
    units: int
    sales_minor: int
    competitor_minor: int | None
    rating_bp: int | None = None


class ScorePart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a score: 0 to 100 points, and how much of the whole it makes up, in per cent."""

    part: Part
    points: int
    weight: int


class RankedGood(GoodFacts, frozen=True, kw_only=True):
    """A good with its place, its score of 0 to 100, what that is made of, and what to do with it and why."""

    rank: int
    score: int
    parts: list[ScorePart]
    margin_bp: int | None
    advice: Advice
    reasons: list[Why]


class Assortment(msgspec.Struct, frozen=True, kw_only=True):
    """The goods of a shop, or of all shops within reach, the best to list online first."""

    currency: str
    days: int
    items: list[RankedGood]

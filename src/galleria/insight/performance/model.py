"""What offers and coupons gave and took."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Subject(StrEnum):
    """What is looked at."""

    OFFER = "offer"
    COUPON = "coupon"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one offer or coupon did.

    `issued` and `used` count coupons (of an offer `used` is its orders); `used_at_till` are those spent at a shop's
    till, which have no order. `sales_minor` is what was paid for the goods it made cheaper or was earned with, of that
    `refunded_minor` was given back. `margin_minor` is what is left of `margin_of_minor`, the sales of goods whose cost
    is known, after that cost; null while no cost is known.
    """

    issued: int
    used: int
    used_at_till: int
    orders: int
    sales_minor: int
    refunded_minor: int
    discount_minor: int
    margin_minor: int | None
    margin_of_minor: int


class FundedBy(msgspec.Struct, frozen=True, kw_only=True):
    """What one party bore. The mall has no id."""

    funder: str
    funder_id: UUID | None
    name_zh: str | None
    name_en: str | None
    amount_minor: int


class OfferResult(Measured, frozen=True, kw_only=True):
    """An offer or coupon and what it did in the days asked for."""

    subject: Subject
    id: UUID
    merchant_id: UUID | None
    kind: str
    state: str
    title_zh: str
    title_en: str
    starts_at: datetime | None
    ends_at: datetime | None
    funded: list[FundedBy]


class DayResult(Measured, frozen=True, kw_only=True):
    """What it did on one business day."""

    day: date


class ResultDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One offer or coupon: in all, and day by day."""

    currency: str
    first: date
    last: date
    result: OfferResult
    days: list[DayResult]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Every offer and coupon within reach that did something or is under way, the most sales first."""

    currency: str
    first: date
    last: date
    items: list[OfferResult]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer or coupon is."""

    subject: Subject
    id: UUID
    merchant_id: UUID | None
    kind: str
    state: str
    title_zh: str
    title_en: str
    starts_at: datetime | None
    ends_at: datetime | None


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one offer or coupon did on one day, as the records tell."""

    id: UUID
    day: date
    issued: int = 0
    used: int = 0
    used_at_till: int = 0
    orders: int = 0
    sales_minor: int = 0
    refunded_minor: int = 0
    discount_minor: int = 0
    cost_minor: int = 0
    margin_of_minor: int = 0


class FundedRow(FundedBy, frozen=True, kw_only=True):
    """What one party bore of one offer or coupon."""

    id: UUID

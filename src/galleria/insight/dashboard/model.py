"""What the mall sees: figures of a day, rows behind a figure, series of days, rankings, and the audit trail."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class Figure(StrEnum):
    """What is counted."""

    ORDERS = "orders"  # orders paid
    SALES = "sales"  # money really paid
    CLAIMS = "claims"  # coupons claimed
    REDEMPTIONS = "redemptions"  # tickets redeemed and not reversed
    REFUNDS = "refunds"  # money given back
    POINTS_ISSUED = "points_issued"  # points awarded, before what refunds take back
    POINTS_USED = "points_used"  # points paid for coupons


class Unit(StrEnum):
    """What a figure's number means."""

    COUNT = "count"
    MONEY = "money"  # minor units of the mall's currency
    POINTS = "points"


UNITS: dict[Figure, Unit] = {
    Figure.ORDERS: Unit.COUNT,
    Figure.SALES: Unit.MONEY,
    Figure.CLAIMS: Unit.COUNT,
    Figure.REDEMPTIONS: Unit.COUNT,
    Figure.REFUNDS: Unit.MONEY,
    Figure.POINTS_ISSUED: Unit.POINTS,
    Figure.POINTS_USED: Unit.POINTS,
}


class Bucket(msgspec.Struct, frozen=True):
    """A figure's sum in one hour of one day of the mall; `until` counts up to a time of day only."""

    figure: Figure
    day: date
    hour: int
    amount: int
    until: int


class DayBucket(msgspec.Struct, frozen=True):
    """A figure's sum in one day of the mall."""

    figure: Figure
    day: date
    amount: int


class FigureToday(msgspec.Struct, frozen=True, kw_only=True):
    """One figure since midnight, with the same span of yesterday and of the same weekday last week.

    `hourly` has one number an hour of the mall's day up to now; the other curves cover their whole day.
    """

    figure: Figure
    unit: Unit
    value: int
    yesterday: int
    last_week: int
    hourly: list[int]
    hourly_yesterday: list[int]
    hourly_last_week: list[int]


class TopShop(msgspec.Struct, frozen=True, kw_only=True):
    """A shop by what was paid in it."""

    shop_id: UUID
    name_zh: str
    name_en: str
    orders: int
    sales_minor: int


class TopGood(msgspec.Struct, frozen=True, kw_only=True):
    """A product by what was paid for it."""

    product_id: UUID
    shop_id: UUID
    name_zh: str
    name_en: str
    shop_zh: str
    shop_en: str
    picture: str | None
    units: int
    sales_minor: int


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """The mall, or the asker's shops in it, since midnight of the mall's own time zone."""

    day: date
    time_zone: str
    currency: str
    at: datetime
    starts_at: datetime
    whole_mall: bool
    figures: list[FigureToday]
    top_shops: list[TopShop]
    top_goods: list[TopGood]


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Every figure of one business day."""

    day: date
    orders: int
    sales_minor: int
    claims: int
    redemptions: int
    refunds_minor: int
    points_issued: int
    points_used: int


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """A range of business days, oldest first, with rankings over the whole range."""

    time_zone: str
    currency: str
    whole_mall: bool
    items: list[DayFigures]
    top_shops: list[TopShop]
    top_goods: list[TopGood]


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record behind a figure: when, who, what, how much; `journal_id` opens the command that made it."""

    id: UUID
    at: datetime
    member_id: UUID | None
    member_masked: str
    what_zh: str
    what_en: str
    shop_zh: str
    shop_en: str
    number: str | None
    amount: int
    subject: str
    journal_id: UUID | None


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted command: when, who (a name, or a masked phone), what, about which thing."""

    id: UUID
    at: datetime
    kind: str
    actor_kind: str
    actor_id: UUID
    actor_name: str
    subject: str | None
    shop_zh: str | None
    shop_en: str | None


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened by a command."""

    kind: str
    subject: UUID
    data: dict[str, Any] = {}


class AuditDetail(AuditRow, frozen=True, kw_only=True):
    """One accepted command whole: its input without secrets, its answer, its events, and rows about the same thing."""

    idempotency_key: str | None
    input: Any
    result: Any
    events: list[AuditEvent]
    related: list[AuditRow]

"""When goods may be collected or brought: rules by weekday, the days they make, holidays."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce.fulfilment.model.zones import Name
from galleria.commerce.orders import Way
from galleria.kernel.ids import PointId, ShopId, SlotId

Weekday = Annotated[int, Meta(ge=1, le=7)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class SlotRule(msgspec.Struct, frozen=True, kw_only=True):
    """A window on some weekdays (Monday is 1) in the mall's own time, and how many orders it takes.

    For one shop or all of the mall's, for one point or all of them. It can be booked, and what is booked in it
    changed, until `lead_minutes` before it starts.
    """

    id: UUID
    way: Way
    shop_id: ShopId | None
    point_id: PointId | None
    weekdays: list[int]
    starts: dt.time
    ends: dt.time
    capacity: int
    lead_minutes: int
    active: bool


class SlotRuleInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A window to keep: from and to like `10:00`, in the mall's own time."""

    way: Way
    shop_id: ShopId | None = None
    point_id: PointId | None = None
    weekdays: Annotated[list[Weekday], Meta(min_length=1, max_length=7)]
    starts: Clock
    ends: Clock
    capacity: Annotated[int, Meta(ge=0, le=100_000)]
    lead_minutes: Annotated[int, Meta(ge=0, le=20_160)] = 60
    active: bool = True


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's window on one day; `capacity` is never below what is booked."""

    id: SlotId
    rule_id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: int
    booked: int = 0


class SlotDay(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as the console shows it, with the rule it comes from."""

    id: SlotId
    rule_id: UUID
    way: Way
    shop_id: ShopId | None
    point_id: PointId | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: int
    booked: int


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A day that is closed, or has the slots of another weekday (Monday is 1)."""

    day: dt.date
    as_weekday: int | None
    name_zh: str
    name_en: str


class HolidayInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day to close, or to give the slots of another weekday."""

    name_zh: Name
    name_en: Name
    as_weekday: Weekday | None = None

"""Points where shoppers collect goods of any shop: the mall's desk and convenience points, their compartments."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce.fulfilment.model.addresses import LINE, Lat, Lon
from galleria.commerce.fulfilment.model.ways import Fee, Storage
from galleria.commerce.fulfilment.model.zones import Name
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import PointId, ShopId, StaffId

Tenths = Annotated[int, Meta(ge=-1000, le=1000)]
Text = Annotated[str, Meta(max_length=200, pattern=LINE)]


class PointKind(StrEnum):
    """What a point is."""

    DESK = "desk"
    CONVENIENCE = "convenience"


class Unclaimed(StrEnum):
    """What becomes of goods nobody collects in time; either way they are refunded."""

    RETURN = "return"
    DESTROY = "destroy"


class Compartment(msgspec.Struct, frozen=True, kw_only=True):
    """Room of one kind at a point: how many shipments, for how long, at which temperature (tenths of a degree C).

    `latest_tenths` is the last reading; `alarm` tells that a reading outside the bounds waits for somebody.
    """

    storage: Storage
    capacity: int
    held: int
    hours_max: int
    unclaimed: Unclaimed
    low_tenths: int | None
    high_tenths: int | None
    latest_tenths: int | None = None
    latest_at: datetime | None = None
    alarm: bool = False


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A pickup point with its compartments; `shop_id` is the shop whose staff runs it, if not the mall's."""

    id: PointId
    code: str
    kind: PointKind
    shop_id: ShopId | None
    name_zh: str
    name_en: str
    address_zh: str
    address_en: str
    hours: str
    phone: str
    lat: float | None
    lon: float | None
    fee_minor: int
    travel_minutes: int
    active: bool
    compartments: list[Compartment]


class CompartmentInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Room of one kind to keep; its capacity cannot go below what it holds."""

    storage: Storage
    capacity: Annotated[int, Meta(ge=0, le=100_000)]
    hours_max: Annotated[int, Meta(ge=1, le=2160)] = 48
    unclaimed: Unclaimed = Unclaimed.RETURN
    low_tenths: Tenths | None = None
    high_tenths: Tenths | None = None


class PointInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point to keep, with all of its compartments."""

    code: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    kind: PointKind
    shop_id: ShopId | None = None
    name_zh: Name
    name_en: Name
    address_zh: Text = ""
    address_en: Text = ""
    hours: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-9]):[0-5][0-9]$")] = (
        "10:00-22:00"
    )
    phone: Annotated[str, Meta(max_length=30, pattern=r"^[0-9+() -]*$")] = ""
    lat: Lat | None = None
    lon: Lon | None = None
    fee_minor: Fee = 0
    travel_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 30
    active: bool = True
    compartments: Annotated[list[CompartmentInput], Meta(min_length=1, max_length=3)]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A temperature read in a compartment; an alarm is open until somebody says what was done."""

    id: UUID
    point_id: PointId
    storage: Storage
    at: datetime
    tenths: int
    alarm: bool
    staff_id: StaffId | None
    settled_at: datetime | None
    note: str


class NewReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A temperature just read, in tenths of a degree Celsius."""

    storage: Storage
    tenths: Tenths


class PointCodeTaken(Conflict):
    """Another point of the mall has this code."""

    code = "point_code_taken"


class RoomInUse(Conflict):
    """A compartment cannot be made smaller than what it holds: `held`."""

    code = "room_in_use"

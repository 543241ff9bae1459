"""Where a mall brings goods to, and at what fee."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce.fulfilment.model.addresses import FILLED, Lat, Lon
from galleria.commerce.fulfilment.model.ways import Fee, FreeFrom

Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=FILLED)]


class ZoneKind(StrEnum):
    """How a zone is told: by its border on the map, by distance from the mall, or by names of districts."""

    POLYGON = "polygon"
    DISTANCE = "distance"
    DISTRICT = "district"


class Polygon(msgspec.Struct, frozen=True, kw_only=True):
    """A GeoJSON polygon or multipolygon (RFC 7946): longitude before latitude, WGS 84."""

    type: str
    coordinates: list[Any]


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone: of several that hold an address, the one with the lowest position counts.

    The fee is `fee_minor`, and `per_km_minor` for every begun kilometre beyond `free_km`; nothing from
    `free_from_minor` of goods. Below `minimum_minor` nothing is brought there.
    """

    id: UUID
    name_zh: str
    name_en: str
    kind: ZoneKind
    polygon: Polygon | None
    reach_m: int | None
    districts: list[str]
    fee_minor: int
    per_km_minor: int
    free_km: int
    free_from_minor: int | None
    minimum_minor: int
    travel_minutes: int
    position: int
    active: bool


class ZoneInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A zone to keep; each kind needs its own border: `polygon`, `reach_m` or `districts`."""

    name_zh: Name
    name_en: Name
    kind: ZoneKind
    fee_minor: Fee
    polygon: Polygon | None = None
    reach_m: Annotated[int, Meta(ge=1, le=200_000)] | None = None
    districts: Annotated[list[Name], Meta(max_length=100)] = []
    per_km_minor: Fee = 0
    free_km: Annotated[int, Meta(ge=0, le=200)] = 0
    free_from_minor: FreeFrom | None = None
    minimum_minor: Fee = 0
    travel_minutes: Annotated[int, Meta(ge=1, le=1440)] = 30
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0
    active: bool = True


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How a mall brings goods: where it stands (WGS 84), how far ahead slots are open, and what follows a failure."""

    lat: float | None = None
    lon: float | None = None
    days_ahead: int = 3
    remind_before_minutes: int = 120
    attempts_max: int = 3
    last_mile: bool = False


class PolicyInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a mall decides about bringing goods."""

    lat: Lat | None = None
    lon: Lon | None = None
    days_ahead: Annotated[int, Meta(ge=1, le=14)] = 3
    remind_before_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 120
    attempts_max: Annotated[int, Meta(ge=1, le=9)] = 3
    last_mile: bool = False

"""Values of the building: buildings, floors, units and facilities, and what an import tells."""

from enum import StrEnum
from typing import Annotated, Any, NewType
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, ShopId

BuildingId = NewType("BuildingId", UUID)
FloorId = NewType("FloorId", UUID)
UnitId = NewType("UnitId", UUID)


class UnitKind(StrEnum):
    """What a unit is: room for a shop, or anything else that is drawn on the plan."""

    SHOP = "shop"
    FACILITY = "facility"


class Floor(msgspec.Struct, frozen=True):
    """A floor; `ordinal` is 0 for the ground floor, negative below; counts are of what stands on it."""

    id: FloorId
    code: str
    name_zh: str
    name_en: str
    ordinal: int
    width_m: float | None
    height_m: float | None
    shops: int
    facilities: int


class Building(msgspec.Struct, frozen=True):
    """A building and its floors, the lowest first."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    floors: list[Floor]


class UnitProperties(msgspec.Struct, frozen=True):
    """What a feature of a plan is; `label` is a point inside it, longitude and latitude (WGS 84)."""

    kind: UnitKind
    feature: str
    code: str
    name_zh: str
    name_en: str
    shop_id: ShopId | None
    label: tuple[float, float] | None


class PlanFeature(msgspec.Struct, frozen=True):
    """One unit as a GeoJSON feature (RFC 7946)."""

    id: UnitId
    geometry: dict[str, Any] | None
    properties: UnitProperties
    type: str = "Feature"


class FloorPlan(msgspec.Struct, frozen=True):
    """A floor's plan as a GeoJSON feature collection; `outline` is the floor's own geometry."""

    mall_id: MallId
    floor_id: FloorId
    code: str
    name_zh: str
    name_en: str
    ordinal: int
    width_m: float | None
    height_m: float | None
    outline: dict[str, Any] | None
    bbox: list[float] | None
    features: list[PlanFeature]
    type: str = "FeatureCollection"


class Counts(msgspec.Struct, frozen=True):
    """What an import does to one kind of thing."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


class Difference(msgspec.Struct, frozen=True):
    """One thing an import creates or changes; `fields` are those that change."""

    kind: str
    code: str
    name_zh: str
    name_en: str
    created: bool
    fields: list[str]


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did, or with `dry_run` would do; `counts` by kind, the first 200 differences told one by one."""

    dry_run: bool
    malls: list[str]
    counts: dict[str, Counts]
    differences: list[Difference]


MallCodeOption = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^([a-z0-9][a-z0-9-]+)?$")]

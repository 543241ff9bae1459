"""Every SQL statement of the building."""

from typing import Any
from uuid import UUID

import msgspec

from galleria.foundation.venue.model import BuildingId, FloorId, PlanFeature, UnitId, UnitKind, UnitProperties
from galleria.kernel.ids import MallId, ShopId, new_id
from galleria.platform.tx import ReadTx, Tx


class FloorRow(msgspec.Struct, frozen=True):
    """A floor with its building and counts."""

    building_id: UUID
    building_code: str
    building_zh: str
    building_en: str
    id: FloorId
    code: str
    name_zh: str
    name_en: str
    ordinal: int
    width_m: float | None
    height_m: float | None
    shops: int
    facilities: int


class PlanRow(msgspec.Struct, frozen=True):
    """A floor with its outline."""

    id: FloorId
    code: str
    name_zh: str
    name_en: str
    ordinal: int
    width_m: float | None
    height_m: float | None
    outline: dict[str, Any] | None


class UnitRow(msgspec.Struct, frozen=True):
    """A unit with its outline."""

    id: UnitId
    code: str
    kind: UnitKind
    feature: str
    name_zh: str
    name_en: str
    shop_id: ShopId | None
    longitude: float | None
    latitude: float | None
    outline: dict[str, Any] | None

    def as_feature(self) -> PlanFeature:
        """Return the unit as a GeoJSON feature."""
        label = None if self.longitude is None or self.latitude is None else (self.longitude, self.latitude)
        return PlanFeature(
            id=self.id,
            geometry=self.outline,
            properties=UnitProperties(
                self.kind, self.feature, self.code, self.name_zh, self.name_en, self.shop_id, label
            ),
        )


async def floors(tx: ReadTx, mall_id: MallId) -> list[FloorRow]:
    """Return a mall's floors with their buildings, the lowest first."""
    return await tx.all(
        FloorRow,
        "SELECT b.id AS building_id, b.code AS building_code, b.name_zh AS building_zh, b.name_en AS building_en, "
        "f.id, f.code, f.name_zh, f.name_en, f.ordinal, f.width_m, f.height_m, "
        "count(u.shop_id) AS shops, count(u.id) FILTER (WHERE u.kind = 'facility') AS facilities "
        "FROM venue.building b JOIN venue.floor f ON f.mall_id = b.mall_id AND f.building_id = b.id "
        "LEFT JOIN venue.unit u ON u.mall_id = f.mall_id AND u.floor_id = f.id "
        "WHERE b.mall_id = $1 GROUP BY b.mall_id, b.id, f.mall_id, f.id ORDER BY b.code, f.ordinal, f.code",
        mall_id,
    )


async def floor(tx: ReadTx, mall_id: MallId, floor_id: FloorId) -> PlanRow | None:
    """Return a floor."""
    return await tx.one(
        PlanRow,
        "SELECT id, code, name_zh, name_en, ordinal, width_m, height_m, outline FROM venue.floor "
        "WHERE mall_id = $1 AND id = $2",
        mall_id,
        floor_id,
    )


async def units(tx: ReadTx, mall_id: MallId, floor_id: FloorId) -> list[UnitRow]:
    """Return a floor's units, facilities first so that shops are drawn over them."""
    return await tx.all(
        UnitRow,
        "SELECT id, code, kind, feature, name_zh, name_en, shop_id, longitude, latitude, outline FROM venue.unit "
        "WHERE mall_id = $1 AND floor_id = $2 ORDER BY kind, code",
        mall_id,
        floor_id,
    )


class BuildingRow(msgspec.Struct, frozen=True):
    """A building."""

    id: BuildingId
    code: str
    name_zh: str
    name_en: str


class FloorState(msgspec.Struct, frozen=True):
    """A floor as imports compare it."""

    id: FloorId
    building: str
    code: str
    name_zh: str
    name_en: str
    ordinal: int
    width_m: float | None
    height_m: float | None
    outline: dict[str, Any] | None


class UnitState(msgspec.Struct, frozen=True):
    """A unit as imports compare it."""

    building: str
    floor: str
    code: str
    unit_kind: str
    feature: str
    name_zh: str
    name_en: str
    shop_id: ShopId | None
    longitude: float | None
    latitude: float | None
    outline: dict[str, Any] | None


class _SavedFloor(msgspec.Struct, frozen=True):
    building_id: UUID
    code: str
    id: FloorId


async def buildings(tx: ReadTx, mall_id: MallId) -> list[BuildingRow]:
    """Return a mall's buildings."""
    return await tx.all(
        BuildingRow, "SELECT id, code, name_zh, name_en FROM venue.building WHERE mall_id = $1", mall_id
    )


async def all_floors(tx: ReadTx, mall_id: MallId) -> list[FloorState]:
    """Return a mall's floors with their buildings' codes."""
    return await tx.all(
        FloorState,
        "SELECT f.id, b.code AS building, f.code, f.name_zh, f.name_en, f.ordinal, f.width_m, f.height_m, f.outline "
        "FROM venue.floor f JOIN venue.building b ON b.mall_id = f.mall_id AND b.id = f.building_id "
        "WHERE f.mall_id = $1",
        mall_id,
    )


async def all_units(tx: ReadTx, mall_id: MallId) -> list[UnitState]:
    """Return a mall's units with the codes of their floors and buildings."""
    return await tx.all(
        UnitState,
        "SELECT b.code AS building, f.code AS floor, u.code, u.kind AS unit_kind, u.feature, u.name_zh, u.name_en, "
        "u.shop_id, u.longitude, u.latitude, u.outline FROM venue.unit u "
        "JOIN venue.floor f ON f.mall_id = u.mall_id AND f.id = u.floor_id "
        "JOIN venue.building b ON b.mall_id = f.mall_id AND b.id = f.building_id WHERE u.mall_id = $1",
        mall_id,
    )


async def save_buildings(tx: Tx, mall_id: MallId, rows: list[dict[str, Any]]) -> dict[str, BuildingId]:
    """Insert or update buildings by code and return their ids."""
    saved = await tx.all(
        BuildingRow,
        "INSERT INTO venue.building (mall_id, id, code, name_zh, name_en) SELECT $1, id, code, name_zh, name_en "
        "FROM jsonb_to_recordset($2) AS r(id uuid, code text, name_zh text, name_en text) "
        "ON CONFLICT (mall_id, code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en "
        "RETURNING id, code, name_zh, name_en",
        mall_id,
        _with_ids(rows),
    )
    return {row.code: row.id for row in saved}


async def save_floors(tx: Tx, mall_id: MallId, rows: list[dict[str, Any]]) -> list[tuple[UUID, str, FloorId]]:
    """Insert or update floors by building and code; return building id, code and id of each."""
    saved = await tx.all(
        _SavedFloor,
        "INSERT INTO venue.floor "
        "(mall_id, id, building_id, code, name_zh, name_en, ordinal, width_m, height_m, outline) "
        "SELECT $1, id, building_id, code, name_zh, name_en, ordinal, width_m, height_m, outline "
        "FROM jsonb_to_recordset($2) AS r(id uuid, building_id uuid, code text, name_zh text, name_en text, "
        'ordinal integer, width_m double precision, height_m double precision, "outline" jsonb) '
        "ON CONFLICT (mall_id, building_id, code) DO UPDATE SET name_zh = excluded.name_zh, "
        "name_en = excluded.name_en, ordinal = excluded.ordinal, width_m = excluded.width_m, "
        "height_m = excluded.height_m, outline = excluded.outline RETURNING building_id, code, id",
        mall_id,
        _with_ids(rows),
    )
    return [(row.building_id, row.code, row.id) for row in saved]


async def save_units(tx: Tx, mall_id: MallId, rows: list[dict[str, Any]]) -> None:
    """Insert or update units by floor and code."""
    await tx.run(
        "INSERT INTO venue.unit (mall_id, id, floor_id, code, kind, feature, name_zh, name_en, shop_id, longitude, "
        "latitude, outline) "
        "SELECT $1, id, floor_id, code, unit_kind, feature, name_zh, name_en, shop_id, longitude, latitude, outline "
        "FROM jsonb_to_recordset($2) AS r(id uuid, floor_id uuid, code text, unit_kind text, feature text, "
        "name_zh text, name_en text, shop_id uuid, longitude double precision, latitude double precision, "
        '"outline" jsonb) ON CONFLICT (mall_id, floor_id, code) DO UPDATE SET kind = excluded.kind, '
        "feature = excluded.feature, name_zh = excluded.name_zh, name_en = excluded.name_en, "
        "shop_id = excluded.shop_id, longitude = excluded.longitude, latitude = excluded.latitude, "
        "outline = excluded.outline",
        mall_id,
        _with_ids(rows),
    )


def _with_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows for jsonb_to_recordset, each with a fresh id for the case that it is new."""
    return [{"id": new_id(), **row} for row in rows]

"""Every SQL statement of the building."""

from typing import Any
from uuid import UUID

import msgspec

from galleria.foundation.venue.model import FloorId, PlanFeature, UnitId, UnitKind, UnitProperties
from galleria.kernel.ids import MallId, ShopId
from galleria.platform.db import ReadTx


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

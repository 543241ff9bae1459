"""Reads of the building."""

from itertools import groupby

from galleria.foundation import malls
from galleria.foundation.venue import store
from galleria.foundation.venue.model import Building, Floor, FloorId, FloorPlan
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId
from galleria.platform.tx import ReadTx


async def list_floors(tx: ReadTx, mall_id: MallId) -> list[Building]:
    """Return a mall's buildings with their floors, the lowest first; raises NotFound for no such mall."""
    await malls.group_of(tx, mall_id)
    rows = await store.floors(tx, mall_id)
    return [_building(list(group)) for _, group in groupby(rows, key=lambda row: row.building_id)]


async def floor_plan(tx: ReadTx, mall_id: MallId, floor_id: FloorId) -> FloorPlan:
    """Return a floor's plan as GeoJSON, longitude and latitude in WGS 84; raises NotFound."""
    floor = await store.floor(tx, mall_id, floor_id)
    if floor is None:
        raise NotFound
    features = [unit.as_feature() for unit in await store.units(tx, mall_id, floor_id)]
    return FloorPlan(
        mall_id=mall_id,
        floor_id=floor_id,
        code=floor.code,
        name_zh=floor.name_zh,
        name_en=floor.name_en,
        ordinal=floor.ordinal,
        width_m=floor.width_m,
        height_m=floor.height_m,
        outline=floor.outline,
        bbox=_bbox([floor.outline, *(f.geometry for f in features)]),
        features=features,
    )


def _building(rows: list[store.FloorRow]) -> Building:
    first = rows[0]
    floors = [
        Floor(r.id, r.code, r.name_zh, r.name_en, r.ordinal, r.width_m, r.height_m, r.shops, r.facilities) for r in rows
    ]
    return Building(first.building_id, first.building_code, first.building_zh, first.building_en, floors)


def _bbox(geometries: list[dict[str, object] | None]) -> list[float] | None:
    """Return west, south, east, north of geometries (RFC 7946, section 5)."""
    points = [p for g in geometries if g is not None for p in _positions(g.get("coordinates"))]
    if not points:
        return None
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return [min(xs), min(ys), max(xs), max(ys)]


def _positions(node: object) -> list[tuple[float, float]]:
    if not isinstance(node, list) or not node:
        return []
    if isinstance(node[0], (int, float)):
        return [(float(node[0]), float(node[1]))]
    return [p for child in node for p in _positions(child)]

"""Floor plans: a rounded building with a ring of shops, two islands and an oval atrium.

Plans are drawn in metres (x east, y north) and turned into longitude and latitude around the mall's origin.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from shapely.affinity import scale
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box, mapping
from shapely.ops import unary_union

from galleria.demo.world.model import Facility, Floor, GeoJson, Text, Unit

WIDTH, DEPTH, ROW, AISLE = 176.0, 100.0, 26.0, 9.0
_FACILITY_NAMES = {
    "lift": Text("直梯", "Lift"),
    "escalator": Text("扶梯", "Escalator"),
    "toilet": Text("洗手间", "Toilets"),
    "nursing_room": Text("母婴室", "Nursing Room"),
    "info_desk": Text("服务台", "Information Desk"),
    "parking_entrance": Text("停车场入口", "Parking Entrance"),
    "entrance": Text("主入口", "Main Entrance"),
}
_FLOOR_NAMES = {
    "B1": Text("地下一层 · 市集", "Basement 1 · Market"),
    "L1": Text("一层 · 光庭", "Level 1 · Light Court"),
    "L2": Text("二层 · 衣裳", "Level 2 · Wardrobe"),
    "L3": Text("三层 · 行动", "Level 3 · In Motion"),
    "L4": Text("四层 · 家与孩子", "Level 4 · Home & Children"),
    "L5": Text("五层 · 餐桌与夜晚", "Level 5 · Table & Night"),
}


def floor_plan(rng: Random, *, mall: int, origin: tuple[float, float], code: str, units: int) -> Floor:
    """Draw one floor with exactly `units` units."""
    size = 1.0 if units > 12 else 0.62
    outline = box(18, 18, WIDTH - 18, DEPTH - 18).buffer(18, quad_segs=12)
    atrium = scale(Point(WIDTH / 2, DEPTH / 2).buffer(1, quad_segs=24), 17, 11)
    shapes, rooms = _cut(rng, units=units, outline=outline, entrance=code == "L1")
    solid = unary_union([*shapes, *rooms.values(), atrium])
    corridor = outline.difference(solid.buffer(1e-6, join_style="mitre"))

    def place(shape: Polygon | MultiPolygon) -> GeoJson:
        return _geojson(shape, origin=origin, size=size)

    built = tuple(
        Unit(
            code=f"{code}-{number:02d}",
            area_m2=round(shape.area * size * size, 1),
            door=_lonlat(*_door(shape, corridor), origin=origin, size=size),
            shape=place(shape),
        )
        for number, shape in enumerate(shapes, start=1)
    )
    facilities = tuple(
        Facility(kind=kind, name=_FACILITY_NAMES[kind], shape=place(shape)) for kind, shape in _facilities(code, rooms)
    )
    level = -1 if code == "B1" else int(code[1:])
    return Floor(
        mall=mall,
        code=code,
        level=level,
        name=_FLOOR_NAMES[code],
        outline=place(outline),
        corridor=place(corridor),
        units=built,
        facilities=facilities,
    )


def _cut(rng: Random, *, units: int, outline: Polygon, entrance: bool) -> tuple[list[Polygon], dict[str, Polygon]]:
    """Cut the ring and the islands into units, clockwise from the north-west, around the service rooms."""
    inner = min(8, max(0, units - 10) // 2 * 2)
    sides = 2 if units - inner >= 12 else 1
    north = (units - inner - 2 * sides + 1) // 2
    south = units - inner - 2 * sides - north
    top, x = DEPTH - ROW, WIDTH / 2
    places = [box(x0, top, x1, DEPTH) for x0, x1 in _row(rng, north, gap=14)]
    places += [box(WIDTH - ROW, y0, WIDTH, y1) for y0, y1 in reversed(_spans(rng, ROW, top, sides))]
    places += [box(x0, 0, x1, ROW) for x0, x1 in reversed(_row(rng, south, gap=10 if entrance else 0))]
    places += [box(0, y0, ROW, y1) for y0, y1 in _spans(rng, ROW, top, sides)]
    places += _islands(rng, inner)
    rooms = {"toilet": box(x - 7, top, x + 1, DEPTH), "nursing_room": box(x + 1, top, x + 7, DEPTH)}
    if entrance:
        rooms["entrance"] = box(x - 5, 0, x + 5, ROW)
    return [place.intersection(outline) for place in places], rooms


def _row(rng: Random, count: int, *, gap: float) -> list[tuple[float, float]]:
    """Cut a long side in two halves around a gap; corner units reach past the side wing to the corridor."""
    half = (WIDTH - gap) / 2
    west = _half_row(rng, half, (count + 1) // 2)
    east = [(WIDTH - x1, WIDTH - x0) for x0, x1 in reversed(_half_row(rng, half, count // 2))]
    return west + east


def _half_row(rng: Random, end: float, count: int) -> list[tuple[float, float]]:
    corner = ROW + 8 if count > 1 else end
    return [(0.0, corner), *_spans(rng, corner, end, count - 1)]


def _islands(rng: Random, count: int) -> list[Polygon]:
    low, high = ROW + AISLE, DEPTH - ROW - AISLE
    middle = (low + high) / 2
    west, east = (ROW + AISLE, 66.0), (WIDTH - 66.0, WIDTH - ROW - AISLE)
    cells: list[Polygon] = []
    for (x0, x1), share in ((west, (count + 2) // 4 * 2), (east, count - (count + 2) // 4 * 2)):
        for y0, y1 in ((middle, high), (low, middle)):
            cells += [box(a, y0, b, y1) for a, b in _spans(rng, x0, x1, share // 2)]
    return cells


def _spans(rng: Random, start: float, end: float, count: int) -> list[tuple[float, float]]:
    weights = [rng.uniform(0.75, 1.35) for _ in range(count)]
    unit = (end - start) / sum(weights) if weights else 0.0
    edges = [start]
    for weight in weights:
        edges.append(edges[-1] + weight * unit)
    return list(pairwise(edges))


def _facilities(code: str, rooms: dict[str, Polygon]) -> list[tuple[str, Polygon]]:
    x, y = WIDTH / 2, DEPTH / 2
    found = [
        ("lift", box(x - 22, y - 2, x - 18, y + 2)),
        ("lift", box(x + 18, y - 2, x + 22, y + 2)),
        ("escalator", box(x - 9, y - 1.5, x + 9, y - 0.2)),
        ("escalator", box(x - 9, y + 0.2, x + 9, y + 1.5)),
        *rooms.items(),
    ]
    if code == "L1":
        found.append(("info_desk", box(x - 3, y + 13, x + 3, y + 15)))
    if code == "B1":
        found.append(("parking_entrance", box(ROW, y - 4, ROW + 3, y + 4)))
    return found


def _door(shape: Polygon, corridor: Polygon) -> tuple[float, float]:
    """Middle of the longest stretch of wall that looks onto the corridor."""
    near = corridor.buffer(0.05)
    walls = [LineString(edge).intersection(near) for edge in pairwise(shape.exterior.coords)]
    middle = max(walls, key=lambda wall: float(wall.length)).interpolate(0.5, normalized=True)
    return (middle.x, middle.y)


def _lonlat(x: float, y: float, *, origin: tuple[float, float], size: float) -> tuple[float, float]:
    metres = 111_320.0
    east, north = (x - WIDTH / 2) * size, (y - DEPTH / 2) * size
    longitude = origin[0] + east / (metres * math.cos(math.radians(origin[1])))
    return (round(longitude, 8), round(origin[1] + north / metres, 8))


def _geojson(shape: Polygon | MultiPolygon, *, origin: tuple[float, float], size: float) -> GeoJson:
    def turn(ring: Sequence[Sequence[float]]) -> list[list[float]]:
        return [list(_lonlat(point[0], point[1], origin=origin, size=size)) for point in ring]

    raw = mapping(shape)
    if raw["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": [turn(ring) for ring in raw["coordinates"]]}
    return {
        "type": "MultiPolygon",
        "coordinates": [[turn(ring) for ring in part] for part in raw["coordinates"]],
    }

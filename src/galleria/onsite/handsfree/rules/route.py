"""A runner's way through the mall: floor by floor, on each the nearest shop next."""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

EARTH_M = 6_371_000


class Place(msgspec.Struct, frozen=True):
    """Where something is: its floor's height in the building (None when unknown), codes, and a point in WGS 84."""

    ordinal: int | None
    floor_code: str
    unit_code: str
    point: tuple[float, float] | None = None


class Spot(msgspec.Struct, Generic[T], frozen=True):
    """A thing at a place."""

    thing: T
    place: Place


def way_round(start: Place | None, spots: Sequence[Spot[T]]) -> list[tuple[Spot[T], int | None]]:
    """Return all spots in the order to walk, each with the metres from the one before where both are drawn.

    Floors are done one after the other, away from the start: its own, then those above going up, then those below
    going down, so that no floor is entered twice. On a floor where every shop has a point the nearest is next,
    else units go by their codes. Floors nobody has drawn come last. The same spots give the same way.
    """
    here, way = start, list[tuple[Spot[T], int | None]]()
    for floor in _floors(start, spots):
        for spot in _on_floor(here, floor):
            way.append((spot, _metres(here, spot.place)))
            here = spot.place
    return way


def _floors(start: Place | None, spots: Sequence[Spot[T]]) -> list[list[Spot[T]]]:
    level = 0 if start is None or start.ordinal is None else start.ordinal
    floors: dict[tuple[int | None, str], list[Spot[T]]] = {}
    for spot in spots:
        floors.setdefault((spot.place.ordinal, spot.place.floor_code), []).append(spot)

    def height(key: tuple[int | None, str]) -> tuple[int, int, str]:
        ordinal, code = key
        if ordinal is None:
            return 3, 0, code
        away = ordinal - level
        return (0 if away == 0 else 1 if away > 0 else 2), abs(away), code

    return [floors[key] for key in sorted(floors, key=height)]


def _on_floor(here: Place | None, spots: Sequence[Spot[T]]) -> list[Spot[T]]:
    by_code = sorted(spots, key=lambda spot: spot.place.unit_code)
    if any(spot.place.point is None for spot in by_code):
        return by_code
    left, way = by_code, list[Spot[T]]()
    while left:
        at = here
        nearest = left[0] if at is None or at.point is None else min(left, key=lambda spot: _away(at, spot.place))
        way.append(nearest)
        left = [spot for spot in left if spot is not nearest]
        here = nearest.place
    return way


def _metres(here: Place | None, there: Place) -> int | None:
    """Return the metres between two places on one floor, None when a lift is between or one is not drawn."""
    if here is None or here.point is None or there.point is None or here.floor_code != there.floor_code:
        return None
    return round(_away(here, there))


def _away(here: Place, there: Place) -> float:
    """Return the great-circle distance in metres (haversine formula)."""
    if here.point is None or there.point is None:
        return 0.0
    (lon_a, lat_a), (lon_b, lat_b) = here.point, there.point
    half_lat, half_lon = radians(lat_b - lat_a) / 2, radians(lon_b - lon_a) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(half_lon) ** 2
    return 2 * EARTH_M * asin(sqrt(chord))

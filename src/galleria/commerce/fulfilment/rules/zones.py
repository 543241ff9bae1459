"""Which zone an address lies in, and what bringing goods there costs."""

from collections.abc import Sequence
from math import asin, ceil, cos, radians, sin, sqrt

import msgspec
import shapely
from shapely.geometry import shape

from galleria.commerce.fulfilment.model import (
    Place,
    Policy,
    Polygon,
    Zone,
    ZoneInput,
    ZoneKind,
)
from galleria.kernel.errors import Invalid

EARTH_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance of two places (latitude, longitude in degrees), by the haversine formula."""
    lat, lon, lat2, lon2 = (radians(angle) for angle in (*one, *other))
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def away_m(policy: Policy, place: Place) -> float | None:
    """Return how far a place is from the mall, as the crow flies; None when either has no position."""
    if policy.lat is None or policy.lon is None or place.lat is None or place.lon is None:
        return None
    return distance_m((policy.lat, policy.lon), (place.lat, place.lon))


def zone_of(zones: Sequence[Zone], policy: Policy, place: Place) -> Zone | None:
    """Return the first active zone, by position, that holds a place; None when none does."""
    away = away_m(policy, place)
    for zone in sorted(zones, key=lambda one: (one.position, one.id)):
        if zone.active and _holds(zone, place, away):
            return zone
    return None


def needs_position(zones: Sequence[Zone], place: Place) -> bool:
    """Return whether a place without a position might lie in a zone if it had one."""
    unknown = place.lat is None or place.lon is None
    return unknown and any(zone.active and zone.kind is not ZoneKind.DISTRICT for zone in zones)


def _holds(zone: Zone, place: Place, away: float | None) -> bool:
    if zone.kind is ZoneKind.DISTRICT:
        return place.district.strip() in zone.districts
    if zone.kind is ZoneKind.DISTANCE:
        return away is not None and zone.reach_m is not None and away <= zone.reach_m
    if place.lat is None or place.lon is None or zone.polygon is None:
        return False
    return bool(shape(msgspec.to_builtins(zone.polygon)).covers(shapely.Point(place.lon, place.lat)))


def fee_of(zone: Zone, goods_minor: int, away: float | None) -> int:
    """Return the fee of bringing goods into a zone: nothing from `free_from_minor`, more for every begun kilometre."""
    if zone.free_from_minor is not None and goods_minor >= zone.free_from_minor:
        return 0
    further = 0 if away is None else max(0, ceil(away / 1000) - zone.free_km)
    return zone.fee_minor + zone.per_km_minor * further


def require_border(zone: ZoneInput) -> None:
    """Raise Invalid unless a zone has the border its kind asks for, and a sound one."""
    if zone.kind is ZoneKind.DISTANCE and zone.reach_m is None:
        raise Invalid.field("reach_m", "required")
    if zone.kind is ZoneKind.DISTRICT and not zone.districts:
        raise Invalid.field("districts", "required")
    if zone.kind is ZoneKind.POLYGON and (zone.polygon is None or not _sound(zone.polygon)):
        raise Invalid.field("polygon", "polygon")


def _sound(polygon: Polygon) -> bool:
    if polygon.type not in {"Polygon", "MultiPolygon"}:
        return False
    try:
        found = shape(msgspec.to_builtins(polygon))
    except (TypeError, ValueError, IndexError, shapely.errors.ShapelyError):
        return False
    west, south, east, north = found.bounds if not found.is_empty else (999.0,) * 4
    return bool(found.is_valid) and west >= -180 and east <= 180 and south >= -90 and north <= 90

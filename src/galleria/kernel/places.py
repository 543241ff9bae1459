"""Places outside the building: where something is fetched or brought, and how far two places lie apart."""

from math import asin, cos, radians, sin, sqrt

import msgspec

EARTH_M = 6_371_008.8
"""Mean radius of the earth in metres (IUGG)."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Where goods are fetched or brought: who is there, the address in words, and degrees (WGS 84) when known."""

    name: str
    address: str
    phone: str = ""
    floor: str = ""
    unit: str = ""
    lat: float | None = None
    lon: float | None = None


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """Who carries a shipment and where they are, as its shopper may see it; times are ISO 8601 in UTC.

    `lat` and `lon` are missing when nothing was heard for a while; `stops_before` counts doors that come first.
    """

    name: str
    phone: str
    lat: float | None
    lon: float | None
    seen_at: str | None
    expected_at: str | None
    stops_before: int | None
    to_lat: float | None
    to_lon: float | None


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> int:
    """Return the metres between two points of latitude and longitude, by the haversine formula."""
    (lat_a, lon_a), (lat_b, lon_b) = a, b
    half = (
        sin(radians(lat_b - lat_a) / 2) ** 2
        + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(radians(lon_b - lon_a) / 2) ** 2
    )
    return round(2 * EARTH_M * asin(sqrt(min(1.0, half))))

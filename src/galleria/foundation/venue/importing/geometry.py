"""Geometry of maps: is it GeoJSON (RFC 7946) on this planet, is it valid, where does a label stand."""

from typing import Any

import msgspec
from shapely import is_valid_reason
from shapely.errors import ShapelyError
from shapely.geometry import shape

ALLOWED = {"Polygon", "MultiPolygon", "Point"}


class GeometryError(Exception):
    """A geometry that cannot be drawn: `code` is a message under `fields.`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Outline(msgspec.Struct, frozen=True):
    """A checked geometry, and a point inside it for its label."""

    geometry: dict[str, Any]
    longitude: float
    latitude: float


def outline(given: Any) -> Outline:
    """Return a checked Polygon, MultiPolygon or Point; raises GeometryError with what is wrong."""
    if not isinstance(given, dict) or given.get("type") not in ALLOWED:
        raise GeometryError("import_geometry_type", types=", ".join(sorted(ALLOWED)))
    coordinates = given.get("coordinates")
    _require_on_earth(coordinates)
    try:
        drawn = shape({"type": given["type"], "coordinates": coordinates})
        if drawn.is_empty:
            raise GeometryError("import_geometry_empty")
        if not drawn.is_valid:
            raise GeometryError("import_geometry_invalid", reason=is_valid_reason(drawn)[:120])
        point = drawn.representative_point()
    except (ShapelyError, ValueError, TypeError, IndexError, AttributeError, KeyError, OverflowError) as error:
        raise GeometryError("import_geometry") from error
    return Outline({"type": given["type"], "coordinates": coordinates}, round(point.x, 8), round(point.y, 8))


def _require_on_earth(node: Any, depth: int = 0) -> None:
    """Walk nested lists down to positions; raises GeometryError for anything else, or off the globe."""
    if not isinstance(node, list) or depth > 4:
        raise GeometryError("import_geometry")
    if node and all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in node):
        if len(node) < 2 or not (-180 <= node[0] <= 180 and -90 <= node[1] <= 90):
            raise GeometryError("import_geometry_range")
        return
    for child in node:
        _require_on_earth(child, depth + 1)

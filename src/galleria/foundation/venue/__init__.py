"""The building as it stands: buildings, floors, units and facilities, with their outlines.

Outlines are GeoJSON in WGS 84, longitude before latitude. Codes are unique within their parent and never change, so
importing the same files again finds what it made. A unit that is a facility holds no shop.

Emits `venue.imported`. Hears nothing.
"""

from galleria.foundation.venue.importing.sources import SourceFile, source_files
from galleria.foundation.venue.model import (
    Building,
    Counts,
    Difference,
    Floor,
    FloorId,
    FloorPlan,
    ImportReport,
    PlanFeature,
    UnitKind,
)
from galleria.foundation.venue.operations import ImportRefused, import_mall
from galleria.foundation.venue.queries import floor_plan, list_floors

__all__ = [
    "Building",
    "Counts",
    "Difference",
    "Floor",
    "FloorId",
    "FloorPlan",
    "ImportRefused",
    "ImportReport",
    "PlanFeature",
    "SourceFile",
    "UnitKind",
    "floor_plan",
    "import_mall",
    "list_floors",
    "source_files",
]

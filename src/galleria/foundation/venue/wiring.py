"""What the building brings to the program."""

from galleria.foundation.venue.http import ROUTES
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="venue",
    routes=ROUTES,
    tables={"venue.building": Keyed.MALL, "venue.floor": Keyed.MALL, "venue.unit": Keyed.MALL},
    invariants=[
        Invariant(
            "only shop units hold shops",
            "SELECT id::text FROM venue.unit WHERE kind = 'facility' AND shop_id IS NOT NULL LIMIT 20",
        ),
    ],
)

"""Routes of the building."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath

from galleria.foundation.venue import queries
from galleria.foundation.venue.model import Building, FloorId, FloorPlan
from galleria.kernel.ids import MallId
from galleria.platform.http.access import PUBLIC
from galleria.platform.http.call import TheCall


@get("/v1/malls/{mall_id:uuid}/floors", access=PUBLIC, summary="Buildings and floors", tags=["venue"])
async def list_floors(call: TheCall, mall_id: FromPath[UUID]) -> list[Building]:
    """Return the mall's buildings with their floors, the lowest first."""
    async with call.db.read() as tx:
        return await queries.list_floors(tx, MallId(mall_id))


@get("/v1/malls/{mall_id:uuid}/floors/{floor_id:uuid}/plan", access=PUBLIC, summary="A floor's plan", tags=["venue"])
async def floor_plan(call: TheCall, mall_id: FromPath[UUID], floor_id: FromPath[UUID]) -> FloorPlan:
    """Return a floor's plan as a GeoJSON feature collection (RFC 7946) with the shops' ids."""
    async with call.db.read() as tx:
        return await queries.floor_plan(tx, MallId(mall_id), FloorId(floor_id))


ROUTES = [list_floors, floor_plan]

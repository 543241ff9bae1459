"""The route of simulations."""

import asyncio
from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from galleria.insight.simulation import queries, rules
from galleria.insight.simulation.model import Simulation, SimulationRequest
from galleria.kernel.ids import MallId
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall


@post(
    "/v1/malls/{mall_id:uuid}/simulations",
    access=STAFF,
    summary="Try draft offers on a basket or on past orders",
    tags=["simulation"],
    status_code=200,
)
async def simulate(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[SimulationRequest]) -> Simulation:
    """Return what the drafts would change: sales, discount by funder, margin, conflicts; writes nothing."""
    async with call.db.read() as tx:
        material = await queries.material(tx, actor=call.actor, mall_id=MallId(mall_id), request=data, now=call.now)
    return await asyncio.to_thread(rules.simulate, material)  # hundreds of baskets: others are served meanwhile


ROUTES = [simulate]

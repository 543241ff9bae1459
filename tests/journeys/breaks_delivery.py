"""How every rule of riders and couriers is broken, and what must be there to break."""

import httpx
from tests.factories.couriers import Depot
from tests.factories.malls import MadeMall
from tests.factories.riders import make_errand

from galleria.adapters import couriers_sandbox
from galleria.platform.runtime import Runtime

DELIVERY_BREAKS = {
    "riders": {
        "an errand under way has its open tasks": "UPDATE riders.task SET state = 'done' WHERE mall_id = $1",
        "everything delivered by riders has its proof": "UPDATE riders.errand SET state = 'delivered' "
        "WHERE mall_id = $1",
        "open tasks are in one rider's hands": "UPDATE riders.task SET staff_id = gen_random_uuid() WHERE mall_id = $1",
    },
    "couriers": {
        "what couriers cost is in the ledger": "UPDATE couriers.run SET cost_minor = cost_minor + 1 WHERE mall_id = $1",
        "a courier request stands where its last run stands": "UPDATE couriers.request SET state = 'picked' "
        "WHERE mall_id = $1",
    },
}


async def deliveries(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    """Have a rider wanted, and couriers asked, for a mall's goods; the jobs that follow do the rest."""
    await make_errand(runtime, mall)
    depot = Depot(runtime, client, mall, {}, couriers_sandbox.house(runtime.db, runtime.signer))
    await depot.request(goes=False)

"""Routes are taken: errands go to riders, and tasks into their order, as long as nothing has changed meanwhile."""

import structlog

from galleria.commerce.riders import store
from galleria.commerce.riders.model import ErrandTaken, NotOnShift, RiderFull, Shift
from galleria.commerce.riders.operations.errands import take
from galleria.commerce.riders.rules import routing
from galleria.kernel.ids import MallId
from galleria.platform.tx import Tx

log = structlog.get_logger()


async def follow_plan(tx: Tx, *, mall_id: MallId, work: routing.Work, plan: routing.Plan) -> int:
    """Give riders the errands a plan has for them and put their tasks in its order; returns how many were given.

    An errand that another took meanwhile is left out. A rider whose tasks have changed since keeps the order there
    is; a new one is computed.
    """
    given = 0
    wanted = sorted(
        (errand_id, number) for number, route in enumerate(plan.routes) for errand_id in routing.taken(work, route)
    )
    counts = [0] * len(work.shifts)
    for errand_id, number in wanted:
        try:
            async with tx.savepoint():
                await take(
                    tx, mall_id=mall_id, errand_id=errand_id, staff_id=work.shifts[number].staff_id, reroute=False
                )
        except (ErrandTaken, NotOnShift, RiderFull) as error:
            log.info("riders.not_given", errand=str(errand_id), why=error.code)
        else:
            counts[number] += 1
            given += 1
    for shift, count, route in zip(work.shifts, counts, plan.routes, strict=True):
        await _place(tx, mall_id, shift, route, shift.route + count)
    tx.subject = str(mall_id)
    return given


async def _place(tx: Tx, mall_id: MallId, shift: Shift, route: list[routing.Leg], count: int) -> None:
    if route and await store.same_route(tx, mall_id, shift.id, count):
        places = [store.Placed(leg.task_id, place + 1, leg.planned_at) for place, leg in enumerate(route)]
        await store.place_tasks(tx, mall_id, places)

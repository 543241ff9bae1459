"""Reads of riders."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from galleria.commerce.riders import store
from galleria.commerce.riders.model import (
    ERRAND_ENDED,
    OPEN,
    Errand,
    ErrandId,
    ErrandPage,
    ErrandState,
    ErrandView,
    RiderDay,
    RiderPolicy,
    RiderRow,
    Shift,
    Task,
    TaskKind,
    TaskView,
)
from galleria.commerce.riders.rules import reporting, routing
from galleria.foundation import malls, staff
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, ShipmentId, StaffId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_date, business_day
from galleria.kernel.places import Whereabouts
from galleria.platform.tx import ReadTx

WAITING_SHOWN = 50
SEEN_LAST = timedelta(minutes=10)
"""How long a rider's last known position is shown; an old one misleads."""


async def get_policy(tx: ReadTx, *, mall_id: MallId) -> RiderPolicy:
    """Return what a mall has decided about its riders, or what holds until it does."""
    return await store.policy(tx, mall_id) or RiderPolicy()


async def my_day(tx: ReadTx, *, mall_id: MallId, staff_id: StaffId, now: datetime) -> RiderDay:
    """Return what a rider's phone shows: the tasks in the order of the route, and what could be taken."""
    zone = (await malls.get_mall(tx, mall_id)).time_zone
    policy, shift = await get_policy(tx, mall_id=mall_id), await store.shift_of(tx, mall_id, staff_id)
    tasks = await store.open_tasks(tx, mall_id, [staff_id])
    errands = await store.errands_of(tx, mall_id, [task.errand_id for task in tasks])
    today = business_day(business_date(now, zone), zone)
    return RiderDay(
        on_shift=shift is not None,
        name=shift.name if shift is not None else (await staff.get_account(tx, staff_id)).name,
        capacity=shift.capacity if shift is not None else policy.capacity,
        carrying=await store.carried_pieces(tx, mall_id, staff_id),
        done_today=await store.done_since(tx, mall_id, staff_id, today.starts_at),
        near_m=policy.near_m,
        tasks=[_task_view(task, errands[task.errand_id], tasks, now) for task in tasks],
        waiting=await _views(tx, mall_id, await store.waiting(tx, mall_id, limit=WAITING_SHOWN), now),
    )


async def list_riders(tx: ReadTx, *, mall_id: MallId) -> list[RiderRow]:
    """Return everybody on shift with what they carry, the longest on shift first."""
    return await store.riders_on_shift(tx, mall_id)


async def list_errands(
    tx: ReadTx, *, mall_id: MallId, state: ErrandState | None, live: bool, cursor: str | None, limit: int, now: datetime
) -> Page[ErrandView]:
    """Return a page of errands, the newest first: of one state, only those under way (`live`), or all."""
    states = [state] if state is not None else [s for s in ErrandState if live and s not in ERRAND_ENDED]
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_errands(tx, mall_id, states=states, before=before, limit=limit + 1)
    return page_of(await _views(tx, mall_id, rows, now), limit, lambda errand: (errand.id,))


async def get_errand(tx: ReadTx, *, mall_id: MallId, errand_id: ErrandId, now: datetime) -> ErrandPage:
    """Return an errand with every task it had; raises NotFound."""
    errand = await store.find_errand(tx, mall_id, errand_id)
    if errand is None:
        raise NotFound
    [view] = await _views(tx, mall_id, [errand], now)
    return ErrandPage(errand=view, tasks=await store.tasks_of(tx, mall_id, errand_id))


async def work_of(tx: ReadTx, *, mall_id: MallId, shifts: list[Shift], waiting: bool, now: datetime) -> routing.Work:
    """Return what riders on shift have to do, and, with `waiting`, what is there for anyone."""
    tasks = await store.open_tasks(tx, mall_id, [shift.staff_id for shift in shifts])
    if waiting:
        tasks += await store.waiting_tasks(tx, mall_id)
    errands = await store.errands_of(tx, mall_id, [task.errand_id for task in tasks])
    policy = await get_policy(tx, mall_id=mall_id)
    return routing.Work(shifts, tasks, errands, policy, now)


async def whereabouts(
    tx: ReadTx, *, mall_id: MallId, shipment_id: ShipmentId, member_id: MemberId, now: datetime
) -> Whereabouts:
    """Return who brings a member's shipment and where they are; raises NotFound unless a rider has it."""
    errand = await store.last_errand(tx, mall_id, shipment_id, member_id)
    if errand is None or errand.staff_id is None or errand.state is not ErrandState.CARRYING:
        raise NotFound
    shift = await store.shift_of(tx, mall_id, errand.staff_id)
    planned = (await store.expected(tx, mall_id, [errand.id])).get(errand.id)
    fresh = shift is not None and shift.seen_at is not None and now - shift.seen_at <= SEEN_LAST
    before = None if planned is None else await store.stops_before(tx, mall_id, errand.staff_id, planned.position)
    return Whereabouts(
        name="" if shift is None else shift.name[:1],
        phone="",
        lat=shift.lat if shift is not None and fresh else None,
        lon=shift.lon if shift is not None and fresh else None,
        seen_at=_iso(shift.seen_at) if shift is not None and fresh else None,
        expected_at=None if planned is None else _iso(planned.planned_at),
        stops_before=before,
        to_lat=errand.dropoff.lat,
        to_lon=errand.dropoff.lon,
    )


async def _views(tx: ReadTx, mall_id: MallId, errands: Sequence[Errand], now: datetime) -> list[ErrandView]:
    if not errands:
        return []
    expected = await store.expected(tx, mall_id, [errand.id for errand in errands])
    riders = [errand.staff_id for errand in errands if errand.staff_id is not None]
    names = await staff.names(tx, await malls.group_of(tx, mall_id), riders)
    return [
        ErrandView(
            id=errand.id,
            shipment_id=errand.shipment_id,
            number=errand.number,
            title=errand.title,
            pieces=errand.pieces,
            pickup=errand.pickup,
            dropoff=errand.dropoff,
            ready_at=errand.ready_at,
            window_from=errand.window_from,
            window_to=errand.window_to,
            state=errand.state,
            staff_id=errand.staff_id,
            rider="" if errand.staff_id is None else names.get(errand.staff_id, ""),
            attempts=errand.attempts,
            reason=errand.reason,
            late=(errand.ended_at or now) > errand.window_to,
            created_at=errand.created_at,
            picked_at=errand.picked_at,
            ended_at=errand.ended_at,
            expected_at=expected[errand.id].planned_at if errand.id in expected else None,
        )
        for errand in errands
    ]


def _task_view(task: Task, errand: Errand, tasks: Sequence[Task], now: datetime) -> TaskView:
    return TaskView(
        id=task.id,
        errand_id=errand.id,
        shipment_id=errand.shipment_id,
        number=errand.number,
        title=errand.title,
        pieces=errand.pieces,
        kind=task.kind,
        state=task.state,
        stop=task.stop,
        not_before=task.not_before,
        due_at=task.due_at,
        position=task.position,
        planned_at=task.planned_at,
        ended_at=task.ended_at,
        reason=errand.reason,
        note=task.note,
        blocked=any(before.id == task.previous_id and before.state in OPEN for before in tasks),
        wants_code=reporting.wants_code(errand, task.kind),
        late=now > task.due_at,
        attempt=errand.attempts + 1 if task.kind is TaskKind.DROPOFF else 1,
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")

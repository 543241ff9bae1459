"""Errands come from above and are given to riders."""

from datetime import datetime

from galleria.commerce.riders import store
from galleria.commerce.riders.model import (
    Errand,
    ErrandId,
    ErrandMoved,
    ErrandState,
    ErrandTaken,
    NotOnShift,
    RiderFull,
    RiderPolicy,
    RiderPolicyInput,
    Task,
    TaskId,
    TaskKind,
    TaskState,
)
from galleria.commerce.riders.operations.telling import ROUTE, told
from galleria.commerce.riders.rules import reporting
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, ShipmentId, StaffId, new_id
from galleria.kernel.places import Stop
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx


async def assign(
    tx: Tx,
    *,
    mall_id: MallId,
    shipment_id: ShipmentId,
    member_id: MemberId,
    number: str,
    title: str,
    pickup: Stop,
    dropoff: Stop,
    ready_at: datetime,
    window: tuple[datetime, datetime],
    code_hash: bytes | None,
    now: datetime,
    pieces: int = 1,
) -> ErrandId:
    """Have the mall's riders fetch a shipment and bring it; returns its errand, the same one when asked again.

    `number` and `title` (a shop's name) are what the rider reads, `ready_at` is when it can be fetched, `window` when
    it is to be there, and `code_hash` (see `riders.code_hash`) what the receiver's code is checked against, None
    where there is nobody with a code. What becomes of it is told by `riders.moved`.
    """
    standing = await store.live_errand(tx, mall_id, shipment_id)
    if standing is not None:
        return standing.id
    errand = Errand(
        mall_id=mall_id,
        id=ErrandId(new_id()),
        shipment_id=shipment_id,
        member_id=member_id,
        number=number,
        title=title,
        pieces=pieces,
        pickup=pickup,
        dropoff=dropoff,
        ready_at=ready_at,
        window_from=window[0],
        window_to=window[1],
        code_hash=code_hash,
        code_tries=0,
        state=ErrandState.WAITING,
        staff_id=None,
        attempts=0,
        reason="",
        created_at=now,
        picked_at=None,
        ended_at=None,
    )
    if not await store.add_errand(tx, errand):
        return await _other(tx, mall_id, shipment_id)
    await store.add_tasks(tx, fetching(errand, [], now))
    told(tx, errand, ErrandState.WAITING.value)
    return errand.id


async def _other(tx: Tx, mall_id: MallId, shipment_id: ShipmentId) -> ErrandId:
    """Return the errand that somebody else made at the same moment."""
    found = await store.live_errand(tx, mall_id, shipment_id)
    if found is None:
        raise ErrandMoved(state=ErrandState.CANCELLED.value)
    return found.id


async def cancel(tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, reason: str, now: datetime) -> ErrandState | None:
    """Call a shipment's errand off and return where it stands then; None when it has none under way.

    Before it is fetched it is over; afterwards the rider brings it back, told by `riders.moved` as returning.
    """
    found = await store.live_errand(tx, mall_id, shipment_id)
    errand = None if found is None else await store.lock_errand(tx, mall_id, found.id)
    if errand is None:
        return None
    if errand.state is ErrandState.CARRYING:
        await bring_back(tx, errand, reason=reason, now=now)
        return ErrandState.RETURNING
    if errand.state in {ErrandState.WAITING, ErrandState.ASSIGNED}:
        await store.cancel_tasks(tx, mall_id, errand.id, now)
        await move(tx, errand, ErrandState.CANCELLED, reason=reason, now=now)
        await changed_route(tx, mall_id, errand.staff_id)
        return ErrandState.CANCELLED
    return errand.state


async def bring_back(tx: Tx, errand: Errand, *, reason: str, now: datetime, attempts: int | None = None) -> TaskId:
    """Have the rider bring what is carried back to where it came from; the errand is locked."""
    tasks = await store.tasks_of(tx, errand.mall_id, errand.id)
    await store.cancel_tasks(tx, errand.mall_id, errand.id, now)
    task = following(errand, tasks, TaskKind.GIVEBACK, now=now, due_at=errand.window_to)
    await store.add_tasks(tx, [task])
    await move(tx, errand, ErrandState.RETURNING, reason=reason, attempts=attempts, now=now)
    await changed_route(tx, errand.mall_id, errand.staff_id)
    return task.id


async def take(tx: Tx, *, mall_id: MallId, errand_id: ErrandId, staff_id: StaffId, reroute: bool = True) -> ErrandId:
    """Give a waiting errand to a rider on shift, by one conditional update: of two riders one has it.

    With `reroute` the rider's route is computed anew after the commit. Raises NotFound, ErrandTaken, NotOnShift,
    RiderFull.
    """
    if not await store.take(tx, mall_id, errand_id, staff_id):
        raise NotFound if await store.find_errand(tx, mall_id, errand_id) is None else ErrandTaken
    shift = await store.lock_shift(tx, mall_id, staff_id)
    if shift is None:
        raise NotOnShift
    errand = await store.find_errand(tx, mall_id, errand_id)
    if errand is None:
        raise NotFound
    carried = await store.carried_pieces(tx, mall_id, staff_id)
    if shift.capacity < carried != errand.pieces:  # one that fits nobody goes alone
        raise RiderFull(capacity=shift.capacity)
    await store.hand_tasks(tx, mall_id, errand_id, staff_id)
    tx.subject = str(errand_id)
    told(tx, errand, ErrandState.ASSIGNED.value, rider=shift.name)
    await changed_route(tx, mall_id, staff_id, again=reroute)
    return errand_id


async def give_up(tx: Tx, *, mall_id: MallId, errand_id: ErrandId, now: datetime) -> ErrandId:
    """Take an errand that is not fetched yet from its rider; it waits for another. Raises NotFound, ErrandMoved."""
    errand = await store.lock_errand(tx, mall_id, errand_id)
    if errand is None:
        raise NotFound
    if errand.state is not ErrandState.ASSIGNED:
        raise ErrandMoved(state=errand.state.value)
    await store.hand_tasks(tx, mall_id, errand_id, None)
    await move(tx, errand, ErrandState.WAITING, reason=errand.reason, now=now)
    await changed_route(tx, mall_id, errand.staff_id)
    return errand_id


async def move(
    tx: Tx,
    errand: Errand,
    state: ErrandState,
    *,
    reason: str,
    now: datetime,
    attempts: int | None = None,
    at: datetime | None = None,
    tell: str | None = None,
) -> None:
    """Move an errand, its row locked, and tell it. Raises ErrandMoved for a move that cannot be."""
    reporting.require_move(errand, state)
    ended = state in {ErrandState.DELIVERED, ErrandState.RETURNED, ErrandState.CANCELLED}
    await store.move_errand(
        tx,
        errand,
        state,
        staff_id=None if state is ErrandState.WAITING else errand.staff_id,
        reason=reason,
        attempts=errand.attempts if attempts is None else attempts,
        picked_at=(at or now) if state is ErrandState.CARRYING and errand.picked_at is None else errand.picked_at,
        ended_at=(at or now) if ended else None,
    )
    told(tx, errand, tell or state.value, reason=reason)
    if ended and errand.staff_id is not None:
        await store.forget_idle(tx, errand.mall_id, errand.staff_id)


async def changed_route(tx: Tx, mall_id: MallId, staff_id: StaffId | None, *, again: bool = True) -> None:
    """Note that a rider's tasks changed, and, with `again`, have the route computed anew after the commit."""
    if staff_id is None:
        return
    await store.turn_route(tx, mall_id, staff_id)
    if again:
        tx.enqueue(Job(ROUTE, {"mall_id": mall_id, "staff_id": staff_id}, dedupe=f"{ROUTE}:{staff_id}"))


async def set_policy(tx: Tx, *, mall_id: MallId, new: RiderPolicyInput, now: datetime) -> RiderPolicy:
    """Set how a mall's riders work."""
    policy = RiderPolicy(
        automatic=new.automatic,
        capacity=new.capacity,
        attempts_max=new.attempts_max,
        retry_minutes=new.retry_minutes,
        speed_m_per_min=new.speed_m_per_min,
        stop_minutes=new.stop_minutes,
        near_m=new.near_m,
    )
    await store.put_policy(tx, mall_id, policy, now)
    tx.subject = str(mall_id)
    return policy


def fetching(errand: Errand, tasks: list[Task], now: datetime) -> list[Task]:
    """Return the two tasks that begin a try: fetch it, then bring it."""
    pickup = following(errand, tasks, TaskKind.PICKUP, now=now, due_at=errand.window_to)
    return [pickup, following(errand, [pickup], TaskKind.DROPOFF, now=now, due_at=errand.window_to)]


def following(
    errand: Errand,
    tasks: list[Task],
    kind: TaskKind,
    *,
    now: datetime,
    due_at: datetime,
    not_before: datetime | None = None,
) -> Task:
    """Return the task that comes after an errand's last one."""
    last = tasks[-1] if tasks else None
    start = {TaskKind.PICKUP: errand.ready_at, TaskKind.DROPOFF: errand.window_from, TaskKind.GIVEBACK: now}
    return Task(
        mall_id=errand.mall_id,
        id=TaskId(new_id()),
        errand_id=errand.id,
        previous_id=None if last is None else last.id,
        kind=kind,
        state=TaskState.TODO,
        staff_id=errand.staff_id,
        stop=errand.dropoff if kind is TaskKind.DROPOFF else errand.pickup,
        not_before=not_before or start[kind],
        due_at=due_at,
        position=0 if last is None else last.position + 1,
        planned_at=None,
        started_at=None,
        ended_at=None,
        reason="",
        note="",
        proof=None,
        picture=None,
        lat=None,
        lon=None,
        away_m=None,
        late_minutes=None,
        created_at=now,
    )

"""What riders report of their tasks: set out, done, come to nothing. A phone may tell it later than it was."""

from datetime import datetime, timedelta

import msgspec

from galleria.commerce.riders import queries, store
from galleria.commerce.riders.model import (
    CODE_TRIES,
    DoneRequest,
    Errand,
    ErrandState,
    FailRequest,
    Reported,
    RiderPolicy,
    Task,
    TaskId,
    TaskKind,
    TaskMoved,
    TaskState,
)
from galleria.commerce.riders.operations.errands import bring_back, changed_route, fetching, following, move
from galleria.commerce.riders.operations.telling import told
from galleria.commerce.riders.rules import reporting
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, StaffId
from galleria.platform.tx import Tx

AFTER = {
    TaskKind.PICKUP: ErrandState.CARRYING,
    TaskKind.DROPOFF: ErrandState.DELIVERED,
    TaskKind.GIVEBACK: ErrandState.RETURNED,
}


async def start(
    tx: Tx, *, mall_id: MallId, task_id: TaskId, staff_id: StaffId, at: datetime | None, now: datetime
) -> Reported:
    """Note that a rider sets out for a task; doing so again changes nothing.

    Raises NotFound, TaskMoved, TaskBlocked.
    """
    errand, task, tasks = await _locked(tx, mall_id, task_id)
    when = reporting.happened_at(at, now)
    reporting.require_mine(errand, task, staff_id, at=when, done=False)
    reporting.require_free(task, tasks)
    if task.state is TaskState.TODO:
        await store.begin_task(tx, task, when)
        told(tx, errand, "on_the_way" if task.kind is TaskKind.DROPOFF else errand.state.value)
    tx.subject = str(errand.id)
    return Reported(accepted=True, errand_state=errand.state, next_task_id=task.id)


async def done(
    tx: Tx, *, mall_id: MallId, task_id: TaskId, staff_id: StaffId, said: DoneRequest, now: datetime
) -> Reported:
    """End a task as done, with its proof; what it belongs to moves on.

    A wrong code is counted, which commits: the answer says so, and nothing else has happened. Raises NotFound,
    TaskMoved, TaskBlocked, ProofMissing, TooFarAway.
    """
    errand, task, tasks = await _locked(tx, mall_id, task_id)
    at = reporting.happened_at(said.at, now)
    reporting.require_mine(errand, task, staff_id, at=at, done=True)
    reporting.require_free(task, tasks)
    policy = await queries.get_policy(tx, mall_id=mall_id)
    tx.subject = str(errand.id)
    proof = reporting.proof_of(errand, task, said, policy)
    if proof is None and task.kind is TaskKind.DROPOFF:
        tries = await store.count_try(tx, errand)
        return Reported(accepted=False, errand_state=errand.state, tries_left=max(0, CODE_TRIES - tries))
    position = None if said.lat is None or said.lon is None else (said.lat, said.lon)
    order = await store.open_tasks(tx, mall_id, [staff_id])
    turned = bool(order) and order[0].id != task.id
    if errand.state is ErrandState.RETURNING and task.kind is TaskKind.DROPOFF:
        await store.cancel_tasks(tx, mall_id, errand.id, now)
    await store.end_task(
        tx, task, TaskState.DONE, at=at, note=said.note, proof=None if proof is None else proof.value,
        picture=said.picture, position=position, away_m=reporting.away(task.stop, position),
        late_minutes=reporting.late_minutes(task, at),
    )  # fmt: skip
    state = AFTER[task.kind]
    await move(tx, errand, state, reason=errand.reason if state is ErrandState.RETURNED else "", now=now, at=at)
    await changed_route(tx, mall_id, staff_id, again=turned)
    return Reported(accepted=True, errand_state=state, next_task_id=_next(tasks, task))


async def fail(
    tx: Tx, *, mall_id: MallId, task_id: TaskId, staff_id: StaffId, said: FailRequest, now: datetime
) -> Reported:
    """End a task as failed, with the reason, and begin what follows: another try, or the way back.

    Raises NotFound, TaskMoved, TaskBlocked.
    """
    errand, task, tasks = await _locked(tx, mall_id, task_id)
    at = reporting.happened_at(said.at, now)
    reporting.require_mine(errand, task, staff_id, at=at, done=False)
    reporting.require_free(task, tasks)
    policy = await queries.get_policy(tx, mall_id=mall_id)
    position = None if said.lat is None or said.lon is None else (said.lat, said.lon)
    await store.end_task(
        tx, task, TaskState.FAILED, at=at, reason=said.reason.value, note=said.note, picture=said.picture,
        position=position, away_m=reporting.away(task.stop, position), late_minutes=reporting.late_minutes(task, at),
    )  # fmt: skip
    tx.subject = str(errand.id)
    return await _follow(tx, errand, task, tasks, said, policy, now)


async def _follow(
    tx: Tx, errand: Errand, task: Task, tasks: list[Task], said: FailRequest, policy: RiderPolicy, now: datetime
) -> Reported:
    follows = reporting.after_failure(errand, task.kind, said.reason, policy)
    attempts = errand.attempts + (1 if task.kind is TaskKind.DROPOFF else 0)
    if task.kind is TaskKind.PICKUP:
        await store.cancel_tasks(tx, errand.mall_id, errand.id, now)
        again = fetching(msgspec.structs.replace(errand, staff_id=None), tasks, now)
        await store.add_tasks(tx, again)
        await move(tx, errand, ErrandState.WAITING, reason=said.reason.value, now=now)
        await changed_route(tx, errand.mall_id, errand.staff_id)
        return Reported(accepted=True, errand_state=ErrandState.WAITING)
    if follows.state is ErrandState.RETURNING and errand.state is ErrandState.CARRYING:
        told(tx, errand, "failed", reason=said.reason.value)
        next_id = await bring_back(tx, errand, reason=said.reason.value, attempts=attempts, now=now)
        return Reported(accepted=True, errand_state=ErrandState.RETURNING, next_task_id=next_id)
    due = now + timedelta(minutes=policy.retry_minutes)
    again_task = following(errand, tasks, task.kind, now=now, due_at=max(due, errand.window_to), not_before=due)
    await store.add_tasks(tx, [again_task])
    await move(tx, errand, errand.state, reason=said.reason.value, attempts=attempts, now=now, tell="failed")
    await changed_route(tx, errand.mall_id, errand.staff_id)
    return Reported(accepted=True, errand_state=errand.state, next_task_id=again_task.id)


async def _locked(tx: Tx, mall_id: MallId, task_id: TaskId) -> tuple[Errand, Task, list[Task]]:
    """Return a task's errand, locked, the task, and all of the errand's; raises NotFound."""
    errand = await store.lock_errand_of(tx, mall_id, task_id)
    if errand is None:
        raise NotFound
    tasks = await store.tasks_of(tx, mall_id, errand.id)
    found = [task for task in tasks if task.id == task_id]
    if not found:
        raise TaskMoved(state=TaskState.CANCELLED.value)
    return errand, found[0], tasks


def _next(tasks: list[Task], task: Task) -> TaskId | None:
    return next((after.id for after in tasks if after.previous_id == task.id), None)

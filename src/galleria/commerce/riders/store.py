"""Every SQL statement of riders.

Locks: whoever changes an errand locks its row first, then its tasks, then the shift; several errands in order of id.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.riders.model import (
    Errand,
    ErrandId,
    ErrandState,
    RiderPolicy,
    RiderRow,
    Shift,
    ShiftId,
    Task,
    TaskId,
    TaskState,
)
from galleria.kernel.ids import MallId, MemberId, ShipmentId, StaffId
from galleria.platform.tx import ReadTx, Tx

_ERRAND = """
e.mall_id, e.id, e.shipment_id, e.member_id, e.number, e.title, e.pieces, e.pickup, e.dropoff, e.ready_at,
e.window_from, e.window_to, e.code_hash, e.code_tries, e.state, e.staff_id, e.attempts, e.reason, e.created_at,
e.picked_at, e.ended_at
"""
_TASK = """
t.mall_id, t.id, t.errand_id, t.previous_id, t.kind, t.state, t.staff_id, t.stop, t.not_before, t.due_at, t.position,
t.planned_at, t.started_at, t.ended_at, t.reason, t.note, t.proof, t.picture, t.lat, t.lon, t.away_m, t.late_minutes,
t.created_at
"""
_SHIFT = "mall_id, id, staff_id, name, capacity, route, lat, lon, seen_at, started_at, ended_at"
_OVER = "('delivered', 'returned', 'cancelled')"


async def policy(tx: ReadTx, mall_id: MallId) -> RiderPolicy | None:
    """Return what a mall has decided about its riders."""
    sql = """
    SELECT automatic, capacity, attempts_max, retry_minutes, speed_m_per_min, stop_minutes, near_m
      FROM riders.policy WHERE mall_id = $1
    """
    return await tx.one(RiderPolicy, sql, mall_id)


async def put_policy(tx: Tx, mall_id: MallId, new: RiderPolicy, now: datetime) -> None:
    """Write a mall's policy in place of the one before."""
    sql = """
    INSERT INTO riders.policy (mall_id, automatic, capacity, attempts_max, retry_minutes, speed_m_per_min, stop_minutes,
                               near_m, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (mall_id) DO UPDATE
       SET automatic = $2, capacity = $3, attempts_max = $4, retry_minutes = $5, speed_m_per_min = $6,
           stop_minutes = $7, near_m = $8, changed_at = $9
    """
    await tx.run(
        sql, mall_id, new.automatic, new.capacity, new.attempts_max, new.retry_minutes, new.speed_m_per_min,
        new.stop_minutes, new.near_m, now,
    )  # fmt: skip


async def add_errand(tx: Tx, new: Errand) -> bool:
    """Insert an errand; False when the shipment has one that is not over."""
    sql = """
    INSERT INTO riders.errand (mall_id, id, shipment_id, member_id, number, title, pieces, pickup, dropoff, ready_at,
                               window_from, window_to, code_hash, state, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'waiting', $14)
    ON CONFLICT DO NOTHING
    """
    return bool(
        await tx.run(
            sql, new.mall_id, new.id, new.shipment_id, new.member_id, new.number, new.title, new.pieces, new.pickup,
            new.dropoff, new.ready_at, new.window_from, new.window_to, new.code_hash, new.created_at,
        )
    )  # fmt: skip


async def live_errand(tx: ReadTx, mall_id: MallId, shipment_id: ShipmentId) -> Errand | None:
    """Return a shipment's errand that is not over."""
    sql = f"SELECT {_ERRAND} FROM riders.errand e WHERE mall_id = $1 AND shipment_id = $2 AND state NOT IN {_OVER}"
    return await tx.one(Errand, sql, mall_id, shipment_id)


async def last_errand(tx: ReadTx, mall_id: MallId, shipment_id: ShipmentId, member_id: MemberId) -> Errand | None:
    """Return the newest errand of a member's shipment."""
    sql = f"""
    SELECT {_ERRAND} FROM riders.errand e
     WHERE mall_id = $1 AND shipment_id = $2 AND member_id = $3 ORDER BY id DESC LIMIT 1
    """
    return await tx.one(Errand, sql, mall_id, shipment_id, member_id)


async def find_errand(tx: ReadTx, mall_id: MallId, errand_id: ErrandId) -> Errand | None:
    """Return an errand."""
    return await tx.one(
        Errand, f"SELECT {_ERRAND} FROM riders.errand e WHERE mall_id = $1 AND id = $2", mall_id, errand_id
    )


async def lock_errand(tx: Tx, mall_id: MallId, errand_id: ErrandId) -> Errand | None:
    """Return an errand, locked until the transaction ends."""
    sql = f"SELECT {_ERRAND} FROM riders.errand e WHERE mall_id = $1 AND id = $2 FOR UPDATE"
    return await tx.one(Errand, sql, mall_id, errand_id)


async def lock_errand_of(tx: Tx, mall_id: MallId, task_id: TaskId) -> Errand | None:
    """Return the errand of a task, locked until the transaction ends."""
    sql = f"""
    SELECT {_ERRAND} FROM riders.errand e
     WHERE mall_id = $1 AND id = (SELECT errand_id FROM riders.task WHERE mall_id = $1 AND id = $2) FOR UPDATE
    """
    return await tx.one(Errand, sql, mall_id, task_id)


_TAKE = """
UPDATE riders.errand SET state = 'assigned', staff_id = $3
 WHERE mall_id = $1 AND id = $2 AND state = 'waiting'
"""


async def take(tx: Tx, mall_id: MallId, errand_id: ErrandId, staff_id: StaffId) -> bool:
    """Give a waiting errand to a rider; False when it does not wait any more. One of two riders has it."""
    return bool(await tx.run(_TAKE, mall_id, errand_id, staff_id))


async def move_errand(
    tx: Tx,
    errand: Errand,
    state: ErrandState,
    *,
    staff_id: StaffId | None,
    reason: str,
    attempts: int,
    picked_at: datetime | None,
    ended_at: datetime | None,
) -> None:
    """Write where an errand, locked before, stands now."""
    sql = """
    UPDATE riders.errand
       SET state = $3, staff_id = $4, reason = $5, attempts = $6, picked_at = $7, ended_at = $8
     WHERE mall_id = $1 AND id = $2
    """
    await tx.run(sql, errand.mall_id, errand.id, state.value, staff_id, reason, attempts, picked_at, ended_at)


async def count_try(tx: Tx, errand: Errand) -> int:
    """Count a wrong code and return how many there were."""
    sql = "UPDATE riders.errand SET code_tries = code_tries + 1 WHERE mall_id = $1 AND id = $2 RETURNING code_tries"
    found: int = await tx.value(sql, errand.mall_id, errand.id)
    return found


async def add_tasks(tx: Tx, tasks: Sequence[Task]) -> None:
    """Insert tasks, in the order given."""
    sql = """
    INSERT INTO riders.task (mall_id, id, errand_id, previous_id, kind, state, staff_id, stop, not_before, due_at,
                             position, created_at)
    SELECT t.mall_id, t.id, t.errand_id, t.previous_id, t.kind, t.state, t.staff_id, t.stop, t.not_before, t.due_at,
           t.position, t.created_at
      FROM jsonb_to_recordset($1) AS t (mall_id uuid, id uuid, errand_id uuid, previous_id uuid, kind text, state text,
           staff_id uuid, stop jsonb, not_before timestamptz, due_at timestamptz, position integer,
           created_at timestamptz)
    """
    await tx.run(sql, list(tasks))


async def tasks_of(tx: ReadTx, mall_id: MallId, errand_id: ErrandId) -> list[Task]:
    """Return an errand's tasks, the earliest first."""
    sql = f"SELECT {_TASK} FROM riders.task t WHERE mall_id = $1 AND errand_id = $2 ORDER BY id"
    return await tx.all(Task, sql, mall_id, errand_id)


async def open_tasks(tx: ReadTx, mall_id: MallId, staff_ids: Sequence[StaffId]) -> list[Task]:
    """Return what riders have still to do, in order of their routes."""
    sql = f"""
    SELECT {_TASK} FROM riders.task t
     WHERE mall_id = $1 AND staff_id = ANY ($2) AND state IN ('todo', 'doing') ORDER BY staff_id, position, id
    """
    return await tx.all(Task, sql, mall_id, list(staff_ids))


WAITING_MAX = 60
"""Errands without a rider that are planned for at once."""


async def waiting_tasks(tx: ReadTx, mall_id: MallId) -> list[Task]:
    """Return the open tasks of the most urgent errands without a rider, pickups before their doors."""
    sql = f"""
    SELECT {_TASK} FROM riders.task t
     WHERE mall_id = $1 AND state = 'todo'
       AND errand_id IN (SELECT id FROM riders.errand WHERE mall_id = $1 AND state = 'waiting'
                          ORDER BY window_to, id LIMIT $2)
     ORDER BY errand_id, id
    """
    return await tx.all(Task, sql, mall_id, WAITING_MAX)


async def end_task(
    tx: Tx,
    task: Task,
    state: TaskState,
    *,
    at: datetime,
    reason: str = "",
    note: str = "",
    proof: str | None = None,
    picture: str | None = None,
    position: tuple[float, float] | None = None,
    away_m: int | None = None,
    late_minutes: int | None = None,
) -> None:
    """Write how a task, its errand locked before, ended."""
    sql = """
    UPDATE riders.task
       SET state = $3, started_at = coalesce(started_at, $4), ended_at = $4, reason = $5, note = $6, proof = $7,
           picture = $8, lat = $9, lon = $10, away_m = $11, late_minutes = $12
     WHERE mall_id = $1 AND id = $2
    """
    lat, lon = position or (None, None)
    await tx.run(
        sql, task.mall_id, task.id, state.value, at, reason, note, proof, picture, lat, lon, away_m, late_minutes
    )


async def begin_task(tx: Tx, task: Task, at: datetime) -> None:
    """Write that a rider set out for a task, its errand locked before."""
    sql = "UPDATE riders.task SET state = 'doing', started_at = $3 WHERE mall_id = $1 AND id = $2"
    await tx.run(sql, task.mall_id, task.id, at)


async def hand_tasks(tx: Tx, mall_id: MallId, errand_id: ErrandId, staff_id: StaffId | None) -> None:
    """Give an errand's open tasks to a rider, after all of the rider's others; its errand locked before."""
    sql = """
    UPDATE riders.task t
       SET staff_id = $3, planned_at = NULL, state = 'todo', started_at = NULL,
           position = n.last + CASE t.kind WHEN 'pickup' THEN 1 ELSE 2 END
      FROM (SELECT coalesce(max(position), 0) AS last FROM riders.task
             WHERE mall_id = $1 AND staff_id = $3 AND state IN ('todo', 'doing')) AS n
     WHERE t.mall_id = $1 AND t.errand_id = $2 AND t.state IN ('todo', 'doing')
    """
    await tx.run(sql, mall_id, errand_id, staff_id)


async def cancel_tasks(tx: Tx, mall_id: MallId, errand_id: ErrandId, now: datetime) -> None:
    """Call off an errand's open tasks; its errand locked before."""
    sql = """
    UPDATE riders.task SET state = 'cancelled', ended_at = $3
     WHERE mall_id = $1 AND errand_id = $2 AND state IN ('todo', 'doing')
    """
    await tx.run(sql, mall_id, errand_id, now)


class Placed(msgspec.Struct, frozen=True):
    """A task's place in its rider's route, and when the rider is expected there."""

    id: TaskId
    position: int
    planned_at: datetime


async def place_tasks(tx: Tx, mall_id: MallId, places: Sequence[Placed]) -> None:
    """Put open tasks into the order of a route."""
    sql = """
    UPDATE riders.task t SET position = p.position, planned_at = p.planned_at
      FROM jsonb_to_recordset($2) AS p (id uuid, position integer, planned_at timestamptz)
     WHERE t.mall_id = $1 AND t.id = p.id AND t.state IN ('todo', 'doing')
    """
    await tx.run(sql, mall_id, list(places))


async def open_shift(tx: Tx, new: Shift) -> bool:
    """Begin a shift; False when the rider is on one."""
    sql = """
    INSERT INTO riders.shift (mall_id, id, staff_id, name, capacity, started_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING
    """
    return bool(await tx.run(sql, new.mall_id, new.id, new.staff_id, new.name, new.capacity, new.started_at))


async def shift_of(tx: ReadTx, mall_id: MallId, staff_id: StaffId) -> Shift | None:
    """Return the shift a rider is on."""
    sql = f"SELECT {_SHIFT} FROM riders.shift WHERE mall_id = $1 AND staff_id = $2 AND ended_at IS NULL"
    return await tx.one(Shift, sql, mall_id, staff_id)


async def lock_shift(tx: Tx, mall_id: MallId, staff_id: StaffId) -> Shift | None:
    """Return the shift a rider is on, locked: what the rider carries is counted while nobody adds to it."""
    sql = f"SELECT {_SHIFT} FROM riders.shift WHERE mall_id = $1 AND staff_id = $2 AND ended_at IS NULL FOR UPDATE"
    return await tx.one(Shift, sql, mall_id, staff_id)


async def shifts(tx: ReadTx, mall_id: MallId) -> list[Shift]:
    """Return everybody on shift, the longest first."""
    sql = f"SELECT {_SHIFT} FROM riders.shift WHERE mall_id = $1 AND ended_at IS NULL ORDER BY started_at, id"
    return await tx.all(Shift, sql, mall_id)


async def end_shift(tx: Tx, shift: Shift, now: datetime) -> None:
    """End a shift, locked before, and forget where the rider was."""
    sql = "UPDATE riders.shift SET ended_at = $3, lat = NULL, lon = NULL, seen_at = NULL WHERE mall_id = $1 AND id = $2"
    await tx.run(sql, shift.mall_id, shift.id, now)


async def turn_route(tx: Tx, mall_id: MallId, staff_id: StaffId) -> None:
    """Count a change of a rider's tasks, so that a route computed before it is not taken."""
    sql = "UPDATE riders.shift SET route = route + 1 WHERE mall_id = $1 AND staff_id = $2 AND ended_at IS NULL"
    await tx.run(sql, mall_id, staff_id)


async def same_route(tx: Tx, mall_id: MallId, shift_id: ShiftId, route: int) -> bool:
    """Lock a shift and return whether its rider's tasks are those that a route was computed for."""
    sql = """
    SELECT route = $3 FROM riders.shift WHERE mall_id = $1 AND id = $2 AND ended_at IS NULL FOR UPDATE
    """
    return bool(await tx.value(sql, mall_id, shift_id, route))


async def follow(tx: Tx, mall_id: MallId, staff_id: StaffId, lat: float, lon: float, now: datetime) -> list[Errand]:
    """Keep where a rider is while something is carried, and return what; nothing is kept otherwise."""
    sql = f"""
    WITH carried AS (
      SELECT {_ERRAND} FROM riders.errand e WHERE mall_id = $1 AND staff_id = $2 AND state IN ('carrying', 'returning')
    ), kept AS (
      UPDATE riders.shift SET lat = $3, lon = $4, seen_at = $5
       WHERE mall_id = $1 AND staff_id = $2 AND ended_at IS NULL AND EXISTS (SELECT FROM carried)
    )
    SELECT {_ERRAND} FROM carried e ORDER BY e.id
    """
    return await tx.all(Errand, sql, mall_id, staff_id, lat, lon, now)


async def forget_idle(tx: Tx, mall_id: MallId, staff_id: StaffId) -> None:
    """Forget where a rider was who carries nothing any more."""
    sql = """
    UPDATE riders.shift s SET lat = NULL, lon = NULL, seen_at = NULL
     WHERE mall_id = $1 AND staff_id = $2 AND ended_at IS NULL AND lat IS NOT NULL
       AND NOT EXISTS (SELECT FROM riders.errand e
                        WHERE e.mall_id = s.mall_id AND e.staff_id = s.staff_id
                          AND e.state IN ('carrying', 'returning'))
    """
    await tx.run(sql, mall_id, staff_id)


async def carried_pieces(tx: ReadTx, mall_id: MallId, staff_id: StaffId) -> int:
    """Return how many pieces a rider has or is about to fetch."""
    sql = """
    SELECT coalesce(sum(pieces), 0) FROM riders.errand
     WHERE mall_id = $1 AND staff_id = $2 AND state IN ('assigned', 'carrying', 'returning')
    """
    found: int = await tx.value(sql, mall_id, staff_id)
    return found


async def waiting(tx: ReadTx, mall_id: MallId, *, limit: int) -> list[Errand]:
    """Return errands without a rider, the most urgent first."""
    sql = f"""
    SELECT {_ERRAND} FROM riders.errand e
     WHERE mall_id = $1 AND state = 'waiting' ORDER BY window_to, id LIMIT $2
    """
    return await tx.all(Errand, sql, mall_id, limit)


async def errands_of(tx: ReadTx, mall_id: MallId, errand_ids: Sequence[ErrandId]) -> dict[ErrandId, Errand]:
    """Return errands by id."""
    sql = f"SELECT {_ERRAND} FROM riders.errand e WHERE mall_id = $1 AND id = ANY ($2)"
    return {errand.id: errand for errand in await tx.all(Errand, sql, mall_id, list(errand_ids))}


async def done_since(tx: ReadTx, mall_id: MallId, staff_id: StaffId, since: datetime) -> int:
    """Return how many doors a rider has served since a moment."""
    sql = """
    SELECT count(*) FROM riders.task
     WHERE mall_id = $1 AND staff_id = $2 AND kind = 'dropoff' AND state = 'done' AND ended_at >= $3
    """
    found: int = await tx.value(sql, mall_id, staff_id, since)
    return found


async def list_errands(
    tx: ReadTx, mall_id: MallId, *, states: Sequence[ErrandState], before: UUID | None, limit: int
) -> list[Errand]:
    """Return errands in some states (all, when none is named), the newest first."""
    sql = f"""
    SELECT {_ERRAND} FROM riders.errand e
     WHERE mall_id = $1 AND (cardinality($2::text[]) = 0 OR state = ANY ($2)) AND ($3::uuid IS NULL OR id < $3)
     ORDER BY id DESC LIMIT $4
    """
    return await tx.all(Errand, sql, mall_id, [state.value for state in states], before, limit)


class Expected(msgspec.Struct, frozen=True):
    """When the rider is expected at an errand's door."""

    errand_id: ErrandId
    planned_at: datetime | None
    position: int


async def expected(tx: ReadTx, mall_id: MallId, errand_ids: Sequence[ErrandId]) -> dict[ErrandId, Expected]:
    """Return when the next door of errands is planned to be reached."""
    sql = """
    SELECT errand_id, planned_at, position FROM riders.task
     WHERE mall_id = $1 AND errand_id = ANY ($2) AND kind <> 'pickup' AND state IN ('todo', 'doing')
    """
    return {row.errand_id: row for row in await tx.all(Expected, sql, mall_id, list(errand_ids))}


async def stops_before(tx: ReadTx, mall_id: MallId, staff_id: StaffId, position: int) -> int:
    """Return how many stops a rider makes before a place in the route."""
    sql = """
    SELECT count(*) FROM riders.task
     WHERE mall_id = $1 AND staff_id = $2 AND state IN ('todo', 'doing') AND position < $3
    """
    found: int = await tx.value(sql, mall_id, staff_id, position)
    return found


async def riders_on_shift(tx: ReadTx, mall_id: MallId) -> list[RiderRow]:
    """Return everybody on shift with what they carry and have still to do."""
    sql = """
    SELECT s.staff_id, s.name, s.capacity, s.lat, s.lon, s.seen_at, s.started_at,
           (SELECT coalesce(sum(e.pieces), 0)::integer FROM riders.errand e
             WHERE e.mall_id = s.mall_id AND e.staff_id = s.staff_id
               AND e.state IN ('carrying', 'returning')) AS carrying,
           (SELECT count(*)::integer FROM riders.task t
             WHERE t.mall_id = s.mall_id AND t.staff_id = s.staff_id AND t.state IN ('todo', 'doing')) AS open_tasks
      FROM riders.shift s WHERE s.mall_id = $1 AND s.ended_at IS NULL ORDER BY s.started_at, s.id
    """
    return await tx.all(RiderRow, sql, mall_id)


async def malls_waiting(tx: ReadTx) -> list[MallId]:
    """Return malls where errands wait and riders are on shift."""
    sql = """
    SELECT DISTINCT e.mall_id FROM riders.errand e
     WHERE e.state = 'waiting'
       AND EXISTS (SELECT FROM riders.shift s WHERE s.mall_id = e.mall_id AND s.ended_at IS NULL)
     ORDER BY e.mall_id
    """
    return [MallId(mall_id) for mall_id in await tx.values(sql)]

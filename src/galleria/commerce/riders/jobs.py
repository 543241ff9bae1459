"""Work of riders by the clock and after a change: routes, and errands for whoever is on shift.

The order is computed outside of any transaction, by a program of its own that is stopped when it takes too long.
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from galleria.commerce.riders import queries, store
from galleria.commerce.riders.model import Shift
from galleria.commerce.riders.operations import planning
from galleria.commerce.riders.rules import routing, solving
from galleria.kernel.ids import MallId, StaffId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime

PATIENCE_S = 6
"""How long the solver's program may take in all: it searches for two seconds, the rest is starting it."""

log = structlog.get_logger()


async def dispatch(runtime: Runtime, now: datetime) -> None:
    """Give waiting errands to riders on shift, in every mall that has it done by itself."""
    async with runtime.db.read() as tx:
        malls = await store.malls_waiting(tx)
    for mall_id in malls:
        await dispatch_one(runtime, mall_id, now)


async def dispatch_one(runtime: Runtime, mall_id: MallId, now: datetime) -> int:
    """Give one mall's waiting errands to its riders on shift; returns how many were given."""
    async with runtime.db.read() as tx:
        if not (await queries.get_policy(tx, mall_id=mall_id)).automatic:
            return 0
        shifts = await store.shifts(tx, mall_id)
        work = await queries.work_of(tx, mall_id=mall_id, shifts=shifts, waiting=True, now=now)
    return await _plan(runtime, mall_id, work, "riders.dispatch", now)


async def route(runtime: Runtime, mall_id: str, staff_id: str) -> None:
    """Put one rider's tasks into order."""
    mall, now = MallId(UUID(mall_id)), utc_now()
    async with runtime.db.read() as tx:
        shift: Shift | None = await store.shift_of(tx, mall, StaffId(UUID(staff_id)))
        if shift is None:
            return
        work = await queries.work_of(tx, mall_id=mall, shifts=[shift], waiting=False, now=now)
    await _plan(runtime, mall, work, "riders.route", now)


async def _plan(runtime: Runtime, mall_id: MallId, work: routing.Work, kind: str, now: datetime) -> int:
    if not work.tasks or not work.shifts:
        return 0
    plan = await best_plan(work)
    command = Command(
        kind=kind,
        actor=SYSTEM,
        now=now,
        mall_id=mall_id,
        input={"staff_ids": [shift.staff_id for shift in work.shifts], "by": plan.by},
    )
    return await runtime.db.write(
        command, lambda tx: planning.follow_plan(tx, mall_id=mall_id, work=work, plan=plan), returns=int
    )


async def best_plan(work: routing.Work) -> routing.Plan:
    """Return the solver's plan, or the nearest stop first where that is as good or the solver has none."""
    problem = routing.problem_of(work)
    if routing.needs_solver(problem):
        solution = await _solve(problem)
        if solution is not None and routing.is_sound(problem, solution):
            return routing.plan_of(work, solution, "solver")
    return routing.plan_of(work, routing.nearest_first(problem), "nearest")


async def _solve(problem: solving.Problem) -> solving.Solution | None:
    """Run the solver's program on a problem; None when it has no answer in time."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(solving.__file__)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(program.communicate(msgspec.json.encode(problem)), PATIENCE_S)
        return msgspec.json.decode(out, type=solving.Solution | None)
    except (TimeoutError, msgspec.MsgspecError) as error:
        log.warning("riders.no_route", error=type(error).__name__, stops=len(problem.visits))
        return None
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()

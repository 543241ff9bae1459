"""The worker with a queue of its own: done, retried, parked; the clock in one worker at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from tests.factories.app import running

from galleria import worker
from galleria.doctor import examine
from galleria.platform import postgres
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.jobs import Job, Schedule, Task
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings
from galleria.platform.tx import Tx


@pytest.fixture(scope="module")
def dsn(cluster: postgres.Embedded, new_database: Callable[[str], str]) -> str:
    return cluster.dsn_for(new_database("jobs"))


@pytest.fixture(scope="module")
async def app(dsn: str, settings: Settings) -> AsyncIterator[Litestar]:
    async with running(settings, dsn) as app:
        yield app


@pytest.fixture(scope="module")
def runtime(app: Litestar) -> Runtime:
    found: Runtime = app.state.runtime
    return found


@asynccontextmanager
async def working(
    runtime: Runtime, dsn: str, tasks: Sequence[Task] = (), schedules: Sequence[Schedule] = ()
) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    at_work = asyncio.create_task(worker.work(runtime, dsn, tasks=tasks, schedules=schedules, stopping=stopping))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait_for(at_work, 20)


async def enqueue(runtime: Runtime, job: Job) -> None:
    async def operation(tx: Tx) -> None:
        tx.enqueue(job)

    command = Command(kind="test.enqueue", actor=SYSTEM, now=utc_now())
    await runtime.db.write(command, operation, returns=type(None))


async def test_a_job_is_done_with_its_arguments_and_leaves_the_queue(runtime: Runtime, dsn: str) -> None:
    done: asyncio.Queue[str] = asyncio.Queue()

    async def handle(_runtime: Runtime, *, name: str) -> None:
        await done.put(name)

    async with working(runtime, dsn, [Task("test.greet", handle)]):
        await enqueue(runtime, Job("test.greet", {"name": "Mei"}))
        assert await asyncio.wait_for(done.get(), 15) == "Mei"
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'test.greet'") == 0


async def test_a_failing_job_is_tried_again_and_at_last_parked_where_the_doctor_sees_it(
    runtime: Runtime, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PAUSES", [timedelta(0), timedelta(0)])
    tries: asyncio.Queue[int] = asyncio.Queue()

    async def handle(_runtime: Runtime, **_args: Any) -> None:
        await tries.put(1)
        raise ConnectionError("the other side never answers")

    async with working(runtime, dsn, [Task("test.fail", handle)]):
        await enqueue(runtime, Job("test.fail"))
        for _ in range(3):
            await asyncio.wait_for(tries.get(), 15)
        await _until(lambda: _parked(runtime))
    findings = {finding.check: finding.problems for finding in await examine(dsn)}
    assert len(findings["no job is parked"]) == 1
    assert "test.fail" in findings["no job is parked"][0]
    assert tries.empty()


async def test_a_schedule_runs_in_one_worker_at_a_time(runtime: Runtime, dsn: str) -> None:
    inside, most, runs = 0, 0, 0

    async def handle(_runtime: Runtime, _now: datetime) -> None:
        nonlocal inside, most, runs
        inside, runs = inside + 1, runs + 1
        most = max(most, inside)
        await asyncio.sleep(0.2)
        inside -= 1

    clock = [Schedule("test.sweep", 1, handle)]
    async with working(runtime, dsn, schedules=clock), working(runtime, dsn, schedules=clock):
        await _until(lambda: _enough(runs))
    assert most == 1


async def test_a_schedule_that_fails_is_tried_at_its_next_turn(runtime: Runtime, dsn: str) -> None:
    turns: asyncio.Queue[int] = asyncio.Queue()

    async def handle(_runtime: Runtime, _now: datetime) -> None:
        await turns.put(1)
        raise RuntimeError("this turn goes wrong")

    async with working(runtime, dsn, schedules=[Schedule("test.broken", 1, handle)]):
        await asyncio.wait_for(turns.get(), 15)
        await asyncio.wait_for(turns.get(), 15)


async def test_more_schedules_than_connections_do_not_wait_for_each_other(runtime: Runtime, dsn: str) -> None:
    done: set[str] = set()

    def schedule(name: str) -> Schedule:
        async def handle(runtime: Runtime, _now: datetime) -> None:
            await asyncio.sleep(0.05)  # every one of them has its connection by now
            async with runtime.db.read() as tx:
                await tx.value("SELECT 1")
            done.add(name)

        return Schedule(name, 60, handle)

    names = {f"test.many_{n}" for n in range(runtime.settings.pool_size + 2)}
    async with working(runtime, dsn, schedules=[schedule(name) for name in sorted(names)]):
        await _until(lambda: _all(names, done))


async def _all(names: set[str], done: set[str]) -> bool:
    return names == done


async def _parked(runtime: Runtime) -> bool:
    async with runtime.db.read() as tx:
        found = await tx.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'test.fail' AND status = 'failed'")
    return bool(found)


async def _enough(runs: int) -> bool:
    return runs >= 3


async def _until(held: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await held():  # noqa: ASYNC110 - the queue tells nobody that a job was parked
            await asyncio.sleep(0.05)

"""The worker: does queued jobs and work by the clock. Any number may run; each piece of work is done by one of them."""

import asyncio
import signal
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec
import structlog
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Context, Job

from galleria.platform import locks
from galleria.platform.db import utc_now
from galleria.platform.jobs import PAUSES, Schedule, Task
from galleria.platform.runtime import Runtime

log = structlog.get_logger()


def until_told() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def work(
    runtime: Runtime, dsn: str, *, tasks: Sequence[Task], schedules: Sequence[Schedule], stopping: asyncio.Event
) -> None:
    """Do jobs and schedules until `stopping` is set; jobs under way are finished first."""
    connection = await asyncpg.connect(dsn)
    queue = PgQueuer(AsyncpgDriver(connection))
    for task in tasks:
        queue.entrypoint(task.name, on_failure="hold", accepts_context=True)(_handler(runtime, task))
    room = asyncio.Semaphore(max(1, runtime.settings.pool_size // 2))
    clocks = [asyncio.create_task(_keep_time(runtime, schedule, stopping, room)) for schedule in schedules]
    jobs = asyncio.create_task(queue.run(dequeue_timeout=timedelta(seconds=5)))
    stopped = asyncio.create_task(stopping.wait())
    log.info("worker.started", tasks=len(tasks), schedules=len(schedules))
    await asyncio.wait({jobs, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    queue.shutdown.set()
    await asyncio.gather(jobs, *clocks, return_exceptions=stopped.done())
    await connection.close()


async def drain(runtime: Runtime, *, tasks: Sequence[Task]) -> int:
    """Do every job that is due now, in this process, and return how many; for tests and one-off commands."""
    by_name, done = {task.name: task for task in tasks}, 0
    while True:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                """
                DELETE FROM pgqueuer WHERE id = (
                  SELECT id FROM pgqueuer WHERE status = 'queued' AND execute_after <= now()
                   ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING entrypoint, payload
                """
            )
        if row is None:
            return done
        await by_name[row["entrypoint"]].handler(runtime, **msgspec.json.decode(row["payload"]))
        done += 1


def _handler(runtime: Runtime, task: Task) -> Callable[[Job, Context], Awaitable[None]]:
    async def handle(job: Job, _context: Context) -> None:
        started = time.perf_counter()
        try:
            await task.handler(runtime, **msgspec.json.decode(job.payload or b"{}"))
        except Exception as error:
            if job.attempts >= len(PAUSES):
                log.exception("job.parked", job=task.name, id=job.id, attempts=job.attempts)
                raise
            log.warning("job.retried", job=task.name, id=job.id, attempts=job.attempts, exc_info=error)
            raise RetryRequested(delay=PAUSES[job.attempts], reason=str(error)) from error
        log.info("job.done", job=task.name, id=job.id, ms=round((time.perf_counter() - started) * 1000))

    return handle


async def _keep_time(runtime: Runtime, schedule: Schedule, stopping: asyncio.Event, room: asyncio.Semaphore) -> None:
    """Run a schedule at its times. Each holds a connection and asks for more: `room` keeps enough of them free."""
    while not stopping.is_set():
        try:
            async with room:
                await _run_alone(runtime, schedule, utc_now())
        except Exception:
            log.exception("schedule.failed", schedule=schedule.name)
        try:
            await asyncio.wait_for(stopping.wait(), schedule.every_s)
        except TimeoutError:
            continue


async def _run_alone(runtime: Runtime, schedule: Schedule, now: datetime) -> None:
    """Run a schedule unless another worker is at it."""
    key = zlib.crc32(schedule.name.encode()) & 0x7FFFFFFF
    async with runtime.db.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, $2)", locks.SCHEDULE, key):
            await schedule.handler(runtime, now)

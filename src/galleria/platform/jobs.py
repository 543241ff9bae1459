"""Work done after a transaction commits, and work done by the clock. PgQueuer keeps the queue in PostgreSQL.

`tx.enqueue(Job(...))` inserts the job on the transaction's own connection, so a crash loses nothing and a rollback
leaves nothing. Delivery is at least once: a handler gets ids, not values, and is idempotent. A failing job is retried
with growing pauses and at last parked, where `galleria doctor` reports it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

PAUSES = [timedelta(seconds=s) for s in (1, 5, 30, 120, 600, 3600)]
"""How long a failing job waits before each next attempt."""


class Job(msgspec.Struct, frozen=True):
    """One piece of work: the handler's name, ids as arguments, when at the earliest, and a key that makes it one.

    Two jobs with the same `dedupe` that wait at the same time are one job.
    """

    name: str
    args: dict[str, Any] = {}
    delay: timedelta | None = None
    dedupe: str | None = None


class Task(msgspec.Struct, frozen=True):
    """A handler the worker knows: `await handler(runtime, **job.args)`."""

    name: str
    handler: Callable[..., Awaitable[None]]


class Schedule(msgspec.Struct, frozen=True):
    """Work by the clock: `await handler(runtime, now)` every so many seconds, in one worker at a time."""

    name: str
    every_s: int
    handler: Callable[[Any, datetime], Awaitable[None]]


async def insert(connection: Any, jobs: Sequence[Job]) -> None:
    """Put jobs in the queue on this connection, in one statement; a waiting twin of a `dedupe` key is kept."""
    await Queries(AsyncpgDriver(connection)).enqueue(
        [job.name for job in jobs],
        [msgspec.json.encode(job.args) for job in jobs],
        [0] * len(jobs),
        [job.delay for job in jobs],
        [job.dedupe for job in jobs],
        on_conflict="skip",
    )


async def install(dsn: str) -> None:
    """Create or upgrade the queue's own tables; harmless when they are up to date."""
    connection = await asyncpg.connect(dsn)
    try:
        queries = Queries(AsyncpgDriver(connection))
        if await queries.schema_is_installed():
            await queries.upgrade()
        else:
            await queries.install()
    finally:
        await connection.close()

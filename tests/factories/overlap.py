"""Two transactions made to overlap: the second starts before the first commits, every time and not by luck."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from galleria.kernel.errors import DomainError
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

Operation = Callable[[Tx], Awaitable[Any]]

WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def overlap(runtime: Runtime, first: Operation, rival: Coroutine[Any, Any, Any]) -> tuple[Any, Any]:
    """Do `first`, start `rival` before it commits, commit when the rival waits for a lock or is through.

    Return what each of them gave, or the refusal it raised; any other error is raised here.
    """
    done, commit = asyncio.Event(), asyncio.Event()

    async def held_open(tx: Tx) -> Any:
        result = await first(tx)
        done.set()
        await commit.wait()
        return result

    one = asyncio.create_task(write(runtime, held_open))
    reached = asyncio.create_task(done.wait())
    await asyncio.wait({one, reached}, return_when=asyncio.FIRST_COMPLETED)
    reached.cancel()
    two = asyncio.create_task(rival)
    await _until_waiting(runtime, two)
    commit.set()
    given = await asyncio.gather(one, two, return_exceptions=True)
    for one_of_them in given:
        if isinstance(one_of_them, BaseException) and not isinstance(one_of_them, DomainError):
            raise one_of_them
    return given[0], given[1]


async def write(runtime: Runtime, operation: Operation) -> Any:
    """Do one operation as the system, with its journal row and jobs, and return what it gave."""
    given: list[Any] = []

    async def keep(tx: Tx) -> None:
        given.append(await operation(tx))

    command = Command(kind="tests.overlap", actor=SYSTEM, now=datetime.now(UTC))
    await runtime.db.write(command, keep, returns=type(None))
    return given[-1]


async def _until_waiting(runtime: Runtime, rival: "asyncio.Task[Any]") -> None:
    for _ in range(500):
        async with runtime.db.read() as tx:
            if rival.done() or await tx.value(WAITING):
                return
        await asyncio.sleep(0.01)
    raise AssertionError("the rival neither ended nor waited")

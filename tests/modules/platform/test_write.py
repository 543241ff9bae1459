"""One write is one transaction and one journal row."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from galleria.kernel.errors import Conflict
from galleria.platform.actors import Actor, ActorKind
from galleria.platform.command import Command, Event
from galleria.platform.db import Database
from galleria.platform.jobs import Job
from galleria.platform.journal import KeyReused
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


class Made(msgspec.Struct, frozen=True):
    group_id: UUID


def command(actor_id: UUID, key: str | None, payload: Any = None) -> Command:
    actor = Actor(kind=ActorKind.STAFF, id=actor_id)
    return Command(kind="test.make", actor=actor, now=datetime.now(UTC), key=key, input=payload)


async def make_group(tx: Tx) -> Made:
    made = Made(uuid4())
    await tx.run(
        "INSERT INTO malls.mall_group VALUES ($1, $2, 'n', 'n', now())", made.group_id, f"g{made.group_id.hex[:12]}"
    )
    return made


async def count(db: Database, sql: str, *args: Any) -> int:
    async with db.read() as tx:
        return int(await tx.value(sql, *args))


async def rows_of(db: Database, actor_id: UUID) -> int:
    return await count(db, "SELECT count(*) FROM platform.journal WHERE actor_id = $1", actor_id)


async def test_the_same_key_returns_the_stored_result_and_changes_nothing(runtime: Runtime) -> None:
    actor = uuid4()
    first = await runtime.db.write(command(actor, "k" * 8, {"a": 1}), make_group, returns=Made)
    again = await runtime.db.write(command(actor, "k" * 8, {"a": 1}), make_group, returns=Made)
    assert again == first
    assert await rows_of(runtime.db, actor) == 1
    groups = await count(runtime.db, "SELECT count(*) FROM malls.mall_group WHERE id = $1", first.group_id)
    assert groups == 1


async def test_the_same_key_with_another_input_is_refused(runtime: Runtime) -> None:
    actor = uuid4()
    await runtime.db.write(command(actor, "k" * 8, {"a": 1}), make_group, returns=Made)
    with pytest.raises(KeyReused):
        await runtime.db.write(command(actor, "k" * 8, {"a": 2}), make_group, returns=Made)
    assert await rows_of(runtime.db, actor) == 1


async def test_a_key_belongs_to_its_actor(runtime: Runtime) -> None:
    one = await runtime.db.write(command(uuid4(), "k" * 8), make_group, returns=Made)
    other = await runtime.db.write(command(uuid4(), "k" * 8), make_group, returns=Made)
    assert one != other


async def test_twenty_at_once_with_one_key_have_one_effect(runtime: Runtime) -> None:
    actor = uuid4()
    results = await asyncio.gather(
        *(runtime.db.write(command(actor, "same-key"), make_group, returns=Made) for _ in range(20))
    )
    assert len({r.group_id for r in results}) == 1
    assert await rows_of(runtime.db, actor) == 1


async def test_a_refusal_leaves_nothing_and_frees_the_key(runtime: Runtime) -> None:
    actor, made = uuid4(), Made(uuid4())

    async def refuse(tx: Tx) -> Made:
        await tx.run("INSERT INTO malls.mall_group VALUES ($1, $2, 'n', 'n', now())", made.group_id, "refused-group")
        tx.enqueue(Job("test.never"))
        raise Conflict

    with pytest.raises(Conflict):
        await runtime.db.write(command(actor, "free-key"), refuse, returns=Made)
    assert await rows_of(runtime.db, actor) == 0
    assert await count(runtime.db, "SELECT count(*) FROM malls.mall_group WHERE id = $1", made.group_id) == 0
    assert await count(runtime.db, "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'test.never'") == 0
    await runtime.db.write(command(actor, "free-key"), make_group, returns=Made)


async def test_a_deadlock_is_retried_as_a_whole(runtime: Runtime) -> None:
    attempts = 0

    async def fail_once(tx: Tx) -> Made:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise asyncpg.DeadlockDetectedError("invented")
        return await make_group(tx)

    await runtime.db.write(command(uuid4(), None), fail_once, returns=Made)
    assert attempts == 2


async def test_a_deadlock_that_stays_is_raised_after_three_attempts(runtime: Runtime) -> None:
    attempts = 0

    async def fail(_tx: Tx) -> Made:
        nonlocal attempts
        attempts += 1
        raise asyncpg.SerializationError("invented")

    with pytest.raises(asyncpg.SerializationError):
        await runtime.db.write(command(uuid4(), None), fail, returns=Made)
    assert attempts == 3


async def test_jobs_are_in_the_queue_when_the_write_is_answered(runtime: Runtime) -> None:
    async def with_job(tx: Tx) -> Made:
        tx.enqueue(Job("test.later", {"id": str(uuid4())}))
        return await make_group(tx)

    before = await count(runtime.db, "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'test.later'")
    await runtime.db.write(command(uuid4(), None), with_job, returns=Made)
    after = await count(runtime.db, "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'test.later'")
    assert after == before + 1
    async with runtime.db.pool.acquire() as connection:
        await connection.execute("DELETE FROM pgqueuer WHERE entrypoint = 'test.later'")


async def test_an_event_reaches_the_live_screens_of_its_topic_after_the_commit(runtime: Runtime) -> None:
    subject = uuid4()

    async def with_event(tx: Tx) -> Made:
        tx.emit(Event("test.happened", subject, {"n": 3}, topics=(f"mall:{subject}",)))
        return await make_group(tx)

    heard = asyncio.Queue[Any]()

    async def listen() -> None:
        async for notice in runtime.hub.stream([f"mall:{subject}"]):
            await heard.put(notice)

    listening = asyncio.create_task(listen())
    assert await asyncio.wait_for(heard.get(), 5) is None
    await runtime.db.write(command(uuid4(), None), with_event, returns=Made)
    notice = await asyncio.wait_for(heard.get(), 5)
    listening.cancel()
    assert (notice.kind, notice.data) == ("test.happened", {"subject": str(subject), "n": 3})


async def test_the_journal_cannot_be_rewritten(runtime: Runtime) -> None:
    await runtime.db.write(command(uuid4(), None), make_group, returns=Made)
    async with runtime.db.pool.acquire() as connection:
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE platform.journal SET kind = 'x'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("DELETE FROM platform.journal")

"""The surge path: one transaction for many, and to each his own outcome."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from galleria.kernel.errors import Conflict, Unavailable
from galleria.kernel.ids import new_id
from galleria.platform.actors import Actor, ActorKind
from galleria.platform.batching import Batcher, Done, Outcome, Surge
from galleria.platform.command import Command, Event
from galleria.platform.journal import KeyReused
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


class Odd(Conflict):
    code = "conflict"


class Recorder:
    """A surge that doubles even numbers, refuses odd ones, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.crash = False

    async def lock(self, tx: Tx, lane: str) -> str:
        await tx.value("SELECT 1")
        return lane

    async def settle(self, _tx: Tx, _locked: str, wants: Sequence[int]) -> list[Outcome[int]]:
        self.batches.append(list(wants))
        if self.crash:
            raise RuntimeError("broken")
        event = Event("tests.doubled", new_id(), topics=())
        return [Odd() if want % 2 else Done(want * 2, str(want), (event,)) for want in wants]


def batcher(runtime: Runtime, recorder: Recorder, **limits: int) -> Batcher[int, int]:
    return Batcher(runtime.db, Surge(lock=recorder.lock, settle=recorder.settle), returns=int, **limits)


def command(payload: Any = None, *, actor: Actor | None = None, key: str | None = None) -> Command:
    who = actor or Actor(kind=ActorKind.MEMBER, id=new_id())
    return Command(kind="tests.double", actor=who, now=datetime.now(UTC), key=key or new_id().hex, input=payload)


async def rows(runtime: Runtime, actor: Actor) -> int:
    async with runtime.db.read() as tx:
        return int(await tx.value("SELECT count(*) FROM platform.journal WHERE actor_id = $1", actor.id))


async def test_many_share_a_batch_and_each_has_its_own_outcome(runtime: Runtime) -> None:
    recorder, actor = Recorder(), Actor(kind=ActorKind.MEMBER, id=new_id())
    doubling = batcher(runtime, recorder)
    answers = await asyncio.gather(
        *(doubling.submit("lane", command(n, actor=actor), n) for n in range(6)), return_exceptions=True
    )
    assert answers[::2] == [0, 4, 8]
    assert all(isinstance(answer, Odd) for answer in answers[1::2])
    assert recorder.batches == [[0, 1, 2, 3, 4, 5]]
    assert await rows(runtime, actor) == 3


async def test_a_batch_is_bounded_and_the_rest_make_the_next(runtime: Runtime) -> None:
    recorder = Recorder()
    doubling = batcher(runtime, recorder, batch_max=4)
    assert await asyncio.gather(*(doubling.submit("x", command(n), n) for n in range(0, 20, 2))) == list(
        range(0, 40, 4)
    )
    assert [len(batch) for batch in recorder.batches] == [4, 4, 2]


async def test_too_long_a_queue_is_refused_at_once(runtime: Runtime) -> None:
    doubling = batcher(runtime, Recorder(), queue_max=2)
    answers = await asyncio.gather(*(doubling.submit("x", command(2), 2) for _ in range(4)), return_exceptions=True)
    assert answers[:2] == [4, 4]
    assert all(isinstance(a, Unavailable) and a.params == {"retry_after": 1} for a in answers[2:])


async def test_the_same_key_is_one_request(runtime: Runtime) -> None:
    recorder, actor = Recorder(), Actor(kind=ActorKind.MEMBER, id=new_id())
    doubling = batcher(runtime, recorder)
    same = [doubling.submit("x", command(2, actor=actor, key="the-same-key"), 2) for _ in range(3)]
    assert await asyncio.gather(*same) == [4, 4, 4]
    assert recorder.batches == [[2]]
    again = doubling.submit("x", command(2, actor=actor, key="the-same-key"), 2)
    mates = [doubling.submit("x", command(n), n) for n in (4, 6)]
    assert await asyncio.gather(again, *mates) == [4, 8, 12]
    assert await rows(runtime, actor) == 1
    with pytest.raises(KeyReused):
        await doubling.submit("x", command(8, actor=actor, key="the-same-key"), 8)
    with pytest.raises(KeyReused):
        await asyncio.gather(
            doubling.submit("x", command(2, actor=actor, key="another-key"), 2),
            doubling.submit("x", command(4, actor=actor, key="another-key"), 4),
        )


async def test_a_refused_replay_gets_its_stored_result(runtime: Runtime) -> None:
    actor, refusing = Actor(kind=ActorKind.MEMBER, id=new_id()), Recorder()
    first = command({"n": 2}, actor=actor, key="stored-key-1")
    assert await batcher(runtime, Recorder()).submit("x", first, 2) == 4
    assert await batcher(runtime, refusing).submit("x", command({"n": 2}, actor=actor, key="stored-key-1"), 3) == 4


async def test_two_processes_with_one_key_do_it_once(runtime: Runtime) -> None:
    actor, recorders = Actor(kind=ActorKind.MEMBER, id=new_id()), [Recorder() for _ in range(4)]
    answers = await asyncio.gather(
        *(batcher(runtime, r).submit("x", command(2, actor=actor, key="one-key-for-all"), 2) for r in recorders)
    )
    assert answers == [4] * 4
    assert await rows(runtime, actor) == 1


async def test_who_gives_up_harms_nobody(runtime: Runtime) -> None:
    recorder, actor = Recorder(), Actor(kind=ActorKind.MEMBER, id=new_id())
    doubling = batcher(runtime, recorder)
    leaver = asyncio.create_task(doubling.submit("x", command(2, actor=actor, key="leaving-early"), 2))
    twin = asyncio.create_task(doubling.submit("x", command(2, actor=actor, key="leaving-early"), 2))
    mate = asyncio.create_task(doubling.submit("x", command(4), 4))
    await asyncio.sleep(0)
    leaver.cancel()
    assert await asyncio.gather(twin, mate) == [4, 8]
    assert leaver.cancelled()


async def test_a_twin_of_one_already_answered_hears_the_same(runtime: Runtime) -> None:
    actor, goes_on = Actor(kind=ActorKind.MEMBER, id=new_id()), asyncio.Event()
    known = command(2, actor=actor, key="known-already")
    assert await batcher(runtime, Recorder()).submit("x", known, 2) == 4

    class Slow(Recorder):
        async def settle(self, tx: Tx, locked: str, wants: Sequence[int]) -> list[Outcome[int]]:
            if self.batches:
                await goes_on.wait()
            return await super().settle(tx, locked, wants)

    doubling = batcher(runtime, Slow())
    mate = asyncio.create_task(doubling.submit("x", command(6), 6))
    assert await doubling.submit("x", known, 2) == 4
    assert await asyncio.wait_for(doubling.submit("x", known, 2), 5) == 4
    assert not mate.done()
    goes_on.set()
    assert await mate == 12


async def test_a_crash_answers_every_waiter_and_the_next_batch_works(runtime: Runtime) -> None:
    recorder = Recorder()
    doubling, recorder.crash = batcher(runtime, recorder), True
    answers = await asyncio.gather(*(doubling.submit("x", command(n), n) for n in (2, 4)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["broken", "broken"]
    recorder.crash = False
    assert await doubling.submit("x", command(2), 2) == 4


class Meddler(Recorder):
    """A surge into which another process breaks: while a batch is being settled, it commits one of its keys."""

    def __init__(self, runtime: Runtime, *breaking: Command) -> None:
        super().__init__()
        self.runtime = runtime
        self.breaking = list(breaking)

    async def settle(self, tx: Tx, locked: str, wants: Sequence[int]) -> list[Outcome[int]]:
        if self.breaking:
            await batcher(self.runtime, Recorder()).submit("elsewhere", self.breaking.pop(0), 40)
        return await super().settle(tx, locked, wants)


async def test_a_batch_broken_into_twice_is_settled_one_by_one(runtime: Runtime) -> None:
    actor = Actor(kind=ActorKind.MEMBER, id=new_id())
    commands = [command(actor=actor, key=f"broken-into-{n}") for n in range(4)]
    meddler = Meddler(runtime, commands[0], commands[2])
    surging = batcher(runtime, meddler)
    answers = await asyncio.gather(
        *(surging.submit("x", one, want) for one, want in zip(commands, (2, 4, 6, 7), strict=True)),
        return_exceptions=True,
    )
    assert answers[:3] == [80, 8, 80]
    assert isinstance(answers[3], Odd)
    assert meddler.batches == [[2, 4, 6, 7], [4, 6, 7], [4], [6], [7]]
    assert await rows(runtime, actor) == 3


async def test_broken_into_once_the_rest_still_go_together(runtime: Runtime) -> None:
    actor = Actor(kind=ActorKind.MEMBER, id=new_id())
    commands = [command(actor=actor, key=f"one-taken-{n}") for n in range(3)]
    meddler = Meddler(runtime, commands[1])
    surging = batcher(runtime, meddler)
    answers = await asyncio.gather(
        *(surging.submit("x", one, want) for one, want in zip(commands, (2, 4, 6), strict=True))
    )
    assert answers == [4, 80, 12]
    assert meddler.batches == [[2, 4, 6], [2, 6]]
    assert await rows(runtime, actor) == 3


async def test_one_by_one_a_key_used_for_something_else_harms_only_itself(runtime: Runtime) -> None:
    actor = Actor(kind=ActorKind.MEMBER, id=new_id())
    mine = [command(n, actor=actor, key=f"something-else-{n}") for n in range(3)]
    theirs = [command(99, actor=actor, key=f"something-else-{n}") for n in range(2)]
    surging = batcher(runtime, Meddler(runtime, *theirs))
    answers = await asyncio.gather(
        *(surging.submit("x", one, want) for one, want in zip(mine, (2, 4, 6), strict=True)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [KeyReused, KeyReused, int]
    assert answers[2] == 12

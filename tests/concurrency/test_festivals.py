"""Festivals under pressure: numbers in the order of arrival, and a kill after which nothing commits; with twins."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories.festivals import make_festival
from tests.factories.malls import MadeMall, make_mall

from galleria.engagement import festivals
from galleria.engagement.festivals import store
from galleria.engagement.festivals.model import PACE_UNIT, Pace, Sealed
from galleria.engagement.festivals.room.desk import Desk
from galleria.kernel.ids import ClaimId, CouponId, MemberId, new_id
from galleria.platform.actors import SYSTEM, Actor, ActorKind
from galleria.platform.batching import Batcher
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value import coupons
from galleria.value.coupons.operations.claim import CLAIMING


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


def desks(runtime: Runtime, mall: MadeMall, festival: festivals.Festival, count: int) -> list[Desk]:
    pace = Pace(festival.opens_at + timedelta(days=1), PACE_UNIT, 100)
    return [Desk(runtime.db, mall.mall_id, festival.id, mall.group_id, pace) for _ in range(count)]


async def test_a_thousand_who_come_to_two_processes_get_a_thousand_numbers(runtime: Runtime, mall: MadeMall) -> None:
    festival = await make_festival(runtime, mall)
    doors, now = desks(runtime, mall, festival, 2), datetime.now(UTC)
    places = await asyncio.gather(*(doors[i % 2].place(MemberId(new_id()), None, now) for i in range(1000)))
    assert sorted(place.number for place in places) == list(range(1, 1001))
    for door in range(2):
        mine = [place.number for place in places[door::2]]
        assert mine == sorted(mine), "within a process nobody overtakes"
    async with runtime.db.read() as tx:
        assert await store.queue(tx, mall_id=mall.mall_id, festival_id=festival.id) == store.Queue(1000, 1000)


async def test_who_comes_a_little_later_to_the_other_process_is_behind(runtime: Runtime, mall: MadeMall) -> None:
    festival = await make_festival(runtime, mall)
    doors, now = desks(runtime, mall, festival, 2), datetime.now(UTC)
    waves: list[list[Sealed]] = []
    for wave in range(6):
        members = [MemberId(new_id()) for _ in range(50)]
        waves.append(await asyncio.gather(*(doors[wave % 2].place(one, None, now) for one in members)))
    for earlier, later in itertools.pairwise(waves):
        assert max(place.number for place in earlier) < min(place.number for place in later)


async def test_one_member_who_asks_fifty_times_has_one_number(runtime: Runtime, mall: MadeMall) -> None:
    festival = await make_festival(runtime, mall)
    [door], member, now = desks(runtime, mall, festival, 1), MemberId(new_id()), datetime.now(UTC)
    places = await asyncio.gather(*(door.place(member, None, now) for _ in range(50)))
    assert {place.number for place in places} == {1}


async def test_twin_without_the_row_two_processes_give_the_same_number(runtime: Runtime, mall: MadeMall) -> None:
    festival, ready = await make_festival(runtime, mall), asyncio.Barrier(4)

    async def naive() -> int:
        async with runtime.db.pool.acquire() as connection:
            number: int = await connection.fetchval(
                "SELECT number FROM festivals.queue WHERE festival_id = $1", festival.id
            )
            await ready.wait()
            await connection.execute(
                "UPDATE festivals.queue SET number = $2 WHERE festival_id = $1", festival.id, number + 1
            )
            return number + 1

    assert len(set(await asyncio.gather(*(naive() for _ in range(4))))) == 1


def member_of(mall: MadeMall) -> Actor:
    return Actor(kind=ActorKind.MEMBER, id=new_id(), group_id=mall.group_id)


async def storm(runtime: Runtime, mall: MadeMall, coupon_id: CouponId, stop: asyncio.Event) -> list[datetime]:
    """Claim from three processes until told to stop; return when each claim was answered with success."""
    batchers = [Batcher(runtime.db, CLAIMING, returns=coupons.Claim) for _ in range(3)]
    answered: list[datetime] = []

    async def one(i: int) -> None:
        while not stop.is_set():
            actor, now = member_of(mall), datetime.now(UTC)
            command = Command(kind="coupons.claim", actor=actor, now=now, mall_id=mall.mall_id, key=new_id().hex)
            want = coupons.Want(
                group_id=mall.group_id,
                member_id=actor.member_id,
                now=now,
                claim_id=ClaimId(new_id()),
                through="festival",
            )
            try:
                await batchers[i % 3].submit((mall.mall_id, coupon_id), command, want)
                answered.append(datetime.now(UTC))
            except coupons.CouponPaused:
                await asyncio.sleep(0.001)

    await asyncio.gather(*(one(i) for i in range(30)))
    return answered


async def test_no_claim_commits_after_the_kill_has_answered(runtime: Runtime, mall: MadeMall) -> None:
    festival = await make_festival(runtime, mall, coupon={"total": 1_000_000})
    stop = asyncio.Event()
    surge = asyncio.create_task(storm(runtime, mall, festival.coupon_ids[0], stop))
    await asyncio.sleep(0.4)
    asked, now = datetime.now(UTC), datetime.now(UTC)
    killed = await runtime.db.write(
        Command(kind="festivals.kill", actor=SYSTEM, now=now, mall_id=mall.mall_id),
        lambda tx: festivals.kill(
            tx, actor=SYSTEM, mall_id=mall.mall_id, festival_id=festival.id, reason=festivals.Kill(), now=now
        ),
        returns=festivals.Festival,
    )
    took = datetime.now(UTC) - asked
    count = await runtime.db.pool.fetchval(
        "SELECT count(*) FROM coupons.claim WHERE coupon_id = $1", festival.coupon_ids[0]
    )
    await asyncio.sleep(0.3)
    stop.set()
    answered = await surge
    later = await runtime.db.pool.fetchval(
        "SELECT count(*) FROM coupons.claim WHERE coupon_id = $1", festival.coupon_ids[0]
    )
    assert killed.phase is festivals.Phase.PAUSED
    assert took < timedelta(seconds=1)
    assert 0 < count == later == len(answered)
    assert (
        await runtime.db.pool.fetchval("SELECT claimed FROM coupons.coupon WHERE id = $1", festival.coupon_ids[0])
        == count
    )


async def test_twin_a_kill_without_the_lock_lets_claims_commit_after_it(runtime: Runtime, mall: MadeMall) -> None:
    """A door that only looks at a flag before it claims: the claim that has looked commits after the kill."""
    festival, looked, killed = await make_festival(runtime, mall), asyncio.Event(), asyncio.Event()

    async def naive() -> datetime:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            state = await connection.fetchval("SELECT state FROM festivals.festival WHERE id = $1", festival.id)
            assert state == "open"
            looked.set()
            await killed.wait()
            await connection.execute("SELECT 1")
        return datetime.now(UTC)

    claim = asyncio.create_task(naive())
    await looked.wait()
    await runtime.db.pool.execute(
        """UPDATE festivals.festival SET state = 'paused', paused_at = now(), pause_code = 'killed' WHERE id = $1""",
        festival.id,
    )
    answered = datetime.now(UTC)
    killed.set()
    assert await claim > answered


async def test_two_operators_at_once_stop_it_once(runtime: Runtime, mall: MadeMall) -> None:
    festival, now = await make_festival(runtime, mall), datetime.now(UTC)

    async def pause() -> festivals.Festival:
        why = festivals.PauseReason("检查", "Checking")
        return await runtime.db.write(
            Command(kind="festivals.pause", actor=SYSTEM, now=now, mall_id=mall.mall_id),
            lambda tx: festivals.pause(
                tx, actor=SYSTEM, mall_id=mall.mall_id, festival_id=festival.id, reason=why, now=now
            ),
            returns=festivals.Festival,
        )

    outcomes = await asyncio.gather(*(pause() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, festivals.Festival) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, festivals.FestivalMoved) for outcome in outcomes) == 3

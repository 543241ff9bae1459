"""Claims under pressure: the total, the member's limit, and one claim wanted by two orders; each with its twin.

A twin does the same without the guard, as open-source shops have shipped it, and shows that the race is real.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member

from galleria.kernel.ids import ClaimId, MemberId, OrderId, new_id
from galleria.platform.actors import SYSTEM, Actor, ActorKind
from galleria.platform.batching import Batcher
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons
from galleria.value.coupons.operations.claim import CLAIMING

Outcome = coupons.Claim | BaseException


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def claim_at_once(
    runtime: Runtime, mall: MadeMall, coupon: coupons.Coupon, members: list[MemberId], *, processes: int = 3
) -> list[Outcome]:
    """Claim for each member at the same time, as that many server processes would."""
    batchers: list[Batcher[coupons.Want, coupons.Claim]] = [
        Batcher(runtime.db, CLAIMING, returns=coupons.Claim) for _ in range(processes)
    ]
    now, lane = datetime.now(UTC), (mall.mall_id, coupon.id)

    def one(i: int, member_id: MemberId) -> Any:
        actor = Actor(kind=ActorKind.MEMBER, id=member_id, group_id=mall.group_id)
        command = Command(kind="coupons.claim", actor=actor, now=now, mall_id=mall.mall_id, key=new_id().hex)
        want = coupons.Want(group_id=mall.group_id, member_id=member_id, now=now, claim_id=ClaimId(new_id()))
        return batchers[i % processes].submit(lane, command, want)

    return await asyncio.gather(*(one(i, m) for i, m in enumerate(members)), return_exceptions=True)


async def counts(runtime: Runtime, coupon: coupons.Coupon) -> tuple[int, int, int]:
    """Return what the coupon counts, its claims, and the members who hold them."""
    async with runtime.db.read() as tx:
        return (
            await tx.value("SELECT claimed FROM coupons.coupon WHERE id = $1", coupon.id),
            await tx.value("SELECT count(*) FROM coupons.claim WHERE coupon_id = $1", coupon.id),
            await tx.value("SELECT count(DISTINCT member_id) FROM coupons.claim WHERE coupon_id = $1", coupon.id),
        )


async def test_a_thousand_wants_for_a_hundred_get_exactly_a_hundred(runtime: Runtime, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, total=100)
    outcomes = await claim_at_once(runtime, mall, coupon, [MemberId(new_id()) for _ in range(1000)])
    assert sum(isinstance(outcome, coupons.Claim) for outcome in outcomes) == 100
    assert sum(isinstance(outcome, coupons.CouponSoldOut) for outcome in outcomes) == 900
    assert await counts(runtime, coupon) == (100, 100, 100)


async def test_over_http_as_well(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, total=10)
    members = [await make_member(runtime, mall.group_id) for _ in range(30)]
    headers = [{**await as_member(runtime, member), "idempotency-key": new_id().hex} for member in members]
    address = f"/v1/malls/{mall.mall_id}/coupons/{coupon.id}/claims"
    answers = await asyncio.gather(*(client.post(address, headers=one) for one in headers))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 20
    assert await counts(runtime, coupon) == (10, 10, 10)


async def test_a_member_who_asks_fifty_times_gets_the_limit(runtime: Runtime, mall: MadeMall) -> None:
    coupon, member = await make_coupon(runtime, mall.mall_id, per_member=2), MemberId(new_id())
    outcomes = await claim_at_once(runtime, mall, coupon, [member] * 50)
    assert sum(isinstance(outcome, coupons.Claim) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, coupons.CouponLimitReached) for outcome in outcomes) == 48
    assert await counts(runtime, coupon) == (2, 2, 1)


async def unguarded(pool: "asyncpg.Pool[asyncpg.Record]", coupon: coupons.Coupon, ready: asyncio.Barrier) -> bool:
    """Claim as the naive do: read the count, then write what was read plus one."""
    async with pool.acquire() as connection:
        claimed = await connection.fetchval("SELECT claimed FROM coupons.coupon WHERE id = $1", coupon.id)
        await ready.wait()
        if claimed >= coupon.total:
            return False
        await connection.execute("UPDATE coupons.coupon SET claimed = $2 WHERE id = $1", coupon.id, claimed + 1)
        return True


async def test_twin_without_the_guard_the_total_is_passed(runtime: Runtime, mall: MadeMall) -> None:
    coupon, ready = await make_coupon(runtime, mall.mall_id, total=1), asyncio.Barrier(5)
    given = await asyncio.gather(*(unguarded(runtime.db.pool, coupon, ready) for _ in range(5)))
    assert sum(given) > coupon.total
    async with runtime.db.pool.acquire() as connection:
        await connection.execute("UPDATE coupons.coupon SET claimed = 0 WHERE id = $1", coupon.id)


async def test_twin_without_the_guard_the_member_limit_is_passed(runtime: Runtime, mall: MadeMall) -> None:
    ready, member = asyncio.Barrier(5), new_id()
    async with runtime.db.pool.acquire() as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS public.naive_claim (member_id uuid)")

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            mine = await connection.fetchval("SELECT count(*) FROM public.naive_claim WHERE member_id = $1", member)
            await ready.wait()
            if mine >= 1:
                return False
            await connection.execute("INSERT INTO public.naive_claim VALUES ($1)", member)
            return True

    assert sum(await asyncio.gather(*(naive() for _ in range(5)))) > 1
    async with runtime.db.pool.acquire() as connection:
        await connection.execute("DROP TABLE public.naive_claim")


async def test_two_orders_want_one_claim_and_one_gets_it(runtime: Runtime, mall: MadeMall) -> None:
    coupon, member = await make_coupon(runtime, mall.mall_id), MemberId(new_id())
    claim = await make_claim(runtime, mall.mall_id, coupon.id, member, mall.group_id)

    async def hold() -> Any:
        now, order_id = datetime.now(UTC) + timedelta(seconds=1), OrderId(new_id())

        async def operation(tx: Tx) -> str:
            held = await coupons.hold(
                tx, mall_id=mall.mall_id, member_id=member, claim_id=claim.id, order_id=order_id, now=now
            )
            await asyncio.sleep(0.02)
            return held.offer.title_en

        return await runtime.db.write(Command(kind="tests.hold", actor=SYSTEM, now=now), operation, returns=str)

    outcomes = await asyncio.gather(*(hold() for _ in range(6)), return_exceptions=True)
    assert outcomes.count("20 off 100") == 1
    assert sum(isinstance(outcome, coupons.ClaimHeld) for outcome in outcomes) == 5


async def test_twin_without_the_guard_two_orders_hold_one_claim(runtime: Runtime, mall: MadeMall) -> None:
    coupon, member, ready = await make_coupon(runtime, mall.mall_id), MemberId(new_id()), asyncio.Barrier(2)
    claim = await make_claim(runtime, mall.mall_id, coupon.id, member, mall.group_id)

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            state = await connection.fetchval("SELECT state FROM coupons.claim WHERE id = $1", claim.id)
            await ready.wait()
            await connection.execute(
                "UPDATE coupons.claim SET state = 'held', order_id = $2 WHERE id = $1", claim.id, new_id()
            )
            return bool(state == "issued")

    assert await asyncio.gather(naive(), naive()) == [True, True]

"""Every limit of a coupon under pressure, each with its twin.

The claims arrive at three processes at once. A twin asks how much there is and then writes, as the naive do, on tables
without constraints: it shows that the race is real.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.factories.coupons import claim_at_once, make_claim, make_coupon, want_of
from tests.factories.malls import MadeMall, make_mall
from tests.factories.twins import twins

from galleria.kernel.ids import HouseholdId, MemberId, new_id
from galleria.main import MODULES
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons

ONE, HOME = new_id(), HouseholdId(new_id())
AT_ONCE = 60


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


LIMITS: list[tuple[dict[str, Any], dict[str, Any], int, type[Exception]]] = [
    ({"daily_total": 7}, {}, 7, coupons.CouponSoldOutToday),
    ({"budget_minor": 9_000}, {}, 4, coupons.CouponBudgetSpent),
    ({"per_device": 2}, {"facts": coupons.Facts(device=ONE)}, 2, coupons.CouponDeviceLimit),
    ({"per_household": 3}, {"facts": coupons.Facts(household_id=HOME)}, 3, coupons.CouponHouseholdLimit),
    ({"per_member": 9, "per_member_day": 2}, {"member_id": MemberId(ONE)}, 2, coupons.CouponDayLimitReached),
]


@pytest.mark.parametrize(("over", "wanted", "most", "refused"), LIMITS, ids=lambda v: str(v)[:28])
async def test_a_limit_holds_to_the_last_claim(
    runtime: Runtime,
    mall: MadeMall,
    over: dict[str, Any],
    wanted: dict[str, Any],
    most: int,
    refused: type[Exception],
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, **over)
    wants = [want_of(mall.group_id, **wanted) for _ in range(AT_ONCE)]
    outcomes = await claim_at_once(runtime, mall.mall_id, coupon.id, wants)
    assert sum(isinstance(outcome, coupons.Claim) for outcome in outcomes) == most
    assert sum(isinstance(outcome, refused) for outcome in outcomes) == AT_ONCE - most
    async with runtime.db.read() as tx:
        kept = await coupons.get_coupon(tx, mall_id=mall.mall_id, coupon_id=coupon.id)
    assert kept.claimed == most
    assert kept.committed_minor == (most * 2000 if "budget_minor" in over else 0)
    assert kept.day_claimed == (most if "daily_total" in over else 0)


@pytest.mark.parametrize("column", ["device", "household_id", "member_id"])
async def test_twin_without_the_lock_whoever_shares_a_limit_passes_it(
    runtime: Runtime, mall: MadeMall, column: str
) -> None:
    coupon, shared, ready = await make_coupon(runtime, mall.mall_id), new_id(), asyncio.Barrier(5)

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            counted = f"SELECT count(*) FROM twin.claim WHERE coupon_id = $1 AND {column} = $2"
            had = await connection.fetchval(counted, coupon.id, shared)
            await ready.wait()
            if had >= 1:
                return False
            named = {"member_id": new_id(), "device": None, "household_id": None, column: shared}
            await connection.execute(
                """
                INSERT INTO twin.claim (mall_id, id, coupon_id, member_id, device, household_id, seq, state,
                                        claimed_at, use_from, use_until)
                VALUES ($1, $2, $3, $4, $5, $6, 1, 'issued', now(), now(), now())
                """,
                mall.mall_id,
                new_id(),
                coupon.id,
                *named.values(),
            )
            return True

    async with twins(runtime, "coupons.claim"):
        assert sum(await asyncio.gather(*(naive() for _ in range(5)))) > 1


COUNTERS = [
    ("day_claimed", "coalesce(daily_total, 0)", {"daily_total": 1}, 1),
    ("committed_minor", "coalesce(budget_minor, 0)", {"budget_minor": 2000}, 2000),
    ("claimed", "total", {"total": 1}, 1),
]


@pytest.mark.parametrize(("column", "limit", "over", "step"), COUNTERS)
async def test_twin_without_the_lock_a_count_is_passed(
    runtime: Runtime, mall: MadeMall, column: str, limit: str, over: dict[str, Any], step: int
) -> None:
    coupon, ready = await make_coupon(runtime, mall.mall_id, **over), asyncio.Barrier(5)

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            sql = f"SELECT {column} AS had, {limit} AS most FROM twin.coupon WHERE id = $1"
            row = await connection.fetchrow(sql, coupon.id)
            await ready.wait()
            if row is None or row["had"] + step > row["most"]:
                return False
            await connection.execute(
                f"UPDATE twin.coupon SET {column} = $2 WHERE id = $1", coupon.id, row["had"] + step
            )
            return True

    async with twins(runtime, "coupons.coupon"):
        assert sum(await asyncio.gather(*(naive() for _ in range(5)))) > 1


async def pooled(runtime: Runtime, mall: MadeMall, pools: list[coupons.PoolInput], **over: Any) -> coupons.Coupon:
    now = datetime.now(UTC)
    draft = await make_coupon(runtime, mall.mall_id, state=coupons.CouponState.DRAFT, **over)

    async def publish(tx: Tx) -> coupons.Coupon:
        at: dict[str, Any] = {"mall_id": mall.mall_id, "coupon_id": draft.id}
        await coupons.set_pools(tx, actor=SYSTEM, pools=coupons.Pools(pools=pools), **at)
        await coupons.approve(tx, version=draft.version, now=now, **at)
        return await coupons.set_state(tx, actor=SYSTEM, state=coupons.CouponState.LIVE, now=now, **at)

    return await runtime.db.write(Command(kind="tests.pooled", actor=SYSTEM, now=now), publish, returns=coupons.Coupon)


async def test_no_pool_is_overdrawn(runtime: Runtime, mall: MadeMall) -> None:
    pools = [coupons.PoolInput(total=4, tier="gold"), coupons.PoolInput(total=3, district="east")]
    coupon = await pooled(runtime, mall, pools)
    gold, east = coupons.Facts(tier="gold"), coupons.Facts(district="east")
    wants = [want_of(mall.group_id, facts=(gold, east)[i % 2]) for i in range(AT_ONCE)]
    outcomes = await claim_at_once(runtime, mall.mall_id, coupon.id, wants)
    assert sum(isinstance(outcome, coupons.Claim) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, coupons.CouponPoolEmpty) for outcome in outcomes) == AT_ONCE - 7
    async with runtime.db.read() as tx:
        managed = await coupons.get_managed(tx, actor=SYSTEM, mall_id=mall.mall_id, coupon_id=coupon.id)
    assert sorted(pool.claimed for pool in managed.pools) == [3, 4]


async def test_what_an_hour_leaves_is_given_in_the_next_and_not_twice(runtime: Runtime, mall: MadeMall) -> None:
    now = datetime.now(UTC)
    hour, begun = timedelta(hours=1), now - timedelta(minutes=90)
    windows = [
        coupons.PoolInput(total=5, starts_at=begun, ends_at=begun + hour, roll_over=True),
        coupons.PoolInput(total=2, starts_at=begun + hour, ends_at=begun + 2 * hour),
    ]
    coupon = await pooled(runtime, mall, windows)
    outcomes = await claim_at_once(runtime, mall.mall_id, coupon.id, [want_of(mall.group_id) for _ in range(AT_ONCE)])
    assert sum(isinstance(outcome, coupons.Claim) for outcome in outcomes) == 7
    async with runtime.db.read() as tx:
        managed = await coupons.get_managed(tx, actor=SYSTEM, mall_id=mall.mall_id, coupon_id=coupon.id)
    assert [(pool.claimed, pool.carried) for pool in managed.pools] == [(0, -5), (7, 5)]


async def test_twin_without_the_lock_a_pool_is_overdrawn(runtime: Runtime, mall: MadeMall) -> None:
    coupon, ready = await pooled(runtime, mall, [coupons.PoolInput(total=1)]), asyncio.Barrier(5)

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            claimed = await connection.fetchval("SELECT claimed FROM twin.pool WHERE coupon_id = $1", coupon.id)
            await ready.wait()
            if claimed >= 1:
                return False
            await connection.execute("UPDATE twin.pool SET claimed = $2 WHERE coupon_id = $1", coupon.id, claimed + 1)
            return True

    async with twins(runtime, "coupons.pool"):
        assert sum(await asyncio.gather(*(naive() for _ in range(5)))) > 1


async def test_a_shop_takes_no_more_than_its_share(runtime: Runtime, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, per_shop=3)
    claims = [await make_claim(runtime, mall.mall_id, coupon.id, MemberId(new_id()), mall.group_id) for _ in range(12)]

    async def spend(claim: coupons.Claim, shop: int) -> Any:
        now = datetime.now(UTC) + timedelta(seconds=1)
        command = Command(kind="tests.spend", actor=SYSTEM, now=now)
        return await runtime.db.write(
            command,
            lambda tx: coupons.spend(tx, mall_id=mall.mall_id, claim_id=claim.id, shop_id=mall.shop_ids[shop], now=now),
            returns=Any,
        )

    outcomes = await asyncio.gather(*(spend(c, i % 2) for i, c in enumerate(claims)), return_exceptions=True)
    assert sum(isinstance(outcome, coupons.ClaimedOffer) for outcome in outcomes) == 6
    assert sum(isinstance(outcome, coupons.CouponShopLimit) for outcome in outcomes) == 6
    async with runtime.db.read() as tx:
        managed = await coupons.get_managed(tx, actor=SYSTEM, mall_id=mall.mall_id, coupon_id=coupon.id)
    assert managed.by_state == {"used": 6, "issued": 6}


async def test_twin_without_the_guard_a_shop_takes_more(runtime: Runtime, mall: MadeMall) -> None:
    coupon, ready = await make_coupon(runtime, mall.mall_id, per_shop=1), asyncio.Barrier(5)

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            used = await connection.fetchval("SELECT used FROM twin.shop_use WHERE coupon_id = $1", coupon.id)
            await ready.wait()
            if (used or 0) >= 1:
                return False
            await connection.execute(
                "INSERT INTO twin.shop_use VALUES ($1, $2, $3, 1)", mall.mall_id, coupon.id, mall.shop_ids[0]
            )
            return True

    async with twins(runtime, "coupons.shop_use"):
        assert sum(await asyncio.gather(*(naive() for _ in range(5)))) > 1


async def grant(runtime: Runtime, mall: MadeMall, coupon: coupons.Coupon, member: MemberId, reference: Any) -> Any:
    now = datetime.now(UTC)
    return await runtime.db.write(
        Command(kind="tests.grant", actor=SYSTEM, now=now),
        lambda tx: coupons.grant(
            tx,
            mall_id=mall.mall_id,
            coupon_id=coupon.id,
            member_id=member,
            source=coupons.ClaimSource.EVENT,
            reference=reference,
            quantity=2,
            now=now,
        ),
        returns=coupons.GrantOutcome,
    )


async def test_a_grant_that_is_sent_ten_times_at_once_happens_once(runtime: Runtime, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, per_member=50, issue_by=(coupons.ClaimSource.EVENT,))
    member, reference = MemberId(new_id()), new_id()
    given = await asyncio.gather(*(grant(runtime, mall, coupon, member, reference) for _ in range(10)))
    assert len({tuple(claim.id for claim in one.claims) for one in given}) == 1
    assert {len(one.claims) for one in given} == {2}
    again = await grant(runtime, mall, coupon, member, new_id())
    assert len({claim.id for claim in (*again.claims, *given[0].claims)}) == 4


async def test_twin_without_the_lock_a_grant_happens_twice(runtime: Runtime, mall: MadeMall) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, per_member=50, issue_by=(coupons.ClaimSource.EVENT,))
    ready, reference = asyncio.Barrier(3), new_id()

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            had = await connection.fetchval("SELECT count(*) FROM twin.claim WHERE reference = $1", reference)
            await ready.wait()
            if had:
                return False
            await connection.execute(
                """
                INSERT INTO twin.claim (mall_id, id, coupon_id, member_id, reference, seq, state, claimed_at,
                                        use_from, use_until)
                VALUES ($1, $2, $3, $4, $5, 1, 'issued', now(), now(), now())
                """,
                mall.mall_id,
                new_id(),
                coupon.id,
                new_id(),
                reference,
            )
            return True

    async with twins(runtime, "coupons.claim"):
        assert sum(await asyncio.gather(*(naive() for _ in range(3)))) > 1


async def test_the_books_are_right(runtime: Runtime) -> None:
    [module] = [module for module in MODULES if module.name == "coupons"]
    async with runtime.db.read() as tx:
        for invariant in module.invariants:
            assert (invariant.name, await tx.values(invariant.sql)) == (invariant.name, [])

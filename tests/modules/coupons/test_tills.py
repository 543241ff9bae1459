"""Two steps at a till: a claim is locked for a time, then redeemed or let go of; and what a refund gives back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.twins import twins

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import ClaimId, MemberId, OrderId, new_id
from galleria.main import MODULES
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons
from galleria.value.coupons import jobs

T = TypeVar("T")
State = coupons.ClaimState
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


class Till:
    """A claim in front of a till, at a moment of our choice."""

    def __init__(self, runtime: Runtime, mall: MadeMall) -> None:
        self.runtime, self.mall, self.now = runtime, mall, datetime.now(UTC)

    async def start(self, **over: Any) -> "Till":
        self.coupon = await make_coupon(self.runtime, self.mall.mall_id, **over)
        self.member = MemberId(new_id())
        self.claim = await make_claim(self.runtime, self.mall.mall_id, self.coupon.id, self.member, self.mall.group_id)
        self.now = datetime.now(UTC)
        return self

    async def write(self, operation: Callable[[Tx], Awaitable[T]]) -> T:
        kept: Any = Any
        command = Command(kind="tests.till", actor=SYSTEM, now=self.now)
        return await self.runtime.db.write(command, operation, returns=kept)

    async def lock(self, lock_id: UUID, minutes: int = 5) -> coupons.ClaimedOffer:
        until = self.now + minutes * MINUTE
        return await self.write(
            lambda tx: coupons.lock(
                tx, mall_id=self.mall.mall_id, claim_id=self.claim.id, lock_id=lock_id, until=until, now=self.now
            )
        )

    async def redeem(self, lock_id: UUID, shop: int = 0) -> coupons.ClaimedOffer:
        return await self.write(
            lambda tx: coupons.redeem_locked(
                tx, mall_id=self.mall.mall_id, lock_id=lock_id, shop_id=self.mall.shop_ids[shop], now=self.now
            )
        )

    async def unlock(self, lock_id: UUID) -> ClaimId | None:
        return await self.write(lambda tx: coupons.unlock(tx, mall_id=self.mall.mall_id, lock_id=lock_id, now=self.now))

    async def spend(self, shop: int = 0) -> coupons.ClaimedOffer:
        return await self.write(
            lambda tx: coupons.spend(
                tx, mall_id=self.mall.mall_id, claim_id=self.claim.id, shop_id=self.mall.shop_ids[shop], now=self.now
            )
        )

    async def give_back(self, *, mistake: bool = False) -> State | None:
        return await self.write(
            lambda tx: coupons.give_back(
                tx, mall_id=self.mall.mall_id, claim_id=self.claim.id, now=self.now, mistake=mistake
            )
        )

    async def hold(self) -> list[coupons.ClaimedOffer]:
        return await self.write(
            lambda tx: coupons.hold_many(
                tx, mall_id=self.mall.mall_id, member_id=self.member, claim_ids=[self.claim.id],
                order_id=OrderId(new_id()), now=self.now,
            )
        )  # fmt: skip

    async def usable(self) -> int:
        async with self.runtime.db.read() as tx:
            return len(await coupons.usable(tx, self.mall.mall_id, self.member, self.now))

    async def column(self, name: str) -> Any:
        async with self.runtime.db.read() as tx:
            return await tx.value(f"SELECT {name} FROM coupons.claim WHERE id = $1", self.claim.id)


async def test_a_lock_keeps_everybody_else_out_until_it_is_redeemed(runtime: Runtime, mall: MadeMall) -> None:
    till, mine = await Till(runtime, mall).start(), new_id()
    locked = await till.lock(mine)
    assert (locked.claim_id, locked.offer.id) == (till.claim.id, till.claim.id)
    assert await till.usable() == 0
    for other in (till.lock(new_id()), till.spend(), till.hold()):
        with pytest.raises(coupons.ClaimLocked):
            await other
    assert (await till.redeem(mine)).claim_id == till.claim.id
    for again in (till.redeem(mine), till.unlock(mine), till.spend()):
        with pytest.raises(coupons.ClaimUsed):
            await again


async def test_a_lock_past_its_time_is_free_by_itself(runtime: Runtime, mall: MadeMall) -> None:
    till, first, second = await Till(runtime, mall).start(), new_id(), new_id()
    await till.lock(first)
    till.now += 5 * MINUTE
    assert await till.usable() == 1
    with pytest.raises(coupons.LockOver):
        await till.redeem(first)
    await till.lock(second)
    with pytest.raises(coupons.LockOver):
        await till.redeem(first)
    assert await till.unlock(first) is None
    assert await till.unlock(second) == till.claim.id
    assert await till.unlock(second) is None
    with pytest.raises(coupons.LockOver):
        await till.redeem(new_id())


async def test_the_sweep_lets_go_of_old_locks(runtime: Runtime, mall: MadeMall) -> None:
    till = await Till(runtime, mall).start()
    await till.lock(new_id())
    await jobs.expire(runtime, till.now + 4 * MINUTE)
    assert await till.column("state") == "locked"
    await jobs.expire(runtime, till.now + 5 * MINUTE)
    assert (await till.column("state"), await till.column("lock_id")) == ("issued", None)


async def test_a_lock_outlives_the_last_minute_of_its_claim(runtime: Runtime, mall: MadeMall) -> None:
    till, mine = await Till(runtime, mall).start(), new_id()
    till.now = till.claim.use_until - MINUTE
    await till.lock(mine)
    till.now = till.claim.use_until + MINUTE
    await jobs.expire(runtime, till.now)
    assert (await till.redeem(mine)).claim_id == till.claim.id


async def test_ten_locks_are_enough(runtime: Runtime, mall: MadeMall) -> None:
    till = await Till(runtime, mall).start()
    for _ in range(coupons.LOCKS_MAX):
        lock_id = new_id()
        await till.lock(lock_id)
        await till.unlock(lock_id)
    with pytest.raises(coupons.ClaimLocksSpent):
        await till.lock(new_id())
    assert (await till.spend()).claim_id == till.claim.id


async def test_unknown_claims_and_shops_limits(runtime: Runtime, mall: MadeMall) -> None:
    till = await Till(runtime, mall).start(per_shop=1, per_member=2)
    with pytest.raises(NotFound):
        await till.write(
            lambda tx: coupons.lock(
                tx, mall_id=mall.mall_id, claim_id=ClaimId(new_id()), lock_id=new_id(), until=till.now, now=till.now
            )
        )
    await till.spend()
    second = await make_claim(runtime, mall.mall_id, till.coupon.id, till.member, mall.group_id)
    first, till.claim, till.now = till.claim, second, datetime.now(UTC)
    lock_id = new_id()
    await till.lock(lock_id)
    with pytest.raises(coupons.CouponShopLimit):
        await till.redeem(lock_id)
    assert await till.column("state") == "locked"
    till.claim = first
    assert await till.give_back(mistake=True) is State.ISSUED
    assert (await till.redeem(lock_id)).claim_id == second.id


async def test_six_tills_at_once_and_one_has_it(runtime: Runtime, mall: MadeMall) -> None:
    till = await Till(runtime, mall).start()
    outcomes = await asyncio.gather(*(till.lock(new_id()) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(outcome, coupons.ClaimedOffer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, coupons.ClaimLocked) for outcome in outcomes) == 5
    assert await till.column("locks") == 1


async def test_twin_without_the_guard_two_tills_lock_one_claim(runtime: Runtime, mall: MadeMall) -> None:
    till, ready = await Till(runtime, mall).start(), asyncio.Barrier(2)

    async def naive() -> bool:
        async with runtime.db.pool.acquire() as connection:
            state = await connection.fetchval("SELECT state FROM twin.claim WHERE id = $1", till.claim.id)
            await ready.wait()
            await connection.execute(
                "UPDATE twin.claim SET state = 'locked', lock_id = $2 WHERE id = $1", till.claim.id, new_id()
            )
            return bool(state == "issued")

    async with twins(runtime, "coupons.claim"):
        assert all(await asyncio.gather(naive(), naive()))


async def test_all_claims_of_an_order_or_none(runtime: Runtime, mall: MadeMall) -> None:
    till, order = await Till(runtime, mall).start(per_member=2), OrderId(new_id())
    second = await make_claim(runtime, mall.mall_id, till.coupon.id, till.member, mall.group_id)
    till.now = datetime.now(UTC)

    async def hold(*claim_ids: ClaimId) -> list[coupons.ClaimedOffer]:
        return await till.write(
            lambda tx: coupons.hold_many(
                tx, mall_id=mall.mall_id, member_id=till.member, claim_ids=claim_ids, order_id=order, now=till.now
            )
        )

    with pytest.raises(NotFound):
        await hold(till.claim.id, ClaimId(new_id()))
    assert await till.usable() == 2
    held = await hold(second.id, till.claim.id)
    assert [offer.claim_id for offer in held] == [second.id, till.claim.id]
    released = await till.write(lambda tx: coupons.release(tx, mall_id=mall.mall_id, order_id=order, now=till.now))
    assert sorted(released) == sorted([till.claim.id, second.id])
    await hold(second.id, till.claim.id)
    used = await till.write(lambda tx: coupons.use(tx, mall_id=mall.mall_id, order_id=order, now=till.now))
    assert len(used) == 2


RETURNED: list[tuple[dict[str, Any], State, int]] = [
    ({}, State.RETURNED, 1),
    ({"return_policy": coupons.ReturnPolicy.EXPIRE}, State.EXPIRED, 0),
    ({"return_policy": coupons.ReturnPolicy.EXPIRE, "budget_minor": 2000}, State.EXPIRED, 0),
    ({"return_policy": coupons.ReturnPolicy.EXTEND, "return_days": 60, "budget_minor": 2000}, State.RETURNED, 1),
]


@pytest.mark.parametrize(("over", "state", "usable"), RETURNED)
async def test_a_refund_gives_back_by_the_policy_of_the_version(
    runtime: Runtime, mall: MadeMall, over: dict[str, Any], state: State, usable: int
) -> None:
    till = await Till(runtime, mall).start(**over)
    await till.spend()
    assert await till.give_back() is state
    assert await till.give_back() is None
    assert await till.usable() == usable
    extended = over.get("return_policy") is coupons.ReturnPolicy.EXTEND
    assert (await till.column("use_until") > till.claim.use_until) is extended
    await jobs.expire(runtime, till.now)
    async with runtime.db.read() as tx:
        kept = await coupons.get_coupon(tx, mall_id=mall.mall_id, coupon_id=till.coupon.id)
    assert kept.committed_minor == (2000 * usable if "budget_minor" in over else 0)


async def test_money_of_expired_coupons_can_be_given_again(runtime: Runtime, mall: MadeMall) -> None:
    till = await Till(runtime, mall).start(budget_minor=2000, valid_days=1)
    assert till.claim.use_until - till.claim.claimed_at == timedelta(days=1)
    with pytest.raises(coupons.CouponBudgetSpent):
        await make_claim(runtime, mall.mall_id, till.coupon.id, MemberId(new_id()), mall.group_id)
    await jobs.expire(runtime, till.claim.use_until)
    assert await till.column("state") == "expired"
    await make_claim(runtime, mall.mall_id, till.coupon.id, MemberId(new_id()), mall.group_id)


async def test_the_books_are_right(runtime: Runtime) -> None:
    [module] = [module for module in MODULES if module.name == "coupons"]
    async with runtime.db.read() as tx:
        for invariant in module.invariants:
            assert (invariant.name, await tx.values(invariant.sql)) == (invariant.name, [])

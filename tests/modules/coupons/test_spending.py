"""Holding, spending and giving back claims; expiry; coupons that cost points."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall

from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import ClaimId, MemberId, OrderId, new_id
from galleria.main import MODULES
from galleria.platform.actors import SYSTEM, Actor, ActorKind
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons
from galleria.value.coupons import jobs

T = TypeVar("T")
State = coupons.ClaimState


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def write(runtime: Runtime, operation: Callable[[Tx], Awaitable[T]], returns: Any = Any) -> T:
    command = Command(kind="tests.coupons", actor=SYSTEM, now=datetime.now(UTC))
    return await runtime.db.write(command, operation, returns=returns)


async def state_of(runtime: Runtime, claim: coupons.Claim) -> State:
    async with runtime.db.read() as tx:
        return State(await tx.value("SELECT state FROM coupons.claim WHERE id = $1", claim.id))


async def claimed(runtime: Runtime, mall: MadeMall, **over: Any) -> tuple[coupons.Claim, MemberId]:
    coupon, member = await make_coupon(runtime, mall.mall_id, **over), MemberId(new_id())
    return await make_claim(runtime, mall.mall_id, coupon.id, member, mall.group_id), member


async def test_a_claim_is_held_used_and_given_back(runtime: Runtime, mall: MadeMall) -> None:
    (claim, member), order, now = await claimed(runtime, mall), OrderId(new_id()), datetime.now(UTC)
    at = {"mall_id": mall.mall_id, "now": now}
    async with runtime.db.read() as tx:
        [offer] = await coupons.usable(tx, mall.mall_id, member, now)
    assert (offer.id, offer.amount_minor, offer.threshold_minor) == (claim.id, 2000, 10_000)
    held = await write(runtime, lambda tx: coupons.hold(tx, member_id=member, claim_id=claim.id, order_id=order, **at))
    assert held == offer
    assert await write(runtime, lambda tx: coupons.use(tx, order_id=order, **at)) == [claim.id]
    assert await write(runtime, lambda tx: coupons.use(tx, order_id=order, **at)) == []
    with pytest.raises(coupons.ClaimUsed):
        await write(runtime, lambda tx: coupons.hold(tx, member_id=member, claim_id=claim.id, order_id=order, **at))
    assert await write(runtime, lambda tx: coupons.give_back(tx, claim_id=claim.id, **at)) is State.RETURNED
    assert await write(runtime, lambda tx: coupons.give_back(tx, claim_id=claim.id, **at)) is None


async def test_what_is_released_late_is_expired(runtime: Runtime, mall: MadeMall) -> None:
    (claim, member), order, now = await claimed(runtime, mall), OrderId(new_id()), datetime.now(UTC)
    for later, state in ((timedelta(0), State.ISSUED), (timedelta(days=60), State.EXPIRED)):
        await write(
            runtime,
            lambda tx: coupons.hold(
                tx, mall_id=mall.mall_id, member_id=member, claim_id=claim.id, order_id=order, now=now
            ),
        )
        at = now + later
        await write(runtime, lambda tx, at=at: coupons.release(tx, mall_id=mall.mall_id, order_id=order, now=at))
        assert await state_of(runtime, claim) is state


REFUSED: list[tuple[timedelta, type[DomainError]]] = [
    (timedelta(days=-5), coupons.ClaimNotStarted),
    (timedelta(days=60), coupons.ClaimExpired),
]


@pytest.mark.parametrize(("shift", "error"), REFUSED)
async def test_a_claim_is_not_held_outside_its_period(
    runtime: Runtime, mall: MadeMall, shift: timedelta, error: type[DomainError]
) -> None:
    claim, member = await claimed(runtime, mall)
    order, now = OrderId(new_id()), datetime.now(UTC) + shift
    with pytest.raises(error):
        await write(
            runtime,
            lambda tx: coupons.hold(
                tx, mall_id=mall.mall_id, member_id=member, claim_id=claim.id, order_id=order, now=now
            ),
        )
    assert await state_of(runtime, claim) is State.ISSUED


async def test_another_members_claim_is_not_found(runtime: Runtime, mall: MadeMall) -> None:
    claim, _ = await claimed(runtime, mall)
    stranger, order, now = MemberId(new_id()), OrderId(new_id()), datetime.now(UTC)
    with pytest.raises(NotFound):
        await write(
            runtime,
            lambda tx: coupons.hold(
                tx, mall_id=mall.mall_id, member_id=stranger, claim_id=claim.id, order_id=order, now=now
            ),
        )


async def test_the_sweep_expires_what_is_over(runtime: Runtime, mall: MadeMall) -> None:
    claim, _ = await claimed(runtime, mall)
    await jobs.expire(runtime, datetime.now(UTC))
    assert await state_of(runtime, claim) is State.ISSUED
    await jobs.expire(runtime, claim.use_until)
    assert await state_of(runtime, claim) is State.EXPIRED


async def test_a_priced_coupon_needs_the_points(runtime: Runtime, mall: MadeMall) -> None:
    coupon, member, now = await make_coupon(runtime, mall.mall_id, points_price=100), new_id(), datetime.now(UTC)
    actor = Actor(kind=ActorKind.MEMBER, id=member, group_id=mall.group_id)
    command = Command(kind="coupons.claim", actor=actor, now=now, mall_id=mall.mall_id, key=new_id().hex)
    with pytest.raises(DomainError) as short:
        await coupons.claim(runtime, command, coupon_id=coupon.id)
    assert "points" in short.value.code
    async with runtime.db.read() as tx:
        assert await tx.value("SELECT claimed FROM coupons.coupon WHERE id = $1", coupon.id) == 0
        assert await tx.value("SELECT count(*) FROM coupons.claim WHERE member_id = $1", member) == 0


async def test_the_books_are_right(runtime: Runtime, mall: MadeMall) -> None:
    claim, _ = await claimed(runtime, mall)
    [module] = [module for module in MODULES if module.name == "coupons"]
    async with runtime.db.read() as tx:
        found = {invariant.name: await tx.values(invariant.sql) for invariant in module.invariants}
        mine = await tx.value("SELECT coupon_id FROM coupons.claim WHERE id = $1", ClaimId(claim.id))
    assert not any(str(mine) in text for texts in found.values() for text in texts)

"""Coupons to claim, and claims to spend."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from galleria.kernel.ids import ClaimId, CouponId, GroupId, MallId, MemberId, new_id
from galleria.platform.actors import SYSTEM, Actor, ActorKind
from galleria.platform.batching import Batcher
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import coupons
from galleria.value.coupons.operations.claim import CLAIMING


def coupon_input(*, now: datetime | None = None, **over: Any) -> coupons.CouponInput:
    """Return a coupon of 20.00 off 100.00, paid by the mall, claimable and usable now; `over` replaces fields."""
    at = now or datetime.now(UTC)
    fields: dict[str, Any] = {
        "title_zh": "满100减20",
        "title_en": "20 off 100",
        "kind": coupons.CouponKind.AMOUNT,
        "amount_minor": 2000,
        "threshold_minor": 10000,
        "claim_from": at - timedelta(days=1),
        "claim_until": at + timedelta(days=7),
        "use_from": at - timedelta(days=1),
        "use_until": at + timedelta(days=30),
        "total": 100,
        "funder": coupons.CouponFunder.MALL,
    }
    return coupons.CouponInput(**fields | over)


async def make_coupon(
    runtime: Runtime, mall_id: MallId, *, state: coupons.CouponState = coupons.CouponState.LIVE, **over: Any
) -> coupons.Coupon:
    """Make a coupon and publish it (or bring it into another state on the way there)."""
    now = datetime.now(UTC)
    path = {
        coupons.CouponState.DRAFT: [],
        coupons.CouponState.LIVE: [coupons.CouponState.LIVE],
        coupons.CouponState.PAUSED: [coupons.CouponState.LIVE, coupons.CouponState.PAUSED],
        coupons.CouponState.ENDED: [coupons.CouponState.LIVE, coupons.CouponState.ENDED],
    }

    async def make(tx: Tx) -> coupons.Coupon:
        made = await coupons.create(tx, actor=SYSTEM, mall_id=mall_id, coupon=coupon_input(now=now, **over), now=now)
        if path[state]:
            await coupons.approve(tx, mall_id=mall_id, coupon_id=made.id, version=made.version, now=now)
        for step in path[state]:
            made = await coupons.set_state(tx, actor=SYSTEM, mall_id=mall_id, coupon_id=made.id, state=step, now=now)
        return made

    command = Command(kind="tests.make_coupon", actor=SYSTEM, now=now)
    return await runtime.db.write(command, make, returns=coupons.Coupon)


async def make_claim(
    runtime: Runtime, mall_id: MallId, coupon_id: CouponId, member_id: MemberId, group_id: GroupId
) -> coupons.Claim:
    """Have a member claim a coupon."""
    now = datetime.now(UTC)
    want = coupons.Want(group_id=group_id, member_id=member_id, now=now, claim_id=ClaimId(new_id()))
    return await runtime.db.write(
        Command(kind="tests.make_claim", actor=SYSTEM, now=now),
        lambda tx: coupons.claim_in(tx, mall_id=mall_id, coupon_id=coupon_id, want=want),
        returns=coupons.Claim,
    )


def want_of(group_id: GroupId, *, member_id: MemberId | None = None, **over: Any) -> coupons.Want:
    """Return what a member (somebody new, if not said) asks for now."""
    given: dict[str, Any] = {"now": datetime.now(UTC), "claim_id": ClaimId(new_id())} | over
    return coupons.Want(group_id=group_id, member_id=member_id or MemberId(new_id()), **given)


async def claim_at_once(
    runtime: Runtime, mall_id: MallId, coupon_id: CouponId, wants: list[coupons.Want], *, processes: int = 3
) -> list[coupons.Claim | BaseException]:
    """Claim for each want at the same time, as that many server processes would."""
    batchers: list[Batcher[coupons.Want, coupons.Claim]] = [
        Batcher(runtime.db, CLAIMING, returns=coupons.Claim) for _ in range(processes)
    ]

    def one(i: int, want: coupons.Want) -> Any:
        actor = Actor(kind=ActorKind.MEMBER, id=want.member_id, group_id=want.group_id)
        command = Command(kind="coupons.claim", actor=actor, now=want.now, mall_id=mall_id, key=new_id().hex)
        return batchers[i % processes].submit((mall_id, coupon_id), command, want)

    outcomes: list[coupons.Claim | BaseException] = await asyncio.gather(
        *(one(i, want) for i, want in enumerate(wants)), return_exceptions=True
    )
    return outcomes

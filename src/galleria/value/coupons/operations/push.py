"""Pushes: previewed, begun, done by a job in chunks, stopped."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.foundation import malls
from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId, new_id
from galleria.platform.actors import Actor
from galleria.platform.batching import Done
from galleria.platform.jobs import Job
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Facts, Want
from galleria.value.coupons.model.push import NewPush, Push, PushPreview, PushState
from galleria.value.coupons.model.template import ClaimSource, Coupon, CouponState
from galleria.value.coupons.operations.claim import claim_many
from galleria.value.coupons.operations.template import lock_managed
from galleria.value.coupons.queries import facts, segment
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.claiming import way_refusal
from galleria.value.coupons.store import issuing
from galleria.value.coupons.store import push as store
from galleria.value.coupons.store import template as templates

PUSH_JOB = "coupons.push"
CHUNK = 500
OVER: tuple[type[DomainError], ...] = (
    refusals.CouponEnded,
    refusals.CouponPaused,
    refusals.CouponSoldOut,
    refusals.CouponSoldOutToday,
    refusals.CouponBudgetSpent,
    NotFound,
)
"""Refusals after which nobody else gets the coupon either."""


async def preview(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewPush, now: datetime
) -> PushPreview:
    """Return how many members a segment has and how many coupons are left. Raises Forbidden, NotFound, Invalid."""
    coupon = await queries.require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)
    await segment.check(tx, mall_id, new.segment)
    members = await segment.count(tx, mall_id, new.segment, now=now)
    return PushPreview(members=members, remaining=coupon.total - coupon.claimed)


async def begin(tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewPush, now: datetime) -> Push:
    """Begin to give a coupon to every member of a segment, each once, within its limits.

    Raises Forbidden, NotFound, Invalid, CouponNotIssuedSo when it is not given out by pushes, and CouponMoved for one
    that is not live.
    """
    coupon = await lock_managed(tx, actor, mall_id, coupon_id)
    await segment.check(tx, mall_id, new.segment)
    refused = way_refusal(coupon, ClaimSource.PUSH, None)
    if refused is not None:
        raise refused
    if coupon.state is not CouponState.LIVE:
        raise refusals.CouponMoved(state=coupon.state.value, wanted=CouponState.LIVE.value)
    push_id = new_id()
    members = await segment.count(tx, mall_id, new.segment, now=now)
    await store.add(
        tx, mall_id=mall_id, push_id=push_id, coupon_id=coupon_id, segment=new.segment, members=members, now=now
    )
    tx.enqueue(Job(PUSH_JOB, {"mall_id": mall_id, "push_id": push_id}, dedupe=f"{PUSH_JOB}:{push_id}"))
    tx.subject = str(push_id)
    return await _push(tx, mall_id, push_id)


async def stop(tx: Tx, *, actor: Actor, mall_id: MallId, push_id: UUID, now: datetime) -> Push:
    """Give nothing more out by a push. Raises Forbidden, NotFound. Doing it again is harmless."""
    found = await _push(tx, mall_id, push_id)
    await queries.require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=found.coupon_id)
    await store.end(tx, mall_id=mall_id, push_id=push_id, state=PushState.STOPPED, reason="by_hand", now=now)
    tx.subject = str(push_id)
    return await _push(tx, mall_id, push_id)


async def _push(tx: Tx, mall_id: MallId, push_id: UUID) -> Push:
    found = await store.find(tx, mall_id=mall_id, push_id=push_id)
    if found is None:
        raise NotFound
    return found


async def push_chunk(tx: Tx, *, mall_id: MallId, push_id: UUID, now: datetime) -> bool:
    """Give the coupon to the next members of a push; return whether there are more to come.

    How far it is commits with what was given, so a push that was broken off goes on where it stood and gives nobody
    twice; what a member got by this push before is seen as given.
    """
    running = await store.lock_running(tx, mall_id=mall_id, push_id=push_id)
    if running is None:
        return False
    tx.subject = str(push_id)
    page = await segment.page(tx, mall_id, running.segment, after=running.after_id, limit=CHUNK, now=running.created_at)
    if not page:
        await store.end(tx, mall_id=mall_id, push_id=push_id, state=PushState.DONE, reason=None, now=now)
        return False
    meant = await segment.wanted(tx, mall_id, running.segment, page)
    granted, over = await _give(tx, mall_id, running, meant, now)
    if over is not None:
        await store.end(tx, mall_id=mall_id, push_id=push_id, state=PushState.STOPPED, reason=over.code, now=now)
    await store.advance(tx, mall_id=mall_id, push_id=push_id, after_id=page[-1], seen=len(meant), granted=granted)
    return over is None


async def _give(
    tx: Tx, mall_id: MallId, running: store.Running, meant: Sequence[MemberId], now: datetime
) -> tuple[int, DomainError | None]:
    """Give the coupon to members who did not get it by this push yet; return how many have it, and why to stop."""
    coupon = await templates.lock(tx, mall_id=mall_id, coupon_id=running.coupon_id)
    if coupon is None:
        return 0, NotFound()
    before = await issuing.granted_before(
        tx,
        mall_id=mall_id,
        coupon_id=coupon.id,
        source=ClaimSource.PUSH,
        reference=running.id,
        member_ids=meant,
    )
    wants = await _wants(tx, coupon, [one for one in meant if one not in before], running.id, now)
    outcomes = await claim_many(tx, coupon, wants) if wants else []
    done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
    for outcome in done:
        tx.events.extend(outcome.events)
    return len(before) + len(done), next((outcome for outcome in outcomes if isinstance(outcome, OVER)), None)


async def _wants(tx: Tx, coupon: Coupon, member_ids: Sequence[MemberId], push_id: UUID, now: datetime) -> list[Want]:
    needs = facts.needs_of(coupon)
    known = await facts.of_members(tx, coupon.mall_id, member_ids, needs=needs, known=Facts())
    group_id = await malls.group_of(tx, coupon.mall_id)
    return [
        Want(
            group_id=group_id,
            member_id=member_id,
            now=now,
            claim_id=ClaimId(new_id()),
            source=ClaimSource.PUSH,
            reference=push_id,
            facts=known[member_id],
        )
        for member_id in member_ids
    ]

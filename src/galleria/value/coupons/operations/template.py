"""Coupons are written, changed version by version, approved, published, paused, resumed and ended."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CouponId, MallId, new_id
from galleria.platform.actors import Actor, Permission
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value.coupons.model.template import (
    Coupon,
    CouponChange,
    CouponInput,
    CouponState,
    CouponVersion,
)
from galleria.value.coupons.queries import scope
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules import template as rules
from galleria.value.coupons.store import template as store

EXTEND_JOB = "coupons.extend_claims"


async def create(tx: Tx, *, actor: Actor, mall_id: MallId, coupon: CouponInput, now: datetime) -> Coupon:
    """Write a coupon as a draft. Raises Forbidden, or Invalid naming every wrong field."""
    await scope.require(tx, actor, mall_id, coupon.funder)
    rules.check(coupon)
    await scope.check(tx, actor, mall_id, coupon)
    coupon_id = CouponId(new_id())
    made = await store.add(tx, mall_id=mall_id, coupon_id=coupon_id, coupon=coupon, made_by=actor.id, now=now)
    tx.subject = str(made.id)
    return made


async def update(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, change: CouponChange, now: datetime
) -> Coupon:
    """Change a draft, or write the next version of a published coupon, which `approve` puts in force.

    Raises NotFound, Forbidden, Invalid, CouponMoved.
    """
    coupon = await lock_managed(tx, actor, mall_id, coupon_id)
    changed = {name: value for name, value in _fields(change).items() if value is not UNSET}
    rules.check_change(coupon, changed)
    latest = await _latest(tx, coupon)
    return await _rewrite(tx, actor, coupon, msgspec.structs.replace(latest.terms, **changed), now)


async def restore(tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, version: int, now: datetime) -> Coupon:
    """Write an earlier version anew as the latest one. Raises VersionUnknown, and what `update` raises."""
    coupon = await lock_managed(tx, actor, mall_id, coupon_id)
    earlier = await store.find_version(tx, mall_id=mall_id, coupon_id=coupon_id, version=version)
    if earlier is None:
        raise refusals.VersionUnknown
    rules.check_change(coupon, _fields(earlier.terms))
    return await _rewrite(tx, actor, coupon, earlier.terms, now)


async def _rewrite(tx: Tx, actor: Actor, coupon: Coupon, terms: CouponInput, now: datetime) -> Coupon:
    await scope.require(tx, actor, coupon.mall_id, terms.funder)
    rules.check(terms)
    await scope.check(tx, actor, coupon.mall_id, terms)
    written = await store.add_version(tx, coupon=coupon, terms=terms, made_by=actor.id, now=now)
    if coupon.state is CouponState.DRAFT:
        written = await store.put_in_force(
            tx,
            mall_id=coupon.mall_id,
            coupon_id=coupon.id,
            version=written.latest_version,
            terms=terms,
            approved=False,
        )
    _changed(tx, written)
    return written


async def _latest(tx: Tx, coupon: Coupon) -> CouponVersion:
    found = await store.find_version(tx, mall_id=coupon.mall_id, coupon_id=coupon.id, version=coupon.latest_version)
    if found is None:
        raise AssertionError("a coupon has all its versions")
    return found


async def approve(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, version: int, now: datetime) -> Coupon:
    """Put a checked version in force, so that the coupon may go or stay live; those who hold one keep theirs.

    The caller has checked it and may say so. Raises NotFound, VersionUnknown, CouponMoved for one that has ended, and
    Invalid for a total or budget that less than what was given out already.
    """
    coupon = await store.lock(tx, mall_id=mall_id, coupon_id=coupon_id)
    if coupon is None:
        raise NotFound
    said = await store.find_version(tx, mall_id=mall_id, coupon_id=coupon_id, version=version)
    if said is None or version < coupon.version:
        raise refusals.VersionUnknown
    if coupon.state is CouponState.ENDED:
        raise refusals.CouponMoved(state=coupon.state.value, wanted=CouponState.LIVE.value)
    rules.check_given_out(coupon, said.terms)
    if coupon.state is not CouponState.DRAFT and said.terms.use_until > coupon.use_until:
        args = {"mall_id": mall_id, "coupon_id": coupon_id}
        tx.enqueue(Job(EXTEND_JOB, args, dedupe=f"{EXTEND_JOB}:{coupon_id}:{now.isoformat()}"))
    approved = await store.put_in_force(
        tx, mall_id=mall_id, coupon_id=coupon_id, version=version, terms=said.terms, approved=True
    )
    _changed(tx, approved)
    return approved


async def set_state(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, state: CouponState, now: datetime
) -> Coupon:
    """Publish, pause, resume or end. Raises NotFound, Forbidden, CouponMoved, CouponNotApproved, CouponEnded."""
    coupon = await lock_managed(tx, actor, mall_id, coupon_id)
    rules.check_move(coupon, state, now)
    moved = await store.set_state(tx, mall_id=mall_id, coupon_id=coupon_id, state=state)
    _changed(tx, moved)
    return moved


async def lock_managed(tx: Tx, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> Coupon:
    """Return a coupon the actor may manage, locked; raises Forbidden, NotFound."""
    actor.reach(Permission.COUPON_MANAGE, await malls.mall_target(tx, mall_id))
    coupon = await store.lock(tx, mall_id=mall_id, coupon_id=coupon_id)
    if coupon is None:
        raise NotFound
    await scope.require_managed(tx, actor, coupon)
    tx.subject = str(coupon_id)
    return coupon


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _changed(tx: Tx, coupon: Coupon) -> None:
    data: dict[str, str | int | None] = {"state": coupon.state.value, "total": coupon.total}
    tx.emit(Event("coupons.changed", coupon.id, data, topics=(f"mall:{coupon.mall_id}",)))

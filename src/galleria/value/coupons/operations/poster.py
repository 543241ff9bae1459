"""Posters: made, closed, scanned."""

import secrets
from datetime import datetime
from uuid import UUID

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CouponId, MallId, new_id
from galleria.platform.actors import Actor
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim
from galleria.value.coupons.model.poster import NewPoster, Poster
from galleria.value.coupons.model.template import ClaimSource
from galleria.value.coupons.operations.claim import claim
from galleria.value.coupons.operations.template import lock_managed
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.claiming import way_refusal
from galleria.value.coupons.rules.code import ALPHABET
from galleria.value.coupons.store import poster as store

TOKEN_SYMBOLS = 12


async def make(tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewPoster, now: datetime) -> Poster:
    """Put a coupon on a poster. Raises NotFound, Forbidden, CouponNotIssuedSo when it is not given out by posters."""
    coupon = await lock_managed(tx, actor, mall_id, coupon_id)
    refused = way_refusal(coupon, ClaimSource.POSTER, None)
    if refused is not None:
        raise refused
    poster_id, token = new_id(), "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_SYMBOLS))
    await store.add(
        tx, mall_id=mall_id, poster_id=poster_id, coupon_id=coupon_id, label=new.label, token=token, now=now
    )
    tx.subject = str(poster_id)
    return await _poster(tx, mall_id, poster_id)


async def close(tx: Tx, *, actor: Actor, mall_id: MallId, poster_id: UUID, now: datetime) -> Poster:
    """Give nothing out by a poster any more. Raises NotFound, Forbidden. Doing it again is harmless."""
    poster = await _poster(tx, mall_id, poster_id)
    await queries.require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=poster.coupon_id)
    await store.close(tx, mall_id=mall_id, poster_id=poster_id, now=now)
    tx.subject = str(poster_id)
    return await _poster(tx, mall_id, poster_id)


async def _poster(tx: Tx, mall_id: MallId, poster_id: UUID) -> Poster:
    found = await store.find(tx, mall_id=mall_id, poster_id=poster_id)
    if found is None:
        raise NotFound
    return found


async def scan(runtime: Runtime, command: Command, *, token: str, device: UUID | None) -> Claim:
    """Give the command's member the coupon of a poster. Raises NotFound, PosterClosed, and what `claim` raises."""
    if command.mall_id is None:
        raise AssertionError("a poster hangs in a mall")
    async with runtime.db.read() as tx:
        found = await store.by_token(tx, mall_id=command.mall_id, token=token.upper())
    if found is None:
        raise NotFound
    if found.closed_at is not None:
        raise refusals.PosterClosed
    return await claim(
        runtime, command, coupon_id=found.coupon_id, device=device, source=ClaimSource.POSTER, reference=found.id
    )

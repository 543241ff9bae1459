"""Reads of the ways coupons are given out by: batches of codes, posters, pushes, transfers."""

import hashlib
from datetime import datetime
from uuid import UUID

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CouponId, MallId, MemberId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Actor
from galleria.platform.db import Database
from galleria.platform.tx import ReadTx
from galleria.value.coupons.model.code import CodeBatch
from galleria.value.coupons.model.poster import Poster
from galleria.value.coupons.model.push import Push
from galleria.value.coupons.model.template import CouponOffer
from galleria.value.coupons.model.transfer import CouponTransferState, TransferView
from galleria.value.coupons.queries.template import get_offer, require_coupon
from galleria.value.coupons.rules.offer import read_terms
from galleria.value.coupons.store import code, pool, poster, push, transfer


async def list_batches(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, cursor: str | None = None, limit: int = 50
) -> Page[CodeBatch]:
    """Return a coupon's batches of codes, newest first; raises Forbidden, NotFound."""
    await require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await code.list_batches(tx, mall_id=mall_id, coupon_id=coupon_id, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def list_posters(tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> list[Poster]:
    """Return a coupon's posters, newest first; raises Forbidden, NotFound."""
    await require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)
    return await poster.list_posters(tx, mall_id=mall_id, coupon_id=coupon_id)


async def on_poster(
    tx: ReadTx, *, mall_id: MallId, token: str, member_id: MemberId | None, now: datetime
) -> CouponOffer:
    """Return the coupon of a poster as a shopper sees it; raises NotFound, for a closed poster too."""
    found = await poster.by_token(tx, mall_id=mall_id, token=token.upper())
    if found is None or found.closed_at is not None:
        raise NotFound
    return await get_offer(tx, mall_id=mall_id, coupon_id=found.coupon_id, member_id=member_id, now=now)


async def list_pushes(tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> list[Push]:
    """Return a coupon's pushes, newest first; raises Forbidden, NotFound."""
    await require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)
    return await push.list_pushes(tx, mall_id=mall_id, coupon_id=coupon_id)


def link_hash(token: str) -> bytes:
    """Return what is kept of a link: the link cannot be made from it."""
    return hashlib.sha256(token.encode()).digest()[:16]


async def get_transfer(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, token: str, now: datetime) -> TransferView:
    """Return what a link leads to; raises NotFound. A coupon spent meanwhile shows as cancelled."""
    found = await transfer.find(tx, mall_id=mall_id, token_hash=link_hash(token), now=now)
    if found is None:
        raise NotFound
    terms = read_terms(found.terms)
    gone = found.state is CouponTransferState.OPEN and not found.free
    return TransferView(
        coupon_id=found.coupon_id,
        state=CouponTransferState.CANCELLED if gone else found.state,
        expires_at=found.expires_at,
        use_until=found.use_until,
        mine=found.owner_id == member_id,
        title_zh=terms.title_zh,
        title_en=terms.title_en,
        kind=terms.kind,
        amount_minor=terms.amount_minor,
        percent_bp=terms.percent_bp,
        cap_minor=terms.cap_minor,
        threshold_minor=terms.threshold_minor,
    )


async def pools_due(db: Database, *, now: datetime, limit: int) -> list[pool.Due]:
    """Return coupons with pools that are to roll over."""
    async with db.read() as tx:
        return await pool.due(tx, now=now, limit=limit)

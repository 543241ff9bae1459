"""Reads of coupons as such."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.foundation import malls
from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import CouponId, MallId, MemberId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Actor, Permission
from galleria.platform.db import Database
from galleria.platform.tx import ReadTx
from galleria.value.coupons.model.managed import ManagedCoupon
from galleria.value.coupons.model.template import Coupon, CouponOffer, CouponState, CouponVersion, VersionRow
from galleria.value.coupons.queries import scope
from galleria.value.coupons.queries.facts import Needs, for_audiences, needs_of
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.claiming import audience_refusal, refusal
from galleria.value.coupons.store import pool
from galleria.value.coupons.store import template as store


async def list_offers(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId | None,
    now: datetime,
    shop_id: ShopId | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CouponOffer]:
    """Return the live coupons of a mall (of one shop), soonest ending first, with what a member has and may claim.

    Of a guest nothing is known, so whom a coupon is for does not refuse them yet.
    """
    after = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    rows = await store.list_offered(
        tx, mall_id=mall_id, member_id=member_id, shop_id=shop_id, now=now, after=after, limit=limit + 1
    )
    page = page_of(rows, limit, lambda row: (row.claim_until, row.id))
    return Page(await _offers(tx, page.items, mall_id, member_id, now), page.next_cursor)


async def get_offer(
    tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, member_id: MemberId | None, now: datetime
) -> CouponOffer:
    """Return one published coupon as a shopper sees it; raises NotFound."""
    row = await store.find_offered(tx, mall_id=mall_id, coupon_id=coupon_id, member_id=member_id)
    if row is None:
        raise NotFound
    [offer] = await _offers(tx, [row], mall_id, member_id, now)
    return offer


async def _offers(
    tx: ReadTx, rows: Sequence[store.Offered], mall_id: MallId, member_id: MemberId | None, now: datetime
) -> list[CouponOffer]:
    refused = [refusal(row, claimed=row.claimed, mine=row.mine, my_last=row.my_last, now=now) for row in rows]
    if member_id is not None:
        facts, zone = await for_audiences(tx, mall_id, member_id, [row.audience for row in rows])
        refused = [
            why or audience_refusal(row.audience, facts, zone, now) for row, why in zip(rows, refused, strict=True)
        ]
    return [_offer(row, why) for row, why in zip(rows, refused, strict=True)]


def _offer(row: store.Offered, refused: DomainError | None) -> CouponOffer:
    shared = {f: getattr(row, f) for f in CouponOffer.__struct_fields__ if f in Coupon.__struct_fields__}
    return CouponOffer(
        **shared,
        remaining=row.total - row.claimed,
        mine=row.mine,
        my_last_claimed_at=row.my_last,
        claimable=refused is None,
        refusal=None if refused is None else refused.code,
    )


async def get_coupon(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> Coupon:
    """Return a coupon as its makers see it, drafts too; raises NotFound."""
    coupon = await store.find(tx, mall_id=mall_id, coupon_id=coupon_id)
    if coupon is None:
        raise NotFound
    return coupon


async def get_version(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, version: int) -> CouponVersion:
    """Return what a coupon says in a version; raises VersionUnknown."""
    found = await store.find_version(tx, mall_id=mall_id, coupon_id=coupon_id, version=version)
    if found is None:
        raise refusals.VersionUnknown
    return found


async def list_managed(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    state: CouponState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Coupon]:
    """Return the coupons the actor may manage, newest first; raises Forbidden when there can be none."""
    reach = actor.reach(Permission.COUPON_MANAGE, await malls.mall_target(tx, mall_id))
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_managed(tx, mall_id=mall_id, reach=reach, state=state, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def list_versions(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    coupon_id: UUID | None = None,
    before: tuple[datetime, UUID, int] | None = None,
    limit: int = 50,
) -> list[VersionRow]:
    """Return versions of the coupons the actor may manage, newest first; `before` is the last (at, coupon, version)."""
    reach = actor.reach(Permission.COUPON_MANAGE, await malls.mall_target(tx, mall_id))
    return await store.versions_since(tx, mall_id=mall_id, reach=reach, coupon_id=coupon_id, before=before, limit=limit)


async def require_coupon(tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> Coupon:
    """Return a coupon that the actor may manage; raises Forbidden, NotFound."""
    actor.reach(Permission.COUPON_MANAGE, await malls.mall_target(tx, mall_id))
    coupon = await get_coupon(tx, mall_id=mall_id, coupon_id=coupon_id)
    await scope.require_managed(tx, actor, coupon)
    return coupon


async def get_managed(tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> ManagedCoupon:
    """Return a coupon with versions, pools and its claims counted; raises Forbidden, NotFound."""
    coupon = await require_coupon(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)
    versions = await store.list_versions(tx, mall_id=mall_id, coupon_id=coupon_id)
    by_state: dict[str, int] = {}
    by_source: dict[str, int] = {}
    for row in await store.tally(tx, mall_id=mall_id, coupon_id=coupon_id):
        by_state[row.state] = by_state.get(row.state, 0) + row.count
        by_source[row.source] = by_source.get(row.source, 0) + row.count
    waiting = coupon.latest_version > max(coupon.version, coupon.approved_version)
    return ManagedCoupon(
        coupon=coupon,
        next=versions[0].terms if waiting and versions else None,
        versions=versions,
        pools=await pool.list_pools(tx, mall_id=mall_id, coupon_id=coupon_id),
        by_state=by_state,
        by_source=by_source,
    )


async def needs(db: Database, *, mall_id: MallId, coupon_id: CouponId) -> Needs:
    """Return what getting a coupon asks for; raises NotFound.

    Asks the database once a coupon and process: none of it changes once a coupon is published.
    """
    known = _needs.get(coupon_id)
    if known is not None:
        return known
    async with db.read() as tx:
        coupon = await get_coupon(tx, mall_id=mall_id, coupon_id=coupon_id)
    found = needs_of(coupon)
    if coupon.state is not CouponState.DRAFT:
        _needs[coupon_id] = found
    return found


_needs: dict[CouponId, Needs] = {}

"""Reads of coupons."""

from datetime import datetime
from uuid import UUID

from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Actor, Permission
from galleria.platform.db import Database
from galleria.platform.tx import ReadTx
from galleria.value.coupons import rules, store
from galleria.value.coupons.model import ClaimedOffer, ClaimState, Coupon, CouponOffer, CouponState, MyClaim


async def list_offers(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: UUID | None,
    now: datetime,
    shop_id: ShopId | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CouponOffer]:
    """Return the live coupons of a mall (of one shop), soonest ending first, with what a member has and may claim."""
    after = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    rows = await store.list_offered(
        tx, mall_id=mall_id, member_id=member_id, shop_id=shop_id, now=now, after=after, limit=limit + 1
    )
    page = page_of(rows, limit, lambda row: (row.claim_until, row.id))
    return Page([_offer(row, now) for row in page.items], page.next_cursor)


async def get_offer(
    tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, member_id: UUID | None, now: datetime
) -> CouponOffer:
    """Return one published coupon as a shopper sees it; raises NotFound."""
    row = await store.find_offered(tx, mall_id=mall_id, coupon_id=coupon_id, member_id=member_id)
    if row is None:
        raise NotFound
    return _offer(row, now)


def _offer(row: store.Offered, now: datetime) -> CouponOffer:
    refused = rules.refusal(row, claimed=row.claimed, mine=row.mine, my_last=row.my_last, now=now)
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
    rows = await store.list_managed(
        tx, mall_id=mall_id, reach=reach, state=state, before=_before(cursor), limit=limit + 1
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def my_claims(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    now: datetime,
    state: ClaimState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MyClaim]:
    """Return a member's claims in a mall (in one state), newest first."""
    rows = await store.list_claims(
        tx, mall_id=mall_id, member_id=member_id, state=state, now=now, before=_before(cursor), limit=limit + 1
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def usable(tx: ReadTx, mall_id: MallId, member_id: MemberId, now: datetime) -> list[ClaimedOffer]:
    """Return the member's claims that may be spent now, soonest expiring first; one statement."""
    return await store.usable(tx, mall_id=mall_id, member_id=member_id, now=now)


async def get_claim(
    tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, member_id: MemberId | None = None
) -> ClaimedOffer:
    """Return a claim, whatever its state; raises NotFound, also when it is not `member_id`'s."""
    found = await store.find_claim(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    if found is None:
        raise NotFound
    return found


async def require_usable(
    tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, now: datetime, member_id: MemberId | None = None
) -> None:
    """Raise why a claim cannot be spent now: NotFound, ClaimUsed, ClaimHeld, ClaimExpired, ClaimNotStarted."""
    claim = await store.standing(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    refused = NotFound() if claim is None else rules.claim_refusal(claim, now)
    if refused is not None:
        raise refused


async def costs_points(db: Database, *, mall_id: MallId, coupon_id: CouponId) -> bool:
    """Return whether claiming a coupon moves points; raises NotFound.

    Asks the database once a coupon and process: the price of a published coupon never changes.
    """
    known = _points_prices.get(coupon_id)
    if known is not None:
        return known > 0
    async with db.read() as tx:
        coupon = await get_coupon(tx, mall_id=mall_id, coupon_id=coupon_id)
    if coupon.state is not CouponState.DRAFT:
        _points_prices[coupon_id] = coupon.points_price
    return coupon.points_price > 0


_points_prices: dict[CouponId, int] = {}


async def any_expired(db: Database, *, now: datetime) -> bool:
    """Return whether claims wait to be marked expired."""
    async with db.read() as tx:
        return await store.any_expired(tx, now=now)


def _before(cursor: str | None) -> UUID | None:
    return None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]

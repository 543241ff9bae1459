"""Claims are set aside, locked, spent, let go of and given back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import ClaimId, MallId, MemberId, OrderId, ShopId
from galleria.platform.tx import Tx
from galleria.value.coupons.model.claim import ClaimedOffer, ClaimState
from galleria.value.coupons.rules import refusals, spending
from galleria.value.coupons.rules.offer import ClaimRow, claimed_offer, read_terms
from galleria.value.coupons.rules.returning import given_back
from galleria.value.coupons.store import spending as store


async def hold_many(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_ids: Sequence[ClaimId], order_id: OrderId, now: datetime
) -> list[ClaimedOffer]:
    """Set a member's claims aside for an order and return them as offers, in the order asked for; one statement.

    All or none. Raises NotFound for a claim that is not this member's, ClaimHeld, ClaimLocked, ClaimUsed,
    ClaimTransferred, ClaimVoid, ClaimExpired, ClaimNotStarted.
    """
    if not claim_ids:
        return []
    rows = await store.hold(tx, mall_id=mall_id, member_id=member_id, claim_ids=claim_ids, order_id=order_id, now=now)
    held = {row.id: claimed_offer(row) for row in rows}
    for claim_id in claim_ids:
        if claim_id not in held:
            raise await _why_not(tx, mall_id, claim_id, now, member_id)
    return [held[claim_id] for claim_id in dict.fromkeys(claim_ids)]


async def hold(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, order_id: OrderId, now: datetime
) -> ClaimedOffer:
    """Set one claim aside for an order, as `hold_many`."""
    [held] = await hold_many(tx, mall_id=mall_id, member_id=member_id, claim_ids=[claim_id], order_id=order_id, now=now)
    return held


async def use(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> list[ClaimId]:
    """Spend the claims that an order holds, and return them. Doing it again is harmless."""
    return await store.spend_held(tx, mall_id=mall_id, order_id=order_id, now=now)


async def release(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> list[ClaimId]:
    """Give the claims that an order holds back to their member, and return them. Doing it again is harmless.

    One whose last day has passed meanwhile has expired.
    """
    return await store.release_held(tx, mall_id=mall_id, order_id=order_id, now=now)


async def give_back(
    tx: Tx, *, mall_id: MallId, claim_id: ClaimId, now: datetime, mistake: bool = False
) -> ClaimState | None:
    """Undo the spending of a claim: by its return policy after a full refund, or as if nothing had been, a `mistake`.

    Returns the state it takes, returned, issued or expired, or None when it is not used. Doing it again is harmless.
    """
    return await _give_back(tx, mall_id, claim_id, now=now, mistake=mistake, counted=True)


async def _give_back(
    tx: Tx, mall_id: MallId, claim_id: ClaimId, *, now: datetime, mistake: bool, counted: bool
) -> ClaimState | None:
    """Undo the spending of a claim; `counted` tells that it was counted for the shop's limit."""
    spent = await store.lock_spent(tx, mall_id=mall_id, claim_id=claim_id)
    if spent is None:
        return None
    terms = read_terms(spent.terms)
    back = given_back(terms, spent.use_until, now=now, mistake=mistake, again=spent.returned_at is not None)
    written = back.state
    if back.state is ClaimState.EXPIRED and spent.worth_minor > 0:
        written = ClaimState.RETURNED  # the sweep ends it, and gives the budget its money back
    await store.unspend(
        tx,
        mall_id=mall_id,
        claim_id=claim_id,
        state=written,
        use_until=back.use_until,
        returned_at=spent.returned_at if mistake else now,
    )
    if counted and spent.shop_id is not None and terms.per_shop is not None:
        await store.uncount_shop(tx, mall_id=mall_id, coupon_id=spent.coupon_id, shop_id=spent.shop_id)
    return back.state


async def spend(tx: Tx, *, mall_id: MallId, claim_id: ClaimId, shop_id: ShopId, now: datetime) -> ClaimedOffer:
    """Spend a claim at a shop's till and return it as an offer; whether it holds there is the caller's to price.

    Raises NotFound, ClaimUsed, ClaimHeld, ClaimLocked, ClaimTransferred, ClaimVoid, ClaimExpired, ClaimNotStarted,
    CouponShopLimit.
    """
    row = await _spend(tx, mall_id, claim_id, shop_id, now)
    return claimed_offer(row)


async def spend_many(
    tx: Tx, *, mall_id: MallId, claims: Mapping[ClaimId, ShopId], now: datetime
) -> dict[ClaimId, ClaimedOffer | DomainError]:
    """Spend many claims, each at a shop's till, in one statement; return each as an offer, or why it is not spent."""
    outcomes: dict[ClaimId, ClaimedOffer | DomainError] = {}
    for row in await store.spend_many(tx, mall_id=mall_id, claims=claims, now=now):
        outcomes[row.id] = claimed_offer(row)
        try:
            await _count_shop(tx, mall_id, row, claims[row.id])
        except refusals.CouponShopLimit as full:
            await _give_back(tx, mall_id, row.id, now=now, mistake=True, counted=False)
            outcomes[row.id] = full
    for claim_id in claims:
        if claim_id not in outcomes:
            outcomes[claim_id] = await _why_not(tx, mall_id, claim_id, now, None)
    return outcomes


async def _spend(tx: Tx, mall_id: MallId, claim_id: ClaimId, shop_id: ShopId, now: datetime) -> ClaimRow:
    row = await store.spend(tx, mall_id=mall_id, claim_id=claim_id, shop_id=shop_id, now=now)
    if row is None:
        raise await _why_not(tx, mall_id, claim_id, now, None)
    await _count_shop(tx, mall_id, row, shop_id)
    return row


async def _count_shop(tx: Tx, mall_id: MallId, row: ClaimRow, shop_id: ShopId) -> None:
    limit = read_terms(row.terms).per_shop
    if limit is None:
        return
    if not await store.count_shop(tx, mall_id=mall_id, coupon_id=row.coupon_id, shop_id=shop_id, limit=limit):
        raise refusals.CouponShopLimit(per_shop=limit)


async def lock(
    tx: Tx, *, mall_id: MallId, claim_id: ClaimId, lock_id: UUID, until: datetime, now: datetime
) -> ClaimedOffer:
    """Set a claim aside for a till until a moment, and return it as an offer; after that it is free by itself.

    Raises what `spend` raises, and ClaimLocksSpent for one that was locked and let go of ten times.
    """
    row = await store.lock(tx, mall_id=mall_id, claim_id=claim_id, lock_id=lock_id, until=until, now=now)
    if row is not None:
        return claimed_offer(row)
    standing = await store.standing(tx, mall_id=mall_id, claim_id=claim_id, member_id=None)
    if standing is None:
        raise NotFound
    raise spending.lock_refusal(standing, now) or refusals.ClaimHeld()


async def redeem_locked(tx: Tx, *, mall_id: MallId, lock_id: UUID, shop_id: ShopId, now: datetime) -> ClaimedOffer:
    """Spend a locked claim at a shop's till, within the lock's time. Raises LockOver, ClaimUsed, CouponShopLimit."""
    row = await store.spend_locked(tx, mall_id=mall_id, lock_id=lock_id, shop_id=shop_id, now=now)
    if row is None:
        standing = await store.standing_of_lock(tx, mall_id=mall_id, lock_id=lock_id)
        if standing is not None and standing.state is ClaimState.USED:
            raise spending.claim_refusal(standing, now) or refusals.LockOver()
        raise refusals.LockOver
    await _count_shop(tx, mall_id, row, shop_id)
    return claimed_offer(row)


async def unlock(tx: Tx, *, mall_id: MallId, lock_id: UUID, now: datetime) -> ClaimId | None:
    """Let go of a lock; None when there is none any more. Doing it again is harmless. Raises ClaimUsed when spent."""
    freed = await store.unlock(tx, mall_id=mall_id, lock_id=lock_id, now=now)
    if freed is not None:
        return freed
    standing = await store.standing_of_lock(tx, mall_id=mall_id, lock_id=lock_id)
    if standing is not None and standing.state is ClaimState.USED:
        raise spending.claim_refusal(standing, now) or refusals.LockOver()
    return None


async def _why_not(
    tx: Tx, mall_id: MallId, claim_id: ClaimId, now: datetime, member_id: MemberId | None
) -> DomainError:
    """Return why a claim could not be taken; one that another transaction let go of just now is worth a new try."""
    standing = await store.standing(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    if standing is None:
        return NotFound()
    return spending.claim_refusal(standing, now) or refusals.ClaimHeld()

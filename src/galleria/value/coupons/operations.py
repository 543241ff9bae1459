"""Writes of coupons: making them, claiming them, spending them and giving them back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from galleria.foundation import malls
from galleria.kernel.errors import DomainError, FieldError, Invalid, NotFound
from galleria.kernel.ids import CategoryId, ClaimId, CouponId, MallId, MemberId, OrderId, ShopId, new_id
from galleria.platform.actors import Actor, Permission, Reach, Target
from galleria.platform.batching import Done, Outcome, Surge
from galleria.platform.command import Command, Event
from galleria.platform.jobs import Job
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import points
from galleria.value.coupons import queries, rules, store
from galleria.value.coupons.model import (
    Claim,
    ClaimedOffer,
    ClaimState,
    Coupon,
    CouponChange,
    CouponInput,
    CouponState,
    StoreUse,
    Want,
)
from galleria.value.discounts import Funder

EXTEND_JOB = "coupons.extend_claims"


async def create(tx: Tx, *, actor: Actor, mall_id: MallId, coupon: CouponInput, now: datetime) -> Coupon:
    """Write a coupon as a draft. Raises Forbidden, or Invalid naming every wrong field."""
    await _require(tx, actor, mall_id, coupon.funder)
    rules.check(coupon)
    await _check_scope(tx, actor, mall_id, coupon)
    made = await store.add(tx, mall_id=mall_id, coupon_id=CouponId(new_id()), coupon=coupon, now=now)
    tx.subject = str(made.id)
    return made


async def update(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, change: CouponChange, now: datetime
) -> Coupon:
    """Change a coupon: a draft in anything, a published one only upwards (total) and onwards (ends of its periods).

    Claims not yet spent last as long as the coupon then does. Raises NotFound, Forbidden, Invalid, CouponMoved.
    """
    coupon = await _lock_managed(tx, actor, mall_id, coupon_id)
    changed = {name: value for name, value in _fields(change).items() if value is not UNSET}
    rules.check_change(coupon, changed)
    merged = msgspec.structs.replace(_input(coupon), **changed)
    await _require(tx, actor, mall_id, merged.funder)
    rules.check(merged)
    await _check_scope(tx, actor, mall_id, merged)
    if merged.total < coupon.claimed:
        raise Invalid.field("total", "coupon_only_rises")
    if coupon.state is not CouponState.DRAFT and merged.use_until > coupon.use_until:
        args = {"mall_id": mall_id, "coupon_id": coupon_id}
        tx.enqueue(Job(EXTEND_JOB, args, dedupe=f"{EXTEND_JOB}:{coupon_id}:{now.isoformat()}"))
    updated = await store.replace(tx, mall_id=mall_id, coupon_id=coupon_id, coupon=merged)
    _changed(tx, updated)
    return updated


async def set_state(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, state: CouponState, now: datetime
) -> Coupon:
    """Publish, pause or end a coupon. Raises NotFound, Forbidden, CouponMoved, CouponEnded."""
    coupon = await _lock_managed(tx, actor, mall_id, coupon_id)
    rules.check_move(coupon, state, now)
    moved = await store.set_state(tx, mall_id=mall_id, coupon_id=coupon_id, state=state)
    _changed(tx, moved)
    return moved


async def claim(runtime: Runtime, command: Command, *, coupon_id: CouponId) -> Claim:
    """Give the command's member one claim, by the surge path unless it costs points. Commits before it returns.

    Raises NotFound (no such coupon, or of another group), CouponNotStarted, CouponEnded, CouponPaused,
    CouponLimitReached, CouponSoldOut, points' refusal when the balance is short, Unavailable when too many wait.
    """
    actor, mall_id = command.actor, command.mall_id
    if mall_id is None:
        raise AssertionError("a claim is made in a mall")
    want = Want(group_id=actor.group_id, member_id=actor.member_id, now=command.now, claim_id=ClaimId(new_id()))
    if await queries.costs_points(runtime.db, mall_id=mall_id, coupon_id=coupon_id):
        return await runtime.db.write(
            command, lambda tx: claim_in(tx, mall_id=mall_id, coupon_id=coupon_id, want=want), returns=Claim
        )
    return await runtime.batcher(CLAIMING, returns=Claim).submit((mall_id, coupon_id), command, want)


async def claim_in(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, want: Want) -> Claim:
    """Give one member one claim inside the caller's transaction, paying its price in points. Raises as `claim`."""
    coupon = await lock_coupon(tx, (mall_id, coupon_id))
    [outcome] = await claim_many(tx, coupon, [want])
    if isinstance(outcome, DomainError):
        raise outcome
    if coupon is not None and coupon.points_price > 0:
        await _pay(tx, coupon, want)
    tx.subject = outcome.subject
    tx.events.extend(outcome.events)
    return outcome.value


async def _pay(tx: Tx, coupon: Coupon, want: Want) -> None:
    """Spend a coupon's price in points; who bears the coupon's cost takes them."""
    await points.spend(
        tx,
        group_id=await malls.group_of(tx, coupon.mall_id),
        mall_id=coupon.mall_id,
        member_id=want.member_id,
        points=coupon.points_price,
        taker_id=coupon.funder_merchant_id or coupon.mall_id,
        code="coupons.claim",
        reference=want.claim_id,
        title_zh=f"兑换优惠券：{coupon.title_zh}",
        title_en=f"Coupon: {coupon.title_en}",
        now=want.now,
    )


async def lock_coupon(tx: Tx, lane: tuple[MallId, CouponId]) -> Coupon | None:
    """Lock the coupon that a batch claims, to the end of the transaction."""
    mall_id, coupon_id = lane
    return await store.lock(tx, mall_id=mall_id, coupon_id=coupon_id)


async def claim_many(tx: Tx, coupon: Coupon | None, wants: Sequence[Want]) -> list[Outcome[Claim]]:
    """Give many members one claim each of one locked coupon, in the order they came; each its claim or why not.

    The counts of all wanting members are read at once, the claims inserted at once, and the coupon counted up once,
    never past its total. No points are paid here.
    """
    if coupon is None:
        return [NotFound() for _ in wants]
    group_id = await malls.group_of(tx, coupon.mall_id)
    members = [want.member_id for want in wants]
    held = await store.held_by(tx, mall_id=coupon.mall_id, coupon_id=coupon.id, member_ids=members)
    numbers = rules.decide(coupon, wants, held, group_id)
    granted = [(want, seq) for want, seq in zip(wants, numbers, strict=True) if isinstance(seq, int)]
    if granted and not await _take(tx, coupon, granted):
        raise AssertionError("the coupon's count changed under its lock")
    return [_claimed(coupon, want) if isinstance(seq, int) else seq for want, seq in zip(wants, numbers, strict=True)]


CLAIMING: Surge[Want, Claim] = Surge(lock=lock_coupon, settle=claim_many)


async def _take(tx: Tx, coupon: Coupon, granted: Sequence[tuple[Want, int]]) -> bool:
    return await store.take(
        tx,
        coupon=coupon,
        claim_ids=[want.claim_id for want, _ in granted],
        member_ids=[want.member_id for want, _ in granted],
        seqs=[seq for _, seq in granted],
        claimed_at=[want.now for want, _ in granted],
    )


def _claimed(coupon: Coupon, want: Want) -> Done[Claim]:
    claim = Claim(
        id=want.claim_id,
        coupon_id=coupon.id,
        state=ClaimState.ISSUED,
        claimed_at=want.now,
        use_from=coupon.use_from,
        use_until=coupon.use_until,
    )
    data: dict[str, str | int | None] = {
        "coupon_id": str(coupon.id),
        "member_id": str(want.member_id),
        "count": 1,
    }
    event = Event("coupons.claimed", want.claim_id, data, topics=(f"mall:{coupon.mall_id}",))
    return Done(claim, str(want.claim_id), (event,))


async def hold(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, order_id: OrderId, now: datetime
) -> ClaimedOffer:
    """Set a claim aside for an order and return it as an offer to price with; one statement.

    Raises NotFound for a claim that is not this member's, ClaimHeld, ClaimUsed, ClaimExpired, ClaimNotStarted.
    """
    held = await store.hold(tx, mall_id=mall_id, member_id=member_id, claim_id=claim_id, order_id=order_id, now=now)
    if held is None:
        raise await _why_not(tx, mall_id, claim_id, now, member_id)
    return held


async def use(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> ClaimId | None:
    """Spend the claim that an order holds; returns it, or None when there is none. Doing it again is harmless."""
    return await store.spend_held(tx, mall_id=mall_id, order_id=order_id, now=now)


async def release(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> ClaimId | None:
    """Give the claim that an order holds back to its member; expired when its last day has passed meanwhile.

    Returns the claim, or None when the order holds none. Doing it again is harmless.
    """
    return await store.release_held(tx, mall_id=mall_id, order_id=order_id, now=now)


async def give_back(tx: Tx, *, mall_id: MallId, claim_id: ClaimId, now: datetime) -> ClaimState | None:
    """Undo the spending of a claim, after a full refund or a reversed redemption.

    Returns the state it takes, issued or expired, or None when it is not used. Doing it again is harmless.
    """
    return await store.unspend(tx, mall_id=mall_id, claim_id=claim_id, now=now)


async def use_in_store(
    tx: Tx, *, mall_id: MallId, claim_id: ClaimId, shop_id: ShopId, bill_minor: int, now: datetime
) -> StoreUse:
    """Spend a claim on a bill of `bill_minor` in a shop, and return what comes off.

    The caller has made sure that the staff may redeem in this shop. Raises NotFound, NotForThisShop, BelowThreshold
    (with `missing_minor`), ClaimUsed, ClaimHeld, ClaimExpired, ClaimNotStarted.
    """
    offer = await store.spend(tx, mall_id=mall_id, claim_id=claim_id, now=now)
    if offer is None:
        raise await _why_not(tx, mall_id, claim_id, now, None)
    shop = await malls.get_shop(tx, mall_id, shop_id)
    discount = rules.off_bill(
        offer,
        shop_id=shop_id,
        merchant_id=shop.merchant_id,
        category_ids=await _categories_above(tx, mall_id, shop.category_id) if offer.category_ids else [],
        bill_minor=bill_minor,
    )
    return StoreUse(
        claim_id=claim_id,
        coupon_id=offer.coupon_id,
        member_id=offer.member_id,
        title_zh=offer.title_zh,
        title_en=offer.title_en,
        bill_minor=bill_minor,
        discount_minor=discount,
        payable_minor=bill_minor - discount,
        funder=offer.funder,
        funder_merchant_id=offer.funder_merchant_id,
    )


async def expire_due(tx: Tx, *, now: datetime, limit: int) -> int:
    """Mark claims past their last day expired, at most `limit`; returns how many."""
    return await store.expire(tx, now=now, limit=limit)


async def extend_claims(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, now: datetime, limit: int) -> int:
    """Let unspent claims last as long as their coupon now does, at most `limit`; returns how many."""
    return await store.extend_claims(tx, mall_id=mall_id, coupon_id=coupon_id, now=now, limit=limit)


async def _why_not(
    tx: Tx, mall_id: MallId, claim_id: ClaimId, now: datetime, member_id: MemberId | None
) -> DomainError:
    """Return why a claim could not be taken; one that another transaction let go of just now is worth a new try."""
    standing = await store.standing(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    if standing is None:
        return NotFound()
    return rules.claim_refusal(standing, now) or rules.ClaimHeld()


async def _categories_above(tx: Tx, mall_id: MallId, category_id: CategoryId) -> list[CategoryId]:
    """Return a category and those above it."""
    parents = {category.id: category.parent_id for category in await malls.list_categories(tx, mall_id)}
    chain: list[CategoryId] = []
    current: CategoryId | None = category_id
    while current is not None and current not in chain:
        chain.append(current)
        current = parents.get(current)
    return chain


async def _lock_managed(tx: Tx, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> Coupon:
    """Return a coupon the actor may manage, locked; raises Forbidden, NotFound."""
    actor.reach(Permission.COUPON_MANAGE, await malls.mall_target(tx, mall_id))
    coupon = await store.lock(tx, mall_id=mall_id, coupon_id=coupon_id)
    if coupon is None:
        raise NotFound
    await _require(tx, actor, mall_id, coupon.funder)
    if coupon.funder is Funder.MERCHANT:
        await _check_scope(tx, actor, mall_id, _input(coupon))
    tx.subject = str(coupon_id)
    return coupon


async def _require(tx: Tx, actor: Actor, mall_id: MallId, funder: Funder) -> None:
    """Raise Forbidden for who manages no coupons here, or spends the mall's money without being the mall."""
    target = await malls.mall_target(tx, mall_id)
    if funder is Funder.MALL:
        actor.require(Permission.COUPON_MANAGE, target)
    else:
        actor.reach(Permission.COUPON_MANAGE, target)


async def _check_scope(tx: Tx, actor: Actor, mall_id: MallId, coupon: CouponInput) -> None:
    """Raise Forbidden for shops the actor does not manage; Invalid for unknown ones, or of another merchant."""
    errors = [*await _check_shops(tx, actor, mall_id, coupon), *await _check_categories(tx, mall_id, coupon)]
    if errors:
        raise Invalid(errors=tuple(errors))


async def _check_shops(tx: Tx, actor: Actor, mall_id: MallId, coupon: CouponInput) -> list[FieldError]:
    if not coupon.shop_ids:
        return []
    listed = Reach(everything=False, merchant_ids=[], shop_ids=[ShopId(shop_id) for shop_id in coupon.shop_ids])
    page = await malls.list_shops(tx, mall_id, reach=listed, limit=len(coupon.shop_ids))
    by_id = {shop.id: shop for shop in page.items}
    group_id = await malls.group_of(tx, mall_id)
    errors = []
    for i, shop_id in enumerate(coupon.shop_ids):
        shop = by_id.get(ShopId(shop_id))
        if shop is None:
            errors.append(FieldError(f"shop_ids[{i}]", "coupon_shop_unknown"))
            continue
        if coupon.funder is Funder.MERCHANT:
            target = Target(group_id=group_id, mall_id=mall_id, merchant_id=shop.merchant_id, shop_id=shop.id)
            actor.require(Permission.COUPON_MANAGE, target)
            if shop.merchant_id != coupon.funder_merchant_id:
                errors.append(FieldError(f"shop_ids[{i}]", "coupon_shop_of_other"))
    return errors


async def _check_categories(tx: Tx, mall_id: MallId, coupon: CouponInput) -> list[FieldError]:
    if not coupon.category_ids:
        return []
    known = {category.id for category in await malls.list_categories(tx, mall_id)}
    return [
        FieldError(f"category_ids[{i}]", "coupon_category_unknown")
        for i, category_id in enumerate(coupon.category_ids)
        if category_id not in known
    ]


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _input(coupon: Coupon) -> CouponInput:
    return CouponInput(**{name: getattr(coupon, name) for name in CouponInput.__struct_fields__})


def _changed(tx: Tx, coupon: Coupon) -> None:
    data: dict[str, str | int | None] = {"state": coupon.state.value, "total": coupon.total}
    tx.emit(Event("coupons.changed", coupon.id, data, topics=(f"mall:{coupon.mall_id}",)))

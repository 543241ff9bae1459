"""The till: a coupon set aside with its price, redeemed or let go of; or redeemed at once.

A lock survives whatever happens to the till: asked for again with the same key it is the same lock, and past its time
the coupon is free without anybody doing anything.
"""

from datetime import datetime, timedelta
from uuid import UUID

from galleria.commerce.redemption import queries, rules
from galleria.commerce.redemption.model import (
    AlreadyRedeemed,
    CouponsOnly,
    Locked,
    LockState,
    Ticket,
    TillLock,
    TillPrice,
    TillRedeemed,
)
from galleria.commerce.redemption.operations import booking
from galleria.commerce.redemption.operations.counter import Clerk
from galleria.commerce.redemption.store import till as store
from galleria.foundation import malls, staff
from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import ClaimId, MallId, StaffId, TicketId, new_id
from galleria.platform.auth.tokens import Signer
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import coupons

LOCK_FOR = timedelta(minutes=3)
"""How long a till may take from the lock to the redemption."""


async def claim_of(tx: Tx, *, till: malls.Till, code: str, signer: Signer, now: datetime) -> ClaimId:
    """Return the claim of a coupon's code shown now at a till.

    Raises what `queries.identify` raises, AlreadyRedeemed, TicketRefunded, and CouponsOnly for anything else.
    """
    ticket: Ticket = await queries.identify(
        tx, mall_id=till.mall_id, shop_id=till.shop_id, code=code, signer=signer, now=now
    )
    if ticket.claim_id is None:
        raise CouponsOnly
    refused = await queries.already_redeemed(tx, ticket) or rules.refusal(ticket, now=now)
    if refused is not None:
        raise refused
    return ticket.claim_id


async def lock(
    tx: Tx, *, till: malls.Till, claim_id: ClaimId, bill_minor: int | None, staff_id: StaffId, now: datetime
) -> TillLock:
    """Set a coupon aside for a till for three minutes, and return what it takes off the bill.

    Raises a coupon's own refusals (ClaimLocksSpent after ten locks), what `rules.price` raises.
    """
    lock_id, until = new_id(), now + LOCK_FOR
    claimed = await coupons.lock(tx, mall_id=till.mall_id, claim_id=claim_id, lock_id=lock_id, until=until, now=now)
    price = rules.price(claimed.offer, till, bill_minor, now)
    made = Locked(
        id=lock_id,
        claim_id=claim_id,
        member_id=claimed.member_id,
        shop_id=till.shop_id,
        staff_id=staff_id,
        title_zh=claimed.offer.title_zh,
        title_en=claimed.offer.title_en,
        bill_minor=rules.fixed_bill(claimed.offer) if bill_minor is None else bill_minor,
        discount_minor=price.discount_minor,
        shares=price.shares,
        state=LockState.LOCKED,
        until=until,
        redemption_id=None,
    )
    await store.add_lock(tx, till.mall_id, made, now)
    tx.subject = str(lock_id)
    return queries.lock_view(made, till)


async def redeem_lock(tx: Tx, *, till: malls.Till, lock_id: UUID, staff_id: StaffId, now: datetime) -> TillRedeemed:
    """Redeem what a lock has set aside, at the price it was locked with.

    Raises NotFound, AlreadyRedeemed when this lock was redeemed, coupons.LockOver when it was let go of or is over.
    """
    redemption_id = new_id()
    await coupons.redeem_locked(tx, mall_id=till.mall_id, lock_id=lock_id, shop_id=till.shop_id, now=now)
    ended = await store.end_lock(
        tx, till.mall_id, lock_id, state=LockState.REDEEMED, redemption_id=redemption_id, now=now
    )
    if ended is None:
        raise coupons.LockOver
    price = TillPrice(ended.discount_minor, ended.shares)
    return await _record(tx, till, ended, price, redemption_id, staff_id, now)


async def release_lock(tx: Tx, *, till: malls.Till, lock_id: UUID, now: datetime) -> TillLock:
    """Let go of a lock; doing it again is harmless. Raises NotFound, and AlreadyRedeemed for one that was redeemed."""
    await coupons.unlock(tx, mall_id=till.mall_id, lock_id=lock_id, now=now)
    await store.end_lock(tx, till.mall_id, lock_id, state=LockState.RELEASED, redemption_id=None, now=now)
    found = await store.find_lock(tx, till.mall_id, lock_id)
    if found is None:
        raise NotFound
    tx.subject = str(lock_id)
    return queries.lock_view(found, till)


async def redeem_claim(
    tx: Tx, *, till: malls.Till, claim_id: ClaimId, bill_minor: int | None, staff_id: StaffId, now: datetime
) -> TillRedeemed:
    """Redeem a coupon at a till in one step, in as few statements as it takes.

    Raises a coupon's own refusals (ClaimUsed for one spent before) and what `rules.price` raises.
    """
    redemption_id = new_id()
    claimed = await coupons.spend(tx, mall_id=till.mall_id, claim_id=claim_id, shop_id=till.shop_id, now=now)
    price = rules.price(claimed.offer, till, bill_minor, now)
    spent = Locked(
        id=redemption_id,
        claim_id=claim_id,
        member_id=claimed.member_id,
        shop_id=till.shop_id,
        staff_id=staff_id,
        title_zh=claimed.offer.title_zh,
        title_en=claimed.offer.title_en,
        bill_minor=rules.fixed_bill(claimed.offer) if bill_minor is None else bill_minor,
        discount_minor=price.discount_minor,
        shares=price.shares,
        state=LockState.REDEEMED,
        until=now,
        redemption_id=redemption_id,
    )
    return await _record(tx, till, spent, price, redemption_id, staff_id, now)


async def why_not(tx: Tx, *, mall_id: MallId, lock_id: UUID, error: DomainError) -> DomainError:
    """Return why a lock could not be ended: it is not there, was redeemed (when, where, by whom), or what was said."""
    found = await store.find_lock(tx, mall_id, lock_id)
    if found is None:
        return NotFound()
    if found.redemption_id is None:
        return error
    return await queries.redemption_of_lock(tx, mall_id=mall_id, redemption_id=found.redemption_id) or error


async def _record(
    tx: Tx, till: malls.Till, spent: Locked, price: TillPrice, redemption_id: UUID, staff_id: StaffId, now: datetime
) -> TillRedeemed:
    """Book and record a spent coupon, and tell the member, the shop and the mall."""
    await booking.book(tx, till=till, shares=price.shares, redemption_id=redemption_id, now=now)
    by = Clerk(staff_id, (await staff.names(tx, till.group_id, [staff_id])).get(staff_id, ""))
    ticket_id = await store.redeem_claim(
        tx,
        store.ClaimRedemption(
            mall_id=till.mall_id,
            id=redemption_id,
            claim_id=spent.claim_id,
            member_id=spent.member_id,
            title_zh=spent.title_zh,
            title_en=spent.title_en,
            shop_id=till.shop_id,
            merchant_id=till.merchant_id,
            shop_zh=till.name_zh,
            shop_en=till.name_en,
            staff_id=by.id,
            staff_name=by.name,
            at=now,
            bill_minor=spent.bill_minor,
            discount_minor=price.discount_minor,
            shares=price.shares,
        ),
    )
    if ticket_id is None:
        raise AlreadyRedeemed(at=rules.moment(now), shop_zh=till.name_zh, shop_en=till.name_en, staff=by.name)
    tx.subject = str(redemption_id)
    tx.emit(_redeemed(till, spent, redemption_id, ticket_id))
    return TillRedeemed(
        id=redemption_id,
        claim_id=spent.claim_id,
        shop_id=till.shop_id,
        title_zh=spent.title_zh,
        title_en=spent.title_en,
        at=now,
        currency=till.currency,
        bill_minor=spent.bill_minor,
        discount_minor=price.discount_minor,
        payable_minor=spent.bill_minor - price.discount_minor,
    )


def _redeemed(till: malls.Till, spent: Locked, redemption_id: UUID, ticket_id: TicketId) -> Event:
    return Event(
        "redemption.redeemed",
        redemption_id,
        {
            "ticket_id": str(ticket_id),
            "kind": "coupon",
            "shop_id": str(till.shop_id),
            "order_id": None,
            "title_zh": spent.title_zh,
            "title_en": spent.title_en,
        },
        (f"member:{spent.member_id}", f"shop:{till.shop_id}", f"mall:{till.mall_id}"),
    )

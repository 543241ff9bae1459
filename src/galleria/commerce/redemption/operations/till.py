"""The till: a coupon set aside with its price, redeemed or let go of; or redeemed at once.

A lock survives whatever happens to the till: asked for again with the same key it is the same lock, and past its time
the coupon is free without anybody doing anything.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from galleria.commerce.redemption import queries, rules
from galleria.commerce.redemption.model import (
    AlreadyRedeemed,
    CouponsOnly,
    Locked,
    LockState,
    Paying,
    Ticket,
    TillLock,
    TillPrice,
    TillRedeemed,
)
from galleria.commerce.redemption.operations import booking
from galleria.commerce.redemption.store import till as store
from galleria.foundation import malls, staff
from galleria.kernel.errors import DomainError, Forbidden, NotFound
from galleria.kernel.ids import ClaimId, MallId, StaffId, TicketId, new_id
from galleria.platform.actors import Permission
from galleria.platform.auth.tokens import Signer
from galleria.platform.batching import Done, Outcome, Surge
from galleria.platform.command import Command, Event
from galleria.platform.runtime import Runtime
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
    made = _locked(claimed, till, bill_minor, price, staff_id)
    made = msgspec.structs.replace(made, id=lock_id, until=until)
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
    spent = _Spent(redemption_id, till, ended, staff_id, now)
    [done] = await _record(tx, till.mall_id, [spent], now)
    tx.subject = done.subject
    tx.events.extend(done.events)
    return done.value


async def release_lock(tx: Tx, *, till: malls.Till, lock_id: UUID, now: datetime) -> TillLock:
    """Let go of a lock; doing it again is harmless. Raises NotFound, and AlreadyRedeemed for one that was redeemed."""
    await coupons.unlock(tx, mall_id=till.mall_id, lock_id=lock_id, now=now)
    await store.end_lock(tx, till.mall_id, lock_id, state=LockState.RELEASED, redemption_id=None, now=now)
    found = await store.find_lock(tx, till.mall_id, lock_id)
    if found is None:
        raise NotFound
    tx.subject = str(lock_id)
    return queries.lock_view(found, till)


async def redeem(runtime: Runtime, command: Command, *, paying: Paying) -> TillRedeemed:
    """Redeem a coupon at a till in one step, together with whatever other tills ask for in the same moment.

    Commits before it returns. Raises NotFound and Forbidden for the shop, a coupon's own refusals (ClaimUsed for one
    spent before), what `rules.price` raises, Unavailable when too many wait.
    """
    if command.mall_id is None:
        raise AssertionError("a coupon is redeemed in a mall")
    return await runtime.batcher(REDEEMING, returns=TillRedeemed).submit(command.mall_id, command, paying)


async def redeem_claim(tx: Tx, *, mall_id: MallId, paying: Paying) -> TillRedeemed:
    """Redeem one coupon inside the caller's transaction; raises as `redeem`."""
    [outcome] = await redeem_many(tx, mall_id, [paying])
    if isinstance(outcome, DomainError):
        raise outcome
    tx.subject = outcome.subject
    tx.events.extend(outcome.events)
    return outcome.value


async def redeem_many(tx: Tx, mall_id: MallId, wants: Sequence[Paying]) -> list[Outcome[TillRedeemed]]:
    """Redeem many coupons at many tills of a mall, each its redemption or why not, in a handful of statements.

    All are spent at once, then priced; one that does not hold for its bill is given back as if nothing had been.
    """
    now = max(want.now for want in wants)
    tills = await malls.tills(tx, mall_id, list({want.shop_id for want in wants}))
    outcomes: list[Outcome[TillRedeemed] | None] = [_may_not(want, tills.get(want.shop_id)) for want in wants]
    first: dict[ClaimId, int] = {}
    for i, want in enumerate(wants):
        if outcomes[i] is None:
            first.setdefault(want.claim_id, i)
    spendable = {claim_id: wants[i].shop_id for claim_id, i in first.items()}
    claimed = await coupons.spend_many(tx, mall_id=mall_id, claims=spendable, now=now) if spendable else {}
    spent: dict[int, _Spent] = {}
    for claim_id, i in first.items():
        found = await _priced(tx, tills[wants[i].shop_id], wants[i], claimed[claim_id], now)
        if isinstance(found, DomainError):
            outcomes[i] = found
        else:
            spent[i] = found
    done = await _record(tx, mall_id, list(spent.values()), now)
    for i, one in zip(spent, done, strict=True):
        outcomes[i] = one
    for i, want in enumerate(wants):
        if outcomes[i] is None:  # a second want of the same coupon: what the first left of it
            outcomes[i] = await _why_not_again(tx, mall_id, want, now)
    return [outcome for outcome in outcomes if outcome is not None]


async def _lane(_tx: Tx, mall_id: MallId) -> MallId:
    """Return the mall whose tills a batch serves; no row is hot, so none is locked."""
    return mall_id


REDEEMING: Surge[Paying, TillRedeemed] = Surge(lock=_lane, settle=redeem_many)


class _Spent(msgspec.Struct, frozen=True):
    """A spent coupon to record."""

    redemption_id: UUID
    till: malls.Till
    locked: Locked
    staff_id: StaffId
    at: datetime


def _may_not(want: Paying, till: malls.Till | None) -> DomainError | None:
    """Return why a till may not be used by who asks, or None."""
    if till is None:
        return NotFound()
    return None if want.actor.may(Permission.REDEEM, till.target) else Forbidden()


async def _priced(
    tx: Tx, till: malls.Till, want: Paying, claimed: coupons.ClaimedOffer | DomainError, now: datetime
) -> _Spent | DomainError:
    """Return a spent coupon with what it takes off the bill; when it does not hold for it, give it back and say why."""
    if isinstance(claimed, DomainError):
        return claimed
    try:
        price = rules.price(claimed.offer, till, want.bill_minor, now)
    except DomainError as refused:
        await coupons.give_back(tx, mall_id=till.mall_id, claim_id=want.claim_id, now=now, mistake=True)
        return refused
    redemption_id = new_id()
    locked = _locked(claimed, till, want.bill_minor, price, StaffId(want.actor.id))
    spent = msgspec.structs.replace(locked, id=redemption_id, state=LockState.REDEEMED, redemption_id=redemption_id)
    return _Spent(redemption_id, till, spent, StaffId(want.actor.id), now)


async def _why_not_again(tx: Tx, mall_id: MallId, want: Paying, now: datetime) -> DomainError:
    try:
        await coupons.require_usable(tx, mall_id=mall_id, claim_id=want.claim_id, now=now)
    except DomainError as refused:
        return refused
    return coupons.ClaimHeld()


def _locked(
    claimed: coupons.ClaimedOffer, till: malls.Till, bill_minor: int | None, price: TillPrice, staff_id: StaffId
) -> Locked:
    """Return a coupon with its price as a till has it."""
    return Locked(
        id=new_id(),
        claim_id=claimed.claim_id,
        member_id=claimed.member_id,
        shop_id=till.shop_id,
        staff_id=staff_id,
        title_zh=claimed.offer.title_zh,
        title_en=claimed.offer.title_en,
        bill_minor=rules.fixed_bill(claimed.offer) if bill_minor is None else bill_minor,
        discount_minor=price.discount_minor,
        shares=price.shares,
        state=LockState.LOCKED,
        until=claimed.offer.expires_at or datetime.max.replace(tzinfo=UTC),
        redemption_id=None,
    )


async def why_not(tx: Tx, *, mall_id: MallId, lock_id: UUID, error: DomainError) -> DomainError:
    """Return why a lock could not be ended: it is not there, was redeemed (when, where, by whom), or what was said."""
    found = await store.find_lock(tx, mall_id, lock_id)
    if found is None:
        return NotFound()
    if found.redemption_id is None:
        return error
    return await queries.redemption_of_lock(tx, mall_id=mall_id, redemption_id=found.redemption_id) or error


async def _record(tx: Tx, mall_id: MallId, spent: Sequence[_Spent], now: datetime) -> list[Done[TillRedeemed]]:
    """Book and record spent coupons, and tell members, shops and the mall, in three statements."""
    if not spent:
        return []
    names = await staff.names(tx, spent[0].till.group_id, [one.staff_id for one in spent])
    given = [booking.Given(one.till, one.locked.shares, one.redemption_id) for one in spent]
    await booking.book(tx, given=given, now=now)
    rows = [_row(one, names.get(one.staff_id, "")) for one in spent]
    tickets = await store.redeem_claims(tx, mall_id, rows)
    missing = next((one for one in rows if one.id not in tickets), None)
    if missing is not None:
        raise AlreadyRedeemed(
            at=rules.moment(now), shop_zh=missing.shop_zh, shop_en=missing.shop_en, staff=missing.staff_name
        )
    return [Done(_answer(one), str(one.redemption_id), (_redeemed(one, tickets[one.redemption_id]),)) for one in spent]


def _row(spent: _Spent, staff_name: str) -> store.ClaimRedemption:
    till, locked = spent.till, spent.locked
    return store.ClaimRedemption(
        id=spent.redemption_id,
        claim_id=locked.claim_id,
        member_id=locked.member_id,
        title_zh=locked.title_zh,
        title_en=locked.title_en,
        shop_id=till.shop_id,
        merchant_id=till.merchant_id,
        shop_zh=till.name_zh,
        shop_en=till.name_en,
        staff_id=spent.staff_id,
        staff_name=staff_name,
        at=spent.at,
        bill_minor=locked.bill_minor,
        discount_minor=locked.discount_minor,
        shares=locked.shares,
    )


def _answer(spent: _Spent) -> TillRedeemed:
    return TillRedeemed(
        id=spent.redemption_id,
        claim_id=spent.locked.claim_id,
        shop_id=spent.till.shop_id,
        title_zh=spent.locked.title_zh,
        title_en=spent.locked.title_en,
        at=spent.at,
        currency=spent.till.currency,
        bill_minor=spent.locked.bill_minor,
        discount_minor=spent.locked.discount_minor,
        payable_minor=spent.locked.bill_minor - spent.locked.discount_minor,
    )


def _redeemed(spent: _Spent, ticket_id: TicketId) -> Event:
    return Event(
        "redemption.redeemed",
        spent.redemption_id,
        {
            "ticket_id": str(ticket_id),
            "kind": "coupon",
            "shop_id": str(spent.till.shop_id),
            "order_id": None,
            "title_zh": spent.locked.title_zh,
            "title_en": spent.locked.title_en,
        },
        (f"member:{spent.locked.member_id}", f"shop:{spent.till.shop_id}", f"mall:{spent.till.mall_id}"),
    )

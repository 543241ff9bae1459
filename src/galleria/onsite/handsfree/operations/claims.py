"""Claims: made by the member, decided by the mall, paid once."""

from datetime import datetime
from uuid import UUID

from galleria.foundation import ledger, malls, media
from galleria.foundation.ledger import AccountKind
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, MemberId, StaffId, new_id
from galleria.onsite.handsfree import queries, rules
from galleria.onsite.handsfree.model import (
    BagClaim,
    BagClaimState,
    BagDecision,
    BagPaidHow,
    BagPayout,
    ClaimNotOpen,
    ClaimThere,
    ClaimTooLate,
    ClaimTooMuch,
    NewBagClaim,
)
from galleria.onsite.handsfree.store import bag as bags
from galleria.onsite.handsfree.store import claim as store
from galleria.onsite.handsfree.store import desk as desks
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import wallet


async def claim(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, bag_id: UUID, new: NewBagClaim, now: datetime
) -> BagClaim:
    """Claim for a member's bag: what went wrong, and what it is worth.

    Of two at once one is made. Raises NotFound for another member's bag, ClaimThere, ClaimTooLate, ClaimTooMuch, and
    Invalid for pictures that are not kept.
    """
    bag = await bags.find(tx, mall_id, bag_id)
    if bag is None or bag.member_id != member_id:
        raise NotFound
    policy = await desks.policy(tx, mall_id)
    until, limit = queries.claimable_until(bag, policy), rules.worth(policy, bag.declared_minor)
    if until is not None and until <= now:
        raise ClaimTooLate(days=policy.claim_days)
    if new.asked_minor > limit:
        raise Invalid.field("asked_minor", "bag_worth", most=limit)
    if len(await media.known(tx, new.pictures)) != len(set(new.pictures)):
        raise Invalid.field("pictures", "bag_picture")
    made = BagClaim(
        mall_id=mall_id, id=new_id(), bag_id=bag.id, trip_id=bag.trip_id, member_id=member_id, kind=new.kind,
        words=new.words.strip(), pictures=list(dict.fromkeys(new.pictures)), asked_minor=new.asked_minor,
        limit_minor=limit, currency=(await malls.get_mall(tx, mall_id)).currency, state=BagClaimState.OPEN,
        decided_minor=None, decision=None, decided_by=None, decided_at=None, paid_how=None, paid_by=None,
        paid_reference=None, paid_at=None, created_at=now,
    )  # fmt: skip
    if not await store.add(tx, made):
        raise ClaimThere
    return await _told(tx, mall_id, made.id, "handsfree.claimed")


async def withdraw(tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: UUID) -> BagClaim:
    """Take a member's claim back before it is decided. Raises NotFound, ClaimNotOpen."""
    if await store.find(tx, mall_id, claim_id, member_id) is None:
        raise NotFound
    if not await store.withdraw(tx, mall_id, claim_id, member_id):
        raise ClaimNotOpen
    return await _told(tx, mall_id, claim_id, "handsfree.claim_withdrawn")


async def decide(
    tx: Tx, *, mall_id: MallId, claim_id: UUID, decision: BagDecision, staff_id: StaffId, now: datetime
) -> BagClaim:
    """Approve a claim with an amount, at most what the bag counts for, or reject it; the reason is told to the member.

    With `to_wallet` what is approved is put into the member's stored value at once, out of the mall's compensation
    account; without, it waits to be paid by hand. Of two decisions at once one stands. Raises NotFound, ClaimNotOpen,
    ClaimTooMuch.
    """
    found = await queries.claim(tx, mall_id, claim_id)
    if decision.amount_minor is not None and decision.amount_minor > found.limit_minor:
        raise ClaimTooMuch(most=found.limit_minor)
    done = await store.decide(
        tx, mall_id, claim_id, amount_minor=decision.amount_minor, words=decision.words.strip(), staff_id=staff_id,
        now=now,
    )  # fmt: skip
    if not done:
        raise ClaimNotOpen
    if decision.amount_minor is not None and decision.to_wallet:
        await _into_wallet(tx, found, decision.amount_minor, staff_id, now)
    return await _told(tx, mall_id, claim_id, "handsfree.claim_decided")


async def _into_wallet(tx: Tx, claim: BagClaim, amount_minor: int, staff_id: StaffId, now: datetime) -> None:
    """Put a compensation into the member's stored value, once: the claim's id is the entry's reference."""
    await wallet.credit(
        tx,
        group_id=await malls.group_of(tx, claim.mall_id),
        mall_id=claim.mall_id,
        member_id=claim.member_id,
        amount_minor=amount_minor,
        currency=claim.currency,
        source=ledger.account(AccountKind.COMPENSATION, claim.mall_id, claim.currency),
        code="handsfree.compensation",
        reference=claim.id,
        title_zh=f"购物袋理赔 · {claim.shop_zh}",
        title_en=f"Compensation for a bag · {claim.shop_en}",
        now=now,
    )
    await store.pay(
        tx, claim.mall_id, claim.id, how=BagPaidHow.WALLET, reference=str(claim.id), staff_id=staff_id, now=now
    )


async def pay_by_hand(
    tx: Tx, *, mall_id: MallId, claim_id: UUID, payout: BagPayout, staff_id: StaffId, now: datetime
) -> BagClaim:
    """Note that an approved compensation was paid, and how; once. Raises NotFound, ClaimNotOpen."""
    await queries.claim(tx, mall_id, claim_id)
    done = await store.pay(
        tx, mall_id, claim_id, how=BagPaidHow.BY_HAND, reference=payout.reference.strip(), staff_id=staff_id, now=now
    )
    if not done:
        raise ClaimNotOpen
    return await _told(tx, mall_id, claim_id, "handsfree.claim_paid")


async def _told(tx: Tx, mall_id: MallId, claim_id: UUID, kind: str) -> BagClaim:
    found = await queries.claim(tx, mall_id, claim_id)
    tx.subject = str(claim_id)
    data: dict[str, str | int | None] = {"state": found.state.value, "amount_minor": found.decided_minor}
    tx.emit(Event(kind, claim_id, data, topics=(f"member:{found.member_id}", f"mall:{mall_id}")))
    return found

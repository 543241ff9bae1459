"""What is done with points: earned, made active, taken back, spent, given back; and the rules for earning."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from galleria.foundation import ledger
from galleria.foundation.ledger import Entry, EntryKey, HoldId, Posting
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import GroupId, MallId, MemberId, OrderId, SubOrderId
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value.points import queries, rules, store
from galleria.value.points.model import Awarded, AwardState, EarnRule, RuleChange, SpendPolicy, SubOrderPaid


class InsufficientPoints(Conflict):
    """The member does not have that many points to spend; nothing was spent."""

    code = "insufficient_points"


async def award(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    sub_orders: Sequence[SubOrderPaid],
    now: datetime,
) -> Awarded:
    """Award points for what was really paid to each shop, by its rule or else the mall's, in one statement.

    No rule, or no whole point, is no award; a sub-order is awarded once. Returns the ledger entries, which the caller
    posts with its own in this transaction, and the points. Emits `points.awarded` when there are any.
    """
    made = await store.add_awards(tx, mall_id, group_id, order_id, member_id, sub_orders, now)
    points = sum(a.points for a in made)
    if points:
        topics = (f"mall:{mall_id}", f"member:{member_id}")
        tx.emit(Event("points.awarded", order_id, {"member_id": str(member_id), "points": points}, topics))
    return Awarded(rules.entries(made), points)


async def activate(tx: Tx, *, now: datetime, limit: int = 500) -> int:
    """Make at most `limit` pending awards active whose refund window has closed; return how many."""
    awards = await store.activate(tx, now, limit)
    for (group_id, mall_id), some in groupby(awards, key=lambda a: (a.group_id, a.mall_id)):
        entries = rules.entries(some, activation=True)
        await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=entries, now=now)
    return len(awards)


async def take_back(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    remaining: Mapping[SubOrderId, int],
    refund_id: UUID,
    now: datetime,
) -> int:
    """Take back the points that what remains paid (minor units, for each sub-order) does not earn; return how many.

    Counted from what remains, not from what is refunded, so any order of partial refunds ends the same; what is not
    named stays. Pending points go first, active ones as far as the member has them, the rest is owed and paid by the
    next points. Sub-orders without an award are passed over.
    """
    awards = await store.reduce(tx, mall_id, order_id, remaining)
    if not awards:
        return 0
    group_id, member_id = awards[0].group_id, awards[0].member_id
    available = 0
    if any(a.state is AwardState.ACTIVE for a in awards):
        await store.lock_debt(tx, group_id, member_id)
        available = await _available(tx, member_id, now)
    entry, short = rules.withdrawal(refund_id, awards, available)
    if short:
        await store.change_debt(tx, member_id, short)
    await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=[entry], now=now)
    return sum(a.points for a in awards)


async def spend(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    member_id: MemberId,
    points: int,
    taker_id: UUID,
    code: str,
    reference: UUID,
    title_zh: str,
    title_en: str,
    now: datetime,
) -> None:
    """Spend points of a member, soonest to expire first, with the mall or merchant `taker_id`.

    `code` and `reference` are the business identity, spent once; the titles are shown in the member's history.
    Raises InsufficientPoints, ledger.AlreadyPosted.
    """
    postings = [Posting(rules.active(member_id), -points), Posting(rules.redeemed(taker_id), points)]
    entry = Entry(code, reference, postings, {"title_zh": title_zh, "title_en": title_en})
    try:
        await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=[entry], now=now)
    except ledger.InsufficientBalance as error:
        raise InsufficientPoints from error


async def hold(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    member_id: MemberId,
    points: int,
    hold_id: UUID,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Set points of a member aside to pay with, soonest to expire first; `hold_id` names them from now on.

    Raises InsufficientPoints, ledger.AlreadyPosted.
    """
    try:
        await ledger.hold(
            tx,
            group_id=group_id,
            mall_id=mall_id,
            account=rules.active(member_id),
            amount=points,
            code=rules.PAID_WITH,
            reference=hold_id,
            expires_at=expires_at,
            now=now,
            hold_id=HoldId(hold_id),
        )
    except ledger.InsufficientBalance as error:
        raise InsufficientPoints from error


async def settle(
    tx: Tx, *, mall_id: MallId, hold_id: UUID, points: int, title_zh: str, title_en: str, now: datetime
) -> None:
    """Let the mall take the points that were set aside, once. Raises NotFound, ledger.HoldEnded."""
    detail = {"title_zh": title_zh, "title_en": title_en}
    into = [Posting(rules.redeemed(mall_id), points)]
    await ledger.post_hold(tx, hold_id=HoldId(hold_id), into=into, now=now, detail=detail)


async def release(tx: Tx, *, hold_id: UUID, now: datetime) -> bool:
    """Give back the points that were set aside; False when that has been done, or they have been taken."""
    try:
        await ledger.void_hold(tx, hold_id=HoldId(hold_id), now=now)
    except (ledger.HoldEnded, NotFound):
        return False
    return True


def spent_by(hold_id: UUID) -> EntryKey:
    """Return the entry by which points set aside were taken, to give them back into the lots they came from."""
    return EntryKey(rules.PAID_WITH, hold_id)


async def set_spend_policy(tx: Tx, *, mall_id: MallId, policy: SpendPolicy, now: datetime) -> SpendPolicy:
    """Set what points are worth at the mall's checkout; orders already placed keep what theirs were worth."""
    await store.set_spend_policy(tx, mall_id, policy, now)
    tx.subject = str(mall_id)
    return policy


async def remove_spend_policy(tx: Tx, *, mall_id: MallId) -> SpendPolicy:
    """Take no points for money any more, and return what they were worth. Raises NotFound."""
    policy = await store.remove_spend_policy(tx, mall_id)
    if policy is None:
        raise NotFound
    tx.subject = str(mall_id)
    return policy


async def give_back(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    member_id: MemberId,
    points: int,
    taker_id: UUID,
    spent: EntryKey,
    code: str,
    reference: UUID,
    title_zh: str,
    title_en: str,
    now: datetime,
) -> None:
    """Give back points that `spent` took, into the lots they came from; they expire when they would have.

    What the member owes is paid from them. Raises ledger.NothingToReturn for more than is left of it,
    ledger.AlreadyPosted.
    """
    owed = await store.lock_debt(tx, group_id, member_id)
    account = rules.active(member_id)
    postings = [Posting(rules.redeemed(taker_id), -points), Posting(account, points, returns=spent)]
    entry = Entry(code, reference, postings, {"title_zh": title_zh, "title_en": title_en})
    await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=[entry], now=now)
    repaid = min(owed, points, await _available(tx, member_id, now)) if owed else 0
    if repaid:
        await store.change_debt(tx, member_id, -repaid)
        pay = Entry(rules.REPAID, reference, [Posting(account, -repaid), Posting(rules.owed(member_id), repaid)])
        await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=[pay], now=now)


async def give(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    member_id: MemberId,
    points: int,
    reference: UUID,
    title_zh: str,
    title_en: str,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Give a member points that the mall promises, for something that is no purchase, such as a check-in.

    They may be spent at once and pay what the member owes first. Given once for a `reference`: raises
    ledger.AlreadyPosted.
    """
    repaid = min(await store.lock_debt(tx, group_id, member_id), points)
    to_spend = Posting(rules.active(member_id), points - repaid, expires_at)
    postings = [p for p in (to_spend, Posting(rules.owed(member_id), repaid)) if p.amount]
    entry = Entry(
        rules.GIVEN,
        reference,
        [Posting(rules.issued(mall_id), -points), *postings],
        {"title_zh": title_zh, "title_en": title_en},
    )
    await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=[entry], now=now)
    if repaid:
        await store.change_debt(tx, member_id, -repaid)


async def _available(tx: Tx, member_id: MemberId, now: datetime) -> int:
    """Return what the member can spend, which stays true until the transaction ends."""
    account = rules.active(member_id)
    await ledger.lock(tx, [account])
    return (await ledger.balance(tx, account, now=now)).available


async def set_rule(tx: Tx, *, mall_id: MallId, change: RuleChange, now: datetime) -> EarnRule:
    """Set the mall's rule for earning, or a shop's own; it holds for what is paid from now on.

    Raises NotFound for a shop that is not in the mall.
    """
    rule = await store.set_rule(tx, mall_id, change, now)
    tx.subject = str(rule.id)
    return (await queries.named(tx, mall_id, [rule]))[0]


async def remove_rule(tx: Tx, *, mall_id: MallId, rule_id: UUID) -> EarnRule:
    """Remove a rule and return it; awards made by it stay. Raises NotFound."""
    rule = await store.remove_rule(tx, mall_id, rule_id)
    if rule is None:
        raise NotFound
    tx.subject = str(rule.id)
    return (await queries.named(tx, mall_id, [rule]))[0]

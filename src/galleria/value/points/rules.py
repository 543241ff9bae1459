"""How many points a payment earns, and what goes into the ledger for them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from galleria.foundation.ledger import (
    EXPIRED,
    POINTS,
    AccountKind,
    AccountRef,
    Entry,
    EntryKey,
    Movement,
    Posting,
    account,
)
from galleria.kernel.ids import MemberId
from galleria.value.points.model import Award, AwardState, HistoryKind, Posts, Spendable, SpendPolicy

AWARDED = "points.awarded"
ACTIVATED = "points.activated"
TAKEN_BACK = "points.taken_back"
REPAID = "points.repaid"
GIVEN = "points.given"
PAID_WITH = "points.paid_with"
"""Codes of our ledger entries; spending and giving back carry the caller's."""


def points_for(paid_minor: int, points_per_100_minor_bp: int) -> int:
    """Return the whole points that so much really paid earns: rounded down, so a cent short earns nothing extra."""
    return paid_minor * points_per_100_minor_bp // 1_000_000


def worth(points: int, policy: SpendPolicy) -> int:
    """Return what points are worth, in minor units, rounded down."""
    return points * policy.minor_per_point_bp // 10_000


def most(policy: SpendPolicy | None, available: int, payable_minor: int) -> Spendable:
    """Return the most points that may pay for something, none below the policy's minimum and none to no effect."""
    if policy is None:
        return Spendable(points=0, worth_minor=0)
    cap = payable_minor * policy.cap_bp // 10_000
    minor = min(worth(available, policy), cap)
    points = -(-minor * 10_000 // policy.minor_per_point_bp)
    if minor == 0 or points < policy.minimum_points:
        return Spendable(points=0, worth_minor=0)
    return Spendable(points=points, worth_minor=minor)


def active(member_id: MemberId) -> AccountRef:
    """Return the account of the points a member can spend."""
    return account(AccountKind.MEMBER_POINTS, member_id, POINTS)


def pending(member_id: MemberId) -> AccountRef:
    """Return the account of the points that wait for a refund window to close."""
    return account(AccountKind.MEMBER_POINTS_PENDING, member_id, POINTS)


def owed(member_id: MemberId) -> AccountRef:
    """Return the account of the points that were taken back after they were spent: zero or below."""
    return account(AccountKind.MEMBER_POINTS_OWED, member_id, POINTS)


def issued(merchant_id: UUID) -> AccountRef:
    """Return the account of the points a merchant promised: below zero."""
    return account(AccountKind.POINTS_ISSUED, merchant_id, POINTS)


def redeemed(taker_id: UUID) -> AccountRef:
    """Return the account of the points a mall or merchant took in."""
    return account(AccountKind.POINTS_REDEEMED, taker_id, POINTS)


def opened_by(award: Award) -> EntryKey:
    """Return the entry that opened the award's lot of active points."""
    return EntryKey(AWARDED if award.posts is Posts.AT_ONCE else ACTIVATED, award.sub_order_id)


def entries(awards: Iterable[Award], *, activation: bool = False) -> list[Entry]:
    """Return the ledger entry of each new award, or with `activation` of each that has become active.

    Active points pay what the member owes before anything else, award after award.
    """
    left: dict[MemberId, int] = {}
    found = []
    for award in awards:
        source = Posting(pending(award.member_id) if activation else issued(award.merchant_id), -award.points)
        if award.state is AwardState.PENDING and not activation:
            postings = [source, Posting(pending(award.member_id), award.points)]
        else:
            repaid = min(left.setdefault(award.member_id, award.repaid), award.points)
            left[award.member_id] -= repaid
            postings = [source, *_received(award, repaid)]
        code = ACTIVATED if activation else AWARDED
        found.append(Entry(code, award.sub_order_id, postings, detail([award])))
    return found


def _received(award: Award, repaid: int) -> list[Posting]:
    days = award.expires_after_days
    ends = None if days is None else award.activates_at + timedelta(days=days)
    to_spend = Posting(active(award.member_id), award.points - repaid, ends)
    return [p for p in (to_spend, Posting(owed(award.member_id), repaid)) if p.amount]


def withdrawal(refund_id: UUID, awards: Sequence[Award], available: int) -> tuple[Entry, int]:
    """Return the entry that takes these points back, and how many of them the member now owes.

    Pending awards are taken from the pending points. Active ones from what the member has, first from the lots they
    opened; what is missing is owed.
    """
    postings, short = [], 0
    for award in awards:
        postings.append(Posting(issued(award.merchant_id), award.points))
        if award.state is AwardState.PENDING:
            postings.append(Posting(pending(award.member_id), -award.points))
            continue
        part = min(award.points, available)
        available -= part
        short += award.points - part
        if part:
            postings.append(Posting(active(award.member_id), -part, first=opened_by(award)))
        if part < award.points:
            postings.append(Posting(owed(award.member_id), part - award.points))
    return Entry(TAKEN_BACK, refund_id, postings, detail(awards)), short


def detail(awards: Sequence[Award]) -> dict[str, str]:
    """Return what the statement will show of these awards: the shops' names, and the order."""
    return {
        "title_zh": "、".join(award.shop_zh for award in awards),
        "title_en": ", ".join(award.shop_en for award in awards),
        "order_id": str(awards[0].order_id),
    }


def kind_of(movement: Movement) -> HistoryKind:
    """Return why a ledger entry changed a member's points."""
    if movement.code == AWARDED:
        waits = movement.amounts.get(AccountKind.MEMBER_POINTS_PENDING, 0) > 0
        return HistoryKind.PENDING if waits else HistoryKind.EARNED
    known = {
        GIVEN: HistoryKind.EARNED,
        ACTIVATED: HistoryKind.ACTIVATED,
        TAKEN_BACK: HistoryKind.TAKEN_BACK,
        REPAID: HistoryKind.REPAID,
        EXPIRED: HistoryKind.EXPIRED,
    }
    spent = movement.amounts.get(AccountKind.MEMBER_POINTS, 0) < 0
    return known.get(movement.code) or (HistoryKind.SPENT if spent else HistoryKind.RETURNED)

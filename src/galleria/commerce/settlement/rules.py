"""What an entry of the ledger is on a statement, what its lines are, what is due, and which period ends next."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from galleria.commerce.settlement.model import EntryKind, Line, LineKind, StatedEntry, Sums
from galleria.foundation.ledger import AccountKind, AccountRef, Entry, Posting, account
from galleria.kernel.ids import MallId, MerchantId
from galleria.kernel.money import scale

PAYOUT = "settlement.payout"
PAYOUT_RETURNED = "settlement.payout_returned"
PAYOUT_PAID = "settlement.payout_paid"
PAYOUT_RECALLED = "settlement.payout_recalled"
"""Codes of the entries that settlement itself makes."""

KINDS = {
    "orders.paid": EntryKind.SALE,
    "returns.refund": EntryKind.REFUND,
    "orders.deposit": EntryKind.CASH,
    "orders.cash_refunded": EntryKind.CASH,
    PAYOUT: EntryKind.PAYOUT,
    PAYOUT_RETURNED: EntryKind.PAYOUT_RETURNED,
}
"""What entries are by their code; all others are shown as they are called."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as a merchant's two accounts see it; of a sale with list price, delivery and fee.

    What was frozen with the order only tells the parts apart: the sum is always the ledger's.
    """

    entry_id: UUID
    code: str
    reference: UUID
    number: str
    at: datetime
    payable_minor: int
    cash_minor: int
    goods_minor: int
    delivery_minor: int
    fee_minor: int


def payable(merchant_id: MerchantId, currency: str) -> AccountRef:
    """Return the account of what a merchant is owed."""
    return account(AccountKind.MERCHANT_PAYABLE, merchant_id, currency)


def cash(merchant_id: MerchantId, currency: str) -> AccountRef:
    """Return the account of the cash a merchant's tills hold for us."""
    return account(AccountKind.CASH_HELD, merchant_id, currency)


def stated(moved: Moved) -> StatedEntry:
    """Return an entry with its parts, which sum to what it moved; what a sale lacks of its list price is discount."""
    kind = KINDS.get(moved.code, EntryKind.OTHER)
    goods, discount, delivery, fee = moved.payable_minor, 0, 0, 0
    if kind is EntryKind.SALE:
        goods, delivery, fee = moved.goods_minor, moved.delivery_minor, -moved.fee_minor
        discount = moved.payable_minor - goods - delivery - fee
    elif kind is EntryKind.REFUND:
        fee = moved.fee_minor
        goods = moved.payable_minor - fee
    return StatedEntry(
        entry_id=moved.entry_id,
        kind=kind,
        code=moved.code,
        reference=moved.reference,
        number=moved.number,
        at=moved.at,
        goods_minor=goods,
        discount_minor=discount,
        delivery_minor=delivery,
        fee_minor=fee,
        cash_minor=moved.cash_minor,
        amount_minor=moved.payable_minor + moved.cash_minor,
    )


def sums(entries: Iterable[StatedEntry]) -> list[Sums]:
    """Return what the entries of each kind add up to."""
    by_kind: dict[EntryKind, list[StatedEntry]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry)
    return [
        Sums(
            kind=kind,
            entries=len(some),
            goods_minor=sum(one.goods_minor for one in some),
            discount_minor=sum(one.discount_minor for one in some),
            delivery_minor=sum(one.delivery_minor for one in some),
            fee_minor=sum(one.fee_minor for one in some),
            cash_minor=sum(one.cash_minor for one in some),
            amount_minor=sum(one.amount_minor for one in some),
        )
        for kind, some in by_kind.items()
    ]


_MAIN = {
    EntryKind.SALE: LineKind.SALES,
    EntryKind.REFUND: LineKind.REFUNDS,
    EntryKind.CASH: LineKind.OTHER,
    EntryKind.PAYOUT: LineKind.PAYOUTS,
    EntryKind.PAYOUT_RETURNED: LineKind.PAYOUTS_RETURNED,
    EntryKind.OTHER: LineKind.OTHER,
}


def lines(found: Sequence[Sums]) -> list[Line]:
    """Return the lines of a statement, in the order they are shown; they sum to what the entries moved."""
    totals: dict[LineKind, list[int]] = {}

    def add(kind: LineKind, amount: int, entries: int) -> None:
        if amount:
            total = totals.setdefault(kind, [0, 0])
            total[0] += amount
            total[1] += entries

    for one in found:
        add(_MAIN[one.kind], one.goods_minor, one.entries)
        add(LineKind.DISCOUNTS, one.discount_minor, one.entries)
        add(LineKind.DELIVERY, one.delivery_minor, one.entries)
        add(LineKind.FEES_RETURNED if one.kind is EntryKind.REFUND else LineKind.FEES, one.fee_minor, one.entries)
        add(LineKind.CASH, one.cash_minor, one.entries)
    return [
        Line(kind=kind, amount_minor=totals[kind][0], entries=totals[kind][1]) for kind in LineKind if kind in totals
    ]


def reserve(found: Sequence[Sums], reserve_bp: int) -> int:
    """Return what is kept back of a period's sales, after fees, until the next statement."""
    sold = sum(one.amount_minor for one in found if one.kind is EntryKind.SALE)
    return scale(max(sold, 0), reserve_bp)


def due(closing: int, reserve_minor: int, waiting: int) -> int:
    """Return what is paid out for a statement; a merchant that owes us pays nothing now, it is carried over."""
    return max(closing - reserve_minor - waiting, 0)


def next_ends(closed_until: date | None, days: int, first_on: date | None, today: date, *, carried: bool) -> list[date]:
    """Return the days on which the next period to close may have ended, the sooner one first; none when none has.

    `first_on` is the day of the first entry not stated yet: the period it is in comes next, those before it are empty.
    With something `carried`, the very next one may be due all the same (a reserve, say).
    """
    start = closed_until or first_on
    if start is None:
        return []
    soonest = start + timedelta(days=days)
    ends = [soonest] if carried else []
    if first_on is not None:
        ends.append(soonest + timedelta(days=days * max((first_on - start).days // days, 0)))
    return [end for end in dict.fromkeys(ends) if end <= today]


def payout_entry(mall_id: MallId, merchant_id: MerchantId, currency: str, payout_id: UUID, amount: int) -> Entry:
    """Return the entry of money promised to a merchant's bank: what it was owed is on its way."""
    on_way = account(AccountKind.PAYOUTS, mall_id, currency)
    return Entry(PAYOUT, payout_id, [Posting(payable(merchant_id, currency), -amount), Posting(on_way, amount)])


def paid_entry(mall_id: MallId, currency: str, payout_id: UUID, amount: int) -> Entry:
    """Return the entry of money that arrived: it left what the provider holds for us."""
    on_way = account(AccountKind.PAYOUTS, mall_id, currency)
    held = account(AccountKind.PROVIDER_CLEARING, mall_id, currency)
    return Entry(PAYOUT_PAID, payout_id, [Posting(on_way, -amount), Posting(held, amount)])


def bounced_entries(
    mall_id: MallId, merchant_id: MerchantId, currency: str, payout_id: UUID, amount: int, *, was_paid: bool
) -> list[Entry]:
    """Return the entries of money that came back: the merchant is owed it again, in its next statement."""
    on_way = account(AccountKind.PAYOUTS, mall_id, currency)
    held = account(AccountKind.PROVIDER_CLEARING, mall_id, currency)
    recalled = Entry(PAYOUT_RECALLED, payout_id, [Posting(held, -amount), Posting(on_way, amount)])
    returned = Entry(
        PAYOUT_RETURNED, payout_id, [Posting(on_way, -amount), Posting(payable(merchant_id, currency), amount)]
    )
    return [recalled, returned] if was_paid else [returned]

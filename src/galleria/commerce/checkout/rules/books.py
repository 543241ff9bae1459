"""What the ledger and points are told about an order."""

from collections.abc import Iterable
from uuid import UUID

from galleria.commerce import orders
from galleria.commerce.orders import PaidOrder, Tender, TenderKind
from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind, AccountRef, Entry, Posting
from galleria.kernel.ids import MallId
from galleria.value import payments, wallet
from galleria.value.payments import Intent
from galleria.value.points import SubOrderPaid


def paid_entry(order: PaidOrder) -> Entry | None:
    """Return the entry of a purchase paid: what paid for it, and what others bear, becomes what is owed to sellers.

    The only provider tender comes from what the provider holds; of several, and cash, each was taken in when it came.
    Stored value was taken in just now; what points are worth the mall funds. None when no money moves at all.
    """
    sides = [
        *((_source(order, one), -one.amount_minor) for one in order.tenders),
        *orders.settlement(order.mall_id, order.currency, orders.sold(order)),
    ]
    totals: dict[AccountRef, int] = {}
    for ref, amount in sides:
        totals[ref] = totals.get(ref, 0) + amount
    postings = [Posting(ref, amount) for ref, amount in totals.items() if amount]
    return Entry("orders.paid", order.id, postings) if postings else None


def _source(order: PaidOrder, tender: Tender) -> AccountRef:
    if tender.kind is TenderKind.POINTS:
        return ledger.account(AccountKind.POINTS_FUNDING, order.mall_id, order.currency)
    if tender.kind is TenderKind.PROVIDER and tender.id == order.id:
        return payments.clearing(order.mall_id, order.currency)
    return wallet.deposits(order.mall_id, order.currency)


def deposit_entry(mall_id: MallId, currency: str, tender: Tender) -> Entry:
    """Return the entry of a tender taken in while the order waits for others: from the provider, or into a till."""
    source = (
        payments.clearing(mall_id, currency)
        if tender.holder_id is None
        else ledger.account(AccountKind.CASH_HELD, tender.holder_id, currency)
    )
    kept = wallet.deposits(mall_id, currency)
    return Entry(
        "orders.deposit", tender.id, [Posting(source, -tender.amount_minor), Posting(kept, tender.amount_minor)]
    )


def deposit_back_entry(mall_id: MallId, currency: str, tender: Tender) -> Entry:
    """Return the entry that promises a deposit back, because the rest of the order was not paid."""
    kept, owed = wallet.deposits(mall_id, currency), payments.payable(mall_id, currency)
    return Entry(
        "orders.deposit_back", tender.id, [Posting(kept, -tender.amount_minor), Posting(owed, tender.amount_minor)]
    )


def awarded_for(order: PaidOrder) -> list[SubOrderPaid]:
    """Return what points are awarded for: what was really paid to each shop, and not with points."""
    parts = orders.tender_units_of(order)
    return [
        SubOrderPaid(
            part.id,
            part.shop_id,
            part.merchant_id,
            sum(orders.earning(parts[line.id, n]) for line in part.lines for n in range(line.quantity)),
            part.shop_zh,
            part.shop_en,
        )
        for part in order.sub_orders
    ]


def granted(order: PaidOrder) -> Iterable[tuple[UUID, int]]:
    """Return the coupons a paid order earns, by coupon, and how many of each."""
    total: dict[UUID, int] = {}
    for one in order.granted:
        total[one.coupon_id] = total.get(one.coupon_id, 0) + one.quantity
    return sorted(total.items())


def late_entries(intent: Intent) -> list[Entry]:
    """Return the entries of money that came for an order no longer waiting: taken in, and promised back at once."""
    late = ledger.account(AccountKind.LATE_PAYMENTS, intent.mall_id, intent.currency)
    clearing = payments.clearing(MallId(intent.mall_id), intent.currency)
    payable = payments.payable(MallId(intent.mall_id), intent.currency)
    amount = intent.amount_minor
    return [
        Entry("payments.late", intent.id, [Posting(clearing, -amount), Posting(late, amount)]),
        Entry("payments.late_refund", intent.id, [Posting(late, -amount), Posting(payable, amount)]),
    ]

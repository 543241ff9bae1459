"""What the ledger and points are told about an order."""

from collections.abc import Iterable
from uuid import UUID

from galleria.commerce import orders
from galleria.commerce.orders import PaidOrder
from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind, Entry, Posting
from galleria.kernel.ids import MallId
from galleria.value import payments
from galleria.value.payments import Intent
from galleria.value.points import SubOrderPaid


def paid_entry(order: PaidOrder) -> Entry | None:
    """Return the entry of a purchase paid: what was paid, and what others bear of it, becomes what merchants are owed.

    A merchant earns for each unit what was paid for it and what all the others bear of its discounts; its own share
    just lowers what it gets. None when no money moves at all.
    """
    clearing = payments.clearing(order.mall_id, order.currency)
    sides = [
        (clearing, -order.payable_minor),
        *orders.settlement(
            order.mall_id,
            order.currency,
            (
                (part.merchant_id, sum(line.unit_paid_minor), orders.funded_in_all(line.shares))
                for part in order.sub_orders
                for line in part.lines
            ),
        ),
    ]
    postings = [Posting(account, amount) for account, amount in sides if amount]
    return Entry("orders.paid", order.id, postings) if postings else None


def awarded_for(order: PaidOrder) -> list[SubOrderPaid]:
    """Return what points are awarded for: what was really paid to each shop."""
    return [
        SubOrderPaid(part.id, part.shop_id, part.merchant_id, part.payable_minor, part.shop_zh, part.shop_en)
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

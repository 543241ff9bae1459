"""Who bears what of a price, and what selling and giving back move in the books."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from galleria.commerce.orders.model import CashRefund, DeliveryOwner, PaidOrder, RecordedRefund, Share
from galleria.foundation.ledger import AccountKind, AccountRef, Entry, Posting, account
from galleria.kernel.ids import MallId, MerchantId
from galleria.value.promotions import FundedTotal, Funder


def mall_funded(shares: Sequence[Share], quantity: int) -> list[int]:
    """Return what the mall bears of each unit."""
    return [sum(share.units[unit] for share in shares if share.funder is Funder.MALL) for unit in range(quantity)]


def funded(shares: Iterable[tuple[Share, Iterable[int]]]) -> list[FundedTotal]:
    """Return what each party bears of the given units, those of nothing left out."""
    totals: dict[tuple[Funder, UUID | None], int] = {}
    for share, units in shares:
        key = (share.funder, share.funder_id)
        totals[key] = totals.get(key, 0) + sum(share.units[unit] for unit in units)
    found = sorted(totals.items(), key=lambda item: (item[0][0], str(item[0][1])))
    return [FundedTotal(funder=who, funder_id=whose, amount_minor=minor) for (who, whose), minor in found if minor]


def funded_in_all(shares: Sequence[Share]) -> list[FundedTotal]:
    """Return what each party bears of all units of a line."""
    return funded((share, range(len(share.units))) for share in shares)


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """Something sold: some units, or a delivery. Who earns it, what was paid for it and who bears its discounts.

    `merchant_id` None is the mall's own delivery. `fee_minor` is what the platform takes of it.
    """

    merchant_id: MerchantId | None
    paid_minor: int
    funded: Sequence[FundedTotal]
    fee_minor: int = 0


def settlement(mall_id: MallId, currency: str, sold: Iterable[Earned]) -> list[tuple[AccountRef, int]]:
    """Return what selling moves, account by account: above zero owed to someone, below zero borne by someone.

    A merchant earns what was paid and what all the others bear, less the platform's fee; a delivery of the mall's own
    is its income. All the accounts sum to what was paid. A refund of the same is the same with the signs turned.
    """
    totals: dict[AccountRef, int] = {}

    def move(ref: AccountRef, amount: int) -> None:
        totals[ref] = totals.get(ref, 0) + amount

    for one in sold:
        others = [part for part in one.funded if not _own(one, part)]
        earner = _earner(mall_id, currency, one)
        move(earner, one.paid_minor + sum(part.amount_minor for part in others) - one.fee_minor)
        if one.fee_minor:
            move(account(AccountKind.PLATFORM_FEES, mall_id, currency), one.fee_minor)
        for part in others:
            move(_bearer(mall_id, currency, part), -part.amount_minor)
    return [(ref, amount) for ref, amount in totals.items() if amount]


def _own(one: Earned, part: FundedTotal) -> bool:
    return one.merchant_id is not None and (part.funder, part.funder_id) == (Funder.MERCHANT, one.merchant_id)


def _earner(mall_id: MallId, currency: str, one: Earned) -> AccountRef:
    if one.merchant_id is None:
        return account(AccountKind.DELIVERY_INCOME, mall_id, currency)
    return account(AccountKind.MERCHANT_PAYABLE, one.merchant_id, currency)


def _bearer(mall_id: MallId, currency: str, share: FundedTotal) -> AccountRef:
    if share.funder is Funder.MALL or share.funder_id is None:
        return account(AccountKind.MALL_MARKETING, mall_id, currency)
    kind = AccountKind.SPONSOR_FUNDING if share.funder is Funder.SPONSOR else AccountKind.MERCHANT_PAYABLE
    return account(kind, share.funder_id, currency)


def sold(order: PaidOrder) -> list[Earned]:
    """Return everything that a paid order sold."""
    goods = [
        Earned(
            merchant_id=part.merchant_id,
            paid_minor=sum(line.unit_paid_minor),
            funded=funded_in_all(line.shares),
            fee_minor=sum(line.unit_fee_minor),
        )
        for part in order.sub_orders
        for line in part.lines
    ]
    deliveries = [
        Earned(
            merchant_id=part.merchant_id if part.delivery_owner is DeliveryOwner.MERCHANT else None,
            paid_minor=part.delivery_minor - part.delivery_discount_minor,
            funded=funded_in_all(part.delivery_shares),
        )
        for part in order.sub_orders
        if part.delivery_minor
    ]
    return [*goods, *deliveries]


def returned(refund: RecordedRefund) -> list[Earned]:
    """Return everything that a refund undoes."""
    goods = [
        Earned(merchant_id=ln.merchant_id, paid_minor=ln.amount_minor, funded=ln.funded, fee_minor=ln.fee_minor)
        for ln in refund.lines
    ]
    deliveries = [
        Earned(
            merchant_id=one.merchant_id if one.owner is DeliveryOwner.MERCHANT else None,
            paid_minor=one.amount_minor,
            funded=one.funded,
        )
        for one in refund.deliveries
    ]
    return [*goods, *deliveries]


def cash_entry(mall_id: MallId, refund: CashRefund) -> Entry:
    """Return the entry of cash paid out: what was promised is settled out of what the till held."""
    promised = account(AccountKind.REFUNDS_PAYABLE, mall_id, refund.currency)
    held = account(AccountKind.CASH_HELD, refund.merchant_id, refund.currency)
    postings = [Posting(promised, -refund.amount_minor), Posting(held, refund.amount_minor)]
    return Entry("orders.cash_refunded", refund.id, postings)

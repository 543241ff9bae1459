"""What goes back of orders: units, some of their price, and cash that tills owe."""

from collections.abc import Collection
from datetime import datetime

from galleria.commerce.orders import rules
from galleria.commerce.orders.model import CashRefund, OrderRow, OrderState, RecordedRefund
from galleria.commerce.orders.store import cash, moving, reading
from galleria.foundation import ledger, malls
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import (
    LineId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    RefundId,
    StaffId,
    SubOrderId,
    TenderId,
    new_id,
)
from galleria.platform.command import Event
from galleria.platform.tx import Tx


class CashPaid(Conflict):
    """This cash has been paid out already."""

    code = "cash_refund_paid"


async def record_refund(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    units: rules.Units | None,
    open_only: bool = False,
    with_delivery: bool = False,
    on_the_way: Collection[SubOrderId] = (),
    member_id: MemberId | None = None,
    now: datetime,
) -> RecordedRefund:
    """Mark units as given back and return, to the cent, what they had cost, to whom it goes and what remains.

    `units` maps a line to unit indexes or to a count; None means every unit left. `open_only` refuses (or, with None
    and counts, skips) units redeemed or handed over. The fee of a part goes back with its last unit while nothing of
    it is `on_the_way`, or at once `with_delivery`. With `member_id`, only that member's order is found. Locks the
    purchase and its sub-orders until the end of the transaction, so partial refunds come one after another. Raises
    NotFound, NotPaid, rules.UnitsNotRefundable.
    """
    row = await _lock_paid(tx, mall_id, order_id, member_id)
    plan = rules.plan_refund(
        row, units, open_only=open_only, with_delivery=with_delivery, on_the_way=frozenset(on_the_way)
    )
    moved = await moving.refund(tx, mall_id, order_id, plan.lines, plan.deliveries)
    if moved != len(plan.lines):
        raise rules.UnitsNotRefundable
    await moving.settle_states(tx, mall_id, order_id, now)
    return plan


async def record_reduction(
    tx: Tx, *, mall_id: MallId, order_id: OrderId, reductions: rules.Reductions
) -> RecordedRefund:
    """Note that some of the price of units goes back though they are kept, and return to whom it goes.

    Locks as `record_refund` does. Raises NotFound, NotPaid, rules.UnitsNotRefundable, rules.ReductionTooLarge.
    """
    row = await _lock_paid(tx, mall_id, order_id, None)
    plan = rules.plan_reduction(row, reductions)
    given = [
        {"line_id": ln.line_id, "sub_order_id": ln.sub_order_id, "amount_minor": ln.amount_minor}
        | {"units": [reductions.get((ln.line_id, unit), 0) for unit in range(_quantity(row, ln.line_id))]}
        for ln in plan.lines
    ]
    await moving.reduce(tx, mall_id, order_id, given)
    return plan


def _quantity(row: OrderRow, line_id: LineId) -> int:
    return next(line.quantity for line in row.lines if line.id == line_id)


async def _lock_paid(tx: Tx, mall_id: MallId, order_id: OrderId, member_id: MemberId | None) -> OrderRow:
    await moving.lock(tx, mall_id, order_id)
    row = await reading.find(tx, mall_id, order_id, member_id)
    if row is None:
        raise NotFound
    if row.state is not OrderState.PAID:
        raise rules.NotPaid
    return row


async def owe_cash(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    tender_id: TenderId,
    holder_id: MerchantId,
    amount_minor: int,
    currency: str,
    reason: str,
    now: datetime,
) -> RefundId:
    """Note that a till owes a shopper cash, which the caller has promised in the ledger (`refunds_payable`)."""
    refund_id = RefundId(new_id())
    await cash.add(
        tx,
        mall_id,
        refund_id,
        order_id,
        tender_id,
        holder_id,
        amount_minor=amount_minor,
        currency=currency,
        reason=reason,
        now=now,
    )
    tx.emit(Event("orders.cash_owed", order_id, {"amount_minor": amount_minor}, (f"mall:{mall_id}",)))
    return refund_id


async def pay_cash(tx: Tx, *, mall_id: MallId, refund_id: RefundId, staff_id: StaffId, now: datetime) -> CashRefund:
    """Note that a till has paid out the cash it owed, once: the promise is settled out of what it held.

    Raises NotFound, CashPaid.
    """
    paid = await cash.pay(tx, mall_id, refund_id, staff_id, now)
    if paid is None:
        if await cash.find(tx, mall_id, refund_id) is None:
            raise NotFound
        raise CashPaid
    entry = rules.cash_entry(mall_id, paid)
    group_id = await malls.group_of(tx, mall_id)
    await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=[entry], now=now)
    tx.subject = str(refund_id)
    topics = (f"mall:{mall_id}", f"member:{paid.member_id}")
    tx.emit(Event("orders.cash_refunded", paid.order_id, {"amount_minor": paid.amount_minor}, topics))
    return paid

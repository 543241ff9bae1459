"""What happens to orders."""

from collections.abc import Collection
from datetime import datetime, timedelta

import asyncpg

from galleria.commerce.orders import rules
from galleria.commerce.orders.model import (
    EndedOrder,
    EventRow,
    NewOrder,
    OrderRow,
    OrderState,
    PaidOrder,
    RecordedRefund,
)
from galleria.commerce.orders.store import moving, placing, reading
from galleria.kernel.errors import Conflict, NotFound, Unavailable
from galleria.kernel.ids import LineId, MallId, MemberId, MerchantId, OrderId, SubOrderId, TenderId
from galleria.platform.actors import Actor
from galleria.platform.command import Event
from galleria.platform.tx import Tx


PREPARED_WITHIN = timedelta(minutes=60)
"""So long after payment goods that nobody promised a time for are to be ready."""


class NotPreparing(Conflict):
    """This part of the order is not being prepared, so it cannot be made ready."""

    code = "order_not_preparing"


class NotFulfillable(Conflict):
    """These units were handed over, given back, or are not there."""

    code = "units_not_fulfillable"


async def place(tx: Tx, order: NewOrder) -> tuple[int, int, int]:
    """Write a purchase waiting for payment, its sub-orders, lines and applied offers, in one statement.

    Each line brings what every unit really costs, each delivery its fee; the sums follow from them, and the tenders
    sum to the whole. Returns goods, discount and payable in minor units. Raises Unavailable when the drawn number is taken: the same request may be sent again.
    """
    parts, lines = rules.split(order.lines, order.deliveries)
    applied = rules.applied_rows(order.applied, lines)
    goods = sum(part.goods_minor for part in parts)
    off = goods - sum(part.payable_minor for part in parts)
    fees = sum(one.delivery_minor - one.delivery_discount_minor for one in order.deliveries)
    payable = goods - off + fees
    if sum(tender.amount_minor for tender in order.tenders) != payable:
        raise ValueError("the tenders are not what the order costs")
    try:
        await placing.insert(tx, order, (goods, off, payable), parts, lines, applied)
    except asyncpg.UniqueViolationError as error:
        raise Unavailable from error
    tx.emit(
        Event(
            "orders.placed",
            order.id,
            {"number": order.number, "payable_minor": payable},
            (f"mall:{order.mall_id}", f"member:{order.member_id}"),
        )
    )
    return goods, off, payable


async def mark_paid(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> PaidOrder | None:
    """Move a purchase from waiting to paid, once, and return everything the next steps need.

    None when it is not waiting (any more): paid by another payment, cancelled, expired or unknown.
    """
    order = await placing.mark_paid(tx, mall_id, order_id, now, now + PREPARED_WITHIN)
    if order is None:
        return None
    data: dict[str, str | int | None] = {"number": order.number, "payable_minor": order.payable_minor}
    topics = (f"mall:{mall_id}", f"member:{order.member_id}", *(f"shop:{part.shop_id}" for part in order.sub_orders))
    tx.emit(Event("orders.paid", order.id, data, topics))
    return order


async def collect(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    tender_id: TenderId,
    now: datetime,
    holder_id: MerchantId | None = None,
) -> placing.Collecting | None:
    """Note that one of several provider tenders of a waiting order is in, once; `holder_id` is whose till took cash.

    Locks the purchase, so that of two last ones one sees the order complete. None when the order does not wait, has
    no such tender, or has it already.
    """
    found = await placing.collect(tx, mall_id, order_id, tender_id, holder_id)
    if found is not None:
        event = EventRow(
            what="collected", sub_order_id=None, actor_kind=tx.actor.kind.value, actor_id=tx.actor.id, note="", at=now
        )
        await moving.add_event(tx, mall_id, order_id, None, event)
    return found


async def record(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    what: str,
    actor: Actor,
    now: datetime,
    sub_order_id: SubOrderId | None = None,
    note: str = "",
) -> None:
    """Keep that something happened to an order, or to a part of it, by whom; its timeline tells it.

    Placing, collecting, paying, ending, getting ready and handing over record themselves.
    """
    event = EventRow(
        what=what, sub_order_id=sub_order_id, actor_kind=actor.kind.value, actor_id=actor.id, note=note, at=now
    )
    await moving.add_event(tx, mall_id, order_id, sub_order_id, event)


async def cancel(
    tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime, member_id: MemberId | None = None
) -> EndedOrder | None:
    """Move a purchase from waiting to cancelled; None when it is not waiting, or not that member's."""
    return await _end(tx, mall_id, order_id, OrderState.CANCELLED, now, member_id)


async def expire(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> EndedOrder | None:
    """Move a purchase past its time from waiting to expired; None when it is not waiting or not past its time."""
    return await _end(tx, mall_id, order_id, OrderState.EXPIRED, now, None)


async def _end(
    tx: Tx, mall_id: MallId, order_id: OrderId, state: OrderState, now: datetime, member_id: MemberId | None
) -> EndedOrder | None:
    ended = await placing.end(tx, mall_id, order_id, state, now, member_id)
    if ended is not None:
        topics = (f"mall:{mall_id}", f"member:{ended.member_id}")
        tx.emit(Event(f"orders.{state.value}", order_id, {"number": ended.number}, topics))
    return ended


async def mark_ready(tx: Tx, *, mall_id: MallId, sub_order_id: SubOrderId, now: datetime) -> OrderId:
    """Tell that the goods of a sub-order wait to be collected; returns its order. Raises NotPreparing."""
    moved = await moving.mark_ready(tx, mall_id, sub_order_id, now)
    if moved is None:
        raise NotPreparing
    topics = (f"member:{moved.member_id}", f"shop:{moved.shop_id}", f"mall:{mall_id}")
    tx.emit(Event("orders.ready", sub_order_id, {"order_id": str(moved.order_id), "number": moved.number}, topics))
    return moved.order_id


async def mark_fulfilled(
    tx: Tx,
    *,
    mall_id: MallId,
    sub_order_id: SubOrderId,
    line_id: LineId | None = None,
    unit: int | None = None,
    now: datetime,
) -> None:
    """Mark one unit (`line_id` and `unit`) as redeemed, or, without them, all goods of a sub-order as handed over.

    The sub-order is fulfilled once every unit is fulfilled or given back. Raises NotFound, NotPaid, NotFulfillable.
    """
    order_id = await _lock(tx, mall_id, sub_order_id)
    done = (
        await moving.fulfil_goods(tx, mall_id, sub_order_id)
        if line_id is None or unit is None
        else await moving.fulfil_unit(tx, mall_id, line_id, unit)
    )
    if not done:
        raise NotFulfillable
    await moving.settle_states(tx, mall_id, order_id, now)


async def undo_fulfilled(
    tx: Tx,
    *,
    mall_id: MallId,
    sub_order_id: SubOrderId,
    line_id: LineId | None = None,
    unit: int | None = None,
    now: datetime,
) -> None:
    """Take back `mark_fulfilled` with the same arguments. Raises NotFound, NotPaid, NotFulfillable."""
    order_id = await _lock(tx, mall_id, sub_order_id)
    done = (
        await moving.unfulfil_goods(tx, mall_id, sub_order_id)
        if line_id is None or unit is None
        else await moving.unfulfil_unit(tx, mall_id, line_id, unit)
    )
    if not done:
        raise NotFulfillable
    await moving.settle_states(tx, mall_id, order_id, now)


async def _lock(tx: Tx, mall_id: MallId, sub_order_id: SubOrderId) -> OrderId:
    found = await moving.lock_sub_order(tx, mall_id, sub_order_id)
    if found is None:
        raise NotFound
    if found.state.value in {"pending", "cancelled"}:
        raise rules.NotPaid
    return found.order_id


async def lock_order(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> None:
    """Keep an order as it is until the transaction ends, so that what is read of it next stays true."""
    await moving.lock(tx, mall_id, order_id)


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

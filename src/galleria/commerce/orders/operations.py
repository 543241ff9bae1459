"""What happens to orders."""

from datetime import datetime

import asyncpg

from galleria.commerce.orders import rules, store
from galleria.commerce.orders.model import EndedOrder, NewOrder, OrderState, PaidOrder, RecordedRefund
from galleria.kernel.errors import Conflict, NotFound, Unavailable
from galleria.kernel.ids import LineId, MallId, MemberId, OrderId, SubOrderId
from galleria.platform.command import Event
from galleria.platform.tx import Tx


class NotPreparing(Conflict):
    """This part of the order is not being prepared, so it cannot be made ready."""

    code = "order_not_preparing"


class NotFulfillable(Conflict):
    """These units were handed over, given back, or are not there."""

    code = "units_not_fulfillable"


async def place(tx: Tx, order: NewOrder) -> tuple[int, int, int]:
    """Write a purchase waiting for payment, its sub-orders, lines and applied offers, in one statement.

    Each line brings what every unit really costs; the sums follow from them. Returns goods, discount and payable in
    minor units. Raises Unavailable when the drawn number is taken: the same request may be sent again.
    """
    parts, lines = rules.split(order.lines)
    applied = rules.applied_rows(order.applied, lines)
    goods = sum(part.goods_minor for part in parts)
    payable = sum(part.payable_minor for part in parts)
    try:
        await store.insert(tx, order, (goods, goods - payable, payable), parts, lines, applied)
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
    return goods, goods - payable, payable


async def mark_paid(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> PaidOrder | None:
    """Move a purchase from waiting to paid, once, and return everything the next steps need.

    None when it is not waiting (any more): paid by another payment, cancelled, expired or unknown.
    """
    order = await store.mark_paid(tx, mall_id, order_id, now)
    if order is None:
        return None
    data: dict[str, str | int | None] = {"number": order.number, "payable_minor": order.payable_minor}
    topics = (f"mall:{mall_id}", f"member:{order.member_id}", *(f"shop:{part.shop_id}" for part in order.sub_orders))
    tx.emit(Event("orders.paid", order.id, data, topics))
    return order


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
    ended = await store.end(tx, mall_id, order_id, state, now, member_id)
    if ended is not None:
        topics = (f"mall:{mall_id}", f"member:{ended.member_id}")
        tx.emit(Event(f"orders.{state.value}", order_id, {"number": ended.number}, topics))
    return ended


async def mark_ready(tx: Tx, *, mall_id: MallId, sub_order_id: SubOrderId, now: datetime) -> OrderId:
    """Tell that the goods of a sub-order wait to be collected; returns its order. Raises NotPreparing."""
    moved = await store.mark_ready(tx, mall_id, sub_order_id, now)
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
        await store.fulfil_goods(tx, mall_id, sub_order_id)
        if line_id is None or unit is None
        else await store.fulfil_unit(tx, mall_id, line_id, unit)
    )
    if not done:
        raise NotFulfillable
    await store.settle_states(tx, mall_id, order_id, now)


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
        await store.unfulfil_goods(tx, mall_id, sub_order_id)
        if line_id is None or unit is None
        else await store.unfulfil_unit(tx, mall_id, line_id, unit)
    )
    if not done:
        raise NotFulfillable
    await store.settle_states(tx, mall_id, order_id, now)


async def _lock(tx: Tx, mall_id: MallId, sub_order_id: SubOrderId) -> OrderId:
    found = await store.lock_sub_order(tx, mall_id, sub_order_id)
    if found is None:
        raise NotFound
    if found.state.value in {"pending", "cancelled"}:
        raise rules.NotPaid
    return found.order_id


async def lock_order(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> None:
    """Keep an order as it is until the transaction ends, so that what is read of it next stays true."""
    await store.lock(tx, mall_id, order_id)


async def record_refund(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    units: rules.Units | None,
    open_only: bool = False,
    member_id: MemberId | None = None,
    now: datetime,
) -> RecordedRefund:
    """Mark units as given back and return, to the cent, what they had cost and what remains.

    `units` maps a line to unit indexes or to a count; None means every unit left. `open_only` refuses (or, with None
    and counts, skips) units redeemed or handed over. With `member_id`, only that member's order is found. Locks the
    purchase and its sub-orders until the end of the transaction, so partial refunds come one after another. Raises
    NotFound, NotPaid, rules.UnitsNotRefundable.
    """
    await store.lock(tx, mall_id, order_id)
    row = await store.find(tx, mall_id, order_id, member_id)
    if row is None:
        raise NotFound
    if row.state is not OrderState.PAID:
        raise rules.NotPaid
    plan = rules.plan_refund(row, units, open_only=open_only)
    moved = await store.refund(tx, mall_id, order_id, plan.lines)
    if moved != len(plan.lines):
        raise rules.UnitsNotRefundable
    await store.settle_states(tx, mall_id, order_id, now)
    return plan

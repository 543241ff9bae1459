"""Orders from placement to payment, or to their end before it."""

from datetime import datetime, timedelta

import asyncpg

from galleria.commerce.orders import rules
from galleria.commerce.orders.model import EndedOrder, EventRow, NewOrder, OrderState, PaidOrder
from galleria.commerce.orders.store import moving, placing
from galleria.kernel.errors import Unavailable
from galleria.kernel.ids import MallId, MemberId, MerchantId, OrderId, TenderId
from galleria.platform.command import Event
from galleria.platform.tx import Tx

PREPARED_WITHIN = timedelta(minutes=60)
"""So long after payment goods that nobody promised a time for are to be ready."""


async def place(tx: Tx, order: NewOrder) -> tuple[int, int, int]:
    """Write a purchase waiting for payment, its sub-orders, lines and applied offers, in one statement.

    Each line brings what every unit really costs, each delivery its fee; the sums follow from them, and the tenders
    sum to the whole. Returns goods, discount and payable in minor units. Raises Unavailable when the drawn number is
    taken: the same request may be sent again.
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

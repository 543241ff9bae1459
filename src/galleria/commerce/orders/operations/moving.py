"""Paid orders on their way: ready, handed over, taken back, and whatever else is to be remembered."""

from datetime import datetime

from galleria.commerce.orders import rules
from galleria.commerce.orders.model import EventRow
from galleria.commerce.orders.store import moving
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import LineId, MallId, OrderId, SubOrderId
from galleria.platform.actors import Actor
from galleria.platform.command import Event
from galleria.platform.tx import Tx


class NotPreparing(Conflict):
    """This part of the order is not being prepared, so it cannot be made ready."""

    code = "order_not_preparing"


class NotFulfillable(Conflict):
    """These units were handed over, given back, or are not there."""

    code = "units_not_fulfillable"


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

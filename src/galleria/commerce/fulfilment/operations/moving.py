"""One step of a shipment: locked, allowed, kept, told, and everything it held given back at its end."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.commerce import orders
from galleria.commerce.fulfilment.model import (
    ENDED,
    Loss,
    LossReason,
    LostUnits,
    ShipmentRow,
    ShipmentState,
)
from galleria.commerce.fulfilment.rules import shipments as rules
from galleria.commerce.fulfilment.store import booking, losses
from galleria.commerce.fulfilment.store import shipments as store
from galleria.commerce.fulfilment.store.shipments import Change
from galleria.commerce.orders import Way
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShipmentId, new_id
from galleria.platform.actors import Actor
from galleria.platform.command import Event
from galleria.platform.tx import Tx

REFUNDED = "refunded"
"""Why a shipment turns back, or goes nowhere, whose units were all refunded."""
CARRIER_FAILED = "carrier_failed"
"""Why a packed shipment still stands in the shop: nobody came to fetch it."""


async def locked(tx: Tx, mall_id: MallId, shipment_id: ShipmentId) -> ShipmentRow:
    """Lock a shipment's order and then the shipment, and return it; raises NotFound."""
    found = await store.find(tx, mall_id, shipment_id)
    if found is None:
        raise NotFound
    await orders.lock_order(tx, mall_id=mall_id, order_id=found.order_id)
    row = await store.lock(tx, mall_id, shipment_id)
    if row is None:
        raise NotFound
    tx.subject = str(shipment_id)
    return row


async def step(
    tx: Tx,
    row: ShipmentRow,
    state: ShipmentState,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    change: Change | None = None,
) -> ShipmentRow:
    """Move a locked shipment, keep the move and tell it; at its end its room (and unused slot) is free again.

    Raises ShipmentMoved when it cannot be there next.
    """
    rules.require_next(row, state)
    wanted = change or Change()
    if state in ENDED:
        wanted = msgspec.structs.replace(wanted, ended_at=now)
    leaves = row.holds_room and (
        state in ENDED or (row.state is ShipmentState.AT_POINT and state is ShipmentState.HANDED)
    )
    if leaves:
        wanted = msgspec.structs.replace(wanted, holds_room=False)
    await store.move(tx, row, state, wanted, actor=actor, note=note, now=now)
    if leaves and row.point_id is not None:
        await booking.free_room(tx, row.mall_id, {(row.point_id, row.storage): 1})
    if state is ShipmentState.CANCELLED:
        await _free_slot(tx, row)
    await orders.record(
        tx,
        mall_id=row.mall_id,
        order_id=row.order_id,
        sub_order_id=row.sub_order_id,
        what=f"shipment_{state.value}",
        actor=actor,
        note=note,
        now=now,
    )
    tx.emit(rules.moved(row, state))
    return await fresh(tx, row)


async def fresh(tx: Tx, row: ShipmentRow) -> ShipmentRow:
    """Return a shipment as it is now."""
    found = await store.find(tx, row.mall_id, row.id)
    if found is None:
        raise NotFound
    return found


async def _free_slot(tx: Tx, row: ShipmentRow) -> None:
    """Give back the slot of a cancelled shipment when nothing else of the order goes in it."""
    if row.slot_id is not None and await store.live_on_slot(tx, row) == 0:
        await booking.free_slots(tx, row.mall_id, [row.slot_id])


async def hand_over(tx: Tx, row: ShipmentRow, now: datetime) -> None:
    """Mark the shipment's units still open as handed over in the order; call with order and shipment locked."""
    view = await orders.get_order(tx, mall_id=row.mall_id, order_id=row.order_id)
    left = rules.open_units(view)
    for line in rules.trimmed(row.lines, left):
        for unit in line.units:
            await orders.mark_fulfilled(
                tx, mall_id=row.mall_id, sub_order_id=row.sub_order_id, line_id=line.line_id, unit=unit, now=now
            )


async def make_ready(tx: Tx, row: ShipmentRow, now: datetime) -> None:
    """Tell that a part of the order is ready, once nothing of it is still being prepared.

    Goods for a point are ready when they are there, all others when they are packed.
    """
    before = {ShipmentState.PLANNED, ShipmentState.PICKING}
    if row.way is Way.POINT:
        before |= {ShipmentState.PACKED, ShipmentState.HANDED, ShipmentState.ON_THE_WAY, ShipmentState.FAILED}
    others = await store.of_order(tx, row.mall_id, row.order_id)
    mine = [one for one in others if one.sub_order_id == row.sub_order_id]
    if any(one.state in before for one in mine):
        return
    try:
        await orders.mark_ready(tx, mall_id=row.mall_id, sub_order_id=row.sub_order_id, now=now)
    except orders.NotPreparing:
        return


async def lose(
    tx: Tx, row: ShipmentRow, reason: LossReason, lost: Sequence[LostUnits], *, restock: bool, now: datetime
) -> None:
    """Write down units that do not reach the shopper, and tell whoever refunds them."""
    lines = [one for one in lost if one.units]
    if not lines:
        return
    loss = Loss(
        mall_id=row.mall_id,
        id=new_id(),
        order_id=row.order_id,
        sub_order_id=row.sub_order_id,
        shipment_id=row.id,
        reason=reason,
        restock=restock,
        lines=lines,
        created_at=now,
        refund_id=None,
        settled_at=None,
    )
    await losses.add(tx, loss)
    data: dict[str, str | int | None] = {
        "mall_id": str(row.mall_id),
        "loss_id": str(loss.id),
        "order_id": str(row.order_id),
        "shipment_id": str(row.id),
        "reason": reason.value,
        "units": sum(len(one.units) for one in lines),
    }
    topics = (f"mall:{row.mall_id}", f"member:{row.member_id}", f"shop:{row.shop_id}")
    tx.emit(Event("fulfilment.lost", loss.id, data, topics))


def everything(row: ShipmentRow) -> list[LostUnits]:
    """Return all units of a shipment."""
    return [LostUnits(line.line_id, line.units) for line in row.lines]

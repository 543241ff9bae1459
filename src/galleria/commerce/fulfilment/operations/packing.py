"""In the shop: picking, packing, parting a shipment, and what is no longer wanted."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.commerce import orders
from galleria.commerce.fulfilment.model import (
    ENDED,
    IN_HOUSE,
    LossReason,
    PackRequest,
    Picked,
    PickedNotAll,
    ShipmentMoved,
    ShipmentRow,
    ShipmentState,
    SplitRequest,
)
from galleria.commerce.fulfilment.operations.calling import call_off
from galleria.commerce.fulfilment.operations.dispatching import ask
from galleria.commerce.fulfilment.operations.moving import REFUNDED, fresh, locked, lose, make_ready, step
from galleria.commerce.fulfilment.operations.starting import new_code
from galleria.commerce.fulfilment.rules import shipments as rules
from galleria.commerce.fulfilment.store import shipments as store
from galleria.commerce.fulfilment.store.shipments import Change
from galleria.kernel.ids import MallId, OrderId, ShipmentId, new_id
from galleria.platform.actors import SYSTEM, Actor
from galleria.platform.tx import Tx

_S = ShipmentState


async def pick(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, lines: Sequence[Picked], actor: Actor, now: datetime
) -> ShipmentRow:
    """Begin or go on picking: keep how much of each line is picked. Raises NotFound, ShipmentMoved, Invalid."""
    row = await locked(tx, mall_id, shipment_id)
    if row.state is _S.PLANNED:
        row = await step(tx, row, _S.PICKING, actor=actor, now=now)
    if row.state is not _S.PICKING:
        raise ShipmentMoved(state=row.state.value, number=row.number)
    if lines:
        await store.save_lines(tx, row, rules.picked(row.lines, lines))
    return await fresh(tx, row)


async def pack(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, request: PackRequest, actor: Actor, now: datetime
) -> ShipmentRow:
    """Close the box: what was picked waits on a shelf, what is missing is refunded when `short` says so.

    Units refunded meanwhile are left out; with nothing left the shipment is cancelled. Raises NotFound, ShipmentMoved,
    Invalid, PickedNotAll.
    """
    row = await _without_refunded(tx, await locked(tx, mall_id, shipment_id))
    rules.require_next(row, _S.PACKED)
    lines = rules.picked(row.lines, request.lines)
    missing = rules.missing(lines)
    if missing and not request.short:
        raise PickedNotAll(missing=sum(len(one.units) for one in missing))
    kept = rules.without(lines, missing)
    await lose(tx, row, LossReason.SHORT, missing, restock=False, now=now)
    if not any(line.units for line in kept):
        return await step(tx, row, _S.CANCELLED, actor=actor, now=now, note=LossReason.SHORT.value)
    await store.save_lines(tx, row, kept)
    row = await step(
        tx, row, _S.PACKED, actor=actor, now=now, note=request.shelf, change=Change(shelf=request.shelf, packed_at=now)
    )
    await make_ready(tx, row, now)
    await ask(tx, row, now)
    return await fresh(tx, row)


async def _without_refunded(tx: Tx, row: ShipmentRow) -> ShipmentRow:
    """Return a shipment without units that were given back meanwhile."""
    view = await orders.get_order(tx, mall_id=row.mall_id, order_id=row.order_id)
    return msgspec.structs.replace(row, lines=rules.trimmed(row.lines, rules.open_units(view)))


async def split(
    tx: Tx, *, mall_id: MallId, shipment_id: ShipmentId, request: SplitRequest, actor: Actor, now: datetime
) -> ShipmentRow:
    """Let a part go later as a shipment of its own, under the same promise; returns what goes now.

    Raises NotFound, ShipmentMoved, Invalid.
    """
    row = await locked(tx, mall_id, shipment_id)
    if row.state not in {_S.PLANNED, _S.PICKING}:
        raise ShipmentMoved(state=row.state.value, number=row.number)
    stay, later = rules.parted(row.lines, request.lines)
    siblings = await store.of_order(tx, mall_id, row.order_id)
    made = msgspec.structs.replace(
        row,
        id=ShipmentId(new_id()),
        number=f"{row.order_number}-{len(siblings) + 1}",
        state=_S.PLANNED,
        holds_room=False,
        code=new_code(),
        fee_minor=0,
        created_at=now,
        parent_id=row.id,
        lines=later,
    )
    await store.save_lines(tx, row, stay)
    await store.insert(tx, mall_id, [made], actor)
    await store.note(tx, row, "split", actor=actor, note=made.number, now=now)
    tx.emit(rules.moved(row, row.state))
    tx.emit(rules.moved(made, made.state))
    return await fresh(tx, row)


async def follow_refund(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> int:
    """Take refunded units out of an order's shipments; returns how many shipments ended or turn back.

    A shipment in the shop with nothing left is cancelled; one under way with nothing left turns back. Doing it again
    changes nothing.
    """
    await orders.lock_order(tx, mall_id=mall_id, order_id=order_id)
    left = rules.open_units(await orders.get_order(tx, mall_id=mall_id, order_id=order_id))
    turned = 0
    for row in await store.lock_order(tx, mall_id, order_id):
        turned += await _follow(tx, row, left, now)
    return turned


async def _follow(tx: Tx, row: ShipmentRow, left: rules.Left, now: datetime) -> int:
    lines = rules.trimmed(row.lines, left)
    if row.state in ENDED or row.state is _S.RETURNING or lines == row.lines:
        return 0
    if any(line.units for line in lines):
        await store.save_lines(tx, row, lines)
        return 0
    after = _S.CANCELLED if row.state in IN_HOUSE else _S.RETURNING
    await call_off(tx, row, reason=REFUNDED, now=now)
    await step(tx, row, after, actor=SYSTEM, now=now, note=REFUNDED, change=Change(reason=REFUNDED))
    return 1

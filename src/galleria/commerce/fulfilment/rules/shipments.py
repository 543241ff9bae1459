"""Where a shipment may go next, how late it is, and what others hear of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from galleria.commerce.fulfilment.model import (
    ENDED,
    IN_HOUSE,
    TRANSITIONS,
    LostUnits,
    Picked,
    ShipmentLine,
    ShipmentMoved,
    ShipmentRow,
    ShipmentState,
    SplitLine,
    Standing,
)
from galleria.commerce.orders import OrderView, UnitState, Way
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import LineId, SubOrderId
from galleria.platform.command import Event

_S = ShipmentState
BY_HAND = frozenset(
    {_S.ON_THE_WAY, _S.DELIVERED, _S.FAILED, _S.RETURNING, _S.RETURNED, _S.DESTROYED, _S.LOST, _S.PACKED}
)
"""Where people who carry move a shipment by saying so; the rest has its own scan."""
Left = Mapping[LineId, Collection[int]]
"""Units of an order neither handed over nor given back, by line."""


def require_next(row: ShipmentRow, state: ShipmentState) -> None:
    """Raise ShipmentMoved unless a shipment may be in this state next."""
    if state not in TRANSITIONS[row.state]:
        raise ShipmentMoved(state=row.state.value, number=row.number)


def late_minutes(promised_to: datetime, at: datetime) -> int:
    """Return whole minutes after the promised time, begun ones counted; 0 when it was kept."""
    return max(0, -int((promised_to - at).total_seconds() // 60))


def is_late(row: ShipmentRow, now: datetime) -> bool:
    """Return whether the next promised time has passed: of preparing in the shop, of arriving on the way."""
    if row.state in ENDED or row.arrived_at is not None:
        return (row.late_minutes or 0) > 0
    return now > (row.prepare_by if row.state in {_S.PLANNED, _S.PICKING} else row.promised_to)


def moved(row: ShipmentRow, state: ShipmentState) -> Event:
    """Return what live screens and subscribers hear of a shipment that is in a state now."""
    data: dict[str, str | int | None] = {
        "shipment_id": str(row.id),
        "order_id": str(row.order_id),
        "sub_order_id": str(row.sub_order_id),
        "number": row.number,
        "way": row.way.value,
        "state": state.value,
    }
    shops = sorted({row.shop_id, row.filling_shop_id})
    topics = (f"mall:{row.mall_id}", f"member:{row.member_id}", *(f"shop:{shop_id}" for shop_id in shops))
    return Event("fulfilment.moved", row.id, data, topics)


def standing(rows: Sequence[ShipmentRow]) -> list[Standing]:
    """Return how far the parts of an order are."""
    parts: dict[SubOrderId, list[ShipmentState]] = {}
    for row in rows:
        parts.setdefault(row.sub_order_id, []).append(row.state)
    home = IN_HOUSE | {_S.CANCELLED}
    return [Standing(part, not home.issuperset(states), ENDED.issuperset(states)) for part, states in parts.items()]


def open_units(order: OrderView) -> Left:
    """Return the units of an order neither handed over nor given back."""
    return {
        line.id: {n for n, unit in enumerate(line.units) if unit.state is UnitState.OPEN}
        for part in order.sub_orders
        for line in part.lines
    }


def trimmed(lines: Sequence[ShipmentLine], left: Left) -> list[ShipmentLine]:
    """Return lines without the units that are not open any more; lines with none left stay, empty."""
    return [_with(line, [unit for unit in line.units if unit in left.get(line.line_id, ())]) for line in lines]


def _with(line: ShipmentLine, units: list[int]) -> ShipmentLine:
    return msgspec.structs.replace(line, units=units, picked=min(line.picked, len(units)))


def picked(lines: Sequence[ShipmentLine], told: Sequence[Picked]) -> list[ShipmentLine]:
    """Return lines with what was picked of them; raises Invalid for no such line, or more than its units."""
    by_id, found = {line.line_id: line for line in lines}, {one.line_id: one.picked for one in told}
    for n, one in enumerate(told):
        line = by_id.get(one.line_id)
        if line is None or one.picked > len(line.units):
            raise Invalid.field(f"lines[{n}].picked", "picked_of_line")
    return [msgspec.structs.replace(line, picked=found.get(line.line_id, line.picked)) for line in lines]


def missing(lines: Sequence[ShipmentLine]) -> list[LostUnits]:
    """Return the units that were not picked: the last ones of each line."""
    return [LostUnits(line.line_id, line.units[line.picked :]) for line in lines if line.picked < len(line.units)]


def without(lines: Sequence[ShipmentLine], lost: Sequence[LostUnits]) -> list[ShipmentLine]:
    """Return lines without some units."""
    gone = {one.line_id: set(one.units) for one in lost}
    return [_with(line, [unit for unit in line.units if unit not in gone.get(line.line_id, ())]) for line in lines]


def parted(lines: Sequence[ShipmentLine], wanted: Sequence[SplitLine]) -> tuple[list[ShipmentLine], list[ShipmentLine]]:
    """Return what stays and what goes later; raises Invalid unless both are something and no line has too few."""
    counts = {one.line_id: one.count for one in wanted}
    known = {line.line_id: len(line.units) for line in lines}
    for n, one in enumerate(wanted):
        if one.count > known.get(one.line_id, 0):
            raise Invalid.field(f"lines[{n}].count", "split_of_line")
    stay = [_with(line, line.units[: len(line.units) - counts.get(line.line_id, 0)]) for line in lines]
    later = [
        msgspec.structs.replace(line, units=line.units[len(line.units) - counts[line.line_id] :], picked=0)
        for line in lines
        if line.line_id in counts
    ]
    if not any(line.units for line in stay):
        raise Invalid.field("lines", "split_leaves_some")
    return [line for line in stay if line.units], later


def next_by_hand(row: ShipmentRow) -> set[ShipmentState]:
    """Return where people who carry may say a shipment is next."""
    found = TRANSITIONS[row.state] & BY_HAND
    if row.state in ENDED | {_S.PACKED, _S.AT_POINT, _S.PLANNED, _S.PICKING}:
        found -= {_S.DELIVERED, _S.PACKED}
    if row.way is Way.COLLECT or (row.way is Way.POINT and row.address is None):
        found -= {_S.DELIVERED}
    return set(found)


def needs_code(row: ShipmentRow) -> bool:
    """Return whether the shopper has to say a code to get it: at a point, or at the door."""
    return row.state not in ENDED and (row.way in {Way.POINT, Way.DELIVERY} or row.address is not None)

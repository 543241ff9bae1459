"""From a paid order to the shipments that bring its goods."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from galleria.commerce import orders
from galleria.commerce.fulfilment.model import (
    ShipmentLine,
    ShipmentRow,
    ShipmentState,
    Storage,
)
from galleria.commerce.fulfilment.rules.shipments import moved
from galleria.commerce.fulfilment.store import booking as bookings
from galleria.commerce.fulfilment.store import settings
from galleria.commerce.fulfilment.store import shipments as store
from galleria.commerce.fulfilment.store.booking import Booking
from galleria.commerce.orders import LineView, OrderView, PaidOrder, SubOrderView, UnitState, Way
from galleria.kernel.ids import MallId, OrderId, ProductId, ShipmentId, new_id
from galleria.platform.tx import Tx

PHYSICAL = "physical"
SENT = frozenset({Way.POINT, Way.DELIVERY, Way.EXPRESS})


async def start(tx: Tx, *, order: PaidOrder, now: datetime) -> list[ShipmentId]:
    """Make shipments of what a paid order has booked, once; returns their ids, none the second time.

    One shipment a shop, or one a class of storage where the goods wait at a point; the promise is the one that was
    shown. Call it in the transaction that completes the order.
    Goods that are taken along, or collected at any time, cost no statement.
    """
    if not any(part.way in SENT or part.promised_from is not None for part in order.sub_orders):
        return []
    return await make(tx, mall_id=order.mall_id, order_id=order.id, now=now)


async def make(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> list[ShipmentId]:
    """Make shipments of what an order has booked, once; see `start`."""
    booked = await bookings.end(tx, mall_id, order_id, "started")
    if not booked:
        return []
    view = await orders.get_order(tx, mall_id=mall_id, order_id=order_id)
    products = [line.product_id for part in view.sub_orders for line in part.lines]
    kept = {one.product_id: one.storage for one in await settings.storages(tx, mall_id, products)}
    rows = [
        row for one in sorted(booked, key=lambda one: one.shop_id) for row in _shipments(mall_id, view, one, kept, now)
    ]
    rows = [_numbered(row, position) for position, row in enumerate(rows, 1)]
    await store.insert(tx, mall_id, rows, tx.actor)
    for row in rows:
        tx.emit(moved(row, row.state))
    return [row.id for row in rows]


def _shipments(
    mall_id: MallId, view: OrderView, booked: Booking, kept: Mapping[ProductId, Storage], now: datetime
) -> list[ShipmentRow]:
    part = next((one for one in view.sub_orders if one.shop_id == booked.shop_id), None)
    goods = [] if part is None else [line for line in part.lines if line.kind == PHYSICAL]
    if part is None or not goods:
        return []
    groups: dict[Storage, list[LineView]] = {}
    for line in goods:
        groups.setdefault(_class(kept.get(line.product_id, Storage.AMBIENT), booked), []).append(line)
    if booked.point_id is None:
        groups = {max(groups, key=list(Storage).index): goods}
    return [
        _shipment(mall_id, view, part, booked, storage, lines, now)
        for storage, lines in sorted(groups.items(), key=lambda item: list(Storage).index(item[0]))
    ]


def _class(storage: Storage, booked: Booking) -> Storage:
    """Return the class goods go in: their own, or the most demanding booked when that was not booked."""
    return storage if storage in booked.storages else Storage(max(booked.storages, key=list(Storage).index))


def _shipment(
    mall_id: MallId,
    view: OrderView,
    part: SubOrderView,
    booked: Booking,
    storage: Storage,
    lines: Sequence[LineView],
    now: datetime,
) -> ShipmentRow:
    return ShipmentRow(
        mall_id=mall_id,
        id=ShipmentId(new_id()),
        number=view.number,
        order_id=view.id,
        sub_order_id=part.id,
        member_id=view.member_id,
        shop_id=part.shop_id,
        filling_shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        shop_zh=part.shop_zh,
        shop_en=part.shop_en,
        order_number=view.number,
        way=booked.way,
        carrier=booked.carrier,
        state=ShipmentState.PLANNED,
        storage=storage,
        address=booked.address,
        slot_id=booked.slot_id,
        point_id=booked.point_id,
        holds_room=booked.point_id is not None,
        code=new_code(),
        shelf="",
        company="",
        tracking="",
        carried_by="",
        fee_minor=booked.fee_minor,
        attempts=0,
        reason="",
        promised_from=booked.promised_from,
        promised_to=booked.promised_to,
        prepare_by=booked.prepare_by,
        created_at=now,
        packed_at=None,
        arrived_at=None,
        due_at=None,
        delivered_at=None,
        ended_at=None,
        late_minutes=None,
        parent_id=None,
        lines=[_line(line) for line in lines],
    )


def _line(line: LineView) -> ShipmentLine:
    return ShipmentLine(
        line_id=line.id,
        variant_id=line.variant_id,
        product_id=line.product_id,
        sku=line.sku,
        name_zh=line.name_zh,
        name_en=line.name_en,
        option_zh=line.option_zh,
        option_en=line.option_en,
        units=[n for n, unit in enumerate(line.units) if unit.state is UnitState.OPEN],
        picked=0,
    )


def _numbered(row: ShipmentRow, position: int) -> ShipmentRow:
    return msgspec.structs.replace(row, number=f"{row.order_number}-{position}")


def new_code() -> str:
    """Return a fresh code of six digits, for collecting or for the door."""
    return f"{secrets.randbelow(10**6):06d}"

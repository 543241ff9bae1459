"""Routes of shipments for staff: lists, picking, packing, handing over, what happened on the way, other stores."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce.fulfilment.http.asking import MALL, handles
from galleria.commerce.fulfilment.model import (
    DispatchRequest,
    Exceptions,
    FillRequest,
    HandRequest,
    MoveRequest,
    PackRequest,
    PickRequest,
    ShipmentRow,
    ShipmentState,
    ShipmentView,
    SplitRequest,
    Store,
)
from galleria.commerce.fulfilment.operations import carrying, dispatching, packing, transferring
from galleria.commerce.fulfilment.queries import shipments as queries
from galleria.commerce.fulfilment.queries import transfers
from galleria.commerce.fulfilment.store.lists import Wanted
from galleria.commerce.orders import Way
from galleria.foundation import malls
from galleria.kernel.ids import MallId, PointId, ShipmentId, ShopId, SlotId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

TAGS = ["fulfilment"]
Operation = Callable[[Tx], Awaitable[ShipmentRow]]
ONE = MALL + "/shipments/{shipment_id:uuid}"


class OfShipment(msgspec.Struct, frozen=True):
    """What the journal keeps: of which shipment, and what was said; never a code."""

    shipment_id: UUID
    said: PickRequest | PackRequest | HandRequest | MoveRequest | SplitRequest | FillRequest | DispatchRequest


class Moved(msgspec.Struct, frozen=True):
    """What the journal keeps as the answer; the shipment itself holds an address and a code."""

    shipment_id: ShipmentId
    state: ShipmentState


@get(MALL + "/shipments", access=STAFF, summary="Shipments of the shops I work for", tags=TAGS)
async def list_shipments(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    point: FromQuery[UUID | None] = None,
    states: Annotated[list[ShipmentState] | None, QueryParameter(name="state")] = None,
    way: FromQuery[Way | None] = None,
    slot: FromQuery[UUID | None] = None,
    q: Annotated[str | None, QueryParameter(max_length=40)] = None,
    troubled: FromQuery[bool | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[ShipmentView]:
    """List shipments, those to be prepared first first; `troubled` are late, failed, coming back or unclaimed ones."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        wanted = Wanted(
            reach=call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall)),
            shop_id=None if shop is None else ShopId(shop),
            point_id=None if point is None else PointId(point),
            states=None if not states else [state.value for state in states],
            way=way,
            slot_id=None if slot is None else SlotId(slot),
            number=q.strip().upper() if q else None,
            troubled=bool(troubled),
        )
        return await queries.list_shipments(tx, mall_id=mall, wanted=wanted, now=call.now, cursor=cursor, limit=limit)


@get(MALL + "/fulfilment/exceptions", access=STAFF, summary="What goes wrong just now", tags=TAGS)
async def exceptions(call: TheCall, mall_id: FromPath[UUID]) -> Exceptions:
    """Return late, failed and unclaimed shipments, open temperature alarms, and refunds not yet made."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        target = await malls.mall_target(tx, mall)
        reach = call.actor.reach(Permission.FULFIL, target)
        return await queries.exceptions(tx, mall_id=mall, reach=reach, now=call.now)


@get(ONE, access=STAFF, summary="One shipment, for staff", tags=TAGS)
async def get_shipment(call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID]) -> ShipmentView:
    """Return a shipment with its lines and every move."""
    row = await handles(call, mall_id, shipment_id)
    async with call.db.read() as tx:
        return await queries.view(tx, row, now=call.now, owner=False)


@post(ONE + "/pick", access=STAFF, status_code=200, summary="Pick", tags=TAGS)
async def pick(
    call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[PickRequest]
) -> ShipmentView:
    """Begin or go on picking, and keep how much of each line is picked."""
    row = await handles(call, mall_id, shipment_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await packing.pick(
            tx, mall_id=row.mall_id, shipment_id=row.id, lines=data.lines, actor=call.actor, now=call.now
        )

    return await _write(call, "pick", row, operation, data)


@post(ONE + "/pack", access=STAFF, status_code=200, summary="Pack", tags=TAGS)
async def pack(
    call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[PackRequest]
) -> ShipmentView:
    """Close the box and put it on a shelf; what is missing is refunded when `short` says so."""
    row = await handles(call, mall_id, shipment_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await packing.pack(
            tx, mall_id=row.mall_id, shipment_id=row.id, request=data, actor=call.actor, now=call.now
        )

    return await _write(call, "pack", row, operation, data)


@post(ONE + "/split", access=STAFF, status_code=200, summary="Let a part go later", tags=TAGS)
async def split(
    call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[SplitRequest]
) -> ShipmentView:
    """Part a shipment; returns what goes now."""
    row = await handles(call, mall_id, shipment_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await packing.split(
            tx, mall_id=row.mall_id, shipment_id=row.id, request=data, actor=call.actor, now=call.now
        )

    return await _write(call, "split", row, operation, data)


@post(ONE + "/hand", access=STAFF, status_code=200, summary="Hand over to whoever carries", tags=TAGS)
async def hand(
    call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[HandRequest]
) -> ShipmentView:
    """Give a shipment to whoever carries it; a parcel with company and tracking number."""
    row = await handles(call, mall_id, shipment_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await carrying.hand(
            tx, mall_id=row.mall_id, shipment_id=row.id, request=data, actor=call.actor, now=call.now
        )

    return await _write(call, "hand", row, operation, data)


@post(ONE + "/move", access=STAFF, status_code=200, summary="What happened on the way", tags=TAGS)
async def move(
    call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[MoveRequest]
) -> ShipmentView:
    """Say that a shipment is on the way, delivered (with its code), failed, coming back, back, destroyed or lost."""
    row = await handles(call, mall_id, shipment_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await carrying.move(
            tx, mall_id=row.mall_id, shipment_id=row.id, request=data, actor=call.actor, now=call.now
        )

    return await _write(call, "move", row, operation, msgspec.structs.replace(data, code=None))


@post(ONE + "/dispatch", access=STAFF, status_code=200, summary="Give it to another carrier", tags=TAGS)
async def dispatch(
    call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[DispatchRequest]
) -> ShipmentView:
    """Have the mall's riders, a courier company, or the shop's own staff bring what is packed."""
    row = await handles(call, mall_id, shipment_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await dispatching.dispatch(
            tx, mall_id=row.mall_id, shipment_id=row.id, carrier=data.carrier, actor=call.actor, now=call.now
        )

    return await _write(call, "dispatch", row, operation, data)


@get(ONE + "/stores", access=STAFF, summary="Stores that could fill a shipment", tags=TAGS)
async def stores_for(call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID]) -> Page[Store]:
    """Return the merchant's other stores that have everything of a shipment, the nearest first."""
    row = await handles(call, mall_id, shipment_id)
    async with call.db.read() as tx:
        return await transfers.stores_for(tx, row=row)


@post(ONE + "/fill", access=STAFF, status_code=200, summary="Fill from another store", tags=TAGS)
async def fill(
    call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[FillRequest]
) -> ShipmentView:
    """Have another store of the merchant fill a shipment that is not begun."""
    row = await handles(call, mall_id, shipment_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await transferring.fill_from(
            tx, mall_id=row.mall_id, shipment_id=row.id, shop_id=data.shop_id, actor=call.actor, now=call.now
        )

    return await _write(call, "fill", row, operation, data)


async def _write(
    call: Call,
    what: str,
    row: ShipmentRow,
    operation: Operation,
    said: PickRequest | PackRequest | HandRequest | MoveRequest | SplitRequest | FillRequest | DispatchRequest,
) -> ShipmentView:
    async def done(tx: Tx) -> Moved:
        after = await operation(tx)
        return Moved(after.id, after.state)

    await call.write(
        f"fulfilment.{what}",
        done,
        returns=Moved,
        mall_id=row.mall_id,
        payload=OfShipment(row.id, said),
        key_required=what in {"pack", "move", "fill", "dispatch"},
    )
    async with call.db.read() as tx:
        after = await queries.get(tx, mall_id=row.mall_id, shipment_id=row.id)
        return await queries.view(tx, after, now=call.now, owner=False)


ROUTES = [list_shipments, exceptions, get_shipment, pick, pack, split, hand, move, dispatch, stores_for, fill]

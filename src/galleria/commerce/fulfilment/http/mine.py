"""Routes of a member's shipments: where they are, another address or slot, the last mile, a parcel that came."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from galleria.commerce.fulfilment.http.asking import MALL
from galleria.commerce.fulfilment.model import (
    AmendRequest,
    LastMileRequest,
    ShipmentRow,
    ShipmentView,
    SlotView,
)
from galleria.commerce.fulfilment.operations import amending, carrying
from galleria.commerce.fulfilment.queries import shipments as queries
from galleria.commerce.fulfilment.queries import ways
from galleria.kernel.ids import AddressId, MallId, MemberId, OrderId, ShipmentId
from galleria.kernel.paging import Page
from galleria.platform.http.access import MEMBER
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import Tx

TAGS = ["fulfilment"]
Operation = Callable[[Tx], Awaitable[ShipmentRow]]
ALL = MALL + "/me/orders/{order_id:uuid}/shipments"
ONE = ALL + "/{shipment_id:uuid}"


class OfMine(msgspec.Struct, frozen=True):
    """What the journal keeps: of which shipment, and what was asked."""

    shipment_id: UUID
    asked: AmendRequest | LastMileRequest | None = None


@get(ALL, access=MEMBER, summary="Shipments of my order", tags=TAGS)
async def list_mine(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> Page[ShipmentView]:
    """Return the shipments of one's own order with every move and the code to collect with; 404 for no such order."""
    async with call.db.read() as tx:
        return await queries.mine(
            tx, mall_id=MallId(mall_id), order_id=OrderId(order_id), member_id=call.actor.member_id, now=call.now
        )


@get(ONE + "/slots", access=MEMBER, summary="Other slots for my shipment", tags=TAGS)
async def list_slots(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], shipment_id: FromPath[UUID]
) -> Page[SlotView]:
    """Return the slots with room to which a shipment may be moved."""
    row = await _mine(call, mall_id, order_id, shipment_id, call.actor.member_id)
    async with call.db.read() as tx:
        return await ways.slots_for(tx, row=row, now=call.now)


@post(ONE + "/amend", access=MEMBER, status_code=200, summary="Another address or slot", tags=TAGS)
async def amend(
    call: TheCall,
    mall_id: FromPath[UUID],
    order_id: FromPath[UUID],
    shipment_id: FromPath[UUID],
    data: JSONBody[AmendRequest],
) -> ShipmentView:
    """Change where or when, until the shop begins with it; it may not cost more than was paid."""
    member_id = call.actor.member_id
    row = await _mine(call, mall_id, order_id, shipment_id, member_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await amending.amend(
            tx, mall_id=row.mall_id, order_id=row.order_id, shipment_id=row.id, member_id=member_id, request=data,
            actor=call.actor, now=call.now,
        )  # fmt: skip

    return await _write(call, "amend", row, operation, data)


@post(ONE + "/last-mile", access=MEMBER, status_code=200, summary="Bring it from the point to my door", tags=TAGS)
async def last_mile(
    call: TheCall,
    mall_id: FromPath[UUID],
    order_id: FromPath[UUID],
    shipment_id: FromPath[UUID],
    data: JSONBody[LastMileRequest],
) -> ShipmentView:
    """Have what waits at a point brought to a door in one of the mall's zones."""
    member_id = call.actor.member_id
    row = await _mine(call, mall_id, order_id, shipment_id, member_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await amending.last_mile(
            tx, mall_id=row.mall_id, order_id=row.order_id, shipment_id=row.id, member_id=member_id,
            address_id=AddressId(data.address_id), actor=call.actor, now=call.now,
        )  # fmt: skip

    return await _write(call, "last_mile", row, operation, data)


@post(ONE + "/received", access=MEMBER, status_code=200, summary="My parcel has come", tags=TAGS)
async def received(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], shipment_id: FromPath[UUID]
) -> ShipmentView:
    """Say that a parcel has come."""
    member_id = call.actor.member_id
    row = await _mine(call, mall_id, order_id, shipment_id, member_id)

    async def operation(tx: Tx) -> ShipmentRow:
        return await carrying.receive(
            tx, mall_id=row.mall_id, shipment_id=row.id, member_id=member_id, actor=call.actor, now=call.now
        )

    return await _write(call, "received", row, operation, None)


async def _mine(call: Call, mall_id: UUID, order_id: UUID, shipment_id: UUID, member_id: MemberId) -> ShipmentRow:
    async with call.db.read() as tx:
        return await queries.get_mine(
            tx,
            mall_id=MallId(mall_id),
            order_id=OrderId(order_id),
            shipment_id=ShipmentId(shipment_id),
            member_id=member_id,
        )


class Moved(msgspec.Struct, frozen=True):
    """What the journal keeps as the answer: when it was done; the shipment itself holds an address and a code."""

    shipment_id: ShipmentId
    at: datetime


async def _write(
    call: Call, what: str, row: ShipmentRow, operation: Operation, asked: AmendRequest | LastMileRequest | None
) -> ShipmentView:
    async def done(tx: Tx) -> Moved:
        await operation(tx)
        return Moved(row.id, call.now)

    await call.write(
        f"fulfilment.{what}", done, returns=Moved, mall_id=row.mall_id, payload=OfMine(row.id, asked), key_required=True
    )
    async with call.db.read() as tx:
        after = await queries.get(tx, mall_id=row.mall_id, shipment_id=row.id)
        return await queries.view(tx, after, now=call.now, owner=True)


ROUTES = [list_mine, list_slots, amend, last_mile, received]

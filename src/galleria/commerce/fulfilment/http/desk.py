"""Routes of a point's desk: shipments come in by their number and go out by their code."""

from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from galleria.commerce.fulfilment.http.asking import MALL, works_at
from galleria.commerce.fulfilment.model import ArriveRequest, PickupRequest, ShipmentView
from galleria.commerce.fulfilment.operations import carrying
from galleria.commerce.fulfilment.queries import shipments as queries
from galleria.kernel.ids import MallId, ShipmentId
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import Tx

TAGS = ["fulfilment"]
POINT = MALL + "/points/{point_id:uuid}"


class AtDesk(msgspec.Struct, frozen=True):
    """What the journal keeps: at which point, and what came in; never the code of what went out."""

    point_id: UUID
    came: ArriveRequest | None = None


class Done(msgspec.Struct, frozen=True):
    """Which shipment came or went."""

    shipment_id: ShipmentId


@post(POINT + "/arrivals", access=STAFF, status_code=200, summary="Take a shipment in", tags=TAGS)
async def arrive(
    call: TheCall, mall_id: FromPath[UUID], point_id: FromPath[UUID], data: JSONBody[ArriveRequest]
) -> ShipmentView:
    """Take in a shipment by its number and put it on a shelf; it can be collected from now on."""
    mall, point = await works_at(call, mall_id, point_id)

    async def operation(tx: Tx) -> Done:
        row = await carrying.arrive(tx, mall_id=mall, point=point, request=data, actor=call.actor, now=call.now)
        return Done(row.id)

    done = await call.write(
        "fulfilment.arrive", operation, returns=Done, mall_id=mall, payload=AtDesk(point_id, data), key_required=True
    )
    return await _view(call, mall, done.shipment_id)


@post(POINT + "/pickups", access=STAFF, status_code=200, summary="Hand a shipment out", tags=TAGS)
async def pick_up(
    call: TheCall, mall_id: FromPath[UUID], point_id: FromPath[UUID], data: JSONBody[PickupRequest]
) -> ShipmentView:
    """Hand over what waits for the code a shopper shows, once."""
    mall, point = await works_at(call, mall_id, point_id)

    async def operation(tx: Tx) -> Done:
        row = await carrying.pick_up(
            tx, mall_id=mall, point_id=point.id, code=data.code, actor=call.actor, now=call.now
        )
        return Done(row.id)

    done = await call.write(
        "fulfilment.pick_up", operation, returns=Done, mall_id=mall, payload=AtDesk(point_id), key_required=True
    )
    return await _view(call, mall, done.shipment_id)


async def _view(call: Call, mall_id: MallId, shipment_id: ShipmentId) -> ShipmentView:
    async with call.db.read() as tx:
        row = await queries.get(tx, mall_id=mall_id, shipment_id=shipment_id)
        return await queries.view(tx, row, now=call.now, owner=False)


ROUTES = [arrive, pick_up]

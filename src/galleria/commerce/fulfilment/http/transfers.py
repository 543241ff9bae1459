"""Routes of transfers between a merchant's stores."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.commerce.fulfilment.http.asking import MALL
from galleria.commerce.fulfilment.model import NewTransfer, ReceiveRequest, StockTransfer
from galleria.commerce.fulfilment.operations import transferring as operations
from galleria.commerce.fulfilment.queries import transfers as queries
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit

TAGS = ["fulfilment"]
ALL = MALL + "/stock-transfers"
ONE = ALL + "/{stock_transfer_id:uuid}"


class OfTransfer(msgspec.Struct, frozen=True):
    """What the journal keeps: of which transfer, and what was said."""

    transfer_id: UUID | None
    said: NewTransfer | ReceiveRequest | None = None


@get(ALL, access=STAFF, summary="Transfers between stores", tags=TAGS)
async def list_transfers(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[StockTransfer]:
    """Return the transfers of the asker's stores, the newest first."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        return await queries.list_transfers(tx, mall_id=mall, reach=reach, cursor=cursor, limit=limit)


@post(ALL, access=STAFF, summary="Prepare a transfer", tags=TAGS)
async def create(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewTransfer]) -> StockTransfer:
    """Prepare goods to go from one store to another of the same merchant."""
    mall, staff_id = MallId(mall_id), call.actor.staff_id
    await _require(call, mall, data.from_shop_id)
    return await call.write(
        "fulfilment.create_transfer",
        lambda tx: operations.create(tx, mall_id=mall, new=data, staff_id=staff_id, now=call.now),
        returns=StockTransfer,
        mall_id=mall,
        payload=OfTransfer(None, data),
        key_required=True,
    )


@post(ONE + "/send", access=STAFF, status_code=200, summary="Let a transfer leave", tags=TAGS)
async def send(call: TheCall, mall_id: FromPath[UUID], stock_transfer_id: FromPath[UUID]) -> StockTransfer:
    """Take the goods off the sending store's shelf."""
    mall, made = await _transfer(call, mall_id, stock_transfer_id)
    await _require(call, mall, made.from_shop_id)
    staff_id = call.actor.staff_id
    return await call.write(
        "fulfilment.send_transfer",
        lambda tx: operations.send(tx, mall_id=mall, transfer_id=made.id, staff_id=staff_id, now=call.now),
        returns=StockTransfer,
        mall_id=mall,
        payload=OfTransfer(made.id),
        key_required=True,
    )


@post(ONE + "/receive", access=STAFF, status_code=200, summary="Take a transfer in", tags=TAGS)
async def receive(
    call: TheCall, mall_id: FromPath[UUID], stock_transfer_id: FromPath[UUID], data: JSONBody[ReceiveRequest]
) -> StockTransfer:
    """Put what came on the receiving store's shelf; what differs stays written down."""
    mall, made = await _transfer(call, mall_id, stock_transfer_id)
    await _require(call, mall, made.to_shop_id)
    staff_id = call.actor.staff_id
    return await call.write(
        "fulfilment.receive_transfer",
        lambda tx: operations.receive(
            tx, mall_id=mall, transfer_id=made.id, request=data, staff_id=staff_id, now=call.now
        ),
        returns=StockTransfer,
        mall_id=mall,
        payload=OfTransfer(made.id, data),
        key_required=True,
    )


@post(ONE + "/cancel", access=STAFF, status_code=200, summary="Give a transfer up", tags=TAGS)
async def cancel(call: TheCall, mall_id: FromPath[UUID], stock_transfer_id: FromPath[UUID]) -> StockTransfer:
    """Give up a transfer that has not left."""
    mall, made = await _transfer(call, mall_id, stock_transfer_id)
    await _require(call, mall, made.from_shop_id)
    staff_id = call.actor.staff_id
    return await call.write(
        "fulfilment.cancel_transfer",
        lambda tx: operations.cancel(tx, mall_id=mall, transfer_id=made.id, staff_id=staff_id, now=call.now),
        returns=StockTransfer,
        mall_id=mall,
        payload=OfTransfer(made.id),
    )


async def _transfer(call: Call, mall_id: UUID, transfer_id: UUID) -> tuple[MallId, StockTransfer]:
    """Return a transfer of stores in the asker's reach; NotFound for others."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        made = await queries.get_transfer(tx, mall_id=mall, transfer_id=transfer_id)
    ends = {made.from_shop_id, made.to_shop_id}
    if not reach.everything and made.merchant_id not in reach.merchant_ids and ends.isdisjoint(reach.shop_ids):
        raise NotFound
    return mall, made


async def _require(call: Call, mall_id: MallId, shop_id: ShopId) -> None:
    async with call.db.read() as tx:
        call.actor.require(Permission.FULFIL, await malls.shop_target(tx, mall_id, shop_id))


ROUTES = [list_transfers, create, send, receive, cancel]

"""Routes of the waiters in the room: who sits where, who calls, and who goes."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from galleria.kernel.ids import MallId, ShopId, TableId
from galleria.onsite.dining import operations, queries
from galleria.onsite.dining.http.setup import SHOP, require
from galleria.onsite.dining.model import (
    AddGuest,
    MergeInto,
    MoveTo,
    OpenTable,
    SeatingId,
    SeatingView,
    ShopCall,
    TableView,
)
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import Tx

ONE = SHOP + "/seatings/{seating_id:uuid}"


@get(SHOP + "/tables", access=STAFF, summary="The room", tags=["dining"])
async def table_map(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> list[TableView]:
    """Return the tables with who sits there, what they owe, and what they wait for."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    async with call.db.read() as tx:
        return await queries.table_map(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id))


@get(SHOP + "/calls", access=STAFF, summary="Who calls", tags=["dining"])
async def list_calls(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> list[ShopCall]:
    """Return what tables wait for, the longest first."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    async with call.db.read() as tx:
        return await queries.list_calls(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id))


@post(SHOP + "/calls/{table_call_id:uuid}/done", access=STAFF, status_code=200, summary="I came", tags=["dining"])
async def end_call(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], table_call_id: FromPath[UUID]
) -> list[ShopCall]:
    """Note that somebody came to a table that called; returns those still waiting."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    mall, shop = MallId(mall_id), ShopId(shop_id)
    await call.write(
        "dining.end_call",
        lambda tx: operations.end_call(
            tx, mall_id=mall, shop_id=shop, call_id=table_call_id, staff_id=call.actor.staff_id, now=call.now
        ),
        returns=UUID,
        mall_id=mall,
        payload=table_call_id,
    )
    async with call.db.read() as tx:
        return await queries.list_calls(tx, mall_id=mall, shop_id=shop)


@post(SHOP + "/tables/{table_id:uuid}/open", access=STAFF, summary="Seat guests", tags=["dining"])
async def open_table(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    table_id: FromPath[UUID],
    data: JSONBody[OpenTable],
) -> SeatingView:
    """Seat guests at a free table; their phones join with the code that is returned."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    mall, shop = MallId(mall_id), ShopId(shop_id)
    seating_id = await call.write(
        "dining.open_table",
        lambda tx: operations.open_table(
            tx, mall_id=mall, shop_id=shop, table_id=TableId(table_id), people=data.people, now=call.now
        ),
        returns=SeatingId,
        mall_id=mall,
        payload=(table_id, data),
    )
    return await _view(call, mall, shop, seating_id)


@get(ONE, access=STAFF, summary="A party", tags=["dining"])
async def get_seating(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], seating_id: FromPath[UUID]
) -> SeatingView:
    """Return a party of the shop with all its dishes, and what is open."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    return await _view(call, MallId(mall_id), ShopId(shop_id), SeatingId(seating_id))


@post(ONE + "/guests", access=STAFF, status_code=200, summary="Take a guest in by phone number", tags=["dining"])
async def add_guest(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[AddGuest],
) -> SeatingView:
    """Take a guest in who has not scanned, so that the bill can be in somebody's name."""
    return await change(
        call,
        "dining.add_guest",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.add_guest(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            phone=data.phone,
            now=call.now,
        ),
        payload=seating_id,
    )


@post(ONE + "/move", access=STAFF, status_code=200, summary="Move a party to another table", tags=["dining"])
async def move(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], seating_id: FromPath[UUID], data: JSONBody[MoveTo]
) -> SeatingView:
    """Move a party to a free table."""
    return await change(
        call,
        "dining.move",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.move(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            to_table_id=TableId(data.to_table_id),
            from_table_id=None if data.from_table_id is None else TableId(data.from_table_id),
        ),
        payload=(seating_id, data),
    )


@post(ONE + "/merge", access=STAFF, status_code=200, summary="Make two parties one", tags=["dining"])
async def merge(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[MergeInto],
) -> SeatingView:
    """Let a party join another, with its tables, dishes and phones; returns the one that goes on."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    mall, shop = MallId(mall_id), ShopId(shop_id)
    into = await call.write(
        "dining.merge",
        lambda tx: operations.merge(
            tx,
            mall_id=mall,
            shop_id=shop,
            seating_id=SeatingId(seating_id),
            into=SeatingId(data.into_seating_id),
            staff_id=call.actor.staff_id,
            now=call.now,
        ),
        returns=SeatingId,
        mall_id=mall,
        payload=(seating_id, data),
    )
    return await _view(call, mall, shop, into)


@post(ONE + "/close", access=STAFF, status_code=200, summary="Let a party go", tags=["dining"])
async def close(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], seating_id: FromPath[UUID]
) -> SeatingView:
    """Free the tables, once everything is paid or written off."""
    return await change(
        call,
        "dining.close",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.close(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            staff_id=call.actor.staff_id,
            now=call.now,
        ),
        payload=seating_id,
    )


async def change(
    call: Call,
    kind: str,
    where: tuple[UUID, UUID, UUID],
    operation: Callable[[Tx], Awaitable[SeatingId]],
    *,
    payload: object,
    permission: Permission = Permission.DINE_SERVE,
    key_required: bool = False,
) -> SeatingView:
    """Do one write for a party, once the caller has proved to serve there, and return it as it stands then."""
    mall_id, shop_id, seating_id = where
    await require(call, mall_id, shop_id, permission)
    mall = MallId(mall_id)
    await call.write(kind, operation, returns=SeatingId, mall_id=mall, payload=payload, key_required=key_required)
    return await _view(call, mall, ShopId(shop_id), SeatingId(seating_id))


async def _view(call: Call, mall_id: MallId, shop_id: ShopId, seating_id: SeatingId) -> SeatingView:
    async with call.db.read() as tx:
        return await queries.seating_view(tx, mall_id=mall_id, seating_id=seating_id, shop_id=shop_id)


ROUTES = [table_map, list_calls, end_call, open_table, get_seating, add_guest, move, merge, close]

"""Routes of refunds: the member's own, the staff's, their previews, and the list."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.commerce.returns import operations, queries
from galleria.commerce.returns.model import Refund, RefundPreview, Wanted
from galleria.foundation import malls
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, OrderId
from galleria.kernel.paging import PAGE_LIMIT_MAX, Page
from galleria.platform.actors import Permission, Reach
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx

MINE = "/v1/malls/{mall_id:uuid}/me/orders/{order_id:uuid}/refunds"
STAFFS = "/v1/malls/{mall_id:uuid}/orders/{order_id:uuid}/refunds"


class Asked(msgspec.Struct, frozen=True):
    """What the journal keeps of a refund's input."""

    order_id: UUID
    wanted: Wanted


@post(MINE, access=MEMBER, summary="Get my money back for what I have not received", tags=["returns"])
async def refund_mine(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[Wanted]
) -> Refund:
    """Refund units of one's own order that were neither handed over nor redeemed."""
    mall, order, member_id = MallId(mall_id), OrderId(order_id), call.actor.member_id
    async with call.db.read() as tx:
        await queries.require_mine(tx, mall_id=mall, order_id=order, member_id=member_id)
    _require_something(data)

    async def operation(tx: Tx) -> Refund:
        return await operations.refund(
            tx, mall_id=mall, order_id=order, wanted=data, actor=call.actor, reach=None, now=call.now
        )

    return await _write(call, mall, order, data, operation)


@post(
    f"{MINE}/preview",
    access=MEMBER,
    status_code=200,
    summary="What a refund of my order would give back",
    tags=["returns"],
)
async def preview_mine(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[Wanted]
) -> RefundPreview:
    """Compute a refund of one's own order without making it; with no lines asked for, only what may go back."""
    mall, order, member_id = MallId(mall_id), OrderId(order_id), call.actor.member_id
    async with call.db.read() as tx:
        await queries.require_mine(tx, mall_id=mall, order_id=order, member_id=member_id)
        return await queries.preview(tx, mall_id=mall, order_id=order, wanted=data, reach=None)


@get(MINE, access=MEMBER, summary="Refunds of my order, newest first", tags=["returns"])
async def list_mine(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> Page[Refund]:
    """Return what was given back of one's own order and how far the money is."""
    mall, order, member_id = MallId(mall_id), OrderId(order_id), call.actor.member_id
    async with call.db.read() as tx:
        await queries.require_mine(tx, mall_id=mall, order_id=order, member_id=member_id)
        return await queries.list_refunds(
            tx, mall_id=mall, reach=None, order_id=order, shop_id=None, cursor=None, limit=PAGE_LIMIT_MAX
        )


@post(
    "/v1/malls/{mall_id:uuid}/me/orders/{order_id:uuid}/cancel",
    access=MEMBER,
    summary="Cancel an order I have paid",
    tags=["returns"],
)
async def cancel(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> Refund:
    """Cancel a paid order whole while nothing of it is ready, sent or used; needs an Idempotency-Key."""
    mall, order = MallId(mall_id), OrderId(order_id)
    return await call.write(
        "returns.cancel",
        lambda tx: operations.cancel(tx, mall_id=mall, order_id=order, actor=call.actor, now=call.now),
        returns=Refund,
        mall_id=mall,
        payload={"order_id": order_id},
        key_required=True,
    )


@post(STAFFS, access=STAFF, summary="Refund an order, a line, or some units", tags=["returns"])
async def refund(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[Wanted]) -> Refund:
    """Refund anything of the asker's shops, with a reason; a redeemed voucher must be reversed first."""
    mall, order = MallId(mall_id), OrderId(order_id)
    async with call.db.read() as tx:
        reach = await _reach(call, tx, mall, Permission.ORDER_REFUND)
        await queries.require_reach(tx, mall_id=mall, order_id=order, reach=reach)
    _require_something(data)
    if not data.reason.strip():
        raise Invalid.field("reason", "required")

    async def operation(tx: Tx) -> Refund:
        return await operations.refund(
            tx, mall_id=mall, order_id=order, wanted=data, actor=call.actor, reach=reach, now=call.now
        )

    return await _write(call, mall, order, data, operation)


@post(
    f"{STAFFS}/preview",
    access=STAFF,
    status_code=200,
    summary="What a refund would give back",
    tags=["returns"],
)
async def preview(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[Wanted]
) -> RefundPreview:
    """Compute a refund without making it; with no lines asked for, only what may go back."""
    mall, order = MallId(mall_id), OrderId(order_id)
    async with call.db.read() as tx:
        reach = await _reach(call, tx, mall, Permission.ORDER_REFUND)
        await queries.require_reach(tx, mall_id=mall, order_id=order, reach=reach)
        return await queries.preview(tx, mall_id=mall, order_id=order, wanted=data, reach=reach)


@get("/v1/malls/{mall_id:uuid}/refunds", access=STAFF, summary="Refunds, newest first", tags=["returns"])
async def list_refunds(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    order: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[Refund]:
    """Return refunds of the shops the asker works for; lines of other shops are left out."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = await _reach(call, tx, mall, Permission.ORDER_READ)
        return await queries.list_refunds(
            tx,
            mall_id=mall,
            reach=reach,
            order_id=None if order is None else OrderId(order),
            shop_id=shop,
            cursor=cursor,
            limit=limit,
        )


async def _reach(call: Call, tx: ReadTx, mall_id: MallId, permission: Permission) -> Reach:
    return call.actor.reach(permission, await malls.mall_target(tx, mall_id))


def _require_something(wanted: Wanted) -> None:
    if not wanted.everything and not wanted.lines:
        raise Invalid.field("lines", "refund_lines")
    for position, line in enumerate(wanted.lines):
        if (line.count is None) == (not line.units):
            raise Invalid.field(f"lines[{position}]", "refund_units")


async def _write(call: Call, mall: MallId, order: OrderId, wanted: Wanted, operation: Any) -> Refund:
    return await call.write(
        "returns.refund",
        operation,
        returns=Refund,
        mall_id=mall,
        payload=Asked(order, wanted),
        key_required=True,
    )


ROUTES = [cancel, refund_mine, preview_mine, list_mine, refund, preview, list_refunds]

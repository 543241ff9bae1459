"""Routes of orders: a member's own, and the shops' view of theirs."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from galleria.commerce.orders import operations, queries
from galleria.commerce.orders.model import (
    CashRefund,
    CashState,
    ListState,
    OrderBoard,
    OrderState,
    OrderSummary,
    OrderView,
    Way,
)
from galleria.foundation import malls
from galleria.kernel.ids import MallId, OrderId, RefundId, ShopId, SubOrderId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission, Reach
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx

MALL = "/v1/malls/{mall_id:uuid}"


@get(MALL + "/me/orders", access=MEMBER, summary="My orders", tags=["orders"])
async def list_mine(
    call: TheCall,
    mall_id: FromPath[UUID],
    order_state: Annotated[OrderState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 20,
) -> Page[OrderSummary]:
    """List the signed-in member's orders, the newest first."""
    async with call.db.read() as tx:
        return await queries.list_mine(
            tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, state=order_state, cursor=cursor, limit=limit
        )


@get(MALL + "/me/orders/{order_id:uuid}", access=MEMBER, summary="One of my orders", tags=["orders"])
async def mine(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> OrderView:
    """Return an order of the signed-in member, whole."""
    async with call.db.read() as tx:
        return await queries.get_order(
            tx, mall_id=MallId(mall_id), order_id=OrderId(order_id), member_id=call.actor.member_id
        )


@get(MALL + "/orders", access=STAFF, summary="Orders of the shops I work for", tags=["orders"])
async def list_for_staff(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    any_state: Annotated[ListState | None, QueryParameter(name="state")] = None,
    q: Annotated[str | None, QueryParameter(max_length=40)] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 20,
) -> Page[OrderSummary]:
    """List orders, the newest first; `state` is one of an order or of a part, `q` the beginning of a number."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, MallId(mall_id), shop)
        return await queries.list_for_staff(
            tx,
            mall_id=MallId(mall_id),
            reach=reach,
            state=any_state and any_state.value,
            number=q,
            cursor=cursor,
            limit=limit,
        )


@get(MALL + "/orders-board", access=STAFF, summary="What is to be done, the latest first", tags=["orders"])
async def board(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    way: FromQuery[Way | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> OrderBoard:
    """List parts of orders that are to be prepared, collected or brought, late ones first, with how many there are."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, MallId(mall_id), shop)
        return await queries.board(
            tx, mall_id=MallId(mall_id), reach=reach, now=call.now, way=way, cursor=cursor, limit=limit
        )


@get(MALL + "/orders/{order_id:uuid}", access=STAFF, summary="One order, for staff", tags=["orders"])
async def for_staff(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> OrderView:
    """Return an order with the parts of the shops the signed-in staff may see."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, MallId(mall_id), None)
        return await queries.get_order(tx, mall_id=MallId(mall_id), order_id=OrderId(order_id), reach=reach)


@post(
    MALL + "/sub-orders/{sub_order_id:uuid}/ready",
    access=STAFF,
    status_code=200,
    summary="The goods wait to be collected",
    tags=["orders"],
)
async def mark_ready(call: TheCall, mall_id: FromPath[UUID], sub_order_id: FromPath[UUID]) -> OrderView:
    """Tell the member that a sub-order can be collected, and return the order."""
    mall, part = MallId(mall_id), SubOrderId(sub_order_id)

    async def ready(tx: Tx) -> OrderView:
        shop_id = await queries.shop_of(tx, mall_id=mall, sub_order_id=part)
        target = await malls.shop_target(tx, mall, shop_id)
        call.actor.require(Permission.REDEEM, target)
        tx.subject = str(part)
        order_id = await operations.mark_ready(tx, mall_id=mall, sub_order_id=part, now=call.now)
        reach = Reach(everything=False, merchant_ids=[], shop_ids=[shop_id])
        return await queries.get_order(tx, mall_id=mall, order_id=order_id, reach=reach)

    return await call.write("orders.ready", ready, returns=OrderView, mall_id=mall)


@get(MALL + "/cash-refunds", access=STAFF, summary="Cash that tills owe shoppers", tags=["orders"])
async def list_cash_refunds(
    call: TheCall,
    mall_id: FromPath[UUID],
    cash_state: Annotated[CashState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[CashRefund]:
    """List what the tills of the asker's shops owe or have paid, the newest first."""
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.PAYMENT_TAKE, await malls.mall_target(tx, MallId(mall_id)))
        return await queries.list_cash_refunds(
            tx, mall_id=MallId(mall_id), reach=reach, state=cash_state, cursor=cursor, limit=limit
        )


@post(
    MALL + "/cash-refunds/{refund_id:uuid}/paid",
    access=STAFF,
    status_code=200,
    summary="Cash was paid out",
    tags=["orders"],
)
async def pay_cash(call: TheCall, mall_id: FromPath[UUID], refund_id: FromPath[UUID]) -> CashRefund:
    """Tell that the till has paid out the cash it owed; needs an Idempotency-Key."""
    mall, refund = MallId(mall_id), RefundId(refund_id)
    async with call.db.read() as tx:
        call.actor.reach(Permission.PAYMENT_TAKE, await malls.mall_target(tx, mall))
        owed = await queries.cash_refund(tx, mall_id=mall, refund_id=refund)
        target = await (
            malls.mall_target(tx, mall) if owed.shop_id is None else malls.shop_target(tx, mall, owed.shop_id)
        )
        call.actor.require(Permission.PAYMENT_TAKE, target)
    return await call.write(
        "orders.pay_cash",
        lambda tx: operations.pay_cash(tx, mall_id=mall, refund_id=refund, staff_id=call.actor.staff_id, now=call.now),
        returns=CashRefund,
        mall_id=mall,
        payload={"refund_id": refund_id},
        key_required=True,
    )


async def _reach(call: Call, tx: ReadTx, mall_id: MallId, shop: UUID | None) -> Reach:
    """Return what the asker may see here; with a shop, that shop only."""
    if shop is None:
        return call.actor.reach(Permission.ORDER_READ, await malls.mall_target(tx, mall_id))
    call.actor.require(Permission.ORDER_READ, await malls.shop_target(tx, mall_id, ShopId(shop)))
    return Reach(everything=False, merchant_ids=[], shop_ids=[ShopId(shop)])


ROUTES = [list_mine, mine, list_for_staff, board, for_staff, mark_ready, list_cash_refunds, pay_cash]

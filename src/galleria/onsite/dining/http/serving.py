"""Routes of the waiters at a table: what a party orders, what is called off, and its bill."""

from datetime import timedelta
from uuid import UUID

from litestar import patch, post
from litestar.params import FromPath, JSONBody

from galleria.commerce import checkout
from galleria.kernel.ids import MallId, ShopId
from galleria.onsite.dining import operations, queries
from galleria.onsite.dining.http.setup import require
from galleria.onsite.dining.http.waiters import ONE, change
from galleria.onsite.dining.model import (
    AddDishes,
    BillQuote,
    BillRequest,
    CancelDish,
    FireCourse,
    OpenBill,
    Relief,
    SeatingId,
    SeatingView,
    SendDishes,
    SetDish,
)
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall
from galleria.value import payments


@post(ONE + "/items", access=STAFF, status_code=200, summary="Put dishes on a party's list", tags=["dining"])
async def add(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[AddDishes],
) -> SeatingView:
    """Put dishes on the list, as staff. Needs an Idempotency-Key."""
    return await change(
        call,
        "dining.add",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.add(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=None,
            now=call.now,
        ),
        payload=(seating_id, data),
        key_required=True,
    )


@patch(ONE + "/items/{dish_item_id:uuid}", access=STAFF, summary="Change how many on a party's list", tags=["dining"])
async def set_quantity(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    dish_item_id: FromPath[UUID],
    data: JSONBody[SetDish],
) -> SeatingView:
    """Change how many of a dish are on the list; 0 takes it off."""
    return await change(
        call,
        "dining.set_quantity",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.set_quantity(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            item_id=dish_item_id,
            quantity=data.quantity,
            member_id=None,
        ),
        payload=(seating_id, dish_item_id, data),
    )


@post(ONE + "/send", access=STAFF, status_code=200, summary="Send a party's list to the kitchen", tags=["dining"])
async def send(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[SendDishes],
) -> SeatingView:
    """Order what is on the list, each dish once. Needs an Idempotency-Key."""
    return await change(
        call,
        "dining.send",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.send(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=None,
            now=call.now,
        ),
        payload=(seating_id, data),
        key_required=True,
    )


@post(ONE + "/fire", access=STAFF, status_code=200, summary="Have a held course made now", tags=["dining"])
async def fire(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[FireCourse],
) -> SeatingView:
    """Tell the kitchen to begin a course that was held."""
    return await change(
        call,
        "dining.fire",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.fire(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            course=data.course,
            member_id=None,
            now=call.now,
        ),
        payload=(seating_id, data),
    )


@post(
    ONE + "/items/{dish_item_id:uuid}/cancel", access=STAFF, status_code=200, summary="Call a dish off", tags=["dining"]
)
async def cancel(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    dish_item_id: FromPath[UUID],
    data: JSONBody[CancelDish],
) -> SeatingView:
    """Call a dish off that the kitchen has not begun, with the reason."""
    return await change(
        call,
        "dining.cancel",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.cancel(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            item_id=dish_item_id,
            reason=data.reason,
            now=call.now,
        ),
        payload=(seating_id, dish_item_id, data),
    )


@post(
    ONE + "/items/{dish_item_id:uuid}/comp",
    access=STAFF,
    status_code=200,
    summary="A dish on the house",
    tags=["dining"],
)
async def comp(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    dish_item_id: FromPath[UUID],
    data: JSONBody[CancelDish],
) -> SeatingView:
    """Take a dish off what the party owes; for managers, with the reason."""
    return await change(
        call,
        "dining.comp",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.relieve(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            item_id=dish_item_id,
            relief=Relief.COMP,
            reason=data.reason,
            staff_id=call.actor.staff_id,
            now=call.now,
        ),
        payload=(seating_id, dish_item_id, data),
        permission=Permission.ORDER_REFUND,
    )


@post(ONE + "/write-off", access=STAFF, status_code=200, summary="Write off what a party owes", tags=["dining"])
async def write_off(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[CancelDish],
) -> SeatingView:
    """Write off all that is not paid, so that the table can be closed; for managers, with the reason."""
    return await change(
        call,
        "dining.write_off",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.relieve(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            item_id=None,
            relief=Relief.WRITE_OFF,
            reason=data.reason,
            staff_id=call.actor.staff_id,
            now=call.now,
        ),
        payload=(seating_id, data),
        permission=Permission.ORDER_REFUND,
    )


@post(ONE + "/bill/quote", access=STAFF, status_code=200, summary="What a party owes", tags=["dining"])
async def quote_bill(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[BillRequest],
) -> BillQuote:
    """Return what the open dishes cost with offers, and who would pay what; changes nothing."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    async with call.db.read() as tx:
        return await queries.quote_bill(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=None,
            shop_id=ShopId(shop_id),
            now=call.now,
        )


@post(ONE + "/bill", access=STAFF, status_code=200, summary="Make a party's bill", tags=["dining"])
async def open_bill(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    data: JSONBody[OpenBill],
) -> checkout.PlacedOrder:
    """Make the open dishes an order in a guest's name. Needs an Idempotency-Key."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    mall, settings = MallId(mall_id), call.runtime.settings
    return await call.write(
        "dining.bill",
        lambda tx: operations.open_bill(
            tx,
            mall_id=mall,
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=None,
            shop_id=ShopId(shop_id),
            providers=call.runtime.port(payments.Providers),
            origin=settings.origin,
            hold=timedelta(minutes=settings.order_hold_minutes),
            now=call.now,
        ),
        returns=checkout.PlacedOrder,
        mall_id=mall,
        payload=(seating_id, data),
        key_required=True,
    )


@post(ONE + "/bill/back", access=STAFF, status_code=200, summary="Take a party's bill back", tags=["dining"])
async def take_back(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], seating_id: FromPath[UUID]
) -> SeatingView:
    """Take an unpaid bill back, to order more or to split it otherwise."""
    return await change(
        call,
        "dining.bill_back",
        (mall_id, shop_id, seating_id),
        lambda tx: operations.take_back(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            seating_id=SeatingId(seating_id),
            member_id=None,
            now=call.now,
        ),
        payload=seating_id,
    )


ROUTES = [add, set_quantity, send, fire, cancel, comp, write_off, quote_bill, open_bill, take_back]

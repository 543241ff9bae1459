"""Routes of the guests' phones."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, JSONBody

from galleria.commerce import checkout
from galleria.kernel.ids import MallId
from galleria.onsite.dining import operations, queries
from galleria.onsite.dining.model import (
    AddDishes,
    BillQuote,
    BillRequest,
    CallStaff,
    FireCourse,
    Join,
    OpenBill,
    SeatingId,
    SeatingRow,
    SeatingView,
    SendDishes,
    SetDish,
)
from galleria.platform.auth import attempts
from galleria.platform.http.access import MEMBER
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import Tx
from galleria.value import payments

MINE = "/v1/malls/{mall_id:uuid}/me/dining"
ONE = MINE + "/{seating_id:uuid}"
GUESSES_MAX = 10
GUESSES_WINDOW_S = 600


class Joining(msgspec.Struct, frozen=True):
    """What the journal keeps of a phone that joins: which party was there, not the codes it told."""

    seating_id: UUID | None


@get(MINE, access=MEMBER, summary="The tables I sit at", tags=["dining"])
async def my_seatings(call: TheCall, mall_id: FromPath[UUID]) -> list[SeatingRow]:
    """Return the tables the member sits at now, the newest first."""
    async with call.db.read() as tx:
        return await queries.my_seatings(tx, mall_id=MallId(mall_id), member_id=call.actor.member_id)


@post(MINE, access=MEMBER, summary="Sit down at a table", tags=["dining"])
async def join(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[Join]) -> SeatingView:
    """Open the table of a sticker, or join the party there: 409 `dining_join_code` asks for its six digits."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        there = await queries.seating_at(tx, mall_id=mall, sticker=data.sticker)
    bucket = f"dining.join:{there or data.sticker}"
    guessing = bool(data.join_code)
    if guessing:
        await attempts.count(call.db, bucket=bucket, limit=GUESSES_MAX, window_s=GUESSES_WINDOW_S, now=call.now)
    seating_id = await call.write(
        "dining.join",
        lambda tx: operations.join(tx, mall_id=mall, member_id=call.actor.member_id, asked=data, now=call.now),
        returns=SeatingId,
        mall_id=mall,
        payload=Joining(there),
        replayable=False,
    )
    if guessing:
        await attempts.forgive(call.db, bucket=bucket, window_s=GUESSES_WINDOW_S, now=call.now)
    return await _view(call, mall, seating_id)


@get(ONE, access=MEMBER, summary="My table", tags=["dining"])
async def get_seating(call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID]) -> SeatingView:
    """Return the table with all phones, dishes, and what is open."""
    return await _view(call, MallId(mall_id), SeatingId(seating_id))


@post(ONE + "/items", access=MEMBER, status_code=200, summary="Put dishes on my table's list", tags=["dining"])
async def add(
    call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID], data: JSONBody[AddDishes]
) -> SeatingView:
    """Put dishes on the list that all phones see. Needs an Idempotency-Key: sent twice they are there once."""
    return await _change(
        call,
        "dining.add",
        mall_id,
        seating_id,
        lambda tx: operations.add(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=call.actor.member_id,
            shop_id=None,
            now=call.now,
        ),
        payload=(seating_id, data),
        key_required=True,
    )


@patch(ONE + "/items/{dish_item_id:uuid}", access=MEMBER, summary="Change how many on the list", tags=["dining"])
async def set_quantity(
    call: TheCall,
    mall_id: FromPath[UUID],
    seating_id: FromPath[UUID],
    dish_item_id: FromPath[UUID],
    data: JSONBody[SetDish],
) -> SeatingView:
    """Change how many of a dish are on the list; 0 takes it off."""
    return await _change(
        call,
        "dining.set_quantity",
        mall_id,
        seating_id,
        lambda tx: operations.set_quantity(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            item_id=dish_item_id,
            quantity=data.quantity,
            member_id=call.actor.member_id,
            shop_id=None,
        ),
        payload=(seating_id, dish_item_id, data),
    )


@post(ONE + "/send", access=MEMBER, status_code=200, summary="Send my table's list to the kitchen", tags=["dining"])
async def send(
    call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID], data: JSONBody[SendDishes]
) -> SeatingView:
    """Order what is on the list, each dish once, whichever phones send it. Needs an Idempotency-Key."""
    return await _change(
        call,
        "dining.send",
        mall_id,
        seating_id,
        lambda tx: operations.send(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=call.actor.member_id,
            shop_id=None,
            now=call.now,
        ),
        payload=(seating_id, data),
        key_required=True,
    )


@post(ONE + "/fire", access=MEMBER, status_code=200, summary="Have a held course made now", tags=["dining"])
async def fire(
    call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID], data: JSONBody[FireCourse]
) -> SeatingView:
    """Tell the kitchen to begin a course that was held."""
    return await _change(
        call,
        "dining.fire",
        mall_id,
        seating_id,
        lambda tx: operations.fire(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            course=data.course,
            member_id=call.actor.member_id,
            shop_id=None,
            now=call.now,
        ),
        payload=(seating_id, data),
    )


@post(ONE + "/calls", access=MEMBER, status_code=200, summary="Call staff to my table", tags=["dining"])
async def call_staff(
    call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID], data: JSONBody[CallStaff]
) -> SeatingView:
    """Call staff; calling again for the same is one call."""
    return await _change(
        call,
        "dining.call",
        mall_id,
        seating_id,
        lambda tx: operations.call_staff(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            member_id=call.actor.member_id,
            call=data,
            now=call.now,
        ),
        payload=(seating_id, data),
    )


@post(ONE + "/bill/quote", access=MEMBER, status_code=200, summary="What my table owes", tags=["dining"])
async def quote_bill(
    call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID], data: JSONBody[BillRequest]
) -> BillQuote:
    """Return what the open dishes cost the member with offers, and who would pay what; changes nothing."""
    async with call.db.read() as tx:
        return await queries.quote_bill(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=call.actor.member_id,
            shop_id=None,
            now=call.now,
        )


@post(ONE + "/bill", access=MEMBER, status_code=200, summary="Ask for the bill and pay", tags=["dining"])
async def open_bill(
    call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID], data: JSONBody[OpenBill]
) -> checkout.PlacedOrder:
    """Make the open dishes an order in the member's name, paid by one or split. Needs an Idempotency-Key."""
    mall, settings = MallId(mall_id), call.runtime.settings
    return await call.write(
        "dining.bill",
        lambda tx: operations.open_bill(
            tx,
            mall_id=mall,
            seating_id=SeatingId(seating_id),
            wanted=data,
            member_id=call.actor.member_id,
            shop_id=None,
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


@post(ONE + "/bill/back", access=MEMBER, status_code=200, summary="Take my table's bill back", tags=["dining"])
async def take_back(call: TheCall, mall_id: FromPath[UUID], seating_id: FromPath[UUID]) -> SeatingView:
    """Take an unpaid bill back, to order more or to split it otherwise."""
    return await _change(
        call,
        "dining.bill_back",
        mall_id,
        seating_id,
        lambda tx: operations.take_back(
            tx,
            mall_id=MallId(mall_id),
            seating_id=SeatingId(seating_id),
            member_id=call.actor.member_id,
            shop_id=None,
            now=call.now,
        ),
        payload=seating_id,
    )


async def _change(
    call: Call,
    kind: str,
    mall_id: UUID,
    seating_id: UUID,
    operation: Callable[[Tx], Awaitable[SeatingId]],
    *,
    payload: object,
    key_required: bool = False,
) -> SeatingView:
    """Do one write at a table and return it as it stands then."""
    mall = MallId(mall_id)
    await call.write(kind, operation, returns=SeatingId, mall_id=mall, payload=payload, key_required=key_required)
    return await _view(call, mall, SeatingId(seating_id))


async def _view(call: Call, mall_id: MallId, seating_id: SeatingId) -> SeatingView:
    async with call.db.read() as tx:
        return await queries.seating_view(tx, mall_id=mall_id, seating_id=seating_id, member_id=call.actor.member_id)


ROUTES = [
    my_seatings,
    join,
    get_seating,
    add,
    set_quantity,
    send,
    fire,
    call_staff,
    quote_bill,
    open_bill,
    take_back,
]

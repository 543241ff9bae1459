"""Routes of the shopper who scans."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.commerce import checkout
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.onsite.scango import operations, queries
from galleria.onsite.scango.http.gate import lot_key
from galleria.onsite.scango.model import AddScan, ExitPass, Open, Pay, SessionId, SessionRow, SessionView, SetQuantity
from galleria.platform.http.access import MEMBER
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx
from galleria.value import payments

MINE = "/v1/malls/{mall_id:uuid}/me/scan-and-go"
ONE = MINE + "/{scan_session_id:uuid}"


@get(MINE, access=MEMBER, summary="My baskets of scan and go", tags=["scan-and-go"])
async def list_mine(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 20
) -> Page[SessionRow]:
    """Return the member's baskets, the newest first."""
    async with call.db.read() as tx:
        return await queries.list_mine(
            tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, cursor=cursor, limit=limit
        )


@post(MINE, access=MEMBER, summary="Begin to scan in a shop", tags=["scan-and-go"])
async def open_session(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[Open]) -> SessionView:
    """Begin, or go on with the basket the member has in this shop."""
    mall, member = MallId(mall_id), call.actor.member_id
    session_id = await call.write(
        "scango.open",
        lambda tx: operations.open_session(
            tx, mall_id=mall, shop_id=ShopId(data.shop_id), member_id=member, now=call.now
        ),
        returns=SessionId,
        mall_id=mall,
        payload=data,
        replayable=False,
    )
    return await _view(call, mall, session_id)


@get(ONE, access=MEMBER, summary="One of my baskets", tags=["scan-and-go"])
async def get_session(call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID]) -> SessionView:
    """Return the basket with its price by the offers that hold now."""
    return await _view(call, MallId(mall_id), SessionId(scan_session_id))


@post(ONE + "/items", access=MEMBER, status_code=200, summary="Scan a good", tags=["scan-and-go"])
async def add(
    call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID], data: JSONBody[AddScan]
) -> SessionView:
    """Put what was scanned into the basket. Needs an Idempotency-Key: a scan sent twice counts once."""
    return await _change(
        call,
        "scango.add",
        mall_id,
        scan_session_id,
        lambda tx: operations.add(
            tx,
            mall_id=MallId(mall_id),
            session_id=SessionId(scan_session_id),
            member_id=call.actor.member_id,
            scan=data,
            now=call.now,
        ),
        payload=(scan_session_id, data),
        key_required=True,
    )


@patch(ONE + "/items/{scan_item_id:uuid}", access=MEMBER, summary="Change how many", tags=["scan-and-go"])
async def set_quantity(
    call: TheCall,
    mall_id: FromPath[UUID],
    scan_session_id: FromPath[UUID],
    scan_item_id: FromPath[UUID],
    data: JSONBody[SetQuantity],
) -> SessionView:
    """Have so many pieces of a good; 0 takes it out."""
    return await _change(
        call,
        "scango.set_quantity",
        mall_id,
        scan_session_id,
        lambda tx: operations.set_quantity(
            tx,
            mall_id=MallId(mall_id),
            session_id=SessionId(scan_session_id),
            member_id=call.actor.member_id,
            item_id=scan_item_id,
            quantity=data.quantity,
            now=call.now,
        ),
        payload=(scan_session_id, scan_item_id, data),
    )


@post(ONE + "/age-check", access=MEMBER, status_code=200, summary="Ask staff to see my age", tags=["scan-and-go"])
async def ask_age(call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID]) -> SessionView:
    """Call staff to see whether the shopper is old enough for what is in the basket."""
    return await _change(
        call,
        "scango.ask_age",
        mall_id,
        scan_session_id,
        lambda tx: operations.ask_age(
            tx,
            mall_id=MallId(mall_id),
            session_id=SessionId(scan_session_id),
            member_id=call.actor.member_id,
            now=call.now,
        ),
        payload=scan_session_id,
    )


@post(ONE + "/cancel", access=MEMBER, status_code=200, summary="Give my basket up", tags=["scan-and-go"])
async def give_up(call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID]) -> SessionView:
    """End an open basket without buying; the goods go back to their shelves."""
    return await _change(
        call,
        "scango.cancel",
        mall_id,
        scan_session_id,
        lambda tx: operations.give_up(
            tx,
            mall_id=MallId(mall_id),
            session_id=SessionId(scan_session_id),
            member_id=call.actor.member_id,
            now=call.now,
        ),
        payload=scan_session_id,
    )


@post(ONE + "/pay", access=MEMBER, status_code=200, summary="Pay my basket", tags=["scan-and-go"])
async def pay(
    call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID], data: JSONBody[Pay]
) -> checkout.PlacedOrder:
    """Make the basket an order at the price shown. 409 `total_changed` tells the new one; needs an Idempotency-Key."""
    mall, settings = MallId(mall_id), call.runtime.settings
    return await call.write(
        "scango.pay",
        lambda tx: operations.pay(
            tx,
            mall_id=mall,
            session_id=SessionId(scan_session_id),
            member_id=call.actor.member_id,
            wanted=data,
            providers=call.runtime.port(payments.Providers),
            origin=settings.origin,
            hold=timedelta(minutes=settings.order_hold_minutes),
            key=lot_key(call),
            now=call.now,
        ),
        returns=checkout.PlacedOrder,
        mall_id=mall,
        payload=(scan_session_id, data),
        key_required=True,
    )


@post(ONE + "/back", access=MEMBER, status_code=200, summary="Go on scanning", tags=["scan-and-go"])
async def back(call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID]) -> SessionView:
    """Take back the order that waits for payment, so that the basket can be changed."""
    return await _change(
        call,
        "scango.back",
        mall_id,
        scan_session_id,
        lambda tx: operations.back(
            tx,
            mall_id=MallId(mall_id),
            session_id=SessionId(scan_session_id),
            member_id=call.actor.member_id,
            now=call.now,
        ),
        payload=scan_session_id,
    )


@get(ONE + "/exit", access=MEMBER, summary="My code for the gate", tags=["scan-and-go"])
async def exit_pass(call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID]) -> ExitPass:
    """Return what the phone makes the changing exit code of, also without a network."""
    async with call.db.read() as tx:
        return await queries.exit_pass(
            tx,
            mall_id=MallId(mall_id),
            session_id=SessionId(scan_session_id),
            member_id=call.actor.member_id,
            signer=call.runtime.signer,
            now=call.now,
        )


async def _change(
    call: Call,
    kind: str,
    mall_id: UUID,
    session_id: UUID,
    operation: Callable[[Tx], Awaitable[SessionId]],
    *,
    payload: object,
    key_required: bool = False,
) -> SessionView:
    """Do one write to a basket and return it as it stands then."""
    mall = MallId(mall_id)
    await call.write(kind, operation, returns=SessionId, mall_id=mall, payload=payload, key_required=key_required)
    return await _view(call, mall, SessionId(session_id))


async def _view(call: Call, mall_id: MallId, session_id: SessionId) -> SessionView:
    async with call.db.read() as tx:
        return await queries.view(
            tx, mall_id=mall_id, session_id=session_id, member_id=call.actor.member_id, now=call.now
        )


ROUTES = [list_mine, open_session, get_session, add, set_quantity, ask_age, give_up, pay, back, exit_pass]

"""Routes of the staff of a shop: ages to look at, and the gate."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.commerce import returns
from galleria.foundation import malls, staff
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.onsite.scango import operations, queries
from galleria.onsite.scango.http.shops import SHOP, require
from galleria.onsite.scango.model import (
    AgeRow,
    DecideAge,
    ExitCodeWrong,
    GateDecision,
    GateLookup,
    GateRefund,
    GateResult,
    GateRow,
    GateView,
    SessionId,
)
from galleria.platform.actors import Permission
from galleria.platform.auth import attempts
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

GUESSES_MAX = 30
GUESSES_WINDOW_S = 600


class Deciding(msgspec.Struct, frozen=True):
    """What the journal keeps of a decision at the gate."""

    session_id: UUID
    decision: GateDecision


@get(SHOP + "/age-checks", access=STAFF, summary="Ages to look at", tags=["scan-and-go"])
async def list_age_checks(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> Page[AgeRow]:
    """Return the questions about age of a shop, the newest first, answered ones too."""
    await require(call, mall_id, shop_id, Permission.GATE_CHECK)
    async with call.db.read() as tx:
        return await queries.list_age_checks(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), cursor=cursor, limit=limit
        )


@post(
    SHOP + "/age-checks/{age_check_id:uuid}",
    access=STAFF,
    status_code=200,
    summary="Say what was seen of a shopper's age",
    tags=["scan-and-go"],
)
async def decide_age(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    age_check_id: FromPath[UUID],
    data: JSONBody[DecideAge],
) -> AgeRow:
    """Let a shopper have goods with an age limit, or not, once; who said so is kept."""
    await require(call, mall_id, shop_id, Permission.GATE_CHECK)
    mall, shop = MallId(mall_id), ShopId(shop_id)

    async def decide(tx: Tx) -> UUID:
        return await operations.decide_age(
            tx,
            mall_id=mall,
            shop_id=shop,
            check_id=age_check_id,
            decision=data,
            staff_id=call.actor.staff_id,
            staff_name=(await staff.get_account(tx, call.actor.staff_id)).name,
            now=call.now,
        )

    await call.write("scango.decide_age", decide, returns=UUID, mall_id=mall, payload=(age_check_id, data))
    async with call.db.read() as tx:
        page = await queries.list_age_checks(
            tx, mall_id=mall, shop_id=shop, check_id=age_check_id, cursor=None, limit=1
        )
    if not page.items:
        raise NotFound
    return page.items[0]


@post(
    "/v1/malls/{mall_id:uuid}/gate/lookup",
    access=STAFF,
    status_code=200,
    summary="What a code at the gate stands for",
    tags=["scan-and-go"],
)
async def lookup(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[GateLookup]) -> GateView:
    """Return the paid basket of an exit code, and whether and why the bag is to be looked at."""
    await require(call, mall_id, data.shop_id, Permission.GATE_CHECK)
    bucket = f"gate:{call.actor.staff_id}"
    await attempts.count(call.db, bucket=bucket, limit=GUESSES_MAX, window_s=GUESSES_WINDOW_S, now=call.now)
    wrong = False
    try:
        async with call.db.read() as tx:
            session = await queries.identify(
                tx,
                mall_id=MallId(mall_id),
                shop_id=ShopId(data.shop_id),
                code=data.code,
                signer=call.runtime.signer,
                now=call.now,
            )
            return await queries.gate_view(tx, session=session)
    except ExitCodeWrong:
        wrong = True
        raise
    finally:
        if not wrong:
            await attempts.forgive(call.db, bucket=bucket, window_s=GUESSES_WINDOW_S, now=call.now)


@post(
    "/v1/malls/{mall_id:uuid}/gate/{scan_session_id:uuid}/decision",
    access=STAFF,
    status_code=200,
    summary="Let a basket out, or hold it",
    tags=["scan-and-go"],
)
async def decide(
    call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID], data: JSONBody[GateDecision]
) -> GateResult:
    """Record what was found in the bag; a basket leaves once, and only with what was paid."""
    await require(call, mall_id, data.shop_id, Permission.GATE_CHECK)
    mall, session_id = MallId(mall_id), SessionId(scan_session_id)
    return await call.write(
        "scango.gate",
        lambda tx: operations.decide(
            tx,
            mall_id=mall,
            session_id=session_id,
            decision=data,
            actor=call.actor,
            key=lot_key(call),
            now=call.now,
        ),
        returns=GateResult,
        mall_id=mall,
        payload=Deciding(session_id, data),
        key_required=True,
    )


@post(
    "/v1/malls/{mall_id:uuid}/gate/{scan_session_id:uuid}/refunds",
    access=STAFF,
    summary="Give back at the gate what is not in the bag",
    tags=["scan-and-go"],
)
async def refund(
    call: TheCall, mall_id: FromPath[UUID], scan_session_id: FromPath[UUID], data: JSONBody[GateRefund]
) -> returns.Refund:
    """Refund goods that were paid and stay in the shop; for those who may refund."""
    await require(call, mall_id, data.shop_id, Permission.ORDER_REFUND)
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.ORDER_REFUND, await malls.mall_target(tx, mall))
    return await call.write(
        "scango.gate_refund",
        lambda tx: operations.refund(
            tx,
            mall_id=mall,
            session_id=SessionId(scan_session_id),
            wanted=data,
            actor=call.actor,
            reach=reach,
            key=lot_key(call),
            now=call.now,
        ),
        returns=returns.Refund,
        mall_id=mall,
        payload=(scan_session_id, data),
        key_required=True,
    )


@get(SHOP + "/gate-checks", access=STAFF, summary="What was decided at the gate", tags=["scan-and-go"])
async def list_gate_checks(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> Page[GateRow]:
    """Return the decisions at a shop's gate, the newest first."""
    await require(call, mall_id, shop_id, Permission.GATE_CHECK)
    async with call.db.read() as tx:
        return await queries.list_gate_checks(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), cursor=cursor, limit=limit
        )


def lot_key(call: Call) -> bytes:
    """Return the key by which it is drawn whose bag is looked at."""
    return call.runtime.signer.key(operations.LOT)


ROUTES = [list_age_checks, decide_age, lookup, decide, refund, list_gate_checks]

"""Routes of counters: whose goods these are, taking them in, and handing over what the shopper gets."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from galleria.commerce.aftersales import operations, queries, rules
from galleria.commerce.aftersales.http.asking import MALL, sees
from galleria.commerce.aftersales.model import (
    BY_COUNTER,
    CaseCodeWrong,
    CaseDone,
    CaseParcel,
    CaseRow,
    CaseScanIn,
    ScannedCase,
    ShownCaseCode,
)
from galleria.foundation import malls
from galleria.kernel.ids import CaseId, MallId, ShopId
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import ReadTx, Tx

CASE = MALL + "/cases/{case_id:uuid}"
TAGS = ["aftersales"]


class OfCase(msgspec.Struct, frozen=True):
    """What the journal keeps: of which case, and what was done."""

    of: UUID
    said: CaseScanIn | CaseParcel | CaseDone | ShownCaseCode


@post(MALL + "/cases/lookup", access=STAFF, status_code=200, summary="Whose goods these are", tags=TAGS)
async def lookup(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[ShownCaseCode]) -> ScannedCase:
    """Return the open case whose code a shopper shows, at any counter of the mall."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        return await queries.scanned(tx, mall_id=mall, code=data.code)


@post(CASE + "/scan-in", access=STAFF, status_code=200, summary="Take goods in", tags=TAGS)
async def scan_in(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseScanIn]
) -> ScannedCase:
    """Take goods in at a shop or at the mall's desk; away from the case's own shop its code must be shown."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        place = await _works_at(call, tx, mall, data)
        case = await queries.get_row(tx, mall_id=mall, case_id=CaseId(case_id))
        if data.shop_id != case.shop_id and rules.read_code(data.code) != case.code:
            raise CaseCodeWrong
    return await _write(call, mall_id, case_id, "scan_in", operations.scan_in, data, at=data, place=place)


@post(CASE + "/fixed", access=STAFF, status_code=200, summary="It is repaired", tags=TAGS)
async def fixed(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseDone]
) -> ScannedCase:
    """Tell that the goods are repaired and wait for the shopper."""
    return await _here(call, mall_id, case_id, "fixed", operations.fixed, data, done=data)


@post(CASE + "/hand-over", access=STAFF, status_code=200, summary="Hand the goods over", tags=TAGS)
async def hand_over(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[ShownCaseCode]
) -> ScannedCase:
    """Hand the replacement, or the shopper's own goods, to who shows the case's code."""
    return await _here(call, mall_id, case_id, "hand_over", operations.hand_over, data, code=data.code)


@post(CASE + "/shipped", access=STAFF, status_code=200, summary="The goods are sent", tags=TAGS)
async def ship(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseParcel]
) -> ScannedCase:
    """Tell carrier and tracking number of the parcel to the shopper."""
    return await _here(call, mall_id, case_id, "ship", operations.ship, data, parcel=data)


async def _works_at(call: Call, tx: ReadTx, mall: MallId, at: CaseScanIn) -> str:
    """Return what to call the place, once the caller has proved to work there."""
    call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
    if at.shop_id is None:
        call.actor.require(Permission.FULFIL, await malls.mall_target(tx, mall))
        return at.place
    shop_id = ShopId(at.shop_id)
    call.actor.require(Permission.FULFIL, await malls.shop_target(tx, mall, shop_id))
    shop = await malls.get_shop(tx, mall, shop_id)
    return " · ".join(part for part in (shop.name_zh, at.place.strip()) if part)


async def _here(
    call: Call,
    mall_id: UUID,
    case_id: UUID,
    kind: str,
    operation: Callable[..., Awaitable[CaseRow]],
    said: CaseParcel | CaseDone | ShownCaseCode,
    **more: Any,
) -> ScannedCase:
    """Do something at the case's own shop."""
    async with call.db.read() as tx:
        await sees(call, tx, mall_id, case_id, Permission.FULFIL)
    return await _write(call, mall_id, case_id, kind, operation, said, **more)


async def _write(
    call: Call,
    mall_id: UUID,
    case_id: UUID,
    kind: str,
    operation: Callable[..., Awaitable[CaseRow]],
    said: CaseScanIn | CaseParcel | CaseDone | ShownCaseCode,
    **more: Any,
) -> ScannedCase:
    mall = MallId(mall_id)

    async def moved(tx: Tx) -> ScannedCase:
        case = await operation(tx, mall_id=mall, case_id=CaseId(case_id), actor=call.actor, now=call.now, **more)
        return queries.at_counter(case, BY_COUNTER)

    return await call.write(
        f"aftersales.{kind}",
        moved,
        returns=ScannedCase,
        mall_id=mall,
        payload=OfCase(case_id, said),
        key_required=True,
    )


ROUTES = [lookup, scan_in, fixed, hand_over, ship]

"""Routes of those who decide: the shop's answers, the mall's last word, the board, and the terms."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce.aftersales import operations, queries
from galleria.commerce.aftersales.http.asking import MALL, moves_of, reads, sees
from galleria.commerce.aftersales.model import (
    CaseAnswer,
    CaseNote,
    CasePolicy,
    CaseRefusal,
    CaseRow,
    CaseState,
    CaseSummary,
    CaseTerms,
    CaseView,
)
from galleria.foundation import malls
from galleria.kernel.ids import CaseId, MallId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

CASE = MALL + "/cases/{case_id:uuid}"
TAGS = ["aftersales"]


class OfCase(msgspec.Struct, frozen=True):
    """What the journal keeps: of which case, and what was answered."""

    of: UUID
    said: CaseAnswer | CaseRefusal | CaseNote | None = None


class CasePolicyInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms for the mall (neither told), a shop, a category, or a category in a shop."""

    shop_id: UUID | None = None
    category_id: UUID | None = None
    terms: CaseTerms


@get(MALL + "/cases", access=STAFF, summary="Cases of the shops I work for", tags=TAGS)
async def list_cases(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    which: Annotated[Literal["open", "ended"], QueryParameter()] = "open",
    case_state: Annotated[CaseState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[CaseSummary]:
    """List open cases, what is due first comes first, or ended ones, the newest first."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.ORDER_READ, await malls.mall_target(tx, mall))
        if shop is not None:
            call.actor.require(Permission.ORDER_READ, await malls.shop_target(tx, mall, ShopId(shop)))
        return await queries.list_cases(
            tx,
            mall_id=mall,
            reach=reach,
            ended=which == "ended",
            state=case_state,
            shop_id=shop,
            cursor=cursor,
            limit=limit,
            now=call.now,
        )


@get(CASE, access=STAFF, summary="One case", tags=TAGS)
async def one(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID]) -> CaseView:
    """Return a case of the asker's shops with all that happened, and what he may do now."""
    async with call.db.read() as tx:
        case = await reads(call, tx, mall_id, case_id)
        return await queries.view(tx, case, await moves_of(call, tx, case), call.now)


@post(CASE + "/approve", access=STAFF, status_code=200, summary="Grant what was asked", tags=TAGS)
async def approve(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseAnswer]
) -> CaseView:
    """Grant what was asked; once the goods are at the shop: they are as they should be, so do what was granted."""
    return await _answer(call, mall_id, case_id, "approve", operations.approve, data, answer=data)


@post(CASE + "/counter", access=STAFF, status_code=200, summary="Offer something else", tags=TAGS)
async def counter(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseAnswer]
) -> CaseView:
    """Offer another remedy or amount, which the shopper accepts or takes to the mall."""
    return await _answer(call, mall_id, case_id, "counter", operations.counter, data, answer=data)


@post(CASE + "/reject", access=STAFF, status_code=200, summary="Refuse", tags=TAGS)
async def reject(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseRefusal]
) -> CaseView:
    """Refuse what was asked, or goods that are not as they should be, with the reason."""
    return await _answer(call, mall_id, case_id, "reject", operations.reject, data, refusal=data)


@post(CASE + "/grant", access=STAFF, status_code=200, summary="The mall decides for the shopper", tags=TAGS)
async def grant(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseAnswer]
) -> CaseView:
    """Decide, for the mall and for good, what the shopper gets."""
    return await _decide(call, mall_id, case_id, "grant", operations.grant, data, answer=data)


@post(CASE + "/refuse", access=STAFF, status_code=200, summary="The mall decides against the shopper", tags=TAGS)
async def refuse(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseRefusal]
) -> CaseView:
    """Decide, for the mall and for good, that nothing is given."""
    return await _decide(call, mall_id, case_id, "refuse", operations.refuse, data, refusal=data)


@post(CASE + "/notes", access=STAFF, status_code=200, summary="Add words and pictures", tags=TAGS)
async def note(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseNote]) -> CaseView:
    """Add something to an open case, which the shopper sees."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        for_mall = call.actor.may(Permission.CASE_DECIDE, await malls.mall_target(tx, mall))
    return await _answer(call, mall_id, case_id, "note", operations.note, data, said=data, for_mall=for_mall)


@get(MALL + "/aftersales/policies", access=STAFF, summary="Terms of after-sales", tags=TAGS)
async def list_policies(call: TheCall, mall_id: FromPath[UUID]) -> Page[CasePolicy]:
    """Return the mall's terms and those of shops and categories."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.reach(Permission.CASE_DECIDE, await malls.mall_target(tx, mall))
        return await queries.list_policies(tx, mall_id=mall)


@put(MALL + "/aftersales/policies", access=STAFF, summary="Set terms of after-sales", tags=TAGS)
async def save_policy(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CasePolicyInput]) -> CasePolicy:
    """Set the terms of the mall, a shop or a category; cases that are open keep theirs."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.require(Permission.MALL_MANAGE, await malls.mall_target(tx, mall))
        if data.shop_id is not None:
            await malls.shop_target(tx, mall, ShopId(data.shop_id))
    return await call.write(
        "aftersales.save_policy",
        lambda tx: operations.save_policy(
            tx, mall_id=mall, shop_id=data.shop_id, category_id=data.category_id, terms=data.terms, now=call.now
        ),
        returns=CasePolicy,
        mall_id=mall,
        payload=data,
    )


async def _answer(
    call: Call,
    mall_id: UUID,
    case_id: UUID,
    kind: str,
    operation: Callable[..., Awaitable[CaseRow]],
    payload: CaseAnswer | CaseRefusal | CaseNote,
    **more: Any,
) -> CaseView:
    """Answer for the case's shop."""
    async with call.db.read() as tx:
        await sees(call, tx, mall_id, case_id, Permission.CASE_DECIDE)
    return await _write(call, mall_id, case_id, kind, operation, payload, **more)


async def _decide(
    call: Call,
    mall_id: UUID,
    case_id: UUID,
    kind: str,
    operation: Callable[..., Awaitable[CaseRow]],
    payload: CaseAnswer | CaseRefusal,
    **more: Any,
) -> CaseView:
    """Decide for the mall."""
    async with call.db.read() as tx:
        call.actor.require(Permission.CASE_DECIDE, await malls.mall_target(tx, MallId(mall_id)))
        await queries.get_row(tx, mall_id=MallId(mall_id), case_id=CaseId(case_id))
    return await _write(call, mall_id, case_id, kind, operation, payload, **more)


async def _write(
    call: Call,
    mall_id: UUID,
    case_id: UUID,
    kind: str,
    operation: Callable[..., Awaitable[CaseRow]],
    payload: CaseAnswer | CaseRefusal | CaseNote,
    **more: Any,
) -> CaseView:
    mall = MallId(mall_id)

    async def moved(tx: Tx) -> CaseView:
        case = await operation(tx, mall_id=mall, case_id=CaseId(case_id), actor=call.actor, now=call.now, **more)
        return await queries.view(tx, case, await moves_of(call, tx, case), call.now)

    return await call.write(
        f"aftersales.{kind}",
        moved,
        returns=CaseView,
        mall_id=mall,
        payload=OfCase(case_id, payload),
        key_required=True,
    )


ROUTES = [list_cases, one, approve, counter, reject, grant, refuse, note, list_policies, save_policy]

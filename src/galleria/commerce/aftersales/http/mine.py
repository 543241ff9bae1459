"""Routes of shoppers: what may be asked, asking it, following it, and the pictures that show why."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter

from galleria.commerce.aftersales import operations, queries
from galleria.commerce.aftersales.model import Askable, CaseNote, CaseParcel, CaseRow, CaseSummary, CaseView, NewCase
from galleria.foundation import media
from galleria.kernel.ids import CaseId, MallId, MemberId, OrderId
from galleria.kernel.paging import Page
from galleria.platform.http.access import MEMBER
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

MALL = "/v1/malls/{mall_id:uuid}"
ORDER = MALL + "/me/orders/{order_id:uuid}"
CASE = MALL + "/me/cases/{case_id:uuid}"
TAGS = ["aftersales"]


class CaseEvidence(msgspec.Struct, frozen=True):
    """The form that carries a picture."""

    file: UploadFile


class OfCase(msgspec.Struct, frozen=True):
    """What the journal keeps: of which case or order, and what was said."""

    of: UUID
    said: NewCase | CaseNote | CaseParcel | None = None


@get(ORDER + "/askable", access=MEMBER, summary="What I may ask for my order", tags=TAGS)
async def askable(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> Askable:
    """Return, for each unit of a paid order, what is left of its price, what may be asked, and the case it is in."""
    async with call.db.read() as tx:
        return await queries.askable(
            tx, mall_id=MallId(mall_id), order_id=OrderId(order_id), member_id=call.actor.member_id, now=call.now
        )


@post(ORDER + "/cases", access=MEMBER, summary="Ask for money back, a return, an exchange or a repair", tags=TAGS)
async def open_case(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[NewCase]
) -> CaseView:
    """Open a case about units of one shop; the shop must answer in time, or the mall decides."""
    mall, order, member_id = MallId(mall_id), OrderId(order_id), call.actor.member_id

    async def opened(tx: Tx) -> CaseView:
        case = await operations.open_case(
            tx, mall_id=mall, order_id=order, member_id=member_id, new=data, actor=call.actor, now=call.now
        )
        return await queries.view_mine(tx, case, call.now)

    return await call.write(
        "aftersales.open",
        opened,
        returns=CaseView,
        mall_id=mall,
        payload=OfCase(order_id, data),
        key_required=True,
    )


@get(MALL + "/me/cases", access=MEMBER, summary="My cases", tags=TAGS)
async def list_mine(
    call: TheCall,
    mall_id: FromPath[UUID],
    which: Annotated[Literal["open", "ended"] | None, QueryParameter()] = None,
    order: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 20,
) -> Page[CaseSummary]:
    """List the signed-in member's cases, the newest first."""
    async with call.db.read() as tx:
        return await queries.list_mine(
            tx,
            mall_id=MallId(mall_id),
            member_id=call.actor.member_id,
            which=which,
            order_id=order,
            cursor=cursor,
            limit=limit,
            now=call.now,
        )


@get(CASE, access=MEMBER, summary="One of my cases", tags=TAGS)
async def mine(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID]) -> CaseView:
    """Return a case of the signed-in member with all that happened, what may be done now, and its code."""
    async with call.db.read() as tx:
        case = await _mine(call, tx, mall_id, case_id)
        return await queries.view_mine(tx, case, call.now)


@post(CASE + "/notes", access=MEMBER, status_code=200, summary="Add words and pictures", tags=TAGS)
async def note(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseNote]) -> CaseView:
    """Add something to a case of one's own that is still open."""
    return await _move(call, mall_id, case_id, "aftersales.note", operations.note, data, said=data)


@post(CASE + "/accept", access=MEMBER, status_code=200, summary="Take what the shop offers", tags=TAGS)
async def accept(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID]) -> CaseView:
    """Accept the shop's offer; money goes back at once where nothing has to come in first."""
    return await _move(call, mall_id, case_id, "aftersales.accept", operations.accept)


@post(CASE + "/escalate", access=MEMBER, status_code=200, summary="Let the mall decide", tags=TAGS)
async def escalate(
    call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseNote]
) -> CaseView:
    """Ask the mall to decide what the shop refused or offered too little for."""
    return await _move(call, mall_id, case_id, "aftersales.escalate", operations.escalate, data, said=data)


@post(CASE + "/withdraw", access=MEMBER, status_code=200, summary="Give a case up", tags=TAGS)
async def withdraw(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID]) -> CaseView:
    """Withdraw a case while the goods are still with oneself."""
    return await _move(call, mall_id, case_id, "aftersales.withdraw", operations.withdraw)


@post(CASE + "/parcel", access=MEMBER, status_code=200, summary="I have sent the goods", tags=TAGS)
async def send(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID], data: JSONBody[CaseParcel]) -> CaseView:
    """Tell carrier and tracking number of the parcel with the goods."""
    return await _move(call, mall_id, case_id, "aftersales.send", operations.send, data, parcel=data)


@post(CASE + "/got", access=MEMBER, status_code=200, summary="I have what the shop sent", tags=TAGS)
async def got(call: TheCall, mall_id: FromPath[UUID], case_id: FromPath[UUID]) -> CaseView:
    """Confirm that the replacement, or one's own goods, have come."""
    return await _move(call, mall_id, case_id, "aftersales.got", operations.got)


@post(MALL + "/me/case-pictures", access=MEMBER, summary="Upload a picture of what is wrong", tags=TAGS)
async def upload(call: TheCall, mall_id: FromPath[UUID], data: MultipartBody[CaseEvidence]) -> media.Picture:
    """Store a picture (JPEG, PNG, WebP or a still GIF), without its metadata, and return its name."""
    mall = MallId(mall_id)
    drawn = await media.draw(await data.file.read())
    name = await call.runtime.files.put(drawn.content, "webp")
    return await call.write(
        "aftersales.picture",
        lambda tx: media.record(tx, name=name, drawn=drawn, now=call.now),
        returns=media.Picture,
        mall_id=mall,
        payload={"name": name},
    )


async def _mine(call: Call, tx: Any, mall_id: UUID, case_id: UUID) -> CaseRow:
    return await queries.require_mine(
        tx, mall_id=MallId(mall_id), case_id=CaseId(case_id), member_id=call.actor.member_id
    )


async def _move(
    call: Call,
    mall_id: UUID,
    case_id: UUID,
    kind: str,
    operation: Callable[..., Awaitable[CaseRow]],
    payload: CaseNote | CaseParcel | None = None,
    **more: Any,
) -> CaseView:
    """Move a case of the asker's own, and return it."""
    mall, member_id = MallId(mall_id), MemberId(call.actor.member_id)
    async with call.db.read() as tx:
        await _mine(call, tx, mall_id, case_id)

    async def moved(tx: Tx) -> CaseView:
        case = await operation(
            tx, mall_id=mall, case_id=CaseId(case_id), member_id=member_id, actor=call.actor, now=call.now, **more
        )
        return await queries.view_mine(tx, case, call.now)

    return await call.write(
        kind, moved, returns=CaseView, mall_id=mall, payload=OfCase(case_id, payload), key_required=True
    )


ROUTES = [askable, open_case, list_mine, mine, note, accept, escalate, withdraw, send, got, upload]

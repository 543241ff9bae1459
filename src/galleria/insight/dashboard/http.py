"""Routes of the operator's picture: today, days, the rows behind each figure, their export, and the audit trail."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from galleria.foundation import malls
from galleria.insight.dashboard import queries
from galleria.insight.dashboard.export import csv_lines
from galleria.insight.dashboard.model import AuditDetail, AuditRow, Days, Figure, FigureRow, Today
from galleria.kernel.ids import JournalId, MallId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission, Reach
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx

FromDay = Annotated[date | None, QueryParameter(name="from", description="first business day; today when missing")]
ToDay = Annotated[date | None, QueryParameter(name="to", description="last business day, included; today when missing")]
Words = Annotated[str | None, QueryParameter(max_length=100)]


@get("/v1/malls/{mall_id:uuid}/dashboard/today", access=STAFF, summary="Today, live", tags=["dashboard"])
async def today(call: TheCall, mall_id: FromPath[UUID]) -> Today:
    """Return today's figures with their comparisons, curves and rankings, of the mall or of the asker's shops."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, mall_id)
        return await queries.today(tx, mall_id=MallId(mall_id), reach=reach, now=call.now)


@get("/v1/malls/{mall_id:uuid}/dashboard/days", access=STAFF, summary="Figures day by day", tags=["dashboard"])
async def days(call: TheCall, mall_id: FromPath[UUID], first: FromDay = None, last: ToDay = None) -> Days:
    """Return every figure of each business day of a range, at most 400 days; the last 30 when none is given."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, mall_id)
        return await queries.days(tx, mall_id=MallId(mall_id), reach=reach, first=first, last=last, now=call.now)


@get(
    "/v1/malls/{mall_id:uuid}/dashboard/{figure:str}/rows",
    access=STAFF,
    summary="The records behind a figure, newest first",
    tags=["dashboard"],
)
async def rows(
    call: TheCall,
    mall_id: FromPath[UUID],
    figure: FromPath[Figure],
    first: FromDay = None,
    last: ToDay = None,
    shop: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[FigureRow]:
    """Return the records a figure sums, today's unless days are given; amounts sum to the figure."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, mall_id)
        span = await queries.span(tx, mall_id=MallId(mall_id), first=first, last=last, now=call.now)
        return await queries.rows(
            tx,
            mall_id=MallId(mall_id),
            reach=reach,
            figure=figure,
            days=span,
            shop_id=shop,
            cursor=cursor,
            limit=limit,
        )


@get(
    "/v1/malls/{mall_id:uuid}/dashboard/{figure:str}/export",
    access=STAFF,
    summary="The records behind a figure as CSV",
    tags=["dashboard"],
    media_type="text/csv",
)
async def export(
    call: TheCall,
    mall_id: FromPath[UUID],
    figure: FromPath[Figure],
    first: FromDay = None,
    last: ToDay = None,
    shop: FromQuery[UUID | None] = None,
) -> Stream:
    """Stream every record of the range as CSV (UTF-8, marked for spreadsheets), a page at a time."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = await _reach(call, tx, mall_id)
        span = await queries.span(tx, mall_id=mall, first=first, last=last, now=call.now)
    name = f"{figure.value}-{span.first}-{span.last}.csv"
    return Stream(
        csv_lines(call.db, mall_id=mall, reach=reach, figure=figure, span=span, shop_id=shop, locale=call.locale),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
    )


@get("/v1/malls/{mall_id:uuid}/audit", access=STAFF, summary="Who did what when", tags=["audit"])
async def audit(
    call: TheCall,
    mall_id: FromPath[UUID],
    actor: FromQuery[UUID | None] = None,
    kind: Words = None,
    subject: Words = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[AuditRow]:
    """Return accepted commands of the mall, newest first; `kind` may be a beginning such as `orders.`."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.require(Permission.AUDIT_READ, await malls.mall_target(tx, mall))
        return await queries.audit(
            tx,
            mall_id=mall,
            actor_id=actor,
            kind=kind,
            subject=subject,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/audit/{journal_id:uuid}", access=STAFF, summary="One command whole", tags=["audit"])
async def audit_detail(call: TheCall, mall_id: FromPath[UUID], journal_id: FromPath[UUID]) -> AuditDetail:
    """Return a command's input, answer and events, and the other commands about the same thing."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.require(Permission.AUDIT_READ, await malls.mall_target(tx, mall))
        return await queries.audit_detail(tx, mall_id=mall, journal_id=JournalId(journal_id))


async def _reach(call: Call, tx: ReadTx, mall_id: UUID) -> Reach:
    return call.actor.reach(Permission.REPORT_READ, await malls.mall_target(tx, MallId(mall_id)))


ROUTES = [today, days, rows, export, audit, audit_detail]

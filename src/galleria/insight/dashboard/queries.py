"""The operator's picture, assembled."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from galleria.foundation import malls
from galleria.insight.dashboard import rules, store
from galleria.insight.dashboard.model import AuditDetail, AuditRow, Days, Figure, FigureRow, Today
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import JournalId, MallId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_date, business_day
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

TOP = 10
RELATED = 50


async def today(tx: ReadTx, *, mall_id: MallId, reach: Reach, now: datetime) -> Today:
    """Return the figures since the mall's midnight within a reach, compared with yesterday and last week so far."""
    mall = await malls.get_mall(tx, mall_id)
    day = business_date(now, mall.time_zone)
    spans = [business_day(day - timedelta(days=back), mall.time_zone) for back in (0, 1, 7)]
    local = now.astimezone(ZoneInfo(mall.time_zone))
    scope = store.Scope(mall_id, reach, None, spans)
    only_today = store.Scope(mall_id, reach, None, spans[:1])
    buckets = await store.buckets(tx, scope, zone=mall.time_zone, until=local.time())
    return Today(
        day=day,
        time_zone=mall.time_zone,
        currency=mall.currency,
        at=now,
        starts_at=spans[0].starts_at,
        whole_mall=reach.everything,
        figures=rules.figures(buckets, today=day, hour=local.hour),
        top_shops=await store.top_shops(tx, only_today, TOP),
        top_goods=await store.top_goods(tx, only_today, TOP),
    )


async def days(
    tx: ReadTx, *, mall_id: MallId, reach: Reach, first: date | None, last: date | None, now: datetime
) -> Days:
    """Return every figure of each business day, the last 30 when none are given. Raises Invalid beyond 400 days."""
    mall = await malls.get_mall(tx, mall_id)
    day = business_date(now, mall.time_zone)
    wanted = rules.span(first, last, today=day, zone=mall.time_zone, default_days=rules.DAYS_SHOWN)
    scope = store.Scope(mall_id, reach, None, [wanted.period])
    return Days(
        time_zone=mall.time_zone,
        currency=mall.currency,
        whole_mall=reach.everything,
        items=rules.series(wanted.days, await store.day_buckets(tx, scope, zone=mall.time_zone)),
        top_shops=await store.top_shops(tx, scope, TOP),
        top_goods=await store.top_goods(tx, scope, TOP),
    )


async def span(tx: ReadTx, *, mall_id: MallId, first: date | None, last: date | None, now: datetime) -> rules.Span:
    """Return the business days asked for, today when none are given. Raises NotFound, Invalid."""
    zone = (await malls.get_mall(tx, mall_id)).time_zone
    return rules.span(first, last, today=business_date(now, zone), zone=zone)


async def rows(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    figure: Figure,
    days: rules.Span,
    shop_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FigureRow]:
    """Return the records behind a figure, the newest first; over all pages their amounts sum to the figure."""
    before = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    scope = store.Scope(mall_id, reach, shop_id, [days.period])
    found = await store.rows(tx, scope, figure, before=before, limit=limit + 1)
    return page_of(found, limit, lambda row: (row.at, row.id))


async def audit(
    tx: ReadTx,
    *,
    mall_id: MallId,
    actor_id: UUID | None = None,
    kind: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AuditRow]:
    """Return the mall's accepted commands, the newest first, by actor, beginning of kind, subject and period."""
    found = await store.audit(
        tx,
        mall_id,
        actor_id=actor_id,
        kind=kind or None,
        subject=subject or None,
        since=since,
        until=until,
        before=None if cursor is None else decode_cursor(cursor, tuple[UUID])[0],
        limit=limit + 1,
    )
    return page_of(found, limit, lambda row: (row.id,))


async def audit_detail(tx: ReadTx, *, mall_id: MallId, journal_id: JournalId) -> AuditDetail:
    """Return one command whole, and the others about the same thing; raises NotFound."""
    row = await store.audit_one(tx, mall_id, journal_id)
    if row is None:
        raise NotFound
    related = [] if row.subject is None else await _about(tx, mall_id, row.subject)
    shared = {name: getattr(row, name) for name in AuditRow.__struct_fields__}
    return AuditDetail(
        **shared,
        idempotency_key=row.idempotency_key,
        input=_decoded(row.detail),
        result=_decoded(row.result),
        events=row.events,
        related=[other for other in related if other.id != journal_id],
    )


async def _about(tx: ReadTx, mall_id: MallId, subject: str) -> list[AuditRow]:
    return (await audit(tx, mall_id=mall_id, subject=subject, limit=RELATED)).items


def _decoded(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)

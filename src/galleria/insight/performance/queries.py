"""The results of offers, assembled."""

from datetime import date, datetime
from uuid import UUID

from galleria.foundation import malls
from galleria.insight.performance import rules, store
from galleria.insight.performance.model import ResultDetail, Results, Subject
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId
from galleria.kernel.periods import business_date
from galleria.platform.actors import Actor, Permission
from galleria.platform.tx import ReadTx


async def results(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, first: date | None, last: date | None, now: datetime
) -> Results:
    """Return what every offer and coupon within the actor's reach did in some business days, the last 30 by default.

    Raises Forbidden for who may read no reports here, Invalid for days in the wrong order or more than 400.
    """
    reach = actor.reach(Permission.REPORT_READ, await malls.mall_target(tx, mall_id))
    mall = await malls.get_mall(tx, mall_id)
    span = rules.span(first, last, today=business_date(now, mall.time_zone), zone=mall.time_zone)
    them = await store.abouts(tx, mall_id, reach)
    rows = await store.rows(tx, mall_id, them, span.period, span.zone)
    funded = await store.funded(tx, mall_id, them, span.period, span.zone)
    items = rules.results(them, rows, funded, idle=False)
    return Results(currency=mall.currency, first=span.first, last=span.last, items=items)


async def result(
    tx: ReadTx,
    *,
    actor: Actor,
    mall_id: MallId,
    subject: Subject,
    subject_id: UUID,
    first: date | None,
    last: date | None,
    now: datetime,
) -> ResultDetail:
    """Return what one offer or coupon did, in all and day by day. Raises Forbidden, NotFound, Invalid as `results`."""
    reach = actor.reach(Permission.REPORT_READ, await malls.mall_target(tx, mall_id))
    mall = await malls.get_mall(tx, mall_id)
    span = rules.span(first, last, today=business_date(now, mall.time_zone), zone=mall.time_zone)
    about = await store.about(tx, mall_id, reach, subject, subject_id)
    if about is None:
        raise NotFound
    rows = await store.rows(tx, mall_id, [about], span.period, span.zone)
    funded = await store.funded(tx, mall_id, [about], span.period, span.zone)
    [whole] = rules.results([about], rows, funded, idle=True)
    days = rules.days(rows, span)
    return ResultDetail(currency=mall.currency, first=span.first, last=span.last, result=whole, days=days)

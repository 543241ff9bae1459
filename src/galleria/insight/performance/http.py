"""Routes of the results of offers and coupons."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter

from galleria.insight.performance import queries
from galleria.insight.performance.model import ResultDetail, Results, Subject
from galleria.kernel.ids import MallId
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall

FromDay = Annotated[date | None, QueryParameter(name="from", description="first business day; 30 days ago by default")]
ToDay = Annotated[date | None, QueryParameter(name="to", description="last business day, included; today by default")]


@get(
    "/v1/malls/{mall_id:uuid}/offer-results",
    access=STAFF,
    summary="What offers and coupons did",
    tags=["performance"],
)
async def offer_results(call: TheCall, mall_id: FromPath[UUID], first: FromDay = None, last: ToDay = None) -> Results:
    """Return every offer and coupon within reach: issued, used, orders, sales, cost by funder, margin."""
    async with call.db.read() as tx:
        return await queries.results(
            tx, actor=call.actor, mall_id=MallId(mall_id), first=first, last=last, now=call.now
        )


@get(
    "/v1/malls/{mall_id:uuid}/offers/{offer_id:uuid}/result",
    access=STAFF,
    summary="What an offer did, day by day",
    tags=["performance"],
)
async def offer_result(
    call: TheCall, mall_id: FromPath[UUID], offer_id: FromPath[UUID], first: FromDay = None, last: ToDay = None
) -> ResultDetail:
    """Return the result of one offer, in all and for every business day."""
    async with call.db.read() as tx:
        return await queries.result(
            tx,
            actor=call.actor,
            mall_id=MallId(mall_id),
            subject=Subject.OFFER,
            subject_id=offer_id,
            first=first,
            last=last,
            now=call.now,
        )


@get(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/result",
    access=STAFF,
    summary="What a coupon did, day by day",
    tags=["performance"],
)
async def coupon_result(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], first: FromDay = None, last: ToDay = None
) -> ResultDetail:
    """Return the result of one coupon, in all and for every business day."""
    async with call.db.read() as tx:
        return await queries.result(
            tx,
            actor=call.actor,
            mall_id=MallId(mall_id),
            subject=Subject.COUPON,
            subject_id=coupon_id,
            first=first,
            last=last,
            now=call.now,
        )


ROUTES = [offer_results, offer_result, coupon_result]

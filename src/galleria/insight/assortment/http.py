"""The route of the selection assistant."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from galleria.insight.assortment import queries
from galleria.insight.assortment.model import Assortment
from galleria.kernel.ids import MallId, ShopId
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall

Days = Annotated[int, QueryParameter(ge=7, le=366, description="so many days of sales count")]


@get(
    "/v1/malls/{mall_id:uuid}/assortment",
    access=STAFF,
    summary="Goods to list online and to draw people with",
    tags=["assortment"],
)
async def assortment(
    call: TheCall, mall_id: FromPath[UUID], shop: FromQuery[UUID | None] = None, days: Days = 28
) -> Assortment:
    """Return goods ranked by sales, margin, stock and prices elsewhere, each with advice and reasons."""
    async with call.db.read() as tx:
        return await queries.assortment(
            tx,
            actor=call.actor,
            mall_id=MallId(mall_id),
            shop_id=None if shop is None else ShopId(shop),
            days=days,
            now=call.now,
        )


ROUTES = [assortment]

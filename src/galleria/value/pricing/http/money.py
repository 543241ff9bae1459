"""Routes of what stands behind a price: costs, floors, guards, competitors' prices, and the history of our own."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter

from galleria.foundation import catalog, malls
from galleria.kernel.ids import MallId, ProductId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx
from galleria.value.pricing import operations, queries
from galleria.value.pricing.http.rules import require_shop
from galleria.value.pricing.model import (
    CompetitorInput,
    CompetitorPrice,
    CostInput,
    CostRow,
    Entered,
    Guard,
    GuardView,
    PriceHistory,
)

Words = Annotated[str | None, QueryParameter(max_length=200)]


class CostsRequest(msgspec.Struct, frozen=True):
    """Costs and floor prices of a shop's goods."""

    shop_id: UUID
    items: Annotated[list[CostInput], msgspec.Meta(min_length=1, max_length=1000)]


class CompetitorsRequest(msgspec.Struct, frozen=True):
    """What others ask for a shop's goods."""

    shop_id: UUID
    items: Annotated[list[CompetitorInput], msgspec.Meta(min_length=1, max_length=1000)]


class PricesForm(msgspec.Struct, frozen=True):
    """The form that carries a CSV file of prices."""

    file: UploadFile


class PricesImported(msgspec.Struct, frozen=True):
    """What the journal keeps of a file's import."""

    shop_id: UUID
    file_name: str
    source: str


class GuardRequest(Guard, frozen=True, kw_only=True):
    """The guard of a shop, or without one of the whole mall."""

    shop_id: UUID | None = None


@get("/v1/malls/{mall_id:uuid}/costs", access=STAFF, summary="Costs and margins of a shop's goods", tags=["pricing"])
async def list_costs(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID],
    q: Words = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[CostRow]:
    """Return the active variants of a shop by SKU with cost, floor price and margin; `q` begins a SKU or names it."""
    mall, shop_id = MallId(mall_id), ShopId(shop)
    async with call.db.read() as tx:
        await require_shop(call, tx, mall, shop_id)
        return await queries.list_costs(tx, mall_id=mall, shop_id=shop_id, words=q, cursor=cursor, limit=limit)


@put("/v1/malls/{mall_id:uuid}/costs", access=STAFF, summary="Enter costs and floor prices", tags=["pricing"])
async def enter_costs(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CostsRequest]) -> Entered:
    """Enter what goods cost and the least they may be sold for; rules that would now break a floor give way."""
    mall, shop_id = MallId(mall_id), ShopId(data.shop_id)

    async def enter(tx: Tx) -> Entered:
        await require_shop(call, tx, mall, shop_id)
        return await operations.enter_costs(
            tx, mall_id=mall, shop_id=shop_id, items=data.items, staff_id=call.actor.staff_id, now=call.now
        )

    return await call.write("pricing.enter_costs", enter, returns=Entered, mall_id=mall, payload=data)


@post("/v1/malls/{mall_id:uuid}/costs/import", access=STAFF, summary="Import costs", tags=["pricing"])
async def import_costs(
    call: TheCall, mall_id: FromPath[UUID], shop: FromQuery[UUID], data: MultipartBody[PricesForm]
) -> Entered:
    """Take a CSV file with the columns sku, cost, floor; entered whole, or refused with every problem by line."""
    mall, shop_id = MallId(mall_id), ShopId(shop)
    async with call.db.read() as tx:
        await require_shop(call, tx, mall, shop_id)
    content = await data.file.read()
    source = await call.runtime.files.put(content, "csv")
    return await call.write(
        "pricing.import_costs",
        lambda tx: operations.import_costs(
            tx, mall_id=mall, shop_id=shop_id, content=content, staff_id=call.actor.staff_id, now=call.now
        ),
        returns=Entered,
        mall_id=mall,
        payload=PricesImported(shop, data.file.filename[-120:], source),
    )


@get("/v1/malls/{mall_id:uuid}/price-guard", access=STAFF, summary="The margin guard", tags=["pricing"])
async def get_guard(call: TheCall, mall_id: FromPath[UUID], shop: FromQuery[UUID | None] = None) -> GuardView:
    """Return the guard in force for a shop, or without one for the whole mall."""
    mall, shop_id = MallId(mall_id), None if shop is None else ShopId(shop)
    async with call.db.read() as tx:
        await require_shop(call, tx, mall, shop_id)
        return await queries.guard_of(tx, mall_id=mall, shop_id=shop_id)


@put("/v1/malls/{mall_id:uuid}/price-guard", access=STAFF, summary="Set the margin guard", tags=["pricing"])
async def set_guard(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[GuardRequest]) -> GuardView:
    """Set the smallest margin rules may leave and what happens below it, for a shop or the whole mall."""
    mall, shop_id = MallId(mall_id), None if data.shop_id is None else ShopId(data.shop_id)

    async def change(tx: Tx) -> GuardView:
        await require_shop(call, tx, mall, shop_id)
        return await operations.set_guard(
            tx, mall_id=mall, shop_id=shop_id, guard=data, staff_id=call.actor.staff_id, now=call.now
        )

    return await call.write("pricing.set_guard", change, returns=GuardView, mall_id=mall, payload=data)


@get(
    "/v1/malls/{mall_id:uuid}/competitor-prices",
    access=STAFF,
    summary="What others ask for our goods",
    tags=["pricing"],
)
async def list_competitors(
    call: TheCall,
    mall_id: FromPath[UUID],
    product: FromQuery[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[CompetitorPrice]:
    """Return competitors' prices of a product, newest first."""
    mall, product_id = MallId(mall_id), ProductId(product)
    async with call.db.read() as tx:
        await require_shop(call, tx, mall, await catalog.shop_of(tx, mall_id=mall, product_id=product_id))
        return await queries.list_competitors(tx, mall_id=mall, product_id=product_id, cursor=cursor, limit=limit)


@post(
    "/v1/malls/{mall_id:uuid}/competitor-prices",
    access=STAFF,
    summary="Enter competitors' prices",
    tags=["pricing"],
)
async def enter_competitors(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CompetitorsRequest]) -> Entered:
    """Enter what others ask for a shop's goods; the same source at the same moment is corrected."""
    mall, shop_id = MallId(mall_id), ShopId(data.shop_id)

    async def enter(tx: Tx) -> Entered:
        await require_shop(call, tx, mall, shop_id)
        return await operations.enter_competitors(
            tx, mall_id=mall, shop_id=shop_id, items=data.items, staff_id=call.actor.staff_id, now=call.now
        )

    return await call.write("pricing.enter_competitors", enter, returns=Entered, mall_id=mall, payload=data)


@post(
    "/v1/malls/{mall_id:uuid}/competitor-prices/import",
    access=STAFF,
    summary="Import competitors' prices",
    tags=["pricing"],
)
async def import_competitors(
    call: TheCall, mall_id: FromPath[UUID], shop: FromQuery[UUID], data: MultipartBody[PricesForm]
) -> Entered:
    """Take a CSV file with the columns sku, source, price, seen_at; entered whole, or refused with every problem."""
    mall, shop_id = MallId(mall_id), ShopId(shop)
    async with call.db.read() as tx:
        await require_shop(call, tx, mall, shop_id)
    content = await data.file.read()
    source = await call.runtime.files.put(content, "csv")
    return await call.write(
        "pricing.import_competitors",
        lambda tx: operations.import_competitors(
            tx, mall_id=mall, shop_id=shop_id, content=content, staff_id=call.actor.staff_id, now=call.now
        ),
        returns=Entered,
        mall_id=mall,
        payload=PricesImported(shop, data.file.filename[-120:], source),
    )


@get(
    "/v1/malls/{mall_id:uuid}/products/{product_id:uuid}/prices",
    access=STAFF,
    summary="Every price a product had",
    tags=["pricing"],
)
async def price_history(
    call: TheCall,
    mall_id: FromPath[UUID],
    product_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> PriceHistory:
    """Return each change of a product's prices, newest first: from, to, why, by which rule, by whom."""
    mall, product = MallId(mall_id), ProductId(product_id)
    async with call.db.read() as tx:
        shop_id = await catalog.shop_of(tx, mall_id=mall, product_id=product)
        call.actor.require(Permission.PRICE_MANAGE, await malls.shop_target(tx, mall, shop_id))
        return await queries.price_history(tx, mall_id=mall, product_id=product, cursor=cursor, limit=limit)


ROUTES = [
    list_costs,
    enter_costs,
    import_costs,
    get_guard,
    set_guard,
    list_competitors,
    enter_competitors,
    import_competitors,
    price_history,
]

"""Routes of goods: lists, search and pages for everyone; saving and publishing for the shop's staff."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.foundation import malls
from galleria.foundation.catalog import operations, queries
from galleria.foundation.catalog.model import (
    CatalogRow,
    Product,
    ProductInput,
    ProductList,
    ProductPatch,
    ProductState,
    Sort,
    Suggestions,
)
from galleria.kernel.ids import CategoryId, MallId, ProductId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx

Words = Annotated[str | None, QueryParameter(max_length=200)]


class NewProduct(ProductInput, frozen=True, kw_only=True):
    """A product to create in a shop; a draft unless `publish` is true."""

    shop_id: UUID
    publish: bool = False


class NewState(msgspec.Struct, frozen=True):
    """The state a product shall have."""

    state: ProductState


@get(
    "/v1/malls/{mall_id:uuid}/products",
    access=PUBLIC,
    summary="Goods of a mall, filtered or searched",
    tags=["catalog"],
)
async def list_products(
    call: TheCall,
    mall_id: FromPath[UUID],
    category: FromQuery[UUID | None] = None,
    shop: FromQuery[UUID | None] = None,
    q: Words = None,
    sort: FromQuery[Sort | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> ProductList:
    """Return published goods of open shops; with `q`, those that match, best first."""
    async with call.db.read() as tx:
        return await queries.list_products(
            tx,
            mall_id=MallId(mall_id),
            category_id=None if category is None else CategoryId(category),
            shop_id=None if shop is None else ShopId(shop),
            words=q,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/search/suggest", access=PUBLIC, summary="What words may mean", tags=["catalog"])
async def suggest(
    call: TheCall, mall_id: FromPath[UUID], q: Annotated[str, QueryParameter(max_length=200)]
) -> Suggestions:
    """Return goods, shops and categories whose names fit the words typed so far."""
    async with call.db.read() as tx:
        return await queries.suggest(tx, mall_id=MallId(mall_id), words=q)


@get(
    "/v1/malls/{mall_id:uuid}/products/{product_id:uuid}",
    access=PUBLIC,
    summary="A product's page",
    tags=["catalog"],
)
async def product_page(call: TheCall, mall_id: FromPath[UUID], product_id: FromPath[UUID]) -> Product:
    """Return a published product with its variants, shop and category."""
    async with call.db.read() as tx:
        return await queries.get_product(tx, mall_id=MallId(mall_id), product_id=ProductId(product_id))


@get("/v1/malls/{mall_id:uuid}/catalog", access=STAFF, summary="Goods as their shops see them", tags=["catalog"])
async def list_catalog(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    product_state: Annotated[ProductState | None, QueryParameter(name="state")] = None,
    q: Words = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> Page[CatalogRow]:
    """Return goods in every state of the shops the caller manages, newest first."""
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.CATALOG_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
        return await queries.list_catalog(
            tx,
            mall_id=MallId(mall_id),
            reach=reach,
            shop_id=None if shop is None else ShopId(shop),
            state=product_state,
            words=q,
            cursor=cursor,
            limit=limit,
        )


@get(
    "/v1/malls/{mall_id:uuid}/catalog/{product_id:uuid}",
    access=STAFF,
    summary="A product as its shop sees it",
    tags=["catalog"],
)
async def catalog_product(call: TheCall, mall_id: FromPath[UUID], product_id: FromPath[UUID]) -> Product:
    """Return a product in any state, retired variants too."""
    async with call.db.read() as tx:
        await _require(call, tx, mall_id, product_id)
        return await queries.get_any_product(tx, mall_id=MallId(mall_id), product_id=ProductId(product_id))


@post("/v1/malls/{mall_id:uuid}/products", access=STAFF, summary="Create a product", tags=["catalog"])
async def create_product(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewProduct]) -> Product:
    """Create a product in a shop, as a draft or published at once."""

    async def create(tx: Tx) -> Product:
        target = await malls.shop_target(tx, MallId(mall_id), ShopId(data.shop_id))
        call.actor.require(Permission.CATALOG_MANAGE, target)
        return await operations.create_product(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(data.shop_id), product=data, publish=data.publish, now=call.now
        )

    return await call.write("catalog.create", create, returns=Product, mall_id=MallId(mall_id), payload=data)


@patch(
    "/v1/malls/{mall_id:uuid}/products/{product_id:uuid}", access=STAFF, summary="Change a product", tags=["catalog"]
)
async def change_product(
    call: TheCall, mall_id: FromPath[UUID], product_id: FromPath[UUID], data: JSONBody[ProductPatch]
) -> Product:
    """Change what is given of a product; a published one must stay fit to be sold."""

    async def change(tx: Tx) -> Product:
        await _require(call, tx, mall_id, product_id)
        return await operations.change_product(
            tx, mall_id=MallId(mall_id), product_id=ProductId(product_id), patch=data, now=call.now
        )

    return await call.write(
        "catalog.change", change, returns=Product, mall_id=MallId(mall_id), payload=(product_id, data)
    )


@post(
    "/v1/malls/{mall_id:uuid}/products/{product_id:uuid}/state",
    access=STAFF,
    summary="Publish, withdraw or archive a product",
    tags=["catalog"],
    status_code=200,
)
async def set_state(
    call: TheCall, mall_id: FromPath[UUID], product_id: FromPath[UUID], data: JSONBody[NewState]
) -> Product:
    """Set a product's state; publishing names everything that is still missing."""

    async def change(tx: Tx) -> Product:
        await _require(call, tx, mall_id, product_id)
        return await operations.set_state(
            tx, mall_id=MallId(mall_id), product_id=ProductId(product_id), state=data.state, now=call.now
        )

    return await call.write(
        "catalog.set_state", change, returns=Product, mall_id=MallId(mall_id), payload=(product_id, data)
    )


async def _require(call: TheCall, tx: ReadTx, mall_id: UUID, product_id: UUID) -> None:
    """Raise NotFound or Forbidden unless the caller manages the product's shop."""
    shop_id = await queries.shop_of(tx, mall_id=MallId(mall_id), product_id=ProductId(product_id))
    call.actor.require(Permission.CATALOG_MANAGE, await malls.shop_target(tx, MallId(mall_id), shop_id))


ROUTES = [
    list_products,
    suggest,
    product_page,
    list_catalog,
    catalog_product,
    create_product,
    change_product,
    set_state,
]

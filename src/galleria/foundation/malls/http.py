"""Routes of the directory."""

from typing import Annotated
from uuid import UUID

from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.foundation.malls import operations, queries
from galleria.foundation.malls.model import (
    STORABLE,
    Category,
    CategoryChange,
    Mall,
    MallChange,
    Merchant,
    MerchantChange,
    NewCategory,
    NewMall,
    NewMerchant,
    NewShop,
    Shop,
    ShopChange,
    ShopState,
)
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CategoryId, GroupId, MallId, MerchantId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission, Target
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit

Cursor = Annotated[str | None, QueryParameter(max_length=400)]
Search = Annotated[str | None, QueryParameter(max_length=80, pattern=STORABLE)]
FloorCode = Annotated[str | None, QueryParameter(max_length=20, pattern=STORABLE)]


@get("/v1/malls", access=PUBLIC, summary="The malls of this installation", tags=["malls"])
async def list_malls(call: TheCall) -> list[Mall]:
    """Return every mall, by name."""
    async with call.db.read() as tx:
        return await queries.list_malls(tx)


@get("/v1/malls/{mall_id:uuid}", access=PUBLIC, summary="A mall", tags=["malls"])
async def get_mall(call: TheCall, mall_id: FromPath[UUID]) -> Mall:
    """Return a mall."""
    async with call.db.read() as tx:
        return await queries.get_mall(tx, MallId(mall_id))


@get("/v1/malls/by-code/{code:str}", access=PUBLIC, summary="A mall by its code", tags=["malls"])
async def get_mall_by_code(call: TheCall, code: FromPath[str]) -> Mall:
    """Return the mall with a code, as it stands in addresses."""
    async with call.db.read() as tx:
        return await queries.get_mall_by_code(tx, code)


@post("/v1/groups/{group_id:uuid}/malls", access=STAFF, summary="Open a mall", tags=["malls"])
async def open_mall(call: TheCall, group_id: FromPath[UUID], data: JSONBody[NewMall]) -> Mall:
    """Open a mall in a group; for operators of the group."""
    group = GroupId(group_id)
    call.actor.require(Permission.MALL_MANAGE, Target(group_id=group))
    return await call.write(
        "malls.open",
        lambda tx: operations.create_mall(tx, group_id=group, mall=data, now=call.now),
        returns=Mall,
        payload=(group_id, data),
    )


@patch("/v1/malls/{mall_id:uuid}", access=STAFF, summary="Change a mall", tags=["malls"])
async def change_mall(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[MallChange]) -> Mall:
    """Change what is given of a mall; for its operators."""
    mall = await _manage(call, mall_id)
    return await call.write(
        "malls.change",
        lambda tx: operations.update_mall(tx, mall_id=mall, change=data),
        returns=Mall,
        mall_id=mall,
        payload=data,
    )


@get("/v1/malls/{mall_id:uuid}/merchants", access=STAFF, summary="Merchants", tags=["malls"])
async def list_merchants(call: TheCall, mall_id: FromPath[UUID]) -> list[Merchant]:
    """Return the merchants a staff reaches, by code; an operator sees those of the whole group."""
    async with call.db.read() as tx:
        target = await queries.mall_target(tx, MallId(mall_id))
        reach = call.actor.reach(Permission.SHOP_MANAGE, target)
        return await queries.list_merchants(tx, MallId(mall_id), reach)


@post("/v1/malls/{mall_id:uuid}/merchants", access=STAFF, summary="Take in a merchant", tags=["malls"])
async def add_merchant(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewMerchant]) -> Merchant:
    """Take a merchant into the mall's group; for the mall's operators."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        group = await queries.group_of(tx, mall)
    return await call.write(
        "malls.add_merchant",
        lambda tx: operations.create_merchant(tx, group_id=group, merchant=data, now=call.now),
        returns=Merchant,
        mall_id=mall,
        payload=data,
    )


@patch(
    "/v1/malls/{mall_id:uuid}/merchants/{merchant_id:uuid}", access=STAFF, summary="Change a merchant", tags=["malls"]
)
async def change_merchant(
    call: TheCall, mall_id: FromPath[UUID], merchant_id: FromPath[UUID], data: JSONBody[MerchantChange]
) -> Merchant:
    """Change a merchant's names in every mall of the group; for operators of the group."""
    async with call.db.read() as tx:
        group = await queries.group_of(tx, MallId(mall_id))
    call.actor.require(Permission.MALL_MANAGE, Target(group_id=group))
    merchant = MerchantId(merchant_id)
    return await call.write(
        "malls.change_merchant",
        lambda tx: operations.update_merchant(tx, group_id=group, merchant_id=merchant, change=data),
        returns=Merchant,
        mall_id=MallId(mall_id),
        payload=(merchant_id, data),
    )


@get("/v1/malls/{mall_id:uuid}/categories", access=PUBLIC, summary="Categories", tags=["malls"])
async def list_categories(call: TheCall, mall_id: FromPath[UUID]) -> list[Category]:
    """Return the mall's category tree as a flat list, siblings in their order."""
    async with call.db.read() as tx:
        return await queries.list_categories(tx, MallId(mall_id))


@post("/v1/malls/{mall_id:uuid}/categories", access=STAFF, summary="Add a category", tags=["malls"])
async def add_category(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewCategory]) -> Category:
    """Add a category; for the mall's operators."""
    mall = await _manage(call, mall_id)
    return await call.write(
        "malls.add_category",
        lambda tx: operations.create_category(tx, mall_id=mall, category=data),
        returns=Category,
        mall_id=mall,
        payload=data,
    )


@patch(
    "/v1/malls/{mall_id:uuid}/categories/{category_id:uuid}", access=STAFF, summary="Change a category", tags=["malls"]
)
async def change_category(
    call: TheCall, mall_id: FromPath[UUID], category_id: FromPath[UUID], data: JSONBody[CategoryChange]
) -> Category:
    """Change what is given of a category; for the mall's operators."""
    mall, category = await _manage(call, mall_id), CategoryId(category_id)
    return await call.write(
        "malls.change_category",
        lambda tx: operations.update_category(tx, mall_id=mall, category_id=category, change=data),
        returns=Category,
        mall_id=mall,
        payload=(category_id, data),
    )


@get("/v1/malls/{mall_id:uuid}/shops", access=PUBLIC, summary="The directory", tags=["malls"])
async def list_shops(
    call: TheCall,
    mall_id: FromPath[UUID],
    category: FromQuery[UUID | None] = None,
    floor: FloorCode = None,
    q: Search = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Shop]:
    """Return open shops by code; a category takes in those below it, `q` looks in both names."""
    async with call.db.read() as tx:
        return await queries.list_shops(
            tx,
            MallId(mall_id),
            category_id=None if category is None else CategoryId(category),
            floor=floor,
            q=q,
            cursor=cursor,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/shops/manage", access=STAFF, summary="Shops to manage", tags=["malls"])
async def list_shops_to_manage(
    call: TheCall,
    mall_id: FromPath[UUID],
    category: FromQuery[UUID | None] = None,
    floor: FloorCode = None,
    q: Search = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Shop]:
    """Return the shops a staff may manage, closed ones too, by code."""
    async with call.db.read() as tx:
        target = await queries.mall_target(tx, MallId(mall_id))
        return await queries.list_shops(
            tx,
            MallId(mall_id),
            reach=call.actor.reach(Permission.SHOP_MANAGE, target),
            category_id=None if category is None else CategoryId(category),
            floor=floor,
            q=q,
            cursor=cursor,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/shops/{shop_id:uuid}", access=PUBLIC, summary="A shop", tags=["malls"])
async def get_shop(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> Shop:
    """Return a shop; a closed one only to those who may manage it."""
    async with call.db.read() as tx:
        shop = await queries.get_shop(tx, MallId(mall_id), ShopId(shop_id))
        if shop.state is not ShopState.OPEN:
            target = await queries.shop_target(tx, MallId(mall_id), ShopId(shop_id))
            if not call.actor.may(Permission.SHOP_MANAGE, target):
                raise NotFound
    return shop


@post("/v1/malls/{mall_id:uuid}/shops", access=STAFF, summary="Open a shop", tags=["malls"])
async def open_shop(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewShop]) -> Shop:
    """Open a shop; for the mall's operators."""
    mall = await _manage(call, mall_id)
    return await call.write(
        "malls.open_shop",
        lambda tx: operations.create_shop(tx, mall_id=mall, shop=data, now=call.now),
        returns=Shop,
        mall_id=mall,
        payload=data,
    )


@patch("/v1/malls/{mall_id:uuid}/shops/{shop_id:uuid}", access=STAFF, summary="Change a shop", tags=["malls"])
async def change_shop(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: JSONBody[ShopChange]
) -> Shop:
    """Change what is given of a shop; its merchant, category and place only by the mall's operators."""
    mall, shop = MallId(mall_id), ShopId(shop_id)
    async with call.db.read() as tx:
        target = await queries.shop_target(tx, mall, shop)
    call.actor.require(Permission.MALL_MANAGE if data.moves else Permission.SHOP_MANAGE, target)
    return await call.write(
        "malls.change_shop",
        lambda tx: operations.update_shop(tx, mall_id=mall, shop_id=shop, change=data),
        returns=Shop,
        mall_id=mall,
        payload=(shop_id, data),
    )


async def _manage(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to be its operator."""
    async with call.db.read() as tx:
        call.actor.require(Permission.MALL_MANAGE, await queries.mall_target(tx, MallId(mall_id)))
    return MallId(mall_id)


ROUTES = [
    list_malls, get_mall, get_mall_by_code, open_mall, change_mall,
    list_merchants, add_merchant, change_merchant,
    list_categories, add_category, change_category,
    list_shops, list_shops_to_manage, get_shop, open_shop, change_shop,
]  # fmt: skip

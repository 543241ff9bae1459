"""Routes of a restaurant that sets itself up: terms, tables, dishes, choices."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from galleria.foundation import malls
from galleria.kernel.ids import MallId, ProductId, ShopId, TableId
from galleria.onsite.dining import operations, queries
from galleria.onsite.dining.model import (
    DishInput,
    DishSettings,
    GroupInput,
    Menu,
    MenuDish,
    OptionGroup,
    Restaurant,
    RestaurantInput,
    Table,
    TableInput,
)
from galleria.platform.actors import Permission
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall

SHOP = "/v1/malls/{mall_id:uuid}/shops/{shop_id:uuid}"


@get(SHOP + "/menu", access=PUBLIC, summary="A restaurant's menu", tags=["dining"])
async def menu(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> Menu:
    """Return what a restaurant serves now, with choices and what has run out."""
    async with call.db.read() as tx:
        return await queries.menu(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id))


@get(SHOP + "/dining", access=STAFF, summary="How a restaurant takes orders at its tables", tags=["dining"])
async def get_restaurant(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> Restaurant:
    """Return the terms and the kitchen's stations; of a shop that never set any, those it would begin with."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    async with call.db.read() as tx:
        return await queries.restaurant(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id))


@put(SHOP + "/dining", access=STAFF, summary="Set how a restaurant takes orders at its tables", tags=["dining"])
async def set_restaurant(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: JSONBody[RestaurantInput]
) -> Restaurant:
    """Open or close ordering at the tables, say who seats guests, and name the kitchen's stations."""
    await require(call, mall_id, shop_id, Permission.SHOP_MANAGE)
    return await call.write(
        "dining.set_restaurant",
        lambda tx: operations.set_restaurant(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), terms=data, now=call.now
        ),
        returns=Restaurant,
        mall_id=MallId(mall_id),
        payload=(shop_id, data),
    )


@get(SHOP + "/dishes", access=STAFF, summary="A restaurant's dishes and how each is set up", tags=["dining"])
async def list_dishes(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> list[MenuDish]:
    """Return the dishes in the order of the menu."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    async with call.db.read() as tx:
        return await queries.list_dishes(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id))


@put(SHOP + "/dishes/{product_id:uuid}", access=STAFF, summary="Set how a product is a dish", tags=["dining"])
async def set_dish(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    product_id: FromPath[UUID],
    data: JSONBody[DishInput],
) -> DishSettings:
    """Say which station makes it, in which course it comes, and which choices it has."""
    await require(call, mall_id, shop_id, Permission.CATALOG_MANAGE)
    return await call.write(
        "dining.set_dish",
        lambda tx: operations.set_dish(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), product_id=ProductId(product_id), dish=data
        ),
        returns=DishSettings,
        mall_id=MallId(mall_id),
        payload=(product_id, data),
    )


@get(SHOP + "/option-groups", access=STAFF, summary="A restaurant's groups of choices", tags=["dining"])
async def list_groups(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> list[OptionGroup]:
    """Return the groups in order."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    async with call.db.read() as tx:
        return await queries.list_groups(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id))


@post(SHOP + "/option-groups", access=STAFF, summary="Add a group of choices", tags=["dining"])
async def add_group(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: JSONBody[GroupInput]
) -> OptionGroup:
    """Add a group that dishes can have."""
    await require(call, mall_id, shop_id, Permission.CATALOG_MANAGE)
    return await _write_group(call, mall_id, shop_id, None, data)


@put(
    SHOP + "/option-groups/{option_group_id:uuid}",
    access=STAFF,
    summary="Change a group of choices",
    tags=["dining"],
)
async def set_group(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    option_group_id: FromPath[UUID],
    data: JSONBody[GroupInput],
) -> OptionGroup:
    """Write a group anew; choices that keep their id stay sold out."""
    await require(call, mall_id, shop_id, Permission.CATALOG_MANAGE)
    return await _write_group(call, mall_id, shop_id, option_group_id, data)


async def _write_group(
    call: Call, mall_id: UUID, shop_id: UUID, group_id: UUID | None, data: GroupInput
) -> OptionGroup:
    return await call.write(
        "dining.set_group",
        lambda tx: operations.set_group(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), group_id=group_id, group=data
        ),
        returns=OptionGroup,
        mall_id=MallId(mall_id),
        payload=(shop_id, group_id, data),
    )


@delete(
    SHOP + "/option-groups/{option_group_id:uuid}",
    access=STAFF,
    status_code=200,
    summary="Take a group of choices away",
    tags=["dining"],
)
async def delete_group(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], option_group_id: FromPath[UUID]
) -> UUID:
    """Take a group away, from the dishes that have it too."""
    await require(call, mall_id, shop_id, Permission.CATALOG_MANAGE)
    return await call.write(
        "dining.delete_group",
        lambda tx: operations.delete_group(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), group_id=option_group_id
        ),
        returns=UUID,
        mall_id=MallId(mall_id),
        payload=(shop_id, option_group_id),
    )


@post(SHOP + "/tables", access=STAFF, summary="Put a table up", tags=["dining"])
async def add_table(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: JSONBody[TableInput]
) -> Table:
    """Put a table up; its `sticker` is what the code on it says."""
    await require(call, mall_id, shop_id, Permission.SHOP_MANAGE)
    return await call.write(
        "dining.add_table",
        lambda tx: operations.add_table(tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), table=data),
        returns=Table,
        mall_id=MallId(mall_id),
        payload=(shop_id, data),
    )


@put(SHOP + "/tables/{table_id:uuid}", access=STAFF, summary="Change a table", tags=["dining"])
async def change_table(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    table_id: FromPath[UUID],
    data: JSONBody[TableInput],
) -> Table:
    """Change number, seats and place of a table, or take it out of use."""
    await require(call, mall_id, shop_id, Permission.SHOP_MANAGE)
    return await call.write(
        "dining.change_table",
        lambda tx: operations.change_table(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), table_id=TableId(table_id), table=data
        ),
        returns=Table,
        mall_id=MallId(mall_id),
        payload=(table_id, data),
    )


@post(
    SHOP + "/tables/{table_id:uuid}/sticker",
    access=STAFF,
    status_code=200,
    summary="Give a table another code",
    tags=["dining"],
)
async def renew_sticker(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], table_id: FromPath[UUID]
) -> Table:
    """Give a table another code; the old sticker is good for nothing then."""
    await require(call, mall_id, shop_id, Permission.SHOP_MANAGE)
    return await call.write(
        "dining.renew_sticker",
        lambda tx: operations.renew_sticker(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), table_id=TableId(table_id)
        ),
        returns=Table,
        mall_id=MallId(mall_id),
        payload=table_id,
        replayable=False,
    )


async def require(call: Call, mall_id: UUID, shop_id: UUID, permission: Permission) -> None:
    """Raise NotFound or Forbidden unless the caller may do this in the shop."""
    async with call.db.read() as tx:
        call.actor.require(permission, await malls.shop_target(tx, MallId(mall_id), ShopId(shop_id)))


ROUTES = [
    menu,
    get_restaurant,
    set_restaurant,
    list_dishes,
    set_dish,
    list_groups,
    add_group,
    set_group,
    delete_group,
    add_table,
    change_table,
    renew_sticker,
]

"""Routes of the kitchen: its board, and what has run out."""

from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.kernel.ids import MallId, ProductId, ShopId
from galleria.onsite.dining import operations, queries
from galleria.onsite.dining.http.setup import SHOP, require
from galleria.onsite.dining.model import DishSettings, KitchenBoard, MoveDishes, SoldOut
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall


@get(SHOP + "/kitchen", access=STAFF, summary="The kitchen's board", tags=["dining"])
async def board(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], station: FromQuery[UUID | None] = None
) -> KitchenBoard:
    """Return what the kitchen, or one station of it, has to do, the oldest first."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    async with call.db.read() as tx:
        return await queries.kitchen(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), station_id=station, now=call.now
        )


@post(SHOP + "/kitchen/moves", access=STAFF, status_code=200, summary="Move dishes on the board", tags=["dining"])
async def move_dishes(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], data: JSONBody[MoveDishes]
) -> KitchenBoard:
    """Begin, finish or serve dishes, or take a step back: all that are named, or none."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    mall, shop = MallId(mall_id), ShopId(shop_id)
    await call.write(
        "dining.move_dishes",
        lambda tx: operations.move_on_board(
            tx, mall_id=mall, shop_id=shop, item_ids=data.item_ids, to=data.to, now=call.now
        ),
        returns=int,
        mall_id=mall,
        payload=(shop_id, data),
    )
    async with call.db.read() as tx:
        return await queries.kitchen(tx, mall_id=mall, shop_id=shop, station_id=None, now=call.now)


@put(SHOP + "/dishes/{product_id:uuid}/sold-out", access=STAFF, summary="Say a dish has run out", tags=["dining"])
async def set_dish_sold_out(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    product_id: FromPath[UUID],
    data: JSONBody[SoldOut],
) -> DishSettings:
    """Take a dish off every phone's menu, or put it back."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    return await call.write(
        "dining.set_sold_out",
        lambda tx: operations.set_dish_sold_out(
            tx,
            mall_id=MallId(mall_id),
            shop_id=ShopId(shop_id),
            product_id=ProductId(product_id),
            sold_out=data.sold_out,
        ),
        returns=DishSettings,
        mall_id=MallId(mall_id),
        payload=(product_id, data),
    )


@put(SHOP + "/options/{option_id:uuid}/sold-out", access=STAFF, summary="Say a choice has run out", tags=["dining"])
async def set_option_sold_out(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop_id: FromPath[UUID],
    option_id: FromPath[UUID],
    data: JSONBody[SoldOut],
) -> UUID:
    """Take a choice off every phone's menu, or put it back."""
    await require(call, mall_id, shop_id, Permission.DINE_SERVE)
    return await call.write(
        "dining.set_option_sold_out",
        lambda tx: operations.set_option_sold_out(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop_id), option_id=option_id, sold_out=data.sold_out
        ),
        returns=UUID,
        mall_id=MallId(mall_id),
        payload=(option_id, data),
    )


ROUTES = [board, move_dishes, set_dish_sold_out, set_option_sold_out]

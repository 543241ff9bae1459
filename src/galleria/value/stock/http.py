"""Routes of stock: what is available for everyone, levels and movements for the shop's staff."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.foundation import catalog, malls
from galleria.kernel.ids import MallId, ShopId, VariantId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx
from galleria.value.stock import operations, queries
from galleria.value.stock.model import Available, Level, Movement, Quantity, StockRow


class NewLevel(msgspec.Struct, frozen=True):
    """How much was counted."""

    on_hand: Quantity


@get("/v1/malls/{mall_id:uuid}/availability", access=PUBLIC, summary="What can be bought now", tags=["stock"])
async def availability(
    call: TheCall, mall_id: FromPath[UUID], variant: Annotated[list[UUID], QueryParameter(min_items=1, max_items=200)]
) -> list[Available]:
    """Return how many of each variant can be bought; 0 for one that has no stock."""
    ids = [VariantId(v) for v in dict.fromkeys(variant)]
    async with call.db.read() as tx:
        found = await queries.available(tx, MallId(mall_id), ids)
    return [Available(v, found[v]) for v in ids]


@get("/v1/malls/{mall_id:uuid}/stock", access=STAFF, summary="A shop's stock", tags=["stock"])
async def list_stock(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID],
    q: Annotated[str | None, QueryParameter(max_length=200)] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> Page[StockRow]:
    """Return the active variants of a shop with their levels, by SKU; `q` is the beginning of a SKU or a name."""
    async with call.db.read() as tx:
        target = await malls.shop_target(tx, MallId(mall_id), ShopId(shop))
        call.actor.require(Permission.STOCK_MANAGE, target)
        return await queries.list_stock(
            tx, mall_id=MallId(mall_id), shop_id=ShopId(shop), words=q, cursor=cursor, limit=limit
        )


@put("/v1/malls/{mall_id:uuid}/stock/{variant_id:uuid}", access=STAFF, summary="Set a stock level", tags=["stock"])
async def set_level(
    call: TheCall, mall_id: FromPath[UUID], variant_id: FromPath[UUID], data: JSONBody[NewLevel]
) -> Level:
    """Record what was counted; the difference becomes a movement. Less than is promised to orders is refused."""

    async def change(tx: Tx) -> Level:
        await _require(call, tx, mall_id, variant_id)
        tx.subject = str(variant_id)
        return await operations.set_level(
            tx, mall_id=MallId(mall_id), variant_id=VariantId(variant_id), on_hand=data.on_hand, now=call.now
        )

    return await call.write(
        "stock.set_level", change, returns=Level, mall_id=MallId(mall_id), payload=(variant_id, data)
    )


@get(
    "/v1/malls/{mall_id:uuid}/stock/{variant_id:uuid}/movements",
    access=STAFF,
    summary="Every change of a variant's stock",
    tags=["stock"],
)
async def list_movements(
    call: TheCall,
    mall_id: FromPath[UUID],
    variant_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 40,
) -> Page[Movement]:
    """Return what came and went, newest first."""
    async with call.db.read() as tx:
        await _require(call, tx, mall_id, variant_id)
        return await queries.list_movements(
            tx, mall_id=MallId(mall_id), variant_id=VariantId(variant_id), cursor=cursor, limit=limit
        )


async def _require(call: TheCall, tx: ReadTx, mall_id: UUID, variant_id: UUID) -> None:
    """Raise NotFound or Forbidden unless the caller manages the stock of the variant's shop."""
    shop_id = await catalog.shop_of_variant(tx, mall_id=MallId(mall_id), variant_id=VariantId(variant_id))
    call.actor.require(Permission.STOCK_MANAGE, await malls.shop_target(tx, MallId(mall_id), shop_id))


ROUTES = [availability, list_stock, set_level, list_movements]

"""Who may decide, pack and hand over where."""

from uuid import UUID

from galleria.commerce.fulfilment.model import Point, ShipmentRow
from galleria.commerce.fulfilment.queries import settings as queries
from galleria.commerce.fulfilment.queries import shipments
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, PointId, ShipmentId, ShopId
from galleria.platform.actors import Permission
from galleria.platform.http.call import Call

MALL = "/v1/malls/{mall_id:uuid}"


async def manages_mall(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to manage its deliveries."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.require(Permission.DELIVERY_MANAGE, await malls.mall_target(tx, mall))
    return mall


async def manages_shop(call: Call, mall_id: UUID, shop_id: UUID) -> tuple[MallId, ShopId]:
    """Return mall and shop once the caller has proved to manage the shop's deliveries."""
    mall, shop = MallId(mall_id), ShopId(shop_id)
    async with call.db.read() as tx:
        call.actor.require(Permission.DELIVERY_MANAGE, await malls.shop_target(tx, mall, shop))
    return mall, shop


async def works_at(call: Call, mall_id: UUID, point_id: UUID) -> tuple[MallId, Point]:
    """Return mall and point once the caller has proved to work there: for the mall, or for the shop that runs it."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        point = await queries.get_point(tx, mall_id=mall, point_id=PointId(point_id))
        if point.shop_id is None:
            call.actor.require(Permission.FULFIL, await malls.mall_target(tx, mall))
        else:
            call.actor.require(Permission.FULFIL, await malls.shop_target(tx, mall, point.shop_id))
    return mall, point


async def handles(call: Call, mall_id: UUID, shipment_id: UUID) -> ShipmentRow:
    """Return a shipment once the caller has proved to work where it is packed, sold, or collected; else NotFound.

    Staff without any such work in the mall are refused before anything is looked up.
    """
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        row = await shipments.get(tx, mall_id=mall, shipment_id=ShipmentId(shipment_id))
        mine = reach.everything or row.merchant_id in reach.merchant_ids
        mine = mine or not {row.shop_id, row.filling_shop_id}.isdisjoint(reach.shop_ids)
        if not mine and row.point_id not in await shipments.points_in(tx, mall, reach):
            raise NotFound
    return row

"""The selection assistant, assembled."""

from datetime import datetime, timedelta

from galleria.foundation import malls
from galleria.insight.assortment import rules, store
from galleria.insight.assortment.model import Assortment
from galleria.kernel.ids import MallId, ShopId
from galleria.platform.actors import Actor, Permission
from galleria.platform.tx import ReadTx


async def assortment(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, shop_id: ShopId | None, days: int, now: datetime
) -> Assortment:
    """Return the goods of a shop, or of all within the actor's reach, ranked by what listing them online promises.

    Sales are those of the last `days`. Raises Forbidden for who manages no prices here (costs are shown), NotFound for
    a shop that is none.
    """
    target = await malls.mall_target(tx, mall_id)
    if shop_id is not None:
        target = await malls.shop_target(tx, mall_id, shop_id)
        actor.require(Permission.PRICE_MANAGE, target)
    reach = actor.reach(Permission.PRICE_MANAGE, await malls.mall_target(tx, mall_id))
    mall = await malls.get_mall(tx, mall_id)
    goods = await store.goods(tx, mall_id, reach, shop_id, now - timedelta(days=days))
    return Assortment(currency=mall.currency, days=days, items=rules.rank(goods, days=days))

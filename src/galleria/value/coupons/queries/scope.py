"""What of a coupon staff may manage, and whether what it names is there."""

from galleria.foundation import malls
from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.ids import MallId, ShopId
from galleria.platform.actors import Actor, Permission, Reach, Target
from galleria.platform.tx import ReadTx
from galleria.value.coupons.model.template import Coupon, CouponFunder, CouponInput, terms_of


async def require_managed(tx: ReadTx, actor: Actor, coupon: Coupon) -> None:
    """Raise Forbidden for who may not manage this coupon."""
    await require(tx, actor, coupon.mall_id, coupon.funder)
    if coupon.funder is CouponFunder.MERCHANT:
        await check(tx, actor, coupon.mall_id, terms_of(coupon))


async def require(tx: ReadTx, actor: Actor, mall_id: MallId, funder: CouponFunder) -> None:
    """Raise Forbidden for who manages no coupons here, or spends the mall's money without being the mall."""
    target = await malls.mall_target(tx, mall_id)
    if funder is CouponFunder.MALL:
        actor.require(Permission.COUPON_MANAGE, target)
    else:
        actor.reach(Permission.COUPON_MANAGE, target)


async def check(tx: ReadTx, actor: Actor, mall_id: MallId, coupon: CouponInput) -> None:
    """Raise Forbidden for shops the actor does not manage; Invalid for unknown ones, or of another merchant."""
    errors = [*await _check_shops(tx, actor, mall_id, coupon), *await _check_categories(tx, mall_id, coupon)]
    if errors:
        raise Invalid(errors=tuple(errors))


async def _check_shops(tx: ReadTx, actor: Actor, mall_id: MallId, coupon: CouponInput) -> list[FieldError]:
    if not coupon.shop_ids:
        return []
    listed = Reach(everything=False, merchant_ids=[], shop_ids=[ShopId(shop_id) for shop_id in coupon.shop_ids])
    page = await malls.list_shops(tx, mall_id, reach=listed, limit=len(coupon.shop_ids))
    by_id = {shop.id: shop for shop in page.items}
    group_id = await malls.group_of(tx, mall_id)
    errors = []
    for i, shop_id in enumerate(coupon.shop_ids):
        shop = by_id.get(ShopId(shop_id))
        if shop is None:
            errors.append(FieldError(f"shop_ids[{i}]", "coupon_shop_unknown"))
            continue
        if coupon.funder is CouponFunder.MERCHANT:
            target = Target(group_id=group_id, mall_id=mall_id, merchant_id=shop.merchant_id, shop_id=shop.id)
            actor.require(Permission.COUPON_MANAGE, target)
            if shop.merchant_id != coupon.funder_merchant_id:
                errors.append(FieldError(f"shop_ids[{i}]", "coupon_shop_of_other"))
    return errors


async def _check_categories(tx: ReadTx, mall_id: MallId, coupon: CouponInput) -> list[FieldError]:
    if not coupon.category_ids:
        return []
    known = {category.id for category in await malls.list_categories(tx, mall_id)}
    return [
        FieldError(f"category_ids[{i}]", "coupon_category_unknown")
        for i, category_id in enumerate(coupon.category_ids)
        if category_id not in known
    ]

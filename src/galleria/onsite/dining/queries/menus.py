"""What a restaurant serves, and how it is set up."""

from uuid import UUID

from galleria.foundation import catalog, malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ProductId, ShopId, VariantId
from galleria.onsite.dining import store
from galleria.onsite.dining.model import (
    DishSettings,
    Menu,
    MenuDish,
    MenuSection,
    MenuVariant,
    OptionGroup,
    Restaurant,
    RestaurantInput,
)
from galleria.platform.tx import ReadTx
from galleria.value import stock

VARIANTS_MAX = 1000


async def restaurant(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> Restaurant:
    """Return a restaurant's terms; of a shop that never set any, those it would begin with, not active."""
    terms = await store.terms(tx, mall_id, shop_id)
    new = RestaurantInput(active=False)
    return Restaurant(
        shop_id=shop_id,
        active=new.active if terms is None else terms.active,
        opens_by=new.opens_by if terms is None else terms.opens_by,
        late_minutes=new.late_minutes if terms is None else terms.late_minutes,
        stations=await store.stations(tx, mall_id, shop_id),
        changed_at=None if terms is None else terms.changed_at,
    )


async def menu(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> Menu:
    """Return what a restaurant serves now, with what has run out; raises NotFound."""
    shop = await malls.get_shop(tx, mall_id, shop_id)
    if shop.state is not malls.ShopState.OPEN:
        raise NotFound
    terms = await store.terms(tx, mall_id, shop_id)
    dishes = await _dishes(tx, mall_id, shop_id)
    there = {dish.category_id for dish in dishes}
    return Menu(
        shop_id=shop.id,
        shop_zh=shop.name_zh,
        shop_en=shop.name_en,
        currency=(await malls.get_mall(tx, mall_id)).currency,
        active=terms is not None and terms.active,
        sections=[
            MenuSection(category_id=one.id, name_zh=one.name_zh, name_en=one.name_en)
            for one in await malls.list_categories(tx, mall_id)
            if one.id in there
        ],
        dishes=dishes,
    )


async def list_dishes(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> list[MenuDish]:
    """Return a restaurant's dishes with how each is set up, in the order of the menu."""
    return await _dishes(tx, mall_id, shop_id)


async def list_groups(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> list[OptionGroup]:
    """Return a restaurant's groups of choices, in order."""
    return await store.groups(tx, mall_id, shop_id)


async def _dishes(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[MenuDish]:
    found = await catalog.sellable_in(tx, mall_id, shop_ids=[shop_id], limit=VARIANTS_MAX)
    goods = [good for good in found if good.kind is catalog.Kind.PHYSICAL]
    left = await stock.available(tx, mall_id, [good.variant_id for good in goods])
    settings = {dish.product_id: dish for dish in await store.dishes(tx, mall_id, shop_id)}
    groups = {group.id: group for group in await store.groups(tx, mall_id, shop_id)}
    by_product: dict[ProductId, list[catalog.Sellable]] = {}
    for good in goods:
        by_product.setdefault(good.product_id, []).append(good)
    return [_dish(sizes, left, settings.get(product_id), groups) for product_id, sizes in by_product.items()]


def _dish(
    sizes: list[catalog.Sellable],
    left: dict[VariantId, int],
    settings: DishSettings | None,
    groups: dict[UUID, OptionGroup],
) -> MenuDish:
    good = sizes[0]
    stopped = settings is not None and settings.sold_out
    return MenuDish(
        product_id=good.product_id,
        name_zh=good.name_zh,
        name_en=good.name_en,
        picture=good.picture,
        category_id=good.category_id,
        station_id=None if settings is None else settings.station_id,
        course=1 if settings is None else settings.course,
        sold_out=stopped or all(left[size.variant_id] <= 0 for size in sizes),
        stopped=stopped,
        variants=[
            MenuVariant(
                variant_id=size.variant_id,
                option_zh=size.option_zh,
                option_en=size.option_en,
                price_minor=size.price_minor,
                left=left[size.variant_id],
            )
            for size in sizes
        ],
        groups=[] if settings is None else [groups[one] for one in settings.group_ids if one in groups],
    )

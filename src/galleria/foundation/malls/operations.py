"""Writes of the directory."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from galleria.foundation.malls import queries, store
from galleria.foundation.malls.model import (
    Category,
    CategoryChange,
    Group,
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
)
from galleria.kernel.errors import FieldError, Invalid, NotFound
from galleria.kernel.ids import CategoryId, GroupId, MallId, MerchantId, ShopId, new_id
from galleria.platform.command import Event
from galleria.platform.tx import ReadTx, Tx


async def create_group(tx: Tx, *, code: str, name_zh: str, name_en: str, now: datetime) -> Group:
    """Create a group of malls; raises Invalid when the code is taken."""
    group = Group(GroupId(new_id()), code, name_zh, name_en)
    if not await store.add_group(tx, group, now):
        raise Invalid.field("code", "taken")
    tx.subject = str(group.id)
    return group


async def create_mall(tx: Tx, *, group_id: GroupId, mall: NewMall, now: datetime) -> Mall:
    """Open a mall in a group; raises NotFound for no such group, Invalid for a taken code or unknown time zone."""
    await queries.get_group(tx, group_id)
    require_time_zone(mall.time_zone)
    opened = Mall(id=MallId(new_id()), group_id=group_id, **msgspec.structs.asdict(mall))
    if not await store.add_mall(tx, opened, now):
        raise Invalid.field("code", "taken")
    tx.subject = str(opened.id)
    tx.emit(Event("malls.opened", opened.id, {"code": opened.code}))
    return opened


async def update_mall(tx: Tx, *, mall_id: MallId, change: MallChange) -> Mall:
    """Change a mall; raises NotFound, Invalid for an unknown time zone."""
    if change.time_zone is not None:
        require_time_zone(change.time_zone)
    tx.subject = str(mall_id)
    changed = await store.change_mall(tx, mall_id, msgspec.structs.asdict(change))
    if changed is None:
        raise NotFound
    return changed


async def create_merchant(tx: Tx, *, group_id: GroupId, merchant: NewMerchant, now: datetime) -> Merchant:
    """Take a merchant into a group; raises NotFound for no such group, Invalid for a taken code."""
    await queries.get_group(tx, group_id)
    taken_in = Merchant(MerchantId(new_id()), group_id, merchant.code, merchant.name_zh, merchant.name_en)
    if not await store.add_merchant(tx, taken_in, now):
        raise Invalid.field("code", "taken")
    tx.subject = str(taken_in.id)
    return taken_in


async def update_merchant(tx: Tx, *, group_id: GroupId, merchant_id: MerchantId, change: MerchantChange) -> Merchant:
    """Change a merchant's names; raises NotFound."""
    tx.subject = str(merchant_id)
    changed = await store.change_merchant(tx, group_id, merchant_id, msgspec.structs.asdict(change))
    if changed is None:
        raise NotFound
    return changed


async def create_category(tx: Tx, *, mall_id: MallId, category: NewCategory) -> Category:
    """Add a category; raises NotFound for no such mall, Invalid for a taken code or a parent not of this mall."""
    await queries.group_of(tx, mall_id)
    parent_id = category.parent_id
    if parent_id is not None and not await store.categories_among(tx, mall_id, [parent_id]):
        raise Invalid.field("parent_id", "unknown_category")
    added = Category(id=CategoryId(new_id()), mall_id=mall_id, **msgspec.structs.asdict(category))
    if not await store.add_category(tx, added):
        raise Invalid.field("code", "taken")
    tx.subject = str(added.id)
    return added


async def update_category(tx: Tx, *, mall_id: MallId, category_id: CategoryId, change: CategoryChange) -> Category:
    """Change a category's names, place among its siblings or picture; raises NotFound."""
    tx.subject = str(category_id)
    changed = await store.change_category(tx, mall_id, category_id, msgspec.structs.asdict(change))
    if changed is None:
        raise NotFound
    return changed


async def create_shop(tx: Tx, *, mall_id: MallId, shop: NewShop, now: datetime) -> Shop:
    """Open a shop; raises NotFound for no such mall, Invalid for a taken code or a merchant or category not there."""
    group_id = await queries.group_of(tx, mall_id)
    await _require_references(tx, group_id, mall_id, shop.merchant_id, shop.category_id)
    shop_id = ShopId(new_id())
    if not await store.add_shop(tx, group_id, shop_id, mall_id, _columns(shop), now):
        raise Invalid.field("code", "taken")
    tx.subject = str(shop_id)
    topics = (f"mall:{mall_id}",)
    tx.emit(Event("malls.shop_opened", shop_id, {"code": shop.code}, topics=topics))
    return await queries.get_shop(tx, mall_id, shop_id)


async def update_shop(tx: Tx, *, mall_id: MallId, shop_id: ShopId, change: ShopChange) -> Shop:
    """Change a shop; raises NotFound, Invalid for a merchant or category not there."""
    group_id = await queries.group_of(tx, mall_id)
    await _require_references(tx, group_id, mall_id, change.merchant_id, change.category_id)
    tx.subject = str(shop_id)
    if not await store.change_shop(tx, mall_id, shop_id, _columns(change)):
        raise NotFound
    topics = (f"mall:{mall_id}", f"shop:{shop_id}")
    tx.emit(Event("malls.shop_changed", shop_id, topics=topics))
    return await queries.get_shop(tx, mall_id, shop_id)


def require_time_zone(name: str) -> None:
    """Raise Invalid unless `name` is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise Invalid.field("time_zone", "time_zone") from error


async def _require_references(
    tx: ReadTx, group_id: GroupId, mall_id: MallId, merchant_id: MerchantId | None, category_id: CategoryId | None
) -> None:
    errors = []
    if merchant_id is not None and await store.get_merchant(tx, group_id, merchant_id) is None:
        errors.append(FieldError("merchant_id", "unknown_merchant"))
    if category_id is not None and not await store.categories_among(tx, mall_id, [category_id]):
        errors.append(FieldError("category_id", "unknown_category"))
    if errors:
        raise Invalid(errors=tuple(errors))


def _columns(given: NewShop | ShopChange) -> dict[str, object]:
    values = msgspec.structs.asdict(given)
    state = values["state"]
    return {**values, "state": None if state is None else state.value}


async def lock_group(tx: Tx, group_id: GroupId) -> None:
    """Let one import at a time change a group's directory, until commit; raises NotFound for no such group."""
    if not await store.lock_group(tx, group_id):
        raise NotFound


async def save_merchants(
    tx: Tx, *, group_id: GroupId, merchants: Sequence[NewMerchant], now: datetime
) -> dict[str, MerchantId]:
    """Create or change merchants by code in one statement; return the ids by code."""
    return await store.save_merchants(tx, group_id, merchants, now)


async def save_categories(tx: Tx, *, mall_id: MallId, categories: Sequence[NewCategory]) -> dict[str, CategoryId]:
    """Create or change categories by code in one statement; return the ids by code.

    Parents must be there already, and no category may come to stand above itself: the caller has looked.
    """
    return await store.save_categories(tx, mall_id, categories)


async def save_shops(tx: Tx, *, mall_id: MallId, shops: Sequence[NewShop], now: datetime) -> dict[str, ShopId]:
    """Create or change shops by code in one statement; return the ids by code. Their references must be there."""
    return await store.save_shops(tx, await queries.group_of(tx, mall_id), mall_id, shops, now)

"""Reads of the directory."""

from collections.abc import Sequence
from typing import TypeVar

from galleria.foundation.malls import store
from galleria.foundation.malls.model import Category, Group, Mall, Merchant, Shop, Till
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import CategoryId, GroupId, MallId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach, Target
from galleria.platform.tx import ReadTx

T = TypeVar("T")

_groups: dict[MallId, GroupId] = {}


async def get_group(tx: ReadTx, group_id: GroupId) -> Group:
    """Return a group; raises NotFound."""
    return _found(await store.get_group(tx, group_id))


async def find_group(tx: ReadTx, code: str) -> Group | None:
    """Return the group with a code, or None."""
    return await store.find_group(tx, code)


async def list_groups(tx: ReadTx) -> list[Group]:
    """Return every group of the installation, by code."""
    return await store.list_groups(tx)


async def list_malls(tx: ReadTx) -> list[Mall]:
    """Return every mall of the installation, by Chinese name."""
    return await store.list_malls(tx)


async def get_mall(tx: ReadTx, mall_id: MallId) -> Mall:
    """Return a mall; raises NotFound."""
    return _found(await store.get_mall(tx, mall_id))


async def get_mall_by_code(tx: ReadTx, code: str) -> Mall:
    """Return the mall with a code; raises NotFound."""
    return _found(await store.find_mall(tx, code.replace("\x00", "")))


async def group_of(tx: ReadTx, mall_id: MallId) -> GroupId:
    """Return a mall's group, remembered by the process since it never changes; raises NotFound."""
    known = _groups.get(mall_id)
    if known is None:
        known = _groups[mall_id] = _found(await store.group_of(tx, mall_id))
    return known


async def mall_target(tx: ReadTx, mall_id: MallId) -> Target:
    """Return where a mall stands, for `Actor.require`; raises NotFound."""
    return Target(group_id=await group_of(tx, mall_id), mall_id=mall_id)


async def shop_target(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> Target:
    """Return where a shop stands, for `Actor.require`; raises NotFound."""
    return _found(await store.shop_scope(tx, mall_id, shop_id))


async def list_merchants(tx: ReadTx, mall_id: MallId, reach: Reach) -> list[Merchant]:
    """Return the merchants of the mall's group that a staff reaches, by code; raises NotFound for no such mall."""
    return await store.list_merchants(tx, await group_of(tx, mall_id), mall_id, reach)


async def find_mall(tx: ReadTx, code: str) -> Mall | None:
    """Return the mall with a code, or None."""
    return await store.find_mall(tx, code)


async def all_merchants(tx: ReadTx, group_id: GroupId) -> list[Merchant]:
    """Return every merchant of a group, for imports."""
    return await store.all_merchants(tx, group_id)


async def all_shops(tx: ReadTx, mall_id: MallId) -> list[Shop]:
    """Return every shop of a mall, closed ones too, for imports."""
    return await store.all_shops(tx, mall_id)


async def list_categories(tx: ReadTx, mall_id: MallId) -> list[Category]:
    """Return a mall's categories as a flat list, siblings in their order; raises NotFound for no such mall."""
    await group_of(tx, mall_id)
    return await store.list_categories(tx, mall_id)


async def category_family(tx: ReadTx, mall_id: MallId, category_id: CategoryId) -> list[CategoryId]:
    """Return a category and all below it; empty when the mall has no such category."""
    return await store.category_family(tx, mall_id, category_id)


async def get_shop(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> Shop:
    """Return a shop, open or closed; raises NotFound."""
    return _found(await store.get_shop(tx, mall_id, shop_id))


async def till(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> Till:
    """Return all that a shop's till needs to know, in one statement; raises NotFound."""
    return _found((await tills(tx, mall_id, [shop_id])).get(shop_id))


async def tills(tx: ReadTx, mall_id: MallId, shop_ids: Sequence[ShopId]) -> dict[ShopId, Till]:
    """Return all that the tills of shops need to know, by shop, in one statement; shops that are not are left out."""
    return {till.shop_id: till for till in await store.tills(tx, mall_id, shop_ids)}


async def list_shops(
    tx: ReadTx,
    mall_id: MallId,
    *,
    reach: Reach | None = None,
    category_id: CategoryId | None = None,
    floor: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Shop]:
    """Return a page of shops by code: the open ones, or with `reach` all of a staff's.

    `category_id` takes in the categories below it; `q` is looked for in both names and the code.
    Raises NotFound for no such mall and Invalid for a forged cursor.
    """
    await group_of(tx, mall_id)
    rows = await store.list_shops(
        tx,
        mall_id,
        reach=reach,
        category_ids=None if category_id is None else await category_family(tx, mall_id, category_id),
        floor=floor or None,
        pattern=_pattern(q),
        after=None if cursor is None else decode_cursor(cursor, tuple[str])[0].replace("\x00", ""),
        limit=limit + 1,
    )
    return page_of(rows, limit, lambda shop: (shop.code,))


def _pattern(q: str | None) -> str | None:
    """Return the LIKE pattern that finds a text anywhere, its own wildcards taken literally."""
    if q is None or not q.strip():
        return None
    literal = q.strip().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{literal}%"


def _found(value: T | None) -> T:
    if value is None:
        raise NotFound
    return value

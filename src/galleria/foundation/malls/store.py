"""Every SQL statement of the directory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.foundation.malls.model import (
    Category,
    Group,
    Mall,
    Merchant,
    NewCategory,
    NewMerchant,
    NewShop,
    Shop,
    Till,
)
from galleria.kernel.ids import CategoryId, GroupId, MallId, MerchantId, ShopId, new_id
from galleria.platform.actors import Reach, Target
from galleria.platform.tx import ReadTx, Tx

_MALL = (
    "id, group_id, code, name_zh, name_en, address_zh, address_en, time_zone, currency, hours, NULLIF(picture, '') "
    "AS picture"
)
_CATEGORY = "id, mall_id, code, parent_id, name_zh, name_en, position, NULLIF(picture, '') AS picture"
_SHOP = """
SELECT s.id, s.mall_id, s.merchant_id, s.category_id, s.code, s.name_zh, s.name_en, s.about_zh, s.about_en,
       s.floor_code, s.unit_code, s.hours, s.phone, NULLIF(s.logo, '') AS logo, NULLIF(s.picture, '') AS picture,
       s.state, m.name_zh AS merchant_zh, m.name_en AS merchant_en, c.name_zh AS category_zh, c.name_en AS category_en
FROM malls.shop s
JOIN malls.merchant m ON m.group_id = s.group_id AND m.id = s.merchant_id
JOIN malls.category c ON c.mall_id = s.mall_id AND c.id = s.category_id
"""


class _Scope(msgspec.Struct, frozen=True):
    group_id: GroupId
    merchant_id: MerchantId


async def find_group(tx: ReadTx, code: str) -> Group | None:
    """Return the group with a code."""
    return await tx.one(Group, "SELECT id, code, name_zh, name_en FROM malls.mall_group WHERE code = $1", code)


async def get_group(tx: ReadTx, group_id: GroupId) -> Group | None:
    """Return a group."""
    return await tx.one(Group, "SELECT id, code, name_zh, name_en FROM malls.mall_group WHERE id = $1", group_id)


async def list_groups(tx: ReadTx) -> list[Group]:
    """Return every group, by code."""
    return await tx.all(Group, "SELECT id, code, name_zh, name_en FROM malls.mall_group ORDER BY code")


async def add_group(tx: Tx, group: Group, now: datetime) -> bool:
    """Insert a group; return False when its code is taken."""
    return bool(
        await tx.run(
            "INSERT INTO malls.mall_group (id, code, name_zh, name_en, created_at) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (code) DO NOTHING",
            group.id, group.code, group.name_zh, group.name_en, now,
        )
    )  # fmt: skip


async def lock_group(tx: Tx, group_id: GroupId) -> bool:
    """Lock the group's row against other imports until commit; other rows may still refer to it."""
    return bool(await tx.run("SELECT 1 FROM malls.mall_group WHERE id = $1 FOR NO KEY UPDATE", group_id))


async def list_malls(tx: ReadTx) -> list[Mall]:
    """Return every mall, by name."""
    return await tx.all(Mall, f"SELECT {_MALL} FROM malls.mall ORDER BY name_zh, id")


async def get_mall(tx: ReadTx, mall_id: MallId) -> Mall | None:
    """Return a mall."""
    return await tx.one(Mall, f"SELECT {_MALL} FROM malls.mall WHERE id = $1", mall_id)


async def find_mall(tx: ReadTx, code: str) -> Mall | None:
    """Return the mall with a code."""
    return await tx.one(Mall, f"SELECT {_MALL} FROM malls.mall WHERE code = $1", code)


async def group_of(tx: ReadTx, mall_id: MallId) -> GroupId | None:
    """Return a mall's group."""
    found: GroupId | None = await tx.value("SELECT group_id FROM malls.mall WHERE id = $1", mall_id)
    return found


async def shop_scope(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> Target | None:
    """Return where a shop stands."""
    found = await tx.one(
        _Scope, "SELECT group_id, merchant_id FROM malls.shop WHERE mall_id = $1 AND id = $2", mall_id, shop_id
    )
    if found is None:
        return None
    return Target(group_id=found.group_id, mall_id=mall_id, merchant_id=found.merchant_id, shop_id=shop_id)


async def add_mall(tx: Tx, mall: Mall, now: datetime) -> bool:
    """Insert a mall; return False when its code is taken."""
    return bool(
        await tx.run(
            "INSERT INTO malls.mall (id, group_id, code, name_zh, name_en, address_zh, address_en, time_zone, "
            "currency, hours, picture, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
            "ON CONFLICT (code) DO NOTHING",
            mall.id, mall.group_id, mall.code, mall.name_zh, mall.name_en, mall.address_zh, mall.address_en,
            mall.time_zone, mall.currency, mall.hours, mall.picture, now,
        )
    )  # fmt: skip


async def change_mall(tx: Tx, mall_id: MallId, values: dict[str, Any]) -> Mall | None:
    """Set some columns of a mall and return it."""
    names = ["name_zh", "name_en", "address_zh", "address_en", "time_zone", "hours", "picture"]
    return await tx.one(
        Mall,
        f"UPDATE malls.mall SET {_assign(names, 2)} WHERE id = $1 RETURNING {_MALL}",
        mall_id,
        *(values.get(name) for name in names),
    )


async def get_merchant(tx: ReadTx, group_id: GroupId, merchant_id: MerchantId) -> Merchant | None:
    """Return a merchant."""
    return await tx.one(
        Merchant,
        "SELECT id, group_id, code, name_zh, name_en FROM malls.merchant WHERE group_id = $1 AND id = $2",
        group_id,
        merchant_id,
    )


async def list_merchants(tx: ReadTx, group_id: GroupId, mall_id: MallId, reach: Reach) -> list[Merchant]:
    """Return the merchants within reach, by code: those granted, those of granted shops, or the group's."""
    return await tx.all(
        Merchant,
        "SELECT id, group_id, code, name_zh, name_en FROM malls.merchant WHERE group_id = $1 AND ($3 "
        "OR id = ANY($4) OR id IN (SELECT merchant_id FROM malls.shop WHERE mall_id = $2 AND id = ANY($5))) "
        "ORDER BY code",
        group_id, mall_id, reach.everything, reach.merchant_ids, reach.shop_ids,
    )  # fmt: skip


async def add_merchant(tx: Tx, merchant: Merchant, now: datetime) -> bool:
    """Insert a merchant; return False when its code is taken in the group."""
    return bool(
        await tx.run(
            "INSERT INTO malls.merchant (id, group_id, code, name_zh, name_en, created_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (group_id, code) DO NOTHING",
            merchant.id, merchant.group_id, merchant.code, merchant.name_zh, merchant.name_en, now,
        )
    )  # fmt: skip


async def change_merchant(
    tx: Tx, group_id: GroupId, merchant_id: MerchantId, values: dict[str, Any]
) -> Merchant | None:
    """Set some columns of a merchant and return it."""
    names = ["name_zh", "name_en"]
    return await tx.one(
        Merchant,
        f"UPDATE malls.merchant SET {_assign(names, 3)} WHERE group_id = $1 AND id = $2 "
        "RETURNING id, group_id, code, name_zh, name_en",
        group_id,
        merchant_id,
        *(values.get(name) for name in names),
    )


async def list_categories(tx: ReadTx, mall_id: MallId) -> list[Category]:
    """Return a mall's categories, siblings in their order."""
    return await tx.all(
        Category,
        f"SELECT {_CATEGORY} FROM malls.category WHERE mall_id = $1 ORDER BY position, code",
        mall_id,
    )


async def category_family(tx: ReadTx, mall_id: MallId, category_id: CategoryId) -> list[CategoryId]:
    """Return a category and all below it."""
    return await tx.values(
        "WITH RECURSIVE family AS ("
        "  SELECT id FROM malls.category WHERE mall_id = $1 AND id = $2"
        "  UNION SELECT c.id FROM malls.category c JOIN family f ON c.parent_id = f.id WHERE c.mall_id = $1"
        ") SELECT id FROM family",
        mall_id,
        category_id,
    )


async def add_category(tx: Tx, category: Category) -> bool:
    """Insert a category; return False when its code is taken in the mall."""
    return bool(
        await tx.run(
            "INSERT INTO malls.category (mall_id, id, code, parent_id, name_zh, name_en, position, picture, path) "
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8, "
            "       array_append(coalesce((SELECT path FROM malls.category WHERE mall_id = $1 AND id = $4), '{}'), $2) "
            "ON CONFLICT (mall_id, code) DO NOTHING",
            category.mall_id, category.id, category.code, category.parent_id, category.name_zh, category.name_en,
            category.position, category.picture,
        )
    )  # fmt: skip


async def change_category(tx: Tx, mall_id: MallId, category_id: CategoryId, values: dict[str, Any]) -> Category | None:
    """Set some columns of a category and return it."""
    names = ["name_zh", "name_en", "position", "picture"]
    return await tx.one(
        Category,
        f"UPDATE malls.category SET {_assign(names, 3)} WHERE mall_id = $1 AND id = $2 RETURNING {_CATEGORY}",
        mall_id,
        category_id,
        *(values.get(name) for name in names),
    )


async def get_shop(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> Shop | None:
    """Return a shop."""
    return await tx.one(Shop, f"{_SHOP} WHERE s.mall_id = $1 AND s.id = $2", mall_id, shop_id)


async def tills(tx: ReadTx, mall_id: MallId, shop_ids: Sequence[ShopId]) -> list[Till]:
    """Return what the tills of shops need to know, in one statement."""
    return await tx.all(
        Till,
        """
        SELECT s.mall_id, s.group_id, s.merchant_id, s.id AS shop_id, c.path AS category_ids, s.name_zh, s.name_en,
               m.currency, m.time_zone
          FROM malls.shop s
          JOIN malls.mall m ON m.id = s.mall_id
          JOIN malls.category c ON c.mall_id = s.mall_id AND c.id = s.category_id
         WHERE s.mall_id = $1 AND s.id = ANY($2::uuid[])
        """,
        mall_id,
        list(shop_ids),
    )


async def list_shops(
    tx: ReadTx,
    mall_id: MallId,
    *,
    reach: Reach | None,
    category_ids: list[CategoryId] | None,
    floor: str | None,
    pattern: str | None,
    after: str | None,
    limit: int,
) -> list[Shop]:
    """Return shops by code, starting after a code; only open ones unless a staff's reach is given."""
    return await tx.all(
        Shop,
        f"{_SHOP} WHERE s.mall_id = $1 AND ($2::uuid[] IS NULL OR s.category_id = ANY($2)) "
        "AND ($3::text IS NULL OR s.floor_code = $3) "
        "AND ($4::text IS NULL OR s.name_zh ILIKE $4 OR s.name_en ILIKE $4 OR s.code ILIKE $4) "
        "AND ($5::text IS NULL OR s.code > $5) "
        "AND CASE WHEN $6 THEN $7 OR s.merchant_id = ANY($8) OR s.id = ANY($9) ELSE s.state = 'open' END "
        "ORDER BY s.code LIMIT $10",
        mall_id, category_ids, floor, pattern, after,
        reach is not None, reach is None or reach.everything,
        [] if reach is None else reach.merchant_ids, [] if reach is None else reach.shop_ids, limit,
    )  # fmt: skip


async def add_shop(tx: Tx, group_id: GroupId, shop_id: ShopId, mall_id: MallId, values: dict[str, Any],
                   now: datetime) -> bool:  # fmt: skip
    """Insert a shop; return False when its code is taken in the mall."""
    names = [
        "merchant_id", "category_id", "code", "name_zh", "name_en", "about_zh", "about_en", "floor_code",
        "unit_code", "hours", "phone", "logo", "picture", "state",
    ]  # fmt: skip
    places = ", ".join(f"${i}" for i in range(5, 5 + len(names)))
    return bool(
        await tx.run(
            f"INSERT INTO malls.shop (mall_id, id, group_id, created_at, {', '.join(names)}) "
            f"VALUES ($1, $2, $3, $4, {places}) ON CONFLICT (mall_id, code) DO NOTHING",
            mall_id, shop_id, group_id, now, *(values[name] for name in names),
        )
    )  # fmt: skip


async def change_shop(tx: Tx, mall_id: MallId, shop_id: ShopId, values: dict[str, Any]) -> bool:
    """Set some columns of a shop; return whether it is there."""
    names = [
        "merchant_id", "category_id", "name_zh", "name_en", "about_zh", "about_en", "floor_code", "unit_code",
        "hours", "phone", "logo", "picture", "state",
    ]  # fmt: skip
    return bool(
        await tx.run(
            f"UPDATE malls.shop SET {_assign(names, 3)} WHERE mall_id = $1 AND id = $2",
            mall_id,
            shop_id,
            *(values.get(name) for name in names),
        )
    )


async def all_merchants(tx: ReadTx, group_id: GroupId) -> list[Merchant]:
    """Return every merchant of a group."""
    return await tx.all(
        Merchant, "SELECT id, group_id, code, name_zh, name_en FROM malls.merchant WHERE group_id = $1", group_id
    )


async def all_shops(tx: ReadTx, mall_id: MallId) -> list[Shop]:
    """Return every shop of a mall."""
    return await tx.all(Shop, f"{_SHOP} WHERE s.mall_id = $1", mall_id)


async def categories_among(tx: ReadTx, mall_id: MallId, ids: list[UUID]) -> set[UUID]:
    """Return which of these ids are categories of the mall."""
    return set(await tx.values("SELECT id FROM malls.category WHERE mall_id = $1 AND id = ANY($2)", mall_id, ids))


def _assign(names: list[str], first: int) -> str:
    """Return the SET list that leaves a column alone where its parameter is NULL."""
    return ", ".join(f"{name} = COALESCE(${i}, {name})" for i, name in enumerate(names, first))


class _Coded(msgspec.Struct, frozen=True):
    code: str
    id: UUID


async def save_merchants(
    tx: Tx, group_id: GroupId, merchants: Sequence[NewMerchant], now: datetime
) -> dict[str, MerchantId]:
    """Insert or update merchants by code and return their ids."""
    saved = await tx.all(
        _Coded,
        "INSERT INTO malls.merchant (group_id, id, code, name_zh, name_en, created_at) "
        "SELECT $1, id, code, name_zh, name_en, $3 "
        "FROM jsonb_to_recordset($2) AS r(id uuid, code text, name_zh text, name_en text) "
        "ON CONFLICT (group_id, code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en "
        "RETURNING code, id",
        group_id,
        _with_ids(merchants),
        now,
    )
    return {row.code: MerchantId(row.id) for row in saved}


_PATHS = """
WITH RECURSIVE tree AS (
  SELECT id, ARRAY[id] AS path FROM malls.category WHERE mall_id = $1 AND parent_id IS NULL
  UNION ALL
  SELECT c.id, t.path || c.id FROM malls.category c JOIN tree t ON c.parent_id = t.id WHERE c.mall_id = $1
)
UPDATE malls.category c SET path = t.path FROM tree t WHERE c.mall_id = $1 AND c.id = t.id AND c.path <> t.path
"""


async def save_categories(tx: Tx, mall_id: MallId, categories: Sequence[NewCategory]) -> dict[str, CategoryId]:
    """Insert or update categories by code and return their ids."""
    saved = await tx.all(
        _Coded,
        "INSERT INTO malls.category (mall_id, id, code, parent_id, name_zh, name_en, position, picture, path) "
        "SELECT $1, id, code, parent_id, name_zh, name_en, position, picture, '{}' FROM jsonb_to_recordset($2) "
        'AS r(id uuid, code text, parent_id uuid, name_zh text, name_en text, "position" integer, picture text) '
        "ON CONFLICT (mall_id, code) DO UPDATE SET parent_id = excluded.parent_id, name_zh = excluded.name_zh, "
        "name_en = excluded.name_en, position = excluded.position, picture = excluded.picture "
        "RETURNING code, id",
        mall_id,
        _with_ids(categories),
    )
    await tx.run(_PATHS, mall_id)
    return {row.code: CategoryId(row.id) for row in saved}


async def save_shops(
    tx: Tx, group_id: GroupId, mall_id: MallId, shops: Sequence[NewShop], now: datetime
) -> dict[str, ShopId]:
    """Insert or update shops by code and return their ids."""
    names = [
        "merchant_id", "category_id", "code", "name_zh", "name_en", "about_zh", "about_en", "floor_code",
        "unit_code", "hours", "phone", "logo", "picture", "state",
    ]  # fmt: skip
    typed = ", ".join(f"{name} {'uuid' if name.endswith('_id') else 'text'}" for name in names)
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name != "code")
    saved = await tx.all(
        _Coded,
        f"INSERT INTO malls.shop (mall_id, group_id, created_at, id, {', '.join(names)}) "
        f"SELECT $1, $2, $4, id, {', '.join(names)} FROM jsonb_to_recordset($3) AS r(id uuid, {typed}) "
        f"ON CONFLICT (mall_id, code) DO UPDATE SET {changed} RETURNING code, id",
        mall_id,
        group_id,
        _with_ids(shops),
        now,
    )
    return {row.code: ShopId(row.id) for row in saved}


def _with_ids(things: Sequence[msgspec.Struct]) -> list[dict[str, Any]]:
    """Return rows for jsonb_to_recordset, each with a fresh id for the case that it is new."""
    return [{"id": new_id(), **msgspec.structs.asdict(thing)} for thing in things]

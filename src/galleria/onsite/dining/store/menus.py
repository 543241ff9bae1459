"""A restaurant's terms, its kitchen's stations, choices and dishes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, ProductId, ShopId
from galleria.onsite.dining.model import (
    DishInput,
    DishSettings,
    GroupInput,
    OpensBy,
    Option,
    OptionGroup,
    RestaurantInput,
    Station,
)
from galleria.platform.tx import ReadTx, Tx


class Terms(msgspec.Struct, frozen=True):
    """A restaurant's terms without its stations."""

    active: bool
    opens_by: OpensBy
    late_minutes: int
    changed_at: datetime


async def terms(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> Terms | None:
    """Return a restaurant's terms."""
    sql = """
    SELECT active, opens_by, late_minutes, changed_at FROM dining.restaurant WHERE mall_id = $1 AND shop_id = $2
    """
    return await tx.one(Terms, sql, mall_id, shop_id)


async def stations(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[Station]:
    """Return a kitchen's stations in order."""
    sql = "SELECT id, name_zh, name_en FROM dining.station WHERE mall_id = $1 AND shop_id = $2 ORDER BY position, id"
    return await tx.all(Station, sql, mall_id, shop_id)


async def put_terms(tx: Tx, mall_id: MallId, shop_id: ShopId, new: RestaurantInput, now: datetime) -> None:
    """Write a restaurant's terms in place of those before; its row is locked until commit."""
    await tx.run(
        """
        INSERT INTO dining.restaurant (mall_id, shop_id, active, opens_by, late_minutes, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (mall_id, shop_id) DO UPDATE
           SET active = EXCLUDED.active, opens_by = EXCLUDED.opens_by, late_minutes = EXCLUDED.late_minutes,
               changed_at = EXCLUDED.changed_at
        """,
        mall_id,
        shop_id,
        new.active,
        new.opens_by,
        new.late_minutes,
        now,
    )


class Placed(msgspec.Struct, frozen=True):
    """A station or choice to write, where it stands."""

    id: UUID
    name_zh: str
    name_en: str
    position: int
    extra_minor: int = 0


async def put_stations(tx: Tx, mall_id: MallId, shop_id: ShopId, rows: Sequence[Placed]) -> None:
    """Write a kitchen's stations; those left out go, and their dishes are nobody's in particular."""
    kept = [row.id for row in rows]
    await tx.run(
        """
        UPDATE dining.dish SET station_id = NULL
         WHERE mall_id = $1 AND shop_id = $2 AND station_id IS NOT NULL AND station_id <> ALL ($3::uuid[])
        """,
        mall_id,
        shop_id,
        kept,
    )
    sql = "DELETE FROM dining.station WHERE mall_id = $1 AND shop_id = $2 AND id <> ALL ($3::uuid[])"
    await tx.run(sql, mall_id, shop_id, kept)
    await tx.run(
        """
        INSERT INTO dining.station (mall_id, id, shop_id, name_zh, name_en, position)
        SELECT $1, w.id, $2, w.name_zh, w.name_en, w.position
          FROM jsonb_to_recordset($3) AS w (id uuid, name_zh text, name_en text, position integer)
        ON CONFLICT (mall_id, id) DO UPDATE
           SET name_zh = EXCLUDED.name_zh, name_en = EXCLUDED.name_en, position = EXCLUDED.position
        """,
        mall_id,
        shop_id,
        list(rows),
    )


class GroupRow(msgspec.Struct, frozen=True):
    """A group of choices without them."""

    id: UUID
    name_zh: str
    name_en: str
    least: int
    most: int


class OptionRow(msgspec.Struct, frozen=True):
    """A choice and its group."""

    id: UUID
    group_id: UUID
    name_zh: str
    name_en: str
    extra_minor: int
    sold_out: bool


async def groups(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[OptionGroup]:
    """Return a restaurant's groups of choices, in order."""
    found = await tx.all(
        GroupRow,
        """
        SELECT id, name_zh, name_en, least, most FROM dining.option_group
         WHERE mall_id = $1 AND shop_id = $2 ORDER BY position, id
        """,
        mall_id,
        shop_id,
    )
    options = await tx.all(
        OptionRow,
        """
        SELECT id, group_id, name_zh, name_en, extra_minor, sold_out FROM dining.option
         WHERE mall_id = $1 AND group_id = ANY($2::uuid[]) ORDER BY position, id
        """,
        mall_id,
        [group.id for group in found],
    )
    return [
        OptionGroup(
            id=group.id,
            name_zh=group.name_zh,
            name_en=group.name_en,
            least=group.least,
            most=group.most,
            options=[
                Option(
                    id=one.id,
                    name_zh=one.name_zh,
                    name_en=one.name_en,
                    extra_minor=one.extra_minor,
                    sold_out=one.sold_out,
                )
                for one in options
                if one.group_id == group.id
            ],
        )
        for group in found
    ]


async def put_group(
    tx: Tx, mall_id: MallId, shop_id: ShopId, group_id: UUID, new: GroupInput, options: Sequence[Placed]
) -> bool:
    """Write a group with its choices; a choice that stays keeps whether it has run out. False for another shop's."""
    written = await tx.run(
        """
        INSERT INTO dining.option_group AS g (mall_id, id, shop_id, name_zh, name_en, least, most, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7,
                (SELECT coalesce(max(position), 0) + 1 FROM dining.option_group WHERE mall_id = $1 AND shop_id = $3))
        ON CONFLICT (mall_id, id) DO UPDATE
           SET name_zh = EXCLUDED.name_zh, name_en = EXCLUDED.name_en, least = EXCLUDED.least, most = EXCLUDED.most
         WHERE g.shop_id = EXCLUDED.shop_id
        """,
        mall_id,
        group_id,
        shop_id,
        new.name_zh,
        new.name_en,
        new.least,
        new.most,
    )
    if not written:
        return False
    kept = [row.id for row in options]
    sql = "DELETE FROM dining.option WHERE mall_id = $1 AND group_id = $2 AND id <> ALL ($3::uuid[])"
    await tx.run(sql, mall_id, group_id, kept)
    await tx.run(
        """
        INSERT INTO dining.option AS o (mall_id, id, group_id, name_zh, name_en, extra_minor, position)
        SELECT $1, w.id, $2, w.name_zh, w.name_en, w.extra_minor, w.position
          FROM jsonb_to_recordset($3) AS w (id uuid, name_zh text, name_en text, extra_minor bigint, position integer)
        ON CONFLICT (mall_id, id) DO UPDATE
           SET name_zh = EXCLUDED.name_zh, name_en = EXCLUDED.name_en, extra_minor = EXCLUDED.extra_minor,
               position = EXCLUDED.position
         WHERE o.group_id = EXCLUDED.group_id
        """,
        mall_id,
        group_id,
        list(options),
    )
    return True


async def delete_group(tx: Tx, mall_id: MallId, shop_id: ShopId, group_id: UUID) -> bool:
    """Take a group away, from the dishes that had it too; False when the shop has none such."""
    await tx.run(
        """
        UPDATE dining.dish SET group_ids = array_remove(group_ids, $3)
         WHERE mall_id = $1 AND shop_id = $2 AND $3 = ANY (group_ids)
        """,
        mall_id,
        shop_id,
        group_id,
    )
    sql = "DELETE FROM dining.option_group WHERE mall_id = $1 AND shop_id = $2 AND id = $3"
    return bool(await tx.run(sql, mall_id, shop_id, group_id))


async def dishes(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[DishSettings]:
    """Return how a shop's products are dishes; those never set are left out."""
    sql = """
    SELECT product_id, station_id, course, group_ids, sold_out FROM dining.dish WHERE mall_id = $1 AND shop_id = $2
    """
    return await tx.all(DishSettings, sql, mall_id, shop_id)


async def share_dishes(
    tx: Tx, mall_id: MallId, shop_id: ShopId, product_ids: Sequence[ProductId]
) -> list[DishSettings]:
    """Return how products are dishes, and keep the kitchen from calling them sold out before this commits."""
    return await tx.all(
        DishSettings,
        """
        SELECT product_id, station_id, course, group_ids, sold_out FROM dining.dish
         WHERE mall_id = $1 AND shop_id = $2 AND product_id = ANY($3::uuid[]) ORDER BY product_id FOR SHARE
        """,
        mall_id,
        shop_id,
        list(product_ids),
    )


async def put_dish(tx: Tx, mall_id: MallId, shop_id: ShopId, product_id: ProductId, new: DishInput) -> None:
    """Write how a product is a dish; whether it has run out stays."""
    await tx.run(
        """
        INSERT INTO dining.dish (mall_id, product_id, shop_id, station_id, course, group_ids)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (mall_id, product_id) DO UPDATE
           SET station_id = EXCLUDED.station_id, course = EXCLUDED.course, group_ids = EXCLUDED.group_ids
        """,
        mall_id,
        product_id,
        shop_id,
        new.station_id,
        new.course,
        list(new.group_ids),
    )


async def set_dish_sold_out(tx: Tx, mall_id: MallId, shop_id: ShopId, product_id: ProductId, *, sold_out: bool) -> None:
    """Note whether a dish has run out."""
    await tx.run(
        """
        INSERT INTO dining.dish (mall_id, product_id, shop_id, sold_out) VALUES ($1, $2, $3, $4)
        ON CONFLICT (mall_id, product_id) DO UPDATE SET sold_out = EXCLUDED.sold_out
        """,
        mall_id,
        product_id,
        shop_id,
        sold_out,
    )


async def set_option_sold_out(tx: Tx, mall_id: MallId, shop_id: ShopId, option_id: UUID, *, sold_out: bool) -> bool:
    """Note whether a choice has run out; False when the shop has none such."""
    sql = """
    UPDATE dining.option o SET sold_out = $4 FROM dining.option_group g
     WHERE o.mall_id = $1 AND o.id = $3 AND g.mall_id = $1 AND g.id = o.group_id AND g.shop_id = $2
    """
    return bool(await tx.run(sql, mall_id, shop_id, option_id, sold_out))


async def share_options(tx: Tx, mall_id: MallId, option_ids: Sequence[UUID]) -> None:
    """Keep the kitchen from calling choices sold out before this commits."""
    await tx.values(
        "SELECT id FROM dining.option WHERE mall_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR SHARE",
        mall_id,
        list(option_ids),
    )

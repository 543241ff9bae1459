"""Prices of variants: what rules make of them, which goods a rule is about, and how prices changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.foundation.catalog.model import GoodsScope, OnlinePrice, PriceChange, PricedGood, Repriced
from galleria.kernel.ids import MallId, ProductId
from galleria.platform.tx import ReadTx, Tx


async def set_online_prices(tx: Tx, mall_id: MallId, prices: Sequence[OnlinePrice], now: datetime) -> list[Repriced]:
    """Set what rules make of variants, keep every change, and return the products changed; they are locked already."""
    return await tx.all(
        Repriced,
        """
        WITH given AS (
          SELECT * FROM jsonb_to_recordset($2::jsonb) AS r (variant_id uuid, price_minor bigint, rule_id uuid,
                 rule_version integer)
        ), before AS (
          SELECT v.id, v.price_minor, v.online_rule_id
            FROM given g JOIN catalog.variant v ON v.mall_id = $1 AND v.id = g.variant_id
        ), saved AS (
          UPDATE catalog.variant v SET online_price_minor = g.price_minor, online_rule_id = g.rule_id
            FROM given g
           WHERE v.mall_id = $1 AND v.id = g.variant_id
             AND (v.online_price_minor, v.online_rule_id) IS DISTINCT FROM (g.price_minor, g.rule_id)
          RETURNING v.id, v.product_id, v.shop_id, v.store_price_minor, v.price_minor, g.rule_id, g.rule_version
        ), told AS (
          INSERT INTO catalog.price_change (mall_id, product_id, variant_id, reason, store_price_minor, from_minor,
                 to_minor, rule_id, rule_version, actor_kind, actor_id, at)
          SELECT $1, s.product_id, s.id, CASE WHEN s.rule_id IS NULL THEN 'back' ELSE 'rule' END, s.store_price_minor,
                 b.price_minor, s.price_minor, coalesce(s.rule_id, b.online_rule_id), s.rule_version, $3, $4, $5
            FROM saved s JOIN before b ON b.id = s.id WHERE s.price_minor <> b.price_minor
        )
        SELECT DISTINCT product_id, shop_id FROM saved
        """,
        mall_id,
        list(prices),
        tx.actor.kind,
        tx.actor.id,
        now,
    )


async def settle_lowest(tx: Tx, mall_id: MallId, product_ids: Sequence[ProductId]) -> int:
    """Make products show the lowest price of their active variants; the caller has locked them."""
    return await tx.run(
        """
        UPDATE catalog.product p SET price_min_minor = l.lowest
          FROM (SELECT w.id, coalesce(min(v.price_minor), 0) AS lowest
                  FROM unnest($2::uuid[]) AS w (id)
                  LEFT JOIN catalog.variant v ON v.mall_id = $1 AND v.product_id = w.id AND v.state = 'active'
                 GROUP BY w.id) l
         WHERE p.mall_id = $1 AND p.id = l.id AND p.price_min_minor <> l.lowest
        """,
        mall_id,
        list(product_ids),
    )


async def priced_goods(tx: ReadTx, mall_id: MallId, product_ids: Sequence[ProductId]) -> list[PricedGood]:
    """Return the active variants of products with their prices, by product and id."""
    return await tx.all(
        PricedGood,
        """
        SELECT v.id AS variant_id, v.product_id, v.shop_id, c.path AS category_ids, v.store_price_minor, v.price_minor,
               v.online_price_minor, v.online_rule_id, v.sku, p.name_zh, p.name_en, v.name_zh AS option_zh,
               v.name_en AS option_en, p.pictures[1] AS picture
          FROM catalog.variant v
          JOIN catalog.product p ON p.mall_id = v.mall_id AND p.id = v.product_id
          JOIN malls.category c ON c.mall_id = p.mall_id AND c.id = p.category_id
         WHERE v.mall_id = $1 AND v.product_id = ANY($2::uuid[]) AND v.state = 'active'
         ORDER BY v.product_id, v.id
        """,
        mall_id,
        list(product_ids),
    )


async def products_in(
    tx: ReadTx, mall_id: MallId, goods: GoodsScope, *, after: ProductId | None, limit: int
) -> list[ProductId]:
    """Return `limit` products of a scope after one, by id; archived ones are left out."""
    return await tx.values(
        """
        SELECT p.id FROM catalog.product p JOIN malls.category c ON c.mall_id = p.mall_id AND c.id = p.category_id
         WHERE p.mall_id = $1 AND p.state <> 'archived' AND ($2::uuid IS NULL OR p.shop_id = $2)
           AND ($3::uuid[] IS NULL OR c.path && $3) AND ($4::uuid[] IS NULL OR p.id = ANY($4))
           AND ($5::uuid[] IS NULL OR p.id IN (SELECT v.product_id FROM catalog.variant v
                                                WHERE v.mall_id = $1 AND v.id = ANY($5)))
           AND ($6::uuid IS NULL OR p.id > $6)
         ORDER BY p.id LIMIT $7
        """,
        mall_id,
        goods.shop_id,
        goods.category_ids,
        goods.product_ids,
        goods.variant_ids,
        after,
        limit,
    )


async def products_priced_by(
    tx: ReadTx, mall_id: MallId, rule_id: UUID, *, after: ProductId | None, limit: int
) -> list[ProductId]:
    """Return `limit` products after one that have a price from a rule, by id."""
    return await tx.values(
        """
        SELECT DISTINCT product_id FROM catalog.variant
         WHERE mall_id = $1 AND online_rule_id = $2 AND ($3::uuid IS NULL OR product_id > $3)
         ORDER BY product_id LIMIT $4
        """,
        mall_id,
        rule_id,
        after,
        limit,
    )


class RuleCount(msgspec.Struct, frozen=True):
    """How many variants have their price from a rule."""

    rule_id: UUID
    count: int


async def count_priced_by(tx: ReadTx, mall_id: MallId, rule_ids: Sequence[UUID]) -> list[RuleCount]:
    """Count the variants that have their price from each of some rules."""
    return await tx.all(
        RuleCount,
        """
        SELECT online_rule_id AS rule_id, count(*) AS count FROM catalog.variant
         WHERE mall_id = $1 AND online_rule_id = ANY($2::uuid[]) GROUP BY online_rule_id
        """,
        mall_id,
        list(rule_ids),
    )


async def price_changes(
    tx: ReadTx, mall_id: MallId, product_id: ProductId, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[PriceChange]:
    """Return `limit` changes of a product's prices before a moment, newest first."""
    return await tx.all(
        PriceChange,
        """
        SELECT c.id, c.variant_id, v.sku, v.name_zh AS option_zh, v.name_en AS option_en, c.reason,
               c.store_price_minor, c.from_minor, c.to_minor, c.rule_id, c.rule_version, c.actor_kind, c.actor_id, c.at
          FROM catalog.price_change c JOIN catalog.variant v ON v.mall_id = c.mall_id AND v.id = c.variant_id
         WHERE c.mall_id = $1 AND c.product_id = $2 AND ($3::timestamptz IS NULL OR (c.at, c.id) < ($3, $4::uuid))
         ORDER BY c.at DESC, c.id DESC LIMIT $5
        """,
        mall_id,
        product_id,
        *(after or (None, None)),
        limit,
    )

"""All SQL of the catalog. Shop, category and currency are read beside a product, in the same statement, from malls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.foundation.catalog.model import (
    CatalogRow,
    GoodsScope,
    OnlinePrice,
    Owner,
    PriceChange,
    PricedGood,
    Product,
    ProductCard,
    ProductState,
    Repriced,
    SavedVariant,
    Sellable,
    SkuOwner,
    Sort,
    Stored,
    VariantRow,
)
from galleria.foundation.catalog.rules import Query
from galleria.kernel.ids import CategoryId, MallId, MerchantId, ProductId, ShopId, VariantId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx

_VARIANTS = """
  coalesce((SELECT json_agg(json_build_object(
              'id', v.id, 'sku', v.sku, 'barcode', v.barcode, 'name_zh', v.name_zh, 'name_en', v.name_en,
              'price_minor', v.price_minor, 'store_price_minor', v.store_price_minor, 'position', v.position,
              'state', v.state) ORDER BY v.position, v.id)
       FROM catalog.variant v WHERE v.mall_id = p.mall_id AND v.product_id = p.id AND {which}), '[]') AS variants
"""

_PAGE = """
SELECT p.id, p.mall_id, p.code, p.kind, p.state, p.name_zh, p.name_en, p.text_zh, p.text_en, p.pictures,
       p.valid_days, p.weight, p.price_min_minor, m.currency,
       {variants},
       json_build_object('id', s.id, 'merchant_id', s.merchant_id, 'name_zh', s.name_zh, 'name_en', s.name_en,
         'floor_code', s.floor_code, 'unit_code', s.unit_code, 'hours', s.hours, 'logo', s.logo,
         'picture', s.picture, 'state', s.state) AS shop,
       json_build_object('id', c.id, 'code', c.code, 'name_zh', c.name_zh, 'name_en', c.name_en) AS category
  FROM catalog.product p
  JOIN malls.shop s ON s.mall_id = p.mall_id AND s.id = p.shop_id
  JOIN malls.category c ON c.mall_id = p.mall_id AND c.id = p.category_id
  JOIN malls.mall m ON m.id = p.mall_id
 WHERE p.mall_id = $1 AND p.id = $2
"""
PUBLIC_PAGE = (
    _PAGE.format(variants=_VARIANTS.format(which="v.state = 'active'"))
    + " AND p.state = 'published' AND s.state = 'open'"
)
STAFF_PAGE = _PAGE.format(variants=_VARIANTS.format(which="true"))


async def public_product(tx: ReadTx, mall_id: MallId, product_id: ProductId) -> Product | None:
    """Return a published product of an open shop."""
    return await tx.one(Product, PUBLIC_PAGE, mall_id, product_id)


async def any_product(tx: ReadTx, mall_id: MallId, product_id: ProductId) -> Product | None:
    """Return a product in any state, with retired variants."""
    return await tx.one(Product, STAFF_PAGE, mall_id, product_id)


_CARD = """
SELECT p.id, p.shop_id, p.category_id, p.kind, p.state, p.name_zh, p.name_en, p.pictures[1] AS picture,
       p.price_min_minor, m.currency, s.name_zh AS shop_zh, s.name_en AS shop_en, s.floor_code, p.weight,
       (SELECT count(*) FROM catalog.variant v
         WHERE v.mall_id = p.mall_id AND v.product_id = p.id AND v.state = 'active') AS variants_count, {score} AS score
  FROM {source}
  JOIN malls.shop s ON s.mall_id = p.mall_id AND s.id = p.shop_id
  JOIN malls.mall m ON m.id = p.mall_id
 WHERE p.mall_id = $1 AND p.state = 'published' AND s.state = 'open'
   AND ($2::uuid[] IS NULL OR p.category_id = ANY($2)) AND ($3::uuid IS NULL OR p.shop_id = $3)
"""
_BROWSED = {"score": "0", "source": "catalog.product p"}
_QUERY = "($5::text::tsquery && ($6::text::tsquery || to_tsquery('english', $7)))"
_FOUND = {"score": "p.score", "source": f"""
  (SELECT p.*, (ts_rank(p.search, q.q) * 10000)::integer AS score
     FROM (SELECT {_QUERY} AS q) q, catalog.product p WHERE p.mall_id = $1 AND p.search @@ q.q) p
"""}  # fmt: skip

_ORDERS: dict[Sort | None, tuple[str, str]] = {
    Sort.POPULAR: ("p.weight DESC, p.id", "(p.weight < {0}::bigint OR (p.weight = {0} AND p.id > {1}::uuid))"),
    Sort.NEWEST: ("p.id DESC", "({0}::bigint IS NOT NULL AND p.id < {1}::uuid)"),
    Sort.PRICE_UP: ("p.price_min_minor, p.id", "(p.price_min_minor, p.id) > ({0}::bigint, {1}::uuid)"),
    Sort.PRICE_DOWN: ("p.price_min_minor DESC, p.id DESC", "(p.price_min_minor, p.id) < ({0}::bigint, {1}::uuid)"),
    None: ("p.score DESC, p.id", "(p.score < {0}::bigint OR (p.score = {0} AND p.id > {1}::uuid))"),
}


def _listing(base: dict[str, str], sort: Sort | None, first_key: int) -> str:
    order, after = _ORDERS[sort]
    keys = (f"${first_key}", f"${first_key + 1}")
    return _CARD.format(**base) + f" AND ({keys[1]}::uuid IS NULL OR {after.format(*keys)}) ORDER BY {order} LIMIT $4"


_BROWSING = {sort: _listing(_BROWSED, sort, 5) for sort in Sort}
_SEARCHING = {sort: _listing(_FOUND, sort, 8) for sort in (*Sort, None)}


async def browse(
    tx: ReadTx,
    mall_id: MallId,
    *,
    category_ids: Sequence[CategoryId] | None,
    shop_id: ShopId | None,
    sort: Sort,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[ProductCard]:
    """Return `limit` published products after a key."""
    key = after or (None, None)
    return await tx.all(ProductCard, _BROWSING[sort], mall_id, category_ids, shop_id, limit, *key)


async def search(
    tx: ReadTx,
    mall_id: MallId,
    query: Query,
    *,
    category_ids: Sequence[CategoryId] | None,
    shop_id: ShopId | None,
    sort: Sort | None,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[ProductCard]:
    """Return `limit` published products that match, after a key; without a sort by how well they match."""
    key = after or (None, None)
    words = (query.han, query.plain, query.stemmed)
    return await tx.all(ProductCard, _SEARCHING[sort], mall_id, category_ids, shop_id, limit, *words, *key)


_CATALOG = f"""
SELECT p.id, p.shop_id, p.category_id, p.code, p.kind, p.state, p.name_zh, p.name_en, p.pictures[1] AS picture,
       p.price_min_minor, m.currency, s.name_zh AS shop_zh, s.name_en AS shop_en,
       {_VARIANTS.format(which="v.state = 'active'")}
  FROM catalog.product p
  JOIN malls.shop s ON s.mall_id = p.mall_id AND s.id = p.shop_id
  JOIN malls.mall m ON m.id = p.mall_id
 WHERE p.mall_id = $1 AND ($2 OR p.merchant_id = ANY($3::uuid[]) OR p.shop_id = ANY($4::uuid[]))
   AND ($5::uuid IS NULL OR p.shop_id = $5) AND ($6::text IS NULL OR p.state = $6)
   AND ($10::text IS NULL OR lower(p.code) = lower($10)
        OR EXISTS (SELECT FROM catalog.variant v WHERE v.mall_id = p.mall_id AND v.product_id = p.id
                      AND lower(v.sku) = lower($10))
        OR p.search @@ ($11::text::tsquery && ($12::text::tsquery || to_tsquery('english', $13))))
   AND ($7::uuid IS NULL OR p.id < $7)
 ORDER BY p.id DESC LIMIT $8 OFFSET $9
"""


async def list_catalog(
    tx: ReadTx,
    mall_id: MallId,
    reach: Reach,
    *,
    shop_id: ShopId | None,
    state: ProductState | None,
    words: str | None,
    query: Query,
    after: UUID | None,
    limit: int,
) -> list[CatalogRow]:
    """Return products in every state, newest first, within what the staff reaches."""
    scope = (reach.everything, reach.merchant_ids, reach.shop_ids)
    found = (query.han, query.plain, query.stemmed)
    return await tx.all(CatalogRow, _CATALOG, mall_id, *scope, shop_id, state, after, limit, 0, words, *found)


async def shop_of(tx: ReadTx, mall_id: MallId, product_id: ProductId) -> ShopId | None:
    """Return the shop of a product."""
    found: ShopId | None = await tx.value(
        "SELECT shop_id FROM catalog.product WHERE mall_id = $1 AND id = $2", mall_id, product_id
    )
    return found


async def shop_of_variant(tx: ReadTx, mall_id: MallId, variant_id: VariantId) -> ShopId | None:
    """Return the shop of a variant."""
    found: ShopId | None = await tx.value(
        "SELECT shop_id FROM catalog.variant WHERE mall_id = $1 AND id = $2", mall_id, variant_id
    )
    return found


_SALE = """
SELECT v.id AS variant_id, p.id AS product_id, p.shop_id, p.merchant_id, p.category_id, c.path AS category_ids, p.kind,
       v.sku, v.price_minor, p.name_zh, p.name_en, v.name_zh AS option_zh, v.name_en AS option_en,
       p.pictures[1] AS picture, p.valid_days, s.name_zh AS shop_zh, s.name_en AS shop_en
  FROM catalog.variant v
  JOIN catalog.product p ON p.mall_id = v.mall_id AND p.id = v.product_id
  JOIN malls.shop s ON s.mall_id = p.mall_id AND s.id = p.shop_id
  JOIN malls.category c ON c.mall_id = p.mall_id AND c.id = p.category_id
 WHERE v.mall_id = $1 AND v.state = 'active' AND p.state = 'published' AND s.state = 'open'
"""
_SELLABLE = f"{_SALE} AND v.id = ANY($2::uuid[]) ORDER BY array_position($2::uuid[], v.id)"
_SELLABLE_IN = f"""{_SALE}
   AND (cardinality($2::uuid[]) = 0 OR p.shop_id = ANY($2))
   AND (cardinality($3::uuid[]) = 0 OR p.merchant_id = ANY($3))
   AND (cardinality($4::uuid[]) = 0 OR c.path && $4)
   AND (cardinality($5::uuid[]) = 0 OR p.id = ANY($5))
   AND (cardinality($6::uuid[]) = 0 OR v.id = ANY($6))
   AND p.id <> ALL ($7::uuid[])
 ORDER BY p.weight DESC, p.id, v.position LIMIT $8
"""


async def sellable(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> list[Sellable]:
    """Return those of the variants that can be bought, in the order asked."""
    return await tx.all(Sellable, _SELLABLE, mall_id, list(variant_ids))


async def sellable_in(tx: ReadTx, mall_id: MallId, narrowed: Sequence[list[UUID]], *, limit: int) -> list[Sellable]:
    """Return variants that can be bought, the heaviest first.

    `narrowed` are shops, merchants, categories, products, variants, and products left out.
    """
    return await tx.all(Sellable, _SELLABLE_IN, mall_id, *narrowed, limit)


async def shops_of(tx: ReadTx, mall_id: MallId, ids: list[UUID]) -> list[Owner]:
    """Return the shop of each product and variant among the ids."""
    return await tx.all(
        Owner,
        """
        SELECT id, shop_id FROM catalog.product WHERE mall_id = $1 AND id = ANY($2::uuid[])
        UNION ALL SELECT id, shop_id FROM catalog.variant WHERE mall_id = $1 AND id = ANY($2::uuid[])
        """,
        mall_id,
        ids,
    )


async def list_variants(
    tx: ReadTx, mall_id: MallId, shop_id: ShopId, *, words: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[VariantRow]:
    """Return the active variants of a shop's goods by SKU; `words` begins the SKU or stands in a name."""
    return await tx.all(
        VariantRow,
        """
        SELECT v.id, v.product_id, v.shop_id, v.sku, p.name_zh, p.name_en, v.name_zh AS option_zh,
               v.name_en AS option_en, v.price_minor, v.store_price_minor, v.online_rule_id, v.state,
               p.state AS product_state, p.kind,
               p.pictures[1] AS picture
          FROM catalog.variant v JOIN catalog.product p ON p.mall_id = v.mall_id AND p.id = v.product_id
         WHERE v.mall_id = $1 AND v.shop_id = $2 AND v.state = 'active' AND p.state <> 'archived'
           AND ($3::text IS NULL OR starts_with(lower(v.sku), lower($3)) OR strpos(lower(p.name_zh), lower($3)) > 0
                OR strpos(lower(p.name_en), lower($3)) > 0)
           AND ($4::text IS NULL OR (v.sku, v.id) > ($4, $5::uuid))
         ORDER BY v.sku, v.id LIMIT $6
        """,
        mall_id,
        shop_id,
        words,
        *(after or (None, None)),
        limit,
    )


_STORED = f"""
SELECT p.id, p.shop_id, p.category_id, p.code, p.kind, p.state, p.name_zh, p.name_en, p.text_zh, p.text_en,
       p.pictures, p.valid_days, p.weight, {_VARIANTS.format(which="v.state = 'active'")}
  FROM catalog.product p WHERE p.mall_id = $1
"""


async def lock_product(tx: Tx, mall_id: MallId, product_id: ProductId) -> Stored | None:
    """Return a product and keep others from changing it until the transaction ends."""
    return await tx.one(Stored, _STORED + " AND p.id = $2 FOR UPDATE OF p", mall_id, product_id)


async def lock_shop_products(tx: Tx, mall_id: MallId, shop_id: ShopId) -> list[Stored]:
    """Return all products of a shop, by code, and keep others from changing them until the transaction ends."""
    return await tx.all(Stored, _STORED + " AND p.shop_id = $2 ORDER BY p.id FOR UPDATE OF p", mall_id, shop_id)


async def shop_products(tx: ReadTx, mall_id: MallId, shop_id: ShopId, *, after: str | None, limit: int) -> list[Stored]:
    """Return `limit` products of a shop that are not archived, by code, after one."""
    sql = _STORED + (
        " AND p.shop_id = $2 AND p.state <> 'archived' AND ($3::text IS NULL OR p.code > $3) ORDER BY p.code LIMIT $4"
    )
    return await tx.all(Stored, sql, mall_id, shop_id, after, limit)


class ProductRow(msgspec.Struct, frozen=True):
    """A product after saving."""

    id: ProductId
    code: str
    created: bool


async def upsert_products(
    tx: Tx,
    *,
    mall_id: MallId,
    shop_id: ShopId,
    merchant_id: MerchantId,
    rows: Sequence[dict[str, Any]],
    overwrite: bool,
    now: datetime,
) -> list[ProductRow]:
    """Insert products, or change those with the same code when `overwrite`; one that may not be changed is left out."""
    return await tx.all(
        ProductRow,
        """
        INSERT INTO catalog.product AS p (mall_id, id, shop_id, merchant_id, category_id, code, kind, name_zh, name_en,
               text_zh, text_en, pictures, valid_days, state, weight, price_min_minor, search, created_at, updated_at)
        SELECT $1, r.id, $2, $3, r.category_id, r.code, r.kind, r.name_zh, r.name_en, r.text_zh, r.text_en, r.pictures,
               r.valid_days, r.state, r.weight, r.price_min_minor,
               r.vector::tsvector || setweight(to_tsvector('english', r.latin_a), 'A')
                 || setweight(to_tsvector('english', r.latin_b), 'B')
                 || setweight(to_tsvector('english', r.latin_c), 'C'), $4, $4
          FROM jsonb_to_recordset($5::jsonb) AS r (id uuid, category_id uuid, code text, kind text, name_zh text,
               name_en text, text_zh text, text_en text, pictures text[], valid_days integer, state text,
               weight integer, price_min_minor bigint, vector text, latin_a text, latin_b text, latin_c text)
         ORDER BY r.code
        ON CONFLICT (mall_id, shop_id, code) DO UPDATE SET
               merchant_id = excluded.merchant_id, category_id = excluded.category_id, kind = excluded.kind,
               name_zh = excluded.name_zh, name_en = excluded.name_en, text_zh = excluded.text_zh,
               text_en = excluded.text_en, pictures = excluded.pictures, valid_days = excluded.valid_days,
               state = excluded.state, weight = excluded.weight, search = excluded.search,
               updated_at = excluded.updated_at
         WHERE $6
        RETURNING p.id, p.code, p.xmax = 0 AS created
        """,
        mall_id,
        shop_id,
        merchant_id,
        now,
        rows,
        overwrite,
    )


async def upsert_variants(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, rows: Sequence[dict[str, Any]], now: datetime
) -> list[SavedVariant]:
    """Insert variants, or change and revive those with the same SKU; one of another product is left out.

    Every change of a price is kept in the same statement. The products' rows are locked by the caller.
    """
    return await tx.all(
        SavedVariant,
        """
        WITH given AS (
          SELECT * FROM jsonb_to_recordset($3::jsonb) AS r (id uuid, product_id uuid, sku text, barcode text,
                 name_zh text, name_en text, price_minor bigint, position integer)
        ), before AS (
          SELECT v.id, v.price_minor, v.store_price_minor
            FROM given g JOIN catalog.variant v ON v.mall_id = $1 AND v.shop_id = $2 AND v.sku = g.sku
        ), saved AS (
          INSERT INTO catalog.variant AS v (mall_id, id, product_id, shop_id, sku, barcode, name_zh, name_en,
                 store_price_minor, position, state)
          SELECT $1, g.id, g.product_id, $2, g.sku, g.barcode, g.name_zh, g.name_en, g.price_minor, g.position, 'active'
            FROM given g ORDER BY g.sku
          ON CONFLICT (mall_id, shop_id, sku) DO UPDATE SET
                 barcode = excluded.barcode, name_zh = excluded.name_zh, name_en = excluded.name_en,
                 store_price_minor = excluded.store_price_minor, position = excluded.position, state = 'active'
           WHERE v.product_id = excluded.product_id
          RETURNING v.id, v.product_id, v.sku, v.price_minor, v.store_price_minor, v.online_rule_id
        ), told AS (
          INSERT INTO catalog.price_change (mall_id, product_id, variant_id, reason, store_price_minor, from_minor,
                 to_minor, rule_id, actor_kind, actor_id, at)
          SELECT $1, s.product_id, s.id, 'store', s.store_price_minor, b.price_minor, s.price_minor, s.online_rule_id,
                 $4, $5, $6
            FROM saved s JOIN before b ON b.id = s.id WHERE s.store_price_minor <> b.store_price_minor
        )
        SELECT id, product_id, sku FROM saved
        """,
        mall_id,
        shop_id,
        rows,
        tx.actor.kind,
        tx.actor.id,
        now,
    )


async def lock_products(tx: Tx, mall_id: MallId, product_ids: Sequence[ProductId]) -> list[ProductId]:
    """Keep others from changing these products until the transaction ends; locks by id, returns those there are."""
    return await tx.values(
        "SELECT id FROM catalog.product WHERE mall_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE",
        mall_id,
        list(product_ids),
    )


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


async def shop_variants(
    tx: ReadTx, mall_id: MallId, shop_id: ShopId, ids: Sequence[VariantId], skus: Sequence[str]
) -> list[SavedVariant]:
    """Return those of the variants, by id or by SKU, that are the shop's."""
    return await tx.all(
        SavedVariant,
        """
        SELECT id, product_id, sku FROM catalog.variant
         WHERE mall_id = $1 AND shop_id = $2 AND (id = ANY($3::uuid[]) OR sku = ANY($4::text[]))
        """,
        mall_id,
        shop_id,
        list(ids),
        list(skus),
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


async def sku_owners(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[SkuOwner]:
    """Return every SKU of a shop, retired ones too, with its product's code."""
    return await tx.all(
        SkuOwner,
        """
        SELECT v.sku, p.code AS product_code FROM catalog.variant v
          JOIN catalog.product p ON p.mall_id = v.mall_id AND p.id = v.product_id
         WHERE v.mall_id = $1 AND v.shop_id = $2
        """,
        mall_id,
        shop_id,
    )


async def retire_others(
    tx: Tx, mall_id: MallId, product_ids: Sequence[ProductId], variant_ids: Sequence[VariantId]
) -> int:
    """Retire the variants of some products that are not among those given; no rule prices them any more."""
    return await tx.run(
        """
        UPDATE catalog.variant SET state = 'retired', online_price_minor = NULL, online_rule_id = NULL
         WHERE mall_id = $1 AND product_id = ANY($2::uuid[]) AND NOT id = ANY($3::uuid[]) AND state = 'active'
        """,
        mall_id,
        list(product_ids),
        list(variant_ids),
    )


async def set_state(tx: Tx, mall_id: MallId, product_id: ProductId, state: ProductState, now: datetime) -> None:
    """Set the state of a product; its row is locked by the caller."""
    await tx.run(
        "UPDATE catalog.product SET state = $3, updated_at = $4 WHERE mall_id = $1 AND id = $2",
        mall_id,
        product_id,
        state,
        now,
    )


async def mall_of_shop(tx: ReadTx, shop_id: ShopId) -> MallId | None:
    """Return the mall of a shop that has goods; an event names the shop alone."""
    found: MallId | None = await tx.value("SELECT mall_id FROM catalog.product WHERE shop_id = $1 LIMIT 1", shop_id)
    return found

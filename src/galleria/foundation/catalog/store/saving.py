"""Writing products and variants, and reading a shop's as they are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.foundation.catalog.model import ProductState, SavedVariant, SkuOwner, Stored
from galleria.foundation.catalog.store.reading import VARIANTS
from galleria.kernel.ids import MallId, MerchantId, ProductId, ShopId, VariantId
from galleria.platform.tx import ReadTx, Tx

_STORED = f"""
SELECT p.id, p.shop_id, p.category_id, p.code, p.kind, p.state, p.name_zh, p.name_en, p.text_zh, p.text_en,
       p.pictures, p.valid_days, p.weight, {VARIANTS.format(which="v.state = 'active'")}
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

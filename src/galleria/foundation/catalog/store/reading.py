"""Products by id: a product's page, what can be bought, whose a product is."""

from collections.abc import Sequence
from uuid import UUID

from galleria.foundation.catalog.model import Owner, Product, Sellable
from galleria.kernel.ids import MallId, ProductId, ShopId, VariantId
from galleria.platform.tx import ReadTx

VARIANTS = """
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
    _PAGE.format(variants=VARIANTS.format(which="v.state = 'active'"))
    + " AND p.state = 'published' AND s.state = 'open'"
)
STAFF_PAGE = _PAGE.format(variants=VARIANTS.format(which="true"))


async def public_product(tx: ReadTx, mall_id: MallId, product_id: ProductId) -> Product | None:
    """Return a published product of an open shop."""
    return await tx.one(Product, PUBLIC_PAGE, mall_id, product_id)


async def any_product(tx: ReadTx, mall_id: MallId, product_id: ProductId) -> Product | None:
    """Return a product in any state, with retired variants."""
    return await tx.one(Product, STAFF_PAGE, mall_id, product_id)


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


async def mall_of_shop(tx: ReadTx, shop_id: ShopId) -> MallId | None:
    """Return the mall of a shop that has goods; an event names the shop alone."""
    found: MallId | None = await tx.value("SELECT mall_id FROM catalog.product WHERE shop_id = $1 LIMIT 1", shop_id)
    return found

"""Lists of products: what shoppers browse and find, what staff see of the catalog."""

from collections.abc import Sequence
from uuid import UUID

from galleria.foundation.catalog.model import CatalogRow, ProductCard, ProductState, Sort, VariantRow
from galleria.foundation.catalog.rules import Query
from galleria.foundation.catalog.store.reading import VARIANTS
from galleria.kernel.ids import CategoryId, MallId, ShopId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

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
       {VARIANTS.format(which="v.state = 'active'")}
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

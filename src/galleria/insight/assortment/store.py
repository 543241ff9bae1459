"""The statement of the selection assistant: goods, sales, stock, costs and prices elsewhere. It writes nothing."""

from datetime import datetime
from uuid import UUID

from galleria.insight.assortment.model import GoodFacts
from galleria.kernel.ids import MallId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

GOODS_MAX = 2_000


async def goods(tx: ReadTx, mall_id: MallId, reach: Reach, shop_id: UUID | None, since: datetime) -> list[GoodFacts]:
    """Return what is known of the published products of a shop, or of all within reach; at most 2,000 of them."""
    return await tx.all(
        GoodFacts,
        """
        WITH chosen AS (
          SELECT p.id, p.shop_id, p.merchant_id, p.name_zh, p.name_en, p.pictures[1] AS picture
            FROM catalog.product AS p
           WHERE p.mall_id = $1 AND p.state = 'published'
             AND ($2 OR p.merchant_id = ANY ($3::uuid[]) OR p.shop_id = ANY ($4::uuid[]))
             AND ($5::uuid IS NULL OR p.shop_id = $5)
           ORDER BY p.id LIMIT $7
        ),
        sold AS (
          SELECT l.product_id, sum(cardinality(l.unit_paid_minor) - cardinality(l.refunded_units)) AS units,
                 sum(paid.minor) AS sales_minor
            FROM orders.purchase AS o
            JOIN orders.line AS l ON l.mall_id = $1 AND l.order_id = o.id
            JOIN chosen AS c ON c.id = l.product_id
            JOIN LATERAL (SELECT coalesce(sum(u.minor), 0) AS minor
                            FROM unnest(l.unit_paid_minor) WITH ORDINALITY AS u(minor, unit)
                           WHERE u.unit - 1 <> ALL (l.refunded_units)) AS paid ON true
           WHERE o.mall_id = $1 AND o.paid_at >= $6
           GROUP BY l.product_id
        ),
        stocked AS (
          SELECT v.product_id, sum(s.on_hand - s.reserved) AS stock
            FROM catalog.variant AS v
            JOIN stock.level AS s ON s.mall_id = $1 AND s.variant_id = v.id
            JOIN chosen AS c ON c.id = v.product_id
           WHERE v.mall_id = $1 AND v.state = 'active'
           GROUP BY v.product_id
        )
        SELECT c.id AS product_id, c.shop_id, c.merchant_id, c.name_zh, c.name_en, shop.name_zh AS shop_zh,
               shop.name_en AS shop_en, c.picture, first.price_minor, cost.cost_minor,
               coalesce(k.stock, 0)::bigint AS stock, coalesce(s.units, 0)::bigint AS units,
               coalesce(s.sales_minor, 0)::bigint AS sales_minor, elsewhere.price_minor AS competitor_minor
          FROM chosen AS c
          JOIN malls.shop AS shop ON shop.mall_id = $1 AND shop.id = c.shop_id
          JOIN LATERAL (SELECT v.id, v.price_minor FROM catalog.variant AS v
                         WHERE v.mall_id = $1 AND v.product_id = c.id AND v.state = 'active'
                         ORDER BY v.position, v.id LIMIT 1) AS first ON true
          LEFT JOIN pricing.cost AS cost ON cost.mall_id = $1 AND cost.variant_id = first.id
          LEFT JOIN sold AS s ON s.product_id = c.id
          LEFT JOIN stocked AS k ON k.product_id = c.id
          LEFT JOIN LATERAL (
            SELECT min(newest.price_minor) AS price_minor
              FROM (SELECT DISTINCT ON (source) price_minor FROM pricing.competitor
                     WHERE mall_id = $1 AND variant_id = first.id ORDER BY source, seen_at DESC) AS newest
          ) AS elsewhere ON true
         ORDER BY c.id
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        shop_id,
        since,
        GOODS_MAX,
    )

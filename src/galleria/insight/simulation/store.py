"""Every statement of simulations. It reads orders, goods, costs and names, and writes nothing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import CategoryId, MallId, MerchantId, ProductId, ShopId, VariantId
from galleria.kernel.periods import Period
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx


class ReplayLine(msgspec.Struct, frozen=True):
    """What an order had of one thing; gifts and add-ons are left out."""

    key: str
    shop_id: ShopId
    merchant_id: MerchantId
    category_ids: list[CategoryId]
    product_id: ProductId
    variant_id: VariantId
    quantity: int
    unit_price_minor: int


class ReplayOrder(msgspec.Struct, frozen=True):
    """An order as it was placed, with what is known of the member."""

    number: str
    member_id: UUID
    placed_at: datetime
    first_order: bool
    tier: str | None
    birth_month: int | None
    birth_day: int | None
    lines: list[ReplayLine]


async def orders(tx: ReadTx, mall_id: MallId, reach: Reach, period: Period, most: int) -> list[ReplayOrder]:
    """Return the newest orders paid in a period, the oldest of them first, with the goods within reach."""
    return await tx.all(
        ReplayOrder,
        """
        WITH newest AS (
          SELECT p.id, p.number, p.member_id, p.placed_at, p.group_id
            FROM orders.purchase AS p
           WHERE p.mall_id = $1 AND p.paid_at >= $2 AND p.paid_at < $3
             AND ($4 OR EXISTS (SELECT FROM orders.sub_order AS s
                                 WHERE s.mall_id = $1 AND s.order_id = p.id
                                   AND (s.merchant_id = ANY ($5::uuid[]) OR s.shop_id = ANY ($6::uuid[]))))
           ORDER BY p.paid_at DESC, p.id DESC LIMIT $7
        )
        SELECT n.number, n.member_id, n.placed_at,
               NOT EXISTS (SELECT FROM orders.purchase AS earlier
                            WHERE earlier.mall_id = $1 AND earlier.member_id = n.member_id
                              AND earlier.paid_at IS NOT NULL AND earlier.placed_at < n.placed_at) AS first_order,
               m.tier, extract(month FROM m.birthday)::int AS birth_month,
               extract(day FROM m.birthday)::int AS birth_day,
               coalesce(goods.lines, '[]') AS lines
          FROM newest AS n
          LEFT JOIN members.member AS m ON m.group_id = n.group_id AND m.id = n.member_id
          LEFT JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object(
                     'key', l.id, 'shop_id', s.shop_id, 'merchant_id', s.merchant_id, 'category_ids', c.path,
                     'product_id', l.product_id, 'variant_id', l.variant_id, 'quantity', l.quantity,
                     'unit_price_minor', l.unit_price_minor)) AS lines
              FROM orders.line AS l
              JOIN orders.sub_order AS s ON s.mall_id = $1 AND s.id = l.sub_order_id
              JOIN catalog.product AS p ON p.mall_id = $1 AND p.id = l.product_id
              JOIN malls.category AS c ON c.mall_id = $1 AND c.id = p.category_id
             WHERE l.mall_id = $1 AND l.order_id = n.id AND l.granted_by IS NULL
               AND ($4 OR s.merchant_id = ANY ($5::uuid[]) OR s.shop_id = ANY ($6::uuid[]))
          ) AS goods ON true
         ORDER BY n.placed_at, n.number
        """,
        mall_id,
        period.starts_at,
        period.ends_at,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        most,
    )


async def goods(
    tx: ReadTx, mall_id: MallId, reach: Reach, variant_ids: Sequence[VariantId], quantities: Sequence[int]
) -> list[ReplayLine]:
    """Return variants within reach as lines, at what they cost now without any offer."""
    return await tx.all(
        ReplayLine,
        """
        SELECT v.id::text AS key, p.shop_id, p.merchant_id, c.path AS category_ids, p.id AS product_id,
               v.id AS variant_id, wanted.quantity, v.price_minor AS unit_price_minor
          FROM unnest($5::uuid[], $6::int[]) AS wanted(variant_id, quantity)
          JOIN catalog.variant AS v ON v.mall_id = $1 AND v.id = wanted.variant_id
          JOIN catalog.product AS p ON p.mall_id = $1 AND p.id = v.product_id
          JOIN malls.category AS c ON c.mall_id = $1 AND c.id = p.category_id
         WHERE $2 OR p.merchant_id = ANY ($3::uuid[]) OR p.shop_id = ANY ($4::uuid[])
         ORDER BY v.id
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        variant_ids,
        quantities,
    )


class Cost(msgspec.Struct, frozen=True):
    """What a variant costs its merchant."""

    variant_id: UUID
    cost_minor: int


async def costs(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[UUID]) -> list[Cost]:
    """Return the costs that are known."""
    return await tx.all(
        Cost,
        """SELECT variant_id, cost_minor FROM pricing.cost
            WHERE mall_id = $1 AND variant_id = ANY ($2) AND cost_minor IS NOT NULL""",
        mall_id,
        variant_ids,
    )


class PartyName(msgspec.Struct, frozen=True):
    """A merchant or sponsor and its names."""

    id: UUID
    name_zh: str
    name_en: str


async def names(tx: ReadTx, mall_id: MallId) -> list[PartyName]:
    """Return all who may bear a share here: the merchants of the mall's shops, and its sponsors."""
    return await tx.all(
        PartyName,
        """
        SELECT DISTINCT m.id, m.name_zh, m.name_en
          FROM malls.shop AS s
          JOIN malls.mall AS mall ON mall.id = s.mall_id
          JOIN malls.merchant AS m ON m.group_id = mall.group_id AND m.id = s.merchant_id
         WHERE s.mall_id = $1
        UNION ALL
        SELECT id, name_zh, name_en FROM offers.sponsor WHERE mall_id = $1
        """,
        mall_id,
    )

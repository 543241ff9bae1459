"""Every statement on the results of offers. It reads offers, coupons, orders and costs, and writes nothing.

Only paid orders count, by the day they were paid on. Of a merchant's offer only the merchant's own goods count.
"""

from collections.abc import Sequence
from uuid import UUID

from galleria.insight.performance.model import About, DayRow, FundedRow, Subject
from galleria.kernel.ids import MallId
from galleria.kernel.periods import Period
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

_SUBJECTS = """
SELECT 'offer' AS subject, o.id, o.merchant_id, o.preset AS kind, o.state, o.title_zh, o.title_en, o.starts_at,
       o.ends_at
  FROM offers.offer AS o
 WHERE o.mall_id = $1
   AND ($2 OR o.merchant_id = ANY ($3::uuid[])
        OR (o.merchant_id IS NOT NULL AND cardinality(o.shop_ids) > 0 AND o.shop_ids <@ $4::uuid[]))
UNION ALL
SELECT 'coupon', k.id, k.funder_merchant_id, k.kind, k.state, k.title_zh, k.title_en, k.claim_from, k.use_until
  FROM coupons.coupon AS k
 WHERE k.mall_id = $1
   AND ($2 OR k.funder_merchant_id = ANY ($3::uuid[])
        OR (k.funder = 'merchant' AND cardinality(k.shop_ids) > 0 AND k.shop_ids <@ $4::uuid[]))
"""


async def abouts(tx: ReadTx, mall_id: MallId, reach: Reach) -> list[About]:
    """Return the offers and coupons within reach that ever left their draft."""
    return await tx.all(
        About,
        f"SELECT * FROM ({_SUBJECTS}) AS subject WHERE state NOT IN ('draft', 'pending') ORDER BY id",
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
    )


async def about(tx: ReadTx, mall_id: MallId, reach: Reach, subject: Subject, subject_id: UUID) -> About | None:
    """Return one offer or coupon within reach."""
    return await tx.one(
        About,
        f"SELECT * FROM ({_SUBJECTS}) AS subject WHERE subject = $5 AND id = $6",
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        subject.value,
        subject_id,
    )


_SOLD = """
wanted AS (SELECT * FROM unnest($2::uuid[], $3::uuid[], $7::text[]) AS one(id, merchant_id, subject)),
sold AS (
  SELECT w.id AS offer_id, w.merchant_id, a.id, a.order_id, a.discount_minor, a.earned_by,
         a.kind IN ('free_delivery', 'grant') AS whole, (p.paid_at AT TIME ZONE $6)::date AS day
    FROM wanted AS w
    JOIN orders.applied AS a ON a.mall_id = $1 AND a.offer_id = w.id
    JOIN orders.purchase AS p ON p.mall_id = $1 AND p.id = a.order_id
   WHERE p.paid_at >= $4 AND p.paid_at < $5
)"""


_GOODS = """
line AS (
  SELECT DISTINCT ON (s.offer_id, l.id) s.offer_id, s.day, l.unit_paid_minor, l.refunded_units, l.quantity, c.cost_minor
    FROM sold AS s
    JOIN orders.line AS l ON l.mall_id = $1 AND l.order_id = s.order_id
    JOIN orders.sub_order AS part ON part.mall_id = $1 AND part.id = l.sub_order_id
    LEFT JOIN pricing.cost AS c ON c.mall_id = $1 AND c.variant_id = l.variant_id
   WHERE (s.merchant_id IS NULL OR part.merchant_id = s.merchant_id)
     AND (s.whole OR l.id = ANY (s.earned_by) OR l.shares @> jsonb_build_array(jsonb_build_object('id', s.id)))
),
goods AS (
  SELECT offer_id, day, sum(paid.minor) AS sales_minor, sum(paid.back) AS refunded_minor,
         sum(quantity * cost_minor) AS cost_minor,
         sum(paid.minor) FILTER (WHERE cost_minor IS NOT NULL) AS margin_of_minor
    FROM line,
         LATERAL (SELECT sum(u.minor) AS minor,
                         coalesce(sum(u.minor) FILTER (WHERE u.unit - 1 = ANY (refunded_units)), 0) AS back
                    FROM unnest(unit_paid_minor) WITH ORDINALITY AS u(minor, unit)) AS paid
   GROUP BY offer_id, day
),
basket AS (
  SELECT offer_id, day, count(DISTINCT order_id) AS orders, sum(discount_minor) AS discount_minor
    FROM sold GROUP BY offer_id, day
)"""

_CLAIMED = """
issued AS (
  SELECT w.id AS offer_id, (c.claimed_at AT TIME ZONE $6)::date AS day, count(*) AS issued
    FROM wanted AS w JOIN coupons.claim AS c ON c.mall_id = $1 AND c.coupon_id = w.id
   WHERE c.claimed_at >= $4 AND c.claimed_at < $5
   GROUP BY 1, 2
),
spent AS (
  SELECT w.id AS offer_id, (c.used_at AT TIME ZONE $6)::date AS day, count(*) AS used,
         count(*) FILTER (WHERE c.order_id IS NULL) AS used_at_till
    FROM wanted AS w JOIN coupons.claim AS c ON c.mall_id = $1 AND c.coupon_id = w.id
   WHERE c.state = 'used' AND c.used_at >= $4 AND c.used_at < $5
   GROUP BY 1, 2
)"""

_ROWS = f"""
WITH {_SOLD}, {_GOODS}, {_CLAIMED},
keys AS (
  SELECT offer_id, day FROM basket UNION SELECT offer_id, day FROM issued UNION SELECT offer_id, day FROM spent
)
SELECT k.offer_id AS id, k.day, coalesce(i.issued, 0) AS issued,
       coalesce(s.used, CASE WHEN w.subject = 'offer' THEN b.orders END, 0) AS used,
       coalesce(s.used_at_till, 0) AS used_at_till, coalesce(b.orders, 0) AS orders,
       coalesce(g.sales_minor, 0)::bigint AS sales_minor, coalesce(g.refunded_minor, 0)::bigint AS refunded_minor,
       coalesce(b.discount_minor, 0)::bigint AS discount_minor, coalesce(g.cost_minor, 0)::bigint AS cost_minor,
       coalesce(g.margin_of_minor, 0)::bigint AS margin_of_minor
  FROM keys AS k
  JOIN wanted AS w ON w.id = k.offer_id
  LEFT JOIN basket AS b USING (offer_id, day)
  LEFT JOIN goods AS g USING (offer_id, day)
  LEFT JOIN issued AS i USING (offer_id, day)
  LEFT JOIN spent AS s USING (offer_id, day)
 ORDER BY k.day, k.offer_id
"""


async def rows(tx: ReadTx, mall_id: MallId, them: Sequence[About], period: Period, zone: str) -> list[DayRow]:
    """Return what each of them did on every day on which it did something."""
    return await tx.all(
        DayRow,
        _ROWS,
        mall_id,
        [one.id for one in them],
        [one.merchant_id for one in them],
        period.starts_at,
        period.ends_at,
        zone,
        [one.subject.value for one in them],
    )


async def funded(tx: ReadTx, mall_id: MallId, them: Sequence[About], period: Period, zone: str) -> list[FundedRow]:
    """Return who bore what of each of them, the largest part first."""
    return await tx.all(
        FundedRow,
        f"""
        WITH {_SOLD},
        borne AS (
          SELECT s.offer_id AS id, part.share ->> 'funder' AS funder, (part.share ->> 'funder_id')::uuid AS funder_id,
                 sum(unit.minor::bigint)::bigint AS amount_minor
            FROM sold AS s
            JOIN orders.line AS l ON l.mall_id = $1 AND l.order_id = s.order_id
            JOIN LATERAL jsonb_array_elements(l.shares) AS part(share) ON (part.share ->> 'id')::uuid = s.id
            JOIN LATERAL jsonb_array_elements_text(part.share -> 'units') AS unit(minor) ON true
           GROUP BY 1, 2, 3
        )
        SELECT b.id, b.funder, b.funder_id, coalesce(sp.name_zh, m.name_zh) AS name_zh,
               coalesce(sp.name_en, m.name_en) AS name_en, b.amount_minor
          FROM borne AS b
          LEFT JOIN offers.sponsor AS sp ON sp.mall_id = $1 AND sp.id = b.funder_id AND b.funder = 'sponsor'
          LEFT JOIN malls.mall AS mall ON mall.id = $1
          LEFT JOIN malls.merchant AS m ON m.group_id = mall.group_id AND m.id = b.funder_id AND b.funder = 'merchant'
         WHERE b.amount_minor > 0
         ORDER BY b.amount_minor DESC, b.funder, b.funder_id
        """,
        mall_id,
        [one.id for one in them],
        [one.merchant_id for one in them],
        period.starts_at,
        period.ends_at,
        zone,
        [one.subject.value for one in them],
    )

"""Statements on what is to be done: parts of orders that are not yet with their shoppers."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.orders.model import BoardCounts, BoardRow, Way
from galleria.kernel.ids import MallId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

_OPEN = """
  SELECT s.id AS sub_order_id, s.order_id, p.number, s.shop_id, s.merchant_id, s.shop_zh, s.shop_en, s.state, s.way,
         p.channel, s.paid_at, s.prepare_by, s.promised_from, s.promised_by,
         CASE WHEN s.state = 'preparing' THEN least(s.prepare_by, s.promised_by) ELSE s.promised_by END AS due_at
    FROM orders.sub_order s JOIN orders.purchase p ON p.mall_id = s.mall_id AND p.id = s.order_id
   WHERE s.mall_id = $1 AND s.state IN ('preparing', 'ready') AND s.paid_at IS NOT NULL
     AND ($2 OR s.merchant_id = ANY ($3) OR s.shop_id = ANY ($4)) AND ($5::text IS NULL OR s.way = $5)
     AND EXISTS (SELECT FROM orders.line l WHERE l.mall_id = s.mall_id AND l.sub_order_id = s.id
                                             AND l.kind = 'physical')
"""
_BOARD = f"""
WITH open AS ({_OPEN}), picked AS (
  SELECT * FROM open
   WHERE $6::uuid IS NULL OR (coalesce(due_at, 'infinity'), sub_order_id) > ($7::timestamptz, $6)
   ORDER BY coalesce(due_at, 'infinity'), sub_order_id LIMIT $8
)
SELECT picked.*,
       coalesce(greatest(0, floor(extract(epoch FROM $9::timestamptz - due_at) / 60)), 0)::integer AS late_minutes,
       line.units, line.name_zh, line.name_en, line.note
  FROM picked
 CROSS JOIN LATERAL (
   SELECT sum(l.quantity - cardinality(l.refunded_units))::integer AS units,
          (array_agg(l.name_zh ORDER BY l.position))[1] AS name_zh,
          (array_agg(l.name_en ORDER BY l.position))[1] AS name_en,
          coalesce(string_agg(DISTINCT nullif(l.note, ''), '; '), '') AS note
     FROM orders.line l
    WHERE l.mall_id = $1 AND l.sub_order_id = picked.sub_order_id AND l.kind = 'physical') line
 ORDER BY coalesce(due_at, 'infinity'), sub_order_id
"""
_COUNTS = f"""
WITH open AS ({_OPEN})
SELECT count(*) FILTER (WHERE state = 'preparing') AS preparing, count(*) FILTER (WHERE state = 'ready') AS ready,
       count(*) FILTER (WHERE due_at < $6) AS late
  FROM open
"""


async def board(
    tx: ReadTx,
    mall_id: MallId,
    *,
    reach: Reach,
    way: Way | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    now: datetime,
) -> list[BoardRow]:
    """Return parts that are not done, those due first first."""
    return await tx.all(
        BoardRow,
        _BOARD,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        way and way.value,
        None if after is None else after[1],
        None if after is None else after[0],
        limit,
        now,
    )


async def counts(tx: ReadTx, mall_id: MallId, *, reach: Reach, way: Way | None, now: datetime) -> BoardCounts:
    """Return how many parts are not done, and how many of them are late."""
    found = await tx.one(
        BoardCounts,
        _COUNTS,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        way and way.value,
        now,
    )
    return found or BoardCounts(0, 0, 0)

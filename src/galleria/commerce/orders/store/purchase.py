"""An order as a whole: placed, paid, ended, refunded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.commerce.orders.model import EndedOrder, NewOrder, OrderState, PaidOrder
from galleria.kernel.ids import MallId, MemberId, OrderId
from galleria.platform.tx import ReadTx, Tx

_INSERT = """
WITH purchase AS (
  INSERT INTO orders.purchase (mall_id, id, group_id, number, member_id, state, currency, goods_minor, discount_minor,
                               payable_minor, claim_ids, explanation, placed_at, expires_at, granted)
  VALUES ($1, $2, $3, $4, $5, 'pending_payment', $6, $7, $8, $9, $10, $11, $12, $13, $16)
), applied AS (
  INSERT INTO orders.applied (mall_id, order_id, id, offer_id, version, source, kind, title_zh, title_en,
                              discount_minor, earned_by)
  SELECT $1, $2, a.id, a.offer_id, a.version, a.source, a.kind, a.title_zh, a.title_en, a.discount_minor, a.earned_by
    FROM jsonb_to_recordset($17) AS a(id uuid, offer_id uuid, version integer, source text, kind text, title_zh text,
                                      title_en text, discount_minor bigint, earned_by uuid[])
), part AS (
  INSERT INTO orders.sub_order (mall_id, id, order_id, shop_id, merchant_id, shop_zh, shop_en, state, goods_minor,
                                discount_minor, payable_minor, mall_funded_minor)
  SELECT $1, s.id, $2, s.shop_id, s.merchant_id, s.shop_zh, s.shop_en, 'pending', s.goods_minor,
         s.goods_minor - s.payable_minor, s.payable_minor, s.mall_funded_minor
    FROM jsonb_to_recordset($14) AS s(id uuid, shop_id uuid, merchant_id uuid, shop_zh text, shop_en text,
                                      goods_minor bigint, payable_minor bigint, mall_funded_minor bigint)
)
INSERT INTO orders.line (mall_id, id, order_id, sub_order_id, position, variant_id, product_id, kind, sku, name_zh,
                         name_en, option_zh, option_en, picture, valid_days, quantity, unit_price_minor,
                         unit_paid_minor, unit_mall_funded_minor, shares, granted_by)
SELECT $1, l.id, $2, l.sub_order_id, l.position, l.variant_id, l.product_id, l.kind, l.sku, l.name_zh,
       l.name_en, l.option_zh, l.option_en, l.picture, l.valid_days, cardinality(l.unit_paid_minor),
       l.unit_price_minor, l.unit_paid_minor, l.unit_mall_funded_minor, l.shares, l.granted_by
  FROM jsonb_to_recordset($15) AS l(id uuid, sub_order_id uuid, position smallint, variant_id uuid, product_id uuid,
         kind text, sku text, name_zh text, name_en text, option_zh text, option_en text, picture text,
         valid_days integer, unit_price_minor bigint, unit_paid_minor bigint[], unit_mall_funded_minor bigint[],
         shares jsonb, granted_by uuid)
"""


async def insert(
    tx: Tx,
    order: NewOrder,
    totals: tuple[int, int, int],
    parts: Sequence[Any],
    lines: Sequence[Any],
    applied: Sequence[Any],
) -> None:
    """Write purchase, sub-orders, lines and applied offers in one statement; locks nothing that stood before."""
    await tx.run(
        _INSERT,
        order.mall_id,
        order.id,
        order.group_id,
        order.number,
        order.member_id,
        order.currency,
        *totals,
        order.claim_ids,
        order.explanation,
        order.placed_at,
        order.expires_at,
        parts,
        lines,
        order.granted,
        applied,
    )


_OFFERS = """EXISTS (SELECT FROM orders.applied a
                     WHERE a.mall_id = $1 AND a.order_id = {}.id AND a.source = 'automatic') AS offers"""
_PAY = f"""
WITH paid AS (
  UPDATE orders.purchase SET state = 'paid', paid_at = $3
   WHERE mall_id = $1 AND id = $2 AND state = 'pending_payment'
  RETURNING id, mall_id, group_id, member_id, number, currency, payable_minor, claim_ids, granted
), line AS (
  SELECT l.sub_order_id, bool_or(l.kind = 'physical') AS physical,
         jsonb_agg(jsonb_build_object(
           'id', l.id, 'variant_id', l.variant_id, 'product_id', l.product_id, 'kind', l.kind, 'name_zh', l.name_zh,
           'name_en', l.name_en, 'option_zh', l.option_zh, 'option_en', l.option_en, 'valid_days', l.valid_days,
           'quantity', l.quantity, 'unit_price_minor', l.unit_price_minor, 'unit_paid_minor', l.unit_paid_minor,
           'shares', l.shares) ORDER BY l.position) AS lines
    FROM orders.line l WHERE l.mall_id = $1 AND l.order_id = $2
   GROUP BY l.sub_order_id
), part AS (
  UPDATE orders.sub_order s
     SET state = CASE WHEN line.physical THEN 'preparing' ELSE 'ready' END, paid_at = $3,
         ready_at = CASE WHEN line.physical THEN NULL ELSE $3 END
    FROM paid, line
   WHERE s.mall_id = $1 AND s.order_id = paid.id AND s.id = line.sub_order_id AND s.state = 'pending'
  RETURNING s.id, s.shop_id, s.merchant_id, s.shop_zh, s.shop_en, s.payable_minor, line.lines
)
SELECT paid.*, {_OFFERS.format("paid")},
       (SELECT jsonb_agg(to_jsonb(part) ORDER BY part.id) FROM part) AS sub_orders
  FROM paid
"""


async def mark_paid(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> PaidOrder | None:
    """Move a purchase from pending to paid and its parts to preparing (ready where nothing is to be prepared).

    One conditional update: of two callers one gets the order, the other None. Locks the purchase, then its parts.
    """
    return await tx.one(PaidOrder, _PAY, mall_id, order_id, now)


_END = f"""
WITH ended AS (
  UPDATE orders.purchase SET state = $3, ended_at = $4
   WHERE mall_id = $1 AND id = $2 AND state = 'pending_payment' AND ($5::uuid IS NULL OR member_id = $5)
     AND ($3 <> 'expired' OR expires_at <= $4)
  RETURNING id, mall_id, member_id, number, claim_ids
), part AS (
  UPDATE orders.sub_order s SET state = 'cancelled' FROM ended
   WHERE s.mall_id = $1 AND s.order_id = ended.id AND s.state = 'pending'
  RETURNING s.shop_id
)
SELECT ended.*, {_OFFERS.format("ended")}, ARRAY(SELECT shop_id FROM part) AS shop_ids FROM ended
"""


async def end(
    tx: Tx, mall_id: MallId, order_id: OrderId, state: OrderState, now: datetime, member_id: MemberId | None
) -> EndedOrder | None:
    """Move a purchase from pending to cancelled or expired; None when not pending, not due or not the member's."""
    return await tx.one(EndedOrder, _END, mall_id, order_id, state.value, now, member_id)


class Due(msgspec.Struct, frozen=True):
    """An unpaid purchase past its time."""

    mall_id: MallId
    id: OrderId


async def due(tx: ReadTx, now: datetime, limit: int) -> list[Due]:
    """Return unpaid purchases past their time, the oldest first."""
    return await tx.all(
        Due,
        "SELECT mall_id, id FROM orders.purchase WHERE state = 'pending_payment' AND expires_at <= $1 "
        "ORDER BY expires_at LIMIT $2",
        now,
        limit,
    )


async def lock(tx: Tx, mall_id: MallId, order_id: OrderId) -> None:
    """Lock a purchase and then its sub-orders, in order, so that what is read next cannot move."""
    await tx.value("SELECT id FROM orders.purchase WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, order_id)
    await tx.values(
        "SELECT id FROM orders.sub_order WHERE mall_id = $1 AND order_id = $2 ORDER BY id FOR UPDATE",
        mall_id,
        order_id,
    )


_REFUND = """
WITH given AS (
  SELECT * FROM jsonb_to_recordset($3) AS g(line_id uuid, sub_order_id uuid, units integer[], amount_minor bigint)
), line AS (
  UPDATE orders.line l SET refunded_units = l.refunded_units || g.units FROM given g
   WHERE l.mall_id = $1 AND l.id = g.line_id AND l.order_id = $2 AND NOT l.refunded_units && g.units
  RETURNING l.id
), part AS (
  UPDATE orders.sub_order s SET refunded_minor = s.refunded_minor + g.amount_minor
    FROM (SELECT sub_order_id, sum(amount_minor)::bigint AS amount_minor FROM given GROUP BY sub_order_id) g
   WHERE s.mall_id = $1 AND s.id = g.sub_order_id
), whole AS (
  UPDATE orders.purchase p SET refunded_minor = p.refunded_minor + (SELECT sum(amount_minor) FROM given)::bigint
   WHERE p.mall_id = $1 AND p.id = $2
)
SELECT count(*) FROM line
"""


async def refund(tx: Tx, mall_id: MallId, order_id: OrderId, lines: Sequence[Any]) -> int:
    """Mark units as given back and add up what they cost; returns how many lines moved. Call `lock` before."""
    moved: int = await tx.value(_REFUND, mall_id, order_id, lines)
    return moved

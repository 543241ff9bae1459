"""Every statement on orders. Lock order: a payment intent before its purchase, a purchase before its sub-orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.commerce.orders.model import (
    EndedOrder,
    NewOrder,
    OrderRow,
    OrderState,
    OrderSummary,
    PaidOrder,
    Sold,
    SubOrderState,
)
from galleria.kernel.ids import (
    LineId,
    MallId,
    MemberId,
    OrderId,
    ShopId,
    SubOrderId,
)
from galleria.platform.actors import Reach
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


_PARTS = """
(SELECT coalesce(jsonb_agg(jsonb_build_object(
   'id', s.id, 'shop_id', s.shop_id, 'merchant_id', s.merchant_id, 'shop_zh', s.shop_zh, 'shop_en', s.shop_en,
   'state', s.state, 'goods_minor', s.goods_minor, 'discount_minor', s.discount_minor,
   'payable_minor', s.payable_minor, 'refunded_minor', s.refunded_minor, 'ready_at', s.ready_at,
   'fulfilled_at', s.fulfilled_at) ORDER BY s.id), '[]')
   FROM orders.sub_order s WHERE s.mall_id = p.mall_id AND s.order_id = p.id)
"""
_LINES = """
(SELECT coalesce(jsonb_agg(jsonb_build_object(
   'id', l.id, 'sub_order_id', l.sub_order_id, 'variant_id', l.variant_id, 'product_id', l.product_id,
   'kind', l.kind, 'sku', l.sku, 'name_zh', l.name_zh, 'name_en', l.name_en, 'option_zh', l.option_zh,
   'option_en', l.option_en, 'picture', l.picture, 'quantity', l.quantity, 'unit_price_minor', l.unit_price_minor,
   'unit_paid_minor', l.unit_paid_minor, 'shares', l.shares, 'granted_by', l.granted_by,
   'refunded_units', l.refunded_units, 'fulfilled_units', l.fulfilled_units) ORDER BY l.position), '[]')
   FROM orders.line l WHERE l.mall_id = p.mall_id AND l.order_id = p.id)
"""
_APPLIED = """
(SELECT coalesce(jsonb_agg(to_jsonb(a) - 'mall_id' - 'order_id' ORDER BY a.id), '[]')
   FROM orders.applied a WHERE a.mall_id = p.mall_id AND a.order_id = p.id)
"""
_ORDER = f"""
SELECT p.id, p.group_id, p.number, p.member_id, p.state, p.currency, p.goods_minor, p.discount_minor, p.payable_minor,
       p.refunded_minor, p.claim_ids, p.granted, p.placed_at, p.expires_at, p.paid_at, p.ended_at, p.explanation,
       {_PARTS} AS sub_orders, {_LINES} AS lines, {_APPLIED} AS applied
  FROM orders.purchase p
 WHERE p.mall_id = $1 AND p.id = $2 AND ($3::uuid IS NULL OR p.member_id = $3)
"""


async def find(tx: ReadTx, mall_id: MallId, order_id: OrderId, member_id: MemberId | None) -> OrderRow | None:
    """Return an order whole, in one statement; with `member_id`, only that member's."""
    return await tx.one(OrderRow, _ORDER, mall_id, order_id, member_id)


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


class Fulfilling(msgspec.Struct, frozen=True):
    """Whom a moving sub-order concerns."""

    order_id: OrderId
    shop_id: ShopId
    member_id: MemberId
    number: str
    state: SubOrderState


async def lock_sub_order(tx: Tx, mall_id: MallId, sub_order_id: SubOrderId) -> Fulfilling | None:
    """Lock a sub-order and return whom it concerns."""
    return await tx.one(
        Fulfilling,
        """
        SELECT s.order_id, s.shop_id, p.member_id, p.number, s.state
          FROM orders.sub_order s JOIN orders.purchase p ON p.mall_id = s.mall_id AND p.id = s.order_id
         WHERE s.mall_id = $1 AND s.id = $2
           FOR UPDATE OF s
        """,
        mall_id,
        sub_order_id,
    )


async def fulfil_unit(tx: Tx, mall_id: MallId, line_id: LineId, unit: int) -> bool:
    """Mark a unit as redeemed; False when it was given back or is redeemed already."""
    return await tx.run(
        """
        UPDATE orders.line SET fulfilled_units = fulfilled_units || $3::integer
         WHERE mall_id = $1 AND id = $2 AND $3 BETWEEN 0 AND quantity - 1
           AND NOT $3 = ANY (refunded_units) AND NOT $3 = ANY (fulfilled_units)
        """,
        mall_id,
        line_id,
        unit,
    ) == 1  # fmt: skip


async def unfulfil_unit(tx: Tx, mall_id: MallId, line_id: LineId, unit: int) -> bool:
    """Take back the mark of a unit; False when it bears none."""
    return await tx.run(
        """
        UPDATE orders.line SET fulfilled_units = array_remove(fulfilled_units, $3::integer)
         WHERE mall_id = $1 AND id = $2 AND $3 = ANY (fulfilled_units)
        """,
        mall_id,
        line_id,
        unit,
    ) == 1  # fmt: skip


async def fulfil_goods(tx: Tx, mall_id: MallId, sub_order_id: SubOrderId) -> bool:
    """Mark every unit of goods still due as handed over; False when none was due."""
    return await tx.run(
        """
        UPDATE orders.line
           SET fulfilled_units = ARRAY(SELECT unit FROM generate_series(0, quantity - 1) AS unit
                                        WHERE NOT unit = ANY (refunded_units))
         WHERE mall_id = $1 AND sub_order_id = $2 AND kind = 'physical' AND cardinality(fulfilled_units) = 0
           AND cardinality(refunded_units) < quantity
        """,
        mall_id,
        sub_order_id,
    ) > 0  # fmt: skip


async def unfulfil_goods(tx: Tx, mall_id: MallId, sub_order_id: SubOrderId) -> bool:
    """Take back that goods were handed over; False when they were not."""
    return await tx.run(
        "UPDATE orders.line SET fulfilled_units = '{}' WHERE mall_id = $1 AND sub_order_id = $2 "
        "AND kind = 'physical' AND cardinality(fulfilled_units) > 0",
        mall_id,
        sub_order_id,
    ) > 0  # fmt: skip


_SETTLE = """
WITH unit AS (
  SELECT l.sub_order_id, sum(l.quantity) AS units, sum(cardinality(l.refunded_units)) AS refunded,
         sum((SELECT count(DISTINCT u) FROM unnest(l.refunded_units || l.fulfilled_units) AS u)) AS done
    FROM orders.line l WHERE l.mall_id = $1 AND l.order_id = $2
   GROUP BY l.sub_order_id
), next AS (
  SELECT s.id, CASE WHEN u.refunded = u.units THEN 'refunded'
                    WHEN u.done = u.units THEN 'fulfilled'
                    WHEN s.ready_at IS NOT NULL THEN 'ready'
                    ELSE 'preparing' END AS state
    FROM orders.sub_order s JOIN unit u ON u.sub_order_id = s.id
   WHERE s.mall_id = $1 AND s.order_id = $2
)
UPDATE orders.sub_order s
   SET state = next.state,
       fulfilled_at = CASE WHEN next.state = 'fulfilled' THEN $3 WHEN next.state = 'refunded' THEN s.fulfilled_at END
  FROM next
 WHERE s.mall_id = $1 AND s.id = next.id AND s.state <> next.state
"""


async def settle_states(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> None:
    """Let the sub-orders' states follow from their units. Call with the sub-orders locked."""
    await tx.run(_SETTLE, mall_id, order_id, now)


async def mark_ready(tx: Tx, mall_id: MallId, sub_order_id: SubOrderId, now: datetime) -> Fulfilling | None:
    """Move a sub-order from preparing to ready; None when it is not preparing."""
    return await tx.one(
        Fulfilling,
        """
        UPDATE orders.sub_order s SET state = 'ready', ready_at = $3
          FROM orders.purchase p
         WHERE s.mall_id = $1 AND s.id = $2 AND s.state = 'preparing' AND p.mall_id = s.mall_id AND p.id = s.order_id
        RETURNING s.order_id, s.shop_id, p.member_id, p.number, s.state
        """,
        mall_id,
        sub_order_id,
        now,
    )


async def shop_of(tx: ReadTx, mall_id: MallId, sub_order_id: SubOrderId) -> ShopId | None:
    """Return whose a sub-order is."""
    found: ShopId | None = await tx.value(
        "SELECT shop_id FROM orders.sub_order WHERE mall_id = $1 AND id = $2", mall_id, sub_order_id
    )
    return found


async def shops_bought_in(tx: ReadTx, mall_id: MallId, member_id: MemberId) -> list[UUID]:
    """Return the shops of a member's orders that are paid or wait for payment."""
    return await tx.values(
        """
        SELECT DISTINCT s.shop_id
          FROM orders.purchase p JOIN orders.sub_order s ON s.mall_id = p.mall_id AND s.order_id = p.id
         WHERE p.mall_id = $1 AND p.member_id = $2 AND p.state IN ('paid', 'pending_payment')
        """,
        mall_id,
        member_id,
    )


_SUMMARY = """
SELECT p.id, p.number, p.member_id, p.state, p.currency, p.payable_minor, p.discount_minor, p.refunded_minor,
       p.placed_at, p.expires_at, p.paid_at, part.shops, line.lines
  FROM picked p
 CROSS JOIN LATERAL (
   SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', s.id, 'shop_id', s.shop_id, 'shop_zh', s.shop_zh, 'shop_en', s.shop_en, 'state', s.state,
            'discount_minor', s.discount_minor, 'payable_minor', s.payable_minor,
            'refunded_minor', s.refunded_minor) ORDER BY s.id), '[]') AS shops
     FROM orders.sub_order s WHERE s.mall_id = p.mall_id AND s.order_id = p.id {visible}) part
 CROSS JOIN LATERAL (
   SELECT coalesce(jsonb_agg(jsonb_build_object(
            'shop_id', s.shop_id, 'name_zh', l.name_zh, 'name_en', l.name_en, 'picture', l.picture,
            'quantity', l.quantity, 'kind', l.kind) ORDER BY l.position), '[]') AS lines
     FROM orders.line l JOIN orders.sub_order s ON s.mall_id = l.mall_id AND s.id = l.sub_order_id
    WHERE l.mall_id = p.mall_id AND l.order_id = p.id {visible}) line
 ORDER BY p.id DESC
"""

_MINE = """
WITH picked AS (
  SELECT * FROM orders.purchase
   WHERE mall_id = $1 AND member_id = $2 AND ($3::uuid IS NULL OR id < $3) AND ($4::text IS NULL OR state = $4)
   ORDER BY id DESC LIMIT $5
)
""" + _SUMMARY.format(visible="")

_VISIBLE = "AND ($6 OR s.merchant_id = ANY ($7) OR s.shop_id = ANY ($8))"
_STAFF = f"""
WITH picked AS (
  SELECT p.* FROM orders.purchase p
   WHERE p.mall_id = $1 AND ($2::uuid IS NULL OR p.id < $2)
     AND ($3::text IS NULL OR (p.number >= $3 AND p.number < $3 || '~'))
     AND (($4::text IS NULL AND $6) OR EXISTS (
       SELECT FROM orders.sub_order s
        WHERE s.mall_id = $1 AND s.order_id = p.id {_VISIBLE}
          AND ($4::text IS NULL OR p.state = $4 OR s.state = $4)))
   ORDER BY p.id DESC LIMIT $5
)
""" + _SUMMARY.format(visible=_VISIBLE)


async def list_mine(
    tx: ReadTx, mall_id: MallId, member_id: MemberId, *, before: UUID | None, state: OrderState | None, limit: int
) -> list[OrderSummary]:
    """Return a member's orders, the newest first, in one statement."""
    return await tx.all(OrderSummary, _MINE, mall_id, member_id, before, state and state.value, limit)


async def list_for_staff(
    tx: ReadTx, mall_id: MallId, *, reach: Reach, before: UUID | None, number: str | None, state: str | None, limit: int
) -> list[OrderSummary]:
    """Return the orders a reach may see, the newest first, with only its own shops' parts."""
    return await tx.all(
        OrderSummary,
        _STAFF,
        mall_id,
        before,
        number,
        state,
        limit,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
    )


async def sold_since(tx: ReadTx, mall_id: MallId, shop_ids: list[ShopId], since: datetime) -> Sold:
    """Return the sums of sub-orders paid since a moment."""
    found = await tx.one(
        Sold,
        """
        SELECT coalesce(sum(s.goods_minor), 0)::bigint AS goods_minor,
               coalesce(sum(s.discount_minor), 0)::bigint AS discount_minor
          FROM orders.purchase p
          JOIN orders.sub_order s ON s.mall_id = p.mall_id AND s.order_id = p.id
         WHERE p.mall_id = $1 AND p.paid_at >= $3 AND (cardinality($2::uuid[]) = 0 OR s.shop_id = ANY($2))
        """,
        mall_id,
        shop_ids,
        since,
    )
    return found or Sold(0, 0)

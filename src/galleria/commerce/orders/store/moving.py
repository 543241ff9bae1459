"""Statements that move paid orders. Lock order: a purchase before its sub-orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.commerce.orders.model import EventRow, SubOrderState
from galleria.kernel.ids import LineId, MallId, MemberId, OrderId, ShopId, SubOrderId
from galleria.platform.tx import Tx


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
), fee AS (
  SELECT * FROM jsonb_to_recordset($4) AS f(sub_order_id uuid, amount_minor bigint)
), line AS (
  UPDATE orders.line l SET refunded_units = l.refunded_units || g.units FROM given g
   WHERE l.mall_id = $1 AND l.id = g.line_id AND l.order_id = $2 AND NOT l.refunded_units && g.units
  RETURNING l.id
), part AS (
  UPDATE orders.sub_order s
     SET refunded_minor = s.refunded_minor + g.amount_minor,
         delivery_refunded = s.delivery_refunded OR s.id IN (SELECT sub_order_id FROM fee)
    FROM (SELECT sub_order_id, sum(amount_minor)::bigint AS amount_minor FROM given GROUP BY sub_order_id) g
   WHERE s.mall_id = $1 AND s.id = g.sub_order_id
), whole AS (
  UPDATE orders.purchase p
     SET refunded_minor = p.refunded_minor + (SELECT sum(amount_minor) FROM given)::bigint
                          + coalesce((SELECT sum(amount_minor) FROM fee), 0)::bigint
   WHERE p.mall_id = $1 AND p.id = $2
)
SELECT count(*) FROM line
"""


async def refund(tx: Tx, mall_id: MallId, order_id: OrderId, lines: Sequence[Any], fees: Sequence[Any]) -> int:
    """Mark units (and delivery fees of their parts) as given back and add up what they cost; call `lock` before.

    Returns how many lines moved.
    """
    moved: int = await tx.value(_REFUND, mall_id, order_id, lines, fees)
    return moved


_REDUCE = """
WITH given AS (
  SELECT * FROM jsonb_to_recordset($3) AS g(line_id uuid, sub_order_id uuid, units bigint[], amount_minor bigint)
), line AS (
  UPDATE orders.line l
     SET unit_reduced_minor = ARRAY(SELECT r + g.units[n]
                                      FROM unnest(l.unit_reduced_minor) WITH ORDINALITY AS u(r, n) ORDER BY n)
    FROM given g WHERE l.mall_id = $1 AND l.id = g.line_id AND l.order_id = $2
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


async def reduce(tx: Tx, mall_id: MallId, order_id: OrderId, lines: Sequence[Any]) -> int:
    """Add to what was given back of units that are kept; `units` has one amount a unit. Call `lock` before."""
    moved: int = await tx.value(_REDUCE, mall_id, order_id, lines)
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
), moved AS (
  UPDATE orders.sub_order s
     SET state = next.state,
         fulfilled_at = CASE WHEN next.state = 'fulfilled' THEN $3 WHEN next.state = 'refunded' THEN s.fulfilled_at END
    FROM next
   WHERE s.mall_id = $1 AND s.id = next.id AND s.state <> next.state
  RETURNING s.id, s.state
)
INSERT INTO orders.event (mall_id, order_id, sub_order_id, what, actor_kind, actor_id, at)
SELECT $1, $2, id, state, $4, $5, $3 FROM moved
"""


async def settle_states(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> None:
    """Let the sub-orders' states follow from their units, and keep what moved. Call with the sub-orders locked."""
    await tx.run(_SETTLE, mall_id, order_id, now, tx.actor.kind.value, tx.actor.id)


async def mark_ready(tx: Tx, mall_id: MallId, sub_order_id: SubOrderId, now: datetime) -> Fulfilling | None:
    """Move a sub-order from preparing to ready; None when it is not preparing."""
    return await tx.one(
        Fulfilling,
        """
        WITH moved AS (
          UPDATE orders.sub_order s SET state = 'ready', ready_at = $3
            FROM orders.purchase p
           WHERE s.mall_id = $1 AND s.id = $2 AND s.state = 'preparing' AND p.mall_id = s.mall_id AND p.id = s.order_id
          RETURNING s.order_id, s.shop_id, p.member_id, p.number, s.state
        ), told AS (
          INSERT INTO orders.event (mall_id, order_id, sub_order_id, what, actor_kind, actor_id, at)
          SELECT $1, order_id, $2, 'ready', $4, $5, $3 FROM moved
        )
        SELECT * FROM moved
        """,
        mall_id,
        sub_order_id,
        now,
        tx.actor.kind.value,
        tx.actor.id,
    )


async def add_event(
    tx: Tx, mall_id: MallId, order_id: OrderId, sub_order_id: SubOrderId | None, event: EventRow
) -> None:
    """Write down something that happened to an order, or to a part of it."""
    await tx.run(
        """
        INSERT INTO orders.event (mall_id, order_id, sub_order_id, what, actor_kind, actor_id, note, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        mall_id,
        order_id,
        sub_order_id,
        event.what,
        event.actor_kind,
        event.actor_id,
        event.note,
        event.at,
    )

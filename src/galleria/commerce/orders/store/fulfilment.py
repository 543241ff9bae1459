"""Units of lines and sub-orders: handed over, taken back, ready, settled."""

from datetime import datetime

import msgspec

from galleria.commerce.orders.model import SubOrderState
from galleria.kernel.ids import LineId, MallId, MemberId, OrderId, ShopId, SubOrderId
from galleria.platform.tx import ReadTx, Tx


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

"""Statements that read orders."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.orders.model import OrderRow, OrderState, OrderSummary, Sold
from galleria.kernel.ids import MallId, MemberId, OrderId, ShopId, SubOrderId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx

_PARTS = """
(SELECT coalesce(jsonb_agg(jsonb_build_object(
   'id', s.id, 'shop_id', s.shop_id, 'merchant_id', s.merchant_id, 'shop_zh', s.shop_zh, 'shop_en', s.shop_en,
   'state', s.state, 'goods_minor', s.goods_minor, 'discount_minor', s.discount_minor,
   'payable_minor', s.payable_minor, 'refunded_minor', s.refunded_minor, 'ready_at', s.ready_at,
   'fulfilled_at', s.fulfilled_at, 'way', s.way, 'delivery_minor', s.delivery_minor,
   'delivery_discount_minor', s.delivery_discount_minor, 'delivery_shares', s.delivery_shares,
   'delivery_owner', s.delivery_owner, 'delivery_refunded', s.delivery_refunded, 'prepare_by', s.prepare_by,
   'promised_from', s.promised_from, 'promised_by', s.promised_by) ORDER BY s.id), '[]')
   FROM orders.sub_order s WHERE s.mall_id = p.mall_id AND s.order_id = p.id)
"""
_LINES = """
(SELECT coalesce(jsonb_agg(jsonb_build_object(
   'id', l.id, 'sub_order_id', l.sub_order_id, 'variant_id', l.variant_id, 'product_id', l.product_id,
   'kind', l.kind, 'sku', l.sku, 'name_zh', l.name_zh, 'name_en', l.name_en, 'option_zh', l.option_zh,
   'option_en', l.option_en, 'picture', l.picture, 'quantity', l.quantity, 'unit_price_minor', l.unit_price_minor,
   'unit_paid_minor', l.unit_paid_minor, 'unit_fee_minor', l.unit_fee_minor,
   'unit_reduced_minor', l.unit_reduced_minor, 'shares', l.shares, 'granted_by', l.granted_by, 'note', l.note,
   'refunded_units', l.refunded_units, 'fulfilled_units', l.fulfilled_units) ORDER BY l.position), '[]')
   FROM orders.line l WHERE l.mall_id = p.mall_id AND l.order_id = p.id)
"""
_APPLIED = """
(SELECT coalesce(jsonb_agg(to_jsonb(a) - 'mall_id' - 'order_id' ORDER BY a.id), '[]')
   FROM orders.applied a WHERE a.mall_id = p.mall_id AND a.order_id = p.id)
"""
_EVENTS = """
(SELECT coalesce(jsonb_agg(to_jsonb(e) - 'mall_id' - 'order_id' - 'n' ORDER BY e.n), '[]')
   FROM orders.event e WHERE e.mall_id = p.mall_id AND e.order_id = p.id)
"""
_ORDER = f"""
SELECT p.id, p.group_id, p.number, p.member_id, p.state, p.currency, p.goods_minor, p.discount_minor, p.payable_minor,
       p.refunded_minor, p.claim_ids, p.granted, p.placed_at, p.expires_at, p.paid_at, p.ended_at, p.explanation,
       p.channel, p.tenders, p.collected, {_EVENTS} AS events, {_PARTS} AS sub_orders, {_LINES} AS lines,
       {_APPLIED} AS applied
  FROM orders.purchase p
 WHERE p.mall_id = $1 AND p.id = $2 AND ($3::uuid IS NULL OR p.member_id = $3)
"""


async def find(tx: ReadTx, mall_id: MallId, order_id: OrderId, member_id: MemberId | None) -> OrderRow | None:
    """Return an order whole, in one statement; with `member_id`, only that member's."""
    return await tx.one(OrderRow, _ORDER, mall_id, order_id, member_id)


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
            'refunded_minor', s.refunded_minor, 'way', s.way, 'prepare_by', s.prepare_by,
            'promised_by', s.promised_by) ORDER BY s.id), '[]') AS shops
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

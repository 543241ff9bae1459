"""Statements on orders from placement to payment or their end. Lock order: a payment intent before its purchase."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.commerce.orders.model import IN_HAND, EndedOrder, NewOrder, OrderState, PaidOrder, Tender
from galleria.kernel.ids import GroupId, MallId, MemberId, MerchantId, OrderId, TenderId
from galleria.platform.tx import ReadTx, Tx

_INSERT = """
WITH purchase AS (
  INSERT INTO orders.purchase (mall_id, id, group_id, number, member_id, state, currency, goods_minor, discount_minor,
                               payable_minor, delivery_minor, delivery_discount_minor, claim_ids, explanation,
                               placed_at, expires_at, granted, channel, tenders)
  VALUES ($1, $2, $3, $4, $5, 'pending_payment', $6, $7, $8, $9, $18, $19, $10, $11, $12, $13, $16, $20, $21)
), told AS (
  INSERT INTO orders.event (mall_id, order_id, what, actor_kind, actor_id, at)
  VALUES ($1, $2, 'placed', $22, $23, $12)
), applied AS (
  INSERT INTO orders.applied (mall_id, order_id, id, offer_id, version, source, kind, title_zh, title_en,
                              discount_minor, earned_by)
  SELECT $1, $2, a.id, a.offer_id, a.version, a.source, a.kind, a.title_zh, a.title_en, a.discount_minor, a.earned_by
    FROM jsonb_to_recordset($17) AS a(id uuid, offer_id uuid, version integer, source text, kind text, title_zh text,
                                      title_en text, discount_minor bigint, earned_by uuid[])
), part AS (
  INSERT INTO orders.sub_order (mall_id, id, order_id, shop_id, merchant_id, shop_zh, shop_en, state, goods_minor,
                                discount_minor, payable_minor, mall_funded_minor, way, delivery_minor,
                                delivery_discount_minor, delivery_shares, delivery_owner, prepare_by, promised_from,
                                promised_by)
  SELECT $1, s.id, $2, s.shop_id, s.merchant_id, s.shop_zh, s.shop_en, 'pending', s.goods_minor,
         s.goods_minor - s.payable_minor, s.payable_minor, s.mall_funded_minor, d.way, d.delivery_minor,
         d.delivery_discount_minor, d.delivery_shares, d.delivery_owner, d.prepare_by, d.promised_from, d.promised_by
    FROM jsonb_to_recordset($14) AS s(id uuid, shop_id uuid, merchant_id uuid, shop_zh text, shop_en text,
                                      goods_minor bigint, payable_minor bigint, mall_funded_minor bigint,
                                      delivery jsonb),
         jsonb_to_record(s.delivery) AS d(way text, delivery_minor bigint, delivery_discount_minor bigint,
                                          delivery_shares jsonb, delivery_owner text, prepare_by timestamptz,
                                          promised_from timestamptz, promised_by timestamptz)
)
INSERT INTO orders.line (mall_id, id, order_id, sub_order_id, position, variant_id, product_id, kind, sku, name_zh,
                         name_en, option_zh, option_en, picture, valid_days, quantity, unit_price_minor,
                         unit_paid_minor, unit_mall_funded_minor, unit_fee_minor, unit_reduced_minor, shares,
                         granted_by, note)
SELECT $1, l.id, $2, l.sub_order_id, l.position, l.variant_id, l.product_id, l.kind, l.sku, l.name_zh,
       l.name_en, l.option_zh, l.option_en, l.picture, l.valid_days, cardinality(l.unit_paid_minor),
       l.unit_price_minor, l.unit_paid_minor, l.unit_mall_funded_minor, l.unit_fee_minor, l.unit_reduced_minor,
       l.shares, l.granted_by, l.note
  FROM jsonb_to_recordset($15) AS l(id uuid, sub_order_id uuid, position smallint, variant_id uuid, product_id uuid,
         kind text, sku text, name_zh text, name_en text, option_zh text, option_en text, picture text,
         valid_days integer, unit_price_minor bigint, unit_paid_minor bigint[], unit_mall_funded_minor bigint[],
         unit_fee_minor bigint[], unit_reduced_minor bigint[], shares jsonb, granted_by uuid, note text)
"""


async def insert(
    tx: Tx,
    order: NewOrder,
    totals: tuple[int, int, int],
    parts: Sequence[Any],
    lines: Sequence[Any],
    applied: Sequence[Any],
) -> None:
    """Write purchase, sub-orders, lines, applied offers and the first event in one statement.

    `totals` are goods, discount and payable. Locks nothing that stood before.
    """
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
        sum(one.delivery_minor for one in order.deliveries),
        sum(one.delivery_discount_minor for one in order.deliveries),
        order.channel,
        order.tenders,
        tx.actor.kind.value,
        tx.actor.id,
    )


_OFFERS = """EXISTS (SELECT FROM orders.applied a
                     WHERE a.mall_id = $1 AND a.order_id = {}.id AND a.source = 'automatic') AS offers"""
_PAY = f"""
WITH paid AS (
  UPDATE orders.purchase SET state = 'paid', paid_at = $3
   WHERE mall_id = $1 AND id = $2 AND state = 'pending_payment'
  RETURNING id, mall_id, group_id, member_id, number, currency, payable_minor, claim_ids, granted, channel, tenders,
            collected
), told AS (
  INSERT INTO orders.event (mall_id, order_id, what, actor_kind, actor_id, at)
  SELECT $1, id, 'paid', $4, $5, $3 FROM paid
), line AS (
  SELECT l.sub_order_id, bool_or(l.kind = 'physical') AS physical,
         jsonb_agg(jsonb_build_object(
           'id', l.id, 'variant_id', l.variant_id, 'product_id', l.product_id, 'kind', l.kind, 'name_zh', l.name_zh,
           'name_en', l.name_en, 'option_zh', l.option_zh, 'option_en', l.option_en, 'valid_days', l.valid_days,
           'quantity', l.quantity, 'unit_price_minor', l.unit_price_minor, 'unit_paid_minor', l.unit_paid_minor,
           'unit_fee_minor', l.unit_fee_minor, 'shares', l.shares, 'note', l.note) ORDER BY l.position) AS lines
    FROM orders.line l WHERE l.mall_id = $1 AND l.order_id = $2
   GROUP BY l.sub_order_id
), part AS (
  UPDATE orders.sub_order s
     SET state = CASE WHEN line.physical AND s.way <> ALL ($6) THEN 'preparing' ELSE 'ready' END, paid_at = $3,
         ready_at = CASE WHEN line.physical AND s.way <> ALL ($6) THEN NULL ELSE $3 END,
         prepare_by = CASE WHEN line.physical AND s.way <> ALL ($6) THEN coalesce(s.prepare_by, $7) END
    FROM paid, line
   WHERE s.mall_id = $1 AND s.order_id = paid.id AND s.id = line.sub_order_id AND s.state = 'pending'
  RETURNING s.id, s.shop_id, s.merchant_id, s.shop_zh, s.shop_en, s.payable_minor, s.way, s.delivery_minor,
            s.delivery_discount_minor, s.delivery_shares, s.delivery_owner, s.promised_from, s.promised_by, line.lines
)
SELECT paid.*, {_OFFERS.format("paid")},
       (SELECT jsonb_agg(to_jsonb(part) ORDER BY part.id) FROM part) AS sub_orders
  FROM paid
"""


async def mark_paid(
    tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime, prepare_by: datetime
) -> PaidOrder | None:
    """Move a purchase from pending to paid and its parts to preparing (ready where nothing is to be prepared).

    Parts that no slot or courier waits for are to be ready at `prepare_by`.

    One conditional update: of two callers one gets the order, the other None. Locks the purchase, then its parts.
    """
    in_hand = sorted(way.value for way in IN_HAND)
    actor = tx.actor
    return await tx.one(PaidOrder, _PAY, mall_id, order_id, now, actor.kind.value, actor.id, in_hand, prepare_by)


_COLLECT = """
UPDATE orders.purchase p
   SET collected = p.collected || $3::uuid, tenders = CASE WHEN $4::uuid IS NULL THEN p.tenders ELSE (
         SELECT jsonb_agg(CASE WHEN t.one ->> 'id' = $3::text
                               THEN t.one || jsonb_build_object('kind', 'cash', 'holder_id', $4) ELSE t.one END
                          ORDER BY t.n)
           FROM jsonb_array_elements(p.tenders) WITH ORDINALITY AS t(one, n)) END
 WHERE p.mall_id = $1 AND p.id = $2 AND p.state = 'pending_payment' AND NOT p.collected @> ARRAY[$3::uuid]
   AND p.tenders @> jsonb_build_array(jsonb_build_object('id', $3::uuid, 'kind', 'provider'))
RETURNING p.group_id, p.member_id, p.currency, p.tenders, p.collected
"""


class Collecting(msgspec.Struct, frozen=True):
    """What an order has been paid with so far."""

    group_id: GroupId
    member_id: MemberId
    currency: str
    tenders: list[Tender]
    collected: list[UUID]


async def collect(
    tx: Tx, mall_id: MallId, order_id: OrderId, tender_id: TenderId, holder_id: MerchantId | None
) -> Collecting | None:
    """Note that a provider tender of a waiting order is in, once; with a holder it was cash. Locks the purchase."""
    return await tx.one(Collecting, _COLLECT, mall_id, order_id, tender_id, holder_id)


_END = f"""
WITH ended AS (
  UPDATE orders.purchase SET state = $3, ended_at = $4
   WHERE mall_id = $1 AND id = $2 AND state = 'pending_payment' AND ($5::uuid IS NULL OR member_id = $5)
     AND ($3 <> 'expired' OR expires_at <= $4)
  RETURNING id, mall_id, member_id, number, claim_ids, group_id, currency, tenders, collected
), told AS (
  INSERT INTO orders.event (mall_id, order_id, what, actor_kind, actor_id, at)
  SELECT $1, id, $3, $6, $7, $4 FROM ended
), part AS (
  UPDATE orders.sub_order s SET state = 'cancelled' FROM ended
   WHERE s.mall_id = $1 AND s.order_id = ended.id AND s.state = 'pending'
  RETURNING s.shop_id, s.promised_by
)
SELECT ended.*, {_OFFERS.format("ended")}, ARRAY(SELECT shop_id FROM part) AS shop_ids,
       EXISTS (SELECT FROM part WHERE promised_by IS NOT NULL) AS booked FROM ended
"""


async def end(
    tx: Tx, mall_id: MallId, order_id: OrderId, state: OrderState, now: datetime, member_id: MemberId | None
) -> EndedOrder | None:
    """Move a purchase from pending to cancelled or expired; None when not pending, not due or not the member's."""
    actor = tx.actor
    return await tx.one(EndedOrder, _END, mall_id, order_id, state.value, now, member_id, actor.kind.value, actor.id)


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

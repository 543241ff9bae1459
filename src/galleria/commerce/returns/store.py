"""Every statement on refunds. Rows are written once and never changed."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.returns.model import Back, NewRefund, RefundedDelivery, RefundedLine, RefundKind
from galleria.kernel.ids import MallId, MemberId, OrderId, RefundId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx

_ADD = """
WITH refund AS (
  INSERT INTO returns.refund (mall_id, id, order_id, order_number, member_id, currency, backs, amount_minor,
                              points_taken, coupon_returned, reason, restocked, actor_kind, actor_id,
                              actor_name, at, kind, delivery)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $18, $19)
  RETURNING mall_id, id
)
INSERT INTO returns.refund_line (mall_id, refund_id, line_id, sub_order_id, shop_id, merchant_id, shop_zh, shop_en,
                                 name_zh, name_en, units, amount_minor, mall_funded_minor, fee_minor)
SELECT r.mall_id, r.id, l.line_id, l.sub_order_id, l.shop_id, l.merchant_id, l.shop_zh, l.shop_en, l.name_zh,
       l.name_en, l.units, l.amount_minor, l.mall_funded_minor, l.fee_minor
  FROM refund r, jsonb_to_recordset($17::jsonb) AS l(
    line_id uuid, sub_order_id uuid, shop_id uuid, merchant_id uuid, shop_zh text, shop_en text, name_zh text,
    name_en text, units integer[], amount_minor bigint, mall_funded_minor bigint, fee_minor bigint)
"""


async def add(tx: Tx, new: NewRefund) -> None:
    """Write a refund and its lines in one statement."""
    await tx.run(
        _ADD,
        new.mall_id,
        new.id,
        new.order_id,
        new.order_number,
        new.member_id,
        new.currency,
        new.backs,
        new.amount_minor,
        new.points_taken,
        new.coupon_returned,
        new.reason,
        new.restocked,
        new.actor_kind,
        new.actor_id,
        new.actor_name,
        new.at,
        new.lines,
        new.kind.value,
        new.delivery,
    )


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refund with those of its lines that the asker may see."""

    id: RefundId
    order_id: OrderId
    order_number: str
    member_id: MemberId
    currency: str
    kind: RefundKind
    backs: list[Back]
    delivery: list[RefundedDelivery]
    amount_minor: int
    points_taken: int
    coupon_returned: bool
    reason: str
    restocked: bool
    actor_kind: str
    actor_name: str
    at: datetime
    lines: list[RefundedLine]


_LIST = """
SELECT r.id, r.order_id, r.order_number, r.member_id, r.currency, r.kind, r.backs, r.delivery, r.amount_minor,
       r.points_taken, r.coupon_returned, r.reason, r.restocked, r.actor_kind, r.actor_name, r.at, l.lines
  FROM returns.refund r
 CROSS JOIN LATERAL (
   SELECT jsonb_agg(to_jsonb(l) ORDER BY l.line_id) AS lines FROM returns.refund_line l
    WHERE l.mall_id = r.mall_id AND l.refund_id = r.id
      AND ($2 OR l.merchant_id = ANY ($3) OR l.shop_id = ANY ($4)) AND ($5::uuid IS NULL OR l.shop_id = $5)) l
 WHERE r.mall_id = $1 AND l.lines IS NOT NULL AND ($6::uuid IS NULL OR r.order_id = $6)
   AND ($7::uuid IS NULL OR r.id < $7)
 ORDER BY r.id DESC LIMIT $8
"""


async def list_refunds(
    tx: ReadTx,
    mall_id: MallId,
    *,
    reach: Reach,
    order_id: OrderId | None,
    shop_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[RefundRow]:
    """Return the refunds with lines a reach may see, the newest first."""
    return await tx.all(
        RefundRow,
        _LIST,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        shop_id,
        order_id,
        before,
        limit,
    )

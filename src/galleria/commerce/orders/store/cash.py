"""Statements on cash that tills owe shoppers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce.orders.model import CashRefund, CashState
from galleria.kernel.ids import MallId, MerchantId, OrderId, RefundId, StaffId, TenderId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx


async def add(
    tx: Tx,
    mall_id: MallId,
    refund_id: RefundId,
    order_id: OrderId,
    tender_id: TenderId,
    merchant_id: MerchantId,
    *,
    amount_minor: int,
    currency: str,
    reason: str,
    now: datetime,
) -> None:
    """Write down what a till owes."""
    await tx.run(
        """
        INSERT INTO orders.cash_refund (mall_id, id, order_id, tender_id, merchant_id, amount_minor, currency, reason,
                                        created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        mall_id,
        refund_id,
        order_id,
        tender_id,
        merchant_id,
        amount_minor,
        currency,
        reason,
        now,
    )


_COLUMNS = """c.id, c.order_id, p.number AS order_number, p.member_id, c.merchant_id, c.amount_minor, c.currency,
       c.reason, c.state, c.created_at, c.paid_at,
       (SELECT s.shop_id FROM orders.sub_order s
         WHERE s.mall_id = c.mall_id AND s.order_id = c.order_id AND s.merchant_id = c.merchant_id
         ORDER BY s.id LIMIT 1) AS shop_id"""
_PURCHASE = "orders.purchase p"
_JOINED = "p.mall_id = c.mall_id AND p.id = c.order_id"


PAY = f"""
WITH c AS (
  UPDATE orders.cash_refund SET state = 'paid', paid_at = $4, paid_by = $3
   WHERE mall_id = $1 AND id = $2 AND state = 'requested' RETURNING *
)
SELECT {_COLUMNS} FROM c JOIN {_PURCHASE} ON {_JOINED}
"""


async def pay(tx: Tx, mall_id: MallId, refund_id: RefundId, staff_id: StaffId, now: datetime) -> CashRefund | None:
    """Move what a till owes to paid, once; None when it is not owed (any more)."""
    return await tx.one(CashRefund, PAY, mall_id, refund_id, staff_id, now)


async def find(tx: ReadTx, mall_id: MallId, refund_id: RefundId) -> CashRefund | None:
    """Return what a till owes or has paid."""
    return await tx.one(
        CashRefund,
        f"SELECT {_COLUMNS} FROM orders.cash_refund c JOIN {_PURCHASE} ON {_JOINED} WHERE c.mall_id = $1 AND c.id = $2",
        mall_id,
        refund_id,
    )


async def find_some(tx: ReadTx, mall_id: MallId, refund_ids: Sequence[UUID]) -> list[CashRefund]:
    """Return those of them that exist."""
    return await tx.all(
        CashRefund,
        f"SELECT {_COLUMNS} FROM orders.cash_refund c JOIN {_PURCHASE} ON {_JOINED} "
        "WHERE c.mall_id = $1 AND c.id = ANY ($2)",
        mall_id,
        list(refund_ids),
    )


async def list_cash(
    tx: ReadTx, mall_id: MallId, *, reach: Reach, state: CashState | None, before: UUID | None, limit: int
) -> list[CashRefund]:
    """Return what the tills of a reach owe or have paid, the newest first."""
    return await tx.all(
        CashRefund,
        f"""
        SELECT {_COLUMNS} FROM orders.cash_refund c JOIN {_PURCHASE} ON {_JOINED}
         WHERE c.mall_id = $1 AND ($2::text IS NULL OR c.state = $2) AND ($3::uuid IS NULL OR c.id < $3)
           AND ($4 OR c.merchant_id = ANY ($5) OR EXISTS (
             SELECT FROM orders.sub_order s WHERE s.mall_id = c.mall_id AND s.order_id = c.order_id
                AND s.merchant_id = c.merchant_id AND s.shop_id = ANY ($6)))
         ORDER BY c.id DESC LIMIT $7
        """,
        mall_id,
        state and state.value,
        before,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        limit,
    )

"""Statements on payouts. A payout moves under the lock of its merchant's book."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce.settlement.model import Payout, PayoutId, PayoutState, StatementId
from galleria.kernel.ids import MallId, MerchantId, StaffId
from galleria.platform.tx import ReadTx, Tx

_PAYOUT = """
SELECT p.id, p.statement_id, p.merchant_id, '' AS merchant_zh, '' AS merchant_en, p.currency, p.amount_minor, p.state,
       p.bank_reference, p.note, s.starts_on, s.ends_on, p.created_at, p.sent_at, p.paid_at, p.bounced_at
  FROM settlement.payout AS p JOIN settlement.statement AS s ON s.mall_id = p.mall_id AND s.id = p.statement_id
"""


async def add(
    tx: Tx,
    mall_id: MallId,
    payout_id: PayoutId,
    statement_id: StatementId,
    merchant_id: MerchantId,
    *,
    currency: str,
    amount_minor: int,
    now: datetime,
) -> None:
    """Write a payout down; a statement has one."""
    await tx.run(
        """
        INSERT INTO settlement.payout (mall_id, id, statement_id, merchant_id, currency, amount_minor, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        mall_id,
        payout_id,
        statement_id,
        merchant_id,
        currency,
        amount_minor,
        now,
    )


async def find(tx: ReadTx, mall_id: MallId, payout_id: PayoutId) -> Payout | None:
    """Return a payout; names are the caller's to fill in."""
    return await tx.one(Payout, f"{_PAYOUT} WHERE p.mall_id = $1 AND p.id = $2", mall_id, payout_id)


async def list_payouts(
    tx: ReadTx,
    mall_id: MallId,
    *,
    merchant_ids: Sequence[MerchantId] | None,
    state: PayoutState | None,
    before: UUID | None,
    limit: int,
) -> list[Payout]:
    """Return the payouts to some merchants (None: to all), the newest first."""
    return await tx.all(
        Payout,
        f"""
        {_PAYOUT}
         WHERE p.mall_id = $1 AND ($2::uuid[] IS NULL OR p.merchant_id = ANY ($2))
           AND ($3::text IS NULL OR p.state = $3)
           AND ($4::uuid IS NULL OR p.id < $4)
         ORDER BY p.id DESC LIMIT $5
        """,
        mall_id,
        None if merchant_ids is None else list(merchant_ids),
        state and state.value,
        before,
        limit,
    )


async def send(
    tx: Tx, mall_id: MallId, payout_id: PayoutId, bank_reference: str, staff_id: StaffId, now: datetime
) -> bool:
    """Move a due payout to sent; False when it is not due."""
    sql = """
    UPDATE settlement.payout SET state = 'sent', bank_reference = $3, sent_by = $4, sent_at = $5
     WHERE mall_id = $1 AND id = $2 AND state = 'due'
    """
    return bool(await tx.run(sql, mall_id, payout_id, bank_reference, staff_id, now))


async def pay(tx: Tx, mall_id: MallId, payout_id: PayoutId, now: datetime) -> bool:
    """Move a payout sent to paid; False when it is not on its way."""
    sql = """
    UPDATE settlement.payout SET state = 'paid', paid_at = $3 WHERE mall_id = $1 AND id = $2 AND state = 'sent'
    """
    return bool(await tx.run(sql, mall_id, payout_id, now))


async def bounce(
    tx: Tx, mall_id: MallId, payout_id: PayoutId, note: str, now: datetime, *, from_state: PayoutState
) -> bool:
    """Move a payout to bounced from the state it was seen in; False when it has left it."""
    sql = """
    UPDATE settlement.payout SET state = 'bounced', note = $3, bounced_at = $4
     WHERE mall_id = $1 AND id = $2 AND state = $5
    """
    return bool(await tx.run(sql, mall_id, payout_id, note, now, from_state.value))

"""Statements on refunds; setting an amount aside locks the intent, so that its refunds come one after another."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import IntentId, MallId, OrderId, RefundId, TenderId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.payments.model import PaymentRefund, RefundOrder, RefundState

_REFUND = """
WITH taken AS (
  UPDATE payments.intent SET refunded_minor = refunded_minor + $4
   WHERE mall_id = $1 AND state = 'succeeded' AND refunded_minor + $4 <= amount_minor
     AND id = (SELECT id FROM payments.intent
                WHERE mall_id = $1 AND order_id = $2 AND state = 'succeeded' AND refunded_minor + $4 <= amount_minor
                  AND CASE WHEN $3::uuid IS NULL THEN purpose <> 'surplus' ELSE id = $3 END
                  AND ($8::uuid IS NULL OR tender_id = $8)
                ORDER BY id LIMIT 1 FOR UPDATE)
  RETURNING id, currency
)
INSERT INTO payments.refund (mall_id, id, intent_id, attempt_id, order_id, amount_minor, currency, reason, state,
                             created_at)
SELECT $1, $5, taken.id, a.id, $2, $4, taken.currency, $6, 'requested', $7
  FROM taken JOIN payments.attempt a ON a.mall_id = $1 AND a.intent_id = taken.id AND a.state = 'succeeded'
RETURNING id
"""


async def insert_refund(
    tx: Tx,
    mall_id: MallId,
    order_id: OrderId,
    intent_id: IntentId | None,
    tender_id: TenderId | None,
    *,
    amount_minor: int,
    refund_id: RefundId,
    reason: str,
    now: datetime,
) -> bool:
    """Set an amount of a payment aside and write its refund, in one statement; False when so much was never paid.

    Locks the intent, so refunds of one payment come one after another and never exceed it.
    """
    made = await tx.value(_REFUND, mall_id, order_id, intent_id, amount_minor, refund_id, reason, now, tender_id)
    return made is not None


_ORDER = """
SELECT r.id AS refund_id, r.attempt_id, r.intent_id, r.order_id, r.mall_id, a.provider, a.provider_reference,
       r.amount_minor, i.amount_minor AS paid_minor, r.currency, r.reason, r.state, r.attempts
  FROM payments.refund r
  JOIN payments.attempt a ON a.mall_id = r.mall_id AND a.id = r.attempt_id
  JOIN payments.intent i ON i.mall_id = a.mall_id AND i.id = a.intent_id
"""


async def refund_order(tx: ReadTx, mall_id: MallId, refund_id: RefundId) -> RefundOrder | None:
    """Return what the provider is to give back."""
    return await tx.one(RefundOrder, f"{_ORDER} WHERE r.mall_id = $1 AND r.id = $2", mall_id, refund_id)


async def end_refund(
    tx: Tx,
    mall_id: MallId,
    refund_id: RefundId,
    state: RefundState,
    now: datetime,
    *,
    reference: str | None = None,
    error: str | None = None,
) -> bool:
    """End a refund that is under way, once; counts the attempt."""
    return await tx.run(
        """
        UPDATE payments.refund SET state = $3, ended_at = $4, error = $6, attempts = attempts + 1,
                                   provider_reference = coalesce($5, provider_reference)
         WHERE mall_id = $1 AND id = $2 AND state IN ('requested', 'processing')
        """,
        mall_id,
        refund_id,
        state.value,
        now,
        reference,
        error,
    ) == 1  # fmt: skip


async def note_processing(tx: Tx, mall_id: MallId, refund_id: RefundId, reference: str | None, now: datetime) -> bool:
    """Move a refund from requested to processing: the provider has it."""
    return await tx.run(
        """
        UPDATE payments.refund SET state = 'processing', asked_at = $3, error = NULL, attempts = attempts + 1,
                                   provider_reference = coalesce($4, provider_reference)
         WHERE mall_id = $1 AND id = $2 AND state = 'requested'
        """,
        mall_id,
        refund_id,
        now,
        reference,
    ) == 1  # fmt: skip


async def note_attempt(tx: Tx, mall_id: MallId, refund_id: RefundId, error: str) -> None:
    """Count an attempt that came to nothing."""
    await tx.run(
        "UPDATE payments.refund SET attempts = attempts + 1, error = $3 "
        "WHERE mall_id = $1 AND id = $2 AND state = 'requested'",
        mall_id,
        refund_id,
        error,
    )


async def processing(tx: ReadTx, *, now: datetime, pauses: list[int], limit: int) -> list[RefundOrder]:
    """Return refunds that providers are still at and were not asked about for a while, the oldest first."""
    return await tx.all(
        RefundOrder,
        f"{_ORDER} WHERE r.state = 'processing' AND coalesce(r.asked_at, r.created_at) "
        "  < $1::timestamptz - make_interval(secs => ($2::int[])[least(r.asks + 1, cardinality($2::int[]))]) "
        "ORDER BY r.created_at LIMIT $3",
        now,
        pauses,
        limit,
    )


async def mark_asked(tx: Tx, mall_ids: list[MallId], refund_ids: list[RefundId], now: datetime) -> int:
    """Remember when the provider was asked about these refunds, and how often."""
    return await tx.run(
        "UPDATE payments.refund SET asked_at = $3, asks = asks + 1 "
        "WHERE (mall_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND state = 'processing'",
        mall_ids,
        refund_ids,
        now,
    )


async def reopen_refund(tx: Tx, mall_id: MallId, refund_id: RefundId) -> bool:
    """Move a failed refund back to requested."""
    return await tx.run(
        "UPDATE payments.refund SET state = 'requested', ended_at = NULL, error = NULL, attempts = 0, asks = 0 "
        "WHERE mall_id = $1 AND id = $2 AND state = 'failed'",
        mall_id,
        refund_id,
    ) == 1  # fmt: skip


_REFUND_COLUMNS = (
    "id, mall_id, intent_id, order_id, amount_minor, currency, reason, state, attempts, error, provider_reference, "
    "created_at, ended_at"
)


async def find_refund(tx: ReadTx, mall_id: MallId, refund_id: RefundId) -> PaymentRefund | None:
    """Return a refund."""
    return await tx.one(
        PaymentRefund,
        f"SELECT {_REFUND_COLUMNS} FROM payments.refund WHERE mall_id = $1 AND id = $2",
        mall_id,
        refund_id,
    )


async def find_refunds(tx: ReadTx, mall_id: MallId, refund_ids: Sequence[RefundId]) -> list[PaymentRefund]:
    """Return those of the given refunds that exist."""
    return await tx.all(
        PaymentRefund,
        f"SELECT {_REFUND_COLUMNS} FROM payments.refund WHERE mall_id = $1 AND id = ANY ($2)",
        mall_id,
        list(refund_ids),
    )


async def list_refunds(
    tx: ReadTx, mall_id: MallId, *, state: RefundState | None, before: UUID | None, limit: int
) -> list[PaymentRefund]:
    """Return refunds of payments, the newest first."""
    return await tx.all(
        PaymentRefund,
        f"SELECT {_REFUND_COLUMNS} FROM payments.refund WHERE mall_id = $1 AND ($2::text IS NULL OR state = $2) "
        "AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        mall_id,
        state and state.value,
        before,
        limit,
    )

"""Every statement on payments. Lock order: an intent before its purchase; refunds lock their intent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import IntentId, MallId, OrderId, RefundId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.payments.model import Intent, Notice, PaymentRefund, RefundOrder, RefundState

_COLUMNS = (
    "id, mall_id, order_id, member_id, amount_minor, currency, description, provider, state, provider_reference, "
    "created_at, expires_at"
)


async def insert(tx: Tx, intent: Intent) -> bool:
    """Write an intent; False when the order has an open one (unique index `intent_open_once`)."""
    added = await tx.run(
        """
        INSERT INTO payments.intent (mall_id, id, order_id, member_id, amount_minor, currency, description, provider,
                                     state, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'created', $9, $10)
        ON CONFLICT (mall_id, order_id) WHERE state = 'created' DO NOTHING
        """,
        intent.mall_id,
        intent.id,
        intent.order_id,
        intent.member_id,
        intent.amount_minor,
        intent.currency,
        intent.description,
        intent.provider,
        intent.created_at,
        intent.expires_at,
    )
    return added == 1


async def find(tx: ReadTx, mall_id: MallId, intent_id: IntentId) -> Intent | None:
    """Return an intent."""
    return await tx.one(
        Intent,
        f"SELECT {_COLUMNS} FROM payments.intent WHERE mall_id = $1 AND id = $2",
        mall_id,
        intent_id,
    )


async def latest(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> Intent | None:
    """Return the newest intent of an order."""
    return await tx.one(
        Intent,
        f"SELECT {_COLUMNS} FROM payments.intent WHERE mall_id = $1 AND order_id = $2 ORDER BY id DESC LIMIT 1",
        mall_id,
        order_id,
    )


class Told(Intent, frozen=True, kw_only=True):
    """An intent as it was before a notice, whether the notice is new, and whether it moved the intent."""

    fresh: bool
    moved: bool


_SETTLE = f"""
WITH fresh AS (
  INSERT INTO payments.notice (mall_id, intent_id, notice_id, provider, outcome, amount_minor, currency, received_at,
                               body)
  SELECT mall_id, id, CASE WHEN (amount_minor, currency) = ($6, $7) THEN $3 ELSE $3 || ': ' || $6 || ' ' || $7 END,
         $4, $5, $6, $7, $9, $10 FROM payments.intent
   WHERE mall_id = $1 AND id = $2 AND provider = $4
  ON CONFLICT (mall_id, intent_id, notice_id) DO NOTHING
  RETURNING notice_id
), moved AS (
  UPDATE payments.intent
     SET state = $5, provider_reference = coalesce($8, provider_reference), checked_at = $9, ended_at = $9
   WHERE mall_id = $1 AND id = $2 AND amount_minor = $6 AND currency = $7 AND EXISTS (SELECT FROM fresh)
     AND (($5 = 'succeeded' AND state <> 'succeeded') OR ($5 = 'failed' AND state = 'created'))
  RETURNING id
)
SELECT {_COLUMNS}, EXISTS (SELECT FROM fresh) AS fresh, EXISTS (SELECT FROM moved) AS moved
  FROM payments.intent WHERE mall_id = $1 AND id = $2 AND provider = $4
"""


async def settle(tx: Tx, notice: Notice, now: datetime) -> Told | None:
    """Record a notice and move its intent, in one statement; of two equal notices the second waits and moves nothing.

    A notice of another amount is kept under a name of its own, so that it does not stand in the right one's way.
    Locks the intent's row when it moves. None when there is no such intent with that provider.
    """
    return await tx.one(
        Told,
        _SETTLE,
        notice.mall_id,
        notice.intent_id,
        notice.notice_id,
        notice.provider,
        notice.outcome.value,
        notice.amount_minor,
        notice.currency,
        notice.reference,
        now,
        notice.body,
    )


async def close_for(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> list[Intent]:
    """Close an order's open intents and return them; waits for a notice that is moving one."""
    return await tx.all(
        Intent,
        f"UPDATE payments.intent SET state = 'closed', ended_at = $3 "
        f"WHERE mall_id = $1 AND order_id = $2 AND state = 'created' RETURNING {_COLUMNS}",
        mall_id,
        order_id,
        now,
    )


async def unanswered(tx: ReadTx, *, created_before: datetime, asked_before: datetime, limit: int) -> list[Intent]:
    """Return open intents old enough to ask about and not asked about lately, the oldest first."""
    return await tx.all(
        Intent,
        f"SELECT {_COLUMNS} FROM payments.intent WHERE state = 'created' AND created_at < $1 "
        "AND coalesce(checked_at, created_at) < $2 ORDER BY created_at LIMIT $3",
        created_before,
        asked_before,
        limit,
    )


async def mark_asked(tx: Tx, mall_ids: list[MallId], intent_ids: list[IntentId], now: datetime) -> int:
    """Remember when the provider was asked about these open intents."""
    return await tx.run(
        "UPDATE payments.intent SET checked_at = $3 "
        "WHERE (mall_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND state = 'created'",
        mall_ids,
        intent_ids,
        now,
    )


_REFUND = """
WITH taken AS (
  UPDATE payments.intent SET refunded_minor = refunded_minor + $4
   WHERE mall_id = $1 AND state = 'succeeded' AND refunded_minor + $4 <= amount_minor
     AND id = (SELECT id FROM payments.intent
                WHERE mall_id = $1 AND order_id = $2 AND ($3::uuid IS NULL OR id = $3) AND state = 'succeeded'
                  AND refunded_minor + $4 <= amount_minor
                ORDER BY id LIMIT 1 FOR UPDATE)
  RETURNING id, currency
)
INSERT INTO payments.refund (mall_id, id, intent_id, order_id, amount_minor, currency, reason, state, created_at)
SELECT $1, $5, id, $2, $4, currency, $6, 'requested', $7 FROM taken
RETURNING id
"""


async def insert_refund(
    tx: Tx,
    mall_id: MallId,
    order_id: OrderId,
    intent_id: IntentId | None,
    *,
    amount_minor: int,
    refund_id: RefundId,
    reason: str,
    now: datetime,
) -> bool:
    """Set an amount of a payment aside and write its refund, in one statement; False when so much was never paid.

    Locks the intent, so refunds of one payment come one after another and never exceed it.
    """
    made = await tx.value(_REFUND, mall_id, order_id, intent_id, amount_minor, refund_id, reason, now)
    return made is not None


async def refund_order(tx: ReadTx, mall_id: MallId, refund_id: RefundId) -> RefundOrder | None:
    """Return what the provider is to give back."""
    return await tx.one(
        RefundOrder,
        """
        SELECT r.id AS refund_id, r.intent_id, r.mall_id, i.provider, r.amount_minor, r.currency, r.reason, r.state,
               r.attempts
          FROM payments.refund r JOIN payments.intent i ON i.mall_id = r.mall_id AND i.id = r.intent_id
         WHERE r.mall_id = $1 AND r.id = $2
        """,
        mall_id,
        refund_id,
    )


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
    """Move a refund out of requested, once; counts the attempt."""
    return await tx.run(
        """
        UPDATE payments.refund SET state = $3, ended_at = $4, provider_reference = $5, error = $6,
                                   attempts = attempts + 1
         WHERE mall_id = $1 AND id = $2 AND state = 'requested'
        """,
        mall_id,
        refund_id,
        state.value,
        now,
        reference,
        error,
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


async def reopen_refund(tx: Tx, mall_id: MallId, refund_id: RefundId) -> bool:
    """Move a failed refund back to requested."""
    return await tx.run(
        "UPDATE payments.refund SET state = 'requested', ended_at = NULL, error = NULL, attempts = 0 "
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

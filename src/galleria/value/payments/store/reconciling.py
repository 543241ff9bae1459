"""Statements on what providers say of a day, and on the differences."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, StaffId, new_id
from galleria.platform.tx import ReadTx, Tx
from galleria.value.payments.model.providers import StatementLine
from galleria.value.payments.model.reconciliation import (
    DifferenceDecision,
    DifferenceState,
    Found,
    Ours,
    Reconciled,
    StatementDifference,
    StatementOf,
)

_OURS = """
SELECT 'payment' AS kind, a.id::text AS number, i.order_id, i.amount_minor, i.currency, a.state,
       EXISTS (SELECT FROM payments.statement_line l
                WHERE l.mall_id = a.mall_id AND l.provider = a.provider AND l.number = a.id::text AND l.day <> $3)
         AS told_before
  FROM payments.attempt a JOIN payments.intent i ON i.mall_id = a.mall_id AND i.id = a.intent_id
 WHERE a.mall_id = $1 AND a.provider = $2
   AND (a.id::text = ANY ($6) OR (a.state = 'succeeded' AND a.ended_at >= $4 AND a.ended_at < $5))
UNION ALL
SELECT 'refund', r.id::text, r.order_id, r.amount_minor, r.currency, r.state,
       EXISTS (SELECT FROM payments.statement_line l
                WHERE l.mall_id = r.mall_id AND l.provider = a.provider AND l.number = r.id::text AND l.day <> $3)
  FROM payments.refund r JOIN payments.attempt a ON a.mall_id = r.mall_id AND a.id = r.attempt_id
 WHERE r.mall_id = $1 AND a.provider = $2
   AND (r.id::text = ANY ($6) OR (r.state = 'succeeded' AND r.ended_at >= $4 AND r.ended_at < $5))
"""


async def ours(tx: ReadTx, which: StatementOf, numbers: Sequence[str]) -> list[Ours]:
    """Return our payments and refunds at a provider: those of these numbers, and those that succeeded on the day."""
    return await tx.all(
        Ours, _OURS, which.mall_id, which.provider, which.day, which.starts_at, which.ends_at, list(numbers)
    )


async def active_malls(tx: ReadTx, provider: str, starts_at: datetime, ends_at: datetime) -> list[MallId]:
    """Return the malls where a provider collected or gave back something in a period."""
    return await tx.values(
        """
        SELECT mall_id FROM payments.attempt
         WHERE provider = $1 AND state = 'succeeded' AND ended_at >= $2 AND ended_at < $3
        UNION
        SELECT r.mall_id FROM payments.refund r
          JOIN payments.attempt a ON a.mall_id = r.mall_id AND a.id = r.attempt_id
         WHERE a.provider = $1 AND r.state = 'succeeded' AND r.ended_at >= $2 AND r.ended_at < $3
        """,
        provider,
        starts_at,
        ends_at,
    )


async def is_compared(tx: ReadTx, provider: str, day: date) -> bool:
    """Return whether a provider's statement of a day was fetched."""
    found: bool = await tx.value(
        "SELECT EXISTS (SELECT FROM payments.statement WHERE provider = $1 AND day = $2)", provider, day
    )
    return found


async def collected(tx: ReadTx, mall_id: MallId, currency: str, starts_at: datetime, ends_at: datetime) -> int:
    """Return what all providers collected for a mall in a period, less what they gave back, in minor units."""
    found: int = await tx.value(
        """
        SELECT coalesce((SELECT sum(i.amount_minor) FROM payments.attempt a
                           JOIN payments.intent i ON i.mall_id = a.mall_id AND i.id = a.intent_id
                          WHERE a.mall_id = $1 AND a.state = 'succeeded' AND a.ended_at >= $3 AND a.ended_at < $4
                            AND i.currency = $2), 0)
             - coalesce((SELECT sum(amount_minor) FROM payments.refund
                          WHERE mall_id = $1 AND state = 'succeeded' AND ended_at >= $3 AND ended_at < $4
                            AND currency = $2), 0)
        """,
        mall_id,
        currency,
        starts_at,
        ends_at,
    )
    return int(found)


_KEEP = """
WITH kept AS (
  INSERT INTO payments.statement (mall_id, provider, day, currency, lines, collected_minor, refunded_minor, fee_minor,
                                  fetched_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (mall_id, provider, day) DO UPDATE
     SET lines = excluded.lines, collected_minor = excluded.collected_minor, refunded_minor = excluded.refunded_minor,
         fee_minor = excluded.fee_minor, fetched_at = excluded.fetched_at
  RETURNING mall_id
)
DELETE FROM payments.statement_line l USING kept WHERE l.mall_id = kept.mall_id AND l.provider = $2 AND l.day = $3
"""
_LINES = """
INSERT INTO payments.statement_line (mall_id, provider, day, position, kind, number, reference, amount_minor, currency,
                                     fee_minor, at, succeeded)
SELECT $1, $2, $3, l.position, l.kind, l.number, l.reference, l.amount_minor, l.currency, l.fee_minor, l.at,
       l.succeeded
  FROM jsonb_to_recordset($4) AS l(position integer, kind text, number text, reference text, amount_minor bigint,
                                   currency text, fee_minor bigint, at timestamptz, succeeded boolean)
"""


async def keep(
    tx: Tx, which: StatementOf, lines: Sequence[StatementLine], sums: tuple[int, int, int], now: datetime
) -> None:
    """Write a statement with its lines, in place of what was fetched before; locks the statement's row."""
    collected_minor, refunded_minor, fee_minor = sums
    head = (which.mall_id, which.provider, which.day)
    await tx.run(_KEEP, *head, which.currency, len(lines), collected_minor, refunded_minor, fee_minor, now)
    rows = [msgspec.structs.asdict(line) | {"position": n} for n, line in enumerate(lines)]
    await tx.run(_LINES, *head, rows)


_FIND = """
INSERT INTO payments.difference (mall_id, id, provider, day, kind, what, number, reference, order_id, ours_minor,
                                 theirs_minor, ours_state, currency, state, found_at)
SELECT $1, d.id, $2, $3, d.kind, d.what, d.number, d.reference, d.order_id, d.ours_minor, d.theirs_minor,
       d.ours_state, d.currency, 'open', $5
  FROM jsonb_to_recordset($4) AS d(id uuid, kind text, what text, number text, reference text, order_id uuid,
                                   ours_minor bigint, theirs_minor bigint, ours_state text, currency text)
ON CONFLICT ON CONSTRAINT difference_once DO UPDATE
   SET ours_minor = excluded.ours_minor, theirs_minor = excluded.theirs_minor, ours_state = excluded.ours_state
 WHERE payments.difference.state = 'open'
"""
_VANISH = """
UPDATE payments.difference SET state = 'explained', decided_at = $5
 WHERE mall_id = $1 AND provider = $2 AND day = $3 AND state = 'open'
   AND (kind, what, number) NOT IN (SELECT d.kind, d.what, d.number
                                      FROM jsonb_to_recordset($4) AS d(kind text, what text, number text))
"""
_TOLD_SINCE = """
UPDATE payments.difference d SET state = 'explained', decided_at = $4
 WHERE d.mall_id = $1 AND d.provider = $2 AND d.kind = 'missing_there' AND d.state = 'open'
   AND EXISTS (SELECT FROM payments.statement_line l
                WHERE l.mall_id = d.mall_id AND l.provider = d.provider AND l.number = d.number AND l.day = $3)
"""


async def find(tx: Tx, which: StatementOf, found: Sequence[Found], now: datetime) -> None:
    """Write the differences of a day: each once, open ones that are no more explained by themselves.

    What the day's statement tells of other days' missing ones explains those, too.
    """
    rows = [msgspec.structs.asdict(one) | {"id": new_id()} for one in found]
    head = (which.mall_id, which.provider, which.day)
    await tx.run(_FIND, *head, rows, now)
    await tx.run(_VANISH, *head, rows, now)
    await tx.run(_TOLD_SINCE, *head, now)


_DIFFERENCE = (
    "id, provider, day, kind, what, number, reference, order_id, ours_minor, theirs_minor, ours_state, currency, "
    "state, note, decided_by, found_at, decided_at"
)


async def differences(
    tx: ReadTx,
    mall_id: MallId,
    *,
    provider: str | None,
    day: date | None,
    state: DifferenceState | None,
    before: UUID | None,
    limit: int,
) -> list[StatementDifference]:
    """Return differences, the newest first."""
    return await tx.all(
        StatementDifference,
        f"SELECT {_DIFFERENCE} FROM payments.difference WHERE mall_id = $1 AND ($2::text IS NULL OR provider = $2) "
        "AND ($3::date IS NULL OR day = $3) AND ($4::text IS NULL OR state = $4) AND ($5::uuid IS NULL OR id < $5) "
        "ORDER BY id DESC LIMIT $6",
        mall_id,
        provider,
        day,
        state and state.value,
        before,
        limit,
    )


async def decide(
    tx: Tx, mall_id: MallId, difference_id: UUID, decision: DifferenceDecision, staff_id: StaffId, now: datetime
) -> StatementDifference | None:
    """Write what a person says of a difference."""
    is_open = decision.state is DifferenceState.OPEN
    return await tx.one(
        StatementDifference,
        "UPDATE payments.difference SET state = $3, note = $4, decided_by = $5, decided_at = $6 "
        f"WHERE mall_id = $1 AND id = $2 RETURNING {_DIFFERENCE}",
        mall_id,
        difference_id,
        decision.state.value,
        decision.note,
        None if is_open else staff_id,
        None if is_open else now,
    )


async def statements(tx: ReadTx, mall_id: MallId, *, before: tuple[date, str] | None, limit: int) -> list[Reconciled]:
    """Return statements, the newest day first."""
    day, provider = before or (None, None)
    return await tx.all(
        Reconciled,
        """
        SELECT s.provider, s.day, s.currency, s.lines, s.collected_minor, s.refunded_minor, s.fee_minor, s.fetched_at,
               count(d.id) AS differences, count(d.id) FILTER (WHERE d.state = 'open') AS open_differences
          FROM payments.statement s
          LEFT JOIN payments.difference d ON d.mall_id = s.mall_id AND d.provider = s.provider AND d.day = s.day
         WHERE s.mall_id = $1 AND ($2::date IS NULL OR (s.day, s.provider) < ($2, $3))
         GROUP BY s.mall_id, s.provider, s.day ORDER BY s.day DESC, s.provider DESC LIMIT $4
        """,
        mall_id,
        day,
        provider,
        limit,
    )

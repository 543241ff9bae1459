"""The sandbox's own books. It stands for another company, so each statement is a commit of its own."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from galleria.adapters.payments_sandbox.model import Asked, Charge, ChargeState
from galleria.platform.db import Database
from galleria.value.payments import StatementLine

_COLUMNS = "id, mall_id, amount_minor, currency, state, reference, known_at"

_DECIDE = f"""
INSERT INTO sandbox.charge (id, mall_id, amount_minor, currency, state, reference, created_at, known_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO NOTHING
RETURNING {_COLUMNS}
"""


async def decide(
    db: Database, asked: Asked, state: ChargeState, *, reference: str, now: datetime, known_at: datetime
) -> Charge | None:
    """Decide a payment; None when it was decided before. The primary key lets one decision through."""
    async with db.read() as tx:
        return await tx.one(
            Charge,
            _DECIDE,
            asked.id,
            asked.mall_id,
            asked.amount_minor,
            asked.currency,
            state.value,
            reference,
            now,
            known_at,
        )


async def find(db: Database, charge_id: UUID) -> Charge | None:
    """Return a decided charge."""
    async with db.read() as tx:
        return await tx.one(Charge, f"SELECT {_COLUMNS} FROM sandbox.charge WHERE id = $1", charge_id)


_REFUND = """
WITH again AS (
  SELECT id FROM sandbox.refund WHERE id = $1
), taken AS (
  UPDATE sandbox.charge SET refunded_minor = refunded_minor + $3
   WHERE id = $2 AND state = 'paid' AND refunded_minor + $3 <= amount_minor AND NOT EXISTS (SELECT FROM again)
  RETURNING id
), made AS (
  INSERT INTO sandbox.refund (id, charge_id, amount_minor, created_at)
  SELECT $1, id, $3, $4 FROM taken
  RETURNING id
)
SELECT id FROM again UNION SELECT id FROM made
"""


async def refund(db: Database, refund_id: UUID, charge_id: UUID, amount_minor: int, now: datetime) -> bool:
    """Give an amount of a charge back, once per `refund_id`; False when so much is not there.

    Two of one id at the same moment: the second breaks on the primary key and may be sent again.
    """
    async with db.read() as tx:
        found: Any = await tx.value(_REFUND, refund_id, charge_id, amount_minor, now)
    return found is not None


async def is_refunded(db: Database, refund_id: UUID) -> bool:
    """Return whether a refund was made."""
    async with db.read() as tx:
        found: bool = await tx.value("SELECT EXISTS (SELECT FROM sandbox.refund WHERE id = $1)", refund_id)
    return found


_STATEMENT = """
SELECT 'payment' AS kind, mall_id, id::text AS number, reference, amount_minor, currency, 0 AS fee_minor,
       created_at AS at FROM sandbox.charge WHERE state = 'paid' AND created_at >= $1 AND created_at < $2
UNION ALL
SELECT 'refund', c.mall_id, r.id::text, 'sbx-refund-' || r.id, r.amount_minor, c.currency, 0, r.created_at
  FROM sandbox.refund r JOIN sandbox.charge c ON c.id = r.charge_id WHERE r.created_at >= $1 AND r.created_at < $2
ORDER BY at, number
"""


async def statement(db: Database, day: date) -> list[StatementLine]:
    """Return what was charged and given back on a day in UTC."""
    start = datetime.combine(day, time(), UTC)
    async with db.read() as tx:
        return await tx.all(StatementLine, _STATEMENT, start, start + timedelta(days=1))

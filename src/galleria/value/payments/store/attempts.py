"""Statements on intents, their attempts and notices. Lock order: intent, attempt, and only then the purchase."""

from datetime import datetime

from galleria.kernel.ids import AttemptId, IntentId, MallId, OrderId, TenderId, new_id
from galleria.platform.tx import ReadTx, Tx
from galleria.value.payments.model import Attempt, AttemptState, Intent, Notice, Scene

_INTENT = (
    "id, mall_id, order_id, tender_id, member_id, amount_minor, currency, description, purpose, provider, state, "
    "created_at, expires_at"
)
_ATTEMPT = (
    "a.id, a.mall_id, a.intent_id, i.order_id, i.tender_id, i.member_id, a.n, i.amount_minor, i.currency, "
    "i.description, a.provider, a.scene, a.state, i.state AS intent_state, a.provider_reference, a.error, "
    "a.created_at, i.expires_at, a.asks"
)
_FROM = "FROM payments.attempt a JOIN payments.intent i ON i.mall_id = a.mall_id AND i.id = a.intent_id"
_OPEN = "state IN ('created', 'started', 'unknown')"

_INSERT = """
WITH added AS (
  INSERT INTO payments.intent (mall_id, id, order_id, member_id, amount_minor, currency, description, provider,
                               state, created_at, expires_at, tender_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'created', $9, $10, $11)
  ON CONFLICT (mall_id, order_id, tender_id) WHERE state = 'created' DO NOTHING
  RETURNING mall_id, id, provider, created_at
)
INSERT INTO payments.attempt (mall_id, id, intent_id, n, provider, scene, state, created_at)
SELECT mall_id, id, id, 1, provider, $12, 'created', created_at FROM added
"""


async def insert(tx: Tx, intent: Intent, scene: Scene) -> bool:
    """Write an intent and its first attempt, which carries its id, in one statement.

    False when the tender has an open intent (unique index `intent_open_once`).
    """
    added = await tx.run(
        _INSERT,
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
        intent.tender_id,
        scene.value,
    )
    return added == 1


async def latest(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> Intent | None:
    """Return the newest intent of an order that is not a surplus."""
    return await tx.one(
        Intent,
        f"SELECT {_INTENT} FROM payments.intent WHERE mall_id = $1 AND order_id = $2 AND purpose <> 'surplus' "
        "ORDER BY id DESC LIMIT 1",
        mall_id,
        order_id,
    )


async def of_order(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> list[Intent]:
    """Return every intent of an order, the oldest first."""
    return await tx.all(
        Intent,
        f"SELECT {_INTENT} FROM payments.intent WHERE mall_id = $1 AND order_id = $2 ORDER BY id",
        mall_id,
        order_id,
    )


async def find_attempt(tx: ReadTx, mall_id: MallId, attempt_id: AttemptId) -> Attempt | None:
    """Return an attempt."""
    return await tx.one(Attempt, f"SELECT {_ATTEMPT} {_FROM} WHERE a.mall_id = $1 AND a.id = $2", mall_id, attempt_id)


async def last_attempt(tx: ReadTx, mall_id: MallId, order_id: OrderId, tender_id: TenderId | None) -> Attempt | None:
    """Return the newest attempt at a tender of an order; of any tender, one still to be collected comes first."""
    return await tx.one(
        Attempt,
        f"SELECT {_ATTEMPT} {_FROM} WHERE i.mall_id = $1 AND i.order_id = $2 AND i.purpose <> 'surplus' "
        "AND ($3::uuid IS NULL OR i.tender_id = $3) ORDER BY i.state = 'created' DESC, i.id DESC, a.n DESC LIMIT 1",
        mall_id,
        order_id,
        tender_id,
    )


async def open_attempts(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> list[Attempt]:
    """Return the open attempts of an order."""
    return await tx.all(
        Attempt,
        f"SELECT {_ATTEMPT} {_FROM} WHERE i.mall_id = $1 AND i.order_id = $2 AND a.{_OPEN} ORDER BY a.id",
        mall_id,
        order_id,
    )


async def lock_intent(tx: Tx, mall_id: MallId, intent_id: IntentId) -> None:
    """Wait for whoever is moving an intent, and keep others waiting until the end of the transaction."""
    await tx.value("SELECT id FROM payments.intent WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, intent_id)


async def close_attempt(tx: Tx, attempt: Attempt, now: datetime) -> bool:
    """Give an open attempt up; False when it is not open any more."""
    return await tx.run(
        f"UPDATE payments.attempt SET state = 'closed', ended_at = $3 WHERE mall_id = $1 AND id = $2 AND {_OPEN}",
        attempt.mall_id,
        attempt.id,
        now,
    ) == 1  # fmt: skip


_ANOTHER = """
WITH named AS (
  UPDATE payments.intent SET provider = $4 WHERE mall_id = $1 AND id = $2 AND state = 'created' RETURNING mall_id, id
)
INSERT INTO payments.attempt (mall_id, id, intent_id, n, provider, scene, state, created_at)
SELECT mall_id, $3, id, $7, $4, $5, 'created', $6 FROM named
ON CONFLICT (mall_id, intent_id) WHERE state IN ('created', 'started', 'unknown') DO NOTHING
"""


async def insert_attempt(tx: Tx, attempt: Attempt) -> bool:
    """Write another attempt at an intent still to be collected; False when one is open (`attempt_open_once`).

    Locks the intent.
    """
    added = await tx.run(
        _ANOTHER,
        attempt.mall_id,
        attempt.intent_id,
        attempt.id,
        attempt.provider,
        attempt.scene.value,
        attempt.created_at,
        attempt.n,
    )
    return added == 1


async def move_attempt(tx: Tx, attempt: Attempt, state: AttemptState, error: str | None, now: datetime) -> bool:
    """Note how far an open attempt has come before anything is collected; False when it is not open any more."""
    return await tx.run(
        "UPDATE payments.attempt "
        "SET state = $3, error = $4, ended_at = CASE WHEN $5 THEN NULL ELSE $6::timestamptz END "
        f"WHERE mall_id = $1 AND id = $2 AND {_OPEN}",
        attempt.mall_id,
        attempt.id,
        state.value,
        error,
        state.is_open,
        now,
    ) == 1  # fmt: skip


class Told(Intent, frozen=True, kw_only=True):
    """An intent as it was before a notice, and what the notice did: moved its attempt, or brought a surplus."""

    attempt_id: AttemptId
    moved: bool
    surplus_id: IntentId | None
    superseded: list[AttemptId]


_SETTLE = f"""
WITH held AS (
  SELECT i.*, a.id AS attempt_id, a.state AS attempt_state
    FROM payments.intent i JOIN payments.attempt a ON a.mall_id = i.mall_id AND a.intent_id = i.id
   WHERE a.mall_id = $1 AND a.id = $2 AND a.provider = $4
     FOR UPDATE OF i, a
), fresh AS (
  INSERT INTO payments.notice (mall_id, attempt_id, notice_id, provider, outcome, amount_minor, currency, received_at,
                               body)
  SELECT mall_id, attempt_id,
         CASE WHEN (amount_minor, currency) = ($6, $7) THEN $3 ELSE $3 || ': ' || $6 || ' ' || $7 END,
         $4, $5, $6, $7, $9, $10 FROM held
  ON CONFLICT (mall_id, attempt_id, notice_id) DO NOTHING
  RETURNING notice_id
), heard AS (
  SELECT held.* FROM held
   WHERE amount_minor = $6 AND currency = $7 AND EXISTS (SELECT FROM fresh)
     AND (($5 = 'succeeded' AND attempt_state <> 'succeeded')
          OR ($5 = 'failed' AND attempt_state IN ('created', 'started', 'unknown')))
), surplus AS (
  INSERT INTO payments.intent (mall_id, id, order_id, tender_id, member_id, amount_minor, currency, description,
                               purpose, provider, state, created_at, expires_at, ended_at)
  SELECT mall_id, $11, order_id, tender_id, member_id, amount_minor, currency, description,
         'surplus', $4, 'succeeded', $9, expires_at, $9 FROM heard
   WHERE $5 = 'succeeded' AND state = 'succeeded'
  RETURNING id
), superseded AS (
  UPDATE payments.attempt a SET state = 'closed', ended_at = $9 FROM heard
   WHERE $5 = 'succeeded' AND heard.state <> 'succeeded'
     AND a.mall_id = heard.mall_id AND a.intent_id = heard.id AND a.id <> heard.attempt_id AND a.{_OPEN}
  RETURNING a.id
), moved AS (
  UPDATE payments.attempt a
     SET state = $5, provider_reference = coalesce($8, a.provider_reference), ended_at = $9,
         intent_id = coalesce((SELECT id FROM surplus), a.intent_id)
    FROM heard WHERE a.mall_id = heard.mall_id AND a.id = heard.attempt_id
  RETURNING a.id
), collected AS (
  UPDATE payments.intent i SET state = 'succeeded', provider = $4, ended_at = $9
    FROM heard WHERE i.mall_id = heard.mall_id AND i.id = heard.id AND $5 = 'succeeded' AND i.state <> 'succeeded'
  RETURNING i.id
)
SELECT {_INTENT}, attempt_id, EXISTS (SELECT FROM moved) AS moved, (SELECT id FROM surplus) AS surplus_id,
       (SELECT coalesce(array_agg(id), '{{}}') FROM superseded) AS superseded, (SELECT count(*) FROM collected) AS n
  FROM held
"""


async def settle(tx: Tx, notice: Notice, now: datetime) -> Told | None:
    """Record a notice and move its attempt and intent, in one statement.

    Locks the intent and then the attempt first, so of two equal notices the second waits and moves nothing. A success
    of an intent that another attempt has collected becomes an intent of its own, a surplus. A notice of another amount
    is kept under a name of its own, so that it does not stand in the right one's way. None when that provider has no
    such attempt.
    """
    return await tx.one(
        Told,
        _SETTLE,
        notice.mall_id,
        notice.attempt_id,
        notice.notice_id,
        notice.provider,
        notice.outcome.value,
        notice.amount_minor,
        notice.currency,
        notice.reference,
        now,
        notice.body,
        new_id(),
    )


_CLOSE = f"""
WITH closed AS (
  UPDATE payments.intent SET state = 'closed', ended_at = $3
   WHERE mall_id = $1 AND order_id = $2 AND state = 'created' RETURNING mall_id, id
)
UPDATE payments.attempt a SET state = 'closed', ended_at = $3 FROM closed
 WHERE a.mall_id = closed.mall_id AND a.intent_id = closed.id AND a.{_OPEN}
RETURNING a.id
"""


async def close_for(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> list[AttemptId]:
    """Close an order's open intents with their attempts, and return these; waits for a notice that is moving one."""
    return await tx.values(_CLOSE, mall_id, order_id, now)


_WITHDRAW = f"""
WITH closed AS (
  UPDATE payments.intent SET state = 'closed', ended_at = $3 WHERE mall_id = $1 AND id = $2 AND state = 'created'
  RETURNING mall_id, id
)
UPDATE payments.attempt a SET state = 'closed', ended_at = $3 FROM closed
 WHERE a.mall_id = closed.mall_id AND a.intent_id = closed.id AND a.{_OPEN}
RETURNING a.id
"""


async def withdraw(tx: Tx, mall_id: MallId, intent_id: IntentId, now: datetime) -> list[AttemptId]:
    """Close one intent with its open attempts, and return these; waits for a notice that is moving it."""
    return await tx.values(_WITHDRAW, mall_id, intent_id, now)


async def unanswered(tx: ReadTx, *, now: datetime, pauses: list[int], limit: int) -> list[Attempt]:
    """Return open attempts not heard of for a while: `pauses` are the seconds before each asking, the last for good."""
    return await tx.all(
        Attempt,
        f"SELECT {_ATTEMPT} {_FROM} WHERE a.{_OPEN} "
        "AND a.created_at < $1::timestamptz - make_interval(secs => ($2::int[])[1]) "
        "AND coalesce(a.asked_at, a.created_at) "
        "  < $1::timestamptz - make_interval(secs => ($2::int[])[least(a.asks + 1, cardinality($2::int[]))]) "
        "ORDER BY a.created_at LIMIT $3",
        now,
        pauses,
        limit,
    )


async def mark_asked(tx: Tx, mall_ids: list[MallId], attempt_ids: list[AttemptId], now: datetime) -> int:
    """Remember when the provider was asked about these open attempts, and how often."""
    return await tx.run(
        "UPDATE payments.attempt SET asked_at = $3, asks = asks + 1 "
        f"WHERE (mall_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND {_OPEN}",
        mall_ids,
        attempt_ids,
        now,
    )

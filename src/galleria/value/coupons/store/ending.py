"""SQL of claims that end: expired, taken back, or made to last longer. What frees money locks the coupon first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.claim import IssuedClaim
from galleria.value.coupons.model.template import ClaimSource

_DUE = "state IN ('issued', 'returned') AND use_until <= $1"
ISSUED = "id, member_id, version, state, source, claimed_at, use_until, used_at, order_id"


class Owned(IssuedClaim, frozen=True, kw_only=True):
    """A claim as staff see it, and the coupon it is of."""

    coupon_id: CouponId


class _Given(msgspec.Struct, frozen=True):
    coupon_id: CouponId
    id: ClaimId


async def find_issued(tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId) -> Owned | None:
    """Return a claim as staff see it, with its coupon."""
    return await tx.one(
        Owned, f"SELECT {ISSUED}, coupon_id FROM coupons.claim WHERE mall_id = $1 AND id = $2", mall_id, claim_id
    )


async def any_due(tx: ReadTx, *, now: datetime) -> bool:
    """Return whether a sweep has something to do."""
    return bool(
        await tx.value(
            f"""
            SELECT EXISTS (SELECT FROM coupons.claim WHERE {_DUE})
                OR EXISTS (SELECT FROM coupons.claim WHERE state = 'locked' AND locked_until <= $1)
                OR EXISTS (SELECT FROM coupons.transfer WHERE state = 'open' AND expires_at <= $1)
            """,
            now,
        )
    )


async def expire(tx: Tx, *, now: datetime, limit: int) -> int:
    """Mark claims past their last day expired, at most `limit`; skips what another worker is at."""
    return await tx.run(
        f"""
        UPDATE coupons.claim AS c SET state = 'expired'
          FROM (SELECT mall_id, id FROM coupons.claim WHERE {_DUE} AND worth_minor = 0
                 ORDER BY use_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) AS due
         WHERE c.mall_id = due.mall_id AND c.id = due.id
        """,
        now,
        limit,
    )


async def lock_budgets_due(tx: Tx, *, now: datetime, limit: int) -> list[UUID]:
    """Lock, in their order, coupons with a budget of which claims are due to expire."""
    return await tx.values(
        """
        SELECT k.id FROM coupons.coupon AS k
         WHERE k.budget_minor IS NOT NULL
           AND EXISTS (SELECT FROM coupons.claim AS c
                        WHERE c.mall_id = k.mall_id AND c.coupon_id = k.id AND c.worth_minor > 0
                          AND c.state IN ('issued', 'returned') AND c.use_until <= $1)
         ORDER BY k.mall_id, k.id LIMIT $2 FOR NO KEY UPDATE OF k
        """,
        now,
        limit,
    )


async def expire_worth(tx: Tx, *, coupon_ids: Sequence[UUID], now: datetime, limit: int) -> int:
    """Mark claims of locked coupons expired and give back what they had committed of the budgets."""
    ended: int = await tx.value(
        """
        WITH due AS (
          SELECT mall_id, id FROM coupons.claim
           WHERE coupon_id = ANY($2) AND worth_minor > 0 AND state IN ('issued', 'returned') AND use_until <= $1
           ORDER BY use_until LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
        ), ended AS (
          UPDATE coupons.claim AS c SET state = 'expired' FROM due
           WHERE c.mall_id = due.mall_id AND c.id = due.id
          RETURNING c.mall_id, c.coupon_id, c.worth_minor
        ), freed AS (
          UPDATE coupons.coupon AS k SET committed_minor = k.committed_minor - e.worth
            FROM (SELECT mall_id, coupon_id, sum(worth_minor)::bigint AS worth FROM ended GROUP BY 1, 2) AS e
           WHERE k.mall_id = e.mall_id AND k.id = e.coupon_id
        )
        SELECT count(*) FROM ended
        """,
        now,
        coupon_ids,
        limit,
    )
    return ended


async def void(
    tx: Tx, *, mall_id: MallId, coupon_id: CouponId, claim_ids: Sequence[ClaimId], now: datetime
) -> list[IssuedClaim]:
    """Take unspent claims of a locked coupon back and free what they had committed of its budget."""
    return await tx.all(
        IssuedClaim,
        f"""
        WITH ended AS (
          UPDATE coupons.claim SET state = 'void', lock_id = NULL, locked_until = NULL
           WHERE mall_id = $1 AND coupon_id = $2 AND id = ANY($3)
             AND (state IN ('issued', 'returned') OR (state = 'locked' AND locked_until <= $4))
          RETURNING {ISSUED}, worth_minor
        ), freed AS (
          UPDATE coupons.coupon SET committed_minor = committed_minor - (SELECT sum(worth_minor) FROM ended)
           WHERE mall_id = $1 AND id = $2 AND (SELECT sum(worth_minor) FROM ended) > 0
        )
        SELECT {ISSUED} FROM ended
        """,
        mall_id,
        coupon_id,
        list(claim_ids),
        now,
    )


async def granted_for(
    tx: ReadTx, *, mall_id: MallId, source: ClaimSource, reference: UUID
) -> dict[CouponId, list[ClaimId]]:
    """Return the unspent claims given for a reference, by coupon."""
    found: dict[CouponId, list[ClaimId]] = {}
    rows = await tx.all(
        _Given,
        """
        SELECT coupon_id, id FROM coupons.claim
         WHERE mall_id = $1 AND reference = $2 AND source = $3 AND state IN ('issued', 'returned', 'locked')
         ORDER BY coupon_id, id
        """,
        mall_id,
        reference,
        source.value,
    )
    for row in rows:
        found.setdefault(row.coupon_id, []).append(row.id)
    return found


async def extend_claims(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, now: datetime, limit: int) -> int:
    """Let unspent claims last as long as their coupon now does, at most `limit`; those just expired come back.

    Not those whose money went back to the budget, nor those that last so many days from when they were got.
    """
    return await tx.run(
        """
        UPDATE coupons.claim AS c
           SET use_until = due.use_until, state = CASE WHEN c.state = 'expired' THEN 'issued' ELSE c.state END
          FROM (SELECT own.id, k.use_until
                  FROM coupons.coupon AS k
                  JOIN coupons.claim AS own ON own.mall_id = k.mall_id AND own.coupon_id = k.id
                 WHERE k.mall_id = $1 AND k.id = $2 AND k.valid_days IS NULL
                   AND own.use_until < k.use_until AND k.use_until > $3
                   AND (own.state IN ('issued', 'held', 'returned', 'locked')
                        OR (own.state = 'expired' AND own.worth_minor = 0))
                 LIMIT $4 FOR NO KEY UPDATE OF own) AS due
         WHERE c.mall_id = $1 AND c.id = due.id
        """,
        mall_id,
        coupon_id,
        now,
        limit,
    )


class Expiring(msgspec.Struct, frozen=True, kw_only=True):
    """A claim whose member is to be reminded."""

    mall_id: MallId
    id: ClaimId
    member_id: MemberId
    title_zh: str
    title_en: str
    use_until: datetime


async def mark_reminded(tx: Tx, *, now: datetime, limit: int) -> list[Expiring]:
    """Mark claims that end soon as reminded of, at most `limit`, and return them; skips what another worker is at."""
    return await tx.all(
        Expiring,
        """
        WITH due AS (
          SELECT c.mall_id, c.id, k.title_zh, k.title_en
            FROM coupons.claim AS c
            JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
           WHERE c.state IN ('issued', 'returned') AND c.use_until > $1 AND c.use_until <= $1 + interval '30 days'
             AND c.reminded_at IS NULL AND k.remind_hours IS NOT NULL
             AND c.use_until <= $1 + make_interval(hours => k.remind_hours)
           ORDER BY c.use_until LIMIT $2 FOR NO KEY UPDATE OF c SKIP LOCKED
        )
        UPDATE coupons.claim AS c SET reminded_at = $1 FROM due
         WHERE c.mall_id = due.mall_id AND c.id = due.id
        RETURNING c.mall_id, c.id, c.member_id, due.title_zh, due.title_en, c.use_until
        """,
        now,
        limit,
    )


async def any_to_remind(tx: ReadTx, *, now: datetime) -> bool:
    """Return whether members are to be told of claims that end soon."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
              SELECT FROM coupons.claim AS c
                JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
               WHERE c.state IN ('issued', 'returned') AND c.use_until > $1 AND c.use_until <= $1 + interval '30 days'
                 AND c.reminded_at IS NULL AND k.remind_hours IS NOT NULL
                 AND c.use_until <= $1 + make_interval(hours => k.remind_hours))
            """,
            now,
        )
    )

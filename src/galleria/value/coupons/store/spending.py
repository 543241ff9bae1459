"""SQL of claims being held, locked, spent and given back. Each step is a conditional UPDATE: of two, one finds it free.

A claim that ends with a budget's money in it is left to the sweep, which locks the coupon first and gives it back.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId, OrderId, ShopId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.claim import LOCKS_MAX, ClaimState
from galleria.value.coupons.rules.offer import ClaimHead, ClaimRow
from galleria.value.coupons.rules.spending import ClaimStanding

_ROW = "c.id, c.coupon_id, c.member_id, c.version, c.use_until, v.terms::text AS terms"
_SAID = "v.mall_id = c.mall_id AND v.coupon_id = c.coupon_id AND v.version = c.version"
_FREED = """
  CASE WHEN c.use_until <= {now} AND c.worth_minor = 0 THEN 'expired'
       WHEN c.returned_at IS NULL THEN 'issued' ELSE 'returned' END
"""


def _free(now: str) -> str:
    """Return the condition that a claim may be spent at a moment; a lock past its time is none."""
    return f"""
      (c.state IN ('issued', 'returned') OR (c.state = 'locked' AND c.locked_until <= {now}))
      AND c.use_from <= {now} AND c.use_until > {now}
    """


async def usable(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, now: datetime) -> list[ClaimHead]:
    """Return the member's claims that may be spent now, soonest expiring first."""
    return await tx.all(
        ClaimHead,
        f"""
        SELECT c.id, c.coupon_id, c.member_id, c.version, c.use_until FROM coupons.claim AS c
         WHERE c.mall_id = $1 AND c.member_id = $2 AND {_free("$3")}
         ORDER BY c.use_until, c.id LIMIT 200
        """,
        mall_id,
        member_id,
        now,
    )


class Words(msgspec.Struct, frozen=True):
    """What a version says, as JSON."""

    coupon_id: CouponId
    version: int
    terms: str


async def words(tx: ReadTx, *, mall_id: MallId, pairs: Collection[tuple[CouponId, int]]) -> list[Words]:
    """Return what these versions say."""
    return await tx.all(
        Words,
        """
        SELECT v.coupon_id, v.version, v.terms::text AS terms
          FROM unnest($2::uuid[], $3::integer[]) AS w (coupon_id, version)
          JOIN coupons.version AS v ON v.mall_id = $1 AND v.coupon_id = w.coupon_id AND v.version = w.version
        """,
        mall_id,
        [coupon_id for coupon_id, _ in pairs],
        [version for _, version in pairs],
    )


async def hold(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_ids: Sequence[ClaimId], order_id: OrderId, now: datetime
) -> list[ClaimRow]:
    """Set those of a member's claims that are free aside for an order; locks them by id."""
    return await tx.all(
        ClaimRow,
        f"""
        WITH free AS (
          SELECT c.id FROM coupons.claim AS c
           WHERE c.mall_id = $1 AND c.id = ANY($2) AND c.member_id = $3 AND {_free("$5")}
           ORDER BY c.id FOR NO KEY UPDATE
        )
        UPDATE coupons.claim AS c SET state = 'held', order_id = $4, lock_id = NULL, locked_until = NULL
          FROM free, coupons.version AS v
         WHERE c.mall_id = $1 AND c.id = free.id AND {_SAID}
        RETURNING {_ROW}
        """,
        mall_id,
        list(claim_ids),
        member_id,
        order_id,
        now,
    )


async def spend(
    tx: Tx, *, mall_id: MallId, claim_id: ClaimId, shop_id: ShopId | None, now: datetime
) -> ClaimRow | None:
    """Mark a free claim used, in a shop."""
    return await tx.one(
        ClaimRow,
        f"""
        UPDATE coupons.claim AS c SET state = 'used', used_at = $4, shop_id = $3, lock_id = NULL, locked_until = NULL
          FROM coupons.version AS v
         WHERE c.mall_id = $1 AND c.id = $2 AND {_free("$4")} AND {_SAID}
        RETURNING {_ROW}
        """,
        mall_id,
        claim_id,
        shop_id,
        now,
    )


async def spend_many(tx: Tx, *, mall_id: MallId, claims: Mapping[ClaimId, ShopId], now: datetime) -> list[ClaimRow]:
    """Mark those of the claims that are free used, each in its shop; locks them by id."""
    return await tx.all(
        ClaimRow,
        f"""
        WITH free AS (
          SELECT c.id FROM coupons.claim AS c
           WHERE c.mall_id = $1 AND c.id = ANY($2) AND {_free("$4")}
           ORDER BY c.id FOR NO KEY UPDATE
        )
        UPDATE coupons.claim AS c
           SET state = 'used', used_at = $4, shop_id = w.shop_id, lock_id = NULL, locked_until = NULL
          FROM free, unnest($2::uuid[], $3::uuid[]) AS w (id, shop_id), coupons.version AS v
         WHERE c.mall_id = $1 AND c.id = free.id AND w.id = c.id AND {_SAID}
        RETURNING {_ROW}
        """,
        mall_id,
        list(claims),
        list(claims.values()),
        now,
    )


async def lock(
    tx: Tx, *, mall_id: MallId, claim_id: ClaimId, lock_id: UUID, until: datetime, now: datetime
) -> ClaimRow | None:
    """Set a free claim aside for a till until a moment, if it was not locked too often."""
    return await tx.one(
        ClaimRow,
        f"""
        UPDATE coupons.claim AS c SET state = 'locked', lock_id = $3, locked_until = $4, locks = c.locks + 1
          FROM coupons.version AS v
         WHERE c.mall_id = $1 AND c.id = $2 AND c.locks < {LOCKS_MAX} AND {_free("$5")} AND {_SAID}
        RETURNING {_ROW}
        """,
        mall_id,
        claim_id,
        lock_id,
        until,
        now,
    )


async def spend_locked(tx: Tx, *, mall_id: MallId, lock_id: UUID, shop_id: ShopId, now: datetime) -> ClaimRow | None:
    """Mark a locked claim used within the time of its lock, even when the claim's own time ended meanwhile."""
    return await tx.one(
        ClaimRow,
        f"""
        UPDATE coupons.claim AS c SET state = 'used', used_at = $4, shop_id = $3
          FROM coupons.version AS v
         WHERE c.mall_id = $1 AND c.lock_id = $2 AND c.state = 'locked' AND c.locked_until > $4 AND {_SAID}
        RETURNING {_ROW}
        """,
        mall_id,
        lock_id,
        shop_id,
        now,
    )


async def unlock(tx: Tx, *, mall_id: MallId, lock_id: UUID, now: datetime) -> ClaimId | None:
    """Let go of a lock."""
    found: ClaimId | None = await tx.value(
        f"""
        UPDATE coupons.claim AS c SET state = {_FREED.format(now="$3")}, lock_id = NULL, locked_until = NULL
         WHERE c.mall_id = $1 AND c.lock_id = $2 AND c.state = 'locked'
        RETURNING c.id
        """,
        mall_id,
        lock_id,
        now,
    )
    return found


async def sweep_locks(tx: Tx, *, now: datetime, limit: int) -> int:
    """Let go of locks whose time is over, at most `limit`; skips what another worker is at."""
    return await tx.run(
        f"""
        UPDATE coupons.claim AS c SET state = {_FREED.format(now="$1")}, lock_id = NULL, locked_until = NULL
          FROM (SELECT mall_id, id FROM coupons.claim WHERE state = 'locked' AND locked_until <= $1
                 ORDER BY locked_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) AS due
         WHERE c.mall_id = due.mall_id AND c.id = due.id
        """,
        now,
        limit,
    )


async def count_shop(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, shop_id: ShopId, limit: int) -> bool:
    """Count one coupon spent at a shop's till; False when that would pass the limit."""
    used = await tx.value(
        """
        INSERT INTO coupons.shop_use AS u (mall_id, coupon_id, shop_id, used) VALUES ($1, $2, $3, 1)
        ON CONFLICT (mall_id, coupon_id, shop_id) DO UPDATE SET used = u.used + 1 WHERE u.used < $4
        RETURNING used
        """,
        mall_id,
        coupon_id,
        shop_id,
        limit,
    )
    return used is not None


async def uncount_shop(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, shop_id: ShopId) -> None:
    """Take one back that was spent at a shop's till by mistake."""
    await tx.run(
        """
        UPDATE coupons.shop_use SET used = used - 1
         WHERE mall_id = $1 AND coupon_id = $2 AND shop_id = $3 AND used > 0
        """,
        mall_id,
        coupon_id,
        shop_id,
    )


async def standing(
    tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, member_id: MemberId | None
) -> ClaimStanding | None:
    """Return how a claim stands; a `member_id` must be its owner's."""
    return await tx.one(
        ClaimStanding,
        """
        SELECT state, use_from, use_until, used_at, locked_until, locks
          FROM coupons.claim WHERE mall_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3)
        """,
        mall_id,
        claim_id,
        member_id,
    )


async def standing_of_lock(tx: ReadTx, *, mall_id: MallId, lock_id: UUID) -> ClaimStanding | None:
    """Return how the claim under a lock stands."""
    return await tx.one(
        ClaimStanding,
        """
        SELECT state, use_from, use_until, used_at, locked_until, locks
          FROM coupons.claim WHERE mall_id = $1 AND lock_id = $2
        """,
        mall_id,
        lock_id,
    )


async def find_claim(tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, member_id: MemberId | None) -> ClaimRow | None:
    """Return a claim as an offer, whatever its state; a `member_id` must be its owner's."""
    return await tx.one(
        ClaimRow,
        f"""
        SELECT {_ROW} FROM coupons.claim AS c JOIN coupons.version AS v ON {_SAID}
         WHERE c.mall_id = $1 AND c.id = $2 AND ($3::uuid IS NULL OR c.member_id = $3)
        """,
        mall_id,
        claim_id,
        member_id,
    )


async def spend_held(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> list[ClaimId]:
    """Mark the claims an order holds used."""
    return await tx.values(
        """
        UPDATE coupons.claim SET state = 'used', used_at = $3
         WHERE mall_id = $1 AND order_id = $2 AND state = 'held'
        RETURNING id
        """,
        mall_id,
        order_id,
        now,
    )


async def release_held(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> list[ClaimId]:
    """Give the claims an order holds back to their member, expired when their last day has passed meanwhile."""
    return await tx.values(
        f"""
        UPDATE coupons.claim AS c SET state = {_FREED.format(now="$3")}, order_id = NULL
         WHERE c.mall_id = $1 AND c.order_id = $2 AND c.state = 'held'
        RETURNING c.id
        """,
        mall_id,
        order_id,
        now,
    )


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """A used claim, locked, with what its version says."""

    id: ClaimId
    coupon_id: CouponId
    use_until: datetime
    worth_minor: int
    shop_id: ShopId | None
    returned_at: datetime | None
    terms: str


async def lock_spent(tx: Tx, *, mall_id: MallId, claim_id: ClaimId) -> Spent | None:
    """Return a used claim with its row locked."""
    return await tx.one(
        Spent,
        f"""
        SELECT c.id, c.coupon_id, c.use_until, c.worth_minor, c.shop_id, c.returned_at, v.terms::text AS terms
          FROM coupons.claim AS c JOIN coupons.version AS v ON {_SAID}
         WHERE c.mall_id = $1 AND c.id = $2 AND c.state = 'used' FOR NO KEY UPDATE OF c
        """,
        mall_id,
        claim_id,
    )


async def unspend(
    tx: Tx,
    *,
    mall_id: MallId,
    claim_id: ClaimId,
    state: ClaimState,
    use_until: datetime,
    returned_at: datetime | None,
) -> None:
    """Give a locked, used claim back."""
    await tx.run(
        """
        UPDATE coupons.claim
           SET state = $3, use_until = $4, returned_at = $5, order_id = NULL, used_at = NULL, shop_id = NULL,
               lock_id = NULL, locked_until = NULL
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        claim_id,
        state.value,
        use_until,
        returned_at,
    )

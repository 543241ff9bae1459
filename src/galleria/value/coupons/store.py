"""Every SQL statement of coupons.

Locks: claiming locks the coupon's row first, then inserts claims; nobody locks a claim and then a coupon.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId, OrderId, ShopId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model import ClaimedOffer, ClaimState, Coupon, CouponInput, CouponState, MyClaim
from galleria.value.coupons.rules import ClaimStanding, Held

_WRITTEN = """
    title_zh, title_en, kind, amount_minor, percent_bp, cap_minor, threshold_minor, claim_from, claim_until, use_from,
    use_until, total, per_member, points_price, funder, funder_merchant_id, shop_ids, category_ids
"""
_COUPON = f"mall_id, id, {_WRITTEN}, claimed, state, created_at"
_OFFER = """
    c.id, c.id AS claim_id, c.coupon_id, c.member_id, k.kind, k.amount_minor, k.percent_bp, k.cap_minor,
    k.threshold_minor, k.shop_ids, k.category_ids, k.funder, k.funder_merchant_id, k.title_zh, k.title_en,
    c.use_until AS expires_at
"""


async def add(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, coupon: CouponInput, now: datetime) -> Coupon:
    """Insert a coupon as a draft."""
    row = await tx.one(
        Coupon,
        f"""
        INSERT INTO coupons.coupon (mall_id, id, created_at, {_WRITTEN})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        RETURNING {_COUPON}
        """,
        mall_id,
        coupon_id,
        now,
        *_values(coupon),
    )
    return _found(row)


async def replace(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, coupon: CouponInput) -> Coupon:
    """Write a locked coupon anew."""
    row = await tx.one(
        Coupon,
        f"""
        UPDATE coupons.coupon
           SET ({_WRITTEN})
             = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         WHERE mall_id = $1 AND id = $2
        RETURNING {_COUPON}
        """,
        mall_id,
        coupon_id,
        *_values(coupon),
    )
    return _found(row)


def _values(coupon: CouponInput) -> tuple[object, ...]:
    """Return the written columns, in the order of `_WRITTEN`, which is that of the Struct's fields."""
    return msgspec.structs.astuple(coupon)


def _found(row: Coupon | None) -> Coupon:
    if row is None:
        raise AssertionError("the coupon's row was written under its lock, yet is gone")
    return row


async def find(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> Coupon | None:
    """Return a coupon."""
    return await tx.one(
        Coupon, f"SELECT {_COUPON} FROM coupons.coupon WHERE mall_id = $1 AND id = $2", mall_id, coupon_id
    )


async def lock(tx: Tx, *, mall_id: MallId, coupon_id: CouponId) -> Coupon | None:
    """Return a coupon with its row locked to the end of the transaction."""
    return await tx.one(
        Coupon,
        f"SELECT {_COUPON} FROM coupons.coupon WHERE mall_id = $1 AND id = $2 FOR NO KEY UPDATE",
        mall_id,
        coupon_id,
    )


async def set_state(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, state: CouponState) -> Coupon:
    """Move a locked coupon to a state."""
    row = await tx.one(
        Coupon,
        f"UPDATE coupons.coupon SET state = $3 WHERE mall_id = $1 AND id = $2 RETURNING {_COUPON}",
        mall_id,
        coupon_id,
        state.value,
    )
    return _found(row)


async def held_by(
    tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, member_ids: Sequence[MemberId]
) -> dict[MemberId, Held]:
    """Return what members have of a coupon; exact only under the coupon's lock."""
    rows = await tx.all(
        Held,
        """
        SELECT member_id, count(*) AS count, max(claimed_at) AS last_at
          FROM coupons.claim
         WHERE mall_id = $1 AND coupon_id = $2 AND member_id = ANY($3)
         GROUP BY member_id
        """,
        mall_id,
        coupon_id,
        member_ids,
    )
    return {row.member_id: row for row in rows}


async def take(
    tx: Tx,
    *,
    coupon: Coupon,
    claim_ids: Sequence[ClaimId],
    member_ids: Sequence[MemberId],
    seqs: Sequence[int],
    claimed_at: Sequence[datetime],
) -> bool:
    """Count up a coupon and insert the claims, all or none: False when the total would be passed."""
    taken = await tx.value(
        """
        WITH counted AS (
          UPDATE coupons.coupon SET claimed = claimed + cardinality($3::uuid[])
           WHERE mall_id = $1 AND id = $2 AND claimed + cardinality($3::uuid[]) <= total
          RETURNING use_until
        )
        INSERT INTO coupons.claim (mall_id, coupon_id, id, member_id, seq, claimed_at, state, use_until)
        SELECT $1, $2, w.id, w.member_id, w.seq, w.claimed_at, 'issued', counted.use_until
          FROM counted, unnest($3::uuid[], $4::uuid[], $5::integer[], $6::timestamptz[])
                        AS w (id, member_id, seq, claimed_at)
        RETURNING true
        """,
        coupon.mall_id,
        coupon.id,
        claim_ids,
        member_ids,
        seqs,
        claimed_at,
    )
    return bool(taken)


class Offered(Coupon, frozen=True, kw_only=True):
    """A coupon with what one member has of it."""

    mine: int
    my_last: datetime | None


_OFFERED = f"""
SELECT {_COUPON}, coalesce(mine, 0) AS mine, my_last
  FROM coupons.coupon AS k
  LEFT JOIN LATERAL (
    SELECT count(*) AS mine, max(claimed_at) AS my_last FROM coupons.claim AS c
     WHERE c.mall_id = k.mall_id AND c.coupon_id = k.id AND c.member_id = $2
  ) AS own ON $2 IS NOT NULL
"""


async def list_offered(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: UUID | None,
    shop_id: ShopId | None,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Offered]:
    """Return live coupons whose claim period is not over, soonest ending first."""
    ends_at, last_id = after or (now, None)
    return await tx.all(
        Offered,
        f"""
        {_OFFERED}
         WHERE mall_id = $1 AND state = 'live' AND claim_until > $3
           AND ($4::uuid IS NULL OR shop_ids = '{{}}' OR $4 = ANY(shop_ids))
           AND ($5::uuid IS NULL OR (claim_until, id) > ($6, $5))
         ORDER BY claim_until, id LIMIT $7
        """,
        mall_id,
        member_id,
        now,
        shop_id,
        last_id,
        ends_at,
        limit,
    )


async def find_offered(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, member_id: UUID | None) -> Offered | None:
    """Return one published coupon with what a member has of it."""
    return await tx.one(
        Offered,
        f"{_OFFERED} WHERE mall_id = $1 AND id = $3 AND state <> 'draft'",
        mall_id,
        member_id,
        coupon_id,
    )


async def list_managed(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    state: CouponState | None,
    before: UUID | None,
    limit: int,
) -> list[Coupon]:
    """Return the coupons within reach with how many were used, newest first."""
    return await tx.all(
        Coupon,
        f"""
        SELECT {_COUPON}, (SELECT count(*) FROM coupons.claim AS c
                            WHERE c.mall_id = k.mall_id AND c.coupon_id = k.id AND c.state = 'used') AS used
          FROM coupons.coupon AS k
         WHERE mall_id = $1
           AND ($2 OR funder_merchant_id = ANY($3)
                OR (funder = 'merchant' AND cardinality(shop_ids) > 0 AND shop_ids <@ $4::uuid[]))
           AND ($5::text IS NULL OR state = $5)
           AND ($6::uuid IS NULL OR id < $6)
         ORDER BY id DESC LIMIT $7
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        None if state is None else state.value,
        before,
        limit,
    )


async def list_claims(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    state: ClaimState | None,
    now: datetime,
    before: UUID | None,
    limit: int,
) -> list[MyClaim]:
    """Return a member's claims, newest first; one past its last day counts as expired before the sweep says so."""
    return await tx.all(
        MyClaim,
        """
        SELECT c.id, c.coupon_id, now_state AS state, c.claimed_at, k.use_from, c.use_until, c.used_at, c.order_id,
               now_state = 'issued' AND k.use_from <= $4 AS usable_now,
               k.title_zh, k.title_en, k.kind, k.amount_minor, k.percent_bp, k.cap_minor, k.threshold_minor,
               k.funder, k.funder_merchant_id, k.shop_ids, k.category_ids
          FROM coupons.claim AS c
          JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
         CROSS JOIN LATERAL (
           SELECT CASE WHEN c.state = 'issued' AND c.use_until <= $4 THEN 'expired' ELSE c.state END AS now_state
         ) AS seen
         WHERE c.mall_id = $1 AND c.member_id = $2
           AND ($3::text IS NULL OR now_state = $3)
           AND ($5::uuid IS NULL OR c.id < $5)
         ORDER BY c.id DESC LIMIT $6
        """,
        mall_id,
        member_id,
        None if state is None else state.value,
        now,
        before,
        limit,
    )


async def usable(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, now: datetime) -> list[ClaimedOffer]:
    """Return the member's claims that may be spent now, soonest expiring first."""
    return await tx.all(
        ClaimedOffer,
        f"""
        SELECT {_OFFER}
          FROM coupons.claim AS c
          JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
         WHERE c.mall_id = $1 AND c.member_id = $2 AND c.state = 'issued' AND c.use_until > $3 AND k.use_from <= $3
         ORDER BY c.use_until, c.id LIMIT 200
        """,
        mall_id,
        member_id,
        now,
    )


async def hold(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, order_id: OrderId, now: datetime
) -> ClaimedOffer | None:
    """Set an issued claim aside for an order: of two orders at once, one finds it issued and the other does not."""
    return await tx.one(
        ClaimedOffer,
        f"""
        UPDATE coupons.claim AS c SET state = 'held', order_id = $4
          FROM coupons.coupon AS k
         WHERE c.mall_id = $1 AND c.id = $2 AND c.member_id = $3 AND c.state = 'issued' AND c.use_until > $5
           AND k.mall_id = $1 AND k.id = c.coupon_id AND k.use_from <= $5
        RETURNING {_OFFER}
        """,
        mall_id,
        claim_id,
        member_id,
        order_id,
        now,
    )


async def spend(tx: Tx, *, mall_id: MallId, claim_id: ClaimId, now: datetime) -> ClaimedOffer | None:
    """Mark an issued claim used."""
    return await tx.one(
        ClaimedOffer,
        f"""
        UPDATE coupons.claim AS c SET state = 'used', used_at = $3
          FROM coupons.coupon AS k
         WHERE c.mall_id = $1 AND c.id = $2 AND c.state = 'issued' AND c.use_until > $3
           AND k.mall_id = $1 AND k.id = c.coupon_id AND k.use_from <= $3
        RETURNING {_OFFER}
        """,
        mall_id,
        claim_id,
        now,
    )


async def standing(
    tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, member_id: MemberId | None
) -> ClaimStanding | None:
    """Return how a claim stands; a `member_id` must be its owner's."""
    return await tx.one(
        ClaimStanding,
        """
        SELECT c.state, k.use_from, c.use_until, c.used_at
          FROM coupons.claim AS c
          JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
         WHERE c.mall_id = $1 AND c.id = $2 AND ($3::uuid IS NULL OR c.member_id = $3)
        """,
        mall_id,
        claim_id,
        member_id,
    )


async def find_claim(
    tx: ReadTx, *, mall_id: MallId, claim_id: ClaimId, member_id: MemberId | None
) -> ClaimedOffer | None:
    """Return a claim as an offer, whatever its state; a `member_id` must be its owner's."""
    return await tx.one(
        ClaimedOffer,
        f"""
        SELECT {_OFFER}
          FROM coupons.claim AS c
          JOIN coupons.coupon AS k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
         WHERE c.mall_id = $1 AND c.id = $2 AND ($3::uuid IS NULL OR c.member_id = $3)
        """,
        mall_id,
        claim_id,
        member_id,
    )


async def spend_held(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> ClaimId | None:
    """Mark the claim an order holds used."""
    found: ClaimId | None = await tx.value(
        """
        UPDATE coupons.claim SET state = 'used', used_at = $3
         WHERE mall_id = $1 AND order_id = $2 AND state = 'held'
        RETURNING id
        """,
        mall_id,
        order_id,
        now,
    )
    return found


async def release_held(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> ClaimId | None:
    """Give the claim an order holds back to its member, expired when its last day has passed meanwhile."""
    found: ClaimId | None = await tx.value(
        """
        UPDATE coupons.claim
           SET state = CASE WHEN use_until > $3 THEN 'issued' ELSE 'expired' END, order_id = NULL
         WHERE mall_id = $1 AND order_id = $2 AND state = 'held'
        RETURNING id
        """,
        mall_id,
        order_id,
        now,
    )
    return found


async def unspend(tx: Tx, *, mall_id: MallId, claim_id: ClaimId, now: datetime) -> ClaimState | None:
    """Give a used claim back to its member, expired when its last day has passed meanwhile."""
    found = await tx.value(
        """
        UPDATE coupons.claim
           SET state = CASE WHEN use_until > $3 THEN 'issued' ELSE 'expired' END, order_id = NULL, used_at = NULL
         WHERE mall_id = $1 AND id = $2 AND state = 'used'
        RETURNING state
        """,
        mall_id,
        claim_id,
        now,
    )
    return None if found is None else ClaimState(found)


async def any_expired(tx: ReadTx, *, now: datetime) -> bool:
    """Return whether a sweep has something to do."""
    return bool(
        await tx.value("SELECT EXISTS (SELECT FROM coupons.claim WHERE state = 'issued' AND use_until <= $1)", now)
    )


async def expire(tx: Tx, *, now: datetime, limit: int) -> int:
    """Mark issued claims past their last day expired, at most `limit`; skips what another worker is at."""
    return await tx.run(
        """
        UPDATE coupons.claim AS c SET state = 'expired'
          FROM (SELECT mall_id, id FROM coupons.claim WHERE state = 'issued' AND use_until <= $1
                 ORDER BY use_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) AS due
         WHERE c.mall_id = due.mall_id AND c.id = due.id
        """,
        now,
        limit,
    )


async def extend_claims(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, now: datetime, limit: int) -> int:
    """Let unspent claims last as long as their coupon now does, at most `limit`; those just expired come back."""
    return await tx.run(
        """
        UPDATE coupons.claim AS c
           SET use_until = due.use_until, state = CASE WHEN c.state = 'held' THEN 'held' ELSE 'issued' END
          FROM (SELECT own.id, k.use_until
                  FROM coupons.coupon AS k
                  JOIN coupons.claim AS own ON own.mall_id = k.mall_id AND own.coupon_id = k.id
                 WHERE k.mall_id = $1 AND k.id = $2 AND own.state IN ('issued', 'held', 'expired')
                   AND own.use_until < k.use_until AND k.use_until > $3
                 LIMIT $4 FOR NO KEY UPDATE OF own) AS due
         WHERE c.mall_id = $1 AND c.id = due.id
        """,
        mall_id,
        coupon_id,
        now,
        limit,
    )

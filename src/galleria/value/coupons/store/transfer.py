"""SQL of transfers: a link is followed once, by a conditional UPDATE of its row, under the coupon's lock."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.transfer import CouponTransferState


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer with the claim that is offered."""

    id: UUID
    claim_id: ClaimId
    coupon_id: CouponId
    owner_id: MemberId
    state: CouponTransferState
    expires_at: datetime
    use_until: datetime
    free: bool
    terms: str


async def find(tx: ReadTx, *, mall_id: MallId, token_hash: bytes, now: datetime) -> Offered | None:
    """Return the transfer of a link; `free` tells whether its claim can still be given on."""
    return await tx.one(
        Offered,
        """
        SELECT t.id, t.claim_id, c.coupon_id, c.member_id AS owner_id, t.expires_at, c.use_until,
               CASE WHEN t.state = 'open' AND t.expires_at <= $3 THEN 'expired' ELSE t.state END AS state,
               (c.state IN ('issued', 'returned') OR (c.state = 'locked' AND c.locked_until <= $3))
               AND c.use_until > $3 AS free,
               v.terms::text AS terms
          FROM coupons.transfer AS t
          JOIN coupons.claim AS c ON c.mall_id = t.mall_id AND c.id = t.claim_id
          JOIN coupons.version AS v ON v.mall_id = c.mall_id AND v.coupon_id = c.coupon_id AND v.version = c.version
         WHERE t.mall_id = $1 AND t.token_hash = $2
        """,
        mall_id,
        token_hash,
        now,
    )


async def close_open(
    tx: Tx, *, mall_id: MallId, claim_id: ClaimId, member_id: MemberId, now: datetime
) -> datetime | None:
    """Take back the open offer of a member's claim; returns until when it would have stood."""
    found: datetime | None = await tx.value(
        """
        UPDATE coupons.transfer AS t SET state = 'cancelled', ended_at = $4
          FROM coupons.claim AS c
         WHERE t.mall_id = $1 AND t.claim_id = $2 AND t.state = 'open'
           AND c.mall_id = $1 AND c.id = $2 AND c.member_id = $3
        RETURNING t.expires_at
        """,
        mall_id,
        claim_id,
        member_id,
        now,
    )
    return found


async def open_offer(
    tx: Tx,
    *,
    mall_id: MallId,
    transfer_id: UUID,
    claim_id: ClaimId,
    member_id: MemberId,
    token_hash: bytes,
    expires_at: datetime,
    now: datetime,
) -> datetime | None:
    """Offer a member's free claim, until it ends at the latest; None when it is not free or offered at this moment."""
    found: datetime | None = await tx.value(
        """
        INSERT INTO coupons.transfer (mall_id, id, claim_id, token_hash, state, created_at, expires_at)
        SELECT mall_id, $2, id, $5, 'open', $7, least($6, use_until) FROM coupons.claim
         WHERE mall_id = $1 AND id = $3 AND member_id = $4 AND use_until > $7
           AND (state IN ('issued', 'returned') OR (state = 'locked' AND locked_until <= $7))
        ON CONFLICT (mall_id, claim_id) WHERE state = 'open' DO NOTHING
        RETURNING expires_at
        """,
        mall_id,
        transfer_id,
        claim_id,
        member_id,
        token_hash,
        expires_at,
        now,
    )
    return found


async def accept(tx: Tx, *, mall_id: MallId, transfer_id: UUID, to_claim_id: ClaimId, now: datetime) -> bool:
    """Mark an open offer accepted; of two at once, one finds it open."""
    return bool(
        await tx.run(
            """
            UPDATE coupons.transfer SET state = 'accepted', to_claim_id = $3, ended_at = $4
             WHERE mall_id = $1 AND id = $2 AND state = 'open' AND expires_at > $4
            """,
            mall_id,
            transfer_id,
            to_claim_id,
            now,
        )
    )


async def give_away(tx: Tx, *, mall_id: MallId, claim_id: ClaimId, now: datetime) -> bool:
    """Mark a free claim as given to a friend."""
    return bool(
        await tx.run(
            """
            UPDATE coupons.claim SET state = 'transferred', lock_id = NULL, locked_until = NULL
             WHERE mall_id = $1 AND id = $2 AND use_until > $3
               AND (state IN ('issued', 'returned') OR (state = 'locked' AND locked_until <= $3))
            """,
            mall_id,
            claim_id,
            now,
        )
    )


async def expire(tx: Tx, *, now: datetime, limit: int) -> int:
    """Mark offers past their time; their claims stay with their owners."""
    return await tx.run(
        """
        UPDATE coupons.transfer AS t SET state = 'expired', ended_at = $1
          FROM (SELECT mall_id, id FROM coupons.transfer WHERE state = 'open' AND expires_at <= $1
                 ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) AS due
         WHERE t.mall_id = due.mall_id AND t.id = due.id
        """,
        now,
        limit,
    )

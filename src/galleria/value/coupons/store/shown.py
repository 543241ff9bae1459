"""SQL of claims as lists show them. What the sweep has not reached yet is shown as it stands in truth."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId, OrderId
from galleria.platform.tx import ReadTx
from galleria.value.coupons.model.claim import ClaimState, IssuedClaim
from galleria.value.coupons.model.template import ClaimSource
from galleria.value.coupons.store.ending import ISSUED

_SEEN = """
  CASE WHEN c.state IN ('issued', 'returned') AND c.use_until <= {now} THEN 'expired'
       WHEN c.state = 'locked' AND c.locked_until <= {now}
       THEN CASE WHEN c.use_until <= {now} THEN 'expired' WHEN c.returned_at IS NULL THEN 'issued' ELSE 'returned' END
       ELSE c.state END
"""


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A member's claim with what its version says."""

    id: ClaimId
    coupon_id: CouponId
    version: int
    state: ClaimState
    source: ClaimSource
    claimed_at: datetime
    use_from: datetime
    use_until: datetime
    used_at: datetime | None
    locked_until: datetime | None
    order_id: OrderId | None
    transfer_until: datetime | None
    terms: str


async def list_claims(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    state: ClaimState | None,
    now: datetime,
    before: UUID | None,
    limit: int,
) -> list[Mine]:
    """Return a member's claims, newest first."""
    return await tx.all(
        Mine,
        f"""
        SELECT c.id, c.coupon_id, c.version, seen.state, c.source, c.claimed_at, c.use_from, c.use_until, c.used_at,
               CASE WHEN seen.state = 'locked' THEN c.locked_until END AS locked_until, c.order_id,
               (SELECT t.expires_at FROM coupons.transfer AS t
                 WHERE t.mall_id = c.mall_id AND t.claim_id = c.id AND t.state = 'open' AND t.expires_at > $4
                   AND seen.state IN ('issued', 'returned')) AS transfer_until,
               v.terms::text AS terms
          FROM coupons.claim AS c
          JOIN coupons.version AS v
            ON v.mall_id = c.mall_id AND v.coupon_id = c.coupon_id AND v.version = c.version
         CROSS JOIN LATERAL (SELECT {_SEEN.format(now="$4")} AS state) AS seen
         WHERE c.mall_id = $1 AND c.member_id = $2
           AND ($3::text IS NULL OR seen.state = $3)
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


async def list_issued(
    tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId, state: ClaimState | None, before: UUID | None, limit: int
) -> list[IssuedClaim]:
    """Return what was issued of a coupon, newest first."""
    return await tx.all(
        IssuedClaim,
        f"""
        SELECT {ISSUED} FROM coupons.claim
         WHERE mall_id = $1 AND coupon_id = $2 AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
         ORDER BY id DESC LIMIT $5
        """,
        mall_id,
        coupon_id,
        None if state is None else state.value,
        before,
        limit,
    )

"""SQL of figures over very many claims, for jobs that count along."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.kernel.ids import CouponId, MallId, MemberId, ShopId
from galleria.platform.tx import ReadTx
from galleria.value.coupons.model.template import Coupon
from galleria.value.coupons.store.template import COUPON


class MinuteClaims(msgspec.Struct, frozen=True):
    """Claims of one coupon within one minute."""

    coupon_id: CouponId
    minute: datetime
    claimed: int


class ShopUses(msgspec.Struct, frozen=True):
    """Claims spent at one shop's till; at no till (in orders) when the shop is None."""

    shop_id: ShopId | None
    used: int


async def by_minute(
    tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId], since: datetime
) -> list[MinuteClaims]:
    """Return the claims of some coupons by the minute since a moment; reads the claims since then only."""
    return await tx.all(
        MinuteClaims,
        """
        SELECT coupon_id, date_trunc('minute', claimed_at) AS minute, count(*) AS claimed
          FROM coupons.claim WHERE mall_id = $1 AND claimed_at >= $2 AND coupon_id = ANY($3)
         GROUP BY 1, 2
        """,
        mall_id,
        since,
        coupon_ids,
    )


async def uses_by_shop(tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId]) -> list[ShopUses]:
    """Return how many claims of some coupons are spent, by the shop whose till did; reads the spent ones only."""
    return await tx.all(
        ShopUses,
        """
        SELECT shop_id, count(*) AS used
          FROM coupons.claim WHERE mall_id = $1 AND coupon_id = ANY($2) AND state = 'used' GROUP BY shop_id
        """,
        mall_id,
        coupon_ids,
    )


async def find_many(tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId]) -> list[Coupon]:
    """Return those of the coupons that exist."""
    return await tx.all(
        Coupon, f"SELECT {COUPON} FROM coupons.coupon WHERE mall_id = $1 AND id = ANY($2)", mall_id, coupon_ids
    )


async def claimed_by(
    tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId], member_id: MemberId
) -> list[CouponId]:
    """Return which of the coupons a member has claimed."""
    found: list[CouponId] = await tx.values(
        """
        SELECT DISTINCT coupon_id FROM coupons.claim
         WHERE mall_id = $1 AND coupon_id = ANY($2) AND member_id = $3
        """,
        mall_id,
        coupon_ids,
        member_id,
    )
    return found

"""SQL of pools. They are written under their coupon's lock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.pool import Pool


async def list_pools(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> list[Pool]:
    """Return the pools of a coupon, soonest first."""
    return await tx.all(
        Pool,
        """
        SELECT id, starts_at, ends_at, district, tier, total, claimed, carried, roll_over FROM coupons.pool
         WHERE mall_id = $1 AND coupon_id = $2 ORDER BY starts_at NULLS FIRST, id
        """,
        mall_id,
        coupon_id,
    )


async def carry(
    tx: Tx, *, mall_id: MallId, coupon_id: CouponId, pool_ids: Sequence[UUID], amounts: Sequence[int]
) -> None:
    """Add amounts, which may be negative, to what pools carry."""
    await tx.run(
        """
        UPDATE coupons.pool AS p SET carried = p.carried + n.amount
          FROM (SELECT id, sum(amount)::integer AS amount
                  FROM unnest($3::uuid[], $4::integer[]) AS t (id, amount) GROUP BY id) AS n
         WHERE p.mall_id = $1 AND p.coupon_id = $2 AND p.id = n.id
        """,
        mall_id,
        coupon_id,
        pool_ids,
        amounts,
    )


async def replace(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, pools: Sequence[Pool]) -> None:
    """Replace the pools of a locked draft."""
    await tx.run("DELETE FROM coupons.pool WHERE mall_id = $1 AND coupon_id = $2", mall_id, coupon_id)
    await tx.run(
        """
        INSERT INTO coupons.pool (mall_id, coupon_id, id, starts_at, ends_at, district, tier, total, roll_over)
        SELECT $1, $2, p.* FROM unnest($3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
                                       $8::integer[], $9::boolean[]) AS p
        """,
        mall_id,
        coupon_id,
        [pool.id for pool in pools],
        [pool.starts_at for pool in pools],
        [pool.ends_at for pool in pools],
        [pool.district for pool in pools],
        [pool.tier for pool in pools],
        [pool.total for pool in pools],
        [pool.roll_over for pool in pools],
    )
    await tx.run(
        "UPDATE coupons.coupon SET pooled = $3 WHERE mall_id = $1 AND id = $2", mall_id, coupon_id, bool(pools)
    )


class Due(msgspec.Struct, frozen=True):
    """A coupon whose pools are to roll over."""

    mall_id: MallId
    coupon_id: CouponId


async def due(tx: ReadTx, *, now: datetime, limit: int) -> list[Due]:
    """Return coupons with windows that are over and have something to go on to the next."""
    return await tx.all(
        Due,
        """
        SELECT DISTINCT p.mall_id, p.coupon_id
          FROM coupons.pool AS p
          JOIN coupons.pool AS later
            ON later.mall_id = p.mall_id AND later.coupon_id = p.coupon_id AND later.starts_at >= p.ends_at
           AND later.district IS NOT DISTINCT FROM p.district AND later.tier IS NOT DISTINCT FROM p.tier
         WHERE p.roll_over AND p.ends_at <= $1 AND p.claimed < p.total + p.carried
         LIMIT $2
        """,
        now,
        limit,
    )

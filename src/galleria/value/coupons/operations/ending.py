"""Claims end by the clock, or last longer."""

from datetime import datetime

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.tx import Tx
from galleria.value.coupons.store import ending as store
from galleria.value.coupons.store import spending, transfer

BUDGETS_AT_ONCE = 20


async def expire_due(tx: Tx, *, now: datetime, limit: int) -> int:
    """Free locks past their time and mark claims past their last day expired, at most `limit` of each.

    What they had committed of a budget is free again. Returns how many were dealt with.
    """
    coupon_ids = await store.lock_budgets_due(tx, now=now, limit=BUDGETS_AT_ONCE)
    done = await store.expire_worth(tx, coupon_ids=coupon_ids, now=now, limit=limit) if coupon_ids else 0
    await transfer.expire(tx, now=now, limit=limit)
    done += await spending.sweep_locks(tx, now=now, limit=limit)
    return done + await store.expire(tx, now=now, limit=limit)


async def extend_claims(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, now: datetime, limit: int) -> int:
    """Let unspent claims last as long as their coupon now does, at most `limit`; returns how many."""
    return await store.extend_claims(tx, mall_id=mall_id, coupon_id=coupon_id, now=now, limit=limit)

"""Reads of many coupons at once, and figures over very many claims."""

from collections.abc import Sequence
from datetime import datetime

from galleria.kernel.ids import CouponId, MallId, MemberId
from galleria.platform.tx import ReadTx
from galleria.value.coupons.model.pool import Pool
from galleria.value.coupons.model.template import Coupon
from galleria.value.coupons.store import figures
from galleria.value.coupons.store import pool as pools
from galleria.value.coupons.store.figures import MinuteClaims, ShopUses


async def list_coupons(tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId]) -> list[Coupon]:
    """Return those of the coupons that exist, in the order asked for, drafts too; one statement, `used` not counted."""
    found = {coupon.id: coupon for coupon in await figures.find_many(tx, mall_id=mall_id, coupon_ids=coupon_ids)}
    return [found[coupon_id] for coupon_id in coupon_ids if coupon_id in found]


async def list_pools(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> list[Pool]:
    """Return the pools of a coupon, soonest first."""
    return await pools.list_pools(tx, mall_id=mall_id, coupon_id=coupon_id)


async def claimed_by(
    tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId], member_id: MemberId
) -> list[CouponId]:
    """Return which of the coupons a member has claimed."""
    return await figures.claimed_by(tx, mall_id=mall_id, coupon_ids=coupon_ids, member_id=member_id)


async def claims_by_minute(
    tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId], since: datetime
) -> list[MinuteClaims]:
    """Return the claims of some coupons by the minute, of the claims made since a moment."""
    return await figures.by_minute(tx, mall_id=mall_id, coupon_ids=coupon_ids, since=since)


async def uses_by_shop(tx: ReadTx, *, mall_id: MallId, coupon_ids: Sequence[CouponId]) -> list[ShopUses]:
    """Return how many claims of some coupons are spent, by shop; None is in orders."""
    return await figures.uses_by_shop(tx, mall_id=mall_id, coupon_ids=coupon_ids)

"""Pools: a coupon's total divided, and what is left of a window going on to the next."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.kernel.errors import FieldError, Invalid, NotFound
from galleria.kernel.ids import CouponId, MallId, new_id
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx
from galleria.value.coupons import queries
from galleria.value.coupons.model.managed import ManagedCoupon
from galleria.value.coupons.model.pool import Pool, PoolInput, Pools
from galleria.value.coupons.model.template import Coupon, CouponState
from galleria.value.coupons.operations.template import lock_managed
from galleria.value.coupons.rules import pool as rules
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.store import pool as store
from galleria.value.coupons.store import template


async def set_pools(tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, pools: Pools) -> ManagedCoupon:
    """Divide a draft's total. Raises NotFound, Forbidden, CouponMoved once it is published, Invalid."""
    coupon = await lock_managed(tx, actor, mall_id, coupon_id)
    if coupon.state is not CouponState.DRAFT:
        raise refusals.CouponMoved(state=coupon.state.value, wanted=coupon.state.value)
    errors = _errors(coupon, pools.pools)
    if errors:
        raise Invalid(errors=tuple(errors))
    await store.replace(tx, mall_id=mall_id, coupon_id=coupon_id, pools=[_pool(pool) for pool in pools.pools])
    return await queries.get_managed(tx, actor=actor, mall_id=mall_id, coupon_id=coupon_id)


def _errors(coupon: Coupon, pools: Sequence[PoolInput]) -> list[FieldError]:
    errors = [
        FieldError(f"pools[{i}].ends_at", "coupon_pool_period")
        for i, pool in enumerate(pools)
        if pool.starts_at is not None and pool.ends_at is not None and pool.ends_at <= pool.starts_at
    ]
    if sum(pool.total for pool in pools) > coupon.total:
        errors.append(FieldError("pools", "coupon_pools_beyond_total"))
    return errors


def _pool(pool: PoolInput) -> Pool:
    given = {name: getattr(pool, name) for name in PoolInput.__struct_fields__}
    return Pool(id=new_id(), claimed=0, carried=0, **given)


async def roll(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, pools: Sequence[Pool], now: datetime) -> list[Pool]:
    """Let what is left of windows that are over go on to the next, under the coupon's lock; return the pools then."""
    carries = rules.roll_over(pools, now)
    if not carries:
        return list(pools)
    amounts = [(c.from_id, -c.quantity) for c in carries] + [(c.to_id, c.quantity) for c in carries]
    await store.carry(
        tx,
        mall_id=mall_id,
        coupon_id=coupon_id,
        pool_ids=[pool_id for pool_id, _ in amounts],
        amounts=[amount for _, amount in amounts],
    )
    return [
        msgspec.structs.replace(pool, carried=pool.carried + sum(n for pool_id, n in amounts if pool_id == pool.id))
        for pool in pools
    ]


async def roll_one(tx: Tx, *, mall_id: MallId, coupon_id: CouponId, now: datetime) -> None:
    """Roll the pools of one coupon over, locking it."""
    if await template.lock(tx, mall_id=mall_id, coupon_id=coupon_id) is None:
        raise NotFound
    pools = await store.list_pools(tx, mall_id=mall_id, coupon_id=coupon_id)
    await roll(tx, mall_id=mall_id, coupon_id=coupon_id, pools=pools, now=now)

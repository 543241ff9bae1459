"""Which pool a coupon comes out of, and what is left of a window that is over."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from galleria.kernel.errors import DomainError
from galleria.value.coupons.model.claim import Facts
from galleria.value.coupons.model.pool import Pool
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.template import iso

ALWAYS = datetime.max.replace(tzinfo=UTC)


class Carry(msgspec.Struct, frozen=True):
    """So many go on from one pool to another."""

    from_id: UUID
    to_id: UUID
    quantity: int


def left(pool: Pool) -> int:
    """Return how many a pool still has."""
    return pool.total + pool.carried - pool.claimed


def roll_over(pools: Sequence[Pool], now: datetime) -> list[Carry]:
    """Return what goes on from windows that are over to the next of the same district and tier, soonest first."""
    have = {pool.id: left(pool) for pool in pools}
    carries = []
    for pool in sorted(pools, key=_ends):
        follower = _follower(pool, pools, now)
        if follower is None or have[pool.id] <= 0:
            continue
        carries.append(Carry(pool.id, follower.id, have[pool.id]))
        have[follower.id] += have[pool.id]
        have[pool.id] = 0
    return carries


def _follower(pool: Pool, pools: Sequence[Pool], now: datetime) -> Pool | None:
    """Return the first window after one that is over."""
    if not pool.roll_over or pool.ends_at is None or pool.ends_at > now:
        return None
    ended = pool.ends_at
    later = [
        other
        for other in pools
        if (other.district, other.tier) == (pool.district, pool.tier)
        and other.starts_at is not None
        and other.starts_at >= ended
    ]
    return min(later, key=lambda other: other.starts_at or ALWAYS, default=None)


def _ends(pool: Pool) -> datetime:
    return pool.ends_at or ALWAYS


class PoolBook:
    """The pools of a coupon while a batch is settled."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self.left = {pool.id: left(pool) for pool in pools}
        self.pools = sorted(pools, key=lambda pool: (pool.district is None, pool.tier is None, _ends(pool), pool.id))

    def choose(self, facts: Facts, now: datetime) -> Pool | DomainError:
        """Return the narrowest pool open to a member that has something left, or why there is none."""
        mine = [pool for pool in self.pools if _meant_for(pool, facts)]
        if not mine:
            return refusals.CouponNoPool()
        given = next((pool for pool in mine if _is_open(pool, now) and self.left[pool.id] > 0), None)
        if given is not None:
            return given
        later = [pool.starts_at for pool in mine if pool.starts_at is not None and pool.starts_at > now]
        return refusals.CouponPoolEmpty(next_at=iso(min(later)) if later else "")

    def take(self, pool_id: UUID) -> None:
        """Count one out of a pool."""
        self.left[pool_id] -= 1


def _meant_for(pool: Pool, facts: Facts) -> bool:
    return pool.district in {None, facts.district} and pool.tier in {None, facts.tier}


def _is_open(pool: Pool, now: datetime) -> bool:
    return (pool.starts_at is None or pool.starts_at <= now) and (pool.ends_at is None or now < pool.ends_at)

"""SQL of pushes. A push's row is locked first, then the coupon's; its progress commits with what it gave."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import CouponId, MallId, MemberId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.push import Push, PushState, Segment
from galleria.value.coupons.store.template import encode

_PUSH = """
    id, coupon_id, segment ->> 'kind' AS kind, state, members, seen, granted, reason, created_at, ended_at
"""


async def add(
    tx: Tx, *, mall_id: MallId, push_id: UUID, coupon_id: CouponId, segment: Segment, members: int, now: datetime
) -> None:
    """Insert a running push."""
    await tx.run(
        """
        INSERT INTO coupons.push (mall_id, id, coupon_id, segment, state, members, created_at)
        VALUES ($1, $2, $3, $4::jsonb, 'running', $5, $6)
        """,
        mall_id,
        push_id,
        coupon_id,
        encode(segment),
        members,
        now,
    )


async def find(tx: ReadTx, *, mall_id: MallId, push_id: UUID) -> Push | None:
    """Return a push."""
    return await tx.one(Push, f"SELECT {_PUSH} FROM coupons.push WHERE mall_id = $1 AND id = $2", mall_id, push_id)


async def list_pushes(tx: ReadTx, *, mall_id: MallId, coupon_id: CouponId) -> list[Push]:
    """Return a coupon's pushes, newest first; the newest two hundred."""
    return await tx.all(
        Push,
        f"SELECT {_PUSH} FROM coupons.push WHERE mall_id = $1 AND coupon_id = $2 ORDER BY id DESC LIMIT 200",
        mall_id,
        coupon_id,
    )


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A push as its job goes on with it."""

    id: UUID
    coupon_id: CouponId
    segment: Segment
    after_id: MemberId | None
    created_at: datetime


async def lock_running(tx: Tx, *, mall_id: MallId, push_id: UUID) -> Running | None:
    """Return a push that is not over, with its row locked."""
    return await tx.one(
        Running,
        """
        SELECT id, coupon_id, segment, after_id, created_at
          FROM coupons.push WHERE mall_id = $1 AND id = $2 AND state = 'running' FOR NO KEY UPDATE
        """,
        mall_id,
        push_id,
    )


async def advance(tx: Tx, *, mall_id: MallId, push_id: UUID, after_id: MemberId, seen: int, granted: int) -> None:
    """Note how far a locked push is."""
    await tx.run(
        """
        UPDATE coupons.push SET after_id = $3, seen = seen + $4, granted = granted + $5
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        push_id,
        after_id,
        seen,
        granted,
    )


async def end(tx: Tx, *, mall_id: MallId, push_id: UUID, state: PushState, reason: str | None, now: datetime) -> None:
    """End a push that is running."""
    await tx.run(
        """
        UPDATE coupons.push SET state = $3, reason = $4, ended_at = $5
         WHERE mall_id = $1 AND id = $2 AND state = 'running'
        """,
        mall_id,
        push_id,
        state.value,
        reason,
        now,
    )

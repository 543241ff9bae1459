"""Pushes: previewed, begun, done by a job, stopped."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.actors import Actor
from galleria.platform.tx import ReadTx, Tx
from galleria.value.coupons.model.push import NewPush, Push, PushPreview


async def preview(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewPush, now: datetime
) -> PushPreview:
    raise NotImplementedError


async def begin(tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewPush, now: datetime) -> Push:
    raise NotImplementedError


async def stop(tx: Tx, *, actor: Actor, mall_id: MallId, push_id: UUID, now: datetime) -> Push:
    raise NotImplementedError

"""Posters: made, closed, scanned."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.actors import Actor
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons.model.claim import Claim
from galleria.value.coupons.model.poster import NewPoster, Poster


async def make(tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewPoster, now: datetime) -> Poster:
    raise NotImplementedError


async def close(tx: Tx, *, actor: Actor, mall_id: MallId, poster_id: UUID, now: datetime) -> Poster:
    raise NotImplementedError


async def scan(runtime: Runtime, command: Command, *, token: str, device: UUID | None) -> Claim:
    raise NotImplementedError

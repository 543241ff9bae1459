"""Codes: batches are begun, made by a job, exported and voided; a member redeems one."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.actors import Actor
from galleria.platform.auth.tokens import Signer
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons.model.claim import Claim
from galleria.value.coupons.model.code import CodeBatch, NewBatch


async def begin_batch(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewBatch, now: datetime
) -> CodeBatch:
    raise NotImplementedError


async def export_batch(
    runtime: Runtime, command: Command, *, coupon_id: CouponId, batch_id: UUID
) -> AsyncIterator[bytes]:
    raise NotImplementedError


async def void_batch(
    tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, batch_id: UUID, now: datetime
) -> CodeBatch:
    raise NotImplementedError


def digest_of(signer: Signer, code: str) -> bytes:
    raise NotImplementedError


async def redeem_code(runtime: Runtime, command: Command, *, code: str, device: UUID | None) -> Claim:
    raise NotImplementedError

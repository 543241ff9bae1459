"""Coupons given and taken back without an act of the member."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import ClaimId, CouponId, MallId, MemberId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx
from galleria.value.coupons.model.claim import Granted, IssuedClaim
from galleria.value.coupons.model.grant import NewGrant
from galleria.value.coupons.model.template import Source


async def grant(
    tx: Tx,
    *,
    mall_id: MallId,
    coupon_id: CouponId,
    member_id: MemberId,
    source: Source,
    reference: UUID | None,
    quantity: int = 1,
    now: datetime,
) -> Granted:
    """Give a member coupons within the limits; the same source and reference give them once, however often asked.

    Never refuses for a limit or a state: `refusal` says why there are fewer. Raises NotFound for an unknown coupon.
    """
    raise NotImplementedError


async def void_granted(tx: Tx, *, mall_id: MallId, source: Source, reference: UUID, now: datetime) -> int:
    """Take back what is unspent of the coupons that were given for a reference, such as an order; returns how many."""
    raise NotImplementedError


async def give(tx: Tx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, new: NewGrant, now: datetime) -> Granted:
    raise NotImplementedError


async def take_back(tx: Tx, *, actor: Actor, mall_id: MallId, claim_id: ClaimId, now: datetime) -> IssuedClaim:
    raise NotImplementedError

"""Reads of the ways coupons are given out by: batches of codes, posters, pushes, transfers."""

from datetime import datetime

from galleria.kernel.ids import CouponId, MallId, MemberId
from galleria.kernel.paging import Page
from galleria.platform.actors import Actor
from galleria.platform.tx import ReadTx
from galleria.value.coupons.model.code import CodeBatch
from galleria.value.coupons.model.poster import Poster
from galleria.value.coupons.model.push import Push
from galleria.value.coupons.model.transfer import TransferView


async def list_batches(
    tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId, cursor: str | None = None, limit: int = 50
) -> Page[CodeBatch]:
    """Return a coupon's batches of codes, newest first; raises Forbidden, NotFound."""
    raise NotImplementedError


async def list_posters(tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> list[Poster]:
    """Return a coupon's posters, newest first; raises Forbidden, NotFound."""
    raise NotImplementedError


async def list_pushes(tx: ReadTx, *, actor: Actor, mall_id: MallId, coupon_id: CouponId) -> list[Push]:
    """Return a coupon's pushes, newest first; raises Forbidden, NotFound."""
    raise NotImplementedError


async def get_transfer(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, token: str, now: datetime) -> TransferView:
    """Return what a link leads to; raises NotFound."""
    raise NotImplementedError

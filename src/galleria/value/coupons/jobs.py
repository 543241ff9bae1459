"""Work on coupons by the clock and after a change: claims expire, and last longer when their coupon does."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons import queries
from galleria.value.coupons.operations import ending

CHUNK = 5000


async def expire(runtime: Runtime, now: datetime) -> None:
    """End claims past their last day and locks past their time, chunk by chunk, each in its own transaction."""
    while await queries.any_due(runtime.db, now=now):
        command = Command(kind="coupons.expire", actor=SYSTEM, now=now)
        done = await runtime.db.write(command, lambda tx: ending.expire_due(tx, now=now, limit=CHUNK), returns=int)
        if done < CHUNK:
            return


async def extend_claims(runtime: Runtime, mall_id: str, coupon_id: str) -> None:
    """Let the unspent claims of a coupon last as long as it does; done again it finds nothing to do."""
    mall, coupon, now = MallId(UUID(mall_id)), CouponId(UUID(coupon_id)), utc_now()

    async def chunk(tx: Tx) -> int:
        tx.subject = coupon_id
        return await ending.extend_claims(tx, mall_id=mall, coupon_id=coupon, now=now, limit=CHUNK)

    command = Command(kind="coupons.extend_claims", actor=SYSTEM, now=now, mall_id=mall)
    while await runtime.db.write(command, chunk, returns=int) == CHUNK:
        pass

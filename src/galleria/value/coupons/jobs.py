"""Work on coupons by the clock and after a change: claims end or last longer, codes are made, coupons are pushed."""

from datetime import datetime
from functools import partial
from uuid import UUID

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.coupons import queries
from galleria.value.coupons.operations import code, ending, pool, push, reminding

CHUNK = 5000
REMINDERS = 200
COUPONS = 100


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


async def make_codes(runtime: Runtime, mall_id: str, batch_id: str) -> None:
    """Make the codes of a batch, chunk by chunk; broken off, it goes on where it stood."""
    mall, batch = MallId(UUID(mall_id)), UUID(batch_id)

    async def chunk(tx: Tx) -> bool:
        return await code.make_chunk(tx, signer=runtime.signer, mall_id=mall, batch_id=batch, now=utc_now())

    command = Command(kind="coupons.make_codes_chunk", actor=SYSTEM, now=utc_now(), mall_id=mall)
    while await runtime.db.write(command, chunk, returns=bool):
        pass


async def push_on(runtime: Runtime, mall_id: str, push_id: str) -> None:
    """Give a coupon to the members of a push, chunk by chunk; broken off, it goes on where it stood."""
    mall, push_of = MallId(UUID(mall_id)), UUID(push_id)

    async def chunk(tx: Tx) -> bool:
        return await push.push_chunk(tx, mall_id=mall, push_id=push_of, now=utc_now())

    command = Command(kind="coupons.push_chunk", actor=SYSTEM, now=utc_now(), mall_id=mall)
    while await runtime.db.write(command, chunk, returns=bool):
        pass


async def remind(runtime: Runtime, now: datetime) -> None:
    """Tell members of coupons that end soon, chunk by chunk."""
    while await queries.any_to_remind(runtime.db, now=now):
        command = Command(kind="coupons.remind", actor=SYSTEM, now=now)
        done = await runtime.db.write(command, lambda tx: reminding.remind(tx, now=now, limit=REMINDERS), returns=int)
        if done < REMINDERS:
            return


async def roll_pools(runtime: Runtime, now: datetime) -> None:
    """Let what is left of windows that are over go on to the next ones."""
    for due in await queries.pools_due(runtime.db, now=now, limit=COUPONS):
        command = Command(kind="coupons.roll_pools", actor=SYSTEM, now=now, mall_id=due.mall_id)
        operation = partial(pool.roll_one, mall_id=due.mall_id, coupon_id=due.coupon_id, now=now)
        await runtime.db.write(command, operation, returns=type(None))

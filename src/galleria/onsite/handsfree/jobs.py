"""Work by the clock: bags that wait are reminded of, and those that wait too long become somebody's work."""

from datetime import datetime
from itertools import groupby
from uuid import UUID

from galleria.kernel.ids import MallId
from galleria.onsite.handsfree import queries
from galleria.onsite.handsfree.operations import waiting
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime

CHUNK = 500


async def watch(runtime: Runtime, now: datetime) -> None:
    """Look at all bags that wait somewhere, chunk by chunk; what asks for nothing new writes nothing."""
    after = (UUID(int=0), UUID(int=0))
    while True:
        async with runtime.db.read() as tx:
            found = await queries.waiting(tx, after=after, limit=CHUNK)
            asking = await queries.asking(tx, found, now=now)
        for mall_id, group in groupby(asking, key=lambda asked: asked.bag.mall_id):
            await _write(runtime, mall_id, list(group), now)
        if len(found) < CHUNK:
            return
        after = (found[-1].mall_id, found[-1].id)


async def _write(runtime: Runtime, mall_id: MallId, asked: list[queries.Asking], now: datetime) -> None:
    command = Command(kind="handsfree.watch", actor=SYSTEM, now=now, mall_id=mall_id)
    await runtime.db.write(command, lambda tx: waiting.see_to(tx, mall_id=mall_id, asked=asked, now=now), returns=int)

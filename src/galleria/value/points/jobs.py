"""What the clock does with points: pending ones become active when their refund window has closed."""

from datetime import datetime

from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value.points import operations, store


async def activate_due(runtime: Runtime, now: datetime) -> None:
    """Make due awards active in batches, each its own transaction, so that a crash loses and repeats nothing."""
    while True:
        async with runtime.db.read() as tx:
            if not await store.any_due(tx, now):
                return
        command = Command(kind="points.activate", actor=SYSTEM, now=now)
        if not await runtime.db.write(command, lambda tx: operations.activate(tx, now=now), returns=int):
            return  # what is due is being refunded just now; the next run finds it

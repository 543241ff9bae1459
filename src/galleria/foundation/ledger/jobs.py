"""What the clock does in the ledger: holds run out, lots expire; in bounded batches, each its own transaction."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from galleria.foundation.ledger import operations, store
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import ReadTx


async def expire(runtime: Runtime, now: datetime) -> None:
    """End the holds that have run out, then move what expired to breakage, until nothing is due."""
    while await _due(runtime, store.any_hold_due, now):
        command = Command(kind="ledger.expire_holds", actor=SYSTEM, now=now)
        if not await runtime.db.write(command, lambda tx: operations.expire_holds(tx, now=now), returns=int):
            break
    while await _due(runtime, store.any_lot_due, now):
        command = Command(kind="ledger.expire_lots", actor=SYSTEM, now=now)
        await runtime.db.write(command, lambda tx: operations.expire_lots(tx, now=now), returns=int)


async def _due(runtime: Runtime, ask: Callable[[ReadTx, datetime], Awaitable[bool]], now: datetime) -> bool:
    async with runtime.db.read() as tx:
        return await ask(tx, now)

"""Work on offers by the clock: what starts and what ends is announced."""

from datetime import datetime

from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value.offers import operations, queries

CHUNK = 200


async def announce(runtime: Runtime, now: datetime) -> None:
    """Tell every screen what has started or ended since, chunk by chunk, each in its own transaction."""
    while await queries.any_due(runtime.db, now=now):
        command = Command(kind="offers.announce", actor=SYSTEM, now=now)
        done = await runtime.db.write(
            command, lambda tx: operations.announce_due(tx, now=now, limit=CHUNK), returns=int
        )
        if done < CHUNK:
            return

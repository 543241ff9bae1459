"""Housekeeping of one-time codes."""

from datetime import datetime

from galleria.foundation.members import operations
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime


async def forget_codes(runtime: Runtime, now: datetime) -> None:
    """Delete codes that have expired."""
    await runtime.db.write(
        Command(kind="members.forget_codes", actor=SYSTEM, now=now),
        lambda tx: operations.forget_codes(tx, before=now),
        returns=int,
    )

"""Sweeping up after the platform: counters and sign-ins nobody needs any more."""

from datetime import datetime, timedelta

from galleria.platform.actors import SYSTEM
from galleria.platform.auth import attempts, sessions
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime

ATTEMPTS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=30)
"""An ended sign-in is kept so long that its last access token has long expired and a theft can be looked into."""


async def forget_attempts(runtime: Runtime, now: datetime) -> None:
    """Delete attempt counters whose windows are over."""
    await runtime.db.write(
        Command(kind="platform.forget_attempts", actor=SYSTEM, now=now),
        lambda tx: attempts.forget_before(tx, now - ATTEMPTS_KEPT),
        returns=int,
    )


async def forget_sessions(runtime: Runtime, now: datetime) -> None:
    """Delete sign-ins that ended long ago."""
    await runtime.db.write(
        Command(kind="platform.forget_sessions", actor=SYSTEM, now=now),
        lambda tx: sessions.forget_ended(tx, before=now - SESSIONS_KEPT),
        returns=int,
    )

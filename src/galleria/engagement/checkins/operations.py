"""Writes of check-ins."""

from datetime import datetime
from uuid import UUID

from galleria.engagement.checkins.model import CheckedIn, Ladder, LadderInput
from galleria.kernel.ids import MallId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def check_in(tx: Tx, *, actor: Actor, mall_id: MallId, device: UUID | None, now: datetime) -> CheckedIn:
    """Check a member in for today."""
    raise NotImplementedError


async def set_ladder(tx: Tx, *, mall_id: MallId, ladder: LadderInput, now: datetime) -> Ladder:
    """Set a mall's ladder."""
    raise NotImplementedError

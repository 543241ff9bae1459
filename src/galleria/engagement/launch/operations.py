"""Writes of launch."""

from datetime import datetime

from galleria.engagement.launch.model import LaunchPolicy, LaunchSubject, Review, ReviewId, Undone
from galleria.kernel.ids import MallId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def launch(tx: Tx, *, actor: Actor, mall_id: MallId, subject: LaunchSubject, now: datetime) -> Review:
    """Check a subject and let it go live, or wait; raises NotFound, Forbidden, LaunchRefused, AlreadyPending."""
    raise NotImplementedError


async def approve(tx: Tx, *, actor: Actor, mall_id: MallId, review_id: ReviewId, now: datetime) -> Review:
    """Let what was requested go live; raises NotFound, Forbidden, OwnRequest, ReviewDecided, LaunchRefused."""
    raise NotImplementedError


async def reject(tx: Tx, *, actor: Actor, mall_id: MallId, review_id: ReviewId, reason: str, now: datetime) -> Review:
    """Send a request back; raises NotFound, Forbidden, OwnRequest, ReviewDecided."""
    raise NotImplementedError


async def withdraw(tx: Tx, *, actor: Actor, mall_id: MallId, review_id: ReviewId, now: datetime) -> Review:
    """Take one's own request back; raises NotFound, Forbidden, ReviewDecided."""
    raise NotImplementedError


async def undo(tx: Tx, *, actor: Actor, mall_id: MallId, change_id: str, now: datetime) -> Undone:
    """Go back to the version before a change; raises NotFound, Forbidden, ChangeSuperseded, LaunchRefused."""
    raise NotImplementedError


async def set_policy(tx: Tx, *, actor: Actor, mall_id: MallId, policy: LaunchPolicy, now: datetime) -> LaunchPolicy:
    """Set a mall's limits; raises Forbidden."""
    raise NotImplementedError

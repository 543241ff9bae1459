"""Reads of check-ins."""

from datetime import datetime

from galleria.engagement.checkins.model import CheckInStanding, Ladder
from galleria.kernel.ids import MallId, MemberId
from galleria.platform.tx import ReadTx


async def standing(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, now: datetime) -> CheckInStanding:
    """Return where a member stands today."""
    raise NotImplementedError


async def get_ladder(tx: ReadTx, *, mall_id: MallId) -> Ladder:
    """Return a mall's ladder."""
    raise NotImplementedError

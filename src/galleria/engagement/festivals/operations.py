"""Writes of festivals."""

from datetime import datetime

from galleria.engagement.festivals.model import Festival, FestivalChange, FestivalInput, Kill, Reason
from galleria.kernel.ids import FestivalId, MallId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def create(tx: Tx, *, mall_id: MallId, festival: FestivalInput, now: datetime) -> Festival:
    """Write a festival as a draft."""
    raise NotImplementedError


async def update(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, change: FestivalChange, now: datetime
) -> Festival:
    """Change a festival."""
    raise NotImplementedError


async def announce(tx: Tx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """Announce a draft."""
    raise NotImplementedError


async def pause(
    tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, reason: Reason, now: datetime
) -> Festival:
    """Pause a festival."""
    raise NotImplementedError


async def resume(tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """Let a festival go on."""
    raise NotImplementedError


async def kill(
    tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, reason: Kill, now: datetime
) -> Festival:
    """Stop a festival at once."""
    raise NotImplementedError


async def end(tx: Tx, *, actor: Actor, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """End a festival."""
    raise NotImplementedError

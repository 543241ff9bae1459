"""Reads of festivals."""

from datetime import datetime

from galleria.engagement.festivals.model import Board, Festival, FestivalList
from galleria.kernel.ids import FestivalId, MallId
from galleria.kernel.paging import Page
from galleria.platform.tx import ReadTx


async def list_festivals(tx: ReadTx, *, mall_id: MallId, now: datetime) -> FestivalList:
    """Return the festivals that are on or announced."""
    raise NotImplementedError


async def list_managed(
    tx: ReadTx, *, mall_id: MallId, now: datetime, cursor: str | None = None, limit: int = 50
) -> Page[Festival]:
    """Return all festivals."""
    raise NotImplementedError


async def get_festival(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Festival:
    """Return a festival."""
    raise NotImplementedError


async def board(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, now: datetime) -> Board:
    """Return the live board."""
    raise NotImplementedError

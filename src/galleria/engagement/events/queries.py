"""Reads of events."""

from datetime import datetime
from uuid import UUID

from galleria.engagement.events import store
from galleria.engagement.events.model import EventId, MallEvent
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.tx import ReadTx


async def get_event(tx: ReadTx, mall_id: MallId, event_id: EventId) -> MallEvent:
    """Return an event, cancelled or not; raises NotFound."""
    found = await store.get(tx, mall_id, event_id)
    if found is None:
        raise NotFound
    return found


async def list_events(
    tx: ReadTx,
    mall_id: MallId,
    *,
    starting: datetime | None = None,
    ending: datetime | None = None,
    cancelled: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MallEvent]:
    """Return a page of the events that touch the period from `starting` to before `ending`, by start.

    Cancelled ones only when asked for. Raises NotFound for no such mall, Invalid for a forged cursor.
    """
    await malls.group_of(tx, mall_id)
    rows = await store.in_period(
        tx,
        mall_id,
        starting=starting,
        ending=ending,
        cancelled=cancelled,
        after=None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID]),
        limit=limit + 1,
    )
    return page_of(rows, limit, lambda event: (event.starts_at, event.id))

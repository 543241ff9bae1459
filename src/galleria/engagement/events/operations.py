"""Writes of events."""

from datetime import datetime

import msgspec

from galleria.engagement.events import queries, store
from galleria.engagement.events.model import EventChange, EventId, EventState, MallEvent, NewEvent
from galleria.foundation import malls
from galleria.kernel.errors import Conflict, Invalid, NotFound
from galleria.kernel.ids import MallId, new_id
from galleria.platform.command import Event
from galleria.platform.tx import Tx


class EventCancelled(Conflict):
    """A cancelled event stays as it was announced."""

    code = "event_cancelled"


async def create_event(tx: Tx, *, mall_id: MallId, event: NewEvent) -> MallEvent:
    """Announce an event; raises NotFound for no such mall, Invalid when it ends before it starts."""
    await malls.group_of(tx, mall_id)
    _require_order(event.starts_at, event.ends_at)
    announced = MallEvent(
        id=EventId(new_id()), mall_id=mall_id, state=EventState.PUBLISHED, **msgspec.structs.asdict(event)
    )
    await store.add(tx, announced)
    _tell(tx, "events.announced", announced)
    return announced


async def update_event(tx: Tx, *, mall_id: MallId, event_id: EventId, change: EventChange) -> MallEvent:
    """Change an event; raises NotFound, EventCancelled, or Invalid when it would end before it starts."""
    present = await _locked(tx, mall_id, event_id)
    _require_order(change.starts_at or present.starts_at, change.ends_at or present.ends_at)
    changed = await store.change(tx, mall_id, event_id, msgspec.structs.asdict(change))
    if changed is None:
        raise EventCancelled
    _tell(tx, "events.changed", changed)
    return changed


async def cancel_event(tx: Tx, *, mall_id: MallId, event_id: EventId) -> MallEvent:
    """Cancel an event; raises NotFound, EventCancelled when it already is."""
    cancelled = await store.cancel(tx, mall_id, event_id)
    if cancelled is None:
        await queries.get_event(tx, mall_id, event_id)
        raise EventCancelled
    _tell(tx, "events.cancelled", cancelled)
    return cancelled


async def _locked(tx: Tx, mall_id: MallId, event_id: EventId) -> MallEvent:
    present = await store.lock(tx, mall_id, event_id)
    if present is None:
        raise NotFound
    return present


def _require_order(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise Invalid.field("ends_at", "ends_before_start")


def _tell(tx: Tx, kind: str, event: MallEvent) -> None:
    tx.subject = str(event.id)
    tx.emit(Event(kind, event.id, {"title_zh": event.title_zh, "title_en": event.title_en},
                  topics=(f"mall:{event.mall_id}",)))  # fmt: skip

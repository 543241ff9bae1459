"""What is on in the mall: announced, changed, cancelled.

An event ends after it starts, by constraint; a cancelled one stays cancelled and unchanged, by the condition of the
update. Shoppers see published ones only.

Emits `events.announced`, `events.changed`, `events.cancelled`. Hears nothing.
"""

from galleria.engagement.events.model import EventChange, EventId, EventState, MallEvent, NewEvent
from galleria.engagement.events.operations import EventCancelled, cancel_event, create_event, update_event
from galleria.engagement.events.queries import get_event, list_events

__all__ = [
    "EventCancelled",
    "EventChange",
    "EventId",
    "EventState",
    "MallEvent",
    "NewEvent",
    "cancel_event",
    "create_event",
    "get_event",
    "list_events",
    "update_event",
]

"""Routes of events."""

from typing import Annotated
from uuid import UUID

from litestar import get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from galleria.engagement.events import operations, queries
from galleria.engagement.events.model import EventChange, EventId, EventState, MallEvent, Moment, NewEvent
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit

Cursor = Annotated[str | None, QueryParameter(max_length=400)]
From = Annotated[Moment | None, QueryParameter(name="from")]
To = Annotated[Moment | None, QueryParameter(name="to")]


@get("/v1/malls/{mall_id:uuid}/events", access=PUBLIC, summary="What is on", tags=["events"])
async def list_events(
    call: TheCall,
    mall_id: FromPath[UUID],
    starting: From = None,
    ending: To = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[MallEvent]:
    """Return published events that touch a period (by default: from now on), by start."""
    async with call.db.read() as tx:
        return await queries.list_events(
            tx, MallId(mall_id), starting=starting or call.now, ending=ending, cursor=cursor, limit=limit
        )


@get("/v1/malls/{mall_id:uuid}/events/manage", access=STAFF, summary="Events to manage", tags=["events"])
async def list_events_to_manage(
    call: TheCall,
    mall_id: FromPath[UUID],
    starting: From = None,
    ending: To = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[MallEvent]:
    """Return all events, past and cancelled too, by start; for the mall's operators."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.list_events(
            tx, mall, starting=starting, ending=ending, cancelled=True, cursor=cursor, limit=limit
        )


@get("/v1/malls/{mall_id:uuid}/events/{event_id:uuid}", access=PUBLIC, summary="An event", tags=["events"])
async def get_event(call: TheCall, mall_id: FromPath[UUID], event_id: FromPath[UUID]) -> MallEvent:
    """Return an event; a cancelled one only to the mall's operators."""
    async with call.db.read() as tx:
        event = await queries.get_event(tx, MallId(mall_id), EventId(event_id))
        if event.state is not EventState.PUBLISHED:
            target = await malls.mall_target(tx, MallId(mall_id))
            if not call.actor.may(Permission.EVENT_MANAGE, target):
                raise NotFound
    return event


@post("/v1/malls/{mall_id:uuid}/events", access=STAFF, summary="Announce an event", tags=["events"])
async def announce_event(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewEvent]) -> MallEvent:
    """Announce an event; for the mall's operators."""
    mall = await _manage(call, mall_id)
    return await call.write(
        "events.announce",
        lambda tx: operations.create_event(tx, mall_id=mall, event=data),
        returns=MallEvent,
        mall_id=mall,
        payload=data,
    )


@patch("/v1/malls/{mall_id:uuid}/events/{event_id:uuid}", access=STAFF, summary="Change an event", tags=["events"])
async def change_event(
    call: TheCall, mall_id: FromPath[UUID], event_id: FromPath[UUID], data: JSONBody[EventChange]
) -> MallEvent:
    """Change what is given of an event; for the mall's operators."""
    mall, event = await _manage(call, mall_id), EventId(event_id)
    return await call.write(
        "events.change",
        lambda tx: operations.update_event(tx, mall_id=mall, event_id=event, change=data),
        returns=MallEvent,
        mall_id=mall,
        payload=(event_id, data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/events/{event_id:uuid}/cancel",
    access=STAFF,
    summary="Cancel an event",
    tags=["events"],
    status_code=200,
)
async def cancel_event(call: TheCall, mall_id: FromPath[UUID], event_id: FromPath[UUID]) -> MallEvent:
    """Cancel an event for good; for the mall's operators."""
    mall, event = await _manage(call, mall_id), EventId(event_id)
    return await call.write(
        "events.cancel",
        lambda tx: operations.cancel_event(tx, mall_id=mall, event_id=event),
        returns=MallEvent,
        mall_id=mall,
        payload=event_id,
    )


async def _manage(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to manage its events."""
    async with call.db.read() as tx:
        call.actor.require(Permission.EVENT_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return MallId(mall_id)


ROUTES = [list_events, list_events_to_manage, get_event, announce_event, change_event, cancel_event]

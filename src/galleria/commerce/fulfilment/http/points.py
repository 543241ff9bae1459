"""Routes of pickup points: what they are, and the temperatures read there."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.commerce.fulfilment.http.asking import MALL, manages_mall, works_at
from galleria.commerce.fulfilment.model import (
    NewReading,
    Point,
    PointInput,
    Reading,
    Storage,
)
from galleria.commerce.fulfilment.operations import points as operations
from galleria.commerce.fulfilment.queries import settings as queries
from galleria.foundation import malls
from galleria.kernel.ids import MallId, PointId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit

TAGS = ["fulfilment"]


class AlarmAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done about an alarm."""

    note: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class OfPoint(msgspec.Struct, frozen=True):
    """What the journal keeps: of which point, and what was said."""

    of: UUID | None
    said: PointInput | NewReading | AlarmAnswer


@get(MALL + "/points", access=STAFF, summary="Pickup points", tags=TAGS)
async def list_points(call: TheCall, mall_id: FromPath[UUID]) -> Page[Point]:
    """Return the mall's points with what their compartments hold and their latest temperatures."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        return await queries.list_points(tx, mall_id=mall)


@post(MALL + "/points", access=STAFF, summary="Open a pickup point", tags=TAGS)
async def add_point(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[PointInput]) -> Point:
    """Open a point with its compartments."""
    return await _save(call, mall_id, None, data)


@put(MALL + "/points/{point_id:uuid}", access=STAFF, summary="Change a pickup point", tags=TAGS)
async def change_point(
    call: TheCall, mall_id: FromPath[UUID], point_id: FromPath[UUID], data: JSONBody[PointInput]
) -> Point:
    """Replace a point and its compartments; none can be smaller than what it holds."""
    return await _save(call, mall_id, point_id, data)


async def _save(call: Call, mall_id: UUID, point_id: UUID | None, data: PointInput) -> Point:
    mall = await manages_mall(call, mall_id)
    point = None if point_id is None else PointId(point_id)
    return await call.write(
        "fulfilment.save_point",
        lambda tx: operations.save(tx, mall_id=mall, point_id=point, new=data, now=call.now),
        returns=Point,
        mall_id=mall,
        payload=OfPoint(point_id, data),
    )


@get(MALL + "/points/{point_id:uuid}/readings", access=STAFF, summary="Temperatures of a point", tags=TAGS)
async def list_readings(
    call: TheCall,
    mall_id: FromPath[UUID],
    point_id: FromPath[UUID],
    storage: FromQuery[Storage | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[Reading]:
    """Return the temperatures read at a point, the newest first."""
    mall, point = await works_at(call, mall_id, point_id)
    async with call.db.read() as tx:
        return await queries.list_readings(
            tx, mall_id=mall, point_id=point.id, storage=storage, cursor=cursor, limit=limit
        )


@post(MALL + "/points/{point_id:uuid}/readings", access=STAFF, summary="Read a temperature", tags=TAGS)
async def read_temperature(
    call: TheCall, mall_id: FromPath[UUID], point_id: FromPath[UUID], data: JSONBody[NewReading]
) -> Reading:
    """Keep a temperature; outside the compartment's bounds it raises an alarm."""
    mall, point = await works_at(call, mall_id, point_id)
    staff_id = call.actor.staff_id
    return await call.write(
        "fulfilment.read_temperature",
        lambda tx: operations.read_temperature(
            tx, mall_id=mall, point_id=point.id, new=data, staff_id=staff_id, now=call.now
        ),
        returns=Reading,
        mall_id=mall,
        payload=OfPoint(point_id, data),
    )


@post(
    MALL + "/readings/{reading_id:uuid}/settle",
    access=STAFF,
    status_code=200,
    summary="Say what was done about an alarm",
    tags=TAGS,
)
async def settle_alarm(
    call: TheCall, mall_id: FromPath[UUID], reading_id: FromPath[UUID], data: JSONBody[AlarmAnswer]
) -> Point:
    """Settle the open alarms of the reading's compartment."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        reading = await queries.get_reading(tx, mall_id=mall, reading_id=reading_id)
    await works_at(call, mall_id, reading.point_id)
    staff_id = call.actor.staff_id
    return await call.write(
        "fulfilment.settle_alarm",
        lambda tx: operations.settle_alarm(
            tx, mall_id=mall, reading_id=reading_id, staff_id=staff_id, note=data.note, now=call.now
        ),
        returns=Point,
        mall_id=mall,
        payload=OfPoint(reading_id, data),
    )


ROUTES = [list_points, add_point, change_point, list_readings, read_temperature, settle_alarm]

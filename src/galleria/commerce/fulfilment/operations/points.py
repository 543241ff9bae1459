"""Points and the temperatures read in them."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.fulfilment.model import (
    NewReading,
    Point,
    PointInput,
    Reading,
)
from galleria.commerce.fulfilment.store import points as store
from galleria.foundation import malls
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, PointId, StaffId, new_id
from galleria.platform.command import Event
from galleria.platform.tx import Tx


async def save(tx: Tx, *, mall_id: MallId, point_id: PointId | None, new: PointInput, now: datetime) -> Point:
    """Keep a point with its compartments, a new one without `point_id`.

    A compartment left out takes nothing more. Raises Invalid, NotFound, PointCodeTaken, RoomInUse.
    """
    if (new.lat is None) != (new.lon is None):
        raise Invalid.field("lon", "position_whole")
    storages = [room.storage for room in new.compartments]
    if len(set(storages)) < len(storages):
        raise Invalid.field("compartments", "storage_twice")
    for n, room in enumerate(new.compartments):
        if room.low_tenths is not None and room.high_tenths is not None and room.low_tenths >= room.high_tenths:
            raise Invalid.field(f"compartments[{n}].high_tenths", "warmer_than_low")
    if new.shop_id is not None:
        await malls.shop_target(tx, mall_id, new.shop_id)
    if point_id is not None and await store.find(tx, mall_id, point_id) is None:
        raise NotFound
    made = point_id or PointId(new_id())
    await store.save(tx, mall_id, made, new, now)
    tx.subject = str(made)
    return await _found(tx, mall_id, made)


async def read_temperature(
    tx: Tx, *, mall_id: MallId, point_id: PointId, new: NewReading, staff_id: StaffId, now: datetime
) -> Reading:
    """Keep a temperature; outside the compartment's bounds it is an alarm. Raises NotFound, Invalid."""
    point = await _found(tx, mall_id, point_id)
    room = next((one for one in point.compartments if one.storage is new.storage), None)
    if room is None:
        raise Invalid.field("storage", "no_compartment")
    cold = room.low_tenths is not None and new.tenths < room.low_tenths
    warm = room.high_tenths is not None and new.tenths > room.high_tenths
    made = Reading(
        id=new_id(),
        point_id=point_id,
        storage=new.storage,
        at=now,
        tenths=new.tenths,
        alarm=cold or warm,
        staff_id=staff_id,
        settled_at=None,
        note="",
    )
    await store.add_reading(tx, mall_id, made)
    tx.subject = str(made.id)
    if made.alarm:
        data: dict[str, str | int | None] = {"point_id": str(point_id), "storage": new.storage, "tenths": new.tenths}
        tx.emit(Event("fulfilment.alarm", made.id, data, (f"mall:{mall_id}",)))
    return made


async def settle_alarm(
    tx: Tx, *, mall_id: MallId, reading_id: UUID, staff_id: StaffId, note: str, now: datetime
) -> Point:
    """Say what was done about a compartment's alarms; raises NotFound."""
    reading = await store.reading(tx, mall_id, reading_id)
    if reading is None:
        raise NotFound
    await store.settle_alarm(tx, mall_id, reading.point_id, reading.storage, staff_id, note, now)
    tx.subject = str(reading_id)
    return await _found(tx, mall_id, reading.point_id)


async def _found(tx: Tx, mall_id: MallId, point_id: PointId) -> Point:
    found = await store.find(tx, mall_id, point_id)
    if found is None:
        raise NotFound
    return found

"""Riders begin and end their work, and tell where they are while they carry something."""

from datetime import datetime

from galleria.commerce.riders import queries, store
from galleria.commerce.riders.model import NoTaskToFollow, NotOnShift, Shift, ShiftId, StillCarrying
from galleria.foundation import staff
from galleria.kernel.ids import MallId, StaffId, new_id
from galleria.platform.command import Event
from galleria.platform.tx import Tx


async def begin(tx: Tx, *, mall_id: MallId, staff_id: StaffId, now: datetime) -> bool:
    """Begin a rider's shift; beginning again changes nothing. Returns whether it began."""
    policy = await queries.get_policy(tx, mall_id=mall_id)
    account = await staff.get_account(tx, staff_id)
    shift = Shift(
        mall_id=mall_id, id=ShiftId(new_id()), staff_id=staff_id, name=account.name, capacity=policy.capacity, route=0,
        lat=None, lon=None, seen_at=None, started_at=now, ended_at=None,
    )  # fmt: skip
    began = await store.open_shift(tx, shift)
    if began:
        _told(tx, shift, "on")
    return began


async def end(tx: Tx, *, mall_id: MallId, staff_id: StaffId, now: datetime) -> bool:
    """End a rider's shift. Raises NotOnShift, StillCarrying while tasks are open."""
    shift = await store.lock_shift(tx, mall_id, staff_id)
    if shift is None:
        raise NotOnShift
    tasks = await store.open_tasks(tx, mall_id, [staff_id])
    if tasks:
        raise StillCarrying(count=len(tasks))
    await store.end_shift(tx, shift, now)
    _told(tx, shift, "off")
    return True


async def follow(tx: Tx, *, mall_id: MallId, staff_id: StaffId, lat: float, lon: float, now: datetime) -> int:
    """Keep where a rider is, for those whose goods are on the way; returns how many they are.

    The last place only, forgotten when nothing is carried any more; the journal keeps no position. Raises
    NoTaskToFollow.
    """
    carried = await store.follow(tx, mall_id, staff_id, lat, lon, now)
    if not carried:
        raise NoTaskToFollow
    for errand in carried:
        topics = (f"member:{errand.member_id}",)
        tx.emit(Event("riders.seen", errand.shipment_id, {"shipment_id": str(errand.shipment_id)}, topics=topics))
    tx.emit(Event("riders.followed", staff_id, {"staff_id": str(staff_id)}, topics=(f"mall:{mall_id}",)))
    return len(carried)


def _told(tx: Tx, shift: Shift, state: str) -> None:
    tx.subject = str(shift.staff_id)
    data: dict[str, str | int | None] = {"staff_id": str(shift.staff_id), "state": state}
    tx.emit(Event("riders.shift", shift.staff_id, data, topics=(f"mall:{shift.mall_id}",)))

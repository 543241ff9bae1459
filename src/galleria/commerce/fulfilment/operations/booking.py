"""Booking what an order needs before it is paid, giving it back, and starting what was booked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from galleria.commerce.fulfilment.model import (
    Booked,
    Part,
    PointFull,
    SlotFull,
    Storage,
    WayNotOffered,
    WhyNot,
)
from galleria.commerce.fulfilment.queries.ways import here
from galleria.commerce.fulfilment.rules import ways
from galleria.commerce.fulfilment.rules.ways import Plan
from galleria.commerce.fulfilment.store import booking as store
from galleria.commerce.orders import Way, WayChoice
from galleria.kernel.ids import MallId, MemberId, OrderId, PointId, ShopId
from galleria.platform.tx import Tx


async def book(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    parts: Sequence[Part],
    choices: Sequence[WayChoice],
    now: datetime,
) -> list[Booked]:
    """Book for an order what was chosen: places in slots and room at points, fees and promises frozen.

    Call it after goods are reserved, before the ledger. Goods collected at the shop without a slot book nothing and
    cost no statement; they are not in the answer. `release` gives all of it back, `start` makes shipments of it.
    Raises WayNotOffered, SlotFull, PointFull; nothing is booked then.
    """
    chosen = {choice.shop_id: choice for choice in choices if needs_booking(choice)}
    wanted = [part for part in parts if part.shop_id in chosen]
    if not wanted:
        return []
    found = await here(tx, mall_id=mall_id, parts=wanted, member_id=member_id, now=now)
    plans = {part.shop_id: _plan(found, part, chosen[part.shop_id]) for part in wanted}
    await _take(tx, mall_id, list(plans.values()))
    await store.add(tx, mall_id, order_id, [_row(shop_id, member_id, plan) for shop_id, plan in plans.items()], now)
    return [_booked(shop_id, plan) for shop_id, plan in plans.items()]


def needs_booking(choice: WayChoice) -> bool:
    """Return whether a choice books anything: every way but taking along, eating here, and collecting at any time."""
    return choice.way in {Way.POINT, Way.DELIVERY, Way.EXPRESS} or (
        choice.way is Way.COLLECT and choice.slot_id is not None
    )


def _plan(found: ways.Here, part: Part, choice: WayChoice) -> Plan:
    """Return the chosen way worked out; raises WayNotOffered, SlotFull or PointFull when it cannot be had."""
    plan = next((one for one in ways.plans(found, part, choice) if one.option.chosen), None)
    if plan is None:
        raise WayNotOffered(reason="closed", shop_id=str(part.shop_id), way=choice.way.value)
    why = plan.option.why_not
    if why is WhyNot.NO_SLOT and choice.slot_id is not None:
        raise SlotFull(shop_id=str(part.shop_id))
    if why is WhyNot.POINT_FULL:
        raise PointFull(shop_id=str(part.shop_id))
    if why is not None:
        raise WayNotOffered(reason=why.value, shop_id=str(part.shop_id), way=choice.way.value)
    return plan


async def _take(tx: Tx, mall_id: MallId, plans: Sequence[Plan]) -> None:
    slots = [plan.slot for plan in plans if plan.slot is not None]
    taken = await store.take_slots(tx, mall_id, slots)
    for plan in plans:
        if plan.slot is not None and plan.slot.id not in taken:
            raise SlotFull(shop_id=str(plan.terms.shop_id))
    rooms = Counter(
        (plan.option.point_id, storage)
        for plan in plans
        if plan.option.point_id is not None
        for storage in plan.storages
    )
    if not await store.take_room(tx, mall_id, rooms):
        raise PointFull(shop_id=str(plans[0].terms.shop_id))


def _row(shop_id: ShopId, member_id: MemberId, plan: Plan) -> Mapping[str, object]:
    booked = msgspec.structs.asdict(_booked(shop_id, plan))
    promise = plan.option.promise
    return booked | {
        "member_id": member_id,
        "carrier": plan.terms.carrier,
        "address": None if plan.address is None else plan.address.place,
        "zone_id": plan.zone_id,
        "storages": plan.storages,
        "promised_from": promise and promise.earliest,
        "promised_to": promise and promise.latest,
    }


def _booked(shop_id: ShopId, plan: Plan) -> Booked:
    option = plan.option
    if option.promise is None or plan.prepare_by is None:
        raise WayNotOffered(reason="closed", shop_id=str(shop_id), way=option.way.value)
    return Booked(
        shop_id=shop_id,
        way=option.way,
        fee_minor=option.fee_minor,
        belongs_to=option.belongs_to,
        promise=option.promise,
        prepare_by=plan.prepare_by,
        slot_id=option.slot_id,
        point_id=option.point_id,
    )


async def release(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Give back what an order that ended unpaid had booked; returns how many bookings, 0 when there are none (left)."""
    ended = await store.end(tx, mall_id, order_id, "released")
    await store.free_slots(tx, mall_id, [one.slot_id for one in ended if one.slot_id is not None])
    rooms: Counter[tuple[PointId, Storage]] = Counter(
        (one.point_id, storage) for one in ended if one.point_id is not None for storage in one.storages
    )
    await store.free_room(tx, mall_id, rooms)
    return len(ended)

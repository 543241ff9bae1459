"""What a member changes before it is prepared, and having brought to the door what waits at a point."""

from datetime import datetime, timedelta

import msgspec

from galleria.commerce.fulfilment.model import (
    AmendCostsMore,
    AmendRequest,
    AmendTooLate,
    NotAtPoint,
    Part,
    Place,
    ShipmentRow,
    ShipmentState,
    SlotFull,
    WayNotOffered,
    WhyNot,
)
from galleria.commerce.fulfilment.operations.dispatching import ask
from galleria.commerce.fulfilment.operations.moving import fresh, locked
from galleria.commerce.fulfilment.queries.ways import GOODS, here
from galleria.commerce.fulfilment.rules import shipments as rules
from galleria.commerce.fulfilment.rules import ways, zones
from galleria.commerce.fulfilment.store import booking, slots
from galleria.commerce.fulfilment.store import shipments as store
from galleria.commerce.orders import Way, WayChoice
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import AddressId, MallId, MemberId, OrderId, ShipmentId
from galleria.platform.actors import Actor
from galleria.platform.tx import Tx


async def amend(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    shipment_id: ShipmentId,
    member_id: MemberId,
    request: AmendRequest,
    actor: Actor,
    now: datetime,
) -> ShipmentRow:
    """Give a member's shipment another address or slot, until the shop begins with it and booking in its slot ends.

    It may not cost more than was paid; costing less gives nothing back. Raises NotFound, Invalid, AmendTooLate,
    AmendCostsMore, SlotFull, WayNotOffered; nothing changes then.
    """
    row = await _mine(tx, mall_id, order_id, shipment_id, member_id)
    if request.address_id is None and request.slot_id is None:
        raise Invalid.field("slot_id", "required")
    if request.address_id is not None and row.way not in {Way.DELIVERY, Way.EXPRESS}:
        raise Invalid.field("address_id", "amend_no_address")
    await _require_early(tx, row, now)
    plan = await _plan(tx, row, request, now)
    changes = request.slot_id is not None and request.slot_id != row.slot_id
    slot_id, promised = row.slot_id, (row.promised_from, row.promised_to, row.prepare_by)
    if changes and plan.slot is not None and plan.option.promise is not None and plan.prepare_by is not None:
        if not await booking.take_slots(tx, mall_id, [plan.slot]):
            raise SlotFull(shop_id=str(row.shop_id))
        if row.slot_id is not None:
            await booking.free_slots(tx, mall_id, [row.slot_id])
        slot_id = plan.slot.id
        promised = (plan.option.promise.earliest, plan.option.promise.latest, plan.prepare_by)
    address = None if request.address_id is None or plan.address is None else plan.address.place
    for one in await store.lock_order(tx, mall_id, order_id):
        if one.shop_id == row.shop_id and one.state is ShipmentState.PLANNED:
            await store.redirect(tx, one, address=address, slot_id=slot_id, promised=promised)
            await store.note(tx, one, "amended", actor=actor, note="", now=now)
            tx.emit(rules.moved(one, one.state))
    await booking.move_slot(tx, mall_id, order_id, row.shop_id, slot_id, address)
    return await fresh(tx, row)


async def _mine(
    tx: Tx, mall_id: MallId, order_id: OrderId, shipment_id: ShipmentId, member_id: MemberId
) -> ShipmentRow:
    found = await store.find(tx, mall_id, shipment_id)
    if found is None or found.member_id != member_id or found.order_id != order_id:
        raise NotFound
    return await locked(tx, mall_id, shipment_id)


async def _require_early(tx: Tx, row: ShipmentRow, now: datetime) -> None:
    """Raise AmendTooLate once the shop has begun with any of it, or its slot is about to begin."""
    siblings = await store.of_order(tx, row.mall_id, row.order_id)
    begun = [
        one
        for one in siblings
        if one.shop_id == row.shop_id and one.state not in {ShipmentState.PLANNED, ShipmentState.CANCELLED}
    ]
    if begun or row.state is not ShipmentState.PLANNED:
        raise AmendTooLate
    if row.slot_id is not None:
        (slot,) = await slots.find(tx, row.mall_id, [row.slot_id])
        rule = await slots.rule(tx, row.mall_id, slot.rule_id)
        lead = timedelta(minutes=0 if rule is None else rule.lead_minutes)
        if now + lead > slot.starts_at:
            raise AmendTooLate


async def _plan(tx: Tx, row: ShipmentRow, request: AmendRequest, now: datetime) -> ways.Plan:
    """Return the shipment's way worked out with what is asked for; the slot it has stays its own."""
    part = Part(
        shop_id=row.shop_id,
        merchant_id=row.merchant_id,
        goods_minor=GOODS,
        storage=row.storage,
    )
    found = await here(tx, mall_id=row.mall_id, parts=[part], member_id=row.member_id, now=now)
    if request.address_id is not None and all(one.id != request.address_id for one in found.facts.addresses):
        raise NotFound
    keeps = request.slot_id is None or request.slot_id == row.slot_id
    choice = WayChoice(
        shop_id=row.shop_id,
        way=row.way,
        address_id=request.address_id,
        slot_id=None if keeps else request.slot_id,
        point_id=row.point_id,
    )
    plan = next((one for one in ways.plans(found, part, choice) if one.option.way is row.way), None)
    why = "closed" if plan is None else plan.option.why_not
    if plan is None or (why is not None and not _ignored(plan.option.why_not, row, keeps=keeps)):
        if why is WhyNot.NO_SLOT:
            raise SlotFull(shop_id=str(row.shop_id))
        raise WayNotOffered(reason=str(why), shop_id=str(row.shop_id), way=row.way.value)
    if request.address_id is not None and row.way is Way.DELIVERY:
        _require_paid_for(found, plan, row)
    return plan


def _ignored(why: WhyNot | None, row: ShipmentRow, *, keeps: bool) -> bool:
    """Return whether a reason does not matter: the slot and the room it has it need not get."""
    return (
        (why is WhyNot.NO_SLOT and keeps)
        or (why is WhyNot.POINT_FULL and row.holds_room)
        or (why is WhyNot.ADDRESS_MISSING and row.address is not None)
    )


def _require_paid_for(found: ways.Here, plan: ways.Plan, row: ShipmentRow) -> None:
    """Raise AmendCostsMore when the new address is in a zone that is dearer than what was paid."""
    if plan.address is None:
        return
    here_fee = _zone_fee(found, plan.address.place)
    then_fee = None if row.address is None else _zone_fee(found, row.address)
    if here_fee is not None and here_fee > max(row.fee_minor, then_fee or 0):
        raise AmendCostsMore(fee_minor=here_fee, paid_minor=row.fee_minor)


def _zone_fee(found: ways.Here, place: Place) -> int | None:
    zone = zones.zone_of(found.facts.zones, found.policy, place)
    if zone is None:
        return None
    return zones.fee_of(msgspec.structs.replace(zone, free_from_minor=None), 0, zones.away_m(found.policy, place))


async def last_mile(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    shipment_id: ShipmentId,
    member_id: MemberId,
    address_id: AddressId,
    actor: Actor,
    now: datetime,
) -> ShipmentRow:
    """Ask for what waits at a point to be brought to a door in one of the mall's zones; it costs nothing more.

    Until somebody takes it from the point it can still be collected there. Raises NotFound, NotAtPoint, WayNotOffered.
    """
    row = await _mine(tx, mall_id, order_id, shipment_id, member_id)
    part = Part(shop_id=row.shop_id, merchant_id=row.merchant_id, goods_minor=GOODS)
    found = await here(tx, mall_id=mall_id, parts=[part], member_id=member_id, now=now)
    if row.state is not ShipmentState.AT_POINT or not found.policy.last_mile:
        raise NotAtPoint
    address = next((one for one in found.facts.addresses if one.id == address_id), None)
    if address is None:
        raise NotFound
    zone = zones.zone_of(found.facts.zones, found.policy, address.place)
    if zone is None:
        raise WayNotOffered(reason=WhyNot.OUT_OF_ZONE.value, shop_id=str(row.shop_id), way=Way.DELIVERY.value)
    leaves = found.after(0)
    promised = (leaves, leaves + timedelta(minutes=zone.travel_minutes), row.prepare_by)
    await store.redirect(tx, row, address=address.place, slot_id=row.slot_id, promised=promised)
    await store.note(tx, row, "last_mile", actor=actor, note="", now=now)
    after = await fresh(tx, row)
    await ask(tx, after, now)
    tx.emit(rules.moved(after, after.state))
    return after

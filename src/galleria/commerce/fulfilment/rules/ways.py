"""What each way of a shop costs, when it keeps its promise, and why it cannot be had."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from galleria.commerce.fulfilment.model import (
    Address,
    BelongsTo,
    Carrier,
    Holiday,
    Part,
    Point,
    PointOffer,
    Policy,
    ProductStorage,
    Promise,
    ShopWay,
    Slot,
    SlotRule,
    SlotView,
    Storage,
    WayOption,
    WhyNot,
    Zone,
)
from galleria.commerce.fulfilment.rules import hours, slots, zones
from galleria.commerce.orders import Way, WayChoice
from galleria.kernel.ids import ShopId, SlotId

CARRIERS: dict[Way, frozenset[Carrier]] = {
    Way.COLLECT: frozenset({Carrier.OWN}),
    Way.POINT: frozenset({Carrier.OWN, Carrier.RIDERS}),
    Way.DELIVERY: frozenset({Carrier.OWN, Carrier.RIDERS, Carrier.COURIERS}),
    Way.EXPRESS: frozenset({Carrier.PARCEL}),
}
"""Who can carry on a way."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that ways are decided by, as stored."""

    policy: Policy | None
    ways: list[ShopWay]
    zones: list[Zone]
    rules: list[SlotRule]
    holidays: list[Holiday]
    slots: list[Slot]
    points: list[Point]
    storages: list[ProductStorage]
    addresses: list[Address]


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """The facts with the mall's clock: its time zone and hours, and the moment it is asked."""

    facts: Facts
    zone: str
    hours: str
    now: datetime

    @property
    def policy(self) -> Policy:
        """Return what the mall has decided, or what holds without a decision."""
        return self.facts.policy or Policy()

    @property
    def holidays(self) -> dict[date, Holiday]:
        """Return the holidays by day."""
        return {holiday.day: holiday for holiday in self.facts.holidays}

    def after(self, minutes: int) -> datetime:
        """Return the moment so much work later, begun as soon as the mall is open."""
        closed = {day for day, holiday in self.holidays.items() if holiday.as_weekday is None}
        return hours.open_from(self.now, self.hours, self.zone, closed) + timedelta(minutes=minutes)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One way worked out: what a screen shows of it, and what booking it takes."""

    option: WayOption
    terms: ShopWay
    storages: list[Storage]
    prepare_by: datetime | None = None
    slot: Slot | None = None
    address: Address | None = None
    zone_id: UUID | None = None


def _collecting(shop_id: ShopId) -> ShopWay:
    """Return the terms of collecting at a shop that has said nothing of it."""
    return ShopWay(
        shop_id=shop_id,
        way=Way.COLLECT,
        carrier=Carrier.OWN,
        active=True,
        fee_minor=0,
        free_from_minor=None,
        prepare_minutes=30,
        transit_minutes=0,
    )


def plans(here: Here, part: Part, choice: WayChoice | None) -> list[Plan]:
    """Return every way the goods of a shop may go, worked out; collecting them there is always one."""
    offered = {terms.way: terms for terms in here.facts.ways if terms.shop_id == part.shop_id and terms.active}
    offered.setdefault(Way.COLLECT, _collecting(part.shop_id))
    chosen = choice or WayChoice(shop_id=part.shop_id)
    work = {Way.COLLECT: _collect, Way.POINT: _point, Way.DELIVERY: _delivery, Way.EXPRESS: _express}
    found = []
    for way, worked in work.items():
        if way in offered:
            asked = chosen if chosen.way is way else WayChoice(shop_id=part.shop_id, way=way)
            plan = worked(here, part, offered[way], asked)
            option = msgspec.structs.replace(plan.option, chosen=chosen.way is way)
            found.append(msgspec.structs.replace(plan, option=option))
    return found


def storages_of(here: Here, part: Part) -> list[Storage]:
    """Return the classes of storage that the goods of a part need, the least demanding first."""
    known = {one.product_id: one.storage for one in here.facts.storages}
    found = {known.get(product_id, Storage.AMBIENT) for product_id in part.product_ids}
    if not found or part.storage is not Storage.AMBIENT:
        found.add(part.storage)
    return [storage for storage in Storage if storage in found]


def belongs_to(carrier: Carrier, way: Way) -> BelongsTo:
    """Return whose a delivery fee is: the merchant's where its own staff or its own parcels carry."""
    own = way is not Way.POINT and carrier in {Carrier.OWN, Carrier.PARCEL}
    return BelongsTo.MERCHANT if own else BelongsTo.MALL


def _collect(here: Here, part: Part, terms: ShopWay, choice: WayChoice) -> Plan:
    ready = here.after(terms.prepare_minutes)
    free = _free_slots(here, slots.rules_for(here.facts.rules, Way.COLLECT, part.shop_id))
    slot = _pick(free, choice.slot_id) if choice.slot_id is not None else None
    promise = Promise(ready, ready) if slot is None else Promise(slot.starts_at, slot.ends_at)
    lost = choice.slot_id is not None and slot is None
    option = _option(terms, free, fee=0, promise=None if lost else promise,
                     why_not=WhyNot.NO_SLOT if lost else None)  # fmt: skip
    return _plan(here, part, terms, option, slot, None if lost else promise.earliest)


def _delivery(here: Here, part: Part, terms: ShopWay, choice: WayChoice) -> Plan:
    address = address_of(here.facts.addresses, choice)
    if address is None:
        return _refused(here, part, terms, WhyNot.ADDRESS_MISSING)
    zone = zones.zone_of(here.facts.zones, here.policy, address.place)
    if zone is None:
        lost = zones.needs_position(here.facts.zones, address.place)
        return _refused(here, part, terms, WhyNot.ADDRESS_UNLOCATED if lost else WhyNot.OUT_OF_ZONE, address)
    away = zones.away_m(here.policy, address.place)
    free_from = _sooner(zone.free_from_minor, terms.free_from_minor)
    fee = zones.fee_of(msgspec.structs.replace(zone, free_from_minor=free_from), part.goods_minor, away)
    rules = slots.rules_for(here.facts.rules, Way.DELIVERY, part.shop_id)
    free = _free_slots(here, rules)
    slot = _pick(free, choice.slot_id)
    below = part.goods_minor < zone.minimum_minor
    prepared = here.after(terms.prepare_minutes)
    promise = Promise(prepared, prepared + timedelta(minutes=zone.travel_minutes))
    if slot is not None:
        promise = Promise(slot.starts_at, slot.ends_at)
        prepared = max(here.now, slot.starts_at - timedelta(minutes=zone.travel_minutes))
    why = WhyNot.BELOW_MINIMUM if below else WhyNot.NO_SLOT if slot is None and (rules or choice.slot_id) else None
    missing = zone.minimum_minor - part.goods_minor if below else _missing(free_from, part.goods_minor)
    option = msgspec.structs.replace(
        _option(terms, free, fee=fee, promise=None if why else promise, why_not=why),
        free_from_minor=free_from, minimum_minor=zone.minimum_minor, missing_minor=missing, address_id=address.id,
    )  # fmt: skip
    plan = _plan(here, part, terms, option, slot, None if why else prepared)
    return msgspec.structs.replace(plan, address=address, zone_id=zone.id)


def _express(here: Here, part: Part, terms: ShopWay, choice: WayChoice) -> Plan:
    address = address_of(here.facts.addresses, choice)
    if address is None:
        return _refused(here, part, terms, WhyNot.ADDRESS_MISSING)
    if set(storages_of(here, part)) != {Storage.AMBIENT}:
        return _refused(here, part, terms, WhyNot.PARCEL_STORAGE, address)
    prepared = here.after(terms.prepare_minutes)
    promise = Promise(prepared, prepared + timedelta(minutes=terms.transit_minutes))
    free = terms.free_from_minor is not None and part.goods_minor >= terms.free_from_minor
    option = msgspec.structs.replace(
        _option(terms, [], fee=0 if free else terms.fee_minor, promise=promise, why_not=None),
        free_from_minor=terms.free_from_minor,
        missing_minor=_missing(terms.free_from_minor, part.goods_minor),
        address_id=address.id,
    )
    return msgspec.structs.replace(_plan(here, part, terms, option, None, prepared), address=address)


def _point(here: Here, part: Part, terms: ShopWay, choice: WayChoice) -> Plan:
    needed = storages_of(here, part)
    free_fee = terms.free_from_minor is not None and part.goods_minor >= terms.free_from_minor
    offers = [_point_offer(point, needed, fee_minor=0 if free_fee else point.fee_minor) for point in here.facts.points]
    found = next((one for one in offers if one.id == choice.point_id), None)
    if choice.point_id is None:
        found = next((one for one in offers if one.why_not is None), offers[0] if offers else None)
    if found is None:
        return _refused(here, part, terms, WhyNot.NO_POINT, points=offers)
    point = next(one for one in here.facts.points if one.id == found.id)
    rules = slots.rules_for(here.facts.rules, Way.POINT, part.shop_id, point.id)
    free = _free_slots(here, rules)
    slot = _pick(free, choice.slot_id)
    why = found.why_not or (WhyNot.NO_SLOT if slot is None and (rules or choice.slot_id) else None)
    prepared = here.after(terms.prepare_minutes)
    there = prepared + timedelta(minutes=point.travel_minutes)
    promise = Promise(there, there)
    if slot is not None:
        promise = Promise(slot.starts_at, slot.ends_at)
        prepared = max(here.now, slot.starts_at - timedelta(minutes=point.travel_minutes))
    option = msgspec.structs.replace(
        _option(terms, free, fee=found.fee_minor, promise=None if why else promise, why_not=why),
        points=offers, point_id=found.id, free_from_minor=terms.free_from_minor,
        missing_minor=_missing(terms.free_from_minor, part.goods_minor),
    )  # fmt: skip
    return _plan(here, part, terms, option, slot, None if why else prepared)


def _point_offer(point: Point, needed: Sequence[Storage], *, fee_minor: int) -> PointOffer:
    rooms = {room.storage: room for room in point.compartments if room.capacity}
    wanted = [rooms[storage] for storage in needed if storage in rooms]
    why = None
    if len(wanted) < len(needed):
        why = WhyNot.POINT_STORAGE
    elif any(room.held >= room.capacity for room in wanted):
        why = WhyNot.POINT_FULL
    return PointOffer(
        id=point.id,
        kind=point.kind,
        name_zh=point.name_zh,
        name_en=point.name_en,
        address_zh=point.address_zh,
        address_en=point.address_en,
        hours=point.hours,
        fee_minor=fee_minor,
        hours_max=min((room.hours_max for room in wanted), default=0),
        why_not=why,
    )


def address_of(addresses: Sequence[Address], choice: WayChoice) -> Address | None:
    """Return the chosen address, else the preferred one, else the newest; None when there is none."""
    if choice.address_id is not None:
        return next((one for one in addresses if one.id == choice.address_id), None)
    return max(addresses, key=lambda one: (one.preferred, one.id), default=None)


def _free_slots(here: Here, rules: Sequence[SlotRule]) -> list[Slot]:
    """Return the slots with room that can still be booked, with what is booked in them."""
    stored: Mapping[SlotId, Slot] = {slot.id: slot for slot in here.facts.slots}
    found = slots.ahead(rules, here.holidays, zone=here.zone, now=here.now, days=here.policy.days_ahead)
    present = [stored.get(slot.id, slot) for slot in found]
    return [slot for slot in present if slot.booked < slot.capacity]


def _pick(free: Sequence[Slot], slot_id: SlotId | None) -> Slot | None:
    if slot_id is None:
        return free[0] if free else None
    return next((slot for slot in free if slot.id == slot_id), None)


def _sooner(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _missing(free_from: int | None, goods_minor: int) -> int:
    return 0 if free_from is None else max(0, free_from - goods_minor)


def _option(
    terms: ShopWay, free: Sequence[Slot], *, fee: int, promise: Promise | None, why_not: WhyNot | None
) -> WayOption:
    return WayOption(
        way=terms.way,
        carrier=terms.carrier,
        fee_minor=fee,
        belongs_to=belongs_to(terms.carrier, terms.way),
        slots=[SlotView(slot.id, slot.starts_at, slot.ends_at, slot.capacity - slot.booked) for slot in free],
        points=[],
        promise=promise,
        why_not=why_not,
        chosen=False,
    )


def _plan(
    here: Here, part: Part, terms: ShopWay, option: WayOption, slot: Slot | None, prepare_by: datetime | None
) -> Plan:
    option = msgspec.structs.replace(option, slot_id=None if slot is None else slot.id)
    return Plan(option=option, terms=terms, storages=storages_of(here, part), prepare_by=prepare_by, slot=slot)


def _refused(
    here: Here,
    part: Part,
    terms: ShopWay,
    why: WhyNot,
    address: Address | None = None,
    points: Sequence[PointOffer] = (),
) -> Plan:
    option = msgspec.structs.replace(
        _option(terms, [], fee=0, promise=None, why_not=why),
        points=list(points),
        address_id=None if address is None else address.id,
    )
    return _plan(here, part, terms, option, None, None)

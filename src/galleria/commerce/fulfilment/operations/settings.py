"""What malls and shops decide about bringing goods."""

from datetime import date, datetime
from uuid import UUID

import asyncpg

from galleria.commerce.fulfilment.model import (
    Holiday,
    HolidayInput,
    Policy,
    PolicyInput,
    ProductStorage,
    ShopWay,
    ShopWayInput,
    SlotRule,
    SlotRuleInput,
    Storage,
    Zone,
    ZoneInput,
)
from galleria.commerce.fulfilment.rules import zones
from galleria.commerce.fulfilment.rules.ways import CARRIERS
from galleria.commerce.fulfilment.store import settings as store
from galleria.commerce.fulfilment.store import slots
from galleria.commerce.orders import Way
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, ProductId, ShopId, new_id
from galleria.platform.tx import Tx

SLOTTED = frozenset({Way.COLLECT, Way.POINT, Way.DELIVERY})


async def save_policy(tx: Tx, *, mall_id: MallId, new: PolicyInput, now: datetime) -> Policy:
    """Keep a mall's policy; raises Invalid for half a position."""
    if (new.lat is None) != (new.lon is None):
        raise Invalid.field("lon", "position_whole")
    await store.save_policy(tx, mall_id, new, now)
    tx.subject = str(mall_id)
    return await store.policy(tx, mall_id)


async def save_way(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, way: Way, new: ShopWayInput, now: datetime
) -> list[ShopWay]:
    """Keep the terms of one way of a shop and return all of its ways; raises Invalid when nobody carries so."""
    if way not in CARRIERS:
        raise Invalid.field("way", "way_not_of_shops")
    if new.carrier not in CARRIERS[way]:
        raise Invalid.field("carrier", "carrier_not_for_way")
    await store.save_way(tx, mall_id, shop_id, way, new, now)
    tx.subject = str(shop_id)
    return await store.ways(tx, mall_id, shop_id)


async def save_zone(tx: Tx, *, mall_id: MallId, zone_id: UUID | None, new: ZoneInput, now: datetime) -> Zone:
    """Keep a zone, a new one without `zone_id`; raises Invalid for a border that is none, NotFound."""
    zones.require_border(new)
    made = zone_id or new_id()
    if not await store.save_zone(tx, mall_id, made, new, now, fresh=zone_id is None):
        raise NotFound
    tx.subject = str(made)
    return next(zone for zone in await store.zones(tx, mall_id) if zone.id == made)


async def remove_zone(tx: Tx, *, mall_id: MallId, zone_id: UUID) -> None:
    """Bring nothing there any more; raises NotFound."""
    if not await store.remove_zone(tx, mall_id, zone_id):
        raise NotFound
    tx.subject = str(zone_id)


async def save_rule(tx: Tx, *, mall_id: MallId, rule_id: UUID | None, new: SlotRuleInput, now: datetime) -> SlotRule:
    """Keep a rule of slots, a new one without `rule_id`; what it is for stays.

    Slots booked before keep their bookings, also where their window is no more. Raises Invalid, NotFound.
    """
    _require_window(new)
    if rule_id is not None:
        present = await slots.rule(tx, mall_id, rule_id)
        if present is None:
            raise NotFound
        if (present.way, present.shop_id, present.point_id) != (new.way, new.shop_id, new.point_id):
            raise Invalid.field("way", "rule_stays")
    made = rule_id or new_id()
    try:
        async with tx.savepoint():
            await slots.save_rule(tx, mall_id, made, new, now)
    except asyncpg.ForeignKeyViolationError as error:
        raise Invalid.field("point_id", "point_unknown") from error
    tx.subject = str(made)
    found = await slots.rule(tx, mall_id, made)
    if found is None:
        raise NotFound
    return found


def _require_window(new: SlotRuleInput) -> None:
    if new.way not in SLOTTED:
        raise Invalid.field("way", "way_without_slots")
    if new.ends <= new.starts:
        raise Invalid.field("ends", "after_start")
    if new.point_id is not None and new.way is not Way.POINT:
        raise Invalid.field("point_id", "point_of_points")


async def save_holiday(tx: Tx, *, mall_id: MallId, day: date, new: HolidayInput) -> Holiday:
    """Close a day, or give it another weekday's slots; what is booked stays booked."""
    await slots.save_holiday(tx, mall_id, day, new)
    tx.subject = str(mall_id)
    return Holiday(day=day, as_weekday=new.as_weekday, name_zh=new.name_zh, name_en=new.name_en)


async def remove_holiday(tx: Tx, *, mall_id: MallId, day: date) -> None:
    """Make a day like any other again; raises NotFound."""
    if not await slots.remove_holiday(tx, mall_id, day):
        raise NotFound
    tx.subject = str(mall_id)


async def save_storage(tx: Tx, *, mall_id: MallId, product_id: ProductId, storage: Storage) -> ProductStorage:
    """Keep how a product must be kept on its way."""
    await store.save_storage(tx, mall_id, product_id, storage)
    tx.subject = str(product_id)
    return ProductStorage(product_id=product_id, storage=storage)

"""Reads of addresses and of what malls and shops have decided."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from galleria.commerce.fulfilment.model import (
    Address,
    Holiday,
    Point,
    Policy,
    ProductStorage,
    Reading,
    ShopWay,
    SlotDay,
    SlotRule,
    Storage,
    Zone,
)
from galleria.commerce.fulfilment.rules import slots as rules
from galleria.commerce.fulfilment.store import addresses, points, settings, slots
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import AddressId, MallId, MemberId, PointId, ProductId, ShopId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_date, business_day
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx


async def list_addresses(tx: ReadTx, *, member_id: MemberId) -> Page[Address]:
    """Return a member's addresses, the preferred one first, then the newest."""
    return Page(await addresses.list_mine(tx, member_id))


async def get_address(tx: ReadTx, *, member_id: MemberId, address_id: AddressId) -> Address:
    """Return an address of a member; raises NotFound."""
    found = await addresses.find(tx, member_id, address_id)
    if found is None:
        raise NotFound
    return found


async def get_policy(tx: ReadTx, *, mall_id: MallId) -> Policy:
    """Return a mall's policy, or what holds without one."""
    return await settings.policy(tx, mall_id)


async def list_zones(tx: ReadTx, *, mall_id: MallId) -> Page[Zone]:
    """Return a mall's zones in the order they count."""
    return Page(await settings.zones(tx, mall_id))


async def list_ways(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> Page[ShopWay]:
    """Return the ways a shop has said something of."""
    return Page(await settings.ways(tx, mall_id, shop_id))


async def list_storages(tx: ReadTx, *, mall_id: MallId, product_ids: Sequence[ProductId]) -> Page[ProductStorage]:
    """Return how products must be kept; those left out are ambient."""
    return Page(await settings.storages(tx, mall_id, product_ids))


async def list_rules(tx: ReadTx, *, mall_id: MallId, reach: Reach) -> Page[SlotRule]:
    """Return the rules of slots: those of everybody, and those of shops in reach."""
    shops = None if reach.everything else await _shops(tx, mall_id, reach)
    found = await slots.rules(tx, mall_id)
    return Page([rule for rule in found if shops is None or rule.shop_id is None or rule.shop_id in shops])


async def _shops(tx: ReadTx, mall_id: MallId, reach: Reach) -> set[ShopId]:
    return {
        shop.id
        for shop in await malls.all_shops(tx, mall_id)
        if shop.id in reach.shop_ids or shop.merchant_id in reach.merchant_ids
    }


async def slots_on(tx: ReadTx, *, mall_id: MallId, day: date | None, reach: Reach, now: datetime) -> Page[SlotDay]:
    """Return the slots of a day (default: today) with what is booked in them, also by rules that are no more."""
    mall = await malls.get_mall(tx, mall_id)
    when = day or business_date(now, mall.time_zone)
    known = {rule.id: rule for rule in (await list_rules(tx, mall_id=mall_id, reach=reach)).items}
    holidays = {one.day: one for one in await slots.holidays(tx, mall_id, when) if one.day == when}
    made = rules.slots_of(known.values(), when, mall.time_zone, holidays)
    period = business_day(when, mall.time_zone)
    ends = period.ends_at or period.starts_at + timedelta(days=1)
    booked = {one.id: one for one in await slots.booked(tx, mall_id, period.starts_at, ends) if one.rule_id in known}
    found = {one.id: one for one in made} | booked
    return Page(
        [
            SlotDay(
                id=one.id,
                rule_id=one.rule_id,
                way=known[one.rule_id].way,
                shop_id=known[one.rule_id].shop_id,
                point_id=known[one.rule_id].point_id,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                capacity=one.capacity,
                booked=one.booked,
            )
            for one in sorted(found.values(), key=lambda one: (one.starts_at, one.id))
        ]
    )


async def list_holidays(tx: ReadTx, *, mall_id: MallId, now: datetime) -> Page[Holiday]:
    """Return the holidays from today on."""
    mall = await malls.get_mall(tx, mall_id)
    return Page(await slots.holidays(tx, mall_id, business_date(now, mall.time_zone)))


async def list_points(tx: ReadTx, *, mall_id: MallId) -> Page[Point]:
    """Return a mall's points by code, with their latest temperatures."""
    return Page(await points.list_points(tx, mall_id))


async def get_point(tx: ReadTx, *, mall_id: MallId, point_id: PointId) -> Point:
    """Return a point; raises NotFound."""
    found = await points.find(tx, mall_id, point_id)
    if found is None:
        raise NotFound
    return found


async def get_reading(tx: ReadTx, *, mall_id: MallId, reading_id: UUID) -> Reading:
    """Return a temperature; raises NotFound."""
    found = await points.reading(tx, mall_id, reading_id)
    if found is None:
        raise NotFound
    return found


async def list_readings(
    tx: ReadTx, *, mall_id: MallId, point_id: PointId, storage: Storage | None, cursor: str | None, limit: int
) -> Page[Reading]:
    """Return the temperatures of a point, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await points.readings(tx, mall_id, point_id, storage=storage, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))

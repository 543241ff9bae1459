"""Routes of what malls and shops decide: policy, zones, slots, holidays, ways, how goods are kept."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce.fulfilment.http.asking import MALL, manages_mall, manages_shop
from galleria.commerce.fulfilment.model import (
    Holiday,
    HolidayInput,
    Policy,
    PolicyInput,
    ProductStorage,
    ShopWay,
    ShopWayInput,
    SlotDay,
    SlotRule,
    SlotRuleInput,
    Storage,
    Zone,
    ZoneInput,
)
from galleria.commerce.fulfilment.operations import settings as operations
from galleria.commerce.fulfilment.queries import settings as queries
from galleria.commerce.orders import Way
from galleria.foundation import catalog, malls
from galleria.kernel.ids import MallId, ProductId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.tx import Tx

TAGS = ["fulfilment"]


class Removed(msgspec.Struct, frozen=True):
    """What is no more."""

    id: str


class StorageInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a product must be kept on its way."""

    storage: Storage


class Of(msgspec.Struct, frozen=True):
    """What the journal keeps of a change: of what, and what was said."""

    of: str
    said: ZoneInput | SlotRuleInput | HolidayInput | ShopWayInput | StorageInput | None = None


@get(MALL + "/fulfilment/policy", access=STAFF, summary="How the mall brings goods", tags=TAGS)
async def get_policy(call: TheCall, mall_id: FromPath[UUID]) -> Policy:
    """Return the mall's policy."""
    mall = await manages_mall(call, mall_id)
    async with call.db.read() as tx:
        return await queries.get_policy(tx, mall_id=mall)


@put(MALL + "/fulfilment/policy", access=STAFF, summary="Decide how the mall brings goods", tags=TAGS)
async def save_policy(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[PolicyInput]) -> Policy:
    """Keep the mall's policy."""
    mall = await manages_mall(call, mall_id)
    return await call.write(
        "fulfilment.save_policy",
        lambda tx: operations.save_policy(tx, mall_id=mall, new=data, now=call.now),
        returns=Policy,
        mall_id=mall,
        payload=data,
    )


@get(MALL + "/fulfilment/zones", access=STAFF, summary="Delivery zones", tags=TAGS)
async def list_zones(call: TheCall, mall_id: FromPath[UUID]) -> Page[Zone]:
    """Return the mall's zones in the order they count."""
    mall = await manages_mall(call, mall_id)
    async with call.db.read() as tx:
        return await queries.list_zones(tx, mall_id=mall)


@post(MALL + "/fulfilment/zones", access=STAFF, summary="Add a zone", tags=TAGS)
async def add_zone(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[ZoneInput]) -> Zone:
    """Bring goods into one more zone."""
    return await _save_zone(call, mall_id, None, data)


@put(MALL + "/fulfilment/zones/{zone_id:uuid}", access=STAFF, summary="Change a zone", tags=TAGS)
async def change_zone(
    call: TheCall, mall_id: FromPath[UUID], zone_id: FromPath[UUID], data: JSONBody[ZoneInput]
) -> Zone:
    """Replace a zone; what was booked keeps its fee."""
    return await _save_zone(call, mall_id, zone_id, data)


async def _save_zone(call: TheCall, mall_id: UUID, zone_id: UUID | None, data: ZoneInput) -> Zone:
    mall = await manages_mall(call, mall_id)
    return await call.write(
        "fulfilment.save_zone",
        lambda tx: operations.save_zone(tx, mall_id=mall, zone_id=zone_id, new=data, now=call.now),
        returns=Zone,
        mall_id=mall,
        payload=Of(str(zone_id), data),
    )


@delete(MALL + "/fulfilment/zones/{zone_id:uuid}", access=STAFF, status_code=200, summary="Give a zone up", tags=TAGS)
async def remove_zone(call: TheCall, mall_id: FromPath[UUID], zone_id: FromPath[UUID]) -> Removed:
    """Bring nothing there any more; what was booked is still brought."""
    mall = await manages_mall(call, mall_id)

    async def remove(tx: Tx) -> Removed:
        await operations.remove_zone(tx, mall_id=mall, zone_id=zone_id)
        return Removed(str(zone_id))

    return await call.write("fulfilment.remove_zone", remove, returns=Removed, mall_id=mall, payload=Of(str(zone_id)))


@get(MALL + "/fulfilment/slot-rules", access=STAFF, summary="Rules of slots", tags=TAGS)
async def list_rules(call: TheCall, mall_id: FromPath[UUID]) -> Page[SlotRule]:
    """Return the rules of slots that hold for everybody or for the asker's shops."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.DELIVERY_MANAGE, await malls.mall_target(tx, mall))
        return await queries.list_rules(tx, mall_id=mall, reach=reach)


@post(MALL + "/fulfilment/slot-rules", access=STAFF, summary="Add a rule of slots", tags=TAGS)
async def add_rule(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[SlotRuleInput]) -> SlotRule:
    """Open slots; those of one shop by its own managers, those of everybody by the mall's."""
    return await _save_rule(call, mall_id, None, data)


@put(MALL + "/fulfilment/slot-rules/{slot_rule_id:uuid}", access=STAFF, summary="Change a rule of slots", tags=TAGS)
async def change_rule(
    call: TheCall, mall_id: FromPath[UUID], slot_rule_id: FromPath[UUID], data: JSONBody[SlotRuleInput]
) -> SlotRule:
    """Change windows, weekdays, capacity or lead time; what is booked stays booked."""
    return await _save_rule(call, mall_id, slot_rule_id, data)


async def _save_rule(call: TheCall, mall_id: UUID, rule_id: UUID | None, data: SlotRuleInput) -> SlotRule:
    mall = MallId(mall_id)
    if data.shop_id is None or data.point_id is not None:
        await manages_mall(call, mall_id)
    else:
        await manages_shop(call, mall_id, data.shop_id)
    return await call.write(
        "fulfilment.save_slot_rule",
        lambda tx: operations.save_rule(tx, mall_id=mall, rule_id=rule_id, new=data, now=call.now),
        returns=SlotRule,
        mall_id=mall,
        payload=Of(str(rule_id), data),
    )


@get(MALL + "/fulfilment/slots", access=STAFF, summary="Slots of a day", tags=TAGS)
async def slots_on(call: TheCall, mall_id: FromPath[UUID], day: FromQuery[date | None] = None) -> Page[SlotDay]:
    """Return the slots of a day with what is booked in them."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        return await queries.slots_on(tx, mall_id=mall, day=day, reach=reach, now=call.now)


@get(MALL + "/fulfilment/holidays", access=STAFF, summary="Holidays from today on", tags=TAGS)
async def list_holidays(call: TheCall, mall_id: FromPath[UUID]) -> Page[Holiday]:
    """Return the days that are closed or have another weekday's slots."""
    mall = await manages_mall(call, mall_id)
    async with call.db.read() as tx:
        return await queries.list_holidays(tx, mall_id=mall, now=call.now)


@put(MALL + "/fulfilment/holidays/{day:date}", access=STAFF, summary="Set a holiday", tags=TAGS)
async def save_holiday(
    call: TheCall, mall_id: FromPath[UUID], day: FromPath[date], data: JSONBody[HolidayInput]
) -> Holiday:
    """Close a day, or give it another weekday's slots; what is booked stays booked."""
    mall = await manages_mall(call, mall_id)
    return await call.write(
        "fulfilment.save_holiday",
        lambda tx: operations.save_holiday(tx, mall_id=mall, day=day, new=data),
        returns=Holiday,
        mall_id=mall,
        payload=Of(day.isoformat(), data),
    )


@delete(MALL + "/fulfilment/holidays/{day:date}", access=STAFF, status_code=200, summary="No holiday", tags=TAGS)
async def remove_holiday(call: TheCall, mall_id: FromPath[UUID], day: FromPath[date]) -> Removed:
    """Make a day like any other again."""
    mall = await manages_mall(call, mall_id)

    async def remove(tx: Tx) -> Removed:
        await operations.remove_holiday(tx, mall_id=mall, day=day)
        return Removed(day.isoformat())

    return await call.write(
        "fulfilment.remove_holiday", remove, returns=Removed, mall_id=mall, payload=Of(day.isoformat())
    )


@get(MALL + "/shops/{shop_id:uuid}/ways", access=STAFF, summary="Ways of a shop", tags=TAGS)
async def list_ways(call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID]) -> Page[ShopWay]:
    """Return the ways the shop's goods may go, and their terms."""
    mall, shop = await manages_shop(call, mall_id, shop_id)
    async with call.db.read() as tx:
        return await queries.list_ways(tx, mall_id=mall, shop_id=shop)


@put(MALL + "/shops/{shop_id:uuid}/ways/{way:str}", access=STAFF, summary="Set a way of a shop", tags=TAGS)
async def save_way(
    call: TheCall, mall_id: FromPath[UUID], shop_id: FromPath[UUID], way: FromPath[Way], data: JSONBody[ShopWayInput]
) -> Page[ShopWay]:
    """Keep the terms of one way of the shop and return all of its ways."""
    mall, shop = await manages_shop(call, mall_id, shop_id)
    return Page(
        await call.write(
            "fulfilment.save_way",
            lambda tx: operations.save_way(tx, mall_id=mall, shop_id=shop, way=way, new=data, now=call.now),
            returns=list[ShopWay],
            mall_id=mall,
            payload=Of(f"{shop}/{way}", data),
        )
    )


@get(MALL + "/fulfilment/storages", access=STAFF, summary="How products must be kept", tags=TAGS)
async def list_storages(
    call: TheCall, mall_id: FromPath[UUID], product: Annotated[list[UUID] | None, QueryParameter()] = None
) -> Page[ProductStorage]:
    """Return how some products must be kept on their way; those left out are ambient."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        call.actor.reach(Permission.FULFIL, await malls.mall_target(tx, mall))
        return await queries.list_storages(tx, mall_id=mall, product_ids=[ProductId(one) for one in product or []])


@put(MALL + "/products/{product_id:uuid}/storage", access=STAFF, summary="How a product must be kept", tags=TAGS)
async def save_storage(
    call: TheCall, mall_id: FromPath[UUID], product_id: FromPath[UUID], data: JSONBody[StorageInput]
) -> ProductStorage:
    """Say whether a product must be kept chilled or frozen on its way."""
    mall, product = MallId(mall_id), ProductId(product_id)
    async with call.db.read() as tx:
        shop_id: ShopId = await catalog.shop_of(tx, mall_id=mall, product_id=product)
    await manages_shop(call, mall_id, shop_id)
    return await call.write(
        "fulfilment.save_storage",
        lambda tx: operations.save_storage(tx, mall_id=mall, product_id=product, storage=data.storage),
        returns=ProductStorage,
        mall_id=mall,
        payload=Of(str(product), data),
    )


ROUTES = [
    get_policy, save_policy, list_zones, add_zone, change_zone, remove_zone, list_rules, add_rule, change_rule,
    slots_on, list_holidays, save_holiday, remove_holiday, list_ways, save_way, list_storages, save_storage,
]  # fmt: skip

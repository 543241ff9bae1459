"""What a restaurant sets up: its terms, stations, tables, choices, dishes, and what has run out."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.foundation import catalog
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, ProductId, ShopId, TableId, new_id
from galleria.onsite.dining import queries, rules, store
from galleria.onsite.dining.model import (
    DishInput,
    DishSettings,
    GroupInput,
    NumberTaken,
    OptionGroup,
    OptionInput,
    Restaurant,
    RestaurantInput,
    StationInput,
    Table,
    TableInput,
)
from galleria.platform.command import Event
from galleria.platform.tx import Tx

STICKER_BYTES = 15
"""Fifteen random bytes are twenty letters on the sticker."""


async def set_restaurant(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, terms: RestaurantInput, now: datetime
) -> Restaurant:
    """Set how a restaurant takes orders at its tables, and the stations of its kitchen."""
    known = {station.id for station in await store.stations(tx, mall_id, shop_id)}
    await store.put_terms(tx, mall_id, shop_id, terms, now)
    await store.put_stations(tx, mall_id, shop_id, _placed(terms.stations, known, "stations"))
    _changed(tx, shop_id, "dining.terms_set", [])
    return await queries.restaurant(tx, mall_id=mall_id, shop_id=shop_id)


async def set_group(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, group_id: UUID | None, group: GroupInput
) -> OptionGroup:
    """Write a group of choices, a new one without `group_id`; raises NotFound for another shop's, Invalid."""
    rules.require_group(group)
    groups = {one.id: one for one in await store.groups(tx, mall_id, shop_id)}
    if group_id is not None and group_id not in groups:
        raise NotFound
    known = set() if group_id is None else {option.id for option in groups[group_id].options}
    written = group_id or new_id()
    await store.put_group(tx, mall_id, shop_id, written, group, _placed(group.options, known, "options"))
    _changed(tx, shop_id, "dining.menu_changed", await store.guests_in(tx, mall_id, shop_id))
    return next(one for one in await store.groups(tx, mall_id, shop_id) if one.id == written)


async def delete_group(tx: Tx, *, mall_id: MallId, shop_id: ShopId, group_id: UUID) -> UUID:
    """Take a group of choices away, from its dishes too; raises NotFound."""
    if not await store.delete_group(tx, mall_id, shop_id, group_id):
        raise NotFound
    _changed(tx, shop_id, "dining.menu_changed", await store.guests_in(tx, mall_id, shop_id))
    return group_id


async def set_dish(tx: Tx, *, mall_id: MallId, shop_id: ShopId, product_id: ProductId, dish: DishInput) -> DishSettings:
    """Say which station makes a product, in which course it comes, and its choices; raises NotFound, Invalid."""
    await _require_product(tx, mall_id, shop_id, product_id)
    stations = {station.id for station in await store.stations(tx, mall_id, shop_id)}
    if dish.station_id is not None and dish.station_id not in stations:
        raise Invalid.field("station_id", "station_unknown")
    groups = {group.id for group in await store.groups(tx, mall_id, shop_id)}
    if not groups.issuperset(dish.group_ids):
        raise Invalid.field("group_ids", "group_unknown")
    await store.put_dish(tx, mall_id, shop_id, product_id, dish)
    _changed(tx, shop_id, "dining.menu_changed", await store.guests_in(tx, mall_id, shop_id))
    return await _dish(tx, mall_id, shop_id, product_id)


async def set_dish_sold_out(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, product_id: ProductId, sold_out: bool
) -> DishSettings:
    """Say that a dish has run out, or is back; every phone in the room hears it. Raises NotFound."""
    await _require_product(tx, mall_id, shop_id, product_id)
    await store.set_dish_sold_out(tx, mall_id, shop_id, product_id, sold_out=sold_out)
    _changed(tx, shop_id, "dining.menu_changed", await store.guests_in(tx, mall_id, shop_id))
    return await _dish(tx, mall_id, shop_id, product_id)


async def set_option_sold_out(tx: Tx, *, mall_id: MallId, shop_id: ShopId, option_id: UUID, sold_out: bool) -> UUID:
    """Say that a choice has run out, or is back; every phone in the room hears it. Raises NotFound."""
    if not await store.set_option_sold_out(tx, mall_id, shop_id, option_id, sold_out=sold_out):
        raise NotFound
    _changed(tx, shop_id, "dining.menu_changed", await store.guests_in(tx, mall_id, shop_id))
    return option_id


async def add_table(tx: Tx, *, mall_id: MallId, shop_id: ShopId, table: TableInput) -> Table:
    """Put a table up, with a code of its own; raises NumberTaken."""
    table_id = TableId(new_id())
    if not await store.add_table(tx, mall_id, shop_id, table_id, table, secrets.token_urlsafe(STICKER_BYTES)):
        raise NumberTaken(number=table.number)
    tx.subject = str(table_id)
    return await _table(tx, mall_id, shop_id, table_id)


async def change_table(tx: Tx, *, mall_id: MallId, shop_id: ShopId, table_id: TableId, table: TableInput) -> Table:
    """Change a table; raises NotFound, NumberTaken."""
    await _table(tx, mall_id, shop_id, table_id)
    if not await store.change_table(tx, mall_id, shop_id, table_id, table):
        raise NumberTaken(number=table.number)
    tx.subject = str(table_id)
    return await _table(tx, mall_id, shop_id, table_id)


async def renew_sticker(tx: Tx, *, mall_id: MallId, shop_id: ShopId, table_id: TableId) -> Table:
    """Give a table another code, so that the old sticker is good for nothing; raises NotFound."""
    if not await store.set_sticker(tx, mall_id, shop_id, table_id, secrets.token_urlsafe(STICKER_BYTES)):
        raise NotFound
    tx.subject = str(table_id)
    return await _table(tx, mall_id, shop_id, table_id)


def _placed(inputs: Sequence[StationInput | OptionInput], known: set[UUID], field: str) -> list[store.Placed]:
    """Return what to write, in order; raises Invalid for an id that is not the shop's, or there twice."""
    ids = [one.id for one in inputs if one.id is not None]
    if len(set(ids)) != len(ids) or not known.issuperset(ids):
        raise Invalid.field(field, "not_of_this_shop")
    return [
        store.Placed(
            id=one.id or new_id(),
            name_zh=one.name_zh.strip(),
            name_en=one.name_en.strip(),
            position=position,
            extra_minor=one.extra_minor if isinstance(one, OptionInput) else 0,
        )
        for position, one in enumerate(inputs)
    ]


async def _require_product(tx: Tx, mall_id: MallId, shop_id: ShopId, product_id: ProductId) -> None:
    if await catalog.shop_of(tx, mall_id=mall_id, product_id=product_id) != shop_id:
        raise NotFound


async def _dish(tx: Tx, mall_id: MallId, shop_id: ShopId, product_id: ProductId) -> DishSettings:
    return next(one for one in await store.dishes(tx, mall_id, shop_id) if one.product_id == product_id)


async def _table(tx: Tx, mall_id: MallId, shop_id: ShopId, table_id: TableId) -> Table:
    found = next((one for one in await store.tables(tx, mall_id, shop_id) if one.id == table_id), None)
    if found is None:
        raise NotFound
    return found


def _changed(tx: Tx, shop_id: ShopId, kind: str, guests: Sequence[UUID]) -> None:
    tx.subject = str(shop_id)
    topics = (f"shop:{shop_id}", *(f"member:{one}" for one in guests))
    tx.emit(Event(kind, shop_id, {"shop_id": str(shop_id)}, topics))

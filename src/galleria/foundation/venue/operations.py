"""Writes of the building: importing a mall out of files, as a whole or not at all."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.foundation import malls
from galleria.foundation.venue import store
from galleria.foundation.venue.importing import sources
from galleria.foundation.venue.importing.draft import Drafts, Kind
from galleria.foundation.venue.importing.settlement import Present, Settled, Settlement, settle
from galleria.foundation.venue.importing.sources import SourceFile
from galleria.foundation.venue.model import BuildingId, FloorId, ImportReport
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import GroupId, MallId, new_id
from galleria.platform.actors import Actor
from galleria.platform.command import Command, Event
from galleria.platform.runtime import Runtime
from galleria.platform.tx import ReadTx, Tx

Ids = dict[tuple[str, ...], Any]


class ImportRefused(Invalid):
    """Nothing was imported: `errors` name every file, line or feature, and field that is wrong."""

    code = "import_refused"


async def import_mall(
    runtime: Runtime,
    *,
    group_id: GroupId | malls.NewGroup,
    files: Sequence[SourceFile],
    actor: Actor,
    now: datetime,
    mall_code: str | None = None,
    dry_run: bool = False,
    key: str | None = None,
) -> ImportReport:
    """Import malls out of CSV files, floor maps and IMDF archives, in one transaction; a dry run only tells.

    A new group is made with the import or not at all. `mall_code` is the mall of files that name none; it is made when
    there is none of that code. `key` is the caller's idempotency key. Raises ImportRefused with every problem at once,
    NotFound for no such group. Importing the same files again changes nothing.
    """
    if mall_code is not None and not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", mall_code):
        raise Invalid.field("mall", "import_mall_code", given=mall_code[:40])
    drafts = await asyncio.to_thread(sources.read, list(files), mall_code)
    if dry_run:
        async with runtime.db.read() as tx:
            return await preview_import(tx, group_id=group_id, drafts=drafts)
    told = [(file.name, hashlib.sha256(file.content).hexdigest()) for file in files]
    command = Command(kind="venue.import", actor=actor, now=now, key=key, input=(group_id, mall_code, told))

    async def apply(tx: Tx) -> ImportReport:
        into = group_id
        if isinstance(into, malls.NewGroup):
            into = (await malls.create_group(tx, **msgspec.structs.asdict(into), now=now)).id
        return await apply_import(tx, group_id=into, drafts=drafts, now=now)

    return await runtime.db.write(command, apply, returns=ImportReport)


async def preview_import(tx: ReadTx, *, group_id: GroupId | malls.NewGroup, drafts: Drafts) -> ImportReport:
    """Return what an import would do, changing nothing; raises ImportRefused, NotFound for no such group."""
    if isinstance(group_id, malls.NewGroup):
        group_id = GroupId(new_id())
    else:
        await malls.get_group(tx, group_id)
    return _report(await _settled(tx, group_id, drafts), dry_run=True)


async def apply_import(tx: Tx, *, group_id: GroupId, drafts: Drafts, now: datetime) -> ImportReport:
    """Write what files say; raises ImportRefused with nothing written, NotFound for no such group.

    Imports of a group run one after another, by a lock on the group's row.
    """
    await malls.lock_group(tx, group_id)
    settlement = await _settled(tx, group_id, drafts)
    mall_ids = await _save_malls(tx, group_id, settlement, now)
    merchants = await _save_merchants(tx, group_id, settlement, now)
    for code, mall_id in mall_ids.items():
        await _save_mall_content(tx, mall_id, code, settlement, merchants, now)
    report = _report(settlement, dry_run=False)
    tx.subject = str(group_id)
    data: dict[str, str | int | None] = {kind: c.created + c.changed for kind, c in report.counts.items()}
    tx.emit(Event("venue.imported", group_id, data, topics=tuple(f"mall:{i}" for i in mall_ids.values())))
    return report


async def _settled(tx: ReadTx, group_id: GroupId, drafts: Drafts) -> Settlement:
    settlement = settle(drafts, await _present(tx, group_id, drafts))
    if settlement.errors:
        raise ImportRefused(errors=tuple(settlement.errors), count=len(settlement.errors))
    return settlement


def _report(settlement: Settlement, *, dry_run: bool) -> ImportReport:
    codes = sorted(thing.key[0] for thing in settlement.things if thing.kind is Kind.MALL)
    return ImportReport(dry_run, codes, settlement.counts(), settlement.differences())


async def _present(tx: ReadTx, group_id: GroupId, drafts: Drafts) -> Present:
    """Return what is there of the malls that the drafts speak of."""
    rows: dict[Kind, dict[tuple[str, ...], dict[str, Any]]] = {kind: {} for kind in Kind}
    foreign = set()
    merchants = await malls.all_merchants(tx, group_id)
    rows[Kind.MERCHANT] = {(m.code,): {"name_zh": m.name_zh, "name_en": m.name_en} for m in merchants}
    for code in sorted(_mall_codes(drafts)):
        mall = await malls.find_mall(tx, code)
        if mall is None:
            continue
        if mall.group_id != group_id:
            foreign.add(code)
            continue
        rows[Kind.MALL][code,] = _fields(mall)
        await _present_directory(tx, mall.id, code, {m.id: m.code for m in merchants}, rows)
        await _present_building(tx, mall.id, code, rows)
    return Present(rows, foreign)


def _mall_codes(drafts: Drafts) -> set[str]:
    codes = {key[0] for kind, key in drafts.mentioned if kind is not Kind.MERCHANT}
    return codes | {key[0] for kind, found in drafts.found.items() if kind is not Kind.MERCHANT for key in found}


async def _present_directory(
    tx: ReadTx, mall_id: MallId, mall: str, merchants: dict[Any, str], rows: dict[Kind, dict[Any, dict[str, Any]]]
) -> None:
    categories = {category.id: category for category in await malls.list_categories(tx, mall_id)}
    for category in categories.values():
        parent = None if category.parent_id is None else categories[category.parent_id].code
        rows[Kind.CATEGORY][mall, category.code] = {**_fields(category), "parent": parent}
    for shop in await malls.all_shops(tx, mall_id):
        rows[Kind.SHOP][mall, shop.code] = {
            **_fields(shop),
            "merchant": merchants[shop.merchant_id],
            "category": categories[shop.category_id].code,
            "floor": shop.floor_code,
            "unit": shop.unit_code,
            "state": shop.state.value,
        }


async def _present_building(
    tx: ReadTx, mall_id: MallId, mall: str, rows: dict[Kind, dict[Any, dict[str, Any]]]
) -> None:
    for building in await store.buildings(tx, mall_id):
        rows[Kind.BUILDING][mall, building.code] = _fields(building)
    for floor in await store.all_floors(tx, mall_id):
        rows[Kind.FLOOR][mall, floor.building, floor.code] = _fields(floor)
    for unit in await store.all_units(tx, mall_id):
        rows[Kind.UNIT][mall, unit.building, unit.floor, unit.code] = _fields(unit)
    shops = {shop.id: shop.code for shop in await malls.all_shops(tx, mall_id)}
    for row in rows[Kind.UNIT].values():
        row["shop"] = shops.get(row.pop("shop_id", None), row.get("shop"))


_KEPT = {
    "name_zh", "name_en", "address_zh", "address_en", "time_zone", "currency", "hours", "position", "about_zh",
    "about_en", "phone", "ordinal", "width_m", "height_m", "outline", "unit_kind", "feature", "shop_id", "longitude",
    "latitude", "picture", "logo",
}  # fmt: skip


def _fields(thing: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(thing).items() if name in _KEPT}


async def _save_malls(tx: Tx, group_id: GroupId, settlement: Settlement, now: datetime) -> dict[str, MallId]:
    """Write malls and return the ids of all that the import speaks of, by code."""
    ids: dict[str, MallId] = {}
    codes = {t.key[0] for t in settlement.things if t.kind is not Kind.MERCHANT}
    for thing in settlement.to_write(Kind.MALL):
        if thing.created:
            new = malls.NewMall(code=thing.key[0], **thing.values)
            ids[new.code] = (await malls.create_mall(tx, group_id=group_id, mall=new, now=now)).id
            continue
        mall_id = (await malls.get_mall_by_code(tx, thing.key[0])).id
        change = {name: thing.values[name] for name in thing.fields}
        ids[thing.key[0]] = (await malls.update_mall(tx, mall_id=mall_id, change=malls.MallChange(**change))).id
    for code in sorted(codes - set(ids)):
        ids[code] = (await malls.get_mall_by_code(tx, code)).id
    return ids


async def _save_merchants(tx: Tx, group_id: GroupId, settlement: Settlement, now: datetime) -> dict[str, Any]:
    new = [malls.NewMerchant(code=t.key[0], **t.values) for t in settlement.to_write(Kind.MERCHANT)]
    known: dict[str, Any] = {m.code: m.id for m in await malls.all_merchants(tx, group_id)}
    return known | await malls.save_merchants(tx, group_id=group_id, merchants=new, now=now) if new else known


async def _save_mall_content(
    tx: Tx, mall_id: MallId, mall: str, settlement: Settlement, merchants: dict[str, Any], now: datetime
) -> None:
    """Write what a mall holds, parents before children."""

    def mine(kind: Kind) -> list[Settled]:
        return [thing for thing in settlement.to_write(kind) if thing.key[0] == mall]

    categories = await _save_categories(tx, mall_id, mine(Kind.CATEGORY))
    shops: dict[str, Any] = {shop.code: shop.id for shop in await malls.all_shops(tx, mall_id)}
    new = [_shop(thing, merchants, categories) for thing in mine(Kind.SHOP)]
    if new:
        shops |= await malls.save_shops(tx, mall_id=mall_id, shops=new, now=now)
    await _save_building(tx, mall_id, mine, shops)


async def _save_categories(tx: Tx, mall_id: MallId, things: list[Settled]) -> dict[str, Any]:
    """Write categories level by level, so that a parent is there before what is below it; return ids by code."""
    ids: dict[str, Any] = {category.code: category.id for category in await malls.list_categories(tx, mall_id)}
    left = {thing.key[1]: thing for thing in things}
    while left:
        ready = [thing for thing in left.values() if thing.values["parent"] not in left]
        rows = [
            malls.NewCategory(
                code=thing.key[1],
                parent_id=ids.get(thing.values["parent"]),
                **{name: value for name, value in thing.values.items() if name != "parent"},
            )
            for thing in ready
        ]
        ids |= await malls.save_categories(tx, mall_id=mall_id, categories=rows)
        for thing in ready:
            del left[thing.key[1]]
    return ids


def _shop(thing: Settled, merchants: dict[str, Any], categories: dict[str, Any]) -> malls.NewShop:
    values = dict(thing.values)
    return malls.NewShop(
        code=thing.key[1],
        merchant_id=merchants[values.pop("merchant")],
        category_id=categories[values.pop("category")],
        floor_code=values.pop("floor"),
        unit_code=values.pop("unit"),
        state=malls.ShopState(values.pop("state")),
        **values,
    )


async def _save_building(tx: Tx, mall_id: MallId, mine: Any, shops: dict[str, Any]) -> None:
    buildings: dict[str, BuildingId] = {b.code: b.id for b in await store.buildings(tx, mall_id)}
    new = [{"code": t.key[1], **t.values} for t in mine(Kind.BUILDING)]
    buildings |= await store.save_buildings(tx, mall_id, new) if new else {}
    floors: dict[tuple[str, str], FloorId] = {(f.building, f.code): f.id for f in await store.all_floors(tx, mall_id)}
    new = [{"building_id": buildings[t.key[1]], "code": t.key[2], **t.values} for t in mine(Kind.FLOOR)]
    if new:
        saved = await store.save_floors(tx, mall_id, new)
        names: dict[Any, str] = {identifier: code for code, identifier in buildings.items()}
        floors |= {(names[building_id], code): floor_id for building_id, code, floor_id in saved}
    new = [
        {
            "floor_id": floors[t.key[1], t.key[2]],
            "code": t.key[3],
            **t.values,
            "shop_id": None if t.values["shop"] is None else shops[t.values["shop"]],
        }
        for t in mine(Kind.UNIT)
    ]
    if new:
        await store.save_units(tx, mall_id, new)

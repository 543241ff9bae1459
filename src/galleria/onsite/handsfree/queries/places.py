"""Desks, a runner's way, labels, counts, and what waits for a person."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec

from galleria.foundation import malls, staff, venue
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import BagId, MallId, ShopId, StaffId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.onsite.handsfree import rules
from galleria.onsite.handsfree.model import (
    BagCount,
    BagDesk,
    BagDeskBoard,
    BagDeskKind,
    BagExceptionKind,
    BagLabelBatch,
    BagPolicy,
    BagProblem,
    BagRun,
    BagShelfBoard,
    BagState,
    BagStop,
    BagView,
    BagWay,
)
from galleria.onsite.handsfree.queries.views import views
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import desk as desks
from galleria.onsite.handsfree.store import scan as scans
from galleria.platform.tx import ReadTx

UNDER_WAY = (BagState.AT_SHOP, BagState.CARRIED, BagState.SHELVED)
BAGS_MAX = 2000


async def get_policy(tx: ReadTx, mall_id: MallId) -> BagPolicy:
    """Return a mall's policy."""
    return await desks.policy(tx, mall_id)


async def list_desks(tx: ReadTx, mall_id: MallId, *, only_open: bool = False) -> list[BagDesk]:
    """Return a mall's desks with their shelves, by code; raises NotFound for no such mall."""
    await malls.group_of(tx, mall_id)
    return await desks.list_desks(tx, mall_id, only_open=only_open)


async def find_desk(tx: ReadTx, mall_id: MallId, desk_id: UUID) -> BagDesk:
    """Return a desk; raises NotFound."""
    found = next((desk for desk in await desks.list_desks(tx, mall_id) if desk.id == desk_id), None)
    if found is None:
        raise NotFound
    return found


async def desk_board(tx: ReadTx, *, mall_id: MallId, desk_id: UUID, now: datetime) -> BagDeskBoard:
    """Return a desk with what lies on its shelves and what is being carried. Raises NotFound."""
    desk = await find_desk(tx, mall_id, desk_id)
    here = await store.list_bags(tx, mall_id, desk_id=desk_id, states=[BagState.SHELVED], limit=BAGS_MAX)
    under_way = await store.list_bags(tx, mall_id, states=[BagState.CARRIED], limit=BAGS_MAX)
    seen = await views(tx, mall_id, [*here, *under_way], now=now)
    lying = [bag for bag in seen if bag.state is BagState.SHELVED]
    return BagDeskBoard(
        desk=desk,
        shelves=[
            BagShelfBoard(**msgspec.structs.asdict(shelf), bags=[bag for bag in lying if bag.shelf_id == shelf.id])
            for shelf in desk.shelves
        ],
        coming=[bag for bag in seen if bag.state is BagState.CARRIED],
        count_id=await desks.open_count(tx, mall_id, desk_id),
    )


async def run(tx: ReadTx, *, mall_id: MallId, staff_id: StaffId, desk_id: UUID | None, now: datetime) -> BagRun:
    """Return a runner's work from a desk, or from the ground floor's entrance: stops in the order of the way."""
    bags = await store.list_bags(tx, mall_id, states=UNDER_WAY, limit=BAGS_MAX)
    seen = await views(tx, mall_id, bags, now=now)
    kinds = {desk.id: desk.kind for desk in await desks.list_desks(tx, mall_id)}
    mine = {bag.id for bag in bags if bag.fetcher_id == staff_id and bag.fetch_until and bag.fetch_until > now}
    shelved = [view for view in seen if view.state is BagState.SHELVED]
    away = {BagExceptionKind.TO_STORE.value, BagExceptionKind.TO_RETURN.value, BagExceptionKind.TOO_LONG.value}
    return BagRun(
        stops=await _stops(tx, mall_id, desk_id, [v for v in seen if v.state is BagState.AT_SHOP], mine),
        carrying=[view for view in seen if view.state is BagState.CARRIED and view.runner_id == staff_id],
        bring_out=[view for view in shelved if _is_wanted_elsewhere(view, kinds)],
        put_away=[view for view in shelved if view.due in away and not _is_wanted_elsewhere(view, kinds)],
    )


def _is_wanted_elsewhere(view: BagView, kinds: dict[UUID, BagDeskKind]) -> bool:
    """Return whether a bag on a shelf is to go to its shopper's car, or to another desk that he asked for."""
    if view.way is BagWay.CAR:
        return view.desk_id is not None and kinds.get(view.desk_id) is not BagDeskKind.CAR_BAY
    return view.wish_desk_id is not None and view.wish_desk_id != view.desk_id


async def _stops(
    tx: ReadTx, mall_id: MallId, desk_id: UUID | None, waiting: Sequence[BagView], mine: set[BagId]
) -> list[BagStop]:
    by_shop = sorted(waiting, key=lambda bag: (bag.shop_id, bag.sealed_at))
    groups = {shop: list(group) for shop, group in groupby(by_shop, key=lambda bag: bag.shop_id)}
    if not groups:
        return []
    desk = None if desk_id is None else await find_desk(tx, mall_id, desk_id)
    plan = await _plan(tx, mall_id, {bags[0].floor_code for bags in groups.values()}, desk)
    start = None if desk is None else plan.place(desk.floor_code, desk.unit_code)
    spots = [rules.Spot(bags, plan.place(bags[0].floor_code, bags[0].unit_code, shop)) for shop, bags in groups.items()]
    return [_stop(spot.thing, metres, mine) for spot, metres in rules.way_round(start, spots)]


def _stop(bags: list[BagView], metres: int | None, mine: set[BagId]) -> BagStop:
    first = bags[0]
    own = any(bag.id in mine for bag in bags)
    return BagStop(
        shop_id=first.shop_id,
        shop_zh=first.shop_zh,
        shop_en=first.shop_en,
        floor_code=first.floor_code,
        unit_code=first.unit_code,
        metres=metres,
        mine=own,
        fetcher=None if own else next((bag.fetcher_name for bag in bags if bag.fetcher_name), None),
        oldest_at=min(bag.sealed_at for bag in bags),
        bags=bags,
    )


class _Plan(msgspec.Struct):
    """How high floors lie, and where on them shops and units are drawn."""

    ordinals: dict[str, int]
    shops: dict[ShopId, tuple[float, float]]
    units: dict[tuple[str, str], tuple[float, float]]

    def place(self, floor_code: str, unit_code: str, shop_id: ShopId | None = None) -> rules.Place:
        drawn = self.units.get((floor_code, unit_code))
        point = drawn if shop_id is None else self.shops.get(shop_id, drawn)
        return rules.Place(self.ordinals.get(floor_code), floor_code, unit_code, point)


async def _plan(tx: ReadTx, mall_id: MallId, floors: set[str], desk: BagDesk | None) -> _Plan:
    """Return the plan of some floors and the desk's, as far as the building is drawn."""
    wanted = floors if desk is None else floors | {desk.floor_code}
    plan = _Plan({}, {}, {})
    for building in await venue.list_floors(tx, mall_id):
        for floor in building.floors:
            if floor.code not in wanted or floor.code in plan.ordinals:
                continue
            plan.ordinals[floor.code] = floor.ordinal
            for unit in (await venue.floor_plan(tx, mall_id, floor.id)).features:
                point, shop_id = unit.properties.label, unit.properties.shop_id
                if point is not None:
                    plan.units[floor.code, unit.properties.code] = point
                    if shop_id is not None:
                        plan.shops[shop_id] = point
    return plan


async def list_batches(
    tx: ReadTx, *, mall_id: MallId, shop_ids: Sequence[ShopId] | None, cursor: str | None, limit: int
) -> Page[BagLabelBatch]:
    """Return batches of labels, the newest first; those made for some shops when given."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await scans.list_batches(tx, mall_id, shop_ids=shop_ids, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.id,))
    names = await staff.names(tx, await malls.group_of(tx, mall_id), [row.staff_id for row in page.items])
    named = [msgspec.structs.replace(row, staff_name=names.get(row.staff_id, "")) for row in page.items]
    return Page(named, page.next_cursor)


async def sheet(tx: ReadTx, mall_id: MallId, batch_id: UUID) -> tuple[BagLabelBatch, list[str]]:
    """Return a batch and its labels that are on no bag yet, in their order; raises NotFound."""
    found = await scans.find_batch(tx, mall_id, batch_id)
    if found is None:
        raise NotFound
    return found, await scans.unused_labels(tx, mall_id, batch_id)


async def count_view(tx: ReadTx, *, mall_id: MallId, count_id: UUID) -> BagCount:
    """Return a count with its lines; raises NotFound."""
    count = await desks.find_count(tx, mall_id, count_id)
    if count is None:
        raise NotFound
    lines = await desks.count_lines(tx, mall_id, count_id)
    names = await staff.names(tx, await malls.group_of(tx, mall_id), [count.staff_id])
    return BagCount(
        id=count.id,
        desk_id=count.desk_id,
        state=count.state,
        staff_name=names.get(count.staff_id, ""),
        started_at=count.started_at,
        closed_at=count.closed_at,
        expected=sum(line.expected for line in lines),
        seen=sum(line.seen_at is not None for line in lines),
        lines=lines,
    )


async def list_problems(
    tx: ReadTx, *, mall_id: MallId, only_open: bool, cursor: str | None, limit: int
) -> Page[BagProblem]:
    """Return what persons must look at, or have, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await scans.list_problems(tx, mall_id, only_open=only_open, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.id,))
    return Page(await _with_closers(tx, mall_id, page.items), page.next_cursor)


async def problem(tx: ReadTx, mall_id: MallId, problem_id: UUID) -> BagProblem:
    """Return something a person must look at; raises NotFound."""
    found = await scans.find_problem(tx, mall_id, problem_id)
    if found is None:
        raise NotFound
    return (await _with_closers(tx, mall_id, [found]))[0]


async def _with_closers(tx: ReadTx, mall_id: MallId, rows: Sequence[BagProblem]) -> list[BagProblem]:
    closers = [row.closed_by for row in rows if row.closed_by is not None]
    names = await staff.names(tx, await malls.group_of(tx, mall_id), closers)
    return [
        row if row.closed_by is None else msgspec.structs.replace(row, closed_by_name=names.get(row.closed_by))
        for row in rows
    ]

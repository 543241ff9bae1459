"""Bags with the names of people and places."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.foundation import malls, members, staff
from galleria.kernel.ids import MallId
from galleria.onsite.handsfree import rules
from galleria.onsite.handsfree.model import Bag, BagOutcome, BagShelf, BagView, CustodyStep, Scan
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import desk as desks
from galleria.onsite.handsfree.store import scan as scans
from galleria.platform.tx import ReadTx


def called(member: members.Member | None) -> str:
    """Return what staff call a member: the name, or the phone with its middle hidden."""
    if member is None:
        return ""
    return member.name or members.mask_phone(member.phone)


async def views(tx: ReadTx, mall_id: MallId, bags: Sequence[Bag], *, now: datetime) -> list[BagView]:
    """Return bags with the names of people and places, in the order given; six statements for any number."""
    if not bags:
        return []
    group_id = await malls.group_of(tx, mall_id)
    policy = await desks.policy(tx, mall_id)
    people = await members.list_members(tx, group_id, list({bag.member_id for bag in bags}))
    trips = {trip.id: trip for trip in await store.list_trips(tx, mall_id, list({bag.trip_id for bag in bags}))}
    named = await desks.desks_by_id(tx, mall_id, list({bag.desk_id for bag in bags if bag.desk_id is not None}))
    shelves = await desks.shelves_by_id(tx, mall_id, list({bag.shelf_id for bag in bags if bag.shelf_id is not None}))
    carriers = {who for bag in bags for who in (bag.runner_id, bag.fetcher_id) if who is not None}
    names = await staff.names(tx, group_id, carriers)

    def view(bag: Bag) -> BagView:
        desk = None if bag.desk_id is None else named.get(bag.desk_id)
        fetched = bag.fetcher_id is not None and bag.fetch_until is not None and bag.fetch_until > now
        trip = trips[bag.trip_id]
        kind = None if desk is None else desk.kind
        asks = rules.due(
            policy, state=bag.state, best_by=bag.best_by, shelved_at=bag.shelved_at, kind=kind, now=now
        )  # fmt: skip
        same = {name: getattr(bag, name) for name in _SAME}
        return BagView(
            **same,
            shopper=called(people.get(bag.member_id)),
            runner_name=None if bag.runner_id is None else names.get(bag.runner_id),
            desk_zh=None if desk is None else desk.name_zh,
            desk_en=None if desk is None else desk.name_en,
            shelf_code=None if bag.shelf_id is None else shelves[bag.shelf_id].code,
            fetcher_name=names.get(bag.fetcher_id) if fetched and bag.fetcher_id is not None else None,
            way=trip.way,
            wish_desk_id=trip.desk_id,
            bay=trip.bay,
            due=None if asks is None else asks.value,
        )

    return [view(bag) for bag in bags]


_SAME = tuple(
    {field.name for field in msgspec.structs.fields(Bag)} & {field.name for field in msgspec.structs.fields(BagView)}
)


async def custody(tx: ReadTx, mall_id: MallId, bags: Sequence[Bag]) -> dict[UUID, list[CustodyStep]]:
    """Return the chains of bags, by bag."""
    rows = await scans.chain_of(tx, mall_id, [bag.id for bag in bags])
    named = await desks.desks_by_id(tx, mall_id, list({row.desk_id for row in rows if row.desk_id is not None}))
    shelves = await desks.shelves_by_id(tx, mall_id, list({row.shelf_id for row in rows if row.shelf_id is not None}))
    chains: dict[UUID, list[CustodyStep]] = {}
    for row in rows:
        if row.bag_id is not None:
            chains.setdefault(row.bag_id, []).append(_step(row, named, shelves))
    return chains


def _step(row: Scan, named: dict[UUID, desks.Named], shelves: dict[UUID, BagShelf]) -> CustodyStep:
    desk = None if row.desk_id is None else named.get(row.desk_id)
    shelf = None if row.shelf_id is None else shelves.get(row.shelf_id)
    if row.seq is None or row.state is None:
        raise AssertionError("a step of a chain has its number and state")
    return CustodyStep(
        seq=row.seq,
        move=row.move.value,
        state=row.state,
        staff_name=row.staff_name,
        desk_zh=None if desk is None else desk.name_zh,
        desk_en=None if desk is None else desk.name_en,
        shelf_code=None if shelf is None else shelf.code,
        proxy_name=row.proxy_name,
        at=row.at,
        late=row.late,
        gap=row.outcome is BagOutcome.GAP,
        note=row.note,
    )

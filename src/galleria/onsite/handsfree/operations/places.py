"""Labels, desks and shelves, runs, counts, and what a person has looked at."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from galleria.foundation import malls
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import BagId, MallId, ShopId, StaffId, new_id
from galleria.onsite.handsfree import queries, rules
from galleria.onsite.handsfree.model import (
    BagCount,
    BagCountLine,
    BagCountState,
    BagDesk,
    BagDeskChange,
    BagDeskInput,
    BagExceptionKind,
    BagLabelBatch,
    BagPolicy,
    BagPolicyInput,
    BagProblem,
    BagShelfInput,
    Count,
    CountClosed,
    CountDifference,
    CountOpen,
    DeskCodeTaken,
    NewBagLabels,
    NothingToFetch,
    ProblemClosed,
    ShelfHolds,
)
from galleria.onsite.handsfree.store import bag as bags
from galleria.onsite.handsfree.store import desk as store
from galleria.onsite.handsfree.store import scan as scans
from galleria.platform.command import Event
from galleria.platform.tx import Tx

FETCH_FOR = timedelta(minutes=30)
"""So long a runner's word holds that he fetches a shop's bags."""


async def make_labels(tx: Tx, *, mall_id: MallId, new: NewBagLabels, staff_id: StaffId, now: datetime) -> BagLabelBatch:
    """Make numbers for labels that nobody has, at random, so that none can be told from another. Raises NotFound."""
    if new.shop_id is not None:
        await malls.shop_target(tx, mall_id, new.shop_id)
    batch_id = new_id()
    await scans.add_batch(
        tx, mall_id, batch_id=batch_id, shop_id=new.shop_id, count=new.count, staff_id=staff_id, now=now
    )  # fmt: skip
    made, first = 0, 0
    while made < new.count:
        wanted = new.count - made
        codes = {rules.label_code(secrets.randbelow(10**10)) for _ in range(wanted)}
        made += await scans.add_labels(tx, mall_id, batch_id, sorted(codes, key=_shuffled), first)
        first += wanted
    tx.subject = str(batch_id)
    return (await queries.sheet(tx, mall_id, batch_id))[0]


def _shuffled(code: str) -> str:
    """Order labels so that neighbours on a sheet differ where people look."""
    return code[::-1]


async def set_policy(tx: Tx, *, mall_id: MallId, wanted: BagPolicyInput, now: datetime) -> BagPolicy:
    """Set what a mall promises. Raises Invalid when the steps of waiting are not in their order."""
    if not wanted.remind_after_h < wanted.store_after_h < wanted.return_after_h:
        raise Invalid.field("store_after_h", "bag_waiting_order")
    await store.put_policy(tx, mall_id, wanted, now)
    tx.subject = str(mall_id)
    return await store.policy(tx, mall_id)


async def add_desk(tx: Tx, *, mall_id: MallId, new: BagDeskInput, now: datetime) -> BagDesk:
    """Set up a desk, a car bay or a store room. Raises DeskCodeTaken."""
    desk_id = new_id()
    if not await store.add_desk(tx, mall_id, desk_id, new, now):
        raise DeskCodeTaken(desk=new.code)
    tx.subject = str(desk_id)
    return await _desk(tx, mall_id, desk_id)


async def change_desk(tx: Tx, *, mall_id: MallId, desk_id: UUID, change: BagDeskChange) -> BagDesk:
    """Change a desk, or close and open it. Raises NotFound."""
    if not await store.change_desk(tx, mall_id, desk_id, change):
        raise NotFound
    tx.subject = str(desk_id)
    return await _desk(tx, mall_id, desk_id)


async def put_shelf(tx: Tx, *, mall_id: MallId, desk_id: UUID, wanted: BagShelfInput) -> BagDesk:
    """Make, change or (capacity 0) take away a shelf. Raises NotFound, ShelfHolds."""
    await _desk(tx, mall_id, desk_id)
    if wanted.capacity == 0:
        done = await store.drop_shelf(tx, mall_id, desk_id, wanted.code)
    else:
        done = await store.put_shelf(tx, mall_id, desk_id, new_id(), wanted)
    if not done:
        raise ShelfHolds(code=wanted.code)
    tx.subject = str(desk_id)
    return await _desk(tx, mall_id, desk_id)


async def _desk(tx: Tx, mall_id: MallId, desk_id: UUID) -> BagDesk:
    found = next((desk for desk in await store.list_desks(tx, mall_id) if desk.id == desk_id), None)
    if found is None:
        raise NotFound
    return found


async def fetch(tx: Tx, *, mall_id: MallId, shop_ids: Sequence[ShopId], staff_id: StaffId, now: datetime) -> int:
    """Have a runner take shops on for half an hour, so that no second one walks there; return how many bags.

    Of two at once one gets a shop. Raises NothingToFetch.
    """
    taken = await bags.fetch(tx, mall_id, shop_ids, staff_id=staff_id, until=now + FETCH_FOR, now=now)
    if not taken:
        raise NothingToFetch
    tx.subject = str(staff_id)
    tx.emit(Event("handsfree.fetching", staff_id, {"bags": taken}, topics=(f"mall:{mall_id}",)))
    return taken


async def unfetch(tx: Tx, *, mall_id: MallId, shop_ids: Sequence[ShopId], staff_id: StaffId) -> int:
    """Let go of shops a runner has taken on; return how many bags."""
    freed = await bags.unfetch(tx, mall_id, shop_ids, staff_id=staff_id)
    tx.subject = str(staff_id)
    tx.emit(Event("handsfree.fetching", staff_id, {"bags": -freed}, topics=(f"mall:{mall_id}",)))
    return freed


async def start_count(tx: Tx, *, mall_id: MallId, desk_id: UUID, staff_id: StaffId, now: datetime) -> BagCount:
    """Begin to count a desk, with what lies there as expected. Raises NotFound, CountOpen."""
    await _desk(tx, mall_id, desk_id)
    count_id = new_id()
    if not await store.start_count(tx, mall_id, desk_id, count_id=count_id, staff_id=staff_id, now=now):
        raise CountOpen
    tx.subject = str(count_id)
    return await queries.count_view(tx, mall_id=mall_id, count_id=count_id)


async def see(tx: Tx, *, mall_id: MallId, count_id: UUID, labels: Sequence[str], now: datetime) -> BagCount:
    """Note labels as scanned; again is harmless. What is no label is kept as it was scanned.

    Raises NotFound, CountClosed.
    """
    await _open_count(tx, mall_id, count_id)
    await store.see(tx, mall_id, count_id, [_digits(label) for label in labels], now)
    tx.subject = str(count_id)
    return await queries.count_view(tx, mall_id=mall_id, count_id=count_id)


def _digits(label: str) -> str:
    try:
        return rules.read_label(label)
    except Invalid:
        return label.replace("\x00", "").strip()[:40] or "?"


async def close_count(tx: Tx, *, mall_id: MallId, count_id: UUID, now: datetime) -> BagCount:
    """End a count: each difference becomes something a person must look at. Raises NotFound, CountClosed."""
    count = await _open_count(tx, mall_id, count_id)
    for line in await store.close_count(tx, count, now):
        bag = await bags.find_by_label(tx, mall_id, line.label)
        await _report(tx, mall_id, count_id, line, None if bag is None else bag.id, now)
    tx.subject = str(count_id)
    tx.emit(Event("handsfree.counted", count_id, {}, topics=(f"mall:{mall_id}",)))
    return await queries.count_view(tx, mall_id=mall_id, count_id=count_id)


async def _open_count(tx: Tx, mall_id: MallId, count_id: UUID) -> Count:
    count = await store.lock_count(tx, mall_id, count_id)
    if count is None:
        raise NotFound
    if count.state is BagCountState.CLOSED:
        raise CountClosed
    return count


async def _report(
    tx: Tx, mall_id: MallId, count_id: UUID, line: BagCountLine, bag_id: BagId | None, now: datetime
) -> None:
    """Have a person look at a difference; a missing bag once until it is found."""
    if line.difference is None:
        return
    missing = line.difference is CountDifference.MISSING and bag_id is not None
    await scans.report(
        tx,
        mall_id,
        problem_id=new_id(),
        kind=BagExceptionKind(line.difference.value),
        subject_id=bag_id if missing and bag_id is not None else count_id,
        label=line.label,
        bag_id=bag_id,
        detail={"count_id": str(count_id)},
        now=now,
    )


async def close_problem(
    tx: Tx, *, mall_id: MallId, problem_id: UUID, staff_id: StaffId, note: str, now: datetime
) -> BagProblem:
    """Note what was done about something. Raises NotFound, ProblemClosed."""
    await queries.problem(tx, mall_id, problem_id)
    if not await scans.close_problem(tx, mall_id, problem_id, staff_id=staff_id, note=note, now=now):
        raise ProblemClosed
    tx.subject = str(problem_id)
    tx.emit(Event("handsfree.exception_closed", problem_id, {}, topics=(f"mall:{mall_id}",)))
    return await queries.problem(tx, mall_id, problem_id)

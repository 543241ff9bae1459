"""Bags that wait, and what their time asks for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId
from galleria.onsite.handsfree import rules
from galleria.onsite.handsfree.model import Bag, BagDeskKind, BagExceptionKind, BagPolicy, BagState
from galleria.onsite.handsfree.store import bag as store
from galleria.onsite.handsfree.store import desk as desks
from galleria.onsite.handsfree.store import scan as scans
from galleria.platform.tx import ReadTx


class Asking(msgspec.Struct, frozen=True):
    """A bag whose time asks for something that nobody has been told of yet."""

    bag: Bag
    kind: BagExceptionKind | None
    remind: bool


async def waiting(tx: ReadTx, *, after: tuple[UUID, UUID], limit: int) -> list[Bag]:
    """Return bags of all malls that wait somewhere, by mall and id."""
    return await store.waiting(tx, after=after, limit=limit)


async def asking(tx: ReadTx, bags: Sequence[Bag], *, now: datetime) -> list[Asking]:
    """Return which of some bags ask for something new, in their order."""
    found: list[Asking] = []
    for mall_id in dict.fromkeys(bag.mall_id for bag in bags):
        mine = [bag for bag in bags if bag.mall_id == mall_id]
        found.extend(await _of_mall(tx, mall_id, mine, now))
    return found


async def _of_mall(tx: ReadTx, mall_id: MallId, bags: Sequence[Bag], now: datetime) -> list[Asking]:
    policy = await desks.policy(tx, mall_id)
    places = list({bag.desk_id for bag in bags if bag.desk_id is not None})
    kinds = {desk.id: desk.kind for desk in (await desks.desks_by_id(tx, mall_id, places)).values()}
    told = await scans.told(tx, mall_id, [bag.id for bag in bags])
    all_of_them = [_asking(policy, bag, kinds, told, now) for bag in bags]
    return [one for one in all_of_them if one.kind is not None or one.remind]


def _asking(
    policy: BagPolicy, bag: Bag, kinds: dict[UUID, BagDeskKind], told: set[tuple[UUID, str]], now: datetime
) -> Asking:
    kind = None if bag.desk_id is None else kinds.get(bag.desk_id)
    due = rules.due(policy, state=bag.state, best_by=bag.best_by, shelved_at=bag.shelved_at, kind=kind, now=now)
    remind = (
        bag.state is BagState.SHELVED
        and bag.reminded_at is None
        and bag.shelved_at is not None
        and now - bag.shelved_at >= timedelta(hours=policy.remind_after_h)
    )
    new = due is not None and (bag.id, due.value) not in told
    return Asking(bag, due if new else None, remind)

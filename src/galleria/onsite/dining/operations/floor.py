"""Guests sit down, move, call, and leave."""

import secrets
from datetime import datetime
from uuid import UUID

from galleria.commerce import orders
from galleria.foundation import malls, members
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, MemberId, ShopId, StaffId, TableId, new_id
from galleria.onsite.dining import rules, store
from galleria.onsite.dining.model import (
    CallStaff,
    Join,
    JoinCodeNeeded,
    NotAllPaid,
    NotServing,
    OpensBy,
    Seating,
    SeatingId,
    SeatingState,
    StickerUnknown,
    Table,
    TableNotOpen,
    TableTaken,
)
from galleria.onsite.dining.operations.seats import locked, tell
from galleria.platform.tx import Tx

CODES = 10**6
BOTH = (SeatingState.OPEN, SeatingState.BILLING)


async def join(tx: Tx, *, mall_id: MallId, member_id: MemberId, asked: Join, now: datetime) -> SeatingId:
    """Sit down at the table of a sticker, or join the party there with its code.

    The first phone at a free table opens it, where guests may. Raises StickerUnknown, NotServing, TableNotOpen,
    JoinCodeNeeded.
    """
    table = await store.lock_table_of(tx, mall_id, asked.sticker)
    if table is None or not table.active:
        raise StickerUnknown
    terms = await store.terms(tx, mall_id, table.shop_id)
    if terms is None or not terms.active:
        raise NotServing
    sitting = await store.sitting_at(tx, mall_id, table.id)
    if sitting is None:
        if terms.opens_by is OpensBy.STAFF:
            raise TableNotOpen(number=table.number)
        seating = await _seat(tx, mall_id, table, people=asked.people or 1, by=OpensBy.GUESTS, now=now)
    else:
        seating, guests = await locked(tx, mall_id, sitting, states=BOTH)
        if member_id in {guest.member_id for guest in guests}:
            tx.subject = str(seating.id)
            return seating.id
        if not secrets.compare_digest(seating.join_code, asked.join_code):
            raise JoinCodeNeeded(number=table.number)
    await _take_in(tx, seating, member_id, now)
    tell(tx, seating, await store.guests(tx, mall_id, seating.id), "dining.joined")
    return seating.id


async def open_table(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, table_id: TableId, people: int, now: datetime
) -> SeatingId:
    """Seat guests at a free table; raises NotFound, NotServing, TableTaken."""
    table = await store.lock_table(tx, mall_id, table_id)
    if table is None or table.shop_id != shop_id:
        raise NotFound
    terms = await store.terms(tx, mall_id, shop_id)
    if terms is None or not terms.active:
        raise NotServing
    seating = await _seat(tx, mall_id, table, people=people, by=OpensBy.STAFF, now=now)
    tell(tx, seating, [], "dining.seated")
    return seating.id


async def _seat(tx: Tx, mall_id: MallId, table: Table, *, people: int, by: OpensBy, now: datetime) -> Seating:
    seating = Seating(
        mall_id=mall_id,
        id=SeatingId(new_id()),
        shop_id=table.shop_id,
        state=SeatingState.OPEN,
        people=people,
        join_code=f"{secrets.randbelow(CODES):06d}",
        opened_at=now,
        opened_by=by.value,
        closed_at=None,
        merged_into=None,
    )
    if not await store.add_seating(tx, seating, table.id):
        raise TableTaken(number=table.number)
    return seating


async def _take_in(tx: Tx, seating: Seating, member_id: MemberId, now: datetime) -> None:
    member = await members.get_member(tx, await malls.group_of(tx, seating.mall_id), member_id)
    await store.add_guest(tx, seating.mall_id, seating.id, member_id, member.name, now)
    here = len(await store.guests(tx, seating.mall_id, seating.id))
    if here > seating.people:
        await store.set_people(tx, seating.mall_id, seating.id, here)


async def add_guest(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, seating_id: SeatingId, phone: str, now: datetime
) -> SeatingId:
    """Take in a guest by phone number, so that the bill can be in his name; raises NotFound, SeatingOver, Invalid."""
    seating, _ = await locked(tx, mall_id, seating_id, shop_id=shop_id, states=BOTH)
    member = await members.find_or_create(tx, group_id=await malls.group_of(tx, mall_id), phone=phone, now=now)
    await _take_in(tx, seating, member.id, now)
    tell(tx, seating, await store.guests(tx, mall_id, seating_id), "dining.joined")
    return seating_id


async def move(
    tx: Tx,
    *,
    mall_id: MallId,
    shop_id: ShopId,
    seating_id: SeatingId,
    to_table_id: TableId,
    from_table_id: TableId | None,
) -> SeatingId:
    """Move a party to a free table; from one of several when `from_table_id` says which, else from all.

    Raises NotFound, SeatingOver, TableTaken.
    """
    table = await store.lock_table(tx, mall_id, to_table_id)
    if table is None or table.shop_id != shop_id or not table.active:
        raise NotFound
    seating, guests = await locked(tx, mall_id, seating_id, shop_id=shop_id, states=BOTH)
    if not await store.leave(tx, mall_id, seating_id, from_table_id):
        raise NotFound
    if not await store.occupy(tx, mall_id, seating_id, to_table_id):
        raise TableTaken(number=table.number)
    tell(tx, seating, guests, "dining.moved")
    return seating_id


async def merge(
    tx: Tx,
    *,
    mall_id: MallId,
    shop_id: ShopId,
    seating_id: SeatingId,
    into: SeatingId,
    staff_id: StaffId,
    now: datetime,
) -> SeatingId:
    """Make two parties one: tables, dishes, phones and calls go along. Neither may be paying.

    Raises NotFound, Invalid for a party with itself, SeatingOver, BillOpen.
    """
    if seating_id == into:
        raise Invalid.field("into_seating_id", "merge_with_itself")
    await store.lock_seatings(tx, mall_id, sorted([seating_id, into]))
    source, _ = await locked(tx, mall_id, seating_id, shop_id=shop_id)
    target, _ = await locked(tx, mall_id, into, shop_id=shop_id)
    await store.merge_rows(tx, mall_id, seating_id, into)
    await store.end_calls(tx, mall_id, shop_id, staff_id, now, seating_id=seating_id)
    await store.set_state(tx, mall_id, seating_id, SeatingState.MERGED, into=into, now=now)
    await store.set_people(tx, mall_id, into, source.people + target.people)
    tell(tx, target, await store.guests(tx, mall_id, into), "dining.merged")
    return into


async def call_staff(
    tx: Tx, *, mall_id: MallId, seating_id: SeatingId, member_id: MemberId, call: CallStaff, now: datetime
) -> SeatingId:
    """Call staff to the table; calling again for the same is one call. Raises NotFound, SeatingOver."""
    seating, guests = await locked(tx, mall_id, seating_id, member_id=member_id, states=BOTH)
    if await store.add_call(tx, mall_id, new_id(), seating, call.kind, call.note.strip(), now):
        tell(tx, seating, guests, "dining.called")
    tx.subject = str(seating_id)
    return seating_id


async def end_call(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, call_id: UUID, staff_id: StaffId, now: datetime
) -> UUID:
    """Note that somebody came; doing it again changes nothing. Raises NotFound for another shop's or an ended call."""
    whose = await store.end_calls(tx, mall_id, shop_id, staff_id, now, call_id=call_id)
    if not whose:
        raise NotFound
    seating = await store.find_seating(tx, mall_id, whose[0])
    if seating is None:
        raise NotFound
    tell(tx, seating, await store.guests(tx, mall_id, seating.id), "dining.call_done")
    return call_id


async def close(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, seating_id: SeatingId, staff_id: StaffId, now: datetime
) -> SeatingId:
    """Let a party go and free its tables, once everything is paid or written off; what it has paid is handed over.

    Raises NotFound, SeatingOver, BillOpen, NotAllPaid.
    """
    seating, guests = await locked(tx, mall_id, seating_id, shop_id=shop_id)
    unpaid = rules.unpaid(await store.items(tx, mall_id, seating_id))
    if unpaid:
        raise NotAllPaid(unpaid_minor=unpaid)
    await store.drop_drafts(tx, mall_id, seating_id)
    await _hand_over(tx, mall_id, seating_id, now)
    await store.end_calls(tx, mall_id, shop_id, staff_id, now, seating_id=seating_id)
    await store.leave(tx, mall_id, seating_id)
    await store.set_state(tx, mall_id, seating_id, SeatingState.CLOSED, into=None, now=now)
    tell(tx, seating, guests, "dining.closed")
    return seating_id


async def _hand_over(tx: Tx, mall_id: MallId, seating_id: SeatingId, now: datetime) -> None:
    """Mark what the party has paid as eaten."""
    for order_id in await store.paid_orders(tx, mall_id, seating_id):
        order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id)
        for part in order.sub_orders:
            if any(unit.state is orders.UnitState.OPEN for line in part.lines for unit in line.units):
                await orders.mark_fulfilled(tx, mall_id=mall_id, sub_order_id=part.id, now=now)

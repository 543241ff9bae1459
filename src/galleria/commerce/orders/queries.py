"""Reading orders."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from galleria.commerce.orders import rules
from galleria.commerce.orders.model import (
    CashRefund,
    CashState,
    History,
    OrderBoard,
    OrderState,
    OrderSummary,
    OrderView,
    RecordedRefund,
    Sold,
    Way,
)
from galleria.commerce.orders.store import board as board_store
from galleria.commerce.orders.store import cash, placing, reading
from galleria.foundation import staff
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId, MallId, MemberId, OrderId, RefundId, ShopId, StaffId, SubOrderId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import ActorKind, Reach
from galleria.platform.tx import ReadTx
from galleria.value import payments


async def get_order(
    tx: ReadTx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId | None = None, reach: Reach | None = None
) -> OrderView:
    """Return an order whole; with `member_id` only that member's, with `reach` only the parts of its shops.

    Raises NotFound, also when the reach sees no part of it.
    """
    row = await reading.find(tx, mall_id, order_id, member_id)
    if row is None:
        raise NotFound
    view = rules.view(row, reach)
    if not view.sub_orders:
        raise NotFound
    if reach is not None:
        view = await _named(tx, row.group_id, view)
    if view.state is not OrderState.PENDING_PAYMENT:
        return view
    attempt = await payments.last_attempt(tx, mall_id=mall_id, order_id=order_id)
    return view if attempt is None else msgspec.structs.replace(view, payment=attempt.state)


async def _named(tx: ReadTx, group_id: GroupId, view: OrderView) -> OrderView:
    """Return an order with the names of the staff in its timeline, for other staff."""
    people = {StaffId(m.actor_id) for m in view.timeline if m.actor_kind == ActorKind.STAFF and m.actor_id}
    if not people:
        return view
    names = await staff.names(tx, group_id, sorted(people))
    told = [
        msgspec.structs.replace(moment, actor_name=names.get(StaffId(moment.actor_id), ""))
        if moment.actor_id
        else moment
        for moment in view.timeline
    ]
    return msgspec.structs.replace(view, timeline=told)


async def plan_refund(
    tx: ReadTx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    units: rules.Units | None,
    open_only: bool = False,
    with_delivery: bool = False,
    on_the_way: Collection[SubOrderId] = (),
    member_id: MemberId | None = None,
) -> RecordedRefund:
    """Return what `record_refund` with the same arguments would do now. Raises the same refusals."""
    row = await reading.find(tx, mall_id, order_id, member_id)
    if row is None:
        raise NotFound
    if row.state is not OrderState.PAID:
        raise rules.NotPaid
    return rules.plan_refund(
        row, units, open_only=open_only, with_delivery=with_delivery, on_the_way=frozenset(on_the_way)
    )


async def list_mine(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    state: OrderState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[OrderSummary]:
    """Return a member's orders, the newest first."""
    before = _before(cursor)
    rows = await reading.list_mine(tx, mall_id, member_id, before=before, state=state, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def list_for_staff(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    state: str | None = None,
    number: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[OrderSummary]:
    """Return the orders a reach may see, the newest first, with its own shops' parts and their sums only.

    `state` is one of the purchase or of a part; `number` is the beginning of an order number.
    """
    rows = await reading.list_for_staff(
        tx,
        mall_id,
        reach=reach,
        before=_before(cursor),
        number=number.strip().upper() if number else None,
        state=state,
        limit=limit + 1,
    )
    page = page_of(rows, limit, lambda row: (row.id,))
    return page if reach.everything else Page([_own(row) for row in page.items], page.next_cursor)


LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Where parts stand in the board that nobody promised a time for."""


async def board(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    now: datetime,
    way: Way | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> OrderBoard:
    """Return the parts of paid orders a reach may see that are not done: late ones first, then by when they are due."""
    after = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    rows = await board_store.board(tx, mall_id, reach=reach, way=way, after=after, limit=limit + 1, now=now)
    page = page_of(rows, limit, lambda row: (row.due_at or LATEST, row.sub_order_id))
    counts = await board_store.counts(tx, mall_id, reach=reach, way=way, now=now)
    return OrderBoard(page.items, page.next_cursor, counts)


async def list_due(tx: ReadTx, *, now: datetime, limit: int = 100) -> list[tuple[MallId, OrderId]]:
    """Return unpaid purchases past their time."""
    return [(due.mall_id, due.id) for due in await placing.due(tx, now, limit)]


async def shop_of(tx: ReadTx, *, mall_id: MallId, sub_order_id: SubOrderId) -> ShopId:
    """Return whose a sub-order is; raises NotFound."""
    found = await reading.shop_of(tx, mall_id, sub_order_id)
    if found is None:
        raise NotFound
    return found


async def cash_states(tx: ReadTx, *, mall_id: MallId, refund_ids: Sequence[UUID]) -> dict[UUID, CashState]:
    """Return where cash stands that tills owe, by id; those that are no such refund are left out."""
    return {one.id: one.state for one in await cash.find_some(tx, mall_id, refund_ids)}


async def cash_refund(tx: ReadTx, *, mall_id: MallId, refund_id: RefundId) -> CashRefund:
    """Return cash that a till owes or has paid. Raises NotFound."""
    found = await cash.find(tx, mall_id, refund_id)
    if found is None:
        raise NotFound
    return found


async def list_cash_refunds(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    state: CashState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CashRefund]:
    """Return the cash that the tills of a reach owe or have paid, the newest first."""
    rows = await cash.list_cash(tx, mall_id, reach=reach, state=state, before=_before(cursor), limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def history(tx: ReadTx, *, mall_id: MallId, member_id: MemberId) -> History:
    """Return in which shops of a mall a member has bought, or is about to; one statement."""
    return History(frozenset(await reading.shops_bought_in(tx, mall_id, member_id)))


async def sold_since(tx: ReadTx, *, mall_id: MallId, shop_ids: Sequence[ShopId], since: datetime) -> Sold:
    """Return what shops (all of the mall's for none) sold in paid orders since a moment, and what was taken off."""
    return await reading.sold_since(tx, mall_id, list(shop_ids), since)


def _own(row: OrderSummary) -> OrderSummary:
    return msgspec.structs.replace(
        row,
        payable_minor=sum(part.payable_minor for part in row.shops),
        refunded_minor=sum(part.refunded_minor for part in row.shops),
        discount_minor=sum(part.discount_minor for part in row.shops),
    )


def _before(cursor: str | None) -> UUID | None:
    return None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]

"""Tables, parties, the kitchen's board and calls."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, ShopId
from galleria.onsite.dining import rules, store
from galleria.onsite.dining.model import (
    BillState,
    BillView,
    DishItem,
    ItemState,
    KitchenBoard,
    KitchenItem,
    OpenCall,
    Relief,
    Seating,
    SeatingId,
    SeatingRow,
    SeatingState,
    SeatingView,
    ShopCall,
    StickerUnknown,
    Table,
    TableView,
)
from galleria.onsite.dining.queries.bills import bill_view
from galleria.onsite.dining.queries.menus import restaurant
from galleria.platform.tx import ReadTx

SEATINGS_MAX = 5


async def seating_view(
    tx: ReadTx,
    *,
    mall_id: MallId,
    seating_id: SeatingId,
    member_id: MemberId | None = None,
    shop_id: ShopId | None = None,
) -> SeatingView:
    """Return a party whole: the member's own, or one of the shop; raises NotFound."""
    seating = await store.find_seating(tx, mall_id, seating_id, shop_id)
    guests = [] if seating is None else await store.guests(tx, mall_id, seating_id)
    if seating is None or (member_id is not None and member_id not in {guest.member_id for guest in guests}):
        raise NotFound
    items = await store.items(tx, mall_id, seating_id)
    shop = await malls.get_shop(tx, mall_id, seating.shop_id)
    sits = await store.sits(tx, mall_id, [seating_id])
    return SeatingView(
        id=seating.id,
        shop_id=shop.id,
        shop_zh=shop.name_zh,
        shop_en=shop.name_en,
        state=seating.state,
        currency=(await malls.get_mall(tx, mall_id)).currency,
        tables=[one.number for one in sits],
        people=seating.people,
        join_code=seating.join_code,
        opened_at=seating.opened_at,
        closed_at=seating.closed_at,
        merged_into=seating.merged_into,
        guests=guests,
        items=items,
        draft_minor=sum(rules.amount(item) for item in items if item.state is ItemState.DRAFT),
        unpaid_minor=rules.unpaid(items),
        paid_minor=sum(rules.amount(item) for item in items if item.paid),
        relieved_minor=sum(rules.amount(item) for item in items if item.relief is Relief.COMP),
        calls=await store.calls(tx, mall_id, seating_id),
        bill=await _bill(tx, seating),
    )


async def _bill(tx: ReadTx, seating: Seating) -> BillView | None:
    """Return the bill that is to be paid, or the last one that was."""
    found = await store.latest_bill(tx, seating.mall_id, seating.id)
    if found is None or (found.state is not BillState.OPEN and seating.state is SeatingState.BILLING):
        return None
    return await bill_view(tx, bill=found, guests=await store.guests(tx, seating.mall_id, seating.id))


async def my_seatings(tx: ReadTx, *, mall_id: MallId, member_id: MemberId) -> list[SeatingRow]:
    """Return the tables a member sits at now, the newest first."""
    found = await store.seatings_of(tx, mall_id, member_id, SEATINGS_MAX)
    sits = await store.sits(tx, mall_id, [seating.id for seating in found])
    rows = []
    for seating in found:
        shop = await malls.get_shop(tx, mall_id, seating.shop_id)
        rows.append(
            SeatingRow(
                id=seating.id,
                shop_id=shop.id,
                shop_zh=shop.name_zh,
                shop_en=shop.name_en,
                state=seating.state,
                tables=[one.number for one in sits if one.seating_id == seating.id],
                opened_at=seating.opened_at,
            )
        )
    return rows


async def seating_at(tx: ReadTx, *, mall_id: MallId, sticker: str) -> SeatingId | None:
    """Return the party at the table of a sticker; None for a free one. Raises StickerUnknown."""
    table = await store.table_of(tx, mall_id, sticker)
    if table is None:
        raise StickerUnknown
    return await store.sitting_at(tx, mall_id, table.id)


async def list_tables(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> list[Table]:
    """Return a shop's tables by number."""
    return await store.tables(tx, mall_id, shop_id)


class _Party(msgspec.Struct, frozen=True):
    """A party with what the map says of it."""

    seating: Seating
    items: list[DishItem]
    calls: list[OpenCall]


async def table_map(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> list[TableView]:
    """Return a shop's tables with who sits there, what they owe, and what they wait for."""
    seatings = await store.seatings_in(tx, mall_id, shop_id)
    items = await store.items_in(tx, mall_id, [seating.id for seating in seatings])
    calls = await store.shop_calls(tx, mall_id, shop_id)
    parties = {
        seating.id: _Party(
            seating,
            [item for item in items if item.seating_id == seating.id],
            [OpenCall(id=c.id, kind=c.kind, note=c.note, asked_at=c.asked_at) for c in calls
             if c.seating_id == seating.id],
        )
        for seating in seatings
    }  # fmt: skip
    at = {one.table_id: one.seating_id for one in await store.sits_in(tx, mall_id, shop_id)}
    tables = await store.tables(tx, mall_id, shop_id)
    return [_table(table, parties.get(at[table.id]) if table.id in at else None) for table in tables]


def _table(table: Table, party: _Party | None) -> TableView:
    seating = None if party is None else party.seating
    items: Sequence[DishItem] = [] if party is None else party.items
    return TableView(
        id=table.id,
        number=table.number,
        seats=table.seats,
        area=table.area,
        x=table.x,
        y=table.y,
        active=table.active,
        sticker=table.sticker,
        seating_id=None if seating is None else seating.id,
        state=None if seating is None else seating.state,
        people=0 if seating is None else seating.people,
        opened_at=None if seating is None else seating.opened_at,
        unpaid_minor=rules.unpaid(items),
        in_kitchen=sum(item.state in {ItemState.SENT, ItemState.COOKING} for item in items),
        ready=sum(item.state is ItemState.READY for item in items),
        calls=[] if party is None else party.calls,
    )


async def kitchen(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, station_id: UUID | None, now: datetime
) -> KitchenBoard:
    """Return what a kitchen, or one station of it, has to do, the oldest first."""
    found = await store.board(tx, mall_id, shop_id, station_id)
    sits = await store.sits(tx, mall_id, list({item.seating_id for item in found}))
    terms = await restaurant(tx, mall_id=mall_id, shop_id=shop_id)
    return KitchenBoard(
        late_minutes=terms.late_minutes,
        server_now=now,
        items=[
            KitchenItem(
                tables=[one.number for one in sits if one.seating_id == item.seating_id],
                **msgspec.structs.asdict(item),
            )
            for item in found
        ],
    )


async def list_calls(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> list[ShopCall]:
    """Return what tables of a shop wait for, the longest first."""
    return await store.shop_calls(tx, mall_id, shop_id)

"""Dishes ordered, where the kitchen has them, and bills."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MemberId, OrderId, ShopId, StaffId
from galleria.onsite.dining.model import BillId, BillState, DishItem, ItemState, Relief, SeatingId, SplitKind
from galleria.platform.tx import ReadTx, Tx

_ITEM = """
SELECT i.id, i.seating_id, i.shop_id, i.member_id, i.product_id, i.variant_id, i.hold_id, i.station_id, i.course,
       i.name_zh, i.name_en, i.option_zh, i.option_en, i.picture, i.option_ids, i.note, i.quantity,
       i.unit_price_minor, i.state, i.relief, i.reason, i.bill_id, coalesce(b.state = 'paid', false) AS paid,
       i.added_at, i.sent_at, i.ready_at, i.served_at
  FROM dining.item i LEFT JOIN dining.bill b ON b.mall_id = i.mall_id AND b.id = i.bill_id
"""


async def items(tx: ReadTx, mall_id: MallId, seating_id: SeatingId) -> list[DishItem]:
    """Return the dishes of a party, as they came."""
    return await tx.all(
        DishItem, _ITEM + " WHERE i.mall_id = $1 AND i.seating_id = $2 ORDER BY i.id", mall_id, seating_id
    )


async def items_in(tx: ReadTx, mall_id: MallId, seating_ids: Sequence[SeatingId]) -> list[DishItem]:
    """Return the dishes of parties."""
    sql = _ITEM + " WHERE i.mall_id = $1 AND i.seating_id = ANY($2::uuid[]) ORDER BY i.id"
    return await tx.all(DishItem, sql, mall_id, list(seating_ids))


async def add_items(tx: Tx, mall_id: MallId, rows: Sequence[DishItem]) -> None:
    """Put dishes on a table's list."""
    await tx.run(
        """
        INSERT INTO dining.item (mall_id, id, seating_id, shop_id, member_id, product_id, variant_id, hold_id,
                                 station_id, course, name_zh, name_en, option_zh, option_en, picture, option_ids, note,
                                 quantity, unit_price_minor, state, added_at)
        SELECT $1, w.id, w.seating_id, w.shop_id, w.member_id, w.product_id, w.variant_id, w.hold_id, w.station_id,
               w.course, w.name_zh, w.name_en, w.option_zh, w.option_en, w.picture,
               ARRAY(SELECT jsonb_array_elements_text(w.option_ids)::uuid), w.note, w.quantity, w.unit_price_minor,
               'draft', w.added_at
          FROM jsonb_to_recordset($2) AS w (
               id uuid, seating_id uuid, shop_id uuid, member_id uuid, product_id uuid, variant_id uuid,
               hold_id uuid, station_id uuid, course smallint, name_zh text, name_en text, option_zh text,
               option_en text, picture text, option_ids jsonb, note text, quantity integer, unit_price_minor bigint,
               added_at timestamptz)
        """,
        mall_id,
        list(rows),
    )


async def set_quantity(tx: Tx, mall_id: MallId, seating_id: SeatingId, item_id: UUID, quantity: int) -> bool:
    """Change how many there are on the list, 0 takes the dish off; False when it is not on the list (any more)."""
    where = " WHERE mall_id = $1 AND seating_id = $2 AND id = $3 AND state = 'draft'"
    if quantity == 0:
        return bool(await tx.run("DELETE FROM dining.item" + where, mall_id, seating_id, item_id))
    sql = "UPDATE dining.item SET quantity = $4" + where
    return bool(await tx.run(sql, mall_id, seating_id, item_id, quantity))


async def drop_drafts(tx: Tx, mall_id: MallId, seating_id: SeatingId) -> int:
    """Clear a table's list."""
    sql = "DELETE FROM dining.item WHERE mall_id = $1 AND seating_id = $2 AND state = 'draft'"
    return await tx.run(sql, mall_id, seating_id)


_SEND = """
UPDATE dining.item
   SET state = CASE WHEN course >= $4 THEN 'held' ELSE 'sent' END,
       sent_at = CASE WHEN course >= $4 THEN NULL ELSE $5::timestamptz END
 WHERE mall_id = $1 AND seating_id = $2 AND state = 'draft' AND ($3::uuid[] IS NULL OR id = ANY($3))
RETURNING id
"""


async def send(
    tx: Tx,
    mall_id: MallId,
    seating_id: SeatingId,
    item_ids: Sequence[UUID] | None,
    *,
    hold_from: int,
    now: datetime,
) -> list[UUID]:
    """Send dishes of the list to the kitchen, or hold those of later courses; each goes once."""
    chosen = None if item_ids is None else list(item_ids)
    return await tx.values(_SEND, mall_id, seating_id, chosen, hold_from, now)


async def fire(tx: Tx, mall_id: MallId, seating_id: SeatingId, course: int, now: datetime) -> list[UUID]:
    """Send the held dishes of a course to the kitchen."""
    sql = """
    UPDATE dining.item SET state = 'sent', sent_at = $4
     WHERE mall_id = $1 AND seating_id = $2 AND course = $3 AND state = 'held' RETURNING id
    """
    return await tx.values(sql, mall_id, seating_id, course, now)


class Moved(msgspec.Struct, frozen=True):
    """A dish moved on the board, and whose it is."""

    id: UUID
    seating_id: SeatingId


async def move(
    tx: Tx,
    mall_id: MallId,
    shop_id: ShopId,
    item_ids: Sequence[UUID],
    *,
    sources: Collection[ItemState],
    to: ItemState,
    now: datetime,
) -> list[Moved]:
    """Move dishes on the board that are where they are thought to be; of two who move the same one does."""
    return await tx.all(
        Moved,
        """
        UPDATE dining.item SET state = $5,
               cooking_at = CASE $5 WHEN 'sent' THEN NULL WHEN 'cooking' THEN $6::timestamptz
                                    ELSE coalesce(cooking_at, $6) END,
               ready_at = CASE WHEN $5 IN ('sent', 'cooking') THEN NULL WHEN $5 = 'ready' THEN $6::timestamptz
                               ELSE coalesce(ready_at, $6) END,
               served_at = CASE WHEN $5 = 'served' THEN $6::timestamptz END
         WHERE mall_id = $1 AND shop_id = $2 AND id = ANY($3::uuid[]) AND state = ANY($4::text[])
        RETURNING id, seating_id
        """,
        mall_id,
        shop_id,
        list(item_ids),
        [state.value for state in sources],
        to,
        now,
    )


async def cancel(
    tx: Tx, mall_id: MallId, seating_id: SeatingId, item_id: UUID, *, reason: str, now: datetime
) -> UUID | None:
    """Call off a dish that the kitchen has not begun and that is on no bill; None for any other.

    Returns what its part of the stock is promised under.
    """
    sql = """
    UPDATE dining.item SET state = 'cancelled', reason = $4, ended_at = $5, relief = NULL
     WHERE mall_id = $1 AND seating_id = $2 AND id = $3 AND state IN ('held', 'sent') AND bill_id IS NULL
       AND relief IS NULL
    RETURNING hold_id
    """
    found: UUID | None = await tx.value(sql, mall_id, seating_id, item_id, reason, now)
    return found


async def relieve(
    tx: Tx,
    mall_id: MallId,
    seating_id: SeatingId,
    item_ids: Sequence[UUID],
    *,
    relief: Relief,
    reason: str,
    staff_id: StaffId,
) -> list[UUID]:
    """Take dishes off what the party owes; those on a bill, called off or free already are left."""
    sql = """
    UPDATE dining.item SET relief = $4, reason = $5, relieved_by = $6
     WHERE mall_id = $1 AND seating_id = $2 AND id = ANY($3::uuid[]) AND bill_id IS NULL AND relief IS NULL
       AND state IN ('sent', 'cooking', 'ready', 'served') RETURNING id
    """
    return await tx.values(sql, mall_id, seating_id, list(item_ids), relief, reason, staff_id)


async def bill_items(tx: Tx, mall_id: MallId, bill_id: BillId, item_ids: Sequence[UUID]) -> int:
    """Put dishes on a bill; how many were free for it."""
    sql = """
    UPDATE dining.item SET bill_id = $2
     WHERE mall_id = $1 AND id = ANY($3::uuid[]) AND bill_id IS NULL AND relief IS NULL AND state <> 'cancelled'
    """
    return await tx.run(sql, mall_id, bill_id, list(item_ids))


async def unbill(tx: Tx, mall_id: MallId, bill_id: BillId) -> list[UUID]:
    """Take all dishes off a bill, and give each another id to promise its stock under; returns which."""
    sql = """
    UPDATE dining.item SET bill_id = NULL, hold_id = gen_random_uuid() WHERE mall_id = $1 AND bill_id = $2 RETURNING id
    """
    return await tx.values(sql, mall_id, bill_id)


class BoardItem(msgspec.Struct, frozen=True, kw_only=True):
    """A dish on the kitchen's board."""

    id: UUID
    seating_id: SeatingId
    station_id: UUID | None
    course: int
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    note: str
    quantity: int
    state: ItemState
    sent_at: datetime
    cooking_at: datetime | None
    ready_at: datetime | None


async def board(tx: ReadTx, mall_id: MallId, shop_id: ShopId, station_id: UUID | None) -> list[BoardItem]:
    """Return what a kitchen, or one station of it, has to do, the oldest first."""
    return await tx.all(
        BoardItem,
        """
        SELECT id, seating_id, station_id, course, name_zh, name_en, option_zh, option_en, note, quantity, state,
               sent_at, cooking_at, ready_at
          FROM dining.item
         WHERE mall_id = $1 AND shop_id = $2 AND state IN ('sent', 'cooking', 'ready')
           AND ($3::uuid IS NULL OR station_id = $3)
         ORDER BY sent_at, id LIMIT 500
        """,
        mall_id,
        shop_id,
        station_id,
    )


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill as it is kept."""

    mall_id: MallId
    id: BillId
    seating_id: SeatingId
    shop_id: ShopId
    member_id: MemberId
    order_id: OrderId
    state: BillState
    split: SplitKind
    payable_minor: int
    opened_at: datetime


_BILL = """
SELECT mall_id, id, seating_id, shop_id, member_id, order_id, state, split, payable_minor, opened_at FROM dining.bill
"""


async def add_bill(tx: Tx, new: Bill) -> None:
    """Write a bill; of two at once for a party the other hits the open one."""
    await tx.run(
        """
        INSERT INTO dining.bill (mall_id, id, seating_id, shop_id, member_id, order_id, state, split, payable_minor,
                                 opened_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)
        """,
        new.mall_id,
        new.id,
        new.seating_id,
        new.shop_id,
        new.member_id,
        new.order_id,
        new.split,
        new.payable_minor,
        new.opened_at,
    )


async def end_bill(tx: Tx, mall_id: MallId, bill_id: BillId, state: BillState, now: datetime) -> bool:
    """Note that a bill is paid or taken back; False when it was ended before."""
    sql = "UPDATE dining.bill SET state = $3, ended_at = $4 WHERE mall_id = $1 AND id = $2 AND state = 'open'"
    return bool(await tx.run(sql, mall_id, bill_id, state, now))


async def open_bill(tx: ReadTx, mall_id: MallId, seating_id: SeatingId) -> Bill | None:
    """Return the bill that a party is to pay."""
    return await tx.one(Bill, _BILL + " WHERE mall_id = $1 AND seating_id = $2 AND state = 'open'", mall_id, seating_id)


async def latest_bill(tx: ReadTx, mall_id: MallId, seating_id: SeatingId) -> Bill | None:
    """Return a party's last bill that was not taken back."""
    sql = _BILL + " WHERE mall_id = $1 AND seating_id = $2 AND state <> 'void' ORDER BY id DESC LIMIT 1"
    return await tx.one(Bill, sql, mall_id, seating_id)


async def bill_of_order(tx: ReadTx, order_id: OrderId) -> Bill | None:
    """Return the bill that an order is; None for an order from elsewhere."""
    return await tx.one(Bill, _BILL + " WHERE order_id = $1", order_id)


async def paid_orders(tx: ReadTx, mall_id: MallId, seating_id: SeatingId) -> list[OrderId]:
    """Return the orders a party has paid."""
    sql = "SELECT order_id FROM dining.bill WHERE mall_id = $1 AND seating_id = $2 AND state = 'paid' ORDER BY id"
    return await tx.values(sql, mall_id, seating_id)

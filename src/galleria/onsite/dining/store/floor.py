"""Tables, parties, phones and calls."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MemberId, ShopId, StaffId, TableId
from galleria.onsite.dining.model import (
    CallKind,
    Guest,
    OpenCall,
    Seating,
    SeatingId,
    SeatingState,
    ShopCall,
    Table,
    TableInput,
)
from galleria.platform.tx import ReadTx, Tx

_TABLE = "SELECT id, shop_id, number, seats, area, x, y, sticker, active FROM dining.seat_table"
_SEATING = """
SELECT mall_id, id, shop_id, state, people, join_code, opened_at, opened_by, closed_at, merged_into FROM dining.seating
"""


async def add_table(tx: Tx, mall_id: MallId, shop_id: ShopId, table_id: TableId, new: TableInput, sticker: str) -> bool:
    """Put a table up; False when its number is taken."""
    sql = """
    INSERT INTO dining.seat_table (mall_id, id, shop_id, number, seats, area, x, y, sticker, active)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (mall_id, shop_id, number) DO NOTHING
    """
    args = (new.number.strip(), new.seats, new.area.strip(), new.x, new.y, sticker, new.active)
    return bool(await tx.run(sql, mall_id, table_id, shop_id, *args))


async def change_table(tx: Tx, mall_id: MallId, shop_id: ShopId, table_id: TableId, new: TableInput) -> bool:
    """Change a table; False when another has its number."""
    sql = """
    UPDATE dining.seat_table SET number = $4, seats = $5, area = $6, x = $7, y = $8, active = $9
     WHERE mall_id = $1 AND shop_id = $2 AND id = $3
       AND NOT EXISTS (SELECT FROM dining.seat_table o
                        WHERE o.mall_id = $1 AND o.shop_id = $2 AND o.number = $4 AND o.id <> $3)
    """
    args = (new.number.strip(), new.seats, new.area.strip(), new.x, new.y, new.active)
    return bool(await tx.run(sql, mall_id, shop_id, table_id, *args))


async def set_sticker(tx: Tx, mall_id: MallId, shop_id: ShopId, table_id: TableId, sticker: str) -> bool:
    """Give a table another code; False when the shop has no such table."""
    sql = "UPDATE dining.seat_table SET sticker = $4 WHERE mall_id = $1 AND shop_id = $2 AND id = $3"
    return bool(await tx.run(sql, mall_id, shop_id, table_id, sticker))


async def tables(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[Table]:
    """Return a shop's tables by number."""
    sql = _TABLE + " WHERE mall_id = $1 AND shop_id = $2 ORDER BY length(number), number"
    return await tx.all(Table, sql, mall_id, shop_id)


async def lock_table(tx: Tx, mall_id: MallId, table_id: TableId) -> Table | None:
    """Return a table; whoever else seats guests there waits until commit."""
    return await tx.one(Table, _TABLE + " WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, table_id)


async def lock_table_of(tx: Tx, mall_id: MallId, sticker: str) -> Table | None:
    """Return the table of a code; whoever else seats guests there waits until commit."""
    return await tx.one(Table, _TABLE + " WHERE mall_id = $1 AND sticker = $2 FOR UPDATE", mall_id, sticker)


async def table_of(tx: ReadTx, mall_id: MallId, sticker: str) -> Table | None:
    """Return the table of a code."""
    return await tx.one(Table, _TABLE + " WHERE mall_id = $1 AND sticker = $2", mall_id, sticker)


class Sits(msgspec.Struct, frozen=True):
    """Who sits at a table."""

    table_id: TableId
    number: str
    seating_id: SeatingId


_SITS = """
SELECT o.table_id, t.number, o.seating_id
  FROM dining.occupied o JOIN dining.seat_table t ON t.mall_id = o.mall_id AND t.id = o.table_id
 WHERE o.mall_id = $1
"""


async def sitting_at(tx: ReadTx, mall_id: MallId, table_id: TableId) -> SeatingId | None:
    """Return the party at a table."""
    sql = "SELECT seating_id FROM dining.occupied WHERE mall_id = $1 AND table_id = $2"
    found: SeatingId | None = await tx.value(sql, mall_id, table_id)
    return found


async def sits(tx: ReadTx, mall_id: MallId, seating_ids: Sequence[SeatingId]) -> list[Sits]:
    """Return the tables of parties, by number."""
    sql = _SITS + " AND o.seating_id = ANY($2::uuid[]) ORDER BY length(t.number), t.number"
    return await tx.all(Sits, sql, mall_id, list(seating_ids))


async def sits_in(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[Sits]:
    """Return the tables of a shop that are taken."""
    return await tx.all(Sits, _SITS + " AND t.shop_id = $2", mall_id, shop_id)


async def add_seating(tx: Tx, new: Seating, table_id: TableId) -> bool:
    """Seat a party at a table; False when another sits there."""
    await tx.run(
        """
        INSERT INTO dining.seating (mall_id, id, shop_id, state, people, join_code, opened_at, opened_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        new.mall_id,
        new.id,
        new.shop_id,
        new.state,
        new.people,
        new.join_code,
        new.opened_at,
        new.opened_by,
    )
    return await occupy(tx, new.mall_id, new.id, table_id)


async def occupy(tx: Tx, mall_id: MallId, seating_id: SeatingId, table_id: TableId) -> bool:
    """Put a party at a table; False when another sits there."""
    sql = """
    INSERT INTO dining.occupied (mall_id, table_id, seating_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
    """
    return bool(await tx.run(sql, mall_id, table_id, seating_id))


async def leave(tx: Tx, mall_id: MallId, seating_id: SeatingId, table_id: TableId | None = None) -> int:
    """Free a party's table, or all of them."""
    sql = """
    DELETE FROM dining.occupied WHERE mall_id = $1 AND seating_id = $2 AND ($3::uuid IS NULL OR table_id = $3)
    """
    return await tx.run(sql, mall_id, seating_id, table_id)


async def find_seating(
    tx: ReadTx, mall_id: MallId, seating_id: SeatingId, shop_id: ShopId | None = None
) -> Seating | None:
    """Return a party; with `shop_id` only one of that shop."""
    sql = _SEATING + " WHERE mall_id = $1 AND id = $2 AND ($3::uuid IS NULL OR shop_id = $3)"
    return await tx.one(Seating, sql, mall_id, seating_id, shop_id)


_LOCK = _SEATING + " WHERE mall_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE"


async def lock_seatings(tx: Tx, mall_id: MallId, seating_ids: Sequence[SeatingId]) -> dict[SeatingId, Seating]:
    """Return parties as nobody else can change them now; locked in order of id."""
    return {one.id: one for one in await tx.all(Seating, _LOCK, mall_id, list(seating_ids))}


async def set_state(
    tx: Tx, mall_id: MallId, seating_id: SeatingId, state: SeatingState, *, into: SeatingId | None, now: datetime
) -> None:
    """Write where a party stands; one that is over has its moment."""
    await tx.run(
        """
        UPDATE dining.seating SET state = $3, merged_into = $4,
               closed_at = CASE WHEN $3 IN ('closed', 'merged') THEN $5::timestamptz END
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        seating_id,
        state,
        into,
        now,
    )


async def set_people(tx: Tx, mall_id: MallId, seating_id: SeatingId, people: int) -> None:
    """Write how many sit there."""
    sql = "UPDATE dining.seating SET people = least($3, 99) WHERE mall_id = $1 AND id = $2"
    await tx.run(sql, mall_id, seating_id, people)


async def seatings_in(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[Seating]:
    """Return the parties that sit in a shop now."""
    sql = _SEATING + " WHERE mall_id = $1 AND shop_id = $2 AND state IN ('open', 'billing') ORDER BY id"
    return await tx.all(Seating, sql, mall_id, shop_id)


async def seatings_of(tx: ReadTx, mall_id: MallId, member_id: MemberId, limit: int) -> list[Seating]:
    """Return the parties a member sits with now, the newest first."""
    sql = (
        _SEATING
        + """
     WHERE mall_id = $1 AND state IN ('open', 'billing') AND id IN (
           SELECT seating_id FROM dining.guest WHERE mall_id = $1 AND member_id = $2)
     ORDER BY id DESC LIMIT $3
    """
    )
    return await tx.all(Seating, sql, mall_id, member_id, limit)


async def add_guest(
    tx: Tx, mall_id: MallId, seating_id: SeatingId, member_id: MemberId, name: str, now: datetime
) -> bool:
    """Take a phone in, under the next number; False when it is there already. The party is locked by the caller."""
    sql = """
    INSERT INTO dining.guest (mall_id, seating_id, member_id, number, name, joined_at)
    SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5 FROM dining.guest WHERE mall_id = $1 AND seating_id = $2
    ON CONFLICT (mall_id, seating_id, member_id) DO NOTHING
    """
    return bool(await tx.run(sql, mall_id, seating_id, member_id, name, now))


async def guests(tx: ReadTx, mall_id: MallId, seating_id: SeatingId) -> list[Guest]:
    """Return the phones of a party, the first first."""
    sql = """
    SELECT member_id, number, name, joined_at FROM dining.guest WHERE mall_id = $1 AND seating_id = $2 ORDER BY number
    """
    return await tx.all(Guest, sql, mall_id, seating_id)


async def guests_in(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[MemberId]:
    """Return the phones at all tables of a shop now."""
    return await tx.values(
        """
        SELECT DISTINCT g.member_id
          FROM dining.guest g JOIN dining.seating s ON s.mall_id = g.mall_id AND s.id = g.seating_id
         WHERE g.mall_id = $1 AND s.shop_id = $2 AND s.state IN ('open', 'billing')
        """,
        mall_id,
        shop_id,
    )


async def add_call(
    tx: Tx, mall_id: MallId, call_id: UUID, seating: Seating, kind: CallKind, note: str, now: datetime
) -> bool:
    """Write a call; False when the same one waits already."""
    sql = """
    INSERT INTO dining.call (mall_id, id, seating_id, shop_id, kind, note, asked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (mall_id, seating_id, kind) WHERE done_at IS NULL DO NOTHING
    """
    return bool(await tx.run(sql, mall_id, call_id, seating.id, seating.shop_id, kind, note, now))


async def end_calls(
    tx: Tx,
    mall_id: MallId,
    shop_id: ShopId,
    staff_id: StaffId,
    now: datetime,
    *,
    call_id: UUID | None = None,
    seating_id: SeatingId | None = None,
) -> list[SeatingId]:
    """Note that somebody came, for one call or all of a party's; returns whose they were."""
    return await tx.values(
        """
        UPDATE dining.call SET done_at = $4, staff_id = $3
         WHERE mall_id = $1 AND shop_id = $2 AND done_at IS NULL AND (id = $5 OR seating_id = $6)
        RETURNING seating_id
        """,
        mall_id,
        shop_id,
        staff_id,
        now,
        call_id,
        seating_id,
    )


async def calls(tx: ReadTx, mall_id: MallId, seating_id: SeatingId) -> list[OpenCall]:
    """Return what a party waits for."""
    sql = """
    SELECT id, kind, note, asked_at FROM dining.call
     WHERE mall_id = $1 AND seating_id = $2 AND done_at IS NULL ORDER BY asked_at, id
    """
    return await tx.all(OpenCall, sql, mall_id, seating_id)


async def shop_calls(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> list[ShopCall]:
    """Return what parties of a shop wait for, the longest first."""
    return await tx.all(
        ShopCall,
        """
        SELECT c.id, c.seating_id, c.kind, c.note, c.asked_at,
               ARRAY(SELECT t.number FROM dining.occupied o
                       JOIN dining.seat_table t ON t.mall_id = o.mall_id AND t.id = o.table_id
                      WHERE o.mall_id = c.mall_id AND o.seating_id = c.seating_id ORDER BY t.number) AS tables
          FROM dining.call c WHERE c.mall_id = $1 AND c.shop_id = $2 AND c.done_at IS NULL ORDER BY c.asked_at, c.id
        """,
        mall_id,
        shop_id,
    )


async def merge_rows(tx: Tx, mall_id: MallId, source: SeatingId, target: SeatingId) -> None:
    """Move a party's tables, dishes, bills and phones to another, and end the calls that both have made."""
    for table in ("occupied", "item", "bill"):
        sql = f"UPDATE dining.{table} SET seating_id = $3 WHERE mall_id = $1 AND seating_id = $2"
        await tx.run(sql, mall_id, source, target)
    await tx.run(
        """
        INSERT INTO dining.guest (mall_id, seating_id, member_id, number, name, joined_at)
        SELECT $1, $3, g.member_id, row_number() OVER (ORDER BY g.number)
               + (SELECT coalesce(max(number), 0) FROM dining.guest WHERE mall_id = $1 AND seating_id = $3),
               g.name, g.joined_at
          FROM dining.guest g WHERE g.mall_id = $1 AND g.seating_id = $2
        ON CONFLICT (mall_id, seating_id, member_id) DO NOTHING
        """,
        mall_id,
        source,
        target,
    )
    await tx.run(
        """
        UPDATE dining.call SET seating_id = $3
         WHERE mall_id = $1 AND seating_id = $2 AND done_at IS NULL AND kind NOT IN (
               SELECT kind FROM dining.call WHERE mall_id = $1 AND seating_id = $3 AND done_at IS NULL)
        """,
        mall_id,
        source,
        target,
    )

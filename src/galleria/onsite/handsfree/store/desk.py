"""Statements on desks, shelves, counts and the policy."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, StaffId
from galleria.onsite.handsfree.model import (
    BagCountLine,
    BagDesk,
    BagDeskChange,
    BagDeskInput,
    BagDeskKind,
    BagPolicy,
    BagPolicyInput,
    BagShelf,
    BagShelfInput,
    Count,
)
from galleria.platform.tx import ReadTx, Tx

_SHELF = "SELECT id, desk_id, code, storage, capacity, used FROM handsfree.shelf"


async def policy(tx: ReadTx, mall_id: MallId) -> BagPolicy:
    """Return a mall's policy, the default one when it has set none."""
    found = await tx.one(
        BagPolicy,
        """
        SELECT active, remind_after_h, store_after_h, return_after_h, chilled_h, frozen_h, declared_max_minor,
               undeclared_max_minor, claim_days
          FROM handsfree.policy WHERE mall_id = $1
        """,
        mall_id,
    )
    return BagPolicy() if found is None else found


async def put_policy(tx: Tx, mall_id: MallId, wanted: BagPolicyInput, now: datetime) -> None:
    """Set a mall's policy."""
    row = msgspec.structs.asdict(wanted)
    await tx.run(
        f"""
        INSERT INTO handsfree.policy (mall_id, changed_at, {", ".join(row)})
        VALUES ($1, $2, {", ".join(f"${number}" for number in range(3, len(row) + 3))})
        ON CONFLICT (mall_id) DO UPDATE SET changed_at = excluded.changed_at,
               {", ".join(f"{name} = excluded.{name}" for name in row)}
        """,
        mall_id,
        now,
        *row.values(),
    )


async def list_desks(tx: ReadTx, mall_id: MallId, *, only_open: bool = False) -> list[BagDesk]:
    """Return a mall's desks with their shelves, by code."""
    return await tx.all(
        BagDesk,
        """
        SELECT d.id, d.code, d.kind, d.name_zh, d.name_en, d.floor_code, d.unit_code, d.open,
               coalesce((SELECT jsonb_agg(jsonb_build_object('id', s.id, 'desk_id', s.desk_id, 'code', s.code,
                           'storage', s.storage, 'capacity', s.capacity, 'used', s.used) ORDER BY s.code)
                  FROM handsfree.shelf AS s WHERE s.mall_id = d.mall_id AND s.desk_id = d.id), '[]') AS shelves
          FROM handsfree.desk AS d WHERE d.mall_id = $1 AND (d.open OR NOT $2) ORDER BY d.code
        """,
        mall_id,
        only_open,
    )


async def add_desk(tx: Tx, mall_id: MallId, desk_id: UUID, new: BagDeskInput, now: datetime) -> bool:
    """Insert a desk; False when its code is taken."""
    return bool(
        await tx.run(
            """
            INSERT INTO handsfree.desk (mall_id, id, code, kind, name_zh, name_en, floor_code, unit_code, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
            """,
            mall_id,
            desk_id,
            new.code,
            new.kind.value,
            new.name_zh,
            new.name_en,
            new.floor_code,
            new.unit_code,
            now,
        )
    )


async def change_desk(tx: Tx, mall_id: MallId, desk_id: UUID, change: BagDeskChange) -> bool:
    """Change what is given of a desk; False when there is none."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.desk SET name_zh = coalesce($3, name_zh), name_en = coalesce($4, name_en),
                   floor_code = coalesce($5, floor_code), unit_code = coalesce($6, unit_code), open = coalesce($7, open)
             WHERE mall_id = $1 AND id = $2
            """,
            mall_id,
            desk_id,
            change.name_zh,
            change.name_en,
            change.floor_code,
            change.unit_code,
            change.open,
        )
    )


async def put_shelf(tx: Tx, mall_id: MallId, desk_id: UUID, shelf_id: UUID, wanted: BagShelfInput) -> bool:
    """Make a shelf or change it; one that holds bags keeps its storage (False)."""
    return bool(
        await tx.run(
            """
            INSERT INTO handsfree.shelf AS s (mall_id, id, desk_id, code, storage, capacity)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (mall_id, desk_id, code) DO UPDATE SET capacity = $6, storage = $5
             WHERE s.used = 0 OR s.storage = $5
            """,
            mall_id,
            shelf_id,
            desk_id,
            wanted.code,
            wanted.storage.value,
            wanted.capacity,
        )
    )


async def drop_shelf(tx: Tx, mall_id: MallId, desk_id: UUID, code: str) -> bool:
    """Take an empty shelf away; False when bags lie on it."""
    return bool(
        await tx.value(
            """
            WITH gone AS (
              DELETE FROM handsfree.shelf WHERE mall_id = $1 AND desk_id = $2 AND code = $3 AND used = 0 RETURNING id)
            SELECT EXISTS (SELECT FROM gone)
                OR NOT EXISTS (SELECT FROM handsfree.shelf WHERE mall_id = $1 AND desk_id = $2 AND code = $3)
            """,
            mall_id,
            desk_id,
            code,
        )
    )


async def find_shelf(tx: ReadTx, mall_id: MallId, shelf_id: UUID) -> BagShelf | None:
    """Return a shelf."""
    return await tx.one(BagShelf, _SHELF + " WHERE mall_id = $1 AND id = $2", mall_id, shelf_id)


async def room_on_shelf(tx: Tx, mall_id: MallId, shelf_id: UUID) -> bool:
    """Return whether a shelf holds another bag, and have others who want its room wait until the end."""
    sql = "SELECT used < capacity FROM handsfree.shelf WHERE mall_id = $1 AND id = $2 FOR UPDATE"
    return bool(await tx.value(sql, mall_id, shelf_id))


class Named(msgspec.Struct, frozen=True):
    """What a desk and its shelves are called."""

    id: UUID
    kind: BagDeskKind
    name_zh: str
    name_en: str
    open: bool


async def desks_by_id(tx: ReadTx, mall_id: MallId, desk_ids: Sequence[UUID]) -> dict[UUID, Named]:
    """Return what desks are called, by id."""
    sql = "SELECT id, kind, name_zh, name_en, open FROM handsfree.desk WHERE mall_id = $1 AND id = ANY ($2::uuid[])"
    return {row.id: row for row in await tx.all(Named, sql, mall_id, list(desk_ids))}


async def shelves_by_id(tx: ReadTx, mall_id: MallId, shelf_ids: Sequence[UUID]) -> dict[UUID, BagShelf]:
    """Return shelves, by id."""
    rows = await tx.all(BagShelf, _SHELF + " WHERE mall_id = $1 AND id = ANY ($2::uuid[])", mall_id, list(shelf_ids))
    return {row.id: row for row in rows}


_COUNT = "SELECT mall_id, id, desk_id, state, staff_id, started_at, closed_at FROM handsfree.count"


async def start_count(
    tx: Tx, mall_id: MallId, desk_id: UUID, *, count_id: UUID, staff_id: StaffId, now: datetime
) -> bool:
    """Begin a count of a desk with the bags that lie there; False when it is being counted."""
    begun = await tx.run(
        """
        INSERT INTO handsfree.count (mall_id, id, desk_id, state, staff_id, started_at)
        VALUES ($1, $2, $3, 'open', $4, $5) ON CONFLICT DO NOTHING
        """,
        mall_id,
        count_id,
        desk_id,
        staff_id,
        now,
    )
    if begun:
        await tx.run(
            """
            INSERT INTO handsfree.count_line (mall_id, count_id, label, expected)
            SELECT mall_id, $2, label, true FROM handsfree.bag
             WHERE mall_id = $1 AND desk_id = $3 AND state = 'shelved'
            """,
            mall_id,
            count_id,
            desk_id,
        )
    return bool(begun)


async def lock_count(tx: Tx, mall_id: MallId, count_id: UUID) -> Count | None:
    """Return a count; others who scan for it or close it wait."""
    return await tx.one(Count, _COUNT + " WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, count_id)


async def find_count(tx: ReadTx, mall_id: MallId, count_id: UUID) -> Count | None:
    """Return a count."""
    return await tx.one(Count, _COUNT + " WHERE mall_id = $1 AND id = $2", mall_id, count_id)


async def open_count(tx: ReadTx, mall_id: MallId, desk_id: UUID) -> UUID | None:
    """Return the id of the count a desk is under."""
    sql = "SELECT id FROM handsfree.count WHERE mall_id = $1 AND desk_id = $2 AND state = 'open'"
    found: UUID | None = await tx.value(sql, mall_id, desk_id)
    return found


async def count_lines(tx: ReadTx, mall_id: MallId, count_id: UUID) -> list[BagCountLine]:
    """Return the lines of a count, differences first."""
    return await tx.all(
        BagCountLine,
        """
        SELECT label, expected, seen_at, difference FROM handsfree.count_line
         WHERE mall_id = $1 AND count_id = $2 ORDER BY difference NULLS LAST, seen_at NULLS FIRST, label
        """,
        mall_id,
        count_id,
    )


async def see(tx: Tx, mall_id: MallId, count_id: UUID, labels: Sequence[str], now: datetime) -> int:
    """Note labels as seen; a label seen again keeps its first moment."""
    return await tx.run(
        """
        INSERT INTO handsfree.count_line AS l (mall_id, count_id, label, expected, seen_at)
        SELECT $1, $2, label, false, $4 FROM unnest($3::text[]) AS label
        ON CONFLICT (mall_id, count_id, label) DO UPDATE SET seen_at = coalesce(l.seen_at, excluded.seen_at)
        """,
        mall_id,
        count_id,
        sorted(set(labels)),
        now,
    )


async def close_count(tx: Tx, count: Count, now: datetime) -> list[BagCountLine]:
    """Close a count, whose row is locked, and return its differences.

    What was expected, not seen and lies here still is missing; what was seen and does not lie here is extra.
    """
    await tx.run(
        """
        UPDATE handsfree.count SET state = 'closed', closed_at = $3 WHERE mall_id = $1 AND id = $2
        """,
        count.mall_id,
        count.id,
        now,
    )
    return await tx.all(
        BagCountLine,
        """
        UPDATE handsfree.count_line AS l
           SET difference = CASE WHEN w.known IS NULL THEN 'unknown'
                                 WHEN l.seen_at IS NULL AND w.here THEN 'missing'
                                 WHEN l.seen_at IS NOT NULL AND NOT w.here AND w.moved_at < l.seen_at THEN 'extra' END
          FROM (SELECT c.label, b.label AS known, b.moved_at,
                       coalesce(b.state = 'shelved' AND b.desk_id = $3, false) AS here
                  FROM handsfree.count_line AS c
                  LEFT JOIN handsfree.bag AS b ON b.mall_id = c.mall_id AND b.label = c.label
                 WHERE c.mall_id = $1 AND c.count_id = $2) AS w
         WHERE l.mall_id = $1 AND l.count_id = $2 AND l.label = w.label
           AND (w.known IS NULL OR (l.seen_at IS NULL AND w.here)
                OR (l.seen_at IS NOT NULL AND NOT w.here AND w.moved_at < l.seen_at))
        RETURNING l.label, l.expected, l.seen_at, l.difference
        """,
        count.mall_id,
        count.id,
        count.desk_id,
    )

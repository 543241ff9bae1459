"""Statements on labels, scans and what a person must look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.kernel.ids import BagId, MallId, ShopId, StaffId
from galleria.onsite.handsfree.model import BagExceptionKind, BagLabelBatch, BagOutcome, BagProblem, Label, Scan
from galleria.onsite.handsfree.rules import Link
from galleria.platform.tx import ReadTx, Tx

_SCAN = """
SELECT mall_id, id, label, bag_id, move, staff_id, staff_name, shop_id, desk_id, shelf_id, collection_id, proxy_name,
       at, received_at, late, barred, outcome, seq, state, detail, note
  FROM handsfree.scan
"""


async def lock_label(tx: Tx, mall_id: MallId, code: str) -> Label | None:
    """Return a label, and have everything else about its bag wait until the end."""
    await tx.value("SELECT code FROM handsfree.label WHERE mall_id = $1 AND code = $2 FOR UPDATE", mall_id, code)
    return await find_label(tx, mall_id, code)


async def find_label(tx: ReadTx, mall_id: MallId, code: str) -> Label | None:
    """Return a label with the shop it was made for."""
    return await tx.one(
        Label,
        """
        SELECT l.code, b.shop_id FROM handsfree.label AS l
          JOIN handsfree.label_batch AS b ON b.mall_id = l.mall_id AND b.id = l.batch_id
         WHERE l.mall_id = $1 AND l.code = $2
        """,
        mall_id,
        code,
    )


async def known_labels(tx: ReadTx, mall_id: MallId, codes: Sequence[str]) -> list[str]:
    """Return those of some numbers that are labels of the mall."""
    sql = "SELECT code FROM handsfree.label WHERE mall_id = $1 AND code = ANY ($2::text[])"
    return await tx.values(sql, mall_id, list(codes))


async def add_batch(
    tx: Tx, mall_id: MallId, *, batch_id: UUID, shop_id: ShopId | None, count: int, staff_id: StaffId, now: datetime
) -> None:
    """Insert a batch without its labels."""
    await tx.run(
        """
        INSERT INTO handsfree.label_batch (mall_id, id, shop_id, count, staff_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        mall_id,
        batch_id,
        shop_id,
        count,
        staff_id,
        now,
    )


async def add_labels(tx: Tx, mall_id: MallId, batch_id: UUID, codes: Sequence[str], first: int) -> int:
    """Insert labels at places counted from `first`; return how many were new."""
    return await tx.run(
        """
        INSERT INTO handsfree.label (mall_id, code, batch_id, position)
        SELECT $1, code, $2, $4 - 1 + place FROM unnest($3::text[]) WITH ORDINALITY AS new (code, place)
        ON CONFLICT (mall_id, code) DO NOTHING
        """,
        mall_id,
        batch_id,
        list(codes),
        first,
    )


_BATCH = """
SELECT b.id, b.shop_id, b.count, b.staff_id, b.created_at,
       (SELECT count(*)::integer FROM handsfree.label AS l
          JOIN handsfree.bag AS g ON g.mall_id = l.mall_id AND g.label = l.code
         WHERE l.mall_id = b.mall_id AND l.batch_id = b.id) AS used
  FROM handsfree.label_batch AS b
"""


async def find_batch(tx: ReadTx, mall_id: MallId, batch_id: UUID) -> BagLabelBatch | None:
    """Return a batch."""
    return await tx.one(BagLabelBatch, _BATCH + " WHERE b.mall_id = $1 AND b.id = $2", mall_id, batch_id)


async def list_batches(
    tx: ReadTx, mall_id: MallId, *, shop_ids: Sequence[ShopId] | None, before: UUID | None, limit: int
) -> list[BagLabelBatch]:
    """Return batches, the newest first; those made for some shops when given."""
    return await tx.all(
        BagLabelBatch,
        _BATCH
        + """
         WHERE b.mall_id = $1 AND ($2::uuid[] IS NULL OR b.shop_id = ANY ($2)) AND ($3::uuid IS NULL OR b.id < $3)
         ORDER BY b.id DESC LIMIT $4
        """,
        mall_id,
        None if shop_ids is None else list(shop_ids),
        before,
        limit,
    )


async def unused_labels(tx: ReadTx, mall_id: MallId, batch_id: UUID) -> list[str]:
    """Return the labels of a batch that are on no bag, in their order."""
    return await tx.values(
        """
        SELECT l.code FROM handsfree.label AS l
         WHERE l.mall_id = $1 AND l.batch_id = $2
           AND NOT EXISTS (SELECT FROM handsfree.bag AS g WHERE g.mall_id = l.mall_id AND g.label = l.code)
         ORDER BY l.position
        """,
        mall_id,
        batch_id,
    )


async def find(tx: ReadTx, mall_id: MallId, scan_id: UUID) -> Scan | None:
    """Return a scan."""
    return await tx.one(Scan, _SCAN + " WHERE mall_id = $1 AND id = $2", mall_id, scan_id)


async def of_label(tx: ReadTx, mall_id: MallId, label: str) -> list[Scan]:
    """Return all scans of a label in the order they were made."""
    return await tx.all(Scan, _SCAN + " WHERE mall_id = $1 AND label = $2 ORDER BY at, id", mall_id, label)


async def chain_of(tx: ReadTx, mall_id: MallId, bag_ids: Sequence[BagId]) -> list[Scan]:
    """Return the scans in the chains of bags, bag by bag in their order."""
    return await tx.all(
        Scan,
        _SCAN + " WHERE mall_id = $1 AND bag_id = ANY ($2::uuid[]) AND seq IS NOT NULL ORDER BY bag_id, seq",
        mall_id,
        list(bag_ids),
    )


async def add(tx: Tx, scan: Scan) -> bool:
    """Insert a scan; False when its number is known."""
    row = {**msgspec.structs.asdict(scan), "move": scan.move.value, "outcome": scan.outcome.value}
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    sql = f"INSERT INTO handsfree.scan ({names}) VALUES ({places}) ON CONFLICT (mall_id, id) DO NOTHING"
    return bool(await tx.run(sql, *row.values()))


async def link(tx: Tx, mall_id: MallId, bag_id: BagId | None, links: Sequence[Link]) -> None:
    """Write down what became of a label's scans, in one statement; its row is locked."""
    await tx.run(
        """
        UPDATE handsfree.scan AS s
           SET outcome = n.outcome, seq = n.seq, state = n.state, bag_id = $2
          FROM jsonb_to_recordset($3) AS n (id uuid, outcome text, seq integer, state text)
         WHERE s.mall_id = $1 AND s.id = n.id
        """,
        mall_id,
        bag_id,
        list(links),
    )


async def report(
    tx: Tx,
    mall_id: MallId,
    *,
    problem_id: UUID,
    kind: BagExceptionKind,
    subject_id: UUID,
    label: str,
    bag_id: BagId | None,
    detail: dict[str, Any],
    now: datetime,
) -> bool:
    """Have a person look at something, once a kind and subject; True when it is new or was closed by itself."""
    return bool(
        await tx.run(
            """
            INSERT INTO handsfree.exception AS e (mall_id, id, kind, subject_id, label, bag_id, detail, opened_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (mall_id, kind, subject_id, label) DO UPDATE
               SET closed_at = NULL, note = NULL, detail = excluded.detail, bag_id = excluded.bag_id
             WHERE e.closed_at IS NOT NULL AND e.closed_by IS NULL
            """,
            mall_id,
            problem_id,
            kind.value,
            subject_id,
            label,
            bag_id,
            detail,
            now,
        )
    )


async def settle_problems(
    tx: Tx, mall_id: MallId, kinds: Sequence[BagExceptionKind], subject_ids: Sequence[UUID], *, note: str, now: datetime
) -> int:
    """Close what has settled itself: nobody closed it, and it may open again."""
    return await tx.run(
        """
        UPDATE handsfree.exception SET closed_at = $4, note = $5
         WHERE mall_id = $1 AND kind = ANY ($2::text[]) AND subject_id = ANY ($3::uuid[]) AND closed_at IS NULL
        """,
        mall_id,
        [kind.value for kind in kinds],
        list(subject_ids),
        now,
        note,
    )


async def close_problem(
    tx: Tx, mall_id: MallId, problem_id: UUID, *, staff_id: StaffId, note: str, now: datetime
) -> bool:
    """Note that a person has looked at something; False when it is closed."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.exception SET closed_at = $5, closed_by = $3, note = $4
             WHERE mall_id = $1 AND id = $2 AND closed_at IS NULL
            """,
            mall_id,
            problem_id,
            staff_id,
            note,
            now,
        )
    )


_PROBLEM = """
SELECT e.id, e.kind, e.label, e.bag_id, b.shop_zh, b.shop_en, e.detail, e.opened_at, e.closed_at, e.closed_by, e.note
  FROM handsfree.exception AS e LEFT JOIN handsfree.bag AS b ON b.mall_id = e.mall_id AND b.id = e.bag_id
"""


async def find_problem(tx: ReadTx, mall_id: MallId, problem_id: UUID) -> BagProblem | None:
    """Return something a person must look at."""
    return await tx.one(BagProblem, _PROBLEM + " WHERE e.mall_id = $1 AND e.id = $2", mall_id, problem_id)


async def list_problems(
    tx: ReadTx, mall_id: MallId, *, only_open: bool, before: UUID | None, limit: int
) -> list[BagProblem]:
    """Return what persons must look at, or have, the newest first."""
    return await tx.all(
        BagProblem,
        _PROBLEM
        + """
         WHERE e.mall_id = $1 AND (NOT $2 OR e.closed_at IS NULL) AND ($3::uuid IS NULL OR e.id < $3)
         ORDER BY e.id DESC LIMIT $4
        """,
        mall_id,
        only_open,
        before,
        limit,
    )


async def count_problems(tx: ReadTx, mall_id: MallId) -> int:
    """Return how many things wait for a person."""
    sql = "SELECT count(*)::integer FROM handsfree.exception WHERE mall_id = $1 AND closed_at IS NULL"
    found: int = await tx.value(sql, mall_id)
    return found


NEEDS_A_PERSON = frozenset(set(BagOutcome) - {BagOutcome.ACCEPTED, BagOutcome.REPEATED, BagOutcome.WAITING})
"""What outcomes of scans a person must look at."""


async def told(tx: ReadTx, mall_id: MallId, bag_ids: Sequence[BagId]) -> set[tuple[UUID, str]]:
    """Return which bags a person has been told of and for what, unless it has settled itself since."""
    rows = await tx.all(
        Told,
        """
        SELECT subject_id, kind FROM handsfree.exception
         WHERE mall_id = $1 AND subject_id = ANY ($2::uuid[]) AND (closed_at IS NULL OR closed_by IS NOT NULL)
        """,
        mall_id,
        list(bag_ids),
    )
    return {(row.subject_id, row.kind) for row in rows}


class Told(msgspec.Struct, frozen=True):
    """What a person has been told of."""

    subject_id: UUID
    kind: str

"""All SQL of goods files."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce.merchandising.model import FileProblem, Transfer, TransferKind, TransferState, Work
from galleria.kernel.ids import MallId, ShopId, StaffId
from galleria.platform.tx import ReadTx, Tx

GOODS_LOCKS = 2
"""Class of the advisory locks that let one goods file at a time into a shop; the second key is a hash of the shop."""

PROBLEMS_SHOWN = 200

_TRANSFER = """
SELECT id, mall_id, kind, shop_id, staff_id, state, file_name, result_file IS NOT NULL AS has_file, rows_total,
       rows_done, created_products, changed_products, jsonb_array_length(problems) AS problems_total,
       {problems} AS problems, created_at, ended_at
  FROM merchandising.transfer
"""
_ONE = _TRANSFER.format(problems="jsonb_path_query_array(problems, '$[0 to 199]')") + " WHERE mall_id = $1 AND id = $2"
_MANY = _TRANSFER.format(problems="'[]'::jsonb") + (
    " WHERE mall_id = $1 AND shop_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
)


async def add_transfer(
    tx: Tx,
    *,
    transfer_id: UUID,
    kind: TransferKind,
    mall_id: MallId,
    shop_id: ShopId,
    staff_id: StaffId,
    file_name: str,
    source_file: str | None,
    now: datetime,
) -> None:
    """Add a waiting transfer."""
    await tx.run(
        """
        INSERT INTO merchandising.transfer (mall_id, id, kind, shop_id, staff_id, state, file_name, source_file,
                                            created_at)
        VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8)
        """,
        mall_id,
        transfer_id,
        kind,
        shop_id,
        staff_id,
        file_name,
        source_file,
        now,
    )


async def get_transfer(tx: ReadTx, mall_id: MallId, transfer_id: UUID) -> Transfer | None:
    """Return a transfer with its first problems."""
    return await tx.one(Transfer, _ONE, mall_id, transfer_id)


async def list_transfers(
    tx: ReadTx, mall_id: MallId, shop_id: ShopId, *, after: UUID | None, limit: int
) -> list[Transfer]:
    """Return the transfers of a shop, newest first, without problems."""
    return await tx.all(Transfer, _MANY, mall_id, shop_id, after, limit)


async def list_problems(tx: ReadTx, mall_id: MallId, transfer_id: UUID, *, after: int, limit: int) -> list[FileProblem]:
    """Return `limit` problems from position `after` on."""
    return await tx.all(
        FileProblem,
        """
        SELECT p.file, p.line, p.field, p.code, p.message_zh, p.message_en
          FROM merchandising.transfer t,
               jsonb_path_query_array(t.problems, '$[$from to $to]', jsonb_build_object('from', $3::integer,
                                                                                        'to', $4::integer)) AS slice,
               jsonb_to_recordset(slice) AS p (file text, line integer, field text, code text, message_zh text,
                                               message_en text)
         WHERE t.mall_id = $1 AND t.id = $2
        """,
        mall_id,
        transfer_id,
        after,
        after + limit - 1,
    )


async def result_file(tx: ReadTx, mall_id: MallId, transfer_id: UUID) -> str | None:
    """Return the name of the file an export wrote."""
    found: str | None = await tx.value(
        "SELECT result_file FROM merchandising.transfer WHERE mall_id = $1 AND id = $2", mall_id, transfer_id
    )
    return found


async def get_work(tx: ReadTx, mall_id: MallId, transfer_id: UUID) -> Work | None:
    """Return what the worker needs of a transfer."""
    return await tx.one(
        Work,
        """
        SELECT id, mall_id, kind, shop_id, staff_id, state, file_name, source_file
          FROM merchandising.transfer WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        transfer_id,
    )


async def note_progress(tx: Tx, mall_id: MallId, transfer_id: UUID, *, rows_total: int, rows_done: int) -> bool:
    """Record how far a transfer that has not ended is; returns whether it had not."""
    return bool(
        await tx.run(
            """
            UPDATE merchandising.transfer SET state = 'running', rows_total = $3, rows_done = $4
             WHERE mall_id = $1 AND id = $2 AND state IN ('queued', 'running')
            """,
            mall_id,
            transfer_id,
            rows_total,
            rows_done,
        )
    )


async def end_transfer(
    tx: Tx,
    mall_id: MallId,
    transfer_id: UUID,
    *,
    state: TransferState,
    rows: int,
    created: int = 0,
    changed: int = 0,
    problems: Sequence[FileProblem] = (),
    result: str | None = None,
    now: datetime,
) -> bool:
    """End a transfer that has not ended; returns whether it had not."""
    return bool(
        await tx.run(
            """
            UPDATE merchandising.transfer
               SET state = $3, rows_total = $4, rows_done = $4, created_products = $5, changed_products = $6,
                   problems = $7::jsonb, result_file = $8, ended_at = $9
             WHERE mall_id = $1 AND id = $2 AND state IN ('queued', 'running')
            """,
            mall_id,
            transfer_id,
            state,
            rows,
            created,
            changed,
            list(problems),
            result,
            now,
        )
    )


async def lock_shop(tx: Tx, shop_id: ShopId) -> None:
    """Wait until no other goods file is being applied to this shop, and keep others out until the end."""
    await tx.value("SELECT pg_advisory_xact_lock($1, hashtext($2))", GOODS_LOCKS, str(shop_id))

"""Goods files: handed in, done by the worker, ended."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.merchandising import queries, store
from galleria.commerce.merchandising.model import Transfer, TransferKind
from galleria.kernel.ids import MallId, ShopId, StaffId, new_id
from galleria.platform.db import Tx
from galleria.platform.jobs import Job
from galleria.platform.journal import Event

RUN = "merchandising.run"
"""The job that does a transfer."""


async def start(
    tx: Tx,
    *,
    kind: TransferKind,
    mall_id: MallId,
    shop_id: ShopId,
    staff_id: StaffId,
    file_name: str,
    source_file: str | None,
    now: datetime,
) -> Transfer:
    """Put a goods file in the worker's hands; `source_file` is the stored upload of an import."""
    transfer_id = new_id()
    await store.add_transfer(
        tx,
        transfer_id=transfer_id,
        kind=kind,
        mall_id=mall_id,
        shop_id=shop_id,
        staff_id=staff_id,
        file_name=file_name,
        source_file=source_file,
        now=now,
    )
    tx.subject = str(transfer_id)
    tx.enqueue(Job(RUN, {"mall_id": mall_id, "transfer_id": transfer_id}))
    return await queries.get_transfer(tx, mall_id=mall_id, transfer_id=transfer_id)


async def note_progress(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, transfer_id: UUID, rows_total: int, rows_done: int
) -> None:
    """Record how far a transfer is and tell the shop's screens."""
    tx.subject = str(transfer_id)
    if await store.note_progress(tx, mall_id, transfer_id, rows_total=rows_total, rows_done=rows_done):
        tx.emit(progress(shop_id, transfer_id, "running", rows_total, rows_done))


def progress(shop_id: ShopId, transfer_id: UUID, state: str, rows_total: int, rows_done: int) -> Event:
    """Return the notice that a transfer has come so far."""
    data: dict[str, str | int | None] = {"state": state, "rows_total": rows_total, "rows_done": rows_done}
    return Event("merchandising.progress", transfer_id, data, topics=(f"shop:{shop_id}",))

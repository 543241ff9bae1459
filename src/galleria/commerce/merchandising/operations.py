"""Goods files: handed in, done by the worker, ended."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from galleria.commerce.merchandising import queries, rules, store
from galleria.commerce.merchandising.model import (
    FileProblem,
    ImportDone,
    Transfer,
    TransferKind,
    TransferState,
    Work,
)
from galleria.foundation import catalog, malls, media
from galleria.kernel.errors import Conflict, Invalid
from galleria.kernel.ids import MallId, ShopId, StaffId, new_id
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value import pricing, stock

RUN = "merchandising.run"
"""The job that does a transfer."""
CHUNK = 2000
LEVELS_CHUNK = 5000


class FileRefused(Invalid):
    """A goods file has problems and was not applied; `problems` are all of them, by line."""

    code = "file_refused"

    def __init__(self, problems: Sequence[rules.RowProblem]) -> None:
        super().__init__(problems=len(problems))
        self.problems = list(problems)


class AlreadyEnded(Conflict):
    """The transfer has ended in another worker."""

    code = "transfer_ended"


async def start(
    tx: Tx,
    *,
    kind: TransferKind,
    mall_id: MallId,
    shop_id: ShopId,
    staff_id: StaffId,
    file_name: str,
    source_file: str | None,
    queued: bool = True,
    now: datetime,
) -> Transfer:
    """Put a goods file in the worker's hands; `source_file` is the stored upload of an import.

    One that is not `queued` is left to the caller, who calls `run`.
    """
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
    if queued:
        tx.enqueue(Job(RUN, {"mall_id": mall_id, "transfer_id": transfer_id}))
    return await queries.get_transfer(tx, mall_id=mall_id, transfer_id=transfer_id)


async def apply(
    tx: Tx, *, work: Work, sheet: rules.Sheet, tell: Callable[[int], Awaitable[None]], now: datetime
) -> ImportDone:
    """Apply a goods file to its shop, whole, and end the transfer; `tell` hears how many lines are done.

    One file at a time a shop. Raises FileRefused with all problems, and then nothing has changed; raises SkuTaken or
    BelowReserved when a sale or an edit came in between.
    """
    await store.lock_shop(tx, work.shop_id)
    stored = await catalog.lock_shop_products(tx, mall_id=work.mall_id, shop_id=work.shop_id)
    planned = await asyncio.to_thread(rules.plan, sheet, await _context(tx, work, sheet, stored))
    if planned.problems:
        raise FileRefused(planned.problems)
    variants = {v.sku: v.id for product in stored for v in product.variants}
    created = changed = lines = 0
    for start_at in range(0, len(planned.products), CHUNK):
        chunk = planned.products[start_at : start_at + CHUNK]
        saved = await catalog.save_products(tx, mall_id=work.mall_id, shop_id=work.shop_id, products=chunk, now=now)
        created, changed = created + saved.created, changed + saved.changed
        variants |= saved.variant_ids
        lines += sum(v.sku in planned.lines for item in chunk for v in item.product.variants)
        await tell(min(lines, len(sheet.rows)))
    levels = [(variants[sku], on_hand) for sku, on_hand in planned.stock.items()]
    for start_at in range(0, len(levels), LEVELS_CHUNK):
        part = dict(levels[start_at : start_at + LEVELS_CHUNK])
        await stock.set_levels(tx, mall_id=work.mall_id, levels=part, now=now, reference=work.id)
    pricing.follow_shop(tx, mall_id=work.mall_id, shop_id=work.shop_id)
    await end(tx, work=work, state=TransferState.DONE, rows=len(sheet.rows), created=created, changed=changed, now=now)
    return ImportDone(len(sheet.rows), created, changed)


async def end(
    tx: Tx,
    *,
    work: Work,
    state: TransferState,
    rows: int,
    created: int = 0,
    changed: int = 0,
    problems: Sequence[FileProblem] = (),
    result: str | None = None,
    now: datetime,
) -> bool:
    """End a transfer and tell the shop's screens; raises AlreadyEnded when another worker was first."""
    ended = await store.end_transfer(
        tx,
        work.mall_id,
        work.id,
        state=state,
        rows=rows,
        created=created,
        changed=changed,
        problems=problems,
        result=result,
        now=now,
    )
    if not ended:
        raise AlreadyEnded
    tx.subject = str(work.id)
    tx.emit(_progress(work, state, rows, rows))
    return True


async def note_progress(tx: Tx, *, work: Work, rows_total: int, rows_done: int) -> None:
    """Record how far a transfer is and tell the shop's screens."""
    tx.subject = str(work.id)
    if await store.note_progress(tx, work.mall_id, work.id, rows_total=rows_total, rows_done=rows_done):
        tx.emit(_progress(work, TransferState.RUNNING, rows_total, rows_done))


async def _context(tx: Tx, work: Work, sheet: rules.Sheet, stored: Sequence[catalog.Stored]) -> rules.Context:
    mall = await malls.get_mall(tx, work.mall_id)
    categories = await malls.list_categories(tx, work.mall_id)
    pictures = await media.known(tx, rules.picture_names(sheet))
    ids = {v.id: v.sku for product in stored for v in product.variants}
    levels = await stock.levels(tx, work.mall_id, list(ids))
    return rules.Context(
        stored={product.code: product for product in stored},
        owners=await catalog.sku_owners(tx, mall_id=work.mall_id, shop_id=work.shop_id),
        categories={c.code: c.id for c in categories},
        pictures=frozenset(p.name for p in pictures),
        reserved={ids[v]: level.reserved for v, level in levels.items()},
        currency=mall.currency,
    )


def _progress(work: Work, state: TransferState, rows_total: int, rows_done: int) -> Event:
    data: dict[str, str | int | None] = {"state": state.value, "rows_total": rows_total, "rows_done": rows_done}
    return Event("merchandising.progress", work.id, data, topics=(f"shop:{work.shop_id}",))

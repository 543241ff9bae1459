"""Watching goods files."""

from uuid import UUID

from galleria.commerce.merchandising import store
from galleria.commerce.merchandising.model import FileProblem, Transfer
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from galleria.platform.db import ReadTx


async def get_transfer(tx: ReadTx, *, mall_id: MallId, transfer_id: UUID) -> Transfer:
    """Return a transfer with its first 200 problems; raises NotFound."""
    found = await store.get_transfer(tx, mall_id, transfer_id)
    if found is None:
        raise NotFound
    return found


async def list_transfers(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, cursor: str | None, limit: int
) -> Page[Transfer]:
    """Return the transfers of a shop, newest first."""
    after = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_transfers(tx, mall_id, shop_id, after=after, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def list_problems(
    tx: ReadTx, *, mall_id: MallId, transfer_id: UUID, cursor: str | None, limit: int
) -> Page[FileProblem]:
    """Return all problems of a transfer, in the order of the file."""
    after = 0 if cursor is None else max(0, min(decode_cursor(cursor, tuple[int])[0], 1_000_000_000))
    rows = await store.list_problems(tx, mall_id, transfer_id, after=after, limit=limit + 1)
    return Page(rows[:limit], encode_cursor(after + limit) if len(rows) > limit else None)


async def result_file(tx: ReadTx, *, mall_id: MallId, transfer_id: UUID) -> str | None:
    """Return the name of the file an export wrote, None while there is none."""
    return await store.result_file(tx, mall_id, transfer_id)

"""What is read of invoices."""

from uuid import UUID

from galleria.commerce.invoices import store
from galleria.commerce.invoices.model import Invoice, InvoiceId, Title
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx


async def list_titles(tx: ReadTx, *, mall_id: MallId, member_id: MemberId) -> list[Title]:
    """Return a member's titles, the last used first."""
    return await store.list_titles(tx, mall_id, member_id)


async def list_of_order(tx: ReadTx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId) -> list[Invoice]:
    """Return the invoices of a member's order."""
    return await store.list_of_order(tx, mall_id, order_id, member_id)


async def list_mine(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId, cursor: str | None, limit: int
) -> Page[Invoice]:
    """Return a member's invoices, the newest first. Raises Invalid for a forged cursor."""
    rows = await store.list_invoices(
        tx, mall_id, member_id=member_id, merchant_ids=None, before=_before(cursor), limit=limit + 1
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def list_for_staff(tx: ReadTx, *, mall_id: MallId, reach: Reach, cursor: str | None, limit: int) -> Page[Invoice]:
    """Return the invoices of the merchants within reach, the newest first. Raises Invalid for a forged cursor."""
    merchants = None if reach.everything else reach.merchant_ids
    rows = await store.list_invoices(
        tx, mall_id, member_id=None, merchant_ids=merchants, before=_before(cursor), limit=limit + 1
    )
    return page_of(rows, limit, lambda row: (row.id,))


async def document(tx: ReadTx, *, mall_id: MallId, invoice_id: InvoiceId, member_id: MemberId) -> bytes:
    """Return the document of a member's invoice; raises NotFound, also while it is not issued."""
    found = await store.document(tx, mall_id, invoice_id, member_id)
    if found is None:
        raise NotFound
    return found


def _before(cursor: str | None) -> UUID | None:
    return decode_cursor(cursor, tuple[UUID])[0] if cursor else None

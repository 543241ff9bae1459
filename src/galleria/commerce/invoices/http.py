"""Routes of invoices and receipts: the member's own, and what staff see."""

import asyncio
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce import orders
from galleria.commerce.invoices import operations, queries, rules
from galleria.commerce.invoices.model import Asked, Invoice, InvoiceId, NothingToInvoice, Title
from galleria.foundation import malls
from galleria.kernel.ids import MallId, OrderId
from galleria.kernel.paging import Page
from galleria.kernel.paper import Size
from galleria.platform.actors import Permission
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

BASE = "/v1/malls/{mall_id:uuid}"
PaperSize = Annotated[Size, QueryParameter(name="size", description="a4, or an 80 mm roll")]


class Kept(msgspec.Struct, frozen=True):
    """What the journal keeps of a request: whose order it is on, and what it says."""

    order_id: UUID
    asked: Asked


@get(f"{BASE}/me/invoice-titles", access=MEMBER, summary="My invoice titles", tags=["invoices"])
async def list_titles(call: TheCall, mall_id: FromPath[UUID]) -> Page[Title]:
    """Return the titles the member has used, the last one first."""
    async with call.db.read() as tx:
        return Page(await queries.list_titles(tx, mall_id=MallId(mall_id), member_id=call.actor.member_id))


@delete(
    f"{BASE}/me/invoice-titles/{{title_id:uuid}}", access=MEMBER, summary="Forget an invoice title", tags=["invoices"]
)
async def forget_title(call: TheCall, mall_id: FromPath[UUID], title_id: FromPath[UUID]) -> None:
    """Forget a saved title; invoices keep theirs."""
    member_id = call.actor.member_id
    await call.write(
        "invoices.forget_title",
        lambda tx: operations.forget_title(tx, mall_id=MallId(mall_id), member_id=member_id, title_id=title_id),
        returns=type(None),
        mall_id=MallId(mall_id),
        payload={"title_id": title_id},
    )


@get(f"{BASE}/me/invoices", access=MEMBER, summary="My invoices", tags=["invoices"])
async def list_mine(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[Invoice]:
    """Return the member's invoices, red ones too, the newest first."""
    async with call.db.read() as tx:
        return await queries.list_mine(
            tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, cursor=cursor, limit=limit
        )


@get(
    f"{BASE}/me/invoices/{{invoice_id:uuid}}/invoice.pdf",
    access=MEMBER,
    summary="My invoice as PDF",
    tags=["invoices"],
    media_type="application/pdf",
)
async def document(call: TheCall, mall_id: FromPath[UUID], invoice_id: FromPath[UUID]) -> Response[bytes]:
    """Return the document of an issued invoice."""
    async with call.db.read() as tx:
        content = await queries.document(
            tx, mall_id=MallId(mall_id), invoice_id=InvoiceId(invoice_id), member_id=call.actor.member_id
        )
    return _pdf(content, f"invoice-{invoice_id}.pdf")


@get(f"{BASE}/me/orders/{{order_id:uuid}}/invoices", access=MEMBER, summary="Invoices of my order", tags=["invoices"])
async def list_of_order(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> Page[Invoice]:
    """Return the invoices of the member's order, the oldest first."""
    mall, order, member_id = MallId(mall_id), OrderId(order_id), call.actor.member_id
    async with call.db.read() as tx:
        await orders.get_order(tx, mall_id=mall, order_id=order, member_id=member_id)
        return Page(await queries.list_of_order(tx, mall_id=mall, order_id=order, member_id=member_id))


@post(f"{BASE}/me/orders/{{order_id:uuid}}/invoices", access=MEMBER, summary="Ask for an invoice", tags=["invoices"])
async def ask(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[Asked]) -> Page[Invoice]:
    """Ask for an invoice of each merchant of a paid order that has none yet, on what was really paid."""
    mall, order, member_id = MallId(mall_id), OrderId(order_id), call.actor.member_id
    async with call.db.read() as tx:
        await orders.get_order(tx, mall_id=mall, order_id=order, member_id=member_id)

    async def operation(tx: Tx) -> Page[Invoice]:
        return Page(
            await operations.ask(tx, mall_id=mall, order_id=order, member_id=member_id, asked=data, now=call.now)
        )

    return await call.write(
        "invoices.ask", operation, returns=Page[Invoice], mall_id=mall, payload=Kept(order, data), key_required=True
    )


@get(f"{BASE}/invoices", access=STAFF, summary="Invoices, newest first", tags=["invoices"])
async def list_invoices(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[Invoice]:
    """Return the invoices of the merchants the asker works for."""
    async with call.db.read() as tx:
        reach = call.actor.reach(Permission.SETTLEMENT_READ, await malls.mall_target(tx, MallId(mall_id)))
        return await queries.list_for_staff(tx, mall_id=MallId(mall_id), reach=reach, cursor=cursor, limit=limit)


@get(
    f"{BASE}/me/orders/{{order_id:uuid}}/receipt.pdf",
    access=MEMBER,
    summary="The receipt of my order",
    tags=["invoices"],
    media_type="application/pdf",
)
async def my_receipt(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], size: PaperSize = Size.A4
) -> Response[bytes]:
    """Return the receipt of a paid order, in the reader's language."""
    async with call.db.read() as tx:
        mall = await malls.get_mall(tx, MallId(mall_id))
        order = await orders.get_order(tx, mall_id=mall.id, order_id=OrderId(order_id), member_id=call.actor.member_id)
    return await _receipt(call, order, mall, size)


@get(
    f"{BASE}/orders/{{order_id:uuid}}/receipt.pdf",
    access=STAFF,
    summary="The receipt of an order",
    tags=["invoices"],
    media_type="application/pdf",
)
async def receipt(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], size: PaperSize = Size.A4
) -> Response[bytes]:
    """Return the receipt of a paid order to print at the till; only for whom the whole order is in reach."""
    async with call.db.read() as tx:
        mall = await malls.get_mall(tx, MallId(mall_id))
        reach = call.actor.reach(Permission.ORDER_READ, await malls.mall_target(tx, mall.id))
        order = await orders.get_order(tx, mall_id=mall.id, order_id=OrderId(order_id), reach=reach)
    return await _receipt(call, order, mall, size)


async def _receipt(call: Call, order: orders.OrderView, mall: malls.Mall, size: Size) -> Response[bytes]:
    if order.paid_at is None:
        raise NothingToInvoice
    content = await asyncio.to_thread(rules.receipt, order, mall, locale=call.locale, size=size)
    return _pdf(content, f"receipt-{order.number}.pdf")


def _pdf(content: bytes, name: str) -> Response[bytes]:
    headers = {
        "content-disposition": f'inline; filename="{name}"',
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type="application/pdf", headers=headers)


ROUTES = [
    list_titles, forget_title, list_mine, document, list_of_order, ask, list_invoices, my_receipt, receipt
]  # fmt: skip

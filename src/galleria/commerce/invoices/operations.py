"""Invoices are asked for, answered, and taken back when money goes back."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.commerce.invoices import rules, store
from galleria.commerce.invoices.model import (
    Asked,
    Invoice,
    InvoiceId,
    InvoiceState,
    Issued,
    IssueOrder,
    NothingToInvoice,
)
from galleria.foundation import malls
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, new_id
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx

ISSUE = "invoices.issue"
ADJUST = "invoices.adjust"
LIVE = {InvoiceState.REQUESTED, InvoiceState.ISSUING, InvoiceState.ISSUED}


async def ask(
    tx: Tx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId, asked: Asked, now: datetime
) -> list[Invoice]:
    """Ask each merchant of a paid order (or one of them) for an invoice on what was really paid, and return them all.

    A part has one live invoice, by constraint. Raises Invalid for a wrong tax number, NotFound, NothingToInvoice.
    """
    wrong = rules.problem(asked)
    if wrong is not None:
        raise Invalid.field(*wrong)
    asked = msgspec.structs.replace(asked, title=asked.title.strip(), tax_number=asked.tax_number.strip().upper())
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)
    merchants = {one.id: one for one in await malls.all_merchants(tx, await malls.group_of(tx, mall_id))}
    made = 0
    for part in order.sub_orders if order.paid_at is not None else []:
        amount = rules.worth(part)
        if amount <= 0 or asked.sub_order_id not in {None, part.id}:
            continue
        invoice_id = InvoiceId(new_id())
        merchant = merchants[part.merchant_id]
        made += await store.request(
            tx,
            mall_id,
            invoice_id,
            (order.id, part.id, order.number),
            (part.shop_id, part.merchant_id, merchant.name_zh, merchant.name_en),
            member_id,
            asked,
            amount_minor=amount,
            currency=order.currency,
            now=now,
        )
        tx.enqueue(_job(ISSUE, mall_id, invoice_id))
    if not made:
        raise NothingToInvoice
    await store.keep_title(tx, mall_id, member_id, asked, now)
    tx.subject = str(order_id)
    tx.emit(Event("invoices.asked", order_id, {}, (f"mall:{mall_id}",)))
    return await store.list_of_order(tx, mall_id, order_id, member_id)


async def forget_title(tx: Tx, *, mall_id: MallId, member_id: MemberId, title_id: UUID) -> None:
    """Forget a saved title; raises NotFound."""
    if not await store.forget_title(tx, mall_id, member_id, title_id):
        raise NotFound


async def begin(tx: Tx, *, mall_id: MallId, invoice_id: InvoiceId, now: datetime) -> IssueOrder | None:
    """Note a try to issue, and return what to ask the provider for; None when it has been answered."""
    return await store.begin(tx, mall_id, invoice_id, now)


async def record_issued(tx: Tx, *, mall_id: MallId, invoice_id: InvoiceId, what: Issued, now: datetime) -> None:
    """Keep an issued invoice, once; what went back while the provider was asked is taken back next."""
    found = await store.issued(tx, mall_id, invoice_id, what, now)
    if found is None:
        return
    tx.enqueue(Job(ADJUST, {"mall_id": str(mall_id), "order_id": str(found.order_id)}))
    tx.subject = str(invoice_id)
    tx.emit(Event("invoices.issued", found.order_id, {"number": found.number}, (f"mall:{mall_id}",)))


async def record_refused(tx: Tx, *, mall_id: MallId, invoice_id: InvoiceId, why: str, now: datetime) -> None:
    """Keep why the provider would not issue; the shopper may ask again with other words."""
    if await store.refused(tx, mall_id, invoice_id, why[:200], now):
        tx.subject = str(invoice_id)
        tx.emit(Event("invoices.failed", invoice_id, {}, (f"mall:{mall_id}",)))


async def adjust(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> int:
    """Bring an order's invoices down to what is still paid; return how many changed. Done again it changes nothing.

    What is not tried yet is lowered or cancelled; what is issued gets a red invoice on the difference; what is being
    issued is looked at again when it has an answer. Locks the order's invoices.
    """
    found = await store.lock_order(tx, mall_id, order_id)
    live = [one for one in found if one.reverses is None and one.state in LIVE]
    if not live:
        return 0
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id)
    worth = {part.id: rules.worth(part) for part in order.sub_orders}
    changed = 0
    for one in live:
        back = sum(other.amount_minor for other in found if other.reverses == one.id and other.state in LIVE)
        over = one.amount_minor + back - worth[one.sub_order_id]
        if over <= 0:
            continue
        if one.state is InvoiceState.REQUESTED:
            await store.change_amount(tx, mall_id, one.id, worth[one.sub_order_id], now)
        elif one.state is InvoiceState.ISSUED:
            red = InvoiceId(new_id())
            await store.reverse(tx, mall_id, red, one.id, -over, now)
            tx.enqueue(_job(ISSUE, mall_id, red))
        changed += 1
    return changed


def _job(name: str, mall_id: MallId, invoice_id: InvoiceId) -> Job:
    return Job(name, {"mall_id": str(mall_id), "invoice_id": str(invoice_id)})

"""Issuing: the provider is asked outside of any transaction, its answer kept in one; refunds take invoices back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from galleria.commerce.invoices import operations, store
from galleria.commerce.invoices.model import (
    InvoiceId,
    InvoiceProvider,
    InvoiceRefused,
    InvoiceUnavailable,
    IssueOrder,
)
from galleria.kernel.ids import MallId, OrderId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

STALE = timedelta(minutes=5)
SWEPT = 100


async def issue(runtime: Runtime, mall_id: str, invoice_id: str) -> None:
    """Ask the provider for an invoice and keep the answer; raises InvoiceUnavailable, to be tried again."""
    mall, invoice = MallId(UUID(mall_id)), InvoiceId(UUID(invoice_id))

    due: list[IssueOrder] = []

    async def begin(tx: Tx) -> None:
        order = await operations.begin(tx, mall_id=mall, invoice_id=invoice, now=utc_now())
        due[:] = [] if order is None else [order]

    await runtime.db.write(_command("invoices.try", mall), begin, returns=type(None))
    if not due:
        return
    try:
        answer = await runtime.port(InvoiceProvider).issue(due[0])  # type: ignore[type-abstract]
    except InvoiceRefused as error:
        why = str(error)
        await runtime.db.write(
            _command("invoices.refuse", mall),
            lambda tx: operations.record_refused(tx, mall_id=mall, invoice_id=invoice, why=why, now=utc_now()),
            returns=type(None),
        )
        return
    await runtime.db.write(
        _command("invoices.issue", mall),
        lambda tx: operations.record_issued(tx, mall_id=mall, invoice_id=invoice, what=answer, now=utc_now()),
        returns=type(None),
    )


async def adjust(runtime: Runtime, mall_id: str, order_id: str) -> None:
    """Bring an order's invoices down to what is still paid."""
    mall, order = MallId(UUID(mall_id)), OrderId(UUID(order_id))
    await runtime.db.write(
        _command("invoices.adjust", mall),
        lambda tx: operations.adjust(tx, mall_id=mall, order_id=order, now=utc_now()),
        returns=int,
    )


async def follow_refund(runtime: Runtime, *, data: dict[str, Any], **_event: Any) -> None:
    """Take back what was invoiced of an order that money went back of; most orders have no invoice."""
    order_id = OrderId(UUID(data["order_id"]))
    async with runtime.db.read() as tx:
        mall_id = await store.mall_of(tx, order_id)
    if mall_id is not None:
        await adjust(runtime, str(mall_id), str(order_id))


async def sweep(runtime: Runtime, now: datetime) -> None:
    """Ask again for what has had no answer for a while; one that fails again waits for the next round."""
    async with runtime.db.read() as tx:
        found = await store.stale(tx, now - STALE, SWEPT)
    for mall_id, invoice_id in found:
        try:
            await issue(runtime, str(mall_id), str(invoice_id))
        except InvoiceUnavailable:
            continue


def _command(kind: str, mall_id: MallId) -> Command:
    return Command(kind=kind, actor=SYSTEM, now=utc_now(), mall_id=mall_id)

"""Money going back: promised in a transaction, sent by a job, and known by what the provider says of it."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from galleria.foundation import ledger, malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import IntentId, MallId, OrderId, RefundId, TenderId, new_id
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value.payments import rules
from galleria.value.payments.model import (
    NotFailed,
    Outcome,
    PaymentRefund,
    RefundNotice,
    RefundOrder,
    RefundState,
    RefundTooLarge,
)
from galleria.value.payments.store import refunds as store

log = structlog.get_logger()

SEND_REFUND = "payments.send_refund"


async def request_refund(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    amount_minor: int,
    reason: str,
    now: datetime,
    intent_id: IntentId | None = None,
    tender_id: TenderId | None = None,
) -> RefundId:
    """Promise to give back an amount (minor units, above zero) of what an order paid; a job sends it to the provider.

    The caller has posted the promise to `refunds_payable`; the provider's success clears it. With `intent_id` or
    `tender_id`, of that payment. Raises RefundTooLarge when so much was never paid or is already given back.
    """
    refund_id = RefundId(new_id())
    if not await store.insert_refund(
        tx,
        mall_id,
        order_id,
        intent_id,
        tender_id,
        amount_minor=amount_minor,
        refund_id=refund_id,
        reason=reason,
        now=now,
    ):
        raise RefundTooLarge
    tx.enqueue(_sending(mall_id, refund_id))
    return refund_id


async def retry_refund(tx: Tx, *, mall_id: MallId, refund_id: RefundId) -> PaymentRefund:
    """Send a failed refund again. Raises NotFound, NotFailed."""
    reopened = await store.reopen_refund(tx, mall_id, refund_id)
    refund = await store.find_refund(tx, mall_id, refund_id)
    if refund is None:
        raise NotFound
    if not reopened:
        raise NotFailed
    tx.subject = str(refund_id)
    tx.enqueue(_sending(mall_id, refund_id))
    return refund


async def refund_told(tx: Tx, *, order: RefundOrder, notice: RefundNotice, now: datetime) -> bool:
    """Record what the provider says of a refund, once; money given back clears the promise in the ledger.

    A notice of another amount is logged and believed in nothing. False when nothing moved.
    """
    tx.subject = str(order.refund_id)
    if notice.amount_minor != order.amount_minor:
        log.error("payments.refund_mismatch", refund=str(order.refund_id), told=notice.amount_minor)
        return False
    if notice.outcome is Outcome.PENDING:
        return await store.note_processing(tx, order.mall_id, order.refund_id, notice.reference, now)
    if notice.outcome is Outcome.FAILED:
        return await store.end_refund(
            tx, order.mall_id, order.refund_id, RefundState.FAILED, now, reference=notice.reference, error=notice.error
        )
    moved = await store.end_refund(
        tx, order.mall_id, order.refund_id, RefundState.SUCCEEDED, now, reference=notice.reference
    )
    if moved:
        await ledger.post(
            tx,
            group_id=await malls.group_of(tx, order.mall_id),
            mall_id=order.mall_id,
            entries=[rules.refund_entry(order, order.refund_id)],
            now=now,
        )
    return moved


async def mark_refunds_asked(tx: Tx, *, orders: Sequence[RefundOrder], now: datetime) -> int:
    """Remember that the provider is being asked about these refunds, so that the next asking waits longer."""
    return await store.mark_asked(tx, [o.mall_id for o in orders], [o.refund_id for o in orders], now)


async def refund_unanswered(tx: Tx, *, order: RefundOrder, error: str) -> bool:
    """Count an attempt that came to nothing."""
    tx.subject = str(order.refund_id)
    await store.note_attempt(tx, order.mall_id, order.refund_id, error)
    return True


def _sending(mall_id: MallId, refund_id: RefundId) -> Job:
    return Job(SEND_REFUND, {"mall_id": mall_id, "refund_id": refund_id}, dedupe=f"{SEND_REFUND}:{refund_id}")

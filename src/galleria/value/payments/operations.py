"""What happens to payments."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from galleria.foundation import ledger, malls
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import IntentId, MallId, MemberId, OrderId, RefundId, new_id
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value.payments import rules, store
from galleria.value.payments.model import (
    Intent,
    IntentState,
    Notice,
    Outcome,
    PaymentRefund,
    RefundOrder,
    RefundState,
    Settled,
)

log = structlog.get_logger()

SEND_REFUND = "payments.send_refund"


class RefundTooLarge(Conflict):
    """So much was never paid, or has been given back already."""

    code = "refund_too_large"


class PaymentOpen(Conflict):
    """The order already waits for a payment; pay that one."""

    code = "payment_open"


class NotFailed(Conflict):
    """Only a failed refund can be sent again."""

    code = "refund_not_failed"


async def create_intent(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    amount_minor: int,
    currency: str,
    description: str,
    provider: str,
    now: datetime,
    expires_at: datetime,
) -> Intent:
    """Write that an amount (minor units, above zero) is to be collected for an order, and return the intent.

    Nothing is said to the provider: that happens outside of any transaction, with the intent's id as our number there.
    Raises PaymentOpen when the order has an open intent: there is one at a time.
    """
    intent = Intent(
        id=IntentId(new_id()),
        mall_id=mall_id,
        order_id=order_id,
        member_id=member_id,
        amount_minor=amount_minor,
        currency=currency,
        description=description,
        provider=provider,
        state=IntentState.CREATED,
        provider_reference=None,
        created_at=now,
        expires_at=expires_at,
    )
    if not await store.insert(tx, intent):
        raise PaymentOpen
    return intent


async def settle(tx: Tx, *, notice: Notice, now: datetime) -> Settled:
    """Record a provider's notice once and move its intent, by one conditional update.

    Returns what it did: succeeded or failed (now, by this notice), duplicate (nothing moved) or mismatch (amount or
    currency are not the intent's: recorded and logged, believed in nothing). Raises NotFound for an unknown intent,
    ValueError for an outcome that is still pending.
    """
    if notice.outcome is Outcome.PENDING:
        raise ValueError("a pending payment is no outcome")
    told = await store.settle(tx, notice, now)
    if told is None:
        raise NotFound
    result = rules.result_of(notice, told, moved=told.moved)
    log.info("payments.notice", intent=str(told.id), result=result.value, provider=notice.provider)
    if result.value == "mismatch":
        log.error(
            "payments.mismatch",
            intent=str(told.id),
            expected=f"{told.amount_minor} {told.currency}",
            told=f"{notice.amount_minor} {notice.currency}",
        )
    return Settled(result, told)


async def mark_asked(tx: Tx, *, intents: Sequence[Intent], now: datetime) -> int:
    """Remember that the provider is being asked about these, so that the next asking waits a while."""
    return await store.mark_asked(tx, [i.mall_id for i in intents], [i.id for i in intents], now)


async def close_intents(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> list[Intent]:
    """Close an order's open intents and return them, so that the provider can be told.

    Call it before the purchase is touched: a notice takes its locks in this order too.
    """
    return await store.close_for(tx, mall_id, order_id, now)


async def request_refund(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    amount_minor: int,
    reason: str,
    now: datetime,
    intent_id: IntentId | None = None,
) -> RefundId:
    """Promise to give back an amount (minor units, above zero) of what an order paid; a job sends it to the provider.

    The caller has posted the promise to `refunds_payable`; the provider's success clears it. With `intent_id`, of
    that payment. Raises RefundTooLarge when so much was never paid or is already given back.
    """
    refund_id = RefundId(new_id())
    if not await store.insert_refund(
        tx, mall_id, order_id, intent_id, amount_minor=amount_minor, refund_id=refund_id, reason=reason, now=now
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


async def refund_succeeded(tx: Tx, *, order: RefundOrder, reference: str, now: datetime) -> bool:
    """Record that the provider gave the money back, once, and clear the promise in the ledger."""
    tx.subject = str(order.refund_id)
    moved = await store.end_refund(tx, order.mall_id, order.refund_id, RefundState.SUCCEEDED, now, reference=reference)
    if moved:
        await ledger.post(
            tx,
            group_id=await malls.group_of(tx, order.mall_id),
            mall_id=order.mall_id,
            entries=[rules.refund_entry(order, order.refund_id)],
            now=now,
        )
    return moved


async def refund_failed(tx: Tx, *, order: RefundOrder, error: str, now: datetime) -> bool:
    """Record that the provider will not give the money back; the promise stands until a person sees to it."""
    tx.subject = str(order.refund_id)
    return await store.end_refund(tx, order.mall_id, order.refund_id, RefundState.FAILED, now, error=error)


async def refund_unanswered(tx: Tx, *, order: RefundOrder, error: str) -> bool:
    """Count an attempt that came to nothing."""
    tx.subject = str(order.refund_id)
    await store.note_attempt(tx, order.mall_id, order.refund_id, error)
    return True


def _sending(mall_id: MallId, refund_id: RefundId) -> Job:
    return Job(SEND_REFUND, {"mall_id": mall_id, "refund_id": refund_id}, dedupe=f"{SEND_REFUND}:{refund_id}")

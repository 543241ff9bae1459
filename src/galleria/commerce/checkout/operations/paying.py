"""Paying: what providers tell of payments, where to pay, and another attempt."""

from datetime import datetime

import structlog

from galleria.commerce import orders
from galleria.commerce.checkout.operations.completing import complete
from galleria.commerce.checkout.operations.refusals import AlreadyPaid, Known, OrderNotWaiting, not_waiting
from galleria.commerce.checkout.rules import books
from galleria.commerce.orders import OrderState
from galleria.foundation import ledger, malls
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import payments
from galleria.value.payments import Intent, IntentState, Notice, Result

log = structlog.get_logger()

LATE = "late_payment"


def pay_at(provider: payments.PaymentProvider, intent: Intent, origin: str) -> str:
    """Return the cashier's address for an intent; the shopper comes back to the order's page."""
    return provider.cashier_url(intent, return_url=f"{origin}/orders/{intent.order_id}")


async def take_notice(tx: Tx, *, notice: Notice, now: datetime) -> Result:
    """Do what a payment notice calls for, in one transaction with recording it.

    Success completes the order; money for an order no longer waiting goes back by itself. Returns succeeded, failed
    or mismatch (recorded, believed in nothing). Raises Known when the notice changes nothing, NotFound for an unknown
    payment.
    """
    settled = await payments.settle(tx, notice=notice, now=now)
    intent = settled.intent
    tx.subject = str(intent.order_id)
    if settled.result is Result.DUPLICATE:
        raise Known
    if settled.result is Result.FAILED:
        tx.emit(Event("payments.failed", intent.order_id, {}, (f"member:{intent.member_id}",)))
    if settled.result is not Result.SUCCEEDED:
        return settled.result
    order = await complete(tx, mall_id=intent.mall_id, order_id=intent.order_id, now=now)
    if order is None:
        await _return_late(tx, intent, now)
    return settled.result


async def _return_late(tx: Tx, intent: Intent, now: datetime) -> None:
    """Take in money that came too late, and promise it back at once."""
    log.warning("checkout.late_payment", intent=str(intent.id), amount_minor=intent.amount_minor)
    group_id = await malls.group_of(tx, intent.mall_id)
    await ledger.post(tx, group_id=group_id, mall_id=intent.mall_id, entries=books.late_entries(intent), now=now)
    await payments.request_refund(
        tx,
        mall_id=intent.mall_id,
        order_id=intent.order_id,
        intent_id=intent.id,
        amount_minor=intent.amount_minor,
        reason=LATE,
        now=now,
    )
    data: dict[str, str | int | None] = {"amount_minor": intent.amount_minor}
    topics = (f"member:{intent.member_id}", f"mall:{intent.mall_id}")
    tx.emit(Event("payments.returned", intent.order_id, data, topics))


async def pay_again(tx: Tx, *, failed: Intent, now: datetime) -> Intent:
    """Open another payment for an order whose last one failed.

    Locks the order first, so that none is opened for one being cancelled or paid just now. Raises OrderNotWaiting
    when it has ended meanwhile, payments.PaymentOpen when there is an open payment.
    """
    await orders.lock_order(tx, mall_id=failed.mall_id, order_id=failed.order_id)
    order = await orders.get_order(tx, mall_id=failed.mall_id, order_id=failed.order_id, member_id=failed.member_id)
    if order.state is not OrderState.PENDING_PAYMENT or order.expires_at <= now:
        raise not_waiting(order.state)
    tx.subject = str(failed.order_id)
    return await payments.create_intent(
        tx,
        mall_id=failed.mall_id,
        order_id=failed.order_id,
        member_id=failed.member_id,
        amount_minor=failed.amount_minor,
        currency=failed.currency,
        description=failed.description,
        provider=failed.provider,
        now=now,
        expires_at=failed.expires_at,
    )


def require_payable(intent: Intent, now: datetime) -> bool:
    """Return whether the intent can be paid as it is; False when another attempt may be opened.

    Raises AlreadyPaid, OrderNotWaiting.
    """
    if intent.state is IntentState.SUCCEEDED:
        raise AlreadyPaid(state="paid")
    if intent.state is IntentState.CLOSED or intent.expires_at <= now:
        raise OrderNotWaiting(state=intent.state.value)
    return intent.state is IntentState.CREATED

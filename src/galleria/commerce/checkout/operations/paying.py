"""Paying: what providers tell of payments, where to pay, and another attempt."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from galleria.commerce import orders
from galleria.commerce.checkout.operations.completing import collected
from galleria.commerce.checkout.operations.refusals import AlreadyPaid, Known, OrderNotWaiting, not_waiting
from galleria.commerce.checkout.rules import books
from galleria.commerce.orders import OrderState
from galleria.foundation import ledger, malls
from galleria.kernel.ids import AttemptId, MallId, MerchantId, OrderId
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value import payments
from galleria.value.payments import Attempt, Intent, IntentState, Notice, Result, Scene

log = structlog.get_logger()

LATE = "late_payment"
CLOSE_AT_PROVIDER = "checkout.close_at_provider"


def pay_at(provider: payments.PaymentProvider, intent: Intent, origin: str) -> str | None:
    """Return where to pay an intent just made, when the provider has an address that needs no asking."""
    return provider.link(payments.first_attempt(intent), return_url=return_url(origin, intent.order_id))


def return_url(origin: str, order_id: OrderId) -> str:
    """Return the order's page, to which a shopper comes back from paying."""
    return f"{origin}/orders/{order_id}"


async def take_notice(tx: Tx, *, notice: Notice, now: datetime) -> Result:
    """Do what a payment notice calls for, in one transaction with recording it.

    Success completes the order, once all its tenders are in; money for an order no longer waiting, or that came twice,
    goes back by itself. Returns succeeded, failed, surplus or mismatch (recorded, believed in nothing). Raises Known
    when the notice changes nothing, NotFound for an unknown payment.
    """
    settled = await payments.settle(tx, notice=notice, now=now)
    intent = settled.intent
    tx.subject = str(intent.order_id)
    if settled.result is Result.DUPLICATE:
        raise Known
    if settled.result is Result.FAILED:
        tx.emit(Event("payments.failed", intent.order_id, {}, (f"member:{intent.member_id}",)))
    if settled.result is Result.SURPLUS:
        await _return_late(tx, intent, now)
    if settled.result is not Result.SUCCEEDED:
        return settled.result
    tx.jobs.extend(closing(intent.mall_id, settled.superseded))
    if not await collected(tx, mall_id=intent.mall_id, order_id=intent.order_id, tender_id=intent.tender_id, now=now):
        await _return_late(tx, intent, now)
    return settled.result


def closing(mall_id: MallId, attempts: Iterable[AttemptId]) -> list[Job]:
    """Return the jobs that tell providers to take no more money by these attempts."""
    return [Job(CLOSE_AT_PROVIDER, {"mall_id": mall_id, "attempt_id": attempt_id}) for attempt_id in attempts]


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


async def pay_again(tx: Tx, *, last: Attempt, provider: str, scene: Scene, now: datetime) -> Attempt:
    """Open another attempt at a payment: the last one failed, or the shopper wants to pay another way.

    Locks the payment first, so that none is opened for one being cancelled or paid just now; the provider of an attempt
    given up is told by a job. Raises OrderNotWaiting when it has ended meanwhile, payments.PaymentOpen when somebody
    else has opened another attempt.
    """
    await payments.lock_intent(tx, mall_id=last.mall_id, intent_id=last.intent_id)
    order = await orders.get_order(tx, mall_id=last.mall_id, order_id=last.order_id, member_id=last.member_id)
    if order.state is not OrderState.PENDING_PAYMENT or order.expires_at <= now:
        raise not_waiting(order.state)
    tx.subject = str(last.order_id)
    fresh = await payments.another_attempt(tx, last=last, provider=provider, scene=scene, now=now)
    if last.state.is_open:
        tx.jobs.extend(closing(last.mall_id, [last.id]))
    return fresh


async def take_cash(tx: Tx, *, attempt: Attempt, holder_id: MerchantId, now: datetime) -> bool:
    """Take one tender of an order in cash, which is then in a merchant's till; other ways to pay it end.

    Raises AlreadyPaid, OrderNotWaiting.
    """
    await payments.lock_intent(tx, mall_id=attempt.mall_id, intent_id=attempt.intent_id)
    standing = await payments.find_attempt(tx, mall_id=attempt.mall_id, attempt_id=attempt.id)
    require_payable(standing or attempt, now)
    tx.subject = str(attempt.order_id)
    given_up = await payments.withdraw_intent(tx, mall_id=attempt.mall_id, intent_id=attempt.intent_id, now=now)
    tx.jobs.extend(closing(attempt.mall_id, given_up))
    taken = await collected(
        tx,
        mall_id=attempt.mall_id,
        order_id=attempt.order_id,
        tender_id=attempt.tender_id,
        holder_id=holder_id,
        now=now,
    )
    if not taken:
        raise OrderNotWaiting
    return True


def require_payable(attempt: Attempt, now: datetime) -> None:
    """Raise AlreadyPaid or OrderNotWaiting when an attempt's intent is not to be collected any more."""
    if attempt.intent_state is IntentState.SUCCEEDED:
        raise AlreadyPaid(state="paid")
    if attempt.intent_state is IntentState.CLOSED or attempt.expires_at <= now:
        raise OrderNotWaiting(state=attempt.intent_state.value)

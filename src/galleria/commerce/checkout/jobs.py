"""Work by the clock: asking about payments nobody told us of, and ending orders past their time."""

from datetime import datetime
from uuid import UUID

import structlog

from galleria.commerce import orders
from galleria.commerce.checkout import notices, operations
from galleria.kernel.errors import DomainError
from galleria.kernel.ids import AttemptId, MallId, OrderId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value import payments
from galleria.value.payments import Attempt, ProviderRefused, ProviderUnavailable

log = structlog.get_logger()


async def ask_unanswered(runtime: Runtime, now: datetime) -> None:
    """Ask providers about open attempts of which nothing was heard for a while; those past their time are closed."""
    async with runtime.db.read() as tx:
        attempts = await payments.list_unanswered(tx, now=now)
    if not attempts:
        return
    command = Command(kind="checkout.ask", actor=SYSTEM, now=now, input={"attempt_ids": [a.id for a in attempts]})
    await runtime.db.write(command, lambda tx: payments.mark_asked(tx, attempts=attempts, now=now), returns=int)
    for attempt in attempts:
        try:
            await (notices.close if attempt.expires_at <= now else notices.ask)(runtime, attempt, now)
        except (ProviderUnavailable, ProviderRefused, DomainError) as error:
            log.warning("checkout.unanswered", attempt=str(attempt.id), error=str(error))


async def expire_due(runtime: Runtime, now: datetime) -> None:
    """End orders past their time; one whose payment turns out to have been made is completed instead."""
    async with runtime.db.read() as tx:
        due = await orders.list_due(tx, now=now)
    for mall_id, order_id in due:
        await expire_one(runtime, mall_id, order_id, now)


async def expire_one(runtime: Runtime, mall_id: MallId, order_id: OrderId, now: datetime) -> None:
    """End one order past its time, after the provider was told to take no more money for it."""
    async with runtime.db.read() as tx:
        attempts = await payments.open_attempts(tx, mall_id=mall_id, order_id=order_id)
    for attempt in attempts:
        await _close(runtime, attempt, now)
    command = Command(kind="checkout.expire", actor=SYSTEM, now=now, mall_id=mall_id, input={"order_id": order_id})
    try:
        await runtime.db.write(
            command, lambda tx: operations.expire(tx, mall_id=mall_id, order_id=order_id, now=now), returns=bool
        )
    except operations.OrderNotWaiting:
        log.info("checkout.not_expired", order=str(order_id))


async def _close(runtime: Runtime, attempt: Attempt, now: datetime) -> None:
    """Close at the provider; an order is not kept waiting by a provider that does not answer."""
    try:
        await notices.close(runtime, attempt, now)
    except (ProviderUnavailable, ProviderRefused) as error:
        log.warning("checkout.not_closed", attempt=str(attempt.id), error=str(error))


async def ask_differing(runtime: Runtime, subject: str, data: dict[str, str], **_: object) -> None:
    """Ask the provider about a payment of which its statement says something else than we do, and act on the answer."""
    mall_id, attempt_id = MallId(UUID(data["mall_id"])), AttemptId(UUID(subject))
    async with runtime.db.read() as tx:
        attempt = await payments.find_attempt(tx, mall_id=mall_id, attempt_id=attempt_id)
    if attempt is not None:
        await notices.ask(runtime, attempt, utc_now())


async def close_at_provider(runtime: Runtime, mall_id: str, attempt_id: str) -> None:
    """Tell the provider of an attempt given up to take no more money; what it took already counts once or goes back."""
    async with runtime.db.read() as tx:
        attempt = await payments.find_attempt(tx, mall_id=MallId(UUID(mall_id)), attempt_id=AttemptId(UUID(attempt_id)))
    if attempt is None:
        return
    try:
        await notices.close(runtime, attempt, utc_now())
    except ProviderRefused as error:
        log.warning("checkout.not_closed", attempt=attempt_id, error=str(error))

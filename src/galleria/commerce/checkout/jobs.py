"""Work by the clock: asking about payments nobody told us of, and ending orders past their time."""

from datetime import datetime
from uuid import UUID

import structlog

from galleria.commerce import orders
from galleria.commerce.checkout import notices, operations
from galleria.kernel.ids import IntentId, MallId, OrderId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value import payments
from galleria.value.payments import Intent, IntentState, ProviderUnavailable

log = structlog.get_logger()


async def ask_unanswered(runtime: Runtime, now: datetime) -> None:
    """Ask providers about open payments of which nothing was heard for a while; those past their time are closed."""
    async with runtime.db.read() as tx:
        intents = await payments.list_unanswered(tx, now=now)
    if not intents:
        return
    command = Command(kind="checkout.ask", actor=SYSTEM, now=now, input={"intent_ids": [i.id for i in intents]})
    await runtime.db.write(command, lambda tx: payments.mark_asked(tx, intents=intents, now=now), returns=int)
    for intent in intents:
        try:
            await (notices.close if intent.expires_at <= now else notices.ask)(runtime, intent, now)
        except ProviderUnavailable as error:
            log.warning("checkout.unanswered", intent=str(intent.id), error=str(error))


async def expire_due(runtime: Runtime, now: datetime) -> None:
    """End orders past their time; one whose payment turns out to have been made is completed instead."""
    async with runtime.db.read() as tx:
        due = await orders.list_due(tx, now=now)
    for mall_id, order_id in due:
        await expire_one(runtime, mall_id, order_id, now)


async def expire_one(runtime: Runtime, mall_id: MallId, order_id: OrderId, now: datetime) -> None:
    """End one order past its time, after the provider was told to take no more money for it."""
    async with runtime.db.read() as tx:
        intent = await payments.latest_intent(tx, mall_id=mall_id, order_id=order_id)
    if intent is not None and intent.state is IntentState.CREATED:
        await _close(runtime, intent, now)
    command = Command(kind="checkout.expire", actor=SYSTEM, now=now, mall_id=mall_id, input={"order_id": order_id})
    try:
        await runtime.db.write(
            command, lambda tx: operations.expire(tx, mall_id=mall_id, order_id=order_id, now=now), returns=bool
        )
    except operations.OrderNotWaiting:
        log.info("checkout.not_expired", order=str(order_id))


async def _close(runtime: Runtime, intent: Intent, now: datetime) -> None:
    """Close at the provider; an order is not kept waiting by a provider that does not answer."""
    try:
        await notices.close(runtime, intent, now)
    except ProviderUnavailable as error:
        log.warning("checkout.not_closed", intent=str(intent.id), error=str(error))


async def close_at_provider(runtime: Runtime, mall_id: str, intent_id: str) -> None:
    """Tell the provider of a cancelled order's payment to take no more money; what it took already goes back."""
    async with runtime.db.read() as tx:
        intent = await payments.find_intent(tx, mall_id=MallId(UUID(mall_id)), intent_id=IntentId(UUID(intent_id)))
    if intent is not None:
        await notices.close(runtime, intent, utc_now())

"""Sending: read, call the provider outside any transaction, write down how it ended. Safe to run twice."""

from datetime import datetime, timedelta
from uuid import UUID

from galleria.foundation.notifications import operations, queries
from galleria.foundation.notifications.model import Message, MessageState, Sms, SmsProvider, SmsRefused
from galleria.foundation.notifications.rules import body_to_send, one_time_code
from galleria.kernel.ids import GroupId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime

KEPT = timedelta(days=90)


async def send_sms(runtime: Runtime, *, group_id: str, message_id: str) -> None:
    """Send one message; an error of the provider is raised, so that the job comes back later."""
    group, identifier, now = GroupId(UUID(group_id)), UUID(message_id), utc_now()
    async with runtime.db.read() as tx:
        message = await queries.get_message(tx, group, identifier)
    if message.state is not MessageState.QUEUED:
        return
    state, error = await _try_to_send(runtime, message, now)
    await runtime.db.write(
        Command(kind="notifications.settle", actor=SYSTEM, now=now),
        lambda tx: operations.settle(tx, group_id=group, message_id=identifier, state=state, error=error, now=now),
        returns=bool,
    )


async def _try_to_send(runtime: Runtime, message: Message, now: datetime) -> tuple[MessageState, str | None]:
    if message.expires_at is not None and message.expires_at <= now:
        return MessageState.FAILED, "too late to be of use"
    body = body_to_send(message.body, one_time_code(runtime.signer, message.id))
    try:
        await runtime.port(SmsProvider).send(Sms(message.id, message.recipient, body))  # type: ignore[type-abstract]
    except SmsRefused as error:
        return MessageState.FAILED, str(error)
    return MessageState.SENT, None


async def forget_messages(runtime: Runtime, now: datetime) -> None:
    """Delete messages past their use."""
    await runtime.db.write(
        Command(kind="notifications.forget_messages", actor=SYSTEM, now=now),
        lambda tx: operations.forget_messages(tx, before=now - KEPT),
        returns=int,
    )

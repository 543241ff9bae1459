"""Writing to people: a row and a job in the caller's transaction; the sending itself comes after."""

from datetime import datetime
from uuid import UUID

from galleria.foundation.notifications import store
from galleria.foundation.notifications.model import Message, MessageState
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx


async def send_sms(
    tx: Tx,
    *,
    group_id: GroupId,
    phone: str,
    body: str,
    now: datetime,
    message_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> UUID:
    """Have a short message sent after, and only if, this transaction commits; return its id.

    `phone` is E.164. `{code}` in `body` is replaced by `one_time_code(signer, message_id)` when it is sent. A message
    not sent by `expires_at` is given up, because nobody is waiting for it any more.
    """
    message = Message(
        group_id=group_id,
        id=message_id or new_id(),
        recipient=phone,
        body=body,
        state=MessageState.QUEUED,
        created_at=now,
        expires_at=expires_at,
        sent_at=None,
        error=None,
    )
    await store.add(tx, message)
    tx.enqueue(Job("notifications.send_sms", {"group_id": group_id, "message_id": message.id}))
    return message.id


async def settle(
    tx: Tx, *, group_id: GroupId, message_id: UUID, state: MessageState, now: datetime, error: str | None = None
) -> bool:
    """Record how the sending of a message ended; returns False when that was known already."""
    tx.subject = str(message_id)
    return await store.settle(tx, group_id, message_id, state=state, error=error, now=now)


async def forget_messages(tx: Tx, *, before: datetime) -> int:
    """Delete messages made before a moment: phone numbers are not kept longer than complaints need them."""
    return await store.forget_before(tx, before)

"""Every statement on the messages."""

from datetime import datetime
from uuid import UUID

from galleria.foundation.notifications.model import Message, MessageState
from galleria.kernel.ids import GroupId
from galleria.platform.tx import ReadTx, Tx


async def add(tx: Tx, message: Message) -> None:
    """Insert a message."""
    await tx.run(
        """
        INSERT INTO notifications.message (group_id, id, channel, recipient, body, state, created_at, expires_at)
        VALUES ($1, $2, 'sms', $3, $4, $5, $6, $7)
        """,
        message.group_id,
        message.id,
        message.recipient,
        message.body,
        message.state.value,
        message.created_at,
        message.expires_at,
    )


async def find(tx: ReadTx, group_id: GroupId, message_id: UUID) -> Message | None:
    """Return a message."""
    return await tx.one(
        Message,
        """
        SELECT group_id, id, recipient, body, state, created_at, expires_at, sent_at, error
          FROM notifications.message WHERE group_id = $1 AND id = $2
        """,
        group_id,
        message_id,
    )


async def settle(
    tx: Tx, group_id: GroupId, message_id: UUID, *, state: MessageState, error: str | None, now: datetime
) -> bool:
    """Move a message out of `queued`, once; returns whether this call did."""
    moved = await tx.run(
        """
        UPDATE notifications.message
           SET state = $3, error = $4, sent_at = CASE WHEN $3 = 'sent' THEN $5::timestamptz END
         WHERE group_id = $1 AND id = $2 AND state = 'queued'
        """,
        group_id,
        message_id,
        state.value,
        error,
        now,
    )
    return moved == 1


async def forget_before(tx: Tx, moment: datetime) -> int:
    """Delete messages older than a moment; returns how many."""
    return await tx.run("DELETE FROM notifications.message WHERE created_at < $1", moment)

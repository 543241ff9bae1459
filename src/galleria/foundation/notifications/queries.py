"""Looking at messages."""

from uuid import UUID

from galleria.foundation.notifications import store
from galleria.foundation.notifications.model import Message
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId
from galleria.platform.tx import ReadTx


async def get_message(tx: ReadTx, group_id: GroupId, message_id: UUID) -> Message:
    """Return a message as stored; raises NotFound."""
    found = await store.find(tx, group_id, message_id)
    if found is None:
        raise NotFound
    return found

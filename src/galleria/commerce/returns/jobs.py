"""What events start: units that do not reach the shopper are refunded."""

from typing import Any
from uuid import UUID

from galleria.commerce.returns import operations
from galleria.kernel.ids import MallId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime


async def refund_loss(runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]) -> None:
    """Refund what fulfilment has given up, once for each loss."""
    now, mall_id, loss_id = utc_now(), MallId(UUID(data["mall_id"])), UUID(subject)
    command = Command(
        kind="returns.refund_loss", actor=SYSTEM, now=now, mall_id=mall_id, key=f"{journal_id}:{position}"
    )
    await runtime.db.write(
        command, lambda tx: operations.refund_loss(tx, mall_id=mall_id, loss_id=loss_id, now=now), returns=bool
    )

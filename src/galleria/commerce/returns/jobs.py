"""Work of returns that events start."""

from typing import Any
from uuid import UUID

from galleria.commerce.returns import operations
from galleria.kernel.ids import MallId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


async def refund_lost(runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]) -> None:
    """Refund units that do not reach the shopper, once for each loss."""
    del journal_id, position
    now, mall_id = utc_now(), MallId(UUID(data["mall_id"]))
    command = Command(
        kind="returns.refund_lost",
        actor=SYSTEM,
        now=now,
        mall_id=mall_id,
        key=f"returns.lost:{subject}",
        input={"loss_id": subject},
    )

    async def refund(tx: Tx) -> bool:
        return await operations.refund_lost(tx, mall_id=mall_id, loss_id=UUID(subject), now=now) is not None

    await runtime.db.write(command, refund, returns=bool)

"""What dining does when a bill is paid or ends unpaid."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.kernel.ids import OrderId
from galleria.onsite.dining import operations, queries
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


async def order_paid(runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]) -> None:
    """Note that a bill is paid; nothing for orders from elsewhere, and once for each."""
    del data
    order_id = OrderId(UUID(subject))
    await _settle(
        runtime,
        order_id,
        f"dining.paid:{journal_id}:{position}",
        lambda tx, now: operations.settle_paid(tx, order_id=order_id, now=now),
    )


async def order_ended(runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]) -> None:
    """Take a bill back whose order ended unpaid."""
    del data
    order_id = OrderId(UUID(subject))
    await _settle(
        runtime,
        order_id,
        f"dining.ended:{journal_id}:{position}",
        lambda tx, now: operations.settle_ended(tx, order_id=order_id, now=now),
    )


async def _settle(
    runtime: Runtime, order_id: OrderId, key: str, operation: Callable[[Tx, datetime], Awaitable[bool]]
) -> None:
    async with runtime.db.read() as tx:
        mall_id = await queries.is_bill(tx, order_id=order_id)
    if mall_id is None:
        return
    now = utc_now()
    command = Command(kind="dining.settle", actor=SYSTEM, now=now, mall_id=mall_id, key=key)
    await runtime.db.write(command, lambda tx: operation(tx, now), returns=bool)

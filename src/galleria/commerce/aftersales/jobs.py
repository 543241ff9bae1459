"""Work by the clock and by events: cases whose time is over, and units refunded elsewhere."""

from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.commerce.aftersales import operations, store
from galleria.commerce.aftersales.model import MOVES, CaseMove
from galleria.kernel.ids import MallId, OrderId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime

BATCH = 200
FOLLOW_REFUND = "aftersales.follow_refund"
MOVES_ON = sorted(state.value for state in MOVES[CaseMove.OVERDUE] | MOVES[CaseMove.LAPSE])


async def lapse_due(runtime: Runtime, now: datetime) -> None:
    """Move on the cases whose time is over, one by one: to the mall where the shop was to act, else to their end."""
    async with runtime.db.read() as tx:
        due = await store.list_due(tx, now, MOVES_ON, BATCH)
    for one in due:
        await _lapse(runtime, one, now)


async def _lapse(runtime: Runtime, one: store.Due, now: datetime) -> None:
    command = Command(kind="aftersales.lapse", actor=SYSTEM, now=now, mall_id=one.mall_id, input=one.id)
    await runtime.db.write(
        command, lambda tx: operations.lapse(tx, mall_id=one.mall_id, case_id=one.id, now=now), returns=bool
    )


async def follow_refund(
    runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]
) -> None:
    """Take units refunded elsewhere out of open cases; once for each refund."""
    del subject
    now, mall_id = utc_now(), MallId(UUID(data["mall_id"]))
    command = Command(
        kind="aftersales.follow_refund",
        actor=SYSTEM,
        now=now,
        mall_id=mall_id,
        key=f"aftersales:{journal_id}:{position}",
    )
    order_id = OrderId(UUID(data["order_id"]))
    await runtime.db.write(
        command, lambda tx: operations.follow_refund(tx, mall_id=mall_id, order_id=order_id, now=now), returns=int
    )

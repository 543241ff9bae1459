"""What scan and go does when an order is paid or ends unpaid, and by the clock."""

from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.kernel.ids import MallId, OrderId
from galleria.onsite.scango import operations, queries
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime


async def order_paid(runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]) -> None:
    """Note that a basket is paid; nothing for orders from elsewhere, and once for each."""
    del data
    mall_id = await _mall(runtime, subject)
    if mall_id is None:
        return
    now, key = utc_now(), runtime.signer.key(operations.LOT)
    await runtime.db.write(
        _command("scango.settle_paid", mall_id, journal_id, position, now),
        lambda tx: operations.settle_paid(tx, mall_id=mall_id, order_id=OrderId(UUID(subject)), key=key, now=now),
        returns=bool,
    )


async def order_ended(runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]) -> None:
    """Give the basket of an order that ended unpaid back to its shopper."""
    del data
    mall_id = await _mall(runtime, subject)
    if mall_id is None:
        return
    now = utc_now()
    await runtime.db.write(
        _command("scango.reopen", mall_id, journal_id, position, now),
        lambda tx: operations.reopen(tx, mall_id=mall_id, order_id=OrderId(UUID(subject)), now=now),
        returns=bool,
    )


async def abandon_idle(runtime: Runtime, now: datetime) -> None:
    """Give up the baskets that nobody has touched for as long as their shops wait."""
    async with runtime.db.read() as tx:
        if not await queries.any_idle(tx, now=now):
            return
    command = Command(kind="scango.abandon", actor=SYSTEM, now=now)
    await runtime.db.write(command, lambda tx: operations.abandon(tx, now=now), returns=int)


async def _mall(runtime: Runtime, subject: str) -> MallId | None:
    async with runtime.db.read() as tx:
        return await queries.mall_of_order(tx, order_id=OrderId(UUID(subject)))


def _command(kind: str, mall_id: MallId, journal_id: str, position: int, now: datetime) -> Command:
    return Command(kind=kind, actor=SYSTEM, now=now, mall_id=mall_id, key=f"{kind}:{journal_id}:{position}")

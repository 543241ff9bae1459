"""What the clock does in settlement: periods that are over are closed."""

from datetime import date, datetime
from uuid import UUID

from galleria.commerce.settlement import operations, queries
from galleria.commerce.settlement.model import NothingToClose, StatementId
from galleria.foundation import malls
from galleria.kernel.ids import MallId, MerchantId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


async def close_due(runtime: Runtime, now: datetime) -> None:
    """Close every merchant's periods that are over, one transaction each; done again it changes nothing."""
    async with runtime.db.read() as tx:
        found = await malls.list_malls(tx)
    for mall in found:
        await close_mall(runtime, mall.id, now)


async def close_mall(runtime: Runtime, mall_id: MallId, now: datetime) -> None:
    """Close what is over in one mall."""
    async with runtime.db.read() as tx:
        mall = await malls.get_mall(tx, mall_id)
        merchants = await malls.list_merchants(tx, mall_id, queries.EVERYTHING)
    for merchant in merchants:
        while await _close_next(runtime, mall, merchant.id, now):
            pass


async def _close_next(runtime: Runtime, mall: malls.Mall, merchant_id: MerchantId, now: datetime) -> bool:
    async with runtime.db.read() as tx:
        ends = await queries.periods_due(tx, mall=mall, merchant_id=merchant_id, now=now)
    for ends_on in ends:
        if await _closed(runtime, mall.id, merchant_id, ends_on, now):
            return True
    return False


async def _closed(runtime: Runtime, mall_id: MallId, merchant_id: MerchantId, ends_on: date, now: datetime) -> bool:
    async def operation(tx: Tx) -> StatementId:
        return await operations.close(tx, mall_id=mall_id, merchant_id=merchant_id, ends_on=ends_on, now=now)

    command = Command(kind="settlement.close", actor=SYSTEM, now=now, mall_id=mall_id)
    try:
        await runtime.db.write(command, operation, returns=UUID)
    except NothingToClose:
        return False
    return True

"""What tests need of settlement: terms, sales in the ledger, statements."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from galleria.commerce import settlement
from galleria.kernel.ids import MallId, MerchantId, StaffId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

T = TypeVar("T")


async def done(runtime: Runtime, operation: Callable[[Tx], Awaitable[T]], returns: type[T]) -> T:
    """Do one write of a test."""
    command = Command(kind="tests.settlement", actor=SYSTEM, now=datetime.now(UTC))
    return await runtime.db.write(command, operation, returns=returns)


async def agreed(
    runtime: Runtime, mall_id: MallId, *, merchant_id: MerchantId | None = None, now: datetime, **terms: int
) -> None:
    """Let terms hold from a moment on."""
    new = settlement.NewTerms(merchant_id=merchant_id, **{"fee_bp": 0, **terms})

    async def operation(tx: Tx) -> None:
        await settlement.set_terms(tx, mall_id=mall_id, new=new, staff_id=StaffId(new_id()), now=now)

    await done(runtime, operation, type(None))

"""What tests need of settlement: terms, sales in the ledger, statements."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

from galleria.commerce import settlement
from galleria.commerce.settlement.wiring import MODULE as SETTLEMENT
from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind
from galleria.foundation.ledger.wiring import MODULE as LEDGER
from galleria.kernel.ids import MallId, MerchantId, StaffId, new_id
from galleria.platform.actors import SYSTEM, Reach
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from tests.factories.malls import MadeMall

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


async def moved(
    runtime: Runtime,
    mall: MadeMall,
    merchant_id: MerchantId,
    amount: int,
    *,
    at: datetime,
    code: str = "tests.sale",
    kind: AccountKind = AccountKind.MERCHANT_PAYABLE,
) -> UUID:
    """Post an entry between what the provider holds and an account of a merchant; return its reference."""
    reference = new_id()
    other = ledger.account(AccountKind.PROVIDER_CLEARING, mall.mall_id, "CNY")
    mine = ledger.account(kind, merchant_id, "CNY")
    entry = ledger.Entry(code, reference, [ledger.Posting(other, -amount), ledger.Posting(mine, amount)])

    async def operation(tx: Tx) -> None:
        await ledger.post(tx, group_id=mall.group_id, mall_id=mall.mall_id, entries=[entry], now=at)

    await done(runtime, operation, type(None))
    return reference


async def closed(
    runtime: Runtime, mall: MadeMall, merchant_id: MerchantId, ends_on: date, now: datetime
) -> settlement.Statement:
    """Close a merchant's period."""

    async def operation(tx: Tx) -> str:
        found = await settlement.close(tx, mall_id=mall.mall_id, merchant_id=merchant_id, ends_on=ends_on, now=now)
        return str(found)

    return await shown(runtime, mall, UUID(await done(runtime, operation, str)))


async def shown(runtime: Runtime, mall: MadeMall, statement_id: UUID) -> settlement.Statement:
    """Return a statement as it is now."""
    reach = Reach(everything=True, merchant_ids=[], shop_ids=[])
    async with runtime.db.read() as tx:
        return await settlement.get_statement(
            tx, mall_id=mall.mall_id, statement_id=settlement.StatementId(statement_id), reach=reach
        )


async def approved(
    runtime: Runtime, mall: MadeMall, statement: settlement.Statement, *, now: datetime
) -> settlement.Statement:
    """Check a statement as one person and approve it as another."""

    async def operation(tx: Tx) -> None:
        for sign in (settlement.check, settlement.approve):
            await sign(tx, mall_id=mall.mall_id, statement_id=statement.id, staff_id=StaffId(new_id()), now=now)

    await done(runtime, operation, type(None))
    return await shown(runtime, mall, statement.id)


async def sound(runtime: Runtime) -> None:
    """Assert that every invariant of settlement and of the ledger holds."""
    for module in (SETTLEMENT, LEDGER):
        for invariant in module.invariants:
            assert await runtime.db.pool.fetch(invariant.sql) == [], invariant.name

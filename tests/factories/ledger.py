"""Writing to the ledger from tests, and asking whether it still adds up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import NoneType
from typing import TypeVar
from uuid import UUID

from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind, AccountRef, Entry, Posting
from galleria.foundation.ledger.wiring import MODULE as LEDGER
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.points.wiring import MODULE as POINTS

T = TypeVar("T")

ASSET = "tests"
"""An asset of the tests' own, so that what they post is nobody's real points."""


async def write(
    runtime: Runtime, operation: Callable[[Tx], Awaitable[T]], now: datetime, returns: type[T] = NoneType
) -> T:
    """Run one operation as the system."""
    return await runtime.db.write(Command(kind="tests.write", actor=SYSTEM, now=now), operation, returns=returns)


def wallet(owner_id: UUID | None = None) -> AccountRef:
    """Return a guarded account made of lots, of a new owner unless one is given."""
    return ledger.account(AccountKind.MEMBER_POINTS, owner_id or new_id(), ASSET)


def plain(kind: AccountKind = AccountKind.MERCHANT_PAYABLE, owner_id: UUID | None = None) -> AccountRef:
    """Return an account without guard or lots in the tests' asset."""
    return ledger.account(kind, owner_id or new_id(), ASSET)


async def earn(
    runtime: Runtime,
    group_id: GroupId,
    account: AccountRef,
    amount: int,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    reference: UUID | None = None,
) -> Entry:
    """Credit an account out of a source of its own, and return the entry."""
    postings = [Posting(account, amount, expires_at), Posting(plain(), -amount)]
    entry = Entry("tests.earn", reference or new_id(), postings)
    await write(runtime, lambda tx: ledger.post(tx, group_id=group_id, mall_id=None, entries=[entry], now=now), now)
    return entry


async def tick() -> None:
    """Let a millisecond pass, so that what comes next has a later id."""
    await asyncio.sleep(0.002)


async def violations(runtime: Runtime) -> list[str]:
    """Return what the ledger's and the points' invariants find wrong, anywhere."""
    async with runtime.db.read() as tx:
        return [line for i in (*LEDGER.invariants, *POINTS.invariants) for line in await tx.values(i.sql)]

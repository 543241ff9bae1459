"""What is read of the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from galleria.foundation.ledger import store
from galleria.foundation.ledger.model import EMPTY, AccountId, AccountRef, Balance, EntryId, Movement
from galleria.kernel.paging import PAGE_LIMIT_MAX, Page, decode_cursor, page_of
from galleria.platform.tx import ReadTx

PAGE_LIMIT: Final = 50


async def balances(tx: ReadTx, accounts: Sequence[AccountRef], *, now: datetime) -> dict[AccountId, Balance]:
    """Return the balance of each account by its id, in one statement; an account not yet opened is empty."""
    rows = await store.balances(tx, [account.id for account in accounts], now)
    found = {row.id: Balance(row.total, row.held, row.available, row.expiring) for row in rows}
    return {account.id: found.get(account.id, EMPTY) for account in accounts}


async def balance(tx: ReadTx, account: AccountRef, *, now: datetime) -> Balance:
    """Return the balance of one account."""
    return (await balances(tx, [account], now=now))[account.id]


async def turnover(tx: ReadTx, account: AccountRef, *, starts_at: datetime, ends_at: datetime) -> int:
    """Return the sum of what flowed into an account in a half-open period, less what flowed out."""
    return await store.turnover(tx, account.id, starts_at, ends_at)


async def statement(
    tx: ReadTx, accounts: Sequence[AccountRef], *, cursor: str | None = None, limit: int = PAGE_LIMIT
) -> Page[Movement]:
    """Return the entries that touched one of these accounts, newest first; an entry's amounts are by account kind.

    Raises Invalid for a forged cursor.
    """
    before = decode_cursor(cursor, tuple[EntryId])[0] if cursor else None
    limit = min(limit, PAGE_LIMIT_MAX)
    rows = await store.movements(tx, [account.id for account in accounts], before, limit + 1)
    return page_of(rows, limit, lambda row: (row.entry_id,))

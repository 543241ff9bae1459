"""What is done with the ledger: entries are posted, amounts held, lots expire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from galleria.foundation.ledger import rules, store
from galleria.foundation.ledger.model import (
    BREAKAGE,
    AccountId,
    AccountRef,
    Booked,
    Entry,
    EntryId,
    Hold,
    HoldId,
    HoldState,
    LotId,
    Posting,
)
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import GroupId, MallId, new_id
from galleria.platform.tx import Tx

EXPIRED = "ledger.expired"
"""The code of entries that move expired lots to breakage."""


class HoldEnded(Conflict):
    """The hold was posted, voided or has run out."""

    code = "hold_ended"


async def post(tx: Tx, *, group_id: GroupId, mall_id: MallId | None, entries: Sequence[Entry], now: datetime) -> None:
    """Post these entries together, in one statement; either all are or none.

    Accounts open with their first posting. Debits of lotted accounts (and returns into lots) first lock the accounts
    and read the lots, which costs two or three statements more. What one call credits to a lotted account, the same
    call cannot debit. Raises AlreadyPosted when one of them has been (its one effect stands), InsufficientBalance
    when a guarded account would fall below zero, NothingToReturn, and rules.Unsound for a programming error.
    """
    await _post(tx, [Booked(EntryId(new_id()), group_id, mall_id, entry) for entry in entries], now)


async def _post(tx: Tx, booked: Sequence[Booked], now: datetime) -> None:
    lotted = [p for b in booked for p in b.entry.postings if p.account.lotted]
    debited = sorted({p.account.id for p in lotted if p.amount < 0})
    undone = {p.returns: p.account.id for p in lotted if p.returns is not None}
    if debited or undone:
        await store.lock(tx, sorted({*debited, *undone.values()}))
    lots = await store.open_lots(tx, debited, now) if debited else []
    spent = await store.spent_lots(tx, list(undone)) if undone else []
    await store.write(tx, rules.plan(booked, lots, spent), now)


async def lock(tx: Tx, accounts: Sequence[AccountRef]) -> None:
    """Lock these accounts until the transaction ends, so that what is read of them next stays true."""
    await store.lock(tx, [account.id for account in accounts])


async def transfer(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId | None,
    source: AccountRef,
    target: AccountRef,
    amount: int,
    code: str,
    reference: UUID,
    now: datetime,
) -> None:
    """Move an amount between two lotted accounts; every part keeps the day on which it expires.

    Raises AlreadyPosted, InsufficientBalance.
    """
    await store.lock(tx, [source.id, target.id])
    lots = await store.open_lots(tx, [source.id], now)
    parts = [Posting(target, part, lot.expires_at) for lot, part in rules.choose(lots, amount)]
    booked = Booked(EntryId(new_id()), group_id, mall_id, Entry(code, reference, [Posting(source, -amount), *parts]))
    await store.write(tx, rules.plan([booked], lots), now)


async def hold(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId | None,
    account: AccountRef,
    amount: int,
    code: str,
    reference: UUID,
    expires_at: datetime,
    now: datetime,
    hold_id: HoldId | None = None,
) -> Hold:
    """Set an amount of a guarded account aside until `expires_at`; lots are named at once, as a debit would.

    The hold has the id given, or one of its own.

    Raises InsufficientBalance, and AlreadyPosted when there is a hold of this code and reference.
    """
    made = Hold(
        hold_id or HoldId(new_id()), group_id, mall_id, account.kind, account.owner_id, account.asset, amount, code,
        reference, expires_at,
    )  # fmt: skip
    lots: list[tuple[LotId, int]] = []
    if account.lotted:
        await store.lock(tx, [account.id])
        lots = [(lot.id, part) for lot, part in rules.choose(await store.open_lots(tx, [account.id], now), amount)]
    if not await store.add_hold(tx, made, account.id, lots, now):
        raise rules.InsufficientBalance
    return made


async def post_hold(
    tx: Tx,
    *,
    hold_id: HoldId,
    into: Sequence[Posting],
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Turn a pending hold into an entry of its code and reference, from its account `into` others.

    The lots it named pay for it, even those that have expired since. Raises NotFound, HoldEnded, AlreadyPosted.
    """
    ended = await _end(tx, hold_id, HoldState.POSTED, now)
    account = rules.account(ended.kind, ended.owner_id, ended.asset)
    entry = Entry(ended.code, ended.reference, [Posting(account, -ended.amount), *into], detail)
    booked = Booked(EntryId(new_id()), ended.group_id, ended.mall_id, entry)
    lots = await store.held_lots(tx, hold_id) if account.lotted else []
    await store.write(tx, rules.plan([booked], lots), now)


async def void_hold(tx: Tx, *, hold_id: HoldId, now: datetime) -> None:
    """Give back what a pending hold kept. Raises NotFound, HoldEnded."""
    await _end(tx, hold_id, HoldState.VOIDED, now)


async def _end(tx: Tx, hold_id: HoldId, state: HoldState, now: datetime) -> Hold:
    ended = await store.end_hold(tx, hold_id, state, now)
    if ended is None:
        raise HoldEnded if await store.hold_exists(tx, hold_id) else NotFound
    return ended


async def expire_holds(tx: Tx, *, now: datetime, limit: int = 500) -> int:
    """End at most `limit` holds that have run out; return how many. Call again until it returns 0."""
    return await store.expire_holds(tx, now, limit)


async def expire_lots(tx: Tx, *, now: datetime, limit: int = 500) -> int:
    """Move the free rest of expired lots to their group's breakage account, one entry an account.

    Takes the accounts of the `limit` lots that expired first; returns how many lots it emptied. What a hold keeps
    stays until the hold ends. Call again until it returns 0.
    """
    accounts = await store.lock_due_accounts(tx, now, limit)
    lots = await store.due_lots(tx, [account.id for account in accounts], now)
    totals: dict[AccountId, int] = {}
    for lot in lots:
        totals[lot.account_id] = totals.get(lot.account_id, 0) + lot.free
    booked = [_expiry(account, totals[account.id]) for account in accounts if account.id in totals]
    if booked:
        await store.write(tx, rules.plan(booked, lots), now)
    return len(lots)


def _expiry(account: store.DueAccount, amount: int) -> Booked:
    source = rules.account(account.kind, account.owner_id, account.asset)
    breakage = rules.account(BREAKAGE[account.kind], account.group_id, account.asset)
    entry = Entry(EXPIRED, new_id(), [Posting(source, -amount), Posting(breakage, amount)])
    return Booked(EntryId(new_id()), account.group_id, None, entry)

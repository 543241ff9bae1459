"""What an entry must be, which lots a debit uses, and what is written when entries are posted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

import msgspec

from galleria.foundation.ledger.model import (
    AccountId,
    AccountKind,
    AccountRef,
    Booked,
    Change,
    Entry,
    EntryId,
    EntryKey,
    LotId,
    LotUse,
    NewLot,
    OpenLot,
    Plan,
    Posting,
    SpentLot,
)
from galleria.kernel.errors import Conflict

NAMESPACE = UUID("5a1ee1a0-0ed6-5e4d-8b5e-1ed6e2000001")


class InsufficientBalance(Conflict):
    """The account does not hold that much to spend; nothing was posted."""

    code = "insufficient_balance"


class NothingToReturn(Conflict):
    """That much was not taken by the entry that is to be undone, or has come back already."""

    code = "nothing_to_return"


class Unsound(ValueError):
    """An entry is not one: its postings do not sum to zero, or are fewer than two, or move nothing."""


def account(kind: AccountKind, owner_id: UUID, asset: str) -> AccountRef:
    """Return the account of this kind, owner and asset; its id is a UUIDv5 of the three, so nobody looks it up."""
    return AccountRef(AccountId(uuid5(NAMESPACE, f"{kind.value}/{owner_id}/{asset}")), kind, owner_id, asset)


def require_sound(entry: Entry) -> None:
    """Raise Unsound unless the entry has two postings or more, none of zero, that sum to zero for each asset."""
    sums: dict[str, int] = defaultdict(int)
    for posting in entry.postings:
        sums[posting.account.asset] += posting.amount
    if len(entry.postings) < 2 or not all(p.amount for p in entry.postings) or any(sums.values()):
        raise Unsound(f"{entry.code} {entry.reference}: {dict(sums)}")


def choose(lots: Sequence[OpenLot], amount: int, *, first: EntryKey | None = None) -> list[tuple[OpenLot, int]]:
    """Return which lots, and how much of each, pay for `amount`.

    Takes lots in the order they expire (then the order they were opened); those the entry `first` opened go before.
    Raises InsufficientBalance when they do not hold enough.
    """
    chosen: list[tuple[OpenLot, int]] = []
    for lot in sorted(
        lots, key=lambda lot: first is None or (lot.code, lot.reference) != (first.code, first.reference)
    ):
        part = min(lot.free, amount)
        if part > 0:
            chosen.append((lot, part))
            amount -= part
    if amount > 0:
        raise InsufficientBalance
    return chosen


def unwind(spent: Sequence[SpentLot], amount: int) -> list[tuple[SpentLot, int]]:
    """Return into which lots, and how much, `amount` goes back: what was used last comes back first.

    So a partly returned debit looks as if only the rest had ever been spent. Raises NothingToReturn for more than is
    left of it.
    """
    chosen: list[tuple[SpentLot, int]] = []
    for use in reversed(spent):
        part = min(use.left, amount)
        if part > 0:
            chosen.append((use, part))
            amount -= part
    if amount > 0:
        raise NothingToReturn
    return chosen


def plan(booked: Sequence[Booked], lots: Iterable[OpenLot] = (), spent: Iterable[SpentLot] = ()) -> Plan:
    """Return what is to be written for these entries.

    Takes the open lots of every lotted account they debit, in the order they expire, and what is left of every entry
    they return to, in the order it was used. Raises Unsound, InsufficientBalance, NothingToReturn.
    """
    purse, undone = _Purse(lots), _Undone(spent)
    changes: dict[AccountId, Change] = {}
    opened: list[NewLot] = []
    uses: dict[tuple[EntryId, LotId, EntryId | None], LotUse] = {}
    for item in booked:
        require_sound(item.entry)
        for posting in item.entry.postings:
            known = changes.get(posting.account.id)
            total = posting.amount + (known.amount if known else 0)
            changes[posting.account.id] = Change(posting.account, item.group_id, total)
            if not posting.account.lotted:
                continue
            if posting.amount > 0 and posting.returns is None:
                opened.append(NewLot(posting.account.id, item.id, posting.amount, posting.expires_at))
                continue
            taken = purse.take(item, posting) if posting.amount < 0 else undone.take(item, posting)
            for use in taken:
                key = (use.entry_id, use.lot_id, use.returns)
                before = uses[key].amount if key in uses else 0
                uses[key] = LotUse(use.entry_id, use.lot_id, before + use.amount, use.returns)
    return Plan(booked, list(changes.values()), opened, list(uses.values()))


class _Purse:
    """The open lots while debits are taken out of them one after another."""

    def __init__(self, lots: Iterable[OpenLot]) -> None:
        self._lots: dict[AccountId, list[OpenLot]] = defaultdict(list)
        for lot in lots:
            self._lots[lot.account_id].append(lot)

    def take(self, item: Booked, posting: Posting) -> list[LotUse]:
        lots = self._lots[posting.account.id]
        chosen = {lot.id: part for lot, part in choose(lots, -posting.amount, first=posting.first)}
        self._lots[posting.account.id] = [
            msgspec.structs.replace(lot, free=lot.free - chosen.get(lot.id, 0)) for lot in lots
        ]
        return [LotUse(item.id, lot_id, part) for lot_id, part in chosen.items()]


class _Undone:
    """What is left of earlier entries while returns are put back one after another."""

    def __init__(self, spent: Iterable[SpentLot]) -> None:
        self._spent: dict[tuple[AccountId, EntryKey | None], list[SpentLot]] = defaultdict(list)
        for use in spent:
            self._spent[use.account_id, EntryKey(use.code, use.reference)].append(use)

    def take(self, item: Booked, posting: Posting) -> list[LotUse]:
        key = (posting.account.id, posting.returns)
        chosen = {use.lot_id: part for use, part in unwind(self._spent[key], posting.amount)}
        uses = [
            LotUse(item.id, u.lot_id, -chosen[u.lot_id], u.entry_id) for u in self._spent[key] if u.lot_id in chosen
        ]
        self._spent[key] = [
            msgspec.structs.replace(use, left=use.left - chosen.get(use.lot_id, 0)) for use in self._spent[key]
        ]
        return uses

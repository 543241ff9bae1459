"""The ledger: who owes whom, in points and in money, by immutable double entry.

Owns accounts, entries, lots and holds. An entry is posted once for its code and reference, and its postings sum to
zero for each asset. The sign is the account's: above zero flows in. Accounts are named by kind, owner and asset and
open by themselves. Guarded accounts keep their balance and never fall below zero; all others are summed from their
postings, so that busy ones are never updated. Lotted accounts are made of lots that may expire: a debit names the
lots it used, soonest to expire first, and can be returned into them; what is held names its lots as well.

Corrections are new entries. Emits no events; hears none. Holds and lots expire by the clock.
"""

from galleria.foundation.ledger.model import (
    POINTS,
    AccountId,
    AccountKind,
    AccountRef,
    Balance,
    Entry,
    EntryKey,
    Expiry,
    Hold,
    HoldId,
    Movement,
    Posting,
)
from galleria.foundation.ledger.operations import (
    EXPIRED,
    HoldEnded,
    expire_holds,
    expire_lots,
    hold,
    lock,
    post,
    post_hold,
    transfer,
    void_hold,
)
from galleria.foundation.ledger.queries import balance, balances, statement, turnover
from galleria.foundation.ledger.rules import InsufficientBalance, NothingToReturn, Unsound, account
from galleria.foundation.ledger.store import AlreadyPosted

__all__ = [
    "EXPIRED",
    "POINTS",
    "AccountId",
    "AccountKind",
    "AccountRef",
    "AlreadyPosted",
    "Balance",
    "Entry",
    "EntryKey",
    "Expiry",
    "Hold",
    "HoldEnded",
    "HoldId",
    "InsufficientBalance",
    "Movement",
    "NothingToReturn",
    "Posting",
    "Unsound",
    "account",
    "balance",
    "balances",
    "expire_holds",
    "expire_lots",
    "hold",
    "lock",
    "post",
    "post_hold",
    "statement",
    "transfer",
    "turnover",
    "void_hold",
]

"""Values of the ledger: accounts, entries of postings, lots, holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

import msgspec

from galleria.kernel.ids import GroupId, MallId

AccountId = NewType("AccountId", UUID)
EntryId = NewType("EntryId", UUID)
LotId = NewType("LotId", UUID)
HoldId = NewType("HoldId", UUID)

POINTS = "points"
"""The asset of loyalty points; money accounts use the currency's three letters."""


class AccountKind(StrEnum):
    """What an account is for; its owner in brackets."""

    MEMBER_POINTS = "member_points"  # [member] points to spend
    MEMBER_POINTS_PENDING = "member_points_pending"  # [member] earned, waiting for the refund window to close
    MEMBER_POINTS_OWED = "member_points_owed"  # [member] taken back after they were spent: zero or below
    POINTS_ISSUED = "points_issued"  # [merchant] below zero: what it promised and not yet took in
    POINTS_REDEEMED = "points_redeemed"  # [mall or merchant] points it took in
    POINTS_BREAKAGE = "points_breakage"  # [group] points that expired unspent
    PROVIDER_CLEARING = "provider_clearing"  # [mall] below zero: money the payment provider holds for us
    MERCHANT_PAYABLE = "merchant_payable"  # [merchant] money we owe it
    MALL_MARKETING = "mall_marketing"  # [mall] below zero: what its discounts cost
    MERCHANT_MARKETING = "merchant_marketing"  # [merchant] below zero: what its discounts cost
    SPONSOR_FUNDING = "sponsor_funding"  # [sponsor] below zero: what a brand or a city bears of promotions
    REFUNDS_PAYABLE = "refunds_payable"  # [mall] refunds promised and not yet paid out
    LATE_PAYMENTS = "late_payments"  # [mall] money that came after its order had expired
    ORDER_DEPOSITS = "order_deposits"  # [mall] parts paid of orders that wait for the rest
    MEMBER_WALLET = "member_wallet"  # [member] stored value to spend
    POINTS_FUNDING = "points_funding"  # [mall] below zero: what points paid with have cost
    PLATFORM_FEES = "platform_fees"  # [mall] what merchants pay for selling here
    DELIVERY_INCOME = "delivery_income"  # [mall] delivery fees of its own riders and couriers
    DELIVERY_COSTS = "delivery_costs"  # [mall] below zero: what couriers cost
    COURIER_PAYABLE = "courier_payable"  # [courier] money we owe it
    CASH_HELD = "cash_held"  # [merchant] below zero: cash its tills took for us
    PAYOUTS = "payouts"  # [mall] money on its way to merchants' banks
    COMPENSATION = "compensation"  # [mall] below zero: what it gave for what was lost or broken


GUARDED = frozenset({AccountKind.MEMBER_POINTS, AccountKind.MEMBER_POINTS_PENDING, AccountKind.MEMBER_WALLET})
"""Kinds whose balance is kept on the account and never falls below zero."""

LOTTED = frozenset({AccountKind.MEMBER_POINTS})
"""Guarded kinds made of lots that may expire."""

BREAKAGE = {AccountKind.MEMBER_POINTS: AccountKind.POINTS_BREAKAGE}
"""Where the lots of a kind go when they expire; the group owns it."""


class AccountRef(msgspec.Struct, frozen=True):
    """An account by what it is; it need not exist yet, the first posting opens it."""

    id: AccountId
    kind: AccountKind
    owner_id: UUID
    asset: str

    @property
    def guarded(self) -> bool:
        """Return whether the balance never falls below zero."""
        return self.kind in GUARDED

    @property
    def lotted(self) -> bool:
        """Return whether the account is made of lots."""
        return self.kind in LOTTED


class EntryKey(msgspec.Struct, frozen=True):
    """The business identity of an entry: why it was made, and for what."""

    code: str
    reference: UUID


class Posting(msgspec.Struct, frozen=True):
    """One side of an entry: `amount` above zero flows into the account, below zero out of it.

    On a lotted account a credit opens a lot that ends at `expires_at` (None: never), or, with `returns`, goes back
    into the lots that entry used. A debit uses the soonest-expiring lots first, after those `first` opened.
    """

    account: AccountRef
    amount: int
    expires_at: datetime | None = None
    returns: EntryKey | None = None
    first: EntryKey | None = None


class Entry(msgspec.Struct, frozen=True):
    """Postings that sum to zero per asset, made once for a `code` and `reference`; `detail` is for the statement."""

    code: str
    reference: UUID
    postings: Sequence[Posting]
    detail: Mapping[str, str] | None = None


class HoldState(StrEnum):
    """A pending hold ends once, in one of three ways."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


TRANSITIONS: dict[HoldState, frozenset[HoldState]] = {
    HoldState.PENDING: frozenset({HoldState.POSTED, HoldState.VOIDED, HoldState.EXPIRED}),
    HoldState.POSTED: frozenset(),
    HoldState.VOIDED: frozenset(),
    HoldState.EXPIRED: frozenset(),
}


class Hold(msgspec.Struct, frozen=True):
    """An amount set aside in a guarded account until it is posted, voided or expires."""

    id: HoldId
    group_id: GroupId
    mall_id: MallId | None
    kind: AccountKind
    owner_id: UUID
    asset: str
    amount: int
    code: str
    reference: UUID
    expires_at: datetime


class OpenLot(msgspec.Struct, frozen=True):
    """A lot with something free in it: neither used nor held. `code` and `reference` name the entry that opened it."""

    id: LotId
    account_id: AccountId
    free: int
    expires_at: datetime | None
    code: str
    reference: UUID


class SpentLot(msgspec.Struct, frozen=True):
    """What the entry named `code` and `reference` took out of a lot and has not given back."""

    entry_id: EntryId
    lot_id: LotId
    account_id: AccountId
    left: int
    code: str
    reference: UUID


class Booked(msgspec.Struct, frozen=True):
    """An entry with its id and where it belongs, about to be written."""

    id: EntryId
    group_id: GroupId
    mall_id: MallId | None
    entry: Entry


class NewLot(msgspec.Struct, frozen=True):
    """A lot that an entry opens."""

    account_id: AccountId
    entry_id: EntryId
    quantity: int
    expires_at: datetime | None


class LotUse(msgspec.Struct, frozen=True):
    """What an entry takes out of a lot or, below zero, gives back to it for the entry `returns`."""

    entry_id: EntryId
    lot_id: LotId
    amount: int
    returns: EntryId | None = None


class Change(msgspec.Struct, frozen=True):
    """By how much all the entries together change an account."""

    account: AccountRef
    group_id: GroupId
    amount: int


class Plan(msgspec.Struct, frozen=True):
    """Everything that is written when entries are posted."""

    booked: Sequence[Booked]
    changes: list[Change]
    lots: list[NewLot]
    uses: list[LotUse]


class Expiry(msgspec.Struct, frozen=True):
    """So much ends at a moment."""

    at: datetime
    amount: int


class Balance(msgspec.Struct, frozen=True):
    """What is in an account: all of it, the held part, and what can be spent now (no held, no expired lots).

    `expiring` lists the next moments at which lots end, soonest first, at most twelve.
    """

    total: int
    held: int
    available: int
    expiring: list[Expiry] = []


EMPTY = Balance(0, 0, 0)


class Movement(msgspec.Struct, frozen=True):
    """One entry as a set of accounts sees it: how much each kind gained or lost."""

    entry_id: EntryId
    at: datetime
    mall_id: MallId | None
    code: str
    reference: UUID
    amounts: dict[str, int]
    detail: dict[str, str] | None

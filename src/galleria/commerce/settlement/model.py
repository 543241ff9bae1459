"""Values of settlement: terms, statements, their entries, payouts, and what everybody's accounts hold."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

import msgspec

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import MallId, MerchantId, StaffId

StatementId = NewType("StatementId", UUID)
PayoutId = NewType("PayoutId", UUID)

FEE_BP_MAX = 5_000
PERIOD_DAYS_MAX = 92
PERIOD_DAYS = 7
"""How long a statement's period is where no terms say it."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What selling costs a merchant, and how it is settled; without terms nothing is taken, and a week settled."""

    fee_bp: int = 0
    period_days: int = PERIOD_DAYS
    reserve_bp: int = 0


NO_TERMS = Terms()


class TermsView(Terms, frozen=True, kw_only=True):
    """Terms as kept: whose (None is every merchant without own ones), from when, and whether they hold now."""

    id: UUID
    merchant_id: MerchantId | None
    merchant_zh: str
    merchant_en: str
    valid_from: datetime
    note: str
    created_by: StaffId
    created_at: datetime
    current: bool


class NewTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms to hold from a moment on, or from now; of one merchant, or of all that have none of their own.

    `fee_bp` is taken of what a merchant earns with a unit, `reserve_bp` of a period's sales is paid a period later.
    """

    merchant_id: MerchantId | None = None
    fee_bp: Annotated[int, msgspec.Meta(ge=0, le=FEE_BP_MAX)]
    period_days: Annotated[int, msgspec.Meta(ge=1, le=PERIOD_DAYS_MAX)] = PERIOD_DAYS
    reserve_bp: Annotated[int, msgspec.Meta(ge=0, le=FEE_BP_MAX)] = 0
    valid_from: datetime | None = None
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class TermsTaken(Conflict):
    """Other terms begin at this very moment."""

    code = "settlement_terms_taken"


class EntryKind(StrEnum):
    """What an entry of the ledger is on a statement."""

    SALE = "sale"
    REFUND = "refund"
    CASH = "cash"  # what a till took, or paid out again
    PAYOUT = "payout"
    PAYOUT_RETURNED = "payout_returned"
    OTHER = "other"


class LineKind(StrEnum):
    """A line of a statement, in the order they are shown."""

    SALES = "sales"
    DISCOUNTS = "discounts"
    DELIVERY = "delivery"
    FEES = "fees"
    REFUNDS = "refunds"
    FEES_RETURNED = "fees_returned"
    CASH = "cash"
    PAYOUTS = "payouts"
    PAYOUTS_RETURNED = "payouts_returned"
    OTHER = "other"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries of one kind add up to."""

    kind: LineKind
    amount_minor: int
    entries: int


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries of one kind add up to, part by part."""

    kind: EntryKind
    entries: int
    goods_minor: int
    discount_minor: int
    delivery_minor: int
    fee_minor: int
    cash_minor: int
    amount_minor: int


class StatementState(StrEnum):
    """A closed statement is checked by one person and approved by another, who lets the money go."""

    CLOSED = "closed"
    CHECKED = "checked"
    APPROVED = "approved"


STATEMENT_TRANSITIONS: dict[StatementState, frozenset[StatementState]] = {
    StatementState.CLOSED: frozenset({StatementState.CHECKED}),
    StatementState.CHECKED: frozenset({StatementState.CLOSED, StatementState.APPROVED}),
    StatementState.APPROVED: frozenset(),
}


class PayoutState(StrEnum):
    """A payout is due when approved, sent to the bank, and paid, or bounced: then the merchant is owed it again."""

    DUE = "due"
    SENT = "sent"
    PAID = "paid"
    BOUNCED = "bounced"


PAYOUT_TRANSITIONS: dict[PayoutState, frozenset[PayoutState]] = {
    PayoutState.DUE: frozenset({PayoutState.SENT, PayoutState.BOUNCED}),
    PayoutState.SENT: frozenset({PayoutState.PAID, PayoutState.BOUNCED}),
    PayoutState.PAID: frozenset({PayoutState.BOUNCED}),
    PayoutState.BOUNCED: frozenset(),
}


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way to a merchant's bank."""

    id: PayoutId
    statement_id: StatementId
    merchant_id: MerchantId
    merchant_zh: str
    merchant_en: str
    currency: str
    amount_minor: int
    state: PayoutState
    bank_reference: str
    note: str
    starts_on: date
    ends_on: date
    created_at: datetime
    sent_at: datetime | None
    paid_at: datetime | None
    bounced_at: datetime | None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant is owed for a period (`ends_on` exclusive), as it was when the period was closed.

    `closing = opening + the lines`; `due = closing - reserve - waiting`, or nothing when that is below zero: then it
    is carried over. `waiting` is what earlier statements promise and has not left the account yet.
    """

    id: StatementId
    merchant_id: MerchantId
    merchant_zh: str
    merchant_en: str
    currency: str
    n: int
    starts_on: date
    ends_on: date
    opening_minor: int
    moved_minor: int
    closing_minor: int
    reserve_minor: int
    waiting_minor: int
    due_minor: int
    entries: int
    lines: list[Line]
    state: StatementState
    closed_at: datetime
    checked_by: StaffId | None
    checked_at: datetime | None
    approved_by: StaffId | None
    approved_at: datetime | None
    note: str
    payout_id: PayoutId | None
    payout_state: PayoutState | None


class StatedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the ledger on a statement; the parts sum to it. `number` is the order's, if it has one."""

    entry_id: UUID
    kind: EntryKind
    code: str
    reference: UUID
    number: str
    at: datetime
    goods_minor: int
    discount_minor: int
    delivery_minor: int
    fee_minor: int
    cash_minor: int
    amount_minor: int


class CloseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which merchant's period to close, up to which business day (exclusive, not after today)."""

    merchant_id: MerchantId
    ends_on: date


class Objection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a checked statement goes back to be looked at again, or a payout came back."""

    note: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bank's reference of a payout sent."""

    bank_reference: Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"\S")]


class Book(msgspec.Struct, frozen=True):
    """Where a merchant's statements stand: how many there are, until which day, and the last closing balance."""

    statements: int
    closed_until: date | None
    balance_minor: int


class NewStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement about to be written."""

    id: StatementId
    mall_id: MallId
    merchant_id: MerchantId
    currency: str
    n: int
    starts_on: date
    ends_on: date
    opening_minor: int
    moved_minor: int
    reserve_minor: int
    waiting_minor: int
    due_minor: int
    entries: int
    lines: list[Line]


class Position(msgspec.Struct, frozen=True):
    """What the accounts of one kind hold of a mall's entries: above zero owed to somebody, below zero borne."""

    kind: str
    amount_minor: int
    accounts: int


class Positions(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody's position in a mall's money; `sum_minor` is zero at every moment."""

    currency: str
    positions: list[Position]
    sum_minor: int


class NothingToClose(Conflict):
    """The period is closed already, or nothing has happened in it."""

    code = "settlement_nothing_to_close"


class PeriodOpen(Conflict):
    """The period has not ended yet."""

    code = "settlement_period_open"


class SamePerson(Conflict):
    """Whoever checked a statement does not approve it too."""

    code = "settlement_same_person"


class StatementMoved(Conflict):
    """The statement is not in the state that this would change."""

    code = "settlement_statement_moved"


class PayoutMoved(Conflict):
    """The payout is not in the state that this would change."""

    code = "settlement_payout_moved"

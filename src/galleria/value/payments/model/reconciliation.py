"""What providers say of a day beside what we say, and the differences that a person sees to."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import MallId, OrderId, StaffId
from galleria.value.payments.model.providers import LineKind


class DifferenceKind(StrEnum):
    """How what a provider says differs from what we say."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT = "amount_differs"
    STATE = "state_differs"
    FEE = "fee_unknown"
    TWICE = "told_twice"
    LEDGER = "ledger_differs"


class DifferenceState(StrEnum):
    """Where a difference stands: `explained` needs nothing, `resolved` was put right; both may be opened again."""

    OPEN = "open"
    EXPLAINED = "explained"
    RESOLVED = "resolved"


class What(StrEnum):
    """What a difference is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    LEDGER = "ledger"


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """A payment or refund as we have it; `told_before` when the statement of another day has it."""

    kind: LineKind
    number: str
    order_id: OrderId
    amount_minor: int
    currency: str
    state: str
    told_before: bool


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A difference as it is found; amounts in minor units, None on the side that knows nothing."""

    kind: DifferenceKind
    what: What
    number: str
    reference: str = ""
    order_id: OrderId | None = None
    ours_minor: int | None = None
    theirs_minor: int | None = None
    ours_state: str = ""
    currency: str


class StatementDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A difference of a day's statement, and what became of it."""

    id: UUID
    provider: str
    day: date
    kind: DifferenceKind
    what: What
    number: str
    reference: str
    order_id: OrderId | None
    ours_minor: int | None
    theirs_minor: int | None
    ours_state: str
    currency: str
    state: DifferenceState
    note: str
    decided_by: StaffId | None
    found_at: datetime
    decided_at: datetime | None


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's statement of a day, in sums, and how many differences are still open."""

    provider: str
    day: date
    currency: str
    lines: int
    collected_minor: int
    refunded_minor: int
    fee_minor: int
    differences: int
    open_differences: int
    fetched_at: datetime


class DifferenceDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says of a difference; whoever resolves says how."""

    state: DifferenceState
    note: Annotated[str, Meta(max_length=500)] = ""


class StatementWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which statement is to be fetched and compared, for the first time or again."""

    provider: Annotated[str, Meta(min_length=1, max_length=40)]
    day: date


class StatementOf(msgspec.Struct, frozen=True, kw_only=True):
    """Which day of a mall at a provider is compared, and the moments it begins and ends."""

    mall_id: MallId
    provider: str
    day: date
    starts_at: datetime
    ends_at: datetime
    currency: str


class NoteRequired(Conflict):
    """Whoever resolves a difference says how."""

    code = "difference_note_required"

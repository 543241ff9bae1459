"""What the sandbox knows: payments it was asked for (in signed links) and charges it has decided."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A payment asked for, as the signed link to the cashier carries it; nothing is stored until it is decided."""

    id: UUID
    mall_id: UUID
    amount_minor: int
    currency: str
    description: str
    return_url: str
    expires_at: datetime


class ChargeState(StrEnum):
    """How a charge was decided."""

    PAID = "paid"
    DECLINED = "declined"
    CLOSED = "closed"


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A decided charge; before `known_at` the sandbox says that it is still being processed."""

    id: UUID
    mall_id: UUID
    amount_minor: int
    currency: str
    state: ChargeState
    reference: str
    known_at: datetime


class Action(StrEnum):
    """What the person at the cashier does."""

    PAY = "pay"
    DECLINE = "decline"
    TIMEOUT = "timeout"
    TWICE = "twice"
    LATE = "late"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a notice."""

    type: str
    charge_id: UUID
    mall_id: UUID
    outcome: str
    amount_minor: int
    currency: str
    reference: str

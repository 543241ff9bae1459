"""Values of stored value: what a member has, how it moved, what is put in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import MallId, MemberId

CREDIT_MAX_MINOR = 100_000_000
"""A desk takes at most so much at once."""


class WalletMovement(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a member's stored value, with its title in both languages."""

    id: UUID
    at: datetime
    mall_id: MallId | None
    amount_minor: int
    title_zh: str
    title_en: str


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """A member's stored value in one currency: all of it, what is set aside for orders, and what can be spent now."""

    currency: str
    balance_minor: int
    held_minor: int
    available_minor: int
    movements: list[WalletMovement]
    next_cursor: str | None


class NewCredit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money a member brings to the desk, in minor units."""

    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=CREDIT_MAX_MINOR)]
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """Money put into a member's stored value, and what is in it now."""

    id: UUID
    mall_id: MallId
    member_id: MemberId
    currency: str
    amount_minor: int
    note: str
    at: datetime
    balance_minor: int


class InsufficientStoredValue(Conflict):
    """The member has not that much stored value to spend; nothing was taken."""

    code = "insufficient_stored_value"

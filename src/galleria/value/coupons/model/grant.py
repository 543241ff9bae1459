"""What staff and other systems ask for when they give a coupon."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta


class GrantSource(StrEnum):
    """On whose account a coupon is given."""

    API = "api"
    EVENT = "event"
    GAME = "game"


class NewGrant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to give a coupon, by id or by phone (one of the two), and the reference that makes it happen once."""

    member_id: UUID | None = None
    phone: Annotated[str, Meta(max_length=20)] | None = None
    source: GrantSource = GrantSource.API
    reference: UUID
    quantity: Annotated[int, Meta(ge=1, le=20)] = 1

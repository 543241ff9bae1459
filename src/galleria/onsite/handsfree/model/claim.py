"""Claims for bags that were lost, damaged or not what was sealed."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import BagId, MallId, MemberId, StaffId, TripId
from galleria.onsite.handsfree.model.texts import SAYING, PictureName

Words = Annotated[str, Meta(min_length=2, max_length=500, pattern=SAYING)]
Amount = Annotated[int, Meta(ge=1, le=10_000_000_000)]


class BagClaimKind(StrEnum):
    """What went wrong."""

    LOST = "lost"
    DAMAGED = "damaged"
    MISMATCH = "mismatch"  # another bag than the member's
    INCOMPLETE = "incomplete"


class BagClaimState(StrEnum):
    """Where a claim stands: open, decided, and when approved paid."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


class BagPaidHow(StrEnum):
    """How a compensation reached the member."""

    WALLET = "wallet"
    BY_HAND = "by_hand"


class NewBagClaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member says went wrong, with pictures, and what it is worth."""

    kind: BagClaimKind
    words: Words
    pictures: Annotated[list[PictureName], Meta(max_length=9)] = []
    asked_minor: Amount


class BagDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mall's decision: what it pays, none to reject, and why; into the member's stored value, or by hand later."""

    amount_minor: Amount | None = None
    words: Words
    to_wallet: bool = True


class BagPayout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the compensation was paid by hand."""

    reference: Annotated[str, Meta(min_length=1, max_length=100, pattern=SAYING)]


class BagClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim; `limit_minor` is the most it can bring: the declared value, or what the policy says of others."""

    mall_id: MallId
    id: UUID
    bag_id: BagId
    trip_id: TripId
    member_id: MemberId
    kind: BagClaimKind
    words: str
    pictures: list[str]
    asked_minor: int
    limit_minor: int
    currency: str
    state: BagClaimState
    decided_minor: int | None
    decision: str | None
    decided_by: StaffId | None
    decided_at: datetime | None
    paid_how: BagPaidHow | None
    paid_by: StaffId | None
    paid_reference: str | None
    paid_at: datetime | None
    created_at: datetime
    label: str = ""
    shop_zh: str = ""
    shop_en: str = ""
    bag_state: str = ""
    shopper: str = ""

"""Pushes: a coupon sent to many members at once."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import CouponId


class SegmentKind(StrEnum):
    """Which members are meant."""

    EVERYONE = "everyone"
    NEW = "new"  # who has not paid anything in this mall yet
    BIRTHDAY_MONTH = "birthday_month"  # whose birthday is in the month of the push
    TIER = "tier"
    PHONES = "phones"
    BOUGHT_IN_SHOP = "bought_in_shop"  # who has earned points there


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The members meant; `tiers`, `phones` and `shop_id` belong to the kinds of that name."""

    kind: SegmentKind
    tiers: Annotated[tuple[str, ...], Meta(max_length=20)] = ()
    phones: Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(max_length=5000)] = ()
    shop_id: UUID | None = None


class NewPush(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to send a coupon to."""

    segment: Segment


class PushPreview(msgspec.Struct, frozen=True, kw_only=True):
    """How many members a push would reach, and how many coupons are left for them."""

    members: int
    remaining: int


class PushState(StrEnum):
    """Where a push stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # by hand, or because the coupon gave out or is not claimable any more


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A push: `seen` of `members` were dealt with, `granted` of them got the coupon now or had it by this push."""

    id: UUID
    coupon_id: CouponId
    kind: SegmentKind
    state: PushState
    members: int
    seen: int
    granted: int
    reason: str | None
    created_at: datetime
    ended_at: datetime | None

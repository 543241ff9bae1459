"""Ladders of check-ins and the visits on them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import ClaimId, CouponId

RUNGS_MAX = 60


class Rung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the `day`-th day in a row brings: points, a coupon, or both."""

    day: Annotated[int, Meta(ge=1, le=366)]
    points: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    coupon_id: UUID | None = None


class LadderInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mall's ladder. Past its last rung it begins anew (`repeats`), or brings the last rung's reward each day.

    A missed day ends the streak: the next visit stands on the first rung again. Points last `points_last_days`, or
    for good.
    """

    active: bool
    repeats: bool = True
    points_last_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    rungs: Annotated[list[Rung], Meta(min_length=1, max_length=RUNGS_MAX)]


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """A mall's ladder as its operators see it."""

    active: bool
    repeats: bool
    points_last_days: int | None
    rungs: list[Rung]
    changed_at: datetime


class RungView(msgspec.Struct, frozen=True, kw_only=True):
    """A rung as a shopper sees it: done in this streak, or to come; the coupon by its title."""

    day: int
    points: int
    coupon_id: CouponId | None
    coupon_zh: str
    coupon_en: str
    done: bool
    today: bool


class CheckInStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where a member stands today: days in a row (today counted once done), and the ladder.

    `today` is the day on the mall's clock; `next_at` is when the next one begins.
    """

    active: bool
    streak: int
    done_today: bool
    today: date
    next_at: datetime
    rungs: list[RungView]


class CheckedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A visit and what it brought. `coupon_missed` when the rung's coupon could not be given any more."""

    day: date
    streak: int
    points: int
    claim_id: ClaimId | None
    coupon_id: CouponId | None
    coupon_zh: str
    coupon_en: str
    coupon_missed: bool


class CheckedInToday(Conflict):
    """A member checks in once a day; the next one begins at `next_at`."""

    code = "checked_in_today"


class NoLadder(Conflict):
    """The mall has no ladder at the moment."""

    code = "no_ladder"

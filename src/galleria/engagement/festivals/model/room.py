"""The waiting room: how fast numbers are served, tickets and where they stand, and claiming by one."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from galleria.engagement.festivals.model.festival import DistrictCode, Phase
from galleria.engagement.festivals.model.page import Alternative
from galleria.kernel.ids import ClaimId, CouponId, FestivalId, HouseholdId, MemberId

PACE_UNIT = 1_000_000
"""Millionths of a number: a rate a second is as many of them a microsecond, so paces are exact in integers."""


class Pace(msgspec.Struct, frozen=True):
    """How numbers are served: `base` millionths of them by `since`, from then on `per_s` a second."""

    since: datetime
    base: int
    per_s: int


class Challenge(msgspec.Struct, frozen=True):
    """An ALTCHA challenge: find the number up to `maxnumber` whose SHA-256 after `salt` is `challenge`."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str
    expires_at: datetime


class QueueRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`proof` is the solved challenge, as ALTCHA encodes it (base64 of JSON); needed when the festival says so."""

    proof: Annotated[str, Meta(max_length=2000)] | None = None
    district: DistrictCode | None = None


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """What a ticket says, signed: whose it is, its number, and what its owner was when he queued up."""

    festival_id: FestivalId
    member_id: MemberId
    number: int
    issued_ms: int
    district: str | None = None
    tier: str | None = None
    household_id: HouseholdId | None = None
    birthday: tuple[int, int] | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a ticket stands. `position` people are before it; 0: it is its turn.

    `turn_at` is null while the festival is paused. Ask again after `poll_after_s` seconds.
    """

    number: int
    position: int
    serving: int
    turn_at: datetime | None
    turn_until: datetime | None
    your_turn: bool
    phase: Phase
    pause_zh: str
    pause_en: str
    sold_out: bool
    next_release_at: datetime | None
    alternatives: list[Alternative]
    poll_after_s: int
    server_now: datetime


class Ticket(msgspec.Struct, frozen=True):
    """A place in the queue; keep the `ticket` and ask by it."""

    ticket: str
    standing: Standing


class ClaimRequest(msgspec.Struct, frozen=True):
    """The ticket whose turn it is; null where the festival has no waiting room, and `district` is then said here."""

    ticket: Annotated[str, Meta(max_length=400)] | None = None
    district: DistrictCode | None = None


class FestivalClaim(msgspec.Struct, frozen=True):
    """The voucher just claimed; the wallet shows it from now on."""

    id: ClaimId
    coupon_id: CouponId
    claimed_at: datetime
    use_from: datetime
    use_until: datetime

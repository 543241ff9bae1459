"""When a late scan counts: which moment it was made at, whether its code was good then, what its refusal is called."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from galleria.commerce.redemption.model import (
    AlreadyRedeemed,
    CodeWrong,
    NotThisShop,
    ScanOutcome,
    TicketExpired,
    TicketNotFound,
    TicketRefunded,
)
from galleria.commerce.redemption.rules.code import STALE_STEPS, step_at, steps_of
from galleria.kernel.errors import DomainError, Invalid
from galleria.value import coupons

KEPT_FOR = timedelta(hours=72)
"""Older scans are not settled by themselves any more."""
AHEAD = timedelta(minutes=2)
"""So far ahead of us a till's moment may lie, once its clock is corrected."""
SKEW_STEPS = 4
"""The shopper's clock and the till's may each be a minute off: so many half minutes around the moment are good."""


class Moment(StrEnum):
    """What the code of a late scan says of its moment."""

    GOOD = "good"
    CLOCK = "clock"  # the code is the ticket's, of another minute
    INVALID = "invalid"


def moments(scanned_at: datetime, *, sent_at: datetime | None, now: datetime) -> list[datetime]:
    """Return the moments a scan may have been made at, likeliest first.

    A till tells its own time when it sends; what that differs from ours, its clock was wrong by when it scanned too,
    unless it was set right in between.
    """
    if sent_at is None:
        return [scanned_at]
    return [scanned_at + (now - sent_at), scanned_at]


def code_at(secret: bytes, digits: str, at: datetime) -> Moment:
    """Return whether four digits were good around a moment; every step is compared, so the time taken tells nothing."""
    hits = steps_of(secret, digits, step_at(at), STALE_STEPS)
    if any(abs(step) <= SKEW_STEPS for step in hits):
        return Moment.GOOD
    return Moment.CLOCK if hits else Moment.INVALID


def settled(
    secret: bytes, digits: str, tries: Sequence[datetime], now: datetime
) -> tuple[datetime, ScanOutcome | None]:
    """Return the moment a scan was made at, and why it cannot be settled by itself, or None."""
    found = [(at, code_at(secret, digits, at)) for at in tries if at <= now + AHEAD]
    good = next((at for at, standing in found if standing is Moment.GOOD), None)
    if good is not None:
        return min(good, now), ScanOutcome.TOO_OLD if now - good > KEPT_FOR else None
    right = any(standing is Moment.CLOCK for _, standing in found) or not found
    return min(tries[0], now), ScanOutcome.CLOCK if right else ScanOutcome.INVALID


_OUTCOMES: list[tuple[type[DomainError], ScanOutcome]] = [
    (AlreadyRedeemed, ScanOutcome.ALREADY_REDEEMED),
    (coupons.ClaimUsed, ScanOutcome.ALREADY_REDEEMED),
    (TicketExpired, ScanOutcome.EXPIRED),
    (coupons.ClaimExpired, ScanOutcome.EXPIRED),
    (coupons.ClaimNotStarted, ScanOutcome.NOT_YET),
    (coupons.ClaimNotNow, ScanOutcome.NOT_YET),
    (NotThisShop, ScanOutcome.WRONG_SHOP),
    (coupons.NotForThisShop, ScanOutcome.WRONG_SHOP),
    (TicketNotFound, ScanOutcome.INVALID),
    (CodeWrong, ScanOutcome.INVALID),
    (TicketRefunded, ScanOutcome.VOID),
    (coupons.ClaimVoid, ScanOutcome.VOID),
    (coupons.ClaimTransferred, ScanOutcome.VOID),
    (coupons.ClaimHeld, ScanOutcome.LOCKED),
    (coupons.ClaimLocked, ScanOutcome.LOCKED),
    (coupons.BelowThreshold, ScanOutcome.BELOW_THRESHOLD),
    (coupons.CouponShopLimit, ScanOutcome.LIMIT),
]


def outcome_of(error: DomainError) -> ScanOutcome:
    """Return what the refusal of a late scan is called."""
    if isinstance(error, Invalid) and any(wrong.field == "bill_minor" for wrong in error.errors):
        return ScanOutcome.BILL_MISSING
    return next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), ScanOutcome.REFUSED)

"""May a claim be spent, and may a till lock it."""

from datetime import datetime

import msgspec

from galleria.kernel.errors import DomainError
from galleria.value.coupons.model.claim import LOCKS_MAX, ClaimState
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.template import iso


class ClaimStanding(msgspec.Struct, frozen=True):
    """What decides whether a claim can be spent."""

    state: ClaimState
    use_from: datetime
    use_until: datetime
    used_at: datetime | None
    locked_until: datetime | None = None
    locks: int = 0


def claim_refusal(claim: ClaimStanding, now: datetime) -> DomainError | None:
    """Return why a claim cannot be spent now, or None. A lock whose time is over is none."""
    gone = _gone(claim)
    if gone is not None:
        return gone
    if claim.state is ClaimState.EXPIRED or now >= claim.use_until:
        return refusals.ClaimExpired(use_until=iso(claim.use_until))
    if claim.state is ClaimState.LOCKED and claim.locked_until is not None and claim.locked_until > now:
        return refusals.ClaimLocked(locked_until=iso(claim.locked_until))
    if now < claim.use_from:
        return refusals.ClaimNotStarted(use_from=iso(claim.use_from))
    return None


def _gone(claim: ClaimStanding) -> DomainError | None:
    if claim.state is ClaimState.USED:
        return refusals.ClaimUsed(used_at=iso(claim.used_at) if claim.used_at else "")
    if claim.state is ClaimState.HELD:
        return refusals.ClaimHeld()
    if claim.state is ClaimState.VOID:
        return refusals.ClaimVoid()
    return refusals.ClaimTransferred() if claim.state is ClaimState.TRANSFERRED else None


def lock_refusal(claim: ClaimStanding, now: datetime) -> DomainError | None:
    """Return why a claim cannot be locked now, or None."""
    refused = claim_refusal(claim, now)
    if refused is None and claim.locks >= LOCKS_MAX:
        return refusals.ClaimLocksSpent(locks=LOCKS_MAX)
    return refused

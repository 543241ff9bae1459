"""What the time a bag has waited asks for, and what a bag counts for."""

from datetime import datetime, timedelta

from galleria.onsite.handsfree.model import OPEN, BagDeskKind, BagExceptionKind, BagPolicy, BagState, BagStorage


def best_by(policy: BagPolicy, storage: BagStorage, sealed_at: datetime) -> datetime | None:
    """Return when a cold bag has waited too long; None for one that need not be cold."""
    hours = {BagStorage.CHILLED: policy.chilled_h, BagStorage.FROZEN: policy.frozen_h}.get(storage)
    return None if hours is None else sealed_at + timedelta(hours=hours)


def due(
    policy: BagPolicy,
    *,
    state: BagState,
    best_by: datetime | None,
    shelved_at: datetime | None,
    kind: BagDeskKind | None,
    now: datetime,
) -> BagExceptionKind | None:
    """Return what the time asks for: a cold bag that is not safe any more first, then going back, then storing away."""
    if state in OPEN and best_by is not None and best_by <= now:
        return BagExceptionKind.TOO_LONG
    if state is not BagState.SHELVED or shelved_at is None:
        return None
    waited = now - shelved_at
    if waited >= timedelta(hours=policy.return_after_h):
        return BagExceptionKind.TO_RETURN
    if kind is BagDeskKind.DESK and waited >= timedelta(hours=policy.store_after_h):
        return BagExceptionKind.TO_STORE
    return None


def worth(policy: BagPolicy, declared_minor: int | None) -> int:
    """Return the most a claim for a bag can bring, in minor units."""
    return policy.undeclared_max_minor if declared_minor is None else declared_minor

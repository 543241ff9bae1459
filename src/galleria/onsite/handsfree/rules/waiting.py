"""What the time a bag has waited asks for, and what a bag counts for."""

from datetime import datetime, timedelta

from galleria.onsite.handsfree.model import OPEN, BagState, DeskKind, ExceptionKind, Policy, Storage


def best_by(policy: Policy, storage: Storage, sealed_at: datetime) -> datetime | None:
    """Return when a cold bag has waited too long; None for one that need not be cold."""
    hours = {Storage.CHILLED: policy.chilled_h, Storage.FROZEN: policy.frozen_h}.get(storage)
    return None if hours is None else sealed_at + timedelta(hours=hours)


def due(
    policy: Policy,
    *,
    state: BagState,
    best_by: datetime | None,
    shelved_at: datetime | None,
    kind: DeskKind | None,
    now: datetime,
) -> ExceptionKind | None:
    """Return what the time asks for: a cold bag that is not safe any more first, then going back, then storing away."""
    if state in OPEN and best_by is not None and best_by <= now:
        return ExceptionKind.TOO_LONG
    if state is not BagState.SHELVED or shelved_at is None:
        return None
    waited = now - shelved_at
    if waited >= timedelta(hours=policy.return_after_h):
        return ExceptionKind.TO_RETURN
    if kind is DeskKind.DESK and waited >= timedelta(hours=policy.store_after_h):
        return ExceptionKind.TO_STORE
    return None


def worth(policy: Policy, declared_minor: int | None) -> int:
    """Return the most a claim for a bag can bring, in minor units."""
    return policy.undeclared_max_minor if declared_minor is None else declared_minor

"""What a rider's report of a task does."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from galleria.commerce.riders.model import (
    CODE_TRIES,
    ERRAND_TRANSITIONS,
    FINAL,
    OPEN,
    DoneRequest,
    Errand,
    ErrandMoved,
    ErrandState,
    Failure,
    Proof,
    ProofMissing,
    RiderPolicy,
    Task,
    TaskBlocked,
    TaskKind,
    TaskMoved,
    TaskState,
    TooFarAway,
)
from galleria.kernel.ids import ShipmentId, StaffId
from galleria.kernel.places import Stop, distance_m

REPORTED_LATE_MAX = timedelta(hours=24)
"""How old the phone's time of a report may be; an older one counts as of that age."""


def code_hash(shipment_id: ShipmentId, code: str) -> bytes:
    """Return what is kept of a receiver's code: a SHA-256 of the shipment's id and the code."""
    return hashlib.sha256(shipment_id.bytes + code.encode()).digest()


def same_code(errand: Errand, code: str) -> bool:
    """Return whether this is the receiver's code."""
    return errand.code_hash is not None and hmac.compare_digest(errand.code_hash, code_hash(errand.shipment_id, code))


def wants_code(errand: Errand, kind: TaskKind) -> bool:
    """Return whether the code is what proves it: at a door, as long as there is one and tries are left."""
    return kind is TaskKind.DROPOFF and errand.code_hash is not None and errand.code_tries < CODE_TRIES


def happened_at(said: datetime | None, now: datetime) -> datetime:
    """Return when a report's deed was done: the phone's time, never in the future and at most a day back."""
    return now if said is None else max(min(said, now), now - REPORTED_LATE_MAX)


def require_mine(errand: Errand, task: Task, staff_id: StaffId, *, at: datetime, done: bool) -> None:
    """Raise TaskMoved unless a rider may report this task now.

    A delivery made at `at`, before the mall called it off, counts although the phone tells it only afterwards: the
    goods are with the shopper.
    """
    if task.staff_id != staff_id:
        raise TaskMoved(state=task.state.value)
    if task.state in OPEN:
        return
    called_off_later = task.state is TaskState.CANCELLED and task.ended_at is not None and at <= task.ended_at
    if not (done and called_off_later and task.kind is TaskKind.DROPOFF and errand.state is ErrandState.RETURNING):
        raise TaskMoved(state=task.state.value)


def require_free(task: Task, tasks: Sequence[Task]) -> None:
    """Raise TaskBlocked while what comes before a task is not over."""
    if any(before.id == task.previous_id and before.state in OPEN for before in tasks):
        raise TaskBlocked


def away(stop: Stop, position: tuple[float, float] | None) -> int | None:
    """Return how many metres from a stop the phone was, None when one of the two is not known."""
    if position is None or stop.lat is None or stop.lon is None:
        return None
    return distance_m((stop.lat, stop.lon), position)


def proof_of(errand: Errand, task: Task, said: DoneRequest, policy: RiderPolicy) -> Proof | None:
    """Return what proves that a task is done, None when a task wants no proof or the code is wrong.

    Goods are given against the code, when the receiver has one, or against a picture taken there. Raises
    ProofMissing, TooFarAway.
    """
    if task.kind is not TaskKind.DROPOFF:
        return Proof.PICTURE if said.picture is not None else None
    if wants_code(errand, task.kind) and said.code is not None:
        return Proof.CODE if same_code(errand, said.code) else None
    if said.picture is None:
        raise ProofMissing
    metres = away(task.stop, None if said.lat is None or said.lon is None else (said.lat, said.lon))
    if metres is not None and metres > policy.near_m:
        raise TooFarAway(away_m=metres, near_m=policy.near_m)
    return Proof.PICTURE


def late_minutes(task: Task, at: datetime) -> int:
    """Return by how many whole minutes a task was done after its time."""
    return max(0, int((at - task.due_at).total_seconds() // 60))


class Follows(msgspec.Struct, frozen=True):
    """What follows a failed task: the errand's next state, and the kind of its next task, if there is one."""

    state: ErrandState
    kind: TaskKind | None


def after_failure(errand: Errand, kind: TaskKind, reason: Failure, policy: RiderPolicy) -> Follows:
    """Return what follows when a task comes to nothing.

    Goods that were not fetched wait for a rider again. At a door it is tried again while attempts are left and
    another one makes sense; then they go back to where they came from, and are tried there until they are taken.
    """
    if kind is TaskKind.PICKUP:
        return Follows(ErrandState.WAITING, TaskKind.PICKUP)
    if kind is TaskKind.GIVEBACK:
        return Follows(ErrandState.RETURNING, TaskKind.GIVEBACK)
    if reason in FINAL or errand.attempts + 1 >= policy.attempts_max:
        return Follows(ErrandState.RETURNING, TaskKind.GIVEBACK)
    return Follows(ErrandState.CARRYING, TaskKind.DROPOFF)


def require_move(errand: Errand, state: ErrandState) -> None:
    """Raise ErrandMoved unless an errand may come into a state from where it is."""
    if state is not errand.state and state not in ERRAND_TRANSITIONS[errand.state]:
        raise ErrandMoved(state=errand.state.value)

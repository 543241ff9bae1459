"""What riders deal in: errands (one shipment each), their tasks in a chain, shifts, and the mall's policy."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import MallId, MemberId, ShipmentId, StaffId
from galleria.kernel.places import Stop

ErrandId = NewType("ErrandId", UUID)
TaskId = NewType("TaskId", UUID)
ShiftId = NewType("ShiftId", UUID)

CODE_TRIES = 5
"""Wrong codes after which only a picture proves that goods were given."""

LINE = r"^[^\x00]*$"
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Note = Annotated[str, Meta(max_length=200, pattern=LINE)]
PictureName = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\.webp$")]


class ErrandState(StrEnum):
    """Where a shipment in the hands of riders stands."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    CARRYING = "carrying"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"


_E = ErrandState
ERRAND_TRANSITIONS: dict[ErrandState, frozenset[ErrandState]] = {
    _E.WAITING: frozenset({_E.ASSIGNED, _E.CANCELLED}),
    _E.ASSIGNED: frozenset({_E.WAITING, _E.CARRYING, _E.CANCELLED}),
    _E.CARRYING: frozenset({_E.DELIVERED, _E.RETURNING}),
    _E.RETURNING: frozenset({_E.RETURNED, _E.DELIVERED}),  # delivered before the rider heard that it was called off
    _E.DELIVERED: frozenset(),
    _E.RETURNED: frozenset(),
    _E.CANCELLED: frozenset(),
}
ERRAND_ENDED = frozenset(state for state, after in ERRAND_TRANSITIONS.items() if not after)


class TaskKind(StrEnum):
    """What a rider does at a stop; `giveback` brings goods back to where they came from."""

    PICKUP = "pickup"
    DROPOFF = "dropoff"
    GIVEBACK = "giveback"


class TaskState(StrEnum):
    """Where a task stands."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_T = TaskState
TASK_TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    _T.TODO: frozenset({_T.DOING, _T.DONE, _T.FAILED, _T.CANCELLED}),
    _T.DOING: frozenset({_T.DONE, _T.FAILED, _T.CANCELLED}),
    _T.DONE: frozenset(),
    _T.FAILED: frozenset(),
    _T.CANCELLED: frozenset({_T.DONE}),  # done before it was called off, told only afterwards
}
OPEN = frozenset({_T.TODO, _T.DOING})


class Proof(StrEnum):
    """How it is proved that goods were given: the receiver's code, or a picture of where they lie."""

    CODE = "code"
    PICTURE = "picture"


class Failure(StrEnum):
    """Why a task came to nothing."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    WRONG_ADDRESS = "wrong_address"
    NO_ACCESS = "no_access"
    DAMAGED = "damaged"
    MERCHANT_NOT_READY = "merchant_not_ready"
    RIDER_FAULT = "rider_fault"
    FORCE_MAJEURE = "force_majeure"


FINAL = frozenset({Failure.REFUSED, Failure.DAMAGED})
"""Failures at the door after which another attempt is pointless."""


class RiderPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a mall's riders work; `automatic` gives waiting errands to riders on shift by itself."""

    automatic: bool = True
    capacity: int = 8
    attempts_max: int = 2
    retry_minutes: int = 30
    speed_m_per_min: int = 250
    stop_minutes: int = 4
    near_m: int = 300


class RiderPolicyInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a mall decides about its riders: pieces a rider carries, attempts at a door, speed, how near is there."""

    automatic: bool = True
    capacity: Annotated[int, Meta(ge=1, le=100)] = 8
    attempts_max: Annotated[int, Meta(ge=1, le=9)] = 2
    retry_minutes: Annotated[int, Meta(ge=0, le=1440)] = 30
    speed_m_per_min: Annotated[int, Meta(ge=20, le=2000)] = 250
    stop_minutes: Annotated[int, Meta(ge=0, le=60)] = 4
    near_m: Annotated[int, Meta(ge=10, le=5000)] = 300


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One shipment to fetch at a shop and bring to a door; `number` and `title` say which, in people's words."""

    mall_id: MallId
    id: ErrandId
    shipment_id: ShipmentId
    member_id: MemberId
    number: str
    title: str
    pieces: int
    pickup: Stop
    dropoff: Stop
    ready_at: datetime
    window_from: datetime
    window_to: datetime
    code_hash: bytes | None
    code_tries: int
    state: ErrandState
    staff_id: StaffId | None
    attempts: int
    reason: str
    created_at: datetime
    picked_at: datetime | None
    ended_at: datetime | None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A stop of a rider for an errand; `previous_id` must be over first."""

    mall_id: MallId
    id: TaskId
    errand_id: ErrandId
    previous_id: TaskId | None
    kind: TaskKind
    state: TaskState
    staff_id: StaffId | None
    stop: Stop
    not_before: datetime
    due_at: datetime
    position: int
    planned_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    reason: str
    note: str
    proof: Proof | None
    picture: str | None
    lat: float | None
    lon: float | None
    away_m: int | None
    late_minutes: int | None
    created_at: datetime


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A rider at work; `route` counts changes of the tasks, so that a route for older ones is not taken."""

    mall_id: MallId
    id: ShiftId
    staff_id: StaffId
    name: str
    capacity: int
    route: int
    lat: float | None
    lon: float | None
    seen_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as its rider sees it: where, until when, what for, and whether it can be begun.

    `wants_code`: the receiver's code proves it (else, or after too many wrong ones, a picture).
    """

    id: TaskId
    errand_id: ErrandId
    shipment_id: ShipmentId
    number: str
    title: str
    pieces: int
    kind: TaskKind
    state: TaskState
    stop: Stop
    not_before: datetime
    due_at: datetime
    position: int
    planned_at: datetime | None
    ended_at: datetime | None
    reason: str
    note: str
    blocked: bool
    wants_code: bool
    late: bool
    attempt: int


class ErrandView(msgspec.Struct, frozen=True, kw_only=True):
    """An errand as riders and the mall see it; `rider` is the name of who has it."""

    id: ErrandId
    shipment_id: ShipmentId
    number: str
    title: str
    pieces: int
    pickup: Stop
    dropoff: Stop
    ready_at: datetime
    window_from: datetime
    window_to: datetime
    state: ErrandState
    staff_id: StaffId | None
    rider: str
    attempts: int
    reason: str
    late: bool
    created_at: datetime
    picked_at: datetime | None
    ended_at: datetime | None
    expected_at: datetime | None


class ErrandPage(msgspec.Struct, frozen=True, kw_only=True):
    """An errand with every task it had."""

    errand: ErrandView
    tasks: list[Task]


class RiderDay(msgspec.Struct, frozen=True, kw_only=True):
    """What a rider's phone shows: the shift, tasks in order, what was done today, and errands to take."""

    on_shift: bool
    name: str
    capacity: int
    carrying: int
    done_today: int
    near_m: int
    tasks: list[TaskView]
    waiting: list[ErrandView]


class RiderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rider on shift as the mall sees it."""

    staff_id: StaffId
    name: str
    capacity: int
    carrying: int
    open_tasks: int
    lat: float | None
    lon: float | None
    seen_at: datetime | None
    started_at: datetime


class ShiftRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Beginning or ending work."""

    on: bool


class StartRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Setting out for a task; `at` is the phone's time when it had no network."""

    at: datetime | None = None


class DoneRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task done: the code that the receiver said, or a picture, and where the phone was."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{6}$")] | None = None
    picture: PictureName | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    note: Note = ""
    at: datetime | None = None


class FailRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task that came to nothing, and why."""

    reason: Failure
    note: Note = ""
    picture: PictureName | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    at: datetime | None = None


class PositionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the phone is now."""

    lat: Lat
    lon: Lon


class AssignRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rider takes an errand."""

    staff_id: StaffId


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What a report of a task did: `accepted`, or refused because of a wrong code with so many tries left."""

    accepted: bool
    errand_state: ErrandState
    next_task_id: TaskId | None = None
    tries_left: int | None = None


class NotOnShift(Conflict):
    """Only a rider on shift takes errands; begin the shift first."""

    code = "not_on_shift"


class StillCarrying(Conflict):
    """The shift does not end before its tasks: `count` are open."""

    code = "still_carrying"


class ErrandTaken(Conflict):
    """Another rider has taken it, or it was called off."""

    code = "errand_taken"


class ErrandMoved(Conflict):
    """The errand is not in a state for this: `state`."""

    code = "errand_moved"


class TaskMoved(Conflict):
    """The task is over already, or has gone to another rider: `state`."""

    code = "task_moved"


class TaskBlocked(Conflict):
    """What comes before it is not done yet."""

    code = "task_blocked"


class ProofMissing(Conflict):
    """Goods are given against the receiver's code or a picture."""

    code = "proof_missing"


class TooFarAway(Conflict):
    """The picture was taken too far from the door: `away_m` metres, at most `near_m`."""

    code = "too_far_away"


class CodeWrong(Conflict):
    """Not the receiver's code; `left` tries are left, then only a picture proves it."""

    code = "delivery_code_wrong"


class RiderFull(Conflict):
    """The rider carries as much as one can: `capacity` pieces."""

    code = "rider_full"


class NoTaskToFollow(Conflict):
    """Positions are taken only while something is carried."""

    code = "no_task_to_follow"

"""Routes: what there is to solve out of tasks and riders, a plain order to fall back on, and what a solution means."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

import msgspec

from galleria.commerce.riders.model import Errand, ErrandId, RiderPolicy, Shift, Task, TaskId, TaskKind
from galleria.commerce.riders.rules.solving import Problem, Solution, Vehicle, Visit
from galleria.kernel.places import Stop, distance_m

SAME_HOUSE_M = 80
"""How far two stops are apart that are in the mall, or at one address, when nobody knows better."""
SOMEWHERE_M = 1500
"""How far a stop is away whose position nobody knows."""
ALONE_MAX = 2
"""So many stops of one rider need no solver."""


class Leg(msgspec.Struct, frozen=True):
    """A stop of a planned route: the task, its errand and when the rider is expected there."""

    task_id: TaskId
    errand_id: ErrandId
    planned_at: datetime


class Plan(msgspec.Struct, frozen=True):
    """For each rider the stops in order; `by` tells who made it: `solver` or `nearest`."""

    routes: list[list[Leg]]
    by: str


class Work(msgspec.Struct, frozen=True):
    """Riders and all that is to be done, in one order: the basis of a problem and of reading its solution."""

    shifts: list[Shift]
    tasks: list[Task]
    errands: dict[ErrandId, Errand]
    policy: RiderPolicy
    now: datetime


def problem_of(work: Work) -> Problem:
    """Return the routing problem of some work: open tasks of riders stay theirs, tasks of nobody are for anyone."""
    riders = {shift.staff_id: number for number, shift in enumerate(work.shifts)}
    places = {task.id: place for place, task in enumerate(work.tasks)}
    visits = [
        Visit(
            delta=_size(work, task.errand_id) * (1 if task.kind is TaskKind.PICKUP else -1),
            not_before=_minutes(task.not_before - work.now),
            due=_minutes(task.due_at - work.now),
            vehicle=None if task.staff_id is None else riders[task.staff_id],
            after=None if task.previous_id is None else places.get(task.previous_id),
            droppable=task.staff_id is None,
        )
        for task in work.tasks
    ]
    vehicles = [_vehicle(shift, work) for shift in work.shifts]
    return Problem(vehicles, visits, _matrix(work))


def _vehicle(shift: Shift, work: Work) -> Vehicle:
    fetched = {task.errand_id for task in work.tasks if task.staff_id == shift.staff_id} - {
        task.errand_id for task in work.tasks if task.kind is TaskKind.PICKUP
    }
    load = sum(_size(work, errand_id) for errand_id in fetched)
    return Vehicle(capacity=max(shift.capacity, load), load=load)


def _size(work: Work, errand_id: ErrandId) -> int:
    """Return how much room an errand takes; one that fits nobody fills a rider, who carries it alone."""
    return min(work.errands[errand_id].pieces, *(shift.capacity for shift in work.shifts))


def _matrix(work: Work) -> list[list[int]]:
    starts = [None if shift.lat is None or shift.lon is None else (shift.lat, shift.lon) for shift in work.shifts]
    pace, pause = work.policy.speed_m_per_min, work.policy.stop_minutes
    first = [
        [0] * len(starts) + [0 if at is None else ceil(_from(at, task.stop) / pace) for task in work.tasks]
        for at in starts
    ]
    return first + [
        [0] * len(starts) + [pause + ceil(metres(one.stop, other.stop) / pace) for other in work.tasks]
        for one in work.tasks
    ]


def _from(at: tuple[float, float], stop: Stop) -> int:
    return SOMEWHERE_M if stop.lat is None or stop.lon is None else distance_m(at, (stop.lat, stop.lon))


def metres(one: Stop, other: Stop) -> int:
    """Return how far two stops lie apart, as well as it is known."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return SAME_HOUSE_M if one.address == other.address else SOMEWHERE_M
    return max(SAME_HOUSE_M if one != other else 0, distance_m((one.lat, one.lon), (other.lat, other.lon)))


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def nearest_first(problem: Problem) -> Solution:
    """Return a plain order: whoever is free first goes to the nearest stop that is open to them.

    Pickups come before their doors and nobody carries more than fits; what fits nobody is left.
    """
    starts = len(problem.vehicles)
    routes: list[list[tuple[int, int]]] = [[] for _ in problem.vehicles]
    clock, at = [0] * starts, list(range(starts))
    load = [vehicle.load for vehicle in problem.vehicles]
    whose: dict[int, int] = {}
    while True:
        steps = [
            (_arrival(problem, clock[v], at[v], place), visit.due, place, v)
            for place, visit in enumerate(problem.visits)
            if place not in whose
            for v in range(starts)
            if _open(problem, visit, v, whose, load[v])
        ]
        if not steps:
            return Solution(routes)
        minute, _, place, v = min(steps)
        routes[v].append((place, minute))
        clock[v], at[v], whose[place] = minute, starts + place, v
        load[v] += problem.visits[place].delta


def _arrival(problem: Problem, clock: int, at: int, place: int) -> int:
    ride = problem.minutes[at][len(problem.vehicles) + place]
    return max(clock + ride, problem.visits[place].not_before)


def _open(problem: Problem, visit: Visit, v: int, whose: dict[int, int], load: int) -> bool:
    mine = visit.vehicle in {None, v} and (visit.after is None or whose.get(visit.after) == v)
    return mine and load + visit.delta <= problem.vehicles[v].capacity


def is_sound(problem: Problem, solution: Solution) -> bool:
    """Return whether a solution keeps to the problem: each stop at most once, in order, by whose it is, within room."""
    if len(solution.routes) != len(problem.vehicles):
        return False
    seen: dict[int, int] = {}
    for v, route in enumerate(solution.routes):
        load = problem.vehicles[v].load
        for place, _ in route:
            visit = problem.visits[place]
            if place in seen or not _open(problem, visit, v, seen, load):
                return False
            seen[place], load = v, load + visit.delta
    must = {place for place, visit in enumerate(problem.visits) if not visit.droppable}
    together = all(v.after is None or (v.after in seen) == (place in seen) for place, v in enumerate(problem.visits))
    return must <= seen.keys() and together


def plan_of(work: Work, solution: Solution, by: str) -> Plan:
    """Return a solution in terms of tasks and moments."""
    return Plan(
        [
            [
                Leg(work.tasks[place].id, work.tasks[place].errand_id, work.now + timedelta(minutes=minute))
                for place, minute in route
            ]
            for route in solution.routes
        ],
        by,
    )


def needs_solver(problem: Problem) -> bool:
    """Return whether the plain order could be beaten."""
    return len(problem.vehicles) > 1 or len(problem.visits) > ALONE_MAX


def taken(work: Work, route: Sequence[Leg]) -> list[ErrandId]:
    """Return the errands of a route that had no rider before, in order of id: so they are locked."""
    waiting = {task.errand_id for task in work.tasks if task.staff_id is None}
    return sorted({leg.errand_id for leg in route} & waiting)

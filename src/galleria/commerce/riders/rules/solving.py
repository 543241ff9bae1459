"""The order of stops by Google OR-Tools: pickups before their doors, time windows, capacity.

It runs as a program of its own (`python -I solving.py`, a problem in JSON in, a solution out): the solver's native code
keeps the interpreter's lock for as long as it searches, so that in a thread it would stop everything else. So this
file imports nothing of ours. It has no random part and ends at the first order that no single move makes better: the
same problem has the same solution.
"""

import sys
from typing import Any

import msgspec

HORIZON = 2880
"""Minutes ahead that a route may reach."""
LATE = 50
"""What a minute after its time costs at a stop, in minutes of riding."""
LEFT = 1_000_000
"""What leaving an errand without a rider costs."""


class Visit(msgspec.Struct, frozen=True):
    """A stop: `delta` pieces come on or leave; not before and best by so many minutes from now; whose it must be.

    `after` is the visit (its place in the list) that comes before it on the same route. `droppable` may be left.
    """

    delta: int
    not_before: int
    due: int
    vehicle: int | None = None
    after: int | None = None
    droppable: bool = False


class Vehicle(msgspec.Struct, frozen=True):
    """A rider: how many pieces fit, and how many are on already."""

    capacity: int
    load: int


class Problem(msgspec.Struct, frozen=True):
    """Stops and riders; `minutes[i][j]` from one to the next: the riders' starts come first, then the visits."""

    vehicles: list[Vehicle]
    visits: list[Visit]
    minutes: list[list[int]]
    seconds: float = 2.0


class Solution(msgspec.Struct, frozen=True):
    """For each rider the visits in order, each with the minute of arrival; visits that nobody makes are missing."""

    routes: list[list[tuple[int, int]]]


def solve(problem: Problem) -> Solution | None:
    """Return the best order found in the problem's time, None when none was."""
    from ortools.constraint_solver import (  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load, used here only
        pywrapcp,
        routing_enums_pb2,
    )

    starts = len(problem.vehicles)
    nodes = starts + len(problem.visits)
    manager = pywrapcp.RoutingIndexManager(nodes + 1, starts, list(range(starts)), [nodes] * starts)
    routing = pywrapcp.RoutingModel(manager)
    matrix = [[*row, 0] for row in problem.minutes] + [[0] * (nodes + 1)]
    ride = routing.RegisterTransitMatrix(matrix)
    routing.SetArcCostEvaluatorOfAllVehicles(ride)
    routing.AddDimension(ride, HORIZON, HORIZON, False, "time")
    load = routing.RegisterUnaryTransitVector([0] * starts + [visit.delta for visit in problem.visits] + [0])
    routing.AddDimensionWithVehicleCapacity(load, 0, [v.capacity for v in problem.vehicles], False, "load")
    _bind(problem, manager, routing)
    wish = pywrapcp.DefaultRoutingSearchParameters()
    wish.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    wish.time_limit.FromMilliseconds(int(problem.seconds * 1000))
    found = routing.SolveWithParameters(wish)
    return None if found is None else _read(problem, manager, routing, found)


def _bind(problem: Problem, manager: Any, routing: Any) -> None:
    """Tell the model what each rider carries and what each stop asks for."""
    time, load = routing.GetDimensionOrDie("time"), routing.GetDimensionOrDie("load")
    starts = len(problem.vehicles)
    for number, vehicle in enumerate(problem.vehicles):
        load.CumulVar(routing.Start(number)).SetValue(vehicle.load)
        time.CumulVar(routing.Start(number)).SetValue(0)
    for place, visit in enumerate(problem.visits):
        index = manager.NodeToIndex(starts + place)
        time.CumulVar(index).SetMin(min(max(0, visit.not_before), HORIZON))
        time.SetCumulVarSoftUpperBound(index, min(max(0, visit.due), HORIZON), LATE)
        if visit.vehicle is not None:
            routing.solver().Add(routing.VehicleVar(index) == visit.vehicle)
        if visit.droppable:
            routing.AddDisjunction([index], LEFT)
        if visit.after is not None:
            before = manager.NodeToIndex(starts + visit.after)
            routing.AddPickupAndDelivery(before, index)
            routing.solver().Add(routing.VehicleVar(before) == routing.VehicleVar(index))
            routing.solver().Add(time.CumulVar(before) <= time.CumulVar(index))


def _read(problem: Problem, manager: Any, routing: Any, found: Any) -> Solution:
    time, starts = routing.GetDimensionOrDie("time"), len(problem.vehicles)
    routes: list[list[tuple[int, int]]] = []
    for number in range(starts):
        index, route = found.Value(routing.NextVar(routing.Start(number))), []
        while not routing.IsEnd(index):
            route.append((manager.IndexToNode(index) - starts, found.Min(time.CumulVar(index))))
            index = found.Value(routing.NextVar(index))
        routes.append(route)
    return Solution(routes)


def main() -> None:
    """Read a problem and write its solution, or `null`."""
    problem = msgspec.json.decode(sys.stdin.buffer.read(), type=Problem)
    sys.stdout.buffer.write(msgspec.json.encode(solve(problem)))


if __name__ == "__main__":
    main()

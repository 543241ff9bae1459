"""Routes keep to the problem whoever makes them, and the solver gives the same one again."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galleria.commerce.riders.rules import routing, solving
from galleria.commerce.riders.rules.solving import Problem, Solution, Vehicle, Visit

MINUTES = st.integers(0, 40)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Riders with some goods on, others about to fetch, and errands that wait for anyone."""
    crew = draw(st.integers(1, 3))
    visits: list[Visit] = []
    loads = [0] * crew

    def times() -> dict[str, int]:
        return {"not_before": draw(st.integers(0, 60)), "due": draw(st.integers(-30, 120))}

    for _ in range(draw(st.integers(0, 6))):
        pieces = draw(st.integers(1, 3))
        whose = draw(st.one_of(st.none(), st.integers(0, crew - 1)))
        if whose is not None and draw(st.booleans()):
            loads[whose] += pieces
            visits.append(Visit(-pieces, vehicle=whose, **times()))
        else:
            free: dict[str, Any] = {"vehicle": whose, "droppable": whose is None}
            visits.append(Visit(pieces, **times(), **free))
            visits.append(Visit(-pieces, after=len(visits) - 1, **times(), **free))
    size = len(visits)
    minutes = [[0] * crew + [draw(MINUTES) for _ in range(size)] for _ in range(crew + size)]
    return Problem([Vehicle(max(4, load), load) for load in loads], visits, minutes)


@given(problems())
def test_the_plain_order_keeps_to_the_problem(problem: Problem) -> None:
    assert routing.is_sound(problem, routing.nearest_first(problem))


@settings(max_examples=25)
@given(problems())
def test_what_the_solver_finds_keeps_to_the_problem(problem: Problem) -> None:
    found = solving.solve(problem)
    assert found is None or routing.is_sound(problem, found)


def crossing() -> Problem:
    """Six errands from one house along a street: the nearest first goes back and forth."""
    doors = [500 * n for n in range(1, 7)]
    places = [place for door in doors for place in (0, door)]
    visits = [
        visit
        for n in range(6)
        for visit in (Visit(1, 0, 60, droppable=True), Visit(-1, 0, 60, after=2 * n, droppable=True))
    ]
    matrix = [[0, 0] + [0] * 12] * 2 + [[0, 0] + [3 + abs(a - b) // 250 for b in places] for a in places]
    return Problem([Vehicle(8, 0), Vehicle(8, 0)], visits, matrix)


def test_the_same_problem_has_the_same_solution() -> None:
    found = [solving.solve(crossing()) for _ in range(3)]
    assert found[0] is not None
    assert found == [found[0]] * 3
    assert sum(len(route) for route in found[0].routes) == 12


def ridden(problem: Problem, solution: Solution) -> int:
    starts = len(problem.vehicles)
    total = 0
    for number, route in enumerate(solution.routes):
        at = number
        for place, _ in route:
            total += problem.minutes[at][starts + place]
            at = starts + place
    return total


def test_the_solver_rides_no_longer_than_the_plain_order() -> None:
    problem = crossing()
    found = solving.solve(problem)
    assert found is not None
    assert ridden(problem, found) <= ridden(problem, routing.nearest_first(problem))


@pytest.mark.parametrize(
    "routes",
    [
        [[(1, 0), (0, 1)]],  # the door before the pickup
        [[(0, 0)]],  # fetched and never brought
        [[(0, 0), (1, 1), (1, 2)]],  # twice
        [[]],  # what must be done is not
        [[(0, 0), (1, 1)], []],  # a rider nobody knows
    ],
)
def test_a_wrong_solution_is_seen(routes: list[list[tuple[int, int]]]) -> None:
    visits = [Visit(1, 0, 60, vehicle=0), Visit(-1, 0, 60, vehicle=0, after=0)]
    problem = Problem([Vehicle(1, 0)], visits, [[0] * 3] * 3)
    assert not routing.is_sound(problem, Solution(routes))


def test_more_than_fits_is_seen() -> None:
    visits = [Visit(1, 0, 60, vehicle=0), Visit(1, 0, 60, vehicle=0)]
    problem = Problem([Vehicle(1, 0)], visits, [[0] * 3] * 3)
    assert not routing.is_sound(problem, Solution([[(0, 0), (1, 0)]]))

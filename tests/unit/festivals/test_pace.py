"""Whose turn it is, as numbers: nobody is passed over, whatever the operator does to the pace."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.engagement.festivals import rules
from galleria.engagement.festivals.model import PACE_UNIT, Pace

OPENS = datetime(2026, 11, 11, 2, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)

rates = st.integers(0, 5000)
waits = st.timedeltas(timedelta(0), timedelta(hours=3))
steps = st.lists(st.tuples(waits, rates), max_size=12)


def paces(changes: list[tuple[timedelta, int]], rate: int) -> list[tuple[datetime, Pace]]:
    """Return the pace from each moment on: as announced, and after each change."""
    now, pace = OPENS - timedelta(minutes=5), Pace(OPENS, PACE_UNIT, rate)
    found = [(now, pace)]
    for wait, per_s in changes:
        now += wait
        pace = rules.at_another_pace(pace, per_s, now)
        found.append((now, pace))
    return found


def test_before_the_opening_nobody_and_at_its_very_microsecond_the_first() -> None:
    pace = Pace(OPENS, PACE_UNIT, 500)
    assert rules.served(pace, OPENS - TICK) == 0
    assert rules.served(pace, OPENS) == 1
    assert rules.served(pace, OPENS + timedelta(seconds=1)) == 501
    assert rules.turn_at(pace, 1) == OPENS
    assert rules.turn_at(pace, 501) == OPENS + timedelta(seconds=1)


def test_while_paused_nothing_moves_and_no_turn_is_promised() -> None:
    pace = Pace(OPENS, PACE_UNIT, 100)
    halted = rules.at_another_pace(pace, 0, OPENS + timedelta(seconds=10))
    later = OPENS + timedelta(hours=5)
    assert rules.served(halted, later) == 1001
    assert rules.turn_at(halted, 1002) is None
    again = rules.at_another_pace(halted, 100, later)
    assert rules.served(again, later) == 1001
    assert rules.turn_at(again, 1002) == later + timedelta(milliseconds=10)


def test_a_pause_before_the_opening_keeps_the_opening() -> None:
    pace = rules.at_another_pace(
        rules.at_another_pace(Pace(OPENS, PACE_UNIT, 9), 0, OPENS - timedelta(hours=1)), 9, OPENS - 5 * TICK
    )
    assert pace == Pace(OPENS, PACE_UNIT, 9)


@given(steps, rates, waits)
def test_what_was_served_stays_served(changes: list[tuple[timedelta, int]], rate: int, wait: timedelta) -> None:
    seen = 0
    for at, pace in paces(changes, rate):
        for moment in (at, at + TICK):
            now = rules.served(pace, moment)
            assert now >= seen or moment > at
            seen = max(seen, rules.served(pace, at))
        assert rules.served(pace, at + wait) >= rules.served(pace, at)


@given(steps, rates)
def test_a_change_takes_nothing_and_gives_nothing_at_its_moment(
    changes: list[tuple[timedelta, int]], rate: int
) -> None:
    known = paces(changes, rate)
    for (_, before), (at, after) in itertools.pairwise(known):
        assert rules.served(before, at) == rules.served(after, at)


@given(steps, st.integers(1, 5000), st.integers(1, 2_000_000))
def test_every_number_is_served_at_its_moment_and_not_before(
    changes: list[tuple[timedelta, int]], rate: int, number: int
) -> None:
    _, pace = paces([*changes, (timedelta(0), rate)], rate)[-1]
    moment = rules.turn_at(pace, number)
    assert moment is not None
    assert rules.served(pace, moment) >= number
    if moment > pace.since:
        assert rules.served(pace, moment - TICK) < number


@given(steps, st.integers(1, 5000), st.integers(1, 100_000), st.integers(1, 1000))
def test_an_earlier_number_never_waits_for_a_later_one(
    changes: list[tuple[timedelta, int]], rate: int, number: int, more: int
) -> None:
    _, pace = paces([*changes, (timedelta(0), rate)], rate)[-1]
    first, second = rules.turn_at(pace, number), rules.turn_at(pace, number + more)
    assert first is not None
    assert second is not None
    assert first <= second


@given(st.integers(1, 5000), waits)
def test_idle_time_lets_in_a_second_of_people_at_most(rate: int, idle: timedelta) -> None:
    pace, now = Pace(OPENS, PACE_UNIT, rate), OPENS + idle
    before = rules.idle_until(pace, now)
    assert 0 <= before < rules.served(pace, now)
    assert rules.served(pace, now) - before <= rate + 1


def test_polls_come_nearer_as_the_turn_does() -> None:
    asked = [rules.poll_after(timedelta(seconds=s)) for s in (3600, 60, 20, 4, 0)]
    assert asked == [20, 15, 5, 1, 1]
    assert rules.poll_after(None) == 5


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("unknown", "unknown")],
)
def test_an_address_is_a_household_s_worth(address: str, network: str) -> None:
    assert rules.network(address) == network

"""Which rung a day in a row stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.engagement.checkins import rules
from galleria.engagement.checkins.model import LadderInput, Rung
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import new_id

WEEK = [Rung(day=1, points=5), Rung(day=3, points=10), Rung(day=7, coupon_id=new_id())]


def test_a_ladder_with_nothing_or_twice_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        rules.check(LadderInput(active=True, rungs=[Rung(day=1), Rung(day=1, points=1)]))
    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("rungs[0].points", "rung_empty"),
        ("rungs", "rung_twice"),
    ]


def test_between_rungs_a_day_brings_nothing_and_counts() -> None:
    found = [rules.reward(day, WEEK, repeats=True) for day in range(1, 9)]
    assert [None if rung is None else rung.day for rung in found] == [1, None, 3, None, None, None, 7, 1]
    assert rules.reward(100, WEEK, repeats=False) == WEEK[-1]


@given(streak=st.integers(1, 10_000), days=st.lists(st.integers(1, 60), min_size=1, unique=True), repeats=st.booleans())
def test_every_day_stands_on_the_ladder(*, streak: int, days: list[int], repeats: bool) -> None:
    place = rules.place(streak, days, repeats=repeats)
    assert 1 <= place <= max(days)
    if streak <= max(days):
        assert place == streak

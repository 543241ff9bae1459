import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from galleria.kernel.allocation import allocate, spread

totals = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=60)


@given(totals, weights)
def test_the_parts_sum_to_the_total(total: int, weights: list[int]) -> None:
    assert sum(allocate(total, weights)) == total


@given(totals, weights)
def test_no_part_is_a_whole_unit_off_its_exact_share(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    assume(whole > 0)
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part * whole - total * weight) < whole


@given(st.integers(0, 10**12), weights)
def test_who_weighs_nothing_gets_nothing(total: int, weights: list[int]) -> None:
    assume(sum(weights) > 0)
    assert all(part == 0 for part, weight in zip(allocate(total, weights), weights, strict=True) if weight == 0)


@given(totals, weights)
def test_a_negative_total_mirrors_a_positive_one(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


@given(st.integers(0, 10**9), st.integers(1, 999))
def test_spreading_differs_by_one_at_most_and_the_early_take_more(total: int, count: int) -> None:
    parts = spread(total, count)
    assert max(parts) - min(parts) <= 1
    assert parts == sorted(parts, reverse=True)


def test_ties_go_to_the_earlier() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]


def test_nobody_can_share_nothing_only() -> None:
    assert allocate(0, []) == []
    with pytest.raises(ValueError, match="nobody"):
        allocate(1, [])


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(1, [2, -1])

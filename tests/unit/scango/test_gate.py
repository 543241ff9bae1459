"""Whose bag is looked at, what differs in it, and when a code at the gate is good."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce import redemption
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import ShopId, VariantId, new_id
from galleria.onsite.scango import rules
from galleria.onsite.scango.model import Terms

KEY = b"k" * 32
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TERMS = Terms(
    shop_id=ShopId(new_id()),
    active=True,
    check_bp=500,
    newcomer_bp=3000,
    removed_pieces=3,
    value_minor=50_000,
    rescan_pieces=5,
    idle_minutes=90,
    formats=[],
    changed_at=None,
)


def basket(**over: int) -> rules.Basket:
    return rules.Basket(**{"lot": 9999, "removed": 0, "paid_minor": 100, "left_before": 1, **over})


@pytest.mark.parametrize(
    ("over", "reasons"),
    [
        ({}, []),
        ({"lot": 499}, ["random"]),
        ({"lot": 500}, []),
        ({"lot": 2999}, []),
        ({"lot": 2999, "left_before": 0}, ["newcomer"]),
        ({"lot": 3000, "left_before": 0}, []),
        ({"removed": 3}, ["removed"]),
        ({"paid_minor": 50_000}, ["value"]),
        ({"removed": 9, "paid_minor": 50_000, "lot": 0}, ["removed", "value", "random"]),
    ],
)
def test_whose_bag_is_looked_at(over: dict[str, int], reasons: list[str]) -> None:
    assert rules.reasons_to_check(TERMS, basket(**over)) == reasons


def test_a_shop_that_checks_nobody_checks_nobody() -> None:
    free = msgspec.structs.replace(TERMS, check_bp=0, newcomer_bp=0, value_minor=None)
    assert rules.reasons_to_check(free, basket(lot=0, left_before=0)) == []


def test_lots_are_even_and_drawn_once() -> None:
    lots = [rules.draw(KEY, new_id()) for _ in range(4000)]
    tenths = Counter(lot // 1000 for lot in lots)
    assert set(tenths) == set(range(10))
    assert min(tenths.values()) > 300
    one = new_id()
    assert rules.draw(KEY, one) == rules.draw(KEY, one)


pieces = st.dictionaries(st.sampled_from([VariantId(new_id()) for _ in range(5)]), st.integers(0, 5), max_size=5)


@given(paid=pieces, found=pieces)
def test_more_than_was_paid_is_always_seen_and_less_when_all_was_scanned(
    paid: dict[VariantId, int], found: dict[VariantId, int]
) -> None:
    sample, everything = (rules.differences(paid, found, everything=flag) for flag in (False, True))
    for good in {*paid, *found}:
        there, due = found.get(good, 0), paid.get(good, 0)
        assert (good in sample) == (there > due)
        assert (good in everything) == (there != due)


def test_a_code_is_good_for_a_minute_and_told_from_a_wrong_one_for_ten() -> None:
    secret = b"s" * 32
    shown = redemption.rotating(secret, redemption.step_at(NOW))
    assert rules.age_of_code(secret, shown, NOW) == 0
    assert rules.age_of_code(secret, shown, NOW + timedelta(seconds=30)) == 1
    assert rules.age_of_code(secret, shown, NOW + timedelta(minutes=5)) == 10
    wrong = next(d for n in range(10_000) if (d := f"{n:04}") not in
                 {redemption.rotating(secret, redemption.step_at(NOW) - away) for away in range(-1, 21)})  # fmt: skip
    assert rules.age_of_code(secret, wrong, NOW) is None


@pytest.mark.parametrize("code", ["", "GAX:12345678", "GAL:123456781234", "x" * 12, "１２３４５６７８１２３４"])
def test_what_is_no_exit_code(code: str) -> None:
    with pytest.raises(Invalid):
        rules.split_exit(code)


def test_exit_codes_come_as_people_and_scanners_give_them() -> None:
    for code in ("GAX:123456781234", "gax:123456781234", "1234 5678 1234"):
        assert rules.split_exit(code) == ("12345678", "1234")

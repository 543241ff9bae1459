"""Where a statement and our books differ, decided without a database."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.ids import MallId, OrderId
from galleria.value.payments import LineKind, StatementLine, rules
from galleria.value.payments.model.reconciliation import DifferenceKind, Ours, StatementOf

MALL, OTHER = MallId(UUID(int=1)), MallId(UUID(int=2))
LINE = StatementLine(
    kind=LineKind.PAYMENT,
    mall_id=MALL,
    number="n",
    reference="r",
    amount_minor=100,
    currency="CNY",
    fee_minor=1,
    at=datetime(2026, 5, 1, tzinfo=UTC),
)
MINE = Ours(
    kind=LineKind.PAYMENT,
    number="n",
    order_id=OrderId(UUID(int=3)),
    amount_minor=100,
    currency="CNY",
    state="succeeded",
    told_before=False,
)


def of(line: dict[str, Any] | None, mine: dict[str, Any] | None) -> list[str]:
    lines = [] if line is None else [msgspec.structs.replace(LINE, **line)]
    ours = [] if mine is None else [msgspec.structs.replace(MINE, **mine)]
    return [one.kind.value for one in rules.compare(lines, ours)]


@pytest.mark.parametrize(
    ("line", "mine", "kinds"),
    [
        ({}, {}, []),
        ({}, None, ["missing_here"]),
        (None, {}, ["missing_there"]),
        (None, {"told_before": True}, []),
        (None, {"state": "failed"}, []),
        ({"amount_minor": 99}, {}, ["amount_differs"]),
        ({"currency": "USD"}, {}, ["amount_differs"]),
        ({}, {"state": "closed"}, ["state_differs"]),
        ({}, {"state": "unknown"}, ["state_differs"]),
        ({"succeeded": False}, {}, ["state_differs"]),
        ({"succeeded": False}, {"state": "failed"}, []),
        ({"succeeded": False}, None, []),
        ({"fee_minor": None}, {}, ["fee_unknown"]),
        ({"fee_minor": 0}, {}, []),
        ({"kind": LineKind.REFUND}, {}, ["missing_here", "missing_there"]),
    ],
)
def test_each_difference_has_its_kind(
    line: dict[str, Any] | None, mine: dict[str, Any] | None, kinds: list[str]
) -> None:
    assert of(line, mine) == kinds


def test_a_payment_told_twice_is_found() -> None:
    assert [one.kind for one in rules.compare([LINE, LINE], [MINE])] == [DifferenceKind.TWICE]


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_what_only_one_side_has_is_found_and_nothing_else(theirs: set[int], mine: set[int]) -> None:
    lines = [msgspec.structs.replace(LINE, number=str(n)) for n in theirs]
    ours = [msgspec.structs.replace(MINE, number=str(n)) for n in mine]
    found = {(one.kind, one.number) for one in rules.compare(lines, ours)}
    expected = {(DifferenceKind.MISSING_HERE, str(n)) for n in theirs - mine}
    assert found == expected | {(DifferenceKind.MISSING_THERE, str(n)) for n in mine - theirs}


def test_a_line_of_no_mall_of_ours_is_told_to_one_of_them() -> None:
    stray = msgspec.structs.replace(LINE, mall_id=None, number="stray")
    assert rules.by_mall([LINE, stray], [OTHER, MALL]) == {MALL: [LINE], OTHER: [stray]}
    assert rules.by_mall([stray], []) == {}


def test_sums_count_what_succeeded() -> None:
    back = msgspec.structs.replace(LINE, kind=LineKind.REFUND, amount_minor=30, fee_minor=None)
    lost = msgspec.structs.replace(back, succeeded=False)
    assert rules.sums([LINE, back, lost]) == (100, 30, 1)


def test_the_ledger_is_compared_with_all_providers() -> None:
    which = StatementOf(
        mall_id=MALL, provider="p", day=date(2026, 5, 1), starts_at=LINE.at, ends_at=LINE.at, currency="CNY"
    )
    assert rules.compare_ledger(which, collected_minor=5, booked_minor=5) == []
    [one] = rules.compare_ledger(which, collected_minor=5, booked_minor=4)
    assert (one.kind, one.ours_minor, one.theirs_minor) == ("ledger_differs", 4, 5)

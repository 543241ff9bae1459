"""Runs only move forward, whatever is told in whatever order, and cost what was agreed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.adapters.couriers_sandbox import kuaisong, swift
from galleria.commerce.couriers import rules
from galleria.commerce.couriers.model import (
    RUN_ENDED,
    RUN_TRANSITIONS,
    CancelWhy,
    Choose,
    CourierNotice,
    CourierPolicy,
    Quote,
    Request,
    RequestId,
    RequestState,
    Run,
    RunId,
    RunState,
    Trouble,
)
from galleria.kernel.ids import MallId, MemberId, ShipmentId
from galleria.kernel.places import Stop

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SOME = UUID(int=7)
STATES = st.sampled_from(RunState)


def a_run(state: RunState = RunState.QUOTED, **over: object) -> Run:
    stop = Stop(name="x", address="y")
    request = Request(
        mall_id=MallId(SOME), id=RequestId(SOME), shipment_id=ShipmentId(SOME), member_id=MemberId(SOME), number="1",
        title="x", pickup=stop, dropoff=stop, goods_minor=0, weight_g=1, currency="CNY", ready_at=NOW, deliver_by=NOW,
        state=RequestState.SEEKING, reason="", tries=1, asked=0, created_at=NOW, ended_at=None,
    )  # fmt: skip
    quote = Quote(company="a", price_minor=900, minutes=30, cancel_minor=200, return_minor=450, at=NOW)
    run = rules.new_run(request, quote, 1, RunId(SOME), NOW)
    return msgspec.structs.replace(run, state=state, **over)


def a_notice(state: RunState | None, reason: Trouble | None = None, minutes: int = 0) -> CourierNotice:
    return CourierNotice(
        notice_id="n", company="a", mall_id=MallId(SOME), run_id=RunId(SOME), state=state, reason=reason,
        said_at=NOW + timedelta(minutes=minutes),
    )  # fmt: skip


@given(st.lists(st.tuples(STATES, st.one_of(st.none(), st.sampled_from(Trouble)))))
def test_whatever_is_told_a_run_only_moves_forward(told: list[tuple[RunState, Trouble | None]]) -> None:
    run, way = a_run(RunState.OFFERED), [RunState.OFFERED]
    for state, reason in told:
        effect = rules.effect_of(run, a_notice(state, reason), NOW)
        assert (effect.outcome == "moved") == (effect.run.state is not run.state)
        run = effect.run
        way.append(run.state)
        assert (run.ended_at is not None) == (run.state in RUN_ENDED)
        assert run.cost_minor >= 0
        assert run.cost_minor == 0 or run.state in RUN_ENDED
    assert all(before is after or after in RUN_TRANSITIONS[before] for before, after in pairwise(way))


@given(st.lists(STATES, unique=True))
def test_told_in_any_order_the_end_is_the_end(told: list[RunState]) -> None:
    """Of one run's real way, each step told once in any order, the last one wins."""
    way = [RunState.ACCEPTED, RunState.TO_SHOP, RunState.PICKED, RunState.DELIVERING, RunState.DELIVERED]
    run = a_run(RunState.OFFERED)
    for state in [s for s in told if s in way]:
        run = rules.effect_of(run, a_notice(state), NOW).run
    assert run.state is max([RunState.OFFERED, *(s for s in told if s in way)], key=[RunState.OFFERED, *way].index)


@pytest.mark.parametrize(
    ("state", "over", "cost"),
    [
        (RunState.DELIVERED, {"tip_minor": 300}, 1200),
        (RunState.RETURNED, {"tip_minor": 300}, 1650),
        (RunState.CANCELLED, {"reason": "called_off", "accepted_at": NOW}, 200),
        (RunState.CANCELLED, {"reason": "called_off"}, 0),
        (RunState.CANCELLED, {"reason": "merchant_not_ready", "accepted_at": NOW}, 200),
        (RunState.CANCELLED, {"reason": "capacity", "accepted_at": NOW}, 0),
        (RunState.CANCELLED, {"reason": "rider_fault", "accepted_at": NOW}, 0),
    ],
)
def test_a_run_costs_what_was_agreed(state: RunState, over: dict[str, object], cost: int) -> None:
    run = a_run(state, **over)
    assert rules.cost(run) == cost
    entry = rules.cost_entry(msgspec.structs.replace(run, cost_minor=cost), "CNY")
    assert (entry is None) == (cost == 0)
    assert entry is None or sum(posting.amount for posting in entry.postings) == 0


def test_a_run_over_here_but_not_there_is_an_orphan() -> None:
    run = a_run(RunState.CANCELLED, ended_at=NOW)
    assert rules.effect_of(run, a_notice(RunState.ACCEPTED), NOW).outcome == "orphan"
    assert rules.effect_of(run, a_notice(RunState.CANCELLED), NOW).outcome == "stale"


def test_goods_on_the_way_are_not_cancelled_by_a_word() -> None:
    for state in (RunState.PICKED, RunState.DELIVERING):
        assert rules.effect_of(a_run(state), a_notice(RunState.CANCELLED), NOW).outcome == "stale"


def test_a_moment_in_the_future_counts_as_now() -> None:
    run = rules.effect_of(a_run(RunState.OFFERED), a_notice(RunState.DELIVERED, minutes=90), NOW).run
    assert run.delivered_at == NOW


def test_a_company_that_let_it_down_comes_after_all_others() -> None:
    policy = CourierPolicy(choose=Choose.CHEAPEST, companies=["a", "b"], tries_max=9)
    quotes = [Quote(company=name, price_minor=price, minutes=10, at=NOW) for name, price in (("a", 1), ("b", 2))]
    order, runs = [], list[Run]()
    for _ in range(4):
        chosen = rules.next_company(quotes, runs, policy)
        assert chosen is not None
        order.append(chosen.company)
        runs.append(a_run(RunState.CANCELLED, company=chosen.company, reason="rider_fault"))
    assert order == ["a", "b", "a", "b"]
    assert rules.next_company(quotes, runs, msgspec.structs.replace(policy, tries_max=4)) is None


def test_a_company_that_does_not_go_there_is_not_asked_again() -> None:
    policy = CourierPolicy(companies=["a"], tries_max=9)
    quotes = [Quote(company="a", price_minor=1, minutes=10, at=NOW)]
    for reason in ("out_of_range", "called_off"):
        runs = [a_run(RunState.CANCELLED, company="a", reason=reason, cancel_why=CancelWhy.ASKED)]
        assert rules.next_company(quotes, runs, policy) is None


def test_every_word_and_number_of_the_dialects_is_known() -> None:
    assert set(kuaisong.STATES) == {101, 102, 103, 201, 202, 203, 204, 205, 301, 302, 303, 304, 305, 401, 501, 502}
    assert (
        {state for state, _ in kuaisong.STATES.values()}
        == set(swift.STATES.values())
        == set(RunState) - {RunState.QUOTED}
    )


@given(st.integers(0, 10**9))
def test_decimals_are_minor_units_and_back(amount: int) -> None:
    assert swift.minor(swift.decimal(amount)) == amount


@pytest.mark.parametrize("bad", ["", "abc", "1.005", "NaN", "Infinity", "1,50"])
def test_an_amount_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        swift.minor(bad)

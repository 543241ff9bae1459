"""What follows a report: transitions that can be, late phones, distances."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce.riders.model import (
    ERRAND_TRANSITIONS,
    FINAL,
    Errand,
    ErrandId,
    ErrandState,
    Failure,
    RiderPolicy,
    TaskKind,
)
from galleria.commerce.riders.rules import reporting
from galleria.kernel.ids import MallId, MemberId, ShipmentId, StaffId, new_id
from galleria.kernel.places import Stop, distance_m

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def an_errand(state: ErrandState, attempts: int) -> Errand:
    stop = Stop(name="x", address="y")
    return Errand(
        mall_id=MallId(new_id()), id=ErrandId(new_id()), shipment_id=ShipmentId(new_id()),
        member_id=MemberId(new_id()), number="1", title="x", pieces=1, pickup=stop, dropoff=stop, ready_at=NOW,
        window_from=NOW, window_to=NOW, code_hash=None, code_tries=0, state=state, staff_id=StaffId(new_id()),
        attempts=attempts, reason="", created_at=NOW, picked_at=None, ended_at=None,
    )  # fmt: skip


WHERE = {
    TaskKind.PICKUP: ErrandState.ASSIGNED,
    TaskKind.DROPOFF: ErrandState.CARRYING,
    TaskKind.GIVEBACK: ErrandState.RETURNING,
}


@given(st.sampled_from(TaskKind), st.sampled_from(Failure), st.integers(0, 9), st.integers(1, 9))
def test_what_follows_a_failure_can_be_and_ends(kind: TaskKind, reason: Failure, attempts: int, most: int) -> None:
    errand = an_errand(WHERE[kind], attempts)
    follows = reporting.after_failure(errand, kind, reason, RiderPolicy(attempts_max=most))
    assert follows.state is errand.state or follows.state in ERRAND_TRANSITIONS[errand.state]
    if kind is TaskKind.DROPOFF:
        assert (follows.kind is TaskKind.DROPOFF) == (reason not in FINAL and attempts + 1 < most)


@given(st.timedeltas(min_value=timedelta(days=-900), max_value=timedelta(days=900)))
def test_a_phones_time_is_within_a_day_before_now(shift: timedelta) -> None:
    assert NOW - timedelta(hours=24) <= reporting.happened_at(NOW + shift, NOW) <= NOW


def test_the_same_code_of_another_shipment_is_another_hash() -> None:
    one, other = ShipmentId(new_id()), ShipmentId(new_id())
    assert reporting.code_hash(one, "123456") != reporting.code_hash(other, "123456")


def test_distances_are_those_of_the_globe() -> None:
    people_square, the_bund = (31.2304, 121.4737), (31.2400, 121.4900)
    assert distance_m(people_square, people_square) == 0
    assert 1800 < distance_m(people_square, the_bund) < 1950
    assert distance_m((0, 0), (0, 180)) == 20_015_114

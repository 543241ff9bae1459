from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.foundation.ledger import AccountKind, Movement
from galleria.foundation.ledger.model import EntryId
from galleria.foundation.ledger.rules import require_sound
from galleria.kernel.ids import GroupId, MallId, MemberId, MerchantId, OrderId, SubOrderId
from galleria.value.points.model import Award, AwardState, HistoryKind, Posts
from galleria.value.points.rules import active, entries, kind_of, owed, pending, points_for, withdrawal

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANN = MemberId(UUID(int=1))
BEN = MemberId(UUID(int=2))


def award(points: int, state: AwardState = AwardState.ACTIVE, *, repaid: int = 0, member_id: MemberId = ANN) -> Award:
    posts = Posts.AT_ONCE if state is AwardState.ACTIVE else Posts.AFTER_REFUND_WINDOW
    return Award(
        MallId(UUID(int=3)), SubOrderId(uuid4()), OrderId(UUID(int=5)), GroupId(UUID(int=6)), member_id,
        MerchantId(UUID(int=7)), "茶铺", "Tea", points, state, posts, NOW, 30, repaid,
    )  # fmt: skip


@given(st.integers(0, 10**9), st.integers(0, 1_000_000), st.integers(0, 10**9))
def test_points_never_exceed_the_rate_and_never_grow_when_less_is_paid(paid: int, bp: int, less: int) -> None:
    points = points_for(paid, bp)
    assert points * 1_000_000 <= paid * bp < (points + 1) * 1_000_000
    assert points_for(max(0, paid - less), bp) <= points


def test_one_point_a_yuan_counts_whole_yuan() -> None:
    assert [points_for(minor, 10_000) for minor in (0, 99, 100, 199, 10_000)] == [0, 0, 1, 1, 100]


def sums(made: list, account: object) -> int:  # type: ignore[type-arg]
    return sum(p.amount for entry in made for p in entry.postings if p.account == account)


@given(
    st.lists(st.tuples(st.sampled_from([ANN, BEN]), st.integers(1, 100)), min_size=1, max_size=6),
    st.integers(0, 300),
    st.booleans(),
)
def test_active_points_pay_what_is_owed_first(
    gains: list[tuple[MemberId, int]],
    debt: int,
    activation: bool,  # noqa: FBT001
) -> None:
    totals = {m: sum(p for who, p in gains if who == m) for m in (ANN, BEN)}
    repaid = {ANN: min(debt, totals[ANN]), BEN: 0}
    made = entries([award(p, repaid=repaid[m], member_id=m) for m, p in gains], activation=activation)
    for entry in made:
        require_sound(entry)
    for member in (ANN, BEN):
        assert sums(made, owed(member)) == repaid[member]
        assert sums(made, active(member)) == totals[member] - repaid[member]
        assert sums(made, pending(member)) == (-totals[member] if activation else 0)


def test_pending_points_wait_and_active_ones_end_in_time() -> None:
    (waits,) = entries([award(9, AwardState.PENDING, repaid=5)])
    assert sums([waits], pending(ANN)) == 9
    assert sums([waits], owed(ANN)) == 0
    (now,) = entries([award(9)])
    assert [p.expires_at for p in now.postings] == [None, NOW + timedelta(days=30)]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.sampled_from([AwardState.PENDING, AwardState.ACTIVE])), min_size=1),
    st.integers(0, 200),
)
def test_taking_back_never_takes_more_than_is_there(lost: list[tuple[int, AwardState]], available: int) -> None:
    awards = [award(points, state) for points, state in lost]
    entry, short = withdrawal(UUID(int=8), awards, available)
    require_sound(entry)
    from_active = sum(points for points, state in lost if state is AwardState.ACTIVE)
    assert sums([entry], active(ANN)) == -min(from_active, available)
    assert sums([entry], owed(ANN)) == -short == -(from_active - min(from_active, available))
    assert sums([entry], pending(ANN)) == -sum(points for points, state in lost if state is AwardState.PENDING)


@pytest.mark.parametrize(
    ("code", "amounts", "kind"),
    [
        ("points.awarded", {AccountKind.MEMBER_POINTS_PENDING: 5}, HistoryKind.PENDING),
        ("points.awarded", {AccountKind.MEMBER_POINTS: 5}, HistoryKind.EARNED),
        ("points.awarded", {AccountKind.MEMBER_POINTS_OWED: 5}, HistoryKind.EARNED),
        ("points.activated", {AccountKind.MEMBER_POINTS: 5}, HistoryKind.ACTIVATED),
        ("points.taken_back", {AccountKind.MEMBER_POINTS: -5}, HistoryKind.TAKEN_BACK),
        ("points.repaid", {AccountKind.MEMBER_POINTS: -5}, HistoryKind.REPAID),
        ("ledger.expired", {AccountKind.MEMBER_POINTS: -5}, HistoryKind.EXPIRED),
        ("coupons.bought", {AccountKind.MEMBER_POINTS: -5}, HistoryKind.SPENT),
        ("coupons.bought", {AccountKind.MEMBER_POINTS: 5}, HistoryKind.RETURNED),
    ],
)
def test_a_movement_says_why(code: str, amounts: dict[str, int], kind: HistoryKind) -> None:
    movement = Movement(EntryId(uuid4()), NOW, None, code, uuid4(), amounts, None)
    assert kind_of(movement) is kind

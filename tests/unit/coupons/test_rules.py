"""Who gets a claim out of a crowd, decided without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import ClaimId, CouponId, GroupId, HouseholdId, MallId, MemberId
from galleria.value import coupons, promotions
from galleria.value.coupons.rules import claiming
from galleria.value.coupons.rules.pool import left, roll_over

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GROUP = GroupId(UUID(int=7))
DAY = timedelta(days=1)


TERMS = coupons.CouponInput(
    title_zh="券",
    title_en="Coupon",
    kind=coupons.CouponKind.AMOUNT,
    amount_minor=100,
    claim_from=NOW - DAY,
    claim_until=NOW + DAY,
    use_from=NOW,
    use_until=NOW + DAY,
    total=10,
    funder=coupons.CouponFunder.MALL,
)


def coupon(**over: Any) -> coupons.Coupon:
    said = {name: getattr(TERMS, name) for name in coupons.CouponInput.__struct_fields__}
    grown: dict[str, Any] = {
        "mall_id": MallId(UUID(int=1)), "id": CouponId(UUID(int=2)), "claimed": 0, "committed_minor": 0,
        "day_on": None, "day_claimed": 0, "pooled": False, "state": coupons.CouponState.LIVE, "version": 1,
        "latest_version": 1, "approved_version": 1, "created_at": NOW,
    }  # fmt: skip
    return coupons.Coupon(**said | grown | over)


def want(member: int, group: GroupId = GROUP, **over: Any) -> coupons.Want:
    given: dict[str, Any] = {"now": NOW, "claim_id": ClaimId(UUID(int=member + 1000))} | over
    return coupons.Want(group_id=group, member_id=MemberId(UUID(int=member)), **given)


@given(
    members=st.lists(st.integers(1, 8), max_size=40),
    total=st.integers(1, 20),
    per_member=st.integers(1, 3),
    before=st.dictionaries(st.integers(1, 8), st.integers(1, 3)),
)
def test_a_crowd_gets_all_it_may_and_nothing_more(
    members: list[int], total: int, per_member: int, before: dict[int, int]
) -> None:
    taken = min(sum(before.values()), total)
    held = {MemberId(UUID(int=m)): claiming.Held(MemberId(UUID(int=m)), n, NOW) for m, n in before.items()}
    limited = coupon(total=total, claimed=taken, per_member=per_member)
    outcomes = claiming.decide(limited, [want(m) for m in members], claiming.Counted(members=held), GROUP)
    granted = [(m, one.seq) for m, one in zip(members, outcomes, strict=True) if isinstance(one, claiming.Award)]
    assert len(set(granted)) == len(granted)
    assert all(before.get(m, 0) < seq <= per_member for m, seq in granted)
    room = sum(min(members.count(m), max(per_member - before.get(m, 0), 0)) for m in set(members))
    assert len(granted) == min(total - taken, room)


def test_a_member_of_another_group_is_not_found() -> None:
    [outcome] = claiming.decide(coupon(), [want(1, GroupId(UUID(int=8)))], claiming.Counted(members={}), GROUP)
    assert isinstance(outcome, NotFound)


def test_who_has_theirs_hears_so_even_when_all_are_gone() -> None:
    gone = coupon(claimed=10)
    mine = claiming.refusal(gone, claimed=10, mine=1, my_last=NOW, now=NOW)
    assert isinstance(mine, coupons.CouponLimitReached)
    assert mine.params == {"per_member": 1, "taken_at": "2026-05-01T00:00:00Z"}
    assert isinstance(claiming.refusal(gone, claimed=10, mine=0, my_last=None, now=NOW), coupons.CouponSoldOut)


def test_the_claim_period_is_half_open() -> None:
    plain = coupon()

    def at(moment: datetime) -> object:
        return claiming.refusal(plain, claimed=0, mine=0, my_last=None, now=moment)

    assert at(plain.claim_from) is None
    assert isinstance(at(plain.claim_from - timedelta(microseconds=1)), coupons.CouponNotStarted)
    assert isinstance(at(plain.claim_until), coupons.CouponEnded)


LIMITED: list[tuple[dict[str, Any], list[dict[str, Any]], list[str]]] = [
    (
        {"per_device": 1},
        [{"facts": coupons.Facts(device=UUID(int=5))}, {"facts": coupons.Facts(device=UUID(int=5))}, {}],
        ["", "coupon_device_limit", "coupon_device_unknown"],
    ),
    (
        {"per_household": 1},
        [
            {"facts": coupons.Facts(household_id=HouseholdId(UUID(int=6)))},
            {"facts": coupons.Facts(household_id=HouseholdId(UUID(int=6)))},
            {},
        ],
        ["", "coupon_household_limit", ""],
    ),
    ({"daily_total": 2, "day_on": NOW.date(), "day_claimed": 1}, [{}, {}], ["", "coupon_sold_out_today"]),
    ({"daily_total": 2, "day_on": (NOW - DAY).date(), "day_claimed": 2}, [{}], [""]),
    ({"budget_minor": 250}, [{}, {}, {}], ["", "", "coupon_budget_spent"]),
    ({"gate": "festival"}, [{}, {"through": "festival"}], ["coupon_gated", ""]),
    (
        {"issue_by": (coupons.ClaimSource.CODE,)},
        [{}, {"source": coupons.ClaimSource.CODE}],
        ["coupon_not_issued_so", ""],
    ),
    (
        {"audience": coupons.Audience(tiers=("gold",))},
        [{}, {"facts": coupons.Facts(tier="silver")}, {"facts": coupons.Facts(tier="gold")}],
        ["coupon_not_for_you", "coupon_not_for_you", ""],
    ),
    (
        {"audience": coupons.Audience(new_customer=True)},
        [{}, {"facts": coupons.Facts(new_customer=False)}, {"facts": coupons.Facts(new_customer=True)}],
        ["coupon_not_for_you", "coupon_not_for_you", ""],
    ),
    (
        {"audience": coupons.Audience(birthday=promotions.Birthday.MONTH)},
        [{}, {"facts": coupons.Facts(birthday=(4, 30))}, {"facts": coupons.Facts(birthday=(5, 31))}],
        ["coupon_not_for_you", "coupon_not_for_you", ""],
    ),
]


@pytest.mark.parametrize(("over", "wants", "codes"), LIMITED)
def test_each_limit_says_why(over: dict[str, Any], wants: list[dict[str, Any]], codes: list[str]) -> None:
    counted = claiming.Counted(members={}, day=NOW.date())
    asked = [want(i + 1, **one) for i, one in enumerate(wants)]
    outcomes = claiming.decide(coupon(**over), asked, counted, GROUP)
    assert [getattr(outcome, "code", "") for outcome in outcomes] == codes


def test_a_member_has_so_many_a_day() -> None:
    held = {MemberId(UUID(int=1)): claiming.Held(MemberId(UUID(int=1)), 2, NOW - DAY, 0)}
    limited = coupon(per_member=5, per_member_day=2)
    outcomes = claiming.decide(limited, [want(1)] * 3, claiming.Counted(members=held), GROUP)
    assert [getattr(outcome, "code", "") for outcome in outcomes] == ["", "", "coupon_day_limit_reached"]


def pool(number: int, total: int, **over: Any) -> coupons.Pool:
    given: dict[str, Any] = {"id": UUID(int=number), "total": total, "claimed": 0, "carried": 0}
    return coupons.Pool(**given | over)


def test_a_pool_serves_its_own_first_and_the_common_one_then() -> None:
    pools = [pool(1, 5), pool(2, 1, tier="gold")]
    gold: dict[str, Any] = {"facts": coupons.Facts(tier="gold")}
    outcomes = claiming.decide(
        coupon(pooled=True),
        [want(1, **gold), want(2, **gold), want(3)],
        claiming.Counted(members={}, pools=pools),
        GROUP,
    )
    assert [one.pool_id for one in outcomes if isinstance(one, claiming.Award)] == [
        UUID(int=2), UUID(int=1), UUID(int=1),
    ]  # fmt: skip


def test_a_window_that_is_shut_says_when_the_next_one_opens() -> None:
    pools = [
        pool(1, 1, starts_at=NOW, ends_at=NOW + timedelta(hours=1)),
        pool(2, 1, starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=2)),
    ]
    first, second = claiming.decide(
        coupon(pooled=True), [want(1), want(2)], claiming.Counted(members={}, pools=pools), GROUP
    )
    assert isinstance(first, claiming.Award)
    assert isinstance(second, coupons.CouponPoolEmpty)
    assert second.params == {"next_at": "2026-05-01T01:00:00Z"}
    [stranger] = claiming.decide(
        coupon(pooled=True), [want(1)], claiming.Counted(members={}, pools=[pool(3, 1, district="east")]), GROUP
    )
    assert isinstance(stranger, coupons.CouponNoPool)


@given(
    totals=st.lists(st.integers(1, 20), min_size=1, max_size=6),
    claimed=st.lists(st.integers(0, 20), min_size=6, max_size=6),
    rolls=st.lists(st.booleans(), min_size=6, max_size=6),
    hours=st.integers(0, 8),
)
def test_what_rolls_over_is_neither_lost_nor_made(
    totals: list[int], claimed: list[int], rolls: list[bool], hours: int
) -> None:
    hour = timedelta(hours=1)
    pools = [
        pool(i, total, claimed=min(claimed[i], total), roll_over=rolls[i],
             starts_at=NOW + i * hour, ends_at=NOW + (i + 1) * hour)
        for i, total in enumerate(totals)
    ]  # fmt: skip
    now = NOW + hours * hour
    carries = roll_over(pools, now)
    after = {one.id: left(one) for one in pools}
    for carry in carries:
        after[carry.from_id] -= carry.quantity
        after[carry.to_id] += carry.quantity
    assert sum(after.values()) == sum(left(one) for one in pools)
    assert all(rest >= 0 for rest in after.values())
    for one in pools[:-1]:
        if one.roll_over and one.ends_at is not None and one.ends_at <= now:
            assert after[one.id] == 0
    rolled = [
        pool(one.id.int, one.total, claimed=one.claimed, roll_over=one.roll_over, starts_at=one.starts_at,
             ends_at=one.ends_at, carried=after[one.id] - one.total + one.claimed)
        for one in pools
    ]  # fmt: skip
    assert roll_over(rolled, now) == []

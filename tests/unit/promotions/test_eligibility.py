"""Who may have an offer, when and where."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories.promotions import MEMBER, NOW, at, coupon, line, offer, priced, uid

from galleria.value import promotions as p

GOODS = [line("a", 10_000, shop=1)]
OFF = p.AmountOff(amount_minor=1_000)


def reason(eligibility: p.Eligibility, *, facts: p.Facts = MEMBER, context: p.Context | None = None) -> p.Reason | None:
    return priced(GOODS, offer(1, OFF, eligibility=eligibility), facts=facts, context=context).decisions[0].reason


def test_a_period_is_half_open() -> None:
    assert reason(p.Eligibility(starts_at=NOW, ends_at=NOW + timedelta(seconds=1))) is None
    assert reason(p.Eligibility(starts_at=NOW + timedelta(seconds=1))) is p.Reason.NOT_STARTED
    assert reason(p.Eligibility(ends_at=NOW)) is p.Reason.ENDED


def test_a_coupon_past_its_time_has_ended() -> None:
    [gone] = priced(GOODS, coupon(1, OFF, expires_at=NOW)).decisions
    assert gone.reason is p.Reason.ENDED


def test_days_and_hours_are_the_malls_own() -> None:
    assert reason(p.Eligibility(weekdays=(5,))) is None  # Friday noon in Shanghai
    assert reason(p.Eligibility(weekdays=(6, 7))) is p.Reason.NOT_TODAY
    assert reason(p.Eligibility(month_days=(1,))) is None
    assert reason(p.Eligibility(month_days=(8, 18, 28))) is p.Reason.NOT_TODAY
    assert reason(p.Eligibility(minutes=((720, 721),))) is None
    assert reason(p.Eligibility(minutes=((600, 720), (721, 800)))) is p.Reason.NOT_THIS_HOUR
    late = at(datetime(2026, 5, 1, 17, tzinfo=UTC))  # one in the morning of Saturday there
    assert reason(p.Eligibility(weekdays=(6,)), context=late) is None


def test_where() -> None:
    assert reason(p.Eligibility(channels=("app",))) is None
    assert reason(p.Eligibility(channels=("store",))) is p.Reason.CHANNEL
    assert reason(p.Eligibility(on_site=True)) is p.Reason.NOT_ON_SITE
    assert reason(p.Eligibility(on_site=True), context=at(on_site=True)) is None


@pytest.mark.parametrize(
    "eligibility",
    [
        p.Eligibility(members_only=True),
        p.Eligibility(new_customer=True),
        p.Eligibility(first_order_in_shop=True),
        p.Eligibility(birthday=p.Birthday.DAY),
        p.Eligibility(tiers=("gold",)),
    ],
)
def test_a_visitor_is_asked_to_sign_in(eligibility: p.Eligibility) -> None:
    assert reason(eligibility, facts=p.Facts()) is p.Reason.MEMBERS_ONLY


def test_new_customers_and_tiers() -> None:
    assert reason(p.Eligibility(new_customer=True)) is p.Reason.NOT_NEW_CUSTOMER
    assert reason(p.Eligibility(new_customer=True), facts=p.Facts(member=True, new_customer=True)) is None
    assert reason(p.Eligibility(tiers=("gold", "black"))) is p.Reason.TIER
    assert reason(p.Eligibility(tiers=("gold", "black")), facts=p.Facts(member=True, tier="black")) is None


def test_a_first_order_counts_only_goods_of_shops_that_are_new_to_the_shopper() -> None:
    first = offer(1, p.PercentOff(percent_bp=1_000), eligibility=p.Eligibility(first_order_in_shop=True))
    known = p.Facts(member=True, shops_ordered=frozenset({uid(1)}))
    goods = [*GOODS, line("b", 5_000, shop=2)]
    assert priced(goods, first, facts=known).discount_minor == 500
    assert priced(GOODS, first, facts=known).decisions[0].reason is p.Reason.NOT_FIRST_ORDER


@pytest.mark.parametrize(
    ("near", "birthday", "day", "has"),
    [
        (p.Birthday.DAY, (5, 1), (2026, 5, 1), True),
        (p.Birthday.DAY, (5, 2), (2026, 5, 1), False),
        (p.Birthday.WEEK, (5, 4), (2026, 5, 1), True),
        (p.Birthday.WEEK, (5, 5), (2026, 5, 1), False),
        (p.Birthday.WEEK, (12, 30), (2027, 1, 2), True),
        (p.Birthday.MONTH, (5, 31), (2026, 5, 1), True),
        (p.Birthday.MONTH, (4, 30), (2026, 5, 1), False),
        (p.Birthday.DAY, (2, 29), (2027, 2, 28), True),
        (p.Birthday.DAY, (2, 29), (2028, 2, 28), False),
        (p.Birthday.DAY, (2, 29), (2028, 2, 29), True),
        (p.Birthday.DAY, None, (2026, 5, 1), False),
    ],
)
def test_birthdays(near: p.Birthday, birthday: tuple[int, int] | None, day: tuple[int, int, int], *, has: bool) -> None:
    facts = p.Facts(member=True, birthday=birthday)
    found = reason(p.Eligibility(birthday=near), facts=facts, context=at(datetime(*day, 4, tzinfo=UTC)))
    assert found is (None if has else p.Reason.NOT_BIRTHDAY)


@pytest.mark.parametrize(
    ("limits", "used", "expected"),
    [
        (p.Limits(per_member=2), p.Used(member=1), None),
        (p.Limits(per_member=2), p.Used(member=2), p.Reason.LIMIT_REACHED),
        (p.Limits(per_member_day=1), p.Used(member_day=1), p.Reason.LIMIT_REACHED),
        (p.Limits(per_household=1), p.Used(household=1), p.Reason.LIMIT_REACHED),
        (p.Limits(per_day=50), p.Used(day=50), p.Reason.LIMIT_REACHED),
        (p.Limits(total=50), p.Used(total=50), p.Reason.SOLD_OUT),
        (p.Limits(budget_minor=500), p.Used(spent_minor=500), p.Reason.SOLD_OUT),
    ],
)
def test_limits(limits: p.Limits, used: p.Used, expected: p.Reason | None) -> None:
    basket = priced(GOODS, offer(1, OFF, limits=limits), context=at(used={uid(1): used}))
    assert basket.decisions[0].reason is expected

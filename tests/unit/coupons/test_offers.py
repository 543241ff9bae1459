"""What a version of a coupon is to the engine, and what becomes of one that is given back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from galleria.kernel.errors import Invalid
from galleria.value import coupons, promotions
from galleria.value.coupons.rules import audience, returning, template

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SHOP, MERCHANT, GOOD = UUID(int=11), UUID(int=12), UUID(int=13)


def terms(**over: Any) -> coupons.CouponInput:
    said: dict[str, Any] = {
        "title_zh": "券", "title_en": "Coupon", "kind": coupons.CouponKind.AMOUNT, "amount_minor": 100,
        "claim_from": NOW - DAY, "claim_until": NOW + DAY, "use_from": NOW, "use_until": NOW + 30 * DAY, "total": 10,
        "funder": coupons.CouponFunder.MALL,
    }  # fmt: skip
    return coupons.CouponInput(**said | over)


def offer(**over: Any) -> promotions.Offer:
    return coupons.offer_of(UUID(int=1), 3, terms(**over))


EXCHANGE = {"kind": coupons.CouponKind.EXCHANGE, "amount_minor": None, "pay_minor": 0, "units": 2}
DELIVERY = {"kind": coupons.CouponKind.FREE_DELIVERY, "amount_minor": None, "cap_minor": 800}
MERCHANTS = {"funder": coupons.CouponFunder.MERCHANT, "funder_merchant_id": MERCHANT, "shop_ids": [SHOP]}


def test_each_kind_is_a_benefit() -> None:
    assert offer().benefit == promotions.AmountOff(amount_minor=100)
    percent = offer(kind=coupons.CouponKind.PERCENT, amount_minor=None, percent_bp=1000, cap_minor=50)
    assert percent.benefit == promotions.PercentOff(percent_bp=1000, cap_minor=50)
    assert offer(**EXCHANGE, product_ids=[GOOD]).benefit == promotions.Exchange(pay_minor=0, units=2)
    assert offer(**DELIVERY).benefit == promotions.FreeDelivery(cap_minor=800)


def test_who_issues_it_bears_it_unless_shares_say_otherwise() -> None:
    assert offer().shares == (promotions.Share(promotions.Funder.MALL, None, 10_000),)
    assert offer(**MERCHANTS).shares == (promotions.Share(promotions.Funder.MERCHANT, MERCHANT, 10_000),)
    halves = (
        promotions.Share(promotions.Funder.MALL, None, 5000),
        promotions.Share(promotions.Funder.MERCHANT, None, 5000),
    )
    assert offer(funders=halves).shares == halves


def test_one_of_the_mall_and_one_of_each_merchant_combine() -> None:
    mall, merchant, bought = offer(), offer(**MERCHANTS), offer(points_price=10)
    assert mall.stacking.layer is merchant.stacking.layer is promotions.Layer.COUPON
    assert mall.stacking.group != merchant.stacking.group
    assert (bought.stacking.layer, bought.stacking.exclusive) == (promotions.Layer.POINTS, True)
    own = promotions.Stacking(layer=promotions.Layer.COUPON, joint=True)
    assert offer(stacking=own).stacking == own


def test_every_coupon_is_an_offer_that_makes_sense() -> None:
    for over in ({}, EXCHANGE | {"product_ids": [GOOD]}, DELIVERY, MERCHANTS, {"points_price": 5}):
        assert promotions.check_offer(offer(**over)) == []


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({**EXCHANGE, "units": None}, "units", "coupon_exchange_missing"),
    (EXCHANGE, "product_ids", "coupon_goods_missing"),
    ({"pay_minor": 5}, "pay_minor", "coupon_exchange_out_of_place"),
    ({**DELIVERY, "percent_bp": 5}, "percent_bp", "coupon_percent_out_of_place"),
    ({"kind": coupons.CouponKind.PERCENT, "amount_minor": None, "percent_bp": 9, "budget_minor": 100},
     "budget_minor", "coupon_worth_unknown"),
    ({"budget_minor": 99}, "budget_minor", "coupon_budget_below_one"),
    ({"daily_total": 11}, "daily_total", "coupon_daily_total"),
    ({"per_member": 2, "per_member_day": 3}, "per_member_day", "coupon_per_member_day"),
    ({"funders": (promotions.Share(promotions.Funder.MALL, None, 9999),)}, "funders", "coupon_shares_sum"),
    ({"return_policy": coupons.ReturnPolicy.EXTEND}, "return_days", "coupon_return_days"),
    ({"return_days": 3}, "return_days", "coupon_return_days"),
]  # fmt: skip


@pytest.mark.parametrize(("over", "field", "code"), WRONG)
def test_a_contradiction_is_named(over: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        template.check(terms(**over))
    assert (field, code) in {(error.field, error.code) for error in refused.value.errors}


def test_terms_survive_being_written_down() -> None:
    said = terms(**MERCHANTS, conditions=coupons.Conditions(weekdays=(1,), minutes=((0, 60),)), valid_days=3)
    assert msgspec.json.decode(msgspec.json.encode(said), type=coupons.CouponInput) == said


END = NOW + 5 * DAY
BACK: list[tuple[dict[str, Any], datetime, bool, str, datetime]] = [
    ({}, NOW, False, "returned", END),
    ({}, END, False, "expired", END),
    ({"return_policy": coupons.ReturnPolicy.EXPIRE}, NOW, False, "expired", NOW),
    ({"return_policy": coupons.ReturnPolicy.EXPIRE}, NOW, True, "issued", END),
    ({"return_policy": coupons.ReturnPolicy.EXTEND, "return_days": 7}, NOW, False, "returned", NOW + 7 * DAY),
    ({"return_policy": coupons.ReturnPolicy.EXTEND, "return_days": 7}, END + DAY, False, "returned", END + 8 * DAY),
    ({"return_policy": coupons.ReturnPolicy.EXTEND, "return_days": 1}, NOW, False, "returned", END),
    ({"return_policy": coupons.ReturnPolicy.EXTEND, "return_days": 7}, END + DAY, True, "expired", END),
]


@pytest.mark.parametrize(("over", "now", "mistake", "state", "until"), BACK)
def test_the_return_policy(*, over: dict[str, Any], now: datetime, mistake: bool, state: str, until: datetime) -> None:
    back = returning.given_back(terms(**over), END, now=now, mistake=mistake, again=False)
    assert (back.state.value, back.use_until) == (state, until)


def test_a_birthday_is_near_across_the_years_end_and_on_leap_days() -> None:
    week, day = promotions.Birthday.WEEK, promotions.Birthday.DAY
    assert audience.near_birthday(week, (12, 31), datetime(2027, 1, 2, tzinfo=UTC))
    assert audience.near_birthday(week, (1, 2), datetime(2026, 12, 31, tzinfo=UTC))
    assert not audience.near_birthday(week, (1, 5), datetime(2026, 12, 31, tzinfo=UTC))
    assert audience.near_birthday(day, (2, 29), datetime(2027, 2, 28, tzinfo=UTC))
    assert not audience.near_birthday(day, (2, 29), datetime(2028, 2, 28, tzinfo=UTC))
    assert not audience.near_birthday(day, None, NOW)

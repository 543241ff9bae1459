"""Which rule prices a good, at what price, and what stands in the way."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.foundation import catalog
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import CategoryId, ProductId, ShopId, VariantId
from galleria.value.pricing import rules
from galleria.value.pricing.model import (
    Barrier,
    Floor,
    Guard,
    GuardAction,
    RuleId,
    RuleInForce,
    RuleKind,
    RulePatch,
    RuleScope,
    RuleTerms,
    Verdict,
    Ware,
)

SHOP, OTHER_SHOP = ShopId(UUID(int=1)), ShopId(UUID(int=2))
PRODUCT, VARIANT, CATEGORY = ProductId(UUID(int=3)), VariantId(UUID(int=4)), CategoryId(UUID(int=5))
TARGETS = {
    RuleScope.SHOP: [],
    RuleScope.CATEGORY: [CATEGORY],
    RuleScope.PRODUCT: [PRODUCT],
    RuleScope.VARIANT: [VARIANT],
}
FREE = Guard()


def ware(store: int = 1000, *, price: int | None = None, cost: int | None = None, floor: int | None = None) -> Ware:
    good = catalog.PricedGood(
        variant_id=VARIANT, product_id=PRODUCT, shop_id=SHOP, category_ids=[CATEGORY], store_price_minor=store,
        price_minor=price or store, online_price_minor=price, online_rule_id=None, sku="s", name_zh="名", name_en="n",
        option_zh="", option_en="", picture=None,
    )  # fmt: skip
    return Ware(good, Floor(cost_minor=cost, floor_minor=floor))


def rule(
    number: int = 1, scope: RuleScope = RuleScope.SHOP, *, second_person: bool = False, **terms: Any
) -> RuleInForce:
    made = RuleTerms(**{"shop_id": SHOP, "scope": scope, "target_ids": TARGETS[scope], **terms})
    return RuleInForce(id=RuleId(UUID(int=number)), version=1, terms=made, second_person=second_person)


def set_price(number: int, price: int, scope: RuleScope = RuleScope.SHOP, **terms: Any) -> RuleInForce:
    return rule(number, scope, kind=RuleKind.SET_PRICE, price_minor=price, percent_bp=None, **terms)


def test_alone_a_rule_takes_a_tenth_off() -> None:
    assert rules.decide(ware(1000), [rule()], FREE).price_minor == 900
    assert rules.asked(RuleTerms(), 2885) == 2596
    assert rules.asked(RuleTerms(), 5) == 4


@given(store=st.integers(1, 10**10), percent=st.integers(1, 9_999), price=st.integers(1, 10**10))
def test_no_rule_asks_more_than_the_store_or_nothing(store: int, percent: int, price: int) -> None:
    assert 1 <= rules.asked(RuleTerms(percent_bp=percent), store) <= store
    set_to = RuleTerms(kind=RuleKind.SET_PRICE, price_minor=price, percent_bp=None)
    assert rules.asked(set_to, store) == min(price, store)


def test_the_narrower_rule_decides_then_the_shops_own_then_priority_then_the_younger() -> None:
    narrowing = [set_price(9, 900), set_price(8, 800, RuleScope.CATEGORY), set_price(7, 700, RuleScope.PRODUCT),
                 set_price(6, 600, RuleScope.VARIANT)]  # fmt: skip
    for some in permutations(narrowing):
        assert rules.decide(ware(), rules.ranked(some), FREE).price_minor == 600
    malls = set_price(9, 900, shop_id=None, priority=1000)
    assert rules.decide(ware(), rules.ranked([malls, set_price(1, 950)]), FREE).price_minor == 950
    eager = set_price(1, 500, priority=1)
    assert rules.decide(ware(), rules.ranked([set_price(2, 400), eager]), FREE).price_minor == 500
    assert rules.decide(ware(), rules.ranked([set_price(1, 500), set_price(2, 550)]), FREE).price_minor == 550


def test_a_rule_is_for_its_own_goods() -> None:
    unknown = [UUID(int=99)]
    other = [
        rule(shop_id=OTHER_SHOP),
        rule(scope=RuleScope.PRODUCT, target_ids=unknown),
        rule(scope=RuleScope.CATEGORY, target_ids=unknown),
        rule(scope=RuleScope.VARIANT, target_ids=[PRODUCT]),
    ]
    assert rules.decide(ware(), other, FREE) == rules.STORE_PRICE


@pytest.mark.parametrize(
    ("price", "good", "found"),
    [
        (900, ware(floor=901), Barrier.BELOW_FLOOR),
        (900, ware(floor=900), None),
        (900, ware(cost=901), Barrier.BELOW_COST),
        (900, ware(cost=900), Barrier.BELOW_MARGIN),
        (900, ware(cost=765), None),
        (900, ware(cost=766), Barrier.BELOW_MARGIN),
        (900, ware(), None),
        (900, ware(cost=5, floor=901), Barrier.BELOW_FLOOR),
    ],
)
def test_what_a_price_breaks(price: int, good: Ware, found: Barrier | None) -> None:
    assert rules.barrier(price, good.floor, Guard(min_margin_bp=1500)) is found


def test_a_good_the_guard_keeps_falls_to_the_next_rule() -> None:
    both = rules.ranked([set_price(1, 500, RuleScope.VARIANT), rule(2)])
    assert rules.decide(ware(floor=600), both, FREE).price_minor == 900
    assert rules.decide(ware(floor=950), both, FREE) == rules.STORE_PRICE


def test_a_second_person_lifts_the_guard_but_never_the_floor() -> None:
    alone, two = [set_price(1, 500)], [set_price(1, 500, second_person=True)]
    asks, refuses = Guard(action=GuardAction.SECOND_PERSON), Guard(action=GuardAction.REFUSE)
    assert rules.decide(ware(cost=600), alone, asks) == rules.STORE_PRICE
    assert rules.decide(ware(cost=600), two, asks).price_minor == 500
    assert rules.decide(ware(cost=600), two, refuses) == rules.STORE_PRICE
    assert rules.decide(ware(floor=600), two, asks) == rules.STORE_PRICE


@pytest.mark.parametrize(
    ("good", "others", "verdict"),
    [
        (ware(), [], Verdict.CHANGES),
        (ware(price=900), [], Verdict.SAME),
        (ware(floor=950), [], Verdict.REFUSED),
        (ware(cost=950), [], Verdict.SECOND_PERSON),
        (ware(), [set_price(1, 800, RuleScope.VARIANT)], Verdict.OUTRANKED),
        (ware(floor=850), [set_price(1, 800, RuleScope.VARIANT)], Verdict.CHANGES),
        (ware(), [set_price(1, 800, priority=-1)], Verdict.CHANGES),
    ],
)
def test_what_a_preview_tells(good: Ware, others: list[RuleInForce], verdict: Verdict) -> None:
    assert rules.judge(good, rule(5), rules.ranked(others), FREE).verdict is verdict


@given(
    store=st.integers(1, 10_000),
    cost=st.none() | st.integers(0, 10_000),
    floor=st.none() | st.integers(1, 10_000),
    margin=st.integers(0, 9_999),
    found=st.lists(
        st.tuples(st.sampled_from(RuleScope), st.integers(1, 10_000), st.booleans(), st.integers(-2, 2)), max_size=5
    ),
    action=st.sampled_from(GuardAction),
)
def test_no_decision_breaks_a_floor_and_the_order_of_rules_is_nothing(
    store: int, cost: int | None, floor: int | None, margin: int, found: list[tuple[RuleScope, int, bool, int]],
    action: GuardAction,
) -> None:  # fmt: skip
    good, guard = ware(store, cost=cost, floor=floor), Guard(min_margin_bp=margin, action=action)
    made = [
        set_price(i + 1, price, scope, priority=priority, second_person=second)
        for i, (scope, price, second, priority) in enumerate(found)
    ]
    outcome = rules.decide(good, rules.ranked(made), guard)
    assert outcome == rules.decide(good, rules.ranked(made[::-1]), guard)
    if outcome.price_minor is not None:
        assert 1 <= outcome.price_minor < store
        assert floor is None or outcome.price_minor >= floor
        broken = rules.barrier(outcome.price_minor, good.floor, guard)
        assert broken is None or (outcome.rule is not None and outcome.rule.second_person)


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        ({"scope": RuleScope.PRODUCT}, {"target_ids"}),
        ({"target_ids": [UUID(int=1)]}, {"target_ids"}),
        ({"percent_bp": None}, {"percent_bp"}),
        ({"kind": RuleKind.SET_PRICE}, {"price_minor"}),
        ({"starts_at": datetime(2026, 1, 1)}, {"starts_at"}),  # noqa: DTZ001 - that is what is wrong
        ({"starts_at": datetime(2026, 1, 2, tzinfo=UTC), "ends_at": datetime(2026, 1, 2, tzinfo=UTC)}, {"ends_at"}),
    ],
)
def test_terms_that_contradict_are_named(terms: dict[str, object], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        rules.sound(RuleTerms(**terms))
    assert {error.field for error in refused.value.errors} == fields


def test_terms_get_titles_and_keep_only_what_counts() -> None:
    plain = rules.sound(RuleTerms())
    assert (plain.title_zh, plain.title_en) == ("门店价 9 折", "10 % off the store price")
    assert rules.sound(RuleTerms(percent_bp=1250)).title_zh == "门店价 8.75 折"
    fixed = rules.patched(plain, RulePatch(kind=RuleKind.SET_PRICE, price_minor=5))
    assert (fixed.percent_bp, fixed.price_minor) == (None, 5)
    assert rules.patched(fixed, RulePatch(kind=RuleKind.PERCENT_OFF_STORE)).percent_bp == 1000


def test_a_period_is_half_open() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    terms = RuleTerms(starts_at=start, ends_at=end)
    moments = [start - timedelta(seconds=1), start, end - timedelta(seconds=1), end]
    assert [rules.holds(terms, moment) for moment in moments] == [False, True, True, False]

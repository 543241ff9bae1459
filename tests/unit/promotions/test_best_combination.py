"""The combination found is the one that trying all of them finds."""

from datetime import timedelta
from itertools import combinations
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories.promotions import MEMBER, NOW, Case, at, cases, line, offer, priced, stackings, uid

from galleria.value import promotions as p
from galleria.value.promotions.rules import search
from galleria.value.promotions.rules.allocation import applied_to
from galleria.value.promotions.rules.basket import lay_out
from galleria.value.promotions.rules.benefits import outcome_of
from galleria.value.promotions.rules.book import compile_rule
from galleria.value.promotions.rules.contender import State
from galleria.value.promotions.rules.entry import Entry, enter
from galleria.value.promotions.rules.search import NEVER
from galleria.value.promotions.rules.stacking import conflicts_of, exclude

Worth = tuple[int, int, int, int, int]


def worth_of(entries: tuple[Entry, ...], prices: list[int], wished: frozenset[UUID]) -> Worth | None:
    """Return what applying exactly these offers is worth, or None when they cannot all be applied."""
    offers = [entry.rule.offer for entry in entries]
    if any(exclude(one.stacking, other.stacking) for one, other in combinations(offers, 2)):
        return None
    if sum(one.stacking.layer is not p.Layer.PRICE for one in offers) > p.APPLIED_MAX:
        return None
    state, off = State(prices), 0
    for entry in entries:
        outcome = outcome_of(entry.contender, state, prices)
        if outcome.reason is not None:
            return None
        off += outcome.total
        state = applied_to(state, entry.contender, outcome)
    giving = sum(isinstance(one.benefit, p.Grant | p.Gift | p.AddOn) for one in offers)
    coupons = sum(one.source is p.Source.COUPON for one in offers)
    return sum(one.id in wished for one in offers), off, giving, -len(offers), -coupons


def best_by_trying(case: Case, chosen: frozenset[UUID] | None, context: p.Context) -> set[UUID]:
    """Return the best combination of all subsets."""
    lines, offers = case
    basket = lay_out(lines, context.delivery_minor)
    rules = [compile_rule(one) for one in offers]
    held = [(rule, rule.held(basket.goods, basket)) for rule in rules]
    entered = [enter(rule, lines, basket, MEMBER, context) for rule, lines in held if lines]
    entries = sorted(
        (
            entry
            for entry in entered
            if entry.reason is None
            and not isinstance(entry.rule.offer.benefit, p.PurchaseLimit)
            and (chosen is None or entry.rule.offer.source is p.Source.AUTOMATIC or entry.rule.offer.id in chosen)
        ),
        key=lambda entry: entry.rule.order,
    )
    urgency = sorted((one.expires_at or NEVER, one.id) for one in offers)
    rank = {offer_id: place for place, (_, offer_id) in enumerate(urgency)}
    found = []
    for size in range(len(entries) + 1):
        for subset in combinations(entries, size):
            worth = worth_of(subset, basket.prices, chosen or frozenset())
            if worth is not None:
                ids = {entry.rule.offer.id for entry in subset}
                found.append((tuple(-part for part in worth), sorted(rank[one] for one in ids), ids))
    return min(found, key=lambda one: one[:2])[2]


def applied_of(basket: p.PricedBasket, offers: list[p.Offer]) -> set[UUID]:
    limits = {one.id for one in offers if isinstance(one.benefit, p.PurchaseLimit)}
    return {one.id for one in basket.decisions if one.applied} - limits


@settings(max_examples=400)
@given(cases(), st.integers(0, 1_500))
def test_the_best_combination_is_what_trying_all_finds(case: Case, delivery: int) -> None:
    lines, offers = case
    context = at(delivery_minor=delivery)
    basket = priced(lines, *offers, context=context)
    assert basket.exact
    assert applied_of(basket, offers) == best_by_trying(case, None, context)


@settings(max_examples=200)
@given(cases(), st.data())
def test_of_what_is_chosen_as_many_as_can_be_are_applied(case: Case, data: st.DataObject) -> None:
    lines, offers = case
    coupons = [one.id for one in offers if one.source is p.Source.COUPON]
    chosen = frozenset(data.draw(st.sets(st.sampled_from(coupons)))) if coupons else frozenset()
    basket = priced(lines, *offers, chosen=chosen)
    assert applied_of(basket, offers) == best_by_trying(case, chosen, at())
    for one in basket.decisions:
        if one.source is p.Source.COUPON and one.id not in chosen and one.reason is not p.Reason.NO_MATCHING_GOODS:
            assert one.reason in {p.Reason.NOT_CHOSEN, p.Reason.LIMIT_REACHED, p.Reason.SOLD_OUT}


@st.composite
def labels_and_shares(draw: st.DrawFn) -> Case:
    """Return dear goods with unit prices of their own, and offers that take a share of many of them."""
    goods = [
        line(f"{n}", draw(st.integers(2_000, 60_000)), shop=draw(st.integers(1, 3)), product=n) for n in range(1, 5)
    ]
    labels = [
        offer(n, p.SetPrice(price_minor=draw(st.integers(500, 60_000))), p.Layer.PRICE, counted=_of(product_ids=n))
        for n in range(1, draw(st.integers(1, 3)) + 1)
    ]
    thresholds = st.integers(0, 90_000)
    percents = st.builds(
        p.PercentOff, percent_bp=st.integers(1, 4_000), cap_minor=st.none() | st.integers(1, 5_000)
    ) | st.builds(p.AmountOff, amount_minor=st.integers(1, 9_000))
    tiers = st.builds(
        lambda step, off: p.TieredOff(
            by=p.Measure.MONEY, tiers=tuple(p.Tier(threshold=step * n, percent_bp=off * n) for n in (1, 2, 3))
        ),
        st.integers(1, 40_000),
        st.integers(1, 1_500),
    )
    shares = [
        offer(
            10 + n,
            draw(percents | tiers),
            counted=draw(st.just(p.Scope()) | st.integers(1, 3).map(lambda shop: _of(shop_ids=shop))),
            threshold_minor=draw(thresholds),
            stacking={"base": draw(st.sampled_from(p.Base)), "priority": draw(st.integers(-1, 1))},
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    return goods, labels + shares


def _of(**one: int) -> p.Scope:
    return p.Scope(**{name: (uid(number),) for name, number in one.items()})


@settings(max_examples=200)
@given(labels_and_shares())
def test_prices_that_are_certain_are_those_that_trying_all_finds(case: Case) -> None:
    lines, offers = case
    assert applied_of(priced(lines, *offers), offers) == best_by_trying(case, None, at())


@st.composite
def several_of_each(draw: st.DrawFn) -> Case:
    """Return offers of which some are the same but for their id and their end, as coupons of one kind are."""
    lines, offers = draw(cases(most=3))
    ends = st.none() | st.just(NOW + timedelta(days=2))
    copies = [
        msgspec.structs.replace(one, id=uid(1_000 + 10 * n + copy), expires_at=draw(ends))
        for n, one in enumerate(offers)
        for copy in range(draw(st.integers(0, 2)))
    ]
    return lines, offers + copies


@settings(max_examples=200)
@given(several_of_each())
def test_of_offers_that_do_the_same_those_are_applied_that_trying_all_prefers(case: Case) -> None:
    lines, offers = case
    assert applied_of(priced(lines, *offers), offers) == best_by_trying(case, None, at())


def test_a_search_that_is_cut_short_says_so_and_its_price_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "NODES_MAX", 3)
    offers = [offer(n, p.PercentOff(percent_bp=500 + n)) for n in range(1, 21)]
    basket = priced([line("a", 90_000)], *offers)
    assert not basket.exact
    assert sum(one.applied for one in basket.decisions) == p.APPLIED_MAX
    assert sum(step.amount_minor for step in basket.steps) == basket.payable_minor


@given(st.lists(stackings.map(lambda over: p.Stacking(layer=p.Layer.ORDER, **over)), max_size=6))
def test_what_conflicts_is_what_excludes_two_by_two(found: list[p.Stacking]) -> None:
    expected = [
        sum(1 << j for j, other in enumerate(found) if i != j and exclude(one, other)) for i, one in enumerate(found)
    ]
    assert conflicts_of(found) == expected

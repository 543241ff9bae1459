"""The combination found is the one that trying all of them finds."""

from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories.promotions import MEMBER, Case, at, cases, priced

from galleria.value import promotions as p
from galleria.value.promotions.rules.allocation import applied_to
from galleria.value.promotions.rules.basket import lay_out
from galleria.value.promotions.rules.benefits import outcome_of
from galleria.value.promotions.rules.book import compile_rule
from galleria.value.promotions.rules.contender import State
from galleria.value.promotions.rules.entry import Entry, enter
from galleria.value.promotions.rules.search import NEVER
from galleria.value.promotions.rules.stacking import exclude

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

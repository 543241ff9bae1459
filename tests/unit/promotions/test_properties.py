"""Pricing holds its bounds whatever comes in."""

from collections import Counter

from hypothesis import given, settings
from tests.factories.promotions import Case, at, cases, offer, priced, uid

from galleria.value import promotions as p

CONTEXT = at(delivery_minor=800)


def price(case: Case) -> p.PricedBasket:
    lines, offers = case
    return priced(lines, *offers, context=CONTEXT)


@given(cases())
def test_no_unit_costs_less_than_nothing_and_units_sum_to_the_basket(case: Case) -> None:
    basket = price(case)
    by_key = {line.key: line for line in case[0]}
    for one in basket.lines:
        line = by_key[one.key]
        assert len(one.unit_paid_minor) == line.quantity
        assert all(0 <= paid <= line.unit_price_minor for paid in one.unit_paid_minor)
        taken = [sum(units) for units in zip(*(applied.units for applied in one.applied), strict=True)]
        assert [line.unit_price_minor - off for off in taken or [0] * line.quantity] == one.unit_paid_minor
        assert (
            sum(one.unit_paid_minor) == one.payable_minor == line.quantity * line.unit_price_minor - one.discount_minor
        )
    assert basket.goods_minor == sum(
        by_key[one.key].unit_price_minor * by_key[one.key].quantity for one in basket.lines
    )
    assert basket.discount_minor == sum(one.discount_minor for one in basket.lines)
    assert 0 <= basket.delivery_discount_minor <= basket.delivery_minor == CONTEXT.delivery_minor
    paid = basket.goods_minor - basket.discount_minor + basket.delivery_minor - basket.delivery_discount_minor
    assert basket.payable_minor == paid


@given(cases())
def test_the_funders_bear_every_cent_of_every_unit(case: Case) -> None:
    basket = price(case)
    borne: Counter[object] = Counter()
    for one in basket.lines:
        for applied in one.applied:
            assert all(off >= 0 for off in applied.units)
            assert any(applied.units)
            columns = list(zip(*(part.units for part in applied.funded), strict=True))
            assert [sum(column) for column in columns] == applied.units
            assert all(off >= 0 for column in columns for off in column)
            assert all((part.funder is p.Funder.MALL) == (part.funder_id is None) for part in applied.funded)
            borne[applied.id] += sum(applied.units)
    for one in basket.decisions:
        if one.applied:
            assert sum(part.amount_minor for part in one.funded) == one.discount_minor
            if one.kind != "free_delivery":
                assert borne[one.id] == one.discount_minor


@given(cases())
def test_the_order_of_the_input_does_not_matter_and_replay_gives_the_same(case: Case) -> None:
    lines, offers = case
    straight = price(case)
    assert price(case) == straight
    turned = price((lines[::-1], offers[::-1]))
    assert {one.key: one for one in turned.lines} == {one.key: one for one in straight.lines}
    for field in p.PricedBasket.__struct_fields__:
        if field != "lines":
            assert getattr(turned, field) == getattr(straight, field)


@given(cases())
def test_every_offer_is_decided_and_the_explanation_sums_to_the_price(case: Case) -> None:
    basket = price(case)
    assert Counter(one.id for one in basket.decisions) == Counter(one.id for one in case[1])
    for one in basket.decisions:
        assert one.applied == (one.reason is None)
        short = one.missing_minor + one.missing_pieces > 0
        assert short == (one.reason in {p.Reason.THRESHOLD, p.Reason.PIECES})
        assert (one.beside is not None) == (one.reason is p.Reason.EXCLUDED)
    off = sum(one.discount_minor for one in basket.decisions if one.applied)
    assert off == basket.discount_minor + basket.delivery_discount_minor
    assert sum(step.amount_minor for step in basket.steps) == basket.payable_minor
    assert [step.code for step in basket.steps[:2]] == ["goods", "delivery"]
    assert basket.steps[-1].code == "payable"
    assert [step.params["id"] for step in basket.steps[2:-1]] == [str(one.id) for one in basket.decisions]


@given(cases())
def test_stacking_and_limits_are_kept(case: Case) -> None:
    basket = price(case)
    offers = {one.id: one for one in case[1]}
    applied = [one for one in basket.decisions if one.applied and one.kind != "purchase_limit"]
    assert sum(one.layer is not p.Layer.PRICE for one in applied) <= p.APPLIED_MAX
    groups = Counter(offers[one.id].stacking.group for one in applied)
    assert all(count == 1 for group, count in groups.items() if group is not None)
    for one in applied:
        if offers[one.id].stacking.exclusive:
            assert all(offers[other.id].stacking.joint for other in applied if other is not one)
        budget = offers[one.id].limits.budget_minor
        assert budget is None or one.discount_minor <= budget
    for use in basket.uses:
        limits = offers[use.id].limits
        assert use.units <= min(
            [most for most in (limits.per_order, limits.total) if most is not None], default=use.units
        )
        assert use.units > 0


@given(cases())
def test_what_is_kept_from_others_has_one_discount(case: Case) -> None:
    offers = {one.id: one for one in case[1]}
    for one in price(case).lines:
        for unit in range(len(one.unit_paid_minor)):
            taking = [applied.id for applied in one.applied if applied.units[unit]]
            assert len(taking) <= 1 or not any(offers[taker].stacking.once for taker in taking)


@given(cases())
def test_gifts_are_there_only_with_their_offer(case: Case) -> None:
    lines, offers = case
    basket = price(case)
    benefits = {one.id: one.benefit for one in offers}
    applied = {one.id for one in basket.decisions if one.applied}
    for one in basket.lines:
        if one.granted_by is not None:
            assert one.granted_by in applied
            assert all(part.id == one.granted_by for part in one.applied)
            if isinstance(benefits[one.granted_by], p.Gift):
                assert one.payable_minor == 0
    assert {line.key for line in lines if line.granted_by is None} <= {one.key for one in basket.lines}


@settings(max_examples=30)
@given(cases())
def test_offers_for_other_goods_change_nothing(case: Case) -> None:
    lines, offers = case
    elsewhere = [
        offer(1_000 + n, p.AmountOff(amount_minor=500), counted=p.Scope(shop_ids=(uid(900 + n),))) for n in range(3)
    ]
    alone, among = price(case), price((lines, offers + elsewhere))
    assert among.lines == alone.lines
    assert [one for one in among.decisions if one.id.int < 1_000] == alone.decisions
    assert all(one.reason is p.Reason.NO_MATCHING_GOODS for one in among.decisions if one.id.int >= 1_000)

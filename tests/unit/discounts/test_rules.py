"""Pricing holds its bounds whatever comes in."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kernel.ids import CategoryId, MerchantId, ShopId
from galleria.value.discounts import BasketLine, Funder, Offer, OfferKind, OfferUnknown, Reason, best, price

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHOPS = [ShopId(UUID(int=i)) for i in range(1, 5)]
MERCHANT_OF = {shop: MerchantId(UUID(int=100 + i // 2)) for i, shop in enumerate(SHOPS)}
CATEGORIES = [CategoryId(UUID(int=i)) for i in range(200, 204)]


@st.composite
def baskets(draw: st.DrawFn) -> list[BasketLine]:
    return [
        BasketLine(
            key=f"line-{i}",
            shop_id=(shop := draw(st.sampled_from(SHOPS))),
            merchant_id=MERCHANT_OF[shop],
            category_ids=draw(st.lists(st.sampled_from(CATEGORIES), max_size=2)),
            quantity=draw(st.integers(1, 6)),
            unit_price_minor=draw(st.integers(0, 50_000)),
        )
        for i in range(draw(st.integers(0, 6)))
    ]


@st.composite
def offers_of(draw: st.DrawFn, number: int) -> Offer:
    kind, funder = draw(st.sampled_from(OfferKind)), draw(st.sampled_from(Funder))
    percent = kind is OfferKind.PERCENT
    return Offer(
        id=UUID(int=1000 + number),
        kind=kind,
        amount_minor=None if percent else draw(st.integers(1, 100_000)),
        percent_bp=draw(st.integers(1, 10_000)) if percent else None,
        cap_minor=draw(st.none() | st.integers(1, 5_000)) if percent else None,
        threshold_minor=draw(st.integers(0, 60_000)),
        shop_ids=draw(st.lists(st.sampled_from(SHOPS), max_size=2)),
        category_ids=draw(st.lists(st.sampled_from(CATEGORIES), max_size=2)),
        funder=funder,
        funder_merchant_id=draw(st.sampled_from(list(MERCHANT_OF.values()))) if funder is Funder.MERCHANT else None,
        title_zh="券",
        title_en="Coupon",
        expires_at=NOW + timedelta(days=draw(st.integers(0, 2))),
    )


def several(count: int) -> st.SearchStrategy[list[Offer]]:
    return st.tuples(*(offers_of(i) for i in range(count))).map(list)


some_offers = st.integers(0, 4).flatmap(several)
cases = st.tuples(baskets(), some_offers).flatmap(
    lambda pair: st.tuples(
        st.just(pair[0]), st.just(pair[1]), st.sampled_from([None, *(offer.id for offer in pair[1])])
    )
)
Case = tuple[list[BasketLine], list[Offer], UUID | None]


@given(cases)
def test_units_sum_to_lines_and_lines_to_the_basket(case: Case) -> None:
    lines, offers, chosen = case
    priced = price(lines, offers, chosen)
    for line, result in zip(lines, priced.lines, strict=True):
        assert len(result.unit_paid_minor) == len(result.unit_mall_funded_minor) == line.quantity
        assert all(0 <= paid <= line.unit_price_minor for paid in result.unit_paid_minor)
        assert sum(result.unit_paid_minor) == result.payable_minor
        assert result.payable_minor + result.discount_minor == line.quantity * line.unit_price_minor
    assert sum(line.payable_minor for line in priced.lines) == priced.payable_minor
    assert sum(line.discount_minor for line in priced.lines) == priced.discount_minor
    assert priced.goods_minor - priced.discount_minor == priced.payable_minor
    assert 0 <= priced.discount_minor <= priced.goods_minor


@given(cases)
def test_the_funders_shares_sum_to_the_discount(case: Case) -> None:
    priced = price(*case)
    by_mall = sum(sum(line.unit_mall_funded_minor) for line in priced.lines)
    assert by_mall == priced.mall_funded_minor
    assert priced.mall_funded_minor + priced.merchant_funded_minor == priced.discount_minor
    assert 0 in {priced.mall_funded_minor, priced.merchant_funded_minor}


@given(cases)
def test_the_order_of_the_input_does_not_matter(case: Case) -> None:
    lines, offers, chosen = case
    turned = price(lines[::-1], offers[::-1], chosen)
    straight = price(lines, offers, chosen)
    assert {line.key: line for line in turned.lines} == {line.key: line for line in straight.lines}
    assert turned.decisions == straight.decisions
    assert turned.steps == straight.steps
    assert best(lines[::-1], offers[::-1]) == best(lines, offers)


@given(baskets(), some_offers)
def test_the_best_is_what_trying_all_finds(lines: list[BasketLine], offers: list[Offer]) -> None:
    tried = [(-price(lines, offers, offer.id).discount_minor, offer.expires_at, offer.id) for offer in offers]
    useful = sorted(entry for entry in tried if entry[0] < 0)
    assert best(lines, offers) == (useful[0][2] if useful else None)


@given(cases)
def test_every_offer_is_decided_and_the_explanation_sums_to_the_price(case: Case) -> None:
    lines, offers, chosen = case
    priced = price(lines, offers, chosen)
    assert Counter(d.offer_id for d in priced.decisions) == Counter(offer.id for offer in offers)
    assert all(d.applied == (d.reason is None) for d in priced.decisions)
    assert sum(d.discount_minor for d in priced.decisions if d.applied) == priced.discount_minor
    assert all((d.missing_minor > 0) == (d.reason is Reason.THRESHOLD) for d in priced.decisions)
    assert sum(step.amount_minor for step in priced.steps) == priced.payable_minor
    assert (priced.steps[0].code, priced.steps[-1].code) == ("goods", "payable")
    told = [step.params["offer_id"] for step in priced.steps[1:-1]]
    assert told == [str(d.offer_id) for d in priced.decisions]


@given(baskets(), offers_of(0))
def test_a_discount_falls_on_matching_goods_only(lines: list[BasketLine], offer: Offer) -> None:
    priced = price(lines, [offer], offer.id)
    for line, result in zip(lines, priced.lines, strict=True):
        outside = (offer.shop_ids and line.shop_id not in offer.shop_ids) or (
            offer.funder is Funder.MERCHANT and line.merchant_id != offer.funder_merchant_id
        )
        assert not outside or result.discount_minor == 0


def line(key: str, minor: int, quantity: int = 1, shop: int = 0) -> BasketLine:
    return BasketLine(
        key=key,
        shop_id=SHOPS[shop],
        merchant_id=MERCHANT_OF[SHOPS[shop]],
        category_ids=[],
        quantity=quantity,
        unit_price_minor=minor,
    )


def offer(number: int = 1, **over: object) -> Offer:
    fields: dict[str, object] = {
        "id": UUID(int=number),
        "kind": OfferKind.AMOUNT,
        "amount_minor": 2000,
        "percent_bp": None,
        "cap_minor": None,
        "threshold_minor": 10_000,
        "shop_ids": [],
        "category_ids": [],
        "funder": Funder.MALL,
        "funder_merchant_id": None,
        "title_zh": "满100减20",
        "title_en": "20 off 100",
    }
    return Offer(**fields | over)  # type: ignore[arg-type]


def test_the_threshold_counts_matching_goods_and_says_what_is_missing() -> None:
    lines = [line("a", 6000, shop=0), line("b", 9000, shop=2)]
    [decision] = price(lines, [offer(shop_ids=[SHOPS[0]])], UUID(int=1)).decisions
    assert (decision.applied, decision.reason, decision.missing_minor) == (False, Reason.THRESHOLD, 4000)


def test_a_percentage_stops_at_its_cap() -> None:
    capped = offer(kind=OfferKind.PERCENT, amount_minor=None, percent_bp=2000, cap_minor=1500, threshold_minor=0)
    priced = price([line("a", 5000, 3)], [capped], UUID(int=1))
    assert (priced.discount_minor, priced.steps[1].code) == (1500, "applied_percent_capped")
    assert priced.lines[0].unit_paid_minor == [4500, 4500, 4500]


def test_an_amount_never_passes_the_goods_and_odd_cents_go_to_the_first_units() -> None:
    assert price([line("a", 700)], [offer(threshold_minor=0)], UUID(int=1)).payable_minor == 0
    thirds = price([line("a", 1000, 3)], [offer(threshold_minor=0, amount_minor=100)], UUID(int=1))
    assert thirds.lines[0].unit_paid_minor == [966, 967, 967]


def test_reasons_of_those_left_out() -> None:
    lines = [line("a", 12_000)]
    offers = [offer(1), offer(2, amount_minor=1500), offer(3, shop_ids=[SHOPS[3]])]
    reasons = {d.offer_id.int: d.reason for d in price(lines, offers, UUID(int=1)).decisions}
    assert reasons == {1: None, 2: Reason.NOT_BEST, 3: Reason.NO_MATCHING_GOODS}
    smaller = {d.offer_id.int: d.reason for d in price(lines, offers, UUID(int=2)).decisions}
    assert smaller[1] is Reason.NOT_CHOSEN
    tiny = offer(kind=OfferKind.PERCENT, amount_minor=None, percent_bp=1, threshold_minor=0)
    [nothing] = price([line("a", 100)], [tiny], UUID(int=1)).decisions
    assert nothing.reason is Reason.NO_EFFECT


def test_what_cannot_be_priced_is_refused() -> None:
    with pytest.raises(OfferUnknown):
        price([], [], UUID(int=9))
    with pytest.raises(ValueError, match="same key"):
        price([line("a", 1), line("a", 1)], [], None)
    with pytest.raises(ValueError, match="quantity"):
        price([line("a", 1, 0)], [], None)

"""Goods are ranked by the facts alone; what is not known counts neither for nor against."""

from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from galleria.insight.assortment import Advice, GoodFacts, Part, Why, margin_bp, rank

amounts = st.integers(0, 1_000)
facts = st.builds(
    GoodFacts,
    product_id=st.integers(1, 2**64).map(lambda n: UUID(int=n)),
    shop_id=st.just(UUID(int=1)),
    merchant_id=st.just(UUID(int=2)),
    name_zh=st.just("货"),
    name_en=st.just("Good"),
    shop_zh=st.just("店"),
    shop_en=st.just("Shop"),
    picture=st.none(),
    price_minor=st.integers(1, 100_000),
    cost_minor=st.none() | st.integers(0, 120_000),
    stock=amounts,
    units=amounts,
    sales_minor=amounts,
    competitor_minor=st.none() | st.integers(1, 100_000),
)
many = st.lists(facts, max_size=12, unique_by=lambda good: good.product_id)


@given(many)
def test_the_ranking_depends_on_the_facts_alone(goods: list[GoodFacts]) -> None:
    ranked = rank(goods, days=28)
    assert rank(goods[::-1], days=28) == ranked
    assert [good.rank for good in ranked] == list(range(1, len(goods) + 1))
    assert [good.score for good in ranked] == sorted((good.score for good in ranked), reverse=True)
    for good in ranked:
        assert 0 <= good.score <= 100
        assert all(0 <= part.points <= 100 for part in good.parts)
        assert {part.part for part in good.parts} == set(Part)
        assert sum(part.weight for part in good.parts) == 100


@given(many)
def test_nothing_is_recommended_that_is_sold_out_or_below_cost(goods: list[GoodFacts]) -> None:
    for good in rank(goods, days=28):
        if good.stock == 0 or (good.margin_bp is not None and good.margin_bp < 0):
            assert good.advice is Advice.LEAVE


def good(number: int, **over: object) -> GoodFacts:
    plain = GoodFacts(
        product_id=UUID(int=number),
        shop_id=UUID(int=1),
        merchant_id=UUID(int=2),
        name_zh="货",
        name_en="Good",
        shop_zh="店",
        shop_en="Shop",
        picture=None,
        price_minor=1_000,
        cost_minor=400,
        stock=100,
        units=10,
        sales_minor=10_000,
        competitor_minor=None,
    )
    return msgspec.structs.replace(plain, **over)


def test_what_sells_earns_and_is_there_goes_online_and_what_is_compared_draws_people() -> None:
    steady, milk, dust = good(1), good(2, units=90, cost_minor=900, competitor_minor=1_100), good(3, units=0)
    first, second, third = rank([dust, steady, milk], days=28)
    assert {one.product_id.int: one.advice for one in (first, second, third)} == {
        1: Advice.LIST_ONLINE,
        2: Advice.TRAFFIC_DRIVER,
        3: Advice.LEAVE,
    }
    assert Why.NEVER_SOLD in third.reasons


def test_a_dearer_good_ranks_below_the_same_good_at_a_fair_price() -> None:
    fair, dear = good(1, competitor_minor=1_000), good(2, competitor_minor=900)
    assert [one.product_id.int for one in rank([dear, fair], days=28)] == [1, 2]
    assert Why.DEARER_THAN_OTHERS in rank([dear, fair], days=28)[1].reasons


def test_margins() -> None:
    assert margin_bp(good(1)) == 6_000
    assert margin_bp(good(1, cost_minor=1_200)) == -2_000
    assert margin_bp(good(1, cost_minor=None)) is None


def test_no_goods_no_ranking() -> None:
    assert rank([], days=28) == []

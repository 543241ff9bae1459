"""What checkout decides without a database: baskets, quotes, frozen lines, ledger entries, what may still be paid."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce import carts
from galleria.commerce.checkout import AlreadyPaid, OrderNotWaiting, operations, rules
from galleria.commerce.orders import OrderState, PaidOrder, PaidSubOrder
from galleria.foundation.catalog import Kind, Sellable
from galleria.foundation.ledger import AccountKind
from galleria.kernel.ids import (
    CategoryId,
    GroupId,
    IntentId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    ShopId,
    SubOrderId,
    VariantId,
)
from galleria.value import discounts
from galleria.value.payments import Intent, IntentState

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MALL = MallId(UUID(int=1))
FOOD = CategoryId(UUID(int=50))


def good(number: int, price_minor: int, shop: int = 1) -> Sellable:
    return Sellable(
        variant_id=VariantId(UUID(int=100 + number)),
        product_id=ProductId(UUID(int=200 + number)),
        shop_id=ShopId(UUID(int=10 + shop)),
        merchant_id=MerchantId(UUID(int=20 + shop)),
        category_id=FOOD,
        category_ids=[FOOD],
        kind=Kind.PHYSICAL,
        sku=f"s-{number}",
        price_minor=price_minor,
        name_zh="茶",
        name_en="Tea",
        option_zh="",
        option_en="",
        picture=None,
        valid_days=None,
        shop_zh=f"{shop}号店",
        shop_en=f"Shop {shop}",
    )


def offer(number: int = 1, **over: Any) -> discounts.Offer:
    fields: dict[str, Any] = {
        "id": UUID(int=300 + number), "kind": discounts.OfferKind.AMOUNT, "amount_minor": 2000, "percent_bp": None,
        "cap_minor": None, "threshold_minor": 0, "shop_ids": [], "category_ids": [],
        "funder": discounts.Funder.MALL, "funder_merchant_id": None, "title_zh": "券", "title_en": "Coupon",
    }  # fmt: skip
    return discounts.Offer(**fields | over)


baskets = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 3), st.integers(1, 5)), min_size=1, max_size=6).map(
    lambda rows: [(good(n, price, shop), count) for n, (price, shop, count) in enumerate(rows)]
)


@given(baskets, st.integers(1, 10**6))
def test_frozen_lines_cost_what_the_quote_says(goods: list[tuple[Sellable, int]], off: int) -> None:
    priced = discounts.price(rules.basket(goods), [offer(amount_minor=off)], UUID(int=301))
    lines = rules.order_lines(goods, priced)
    quote = rules.quote(goods, [], priced, "CNY")
    assert sum(sum(line.unit_paid_minor) for line in lines) == quote.payable_minor
    assert [len(line.unit_paid_minor) for line in lines] == [count for _, count in goods]
    assert sum(shop.payable_minor for shop in quote.shops) == quote.payable_minor
    assert sum(shop.discount_minor for shop in quote.shops) == quote.discount_minor
    assert sum(shop.goods_minor for shop in quote.shops) == quote.goods_minor
    assert sum(len(shop.lines) for shop in quote.shops) == len(goods)
    assert quote.can_place


def test_a_quote_says_of_every_coupon_what_it_would_do() -> None:
    goods = [(good(1, 5000), 1)]
    offers = [offer(1), offer(2, amount_minor=100), offer(3, threshold_minor=9000), offer(4, shop_ids=[UUID(int=99)])]
    priced = discounts.price(rules.basket(goods), offers, UUID(int=301))
    quote = rules.quote(goods, [carts.CartEntry(VariantId(UUID(int=7)), 1)], priced, "CNY")
    found = {c.claim_id.int - 300: (c.applied, c.usable, c.missing_minor) for c in quote.coupons}
    assert found == {1: (True, True, 0), 2: (False, True, 0), 3: (False, False, 4000), 4: (False, False, 0)}
    assert quote.claim_id == UUID(int=301)
    assert (quote.can_place, len(quote.gone)) == (False, 1)


def test_an_empty_cart_cannot_be_placed() -> None:
    quote = rules.quote([], [], discounts.price([], [], None), "CNY")
    assert (quote.payable_minor, quote.can_place, quote.claim_id) == (0, False, None)


def paid(*parts: tuple[int, int, int]) -> PaidOrder:
    """Return an order paid, of parts (merchant, payable, funded by the mall)."""
    subs = [
        PaidSubOrder(
            id=SubOrderId(UUID(int=400 + n)), shop_id=ShopId(UUID(int=10 + n)),
            merchant_id=MerchantId(UUID(int=20 + merchant)), shop_zh="店", shop_en="Shop", payable_minor=payable,
            mall_funded_minor=funded, lines=[],
        )
        for n, (merchant, payable, funded) in enumerate(parts)
    ]  # fmt: skip
    return PaidOrder(
        id=OrderId(UUID(int=3)), mall_id=MALL, group_id=GroupId(UUID(int=2)), member_id=MemberId(UUID(int=4)),
        number="n", currency="CNY", payable_minor=sum(p for _, p, _ in parts), claim_id=None, sub_orders=subs,
    )  # fmt: skip


amounts = st.tuples(st.integers(1, 3), st.integers(0, 10**9), st.integers(0, 10**6))


@given(st.lists(amounts, min_size=1, max_size=6))
def test_what_is_paid_becomes_what_merchants_are_owed(parts: list[tuple[int, int, int]]) -> None:
    entry = rules.paid_entry(paid(*parts))
    if not any(payable or funded for _, payable, funded in parts):
        assert entry is None
        return
    assert entry is not None
    assert sum(posting.amount for posting in entry.postings) == 0
    assert all(posting.amount for posting in entry.postings)
    owed = {p.account.owner_id: p.amount for p in entry.postings if p.account.kind is AccountKind.MERCHANT_PAYABLE}
    by_merchant = groupby(sorted(parts), key=lambda part: part[0])
    sums = {UUID(int=20 + m): sum(payable + funded for _, payable, funded in some) for m, some in by_merchant}
    assert owed == {merchant: amount for merchant, amount in sums.items() if amount}


def test_what_the_mall_gives_is_the_malls_cost() -> None:
    entry = rules.paid_entry(paid((1, 8000, 2000), (2, 0, 500)))
    assert entry is not None
    by_kind = {
        kind: sum(p.amount for p in entry.postings if p.account.kind is kind)
        for kind in (AccountKind.PROVIDER_CLEARING, AccountKind.MALL_MARKETING, AccountKind.MERCHANT_PAYABLE)
    }
    assert list(by_kind.values()) == [-8000, -2500, 10500]


def test_points_are_for_what_was_really_paid_to_each_shop() -> None:
    assert [part.paid_minor for part in rules.awarded_for(paid((1, 8000, 2000), (2, 0, 500)))] == [8000, 0]


def intent(state: IntentState = IntentState.CREATED, left: timedelta = timedelta(minutes=1)) -> Intent:
    return Intent(
        id=IntentId(UUID(int=5)), mall_id=MALL, order_id=OrderId(UUID(int=3)), member_id=MemberId(UUID(int=4)),
        amount_minor=18550, currency="CNY", description="n", provider="sandbox", state=state,
        provider_reference=None, created_at=NOW, expires_at=NOW + left,
    )  # fmt: skip


def test_late_money_is_taken_in_and_promised_back() -> None:
    taken, promised = rules.late_entries(intent())
    assert {entry.reference for entry in (taken, promised)} == {intent().id}
    assert taken.code != promised.code
    for entry in (taken, promised):
        assert sum(posting.amount for posting in entry.postings) == 0
    late = [p.amount for e in (taken, promised) for p in e.postings if p.account.kind is AccountKind.LATE_PAYMENTS]
    assert sum(late) == 0


def test_an_open_payment_can_be_paid_and_a_failed_one_tried_again() -> None:
    assert operations.require_payable(intent(), NOW) is True
    assert operations.require_payable(intent(IntentState.FAILED), NOW) is False


@pytest.mark.parametrize(
    ("state", "left", "refused"),
    [
        (IntentState.SUCCEEDED, timedelta(minutes=1), AlreadyPaid),
        (IntentState.SUCCEEDED, -timedelta(minutes=1), AlreadyPaid),
        (IntentState.CLOSED, timedelta(minutes=1), OrderNotWaiting),
        (IntentState.CREATED, timedelta(), OrderNotWaiting),
        (IntentState.FAILED, timedelta(), OrderNotWaiting),
    ],
)
def test_what_is_over_cannot_be_paid(state: IntentState, left: timedelta, refused: type[OrderNotWaiting]) -> None:
    with pytest.raises(refused) as error:
        operations.require_payable(intent(state, left), NOW)
    assert type(error.value) is refused


@pytest.mark.parametrize("state", list(OrderState))
def test_a_refusal_says_what_the_order_is(state: OrderState) -> None:
    refused = operations.not_waiting(state)
    assert isinstance(refused, AlreadyPaid) is (state is OrderState.PAID)
    assert refused.params["state"] == state.value

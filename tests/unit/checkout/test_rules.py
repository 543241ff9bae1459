"""What checkout decides without a database: baskets, quotes, frozen lines, ledger entries, what may still be paid."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.commerce import carts
from galleria.commerce.checkout import AlreadyPaid, OrderNotWaiting, Pick, operations
from galleria.commerce.checkout.rules import basket, books, facts, screens
from galleria.commerce.checkout.rules.basket import Item
from galleria.commerce.orders import OrderState, PaidLine, PaidOrder, PaidSubOrder, Share, Tender, TenderKind
from galleria.foundation.catalog import Kind, Sellable
from galleria.foundation.ledger import AccountKind
from galleria.kernel.ids import (
    CategoryId,
    GroupId,
    IntentId,
    LineId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    ProductId,
    ShopId,
    SubOrderId,
    TenderId,
    VariantId,
)
from galleria.value import payments, promotions
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


def coupon(number: int = 1, *, shop: int | None = None, **over: Any) -> promotions.Offer:
    fields: dict[str, Any] = {
        "id": UUID(int=300 + number), "offer_id": UUID(int=600 + number), "version": 1,
        "source": promotions.Source.COUPON, "title_zh": "券", "title_en": "Coupon",
        "benefit": promotions.AmountOff(amount_minor=2000),
        "stacking": promotions.Stacking(layer=promotions.Layer.COUPON, group="coupon"),
        "shares": (promotions.Share(funder=promotions.Funder.MALL, funder_id=None, share_bp=10_000),),
        "counted": promotions.Scope(shop_ids=() if shop is None else (UUID(int=10 + shop),)),
    }  # fmt: skip
    return promotions.Offer(**fields | over)


def gift(choice: Sellable) -> promotions.Offer:
    """Return an offer that gives one unit of a good to whoever buys two of the first."""
    return coupon(
        9,
        source=promotions.Source.AUTOMATIC,
        benefit=promotions.Gift(choices=(choice.variant_id,)),
        stacking=promotions.Stacking(layer=promotions.Layer.SET),
        counted=promotions.Scope(variant_ids=(good(1, 1).variant_id,)),
        threshold_pieces=2,
    )


def priced(
    items: list[Item], *coupons: promotions.Offer, live: tuple[promotions.Offer, ...] = ()
) -> promotions.PricedBasket:
    return promotions.price(
        basket.basket(items),
        promotions.compile_book(live),
        coupons=coupons,
        facts=promotions.Facts(member=True),
        context=promotions.Context(now=NOW, local=NOW),
    )


baskets = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 3), st.integers(1, 5)), min_size=1, max_size=6).map(
    lambda rows: [Item(good(n, price, shop), count) for n, (price, shop, count) in enumerate(rows)]
)


@given(baskets, st.integers(1, 10**6))
def test_frozen_lines_cost_what_the_quote_says(items: list[Item], off: int) -> None:
    price = priced(items, coupon(benefit=promotions.AmountOff(amount_minor=off)))
    lines = basket.order_lines(items, price)
    quote = screens.quote(items, [], price, "CNY", {})
    assert sum(sum(line.unit_paid_minor) for line in lines) == quote.payable_minor
    assert sum(sum(share.units) for line in lines for share in line.shares) == quote.discount_minor
    assert [len(line.unit_paid_minor) for line in lines] == [item.quantity for item in items]
    assert sum(shop.payable_minor for shop in quote.shops) == quote.payable_minor
    assert sum(shop.discount_minor for shop in quote.shops) == quote.discount_minor
    assert sum(shop.goods_minor for shop in quote.shops) == quote.goods_minor
    shown = [line for shop in quote.shops for line in shop.lines]
    assert len(shown) == len(items)
    assert all(sum(one.discount_minor for one in line.applied) == line.discount_minor for line in shown)
    assert quote.can_place


def test_a_quote_says_of_every_coupon_what_it_would_do() -> None:
    held = [
        coupon(1),
        coupon(2, benefit=promotions.AmountOff(amount_minor=100)),
        coupon(3, threshold_minor=9000),
        coupon(4, shop=88),
    ]
    price = priced([Item(good(1, 5000), 1)], *held)
    gone = [carts.CartEntry(VariantId(UUID(int=7)), 1)]
    quote = screens.quote([Item(good(1, 5000), 1)], gone, price, "CNY", {})
    found = {c.claim_id.int - 300: (c.applied, c.usable, c.missing_minor) for c in quote.coupons}
    assert {key: found[key] for key in (1, 3, 4)} == {1: (True, True, 0), 3: (False, False, 6000), 4: (False, False, 0)}
    assert quote.claim_ids == [UUID(int=301)]
    assert (quote.can_place, len(quote.gone)) == (False, 1)


def test_an_empty_cart_cannot_be_placed() -> None:
    quote = screens.quote([], [], priced([]), "CNY", {})
    assert (quote.payable_minor, quote.can_place, quote.claim_ids) == (0, False, [])


def test_picks_become_lines_and_are_told_when_they_are_lost() -> None:
    main, free = good(1, 5000), good(2, 900)
    entry, pick = carts.CartEntry(main.variant_id, 2), Pick(offer_id=UUID(int=309), variant_id=free.variant_id)
    on_sale = {main.variant_id: main, free.variant_id: free}
    items = basket.items([entry], [pick], on_sale)
    price = priced(items, live=(gift(free),))
    assert basket.missing_picks([pick], items, price) == []
    assert basket.picked(items, price) == [pick]
    lines = basket.order_lines(items, price)
    assert [(sum(line.unit_paid_minor), line.granted_by) for line in lines] == [(10000, None), (0, UUID(int=309))]
    [applied] = basket.order_offers(items, price, {UUID(int=309): gift(free)})
    assert (applied.kind, applied.earned_by, applied.discount_minor) == ("gift", [0], 900)
    alone = basket.items([carts.CartEntry(main.variant_id, 1)], [pick], on_sale)
    assert basket.missing_picks([pick], alone, priced(alone, live=(gift(free),))) == [pick]
    assert basket.missing_picks([pick], items[:1], price) == [pick]


def test_the_same_pick_twice_is_added_up() -> None:
    free = good(2, 900)
    pick = Pick(offer_id=UUID(int=309), variant_id=free.variant_id)
    assert [item.quantity for item in basket.items([], [pick, pick], {free.variant_id: free})] == [2]


def test_only_what_touches_the_basket_asks_about_the_shopper() -> None:
    birthday = coupon(eligibility=promotions.Eligibility(birthday=promotions.Birthday.DAY))
    first = coupon(eligibility=promotions.Eligibility(first_order_in_shop=True, on_site=True))
    assert facts.asks([]) == facts.Asks(history=False, profile=False, presence=False)
    assert facts.asks([birthday]) == facts.Asks(history=False, profile=True, presence=False)
    assert facts.asks([coupon(), first]) == facts.Asks(history=True, profile=False, presence=True)
    assert facts.counted([coupon(2), coupon(1)], {UUID(int=301)}) == [UUID(int=301)]


def paid(*parts: tuple[int, int, int]) -> PaidOrder:
    """Return an order paid, of parts (merchant, payable, funded by the mall)."""
    subs = [
        PaidSubOrder(
            id=SubOrderId(UUID(int=400 + n)), shop_id=ShopId(UUID(int=10 + n)),
            merchant_id=MerchantId(UUID(int=20 + merchant)), shop_zh="店", shop_en="Shop", payable_minor=payable,
            lines=[
                PaidLine(
                    id=LineId(UUID(int=500 + n)), variant_id=VariantId(UUID(int=1)), product_id=ProductId(UUID(int=1)),
                    kind="physical", name_zh="茶", name_en="Tea", option_zh="", option_en="", valid_days=None,
                    quantity=1, unit_price_minor=payable + funded, unit_paid_minor=[payable],
                    shares=[
                        Share(
                            id=UUID(int=1), offer_id=UUID(int=1), version=1, funder=promotions.Funder.MALL,
                            funder_id=None, units=[funded],
                        )
                    ],
                )
            ],
        )
        for n, (merchant, payable, funded) in enumerate(parts)
    ]  # fmt: skip
    return PaidOrder(
        id=OrderId(UUID(int=3)), mall_id=MALL, group_id=GroupId(UUID(int=2)), member_id=MemberId(UUID(int=4)),
        number="n", currency="CNY", payable_minor=sum(p for _, p, _ in parts), claim_ids=[], offers=False, granted=[],
        tenders=[
            Tender(id=TenderId(UUID(int=3)), kind=TenderKind.PROVIDER, amount_minor=sum(p for _, p, _ in parts))
        ],
        sub_orders=subs,
    )  # fmt: skip


amounts = st.tuples(st.integers(1, 3), st.integers(0, 10**9), st.integers(0, 10**6))


@given(st.lists(amounts, min_size=1, max_size=6))
def test_what_is_paid_becomes_what_merchants_are_owed(parts: list[tuple[int, int, int]]) -> None:
    entry = books.paid_entry(paid(*parts))
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
    entry = books.paid_entry(paid((1, 8000, 2000), (2, 0, 500)))
    assert entry is not None
    by_kind = {
        kind: sum(p.amount for p in entry.postings if p.account.kind is kind)
        for kind in (AccountKind.PROVIDER_CLEARING, AccountKind.MALL_MARKETING, AccountKind.MERCHANT_PAYABLE)
    }
    assert list(by_kind.values()) == [-8000, -2500, 10500]


def test_points_are_for_what_was_really_paid_to_each_shop() -> None:
    assert [part.paid_minor for part in books.awarded_for(paid((1, 8000, 2000), (2, 0, 500)))] == [8000, 0]


def intent(state: IntentState = IntentState.CREATED, left: timedelta = timedelta(minutes=1)) -> Intent:
    return Intent(
        id=IntentId(UUID(int=5)), mall_id=MALL, order_id=OrderId(UUID(int=3)), member_id=MemberId(UUID(int=4)),
        amount_minor=18550, currency="CNY", description="n", provider="sandbox", state=state,
        created_at=NOW, expires_at=NOW + left, tender_id=TenderId(UUID(int=3)),
    )  # fmt: skip


def test_late_money_is_taken_in_and_promised_back() -> None:
    taken, promised = books.late_entries(intent())
    assert {entry.reference for entry in (taken, promised)} == {intent().id}
    assert taken.code != promised.code
    for entry in (taken, promised):
        assert sum(posting.amount for posting in entry.postings) == 0
    late = [p.amount for e in (taken, promised) for p in e.postings if p.account.kind is AccountKind.LATE_PAYMENTS]
    assert sum(late) == 0


def test_an_open_payment_can_be_paid() -> None:
    operations.require_payable(payments.first_attempt(intent()), NOW)


@pytest.mark.parametrize(
    ("state", "left", "refused"),
    [
        (IntentState.SUCCEEDED, timedelta(minutes=1), AlreadyPaid),
        (IntentState.SUCCEEDED, -timedelta(minutes=1), AlreadyPaid),
        (IntentState.CLOSED, timedelta(minutes=1), OrderNotWaiting),
        (IntentState.CREATED, timedelta(), OrderNotWaiting),
    ],
)
def test_what_is_over_cannot_be_paid(state: IntentState, left: timedelta, refused: type[OrderNotWaiting]) -> None:
    with pytest.raises(refused) as error:
        operations.require_payable(payments.first_attempt(intent(state, left)), NOW)
    assert type(error.value) is refused


@pytest.mark.parametrize("state", list(OrderState))
def test_a_refusal_says_what_the_order_is(state: OrderState) -> None:
    refused = operations.not_waiting(state)
    assert isinstance(refused, AlreadyPaid) is (state is OrderState.PAID)
    assert refused.params["state"] == state.value

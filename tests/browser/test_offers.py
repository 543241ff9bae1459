"""What the mall offers, as a shopper's phone meets it: claimed, explained, queued for, sold out, given away."""

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import campaign, people
from tests.browser.conftest import Open
from tests.browser.pages import ShopperApp, minor, part
from tests.browser.people import Api, newcomer
from tests.browser.test_loop import goods_of, shop_of
from tests.browser.test_unhappy import variant_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="package", autouse=True)
def permitted(operator: Api) -> None:
    campaign.permit(operator)


@pytest.fixture
def buyer(mall: str) -> Api:
    """Return somebody who has never bought anything here."""
    return people.member(mall, newcomer())


@pytest.fixture
def offered(operator: Api) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return what launches an offer; all of them end with the test, so that the others see their own prices."""
    made: list[dict[str, Any]] = []

    def launch(**terms: Any) -> dict[str, Any]:
        made.append(campaign.offer(operator, **terms))
        return made[-1]

    yield launch
    for one in made:
        campaign.end(operator, one)


@pytest.fixture
def tea(operator: Api) -> dict[str, Any]:
    """Return something with a price worth a discount."""
    return goods_of(operator, shop_of(operator, "hefeng-atelier"), "physical", above=20_000)


@pytest.fixture
def gift(operator: Api, tea: dict[str, Any], offered: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Offer a book to whoever buys that; return the book."""
    book = goods_of(operator, shop_of(operator, "under-the-eaves-books"), "physical")
    offered(
        title=("满额选赠", "A gift to choose"),
        preset="gift",
        benefit={"kind": "gift", "choices": [variant_of(operator, book)["id"]], "units": 1},
        layer="set",
        counted={"product_ids": [tea["id"]]},
        threshold_minor=10_000,
    )
    return book


def in_cart(someone: Api, variant: dict[str, Any], quantity: int = 1) -> None:
    someone.tell("/cart", {"lines": [{"variant_id": variant["id"], "quantity": quantity}]}, method="PATCH")


def test_two_coupons_and_a_gift_are_claimed_chosen_and_paid(
    open_device: Open, operator: Api, buyer: Api, tea: dict[str, Any], gift: dict[str, Any]
) -> None:
    run = secrets.token_hex(2)
    coupons = [
        campaign.coupon(
            operator,
            title=(f"叠加券 {run} {amount}", f"Stacking {run} {amount}"),
            amount_minor=amount,
            stacking={"layer": "coupon"},
        )
        for amount in (700, 900)
    ]
    in_cart(buyer, variant_of(operator, tea))
    app = ShopperApp(open_device(member=buyer).new_page())

    # Both are taken in the centre.
    app.page.goto("/coupons")
    for one in coupons:
        card = part(app.page, "coupon-card").filter(has_text=one["title_zh"])
        part(card, "coupon-claim").click()
        expect(part(card, "coupon-claim")).to_be_hidden()

    # Both take off at once, and can be taken out and put back one by one.
    app.to_checkout()
    expect(part(app.page, "price-lines")).to_contain_text(coupons[0]["title_zh"])
    expect(part(app.page, "price-lines")).to_contain_text(coupons[1]["title_zh"])
    before = minor(part(app.page, "payable").inner_text())
    part(app.page, "choose-coupon").click()
    mine = part(app.page, "coupon-choice").filter(has_text=coupons[0]["title_zh"])
    mine.click()
    expect(mine).to_have_attribute("aria-checked", "false")
    expect(part(app.page, "payable")).to_have_text(re.compile(re.escape(yuan(before + 700))))
    mine.click()
    expect(mine).to_have_attribute("aria-checked", "true")
    part(app.page, "coupons-done").click()

    # The gift is chosen and lies in the order for nothing.
    part(app.page, "choose-gift").filter(has_text="满额选赠").click()
    part(app.page, "choice-card").first.click()
    expect(part(app.page, "choice-card").first).to_have_attribute("aria-pressed", "true")
    part(app.page, "choice-done").click()
    given = part(app.page, "checkout-line").filter(has_text=gift["name_zh"])
    expect(part(given, "line-granted")).to_be_visible()
    assert minor(part(app.page, "payable").inner_text()) == before

    app.to_cashier()
    app.at_cashier("pay")
    app.expect_payment("paid")
    order = buyer.ask(f"/me/orders/{buyer.ask('/me/orders', limit=1)['items'][0]['id']}")
    assert order["payable_minor"] == before
    assert len(order["claim_ids"]) == 2


def yuan(amount: int) -> str:
    return f"{amount / 100:,.2f}"


def test_a_purchase_limit_is_kept_with_one_tap(
    open_device: Open, operator: Api, buyer: Api, tea: dict[str, Any], offered: Callable[..., dict[str, Any]]
) -> None:
    offered(
        title=("每单限购两件", "Two an order"),
        preset="purchase_limit",
        benefit={"kind": "purchase_limit"},
        layer="price",
        counted={"product_ids": [tea["id"]]},
        limits={"per_order": 2},
    )
    in_cart(buyer, variant_of(operator, tea), 3)
    app = ShopperApp(open_device(member=buyer).new_page())
    app.page.goto("/checkout")
    expect(part(app.page, "limit")).to_contain_text("每单限购两件")
    expect(part(app.page, "place-order")).to_be_disabled()
    part(app.page, "limit-fix").click()
    expect(part(app.page, "limit")).to_be_hidden()
    expect(part(app.page, "place-order")).to_be_enabled()


def test_a_sold_out_flash_sale_leads_on(
    mall: str,
    open_device: Open,
    operator: Api,
    buyer: Api,
    tea: dict[str, Any],
    offered: Callable[..., dict[str, Any]],
) -> None:
    variant = variant_of(operator, tea)
    offered(
        title=("整点抢购", "On the hour"),
        preset="flash_sale",
        benefit={"kind": "set_price", "price_minor": variant["price_minor"] * 8 // 10},
        layer="price",
        counted={"product_ids": [tea["id"]]},
        sessions=[
            {"starts_at": campaign.moment(minutes=-5), "ends_at": campaign.moment(minutes=30), "stock": 1},
            {"starts_at": campaign.moment(hours=1), "ends_at": campaign.moment(hours=2), "stock": 9},
        ],
    )
    app = ShopperApp(open_device(member=buyer).new_page())
    app.page.goto("/flash")
    newest_round(app.page).click()
    good = part(app.page, "flash-good").filter(has_text=tea["name_zh"]).first
    price = minor(part(good, "flash-price").inner_text())
    part(good, "flash-buy").click()
    app.page.wait_for_url("**/checkout?**")
    expect(part(app.page, "price-lines")).to_contain_text("整点抢购")
    assert minor(part(app.page, "payable").inner_text()) <= price
    app.to_cashier()
    app.at_cashier("pay")
    app.expect_payment("paid")

    late = open_device(member=people.member(mall, newcomer())).new_page()
    late.goto("/flash")
    newest_round(late).click()
    good = part(late, "flash-good").filter(has_text=tea["name_zh"]).first
    expect(part(good, "flash-instead")).to_be_visible()
    part(good, "flash-similar").click()
    expect(part(late, "similar-goods")).to_be_visible()
    late.keyboard.press("Escape")
    late.reload()
    newest_round(late).click()
    part(good, "flash-next").click()
    expect(good).to_have_attribute("data-phase", "upcoming")


def newest_round(page: Page) -> Locator:
    """Return the tab of the session that started last."""
    return page.locator("[data-test=round-running], [data-test=round-sold_out]").last


def test_a_festival_is_queued_for_and_claimed(open_device: Open, operator: Api, buyer: Api) -> None:
    vouchers = [
        campaign.coupon(
            operator,
            title=("消费券 30 元", "30 voucher"),
            amount_minor=3_000,
            threshold_minor=10_000,
            gate="festival",
            total=5,
        )
    ]
    festival = campaign.festival(operator, vouchers, difficulty=2_000)
    device = open_device(member=buyer)
    page = device.new_page()
    page.goto(f"/festivals/{festival['id']}")
    part(page, "queue-join").click()
    expect(part(page, "your-turn")).to_be_visible(timeout=30_000)
    page.reload()
    expect(part(page, "your-turn")).to_be_visible()
    part(page, "voucher-claim").first.click()
    expect(part(page, "voucher-mine")).to_be_visible()
    assert [claim["coupon_id"] for claim in buyer.ask("/me/coupons")["items"]] == [vouchers[0]["id"]]

    operator.tell(f"/festivals/{festival['id']}/kill", {"text_zh": "正在核对", "text_en": "Checking"})
    page.reload()
    expect(part(page, "festival-paused")).to_contain_text("正在核对")


def test_a_code_is_good_once(open_device: Open, operator: Api, buyer: Api) -> None:
    coupon = campaign.coupon(operator, title=("兑换码礼券", "By code"), issue_by=["code"])
    code = campaign.codes(operator, coupon, 1)[0]
    app = ShopperApp(open_device(member=buyer).new_page())
    app.page.goto("/me/coupons")
    part(app.page, "coupon-code").fill("NOT-A-CODE")
    part(app.page, "code-submit").click()
    expect(part(app.page, "code-wrong")).to_have_text(re.compile(r"\S"))
    part(app.page, "coupon-code").fill(code.lower())
    part(app.page, "code-submit").click()
    expect(part(app.page, "my-coupon")).to_contain_text("兑换码礼券")
    part(app.page, "coupon-code").fill(code)
    part(app.page, "code-submit").click()
    expect(part(app.page, "code-wrong")).to_have_text(re.compile(r"\S"))


def test_a_coupon_is_given_to_a_friend(mall: str, open_device: Open, operator: Api, buyer: Api) -> None:
    coupon = campaign.coupon(operator, title=("可转赠券", "To give away"), transferable=True)
    buyer.tell(f"/coupons/{coupon['id']}/claims")
    giver = open_device(member=buyer).new_page()
    giver.goto("/me/coupons")
    part(giver, "coupon-give").click()
    link = part(giver, "transfer-link").inner_text()

    friend = open_device(member=people.member(mall, newcomer())).new_page()
    friend.goto(link)
    part(friend, "transfer-accept").click()
    expect(part(friend, "receive-got")).to_be_visible()

    giver.goto("/me/coupons")
    expect(part(giver, "my-coupon")).to_have_count(0)
    part(giver, "filter-transferred").click()
    expect(part(giver, "my-coupon")).to_contain_text("可转赠券")

    # A second friend comes too late, and is told so.
    other = open_device(member=people.member(mall, newcomer())).new_page()
    other.goto(link)
    expect(part(other, "receive-state").or_(other.get_by_role("heading", level=3))).to_be_visible()


def test_a_poster_leads_a_stranger_to_a_coupon(open_device: Open, operator: Api) -> None:
    coupon = campaign.coupon(operator, title=("海报礼券", "From a poster"), issue_by=["poster"])
    poster = operator.tell(f"/coupons/{coupon['id']}/posters", {"label": "L1"})
    app = ShopperApp(open_device().new_page())
    app.page.goto(f"/p/{poster['token']}")
    expect(part(app.page, "receive-card")).to_contain_text("海报礼券")
    part(app.page, "poster-sign-in").click()
    app.sign_in(newcomer())
    part(app.page, "poster-claim").click()
    expect(part(app.page, "poster-got")).to_be_visible()
    expect(part(app.page, "receive-card")).to_contain_text("海报礼券")


def test_days_in_a_row_are_rewarded(open_device: Open, operator: Api, buyer: Api) -> None:
    rungs = [{"day": day, "points": day * 5} for day in range(1, 8)]
    operator.tell("/check-in-ladder", {"active": True, "rungs": rungs}, method="PUT")
    page = open_device(member=buyer).new_page()
    page.goto("/me/check-in")
    part(page, "check-in").click()
    expect(part(page, "got-points")).to_contain_text("5")
    expect(part(page, "streak")).to_have_text("1")
    page.reload()
    expect(part(page, "check-in")).to_be_disabled()

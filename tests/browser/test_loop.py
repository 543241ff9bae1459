"""The whole loop on real screens: a shopper's phone, those of two clerks and a manager, the operator's desk."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.pages import Console, ShopperApp, StaffMode, minor, part
from tests.browser.people import DESKTOP, Api, Look, newcomer

pytestmark = pytest.mark.browser

FIGURES = ("orders", "sales", "claims", "redemptions", "refunds")


def shop_of(operator: Api, code: str) -> dict[str, Any]:
    shops: list[dict[str, Any]] = operator.ask("/shops/manage", limit=200)["items"]
    return next(shop for shop in shops if shop["code"] == code)


def goods_of(operator: Api, shop: dict[str, Any], kind: str, *, above: int = 0) -> dict[str, Any]:
    """Return something of a kind the shop sells, with a name that is its alone."""
    goods: list[dict[str, Any]] = operator.ask("/products", shop=shop["id"], limit=50)["items"]
    return next(one for one in goods if one["kind"] == kind and one["price_min_minor"] > above)


def whole_mall_coupon(operator: Api) -> dict[str, Any]:
    coupons: list[dict[str, Any]] = operator.ask("/coupons")["items"]
    return next(
        one
        for one in coupons
        if one["claimable"]
        and one["amount_minor"]
        and one["points_price"] == 0
        and not one["shop_ids"]
        and not one["category_ids"]
    )


def test_from_coupon_to_refund_on_five_screens(mall: str, open_device: Open, operator: Api) -> None:
    atelier, cafe = shop_of(operator, "hefeng-atelier"), shop_of(operator, "north-window-coffee")
    coupon = whole_mall_coupon(operator)
    coat = goods_of(operator, atelier, "physical", above=coupon["threshold_minor"])
    voucher = goods_of(operator, cafe, "voucher")
    app = ShopperApp(open_device().new_page())
    desk = Console(open_device(Look(DESKTOP)).new_page())
    desk.sign_in("operator")
    before = {name: desk.figure(name).inner_text() for name in FIGURES}

    # The shopper claims a coupon, which leads through signing in and back.
    app.page.goto(f"/coupons/{coupon['id']}")
    part(app.page, "coupon-claim").click()
    app.sign_in(newcomer())
    expect(part(app.page, "coupon-mine")).to_be_visible()

    # Goods are found in Chinese and in English, and go into one cart.
    for goods, words in ((coat, coat["name_zh"]), (voucher, voucher["name_en"])):
        app.search(words).filter(has_text=goods["name_zh"]).first.click()
        app.put_in_cart(goods["name_zh"])

    # The price is explained as the API explains it, and paid as shown.
    app.to_checkout()
    shopper = member_of(app, mall)
    quote = shopper.tell("/checkout/quote", {"variant_ids": None, "best": True})
    assert [one["coupon_id"] for one in quote["coupons"] if one["applied"]] == [coupon["id"]]
    assert minor(part(app.page, "payable").inner_text()) == quote["payable_minor"]
    expect(part(app.page, "price-lines")).to_contain_text(coupon["title_zh"])
    app.to_cashier()
    app.at_cashier("pay")
    app.expect_payment("paid")
    order = shopper.ask("/me/orders", limit=1)["items"][0]
    part(app.page, "see-codes").click()

    # A clerk of the cafe types the digits on the phone: used at once there, and never again.
    cafe_clerk = StaffMode(open_device().new_page())
    cafe_clerk.sign_in("clerk-north-window-coffee")
    ticket = app.ticket("voucher")
    app.bring_to_front(ticket)
    code = app.code_on(ticket)
    cafe_clerk.redeem(code)
    expect(part(app.page, "ticket-redeemed")).to_be_visible()
    expect(part(app.page, "ticket-redeemed-where")).to_contain_text(cafe["name_zh"])
    cafe_clerk.type_code(code)
    cafe_clerk.expect_refusal(re.compile(rf"\d\d:\d\d 由 .+ 在{cafe['name_zh']}核销"))
    part(app.page, "ticket-redeemed-close").click()

    # The atelier gets the order ready and hands it over; another shop's clerk may not.
    clerk = StaffMode(open_device().new_page())
    clerk.sign_in("clerk-hefeng-atelier")
    clerk.mark_ready(order["number"])
    app.bring_to_front(app.ticket("pickup"))
    code = app.code_on(app.ticket("pickup"))
    cafe_clerk.type_code(code)
    cafe_clerk.expect_refusal(re.compile(atelier["name_zh"]))
    clerk.redeem(code)
    expect(part(app.page, "ticket-redeemed")).to_be_visible()

    # Points on what was paid wait for the refund window to close.
    app.page.goto("/me/points")
    expect(part(app.page, "points-pending")).to_contain_text(re.compile(r"[1-9]"))

    # The manager takes the coat back, having seen what that comes to; the shopper sees it.
    manager = StaffMode(open_device().new_page())
    manager.sign_in("merchant-hefeng")
    part(manager.page, "staff-shop").filter(has_text=atelier["name_zh"]).first.click()
    expect(part(manager.page, "staff-shop-name")).to_have_text(atelier["name_zh"])
    manager.page.goto(f"/staff/orders/{order['id']}/refund")
    part(manager.page, "refund-shop").first.check()
    part(manager.page, "refund-reason").fill("尺码不合")
    amount = minor(part(manager.page, "refund-amount").inner_text())
    assert 0 < amount < quote["payable_minor"]
    part(manager.page, "refund-submit").click()
    expect(part(manager.page, "refund-result")).to_be_visible()
    app.page.goto(f"/orders/{order['id']}")
    expect(part(app.page, "order-refunded")).to_be_visible()
    assert minor(part(app.page, "order-refunded").inner_text()) == amount

    # The operator saw it happen, and opens a figure down to the journal row.
    for name, was in before.items():
        expect(desk.figure(name)).not_to_have_text(was)
    part(desk.page, "figure-orders").click()
    row = part(desk.page, "figure-rows").locator("tr", has_text=order["number"])
    part(row, "open-record").click()
    expect(part(desk.page, "journal-entry")).to_contain_text("orders.")


def member_of(app: ShopperApp, mall: str) -> Api:
    """Return the API as the shopper of a phone sees it."""
    kept = app.page.evaluate("JSON.parse(localStorage.getItem('galleria.member'))")
    return Api(mall, kept)

"""What goes wrong at a counter, at a cashier and in a cellar, and what the screens say then."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser import people
from tests.browser.conftest import Open
from tests.browser.pages import ShopperApp, part
from tests.browser.people import Api, newcomer
from tests.browser.test_loop import goods_of, shop_of

pytestmark = pytest.mark.browser


def variant_of(operator: Api, goods: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operator.ask(f"/products/{goods['id']}")["variants"][0]
    return found


@pytest.fixture
def buyer(mall: str, operator: Api) -> Api:
    """Return a new member with something in the cart."""
    someone = people.member(mall, newcomer())
    wanted = variant_of(operator, goods_of(operator, shop_of(operator, "north-window-coffee"), "voucher"))
    someone.tell("/cart", {"lines": [{"variant_id": wanted["id"], "quantity": 1}]}, method="PATCH")
    return someone


def at_checkout(device: BrowserContext) -> ShopperApp:
    app = ShopperApp(device.new_page())
    app.to_checkout()
    return app


def test_a_declined_payment_is_tried_again(open_device: Open, buyer: Api) -> None:
    app = at_checkout(open_device(member=buyer))
    app.to_cashier()
    app.at_cashier("decline")
    app.expect_payment("declined")
    part(app.page, "pay-again").click()
    app.page.wait_for_url("**/pay/sandbox/**")
    app.at_cashier("twice")
    app.expect_payment("paid")
    assert [order["state"] for order in buyer.ask("/me/orders")["items"]] == ["paid"]


def test_a_late_answer_is_waited_for(open_device: Open, buyer: Api) -> None:
    app = at_checkout(open_device(member=buyer))
    app.to_cashier()
    app.at_cashier("late", soon=True)
    app.expect_payment("waiting")
    app.expect_payment("late")
    app.expect_payment("paid", within_ms=40_000)


def test_goods_that_ran_out_are_named_at_checkout(open_device: Open, buyer: Api, operator: Api) -> None:
    shop = shop_of(operator, "under-the-eaves-books")
    book = variant_of(operator, goods_of(operator, shop, "physical"))
    rows = operator.ask("/stock", shop=shop["id"], q=book["sku"])["items"]
    level = next(row for row in rows if row["variant_id"] == book["id"])
    buyer.tell("/cart", {"lines": [{"variant_id": book["id"], "quantity": 1}]}, method="PATCH")
    app = at_checkout(open_device(member=buyer))
    operator.tell(f"/stock/{book['id']}", {"on_hand": level["reserved"]}, method="PUT")
    part(app.page, "place-order").click()
    expect(part(app.page, "refusal")).to_be_visible()
    expect(part(app.page, "line-short")).to_be_visible()
    operator.tell(f"/stock/{book['id']}", {"on_hand": level["on_hand"]}, method="PUT")


def test_a_wrong_code_does_not_sign_in(open_device: Open) -> None:
    page = open_device().new_page()
    page.goto("/sign-in")
    part(page, "phone").fill(newcomer())
    part(page, "send-code").click()
    shown = part(page, "sandbox-code").get_attribute("data-code")
    part(page, "code").fill("000000" if shown != "000000" else "111111")
    expect(part(page, "code-problem")).to_have_text(re.compile(r"\S"))
    part(page, "sandbox-code").click()
    expect(part(page, "sandbox-code")).to_be_hidden()


def test_the_code_turns_without_a_network(open_device: Open, shopper: Api) -> None:
    device = open_device(member=shopper)
    device.clock.install()
    app = ShopperApp(device.new_page())
    app.page.goto("/code")
    ticket = part(app.page, "ticket").first
    first = app.code_on(ticket)
    device.set_offline(True)
    device.clock.fast_forward(31_000)
    expect(part(ticket, "ticket-code")).not_to_have_text(re.compile(r"\s*".join(first)))
    assert app.code_on(ticket)[:8] == first[:8]

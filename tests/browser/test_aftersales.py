"""A shopper is not content: asked on the phone, answered in the console, and what happens when the shop refuses."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from galleria.commerce import redemption
from tests.browser import people
from tests.browser.conftest import Open
from tests.browser.pages import ShopperApp, part
from tests.browser.people import DESKTOP, Api, Look, newcomer
from tests.browser.test_loop import goods_of, shop_of

pytestmark = pytest.mark.browser

SHOP = "under-the-eaves-books"


@pytest.fixture
def buyer(mall: str, operator: Api, open_device: Open) -> tuple[Api, dict[str, Any]]:
    """Return a new member who has bought a book and holds it in the hand, and the order."""
    someone = people.member(mall, newcomer())
    shop = shop_of(operator, SHOP)
    book = operator.ask(f"/products/{goods_of(operator, shop, 'physical')['id']}")["variants"][0]
    someone.tell("/cart", {"lines": [{"variant_id": book["id"], "quantity": 1}]}, method="PATCH")
    app = ShopperApp(open_device(member=someone).new_page())
    app.to_checkout()
    app.to_cashier()
    app.at_cashier("pay")
    app.expect_payment("paid")
    [order] = someone.ask("/me/orders")["items"]
    [listed] = someone.ask("/me/tickets", order=order["id"])["items"]
    ticket = someone.ask(f"/me/tickets/{listed['id']}")
    secret = base64.b64decode(ticket["secret_base64"])
    shown = f"GAL:{ticket['serial']}{redemption.rotating(secret, redemption.step_at(datetime.now(UTC)))}"
    operator.tell("/redemptions", {"shop_id": shop["id"], "code": shown})
    return someone, order


def ask_for(app: ShopperApp, order: dict[str, Any], kind: str) -> None:
    """Ask on the phone for the only line of an order."""
    app.page.goto(f"/orders/{order['id']}")
    part(app.page, "go-case").click()
    part(app.page, "case-line").locator("input[type=checkbox]").check()
    part(app.page, f"case-kind-{kind}").click()
    part(app.page, "case-reason-damaged").click()
    part(app.page, "case-words").fill("书角压坏了")
    part(app.page, "case-submit").click()
    expect(part(app.page, "case")).to_have_attribute("data-state", "requested")


def test_a_return_is_asked_given_in_and_paid_back(
    open_device: Open, operator: Api, buyer: tuple[Api, dict[str, Any]]
) -> None:
    member, order = buyer
    app = ShopperApp(open_device(member=member).new_page())
    ask_for(app, order, "return_refund")
    [case] = member.ask("/me/cases")["items"]
    desk = open_device(Look(DESKTOP), staff=operator).new_page()
    desk.goto("/console/cases")
    desk.locator("[data-test=cases-table] a", has_text=case["number"]).click()
    part(desk, "case-confirm").click()
    expect(part(desk, "case")).to_have_attribute("data-state", "approved")
    expect(part(app.page, "case")).to_have_attribute("data-state", "approved")
    expect(part(app.page, "case-code")).to_be_visible()
    part(desk, "case-scan-in").click()
    expect(part(desk, "case")).to_have_attribute("data-state", "received")
    part(desk, "case-confirm").click()
    expect(part(desk, "case")).to_have_attribute("data-state", "refunded")
    expect(part(app.page, "case-settled")).to_be_visible()
    assert member.ask(f"/me/orders/{order['id']}")["refunded_minor"] == order["payable_minor"]


def test_a_refusal_is_taken_to_the_mall(open_device: Open, operator: Api, buyer: tuple[Api, dict[str, Any]]) -> None:
    member, order = buyer
    app = ShopperApp(open_device(member=member).new_page())
    ask_for(app, order, "refund_only")
    [case] = member.ask("/me/cases")["items"]
    desk = open_device(Look(DESKTOP), staff=operator).new_page()
    desk.goto(f"/console/cases/{case['id']}")
    part(desk, "verdict-reject").click()
    part(desk, "case-confirm").click()
    expect(part(desk, "case")).to_have_attribute("data-state", "requested")
    part(desk, "case-words").fill("出库时完好")
    part(desk, "case-confirm").click()
    expect(part(desk, "case")).to_have_attribute("data-state", "rejected")
    part(app.page, "case-escalate").click()
    part(app.page, "case-say").fill("收到时外包装已破")
    part(app.page, "case-send").click()
    expect(part(app.page, "case")).to_have_attribute("data-state", "escalated")
    expect(part(desk, "verdict-grant")).to_be_visible()
    part(desk, "case-confirm").click()
    expect(part(desk, "case")).to_have_attribute("data-state", "refunded")
    expect(part(app.page, "case-settled")).to_be_visible()

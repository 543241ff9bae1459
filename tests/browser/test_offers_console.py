"""Offers at the desk: written as a sentence, launched by two people, taken back; codes, festivals, prices."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from galleria.demo.loading.people import PASSWORD
from tests.browser import people
from tests.browser.conftest import Open
from tests.browser.pages import Console, part
from tests.browser.people import DESKTOP, Api, Look
from tests.browser.test_loop import shop_of

pytestmark = pytest.mark.browser

DEEP = "80"
"""So many per cent off want a second person in any mall."""


@pytest.fixture
def desk(open_device: Open, operator: Api) -> Console:
    return Console(open_device(Look(DESKTOP, "en"), staff=operator).new_page())


@pytest.fixture(scope="module")
def colleague(mall: str, operator: Api) -> Api:
    """Somebody else who may approve."""
    login = f"second-{secrets.token_hex(3)}"
    grant = {"role": "operator", "merchant_id": None, "shop_id": None, "whole_group": False}
    operator.tell("/staff", {"login": login, "name": "Second Person", "password": PASSWORD, "grants": [grant]})
    return people.staff(mall, login)


def test_a_deep_offer_is_launched_by_two_people_and_taken_back(
    desk: Console, open_device: Open, operator: Api, colleague: Api
) -> None:
    title = f"Browser {secrets.token_hex(3)}"
    page = desk.page
    offer = write_offer(page, operator, title, percent=DEEP)
    part(page, "offer-launch").click()
    expect(part(page, "launch-outcome")).to_contain_text("second person")
    part(page, "launch-go").click()
    expect(part(page, "offer-phase")).to_have_text("In approval")

    page.goto("/console/approvals")
    mine = part(page, f"review-{offer}")
    expect(part(mine, "withdraw")).to_be_visible()
    expect(part(mine, "approve")).to_have_count(0)

    other = open_device(Look(DESKTOP, "en"), staff=colleague).new_page()
    other.goto("/console/approvals")
    part(part(other, f"review-{offer}"), "approve").click()
    expect(part(other, f"review-{offer}")).to_have_count(0)
    assert operator.ask(f"/offers/manage/{offer}")["offer"]["state"] == "live"

    page.goto(f"/console/offers/{offer}")
    part(page, "offer-title_en").fill(f"{title} changed")
    part(page, "offer-save").click()
    expect(part(page, "unlaunched")).to_be_visible()
    page.goto(f"/console/changes?subject={offer}")
    part(page, "undo").first.click()
    confirm(page)
    expect(part(page, "changes").locator("li").first).to_contain_text("restored from version 1")
    assert operator.ask(f"/offers/manage/{offer}")["offer"]["title_en"] == title


def test_an_offer_is_read_out_while_it_is_written_and_paused_in_one_tap(
    desk: Console, operator: Api, colleague: Api
) -> None:
    title = f"Browser {secrets.token_hex(3)}"
    page = desk.page
    offer = write_offer(page, operator, title, percent="10")
    expect(part(page, "reading-en")).to_contain_text("10% off")
    expect(part(page, "reading-zh-CN")).to_contain_text("减 10%")
    part(page, "offer-launch").click()
    part(page, "launch-go").click()
    expect(part(page, "offer-phase")).to_have_text(re.compile("Scheduled|In approval"))
    for review in colleague.ask("/launch/reviews", state="pending", subject_id=offer)["items"]:
        colleague.tell(f"/launch/reviews/{review['id']}/approve")
    page.goto("/console/offers")
    row = part(page, f"offer-{offer}")
    part(row, "tap-paused").click()
    expect(row).to_contain_text("Paused")
    assert operator.ask(f"/offers/manage/{offer}")["offer"]["state"] == "paused"


def test_codes_are_made_and_downloaded(desk: Console, operator: Api, colleague: Api) -> None:
    coupon = live_coupon(operator, colleague, ["claim", "code"])
    page = desk.page
    page.goto(f"/console/coupons/{coupon}/issue")
    part(page, "batch-count").locator("input").fill("50")
    part(page, "batch-prefix").fill("BR")
    part(page, "batch-make").click()
    expect(part(page, "batch-ready")).to_be_visible(timeout=20_000)
    with page.expect_download() as saving:
        part(page, "batch-download").click()
    lines = saving.value.path().read_text(encoding="utf-8-sig").split()
    assert sum(",BR-" in line for line in lines) == 50


def test_a_festival_is_stopped_in_one_tap(desk: Console, operator: Api, colleague: Api) -> None:
    coupon = live_coupon(operator, colleague, ["claim"], gate="festival")
    festival = operator.tell(
        "/festivals/manage",
        {
            "title_zh": "浏览器盛会",
            "title_en": "Browser festival",
            "opens_at": moment(minutes=-1),
            "closes_at": moment(days=1),
            "coupon_ids": [coupon],
        },
    )["id"]
    operator.tell(f"/festivals/{festival}/open")
    page = desk.page
    page.goto(f"/console/festivals/{festival}/board")
    expect(part(page, "board-phase")).to_have_text("Live")
    part(page, "kill").click()
    expect(part(page, "paused-note")).to_contain_text("nobody can claim")
    assert operator.ask(f"/festivals/manage/{festival}")["state"] == "paused"
    part(page, "resume").click()
    confirm(page)
    expect(part(page, "board-phase")).to_have_text("Live")


def test_a_price_below_the_floor_is_refused_before_it_is_made(desk: Console, operator: Api) -> None:
    good = operator.ask("/catalog", state="published", limit=1)["items"][0]
    variant = good["variants"][0]
    floor = {"variant_id": variant["id"], "cost_minor": None, "floor_minor": variant["price_minor"]}
    operator.tell("/costs", {"shop_id": good["shop_id"], "items": [floor]}, method="PUT")
    page = desk.page
    page.goto(f"/console/prices/new?shop={good['shop_id']}&product={good['id']}")
    part(page, "rule-save").click()
    expect(part(page, "count-refused")).to_be_visible()
    expect(part(page, "rule-preview")).to_contain_text("below the floor")


def write_offer(page: Page, operator: Api, title: str, *, percent: str) -> str:
    """Write a percentage off for one shop, save it and return its id."""
    page.goto("/console/offers/new")
    part(page, "preset-percent_off").click()
    part(page, "offer-title_zh").fill(f"浏览器 {title[-6:]}")
    part(page, "offer-title_en").fill(title)
    part(page, "gap-percent").locator("input").fill(percent)
    shop = shop_of(operator, "under-the-eaves-books")
    part(page, "gap-goods").get_by_role("button").click()
    Console(page).choose(part(page, "scope-shops"), shop["name_en"])
    page.keyboard.press("Escape")
    part(page, "scope-done").click()
    part(page, "offer-save").click()
    page.wait_for_url(re.compile(r"/console/offers/[0-9a-f-]{36}"))
    return page.url.rsplit("/", 1)[-1].split("?")[0]


def live_coupon(operator: Api, colleague: Api, ways: list[str], **more: Any) -> str:
    """Make a coupon that shoppers may have at once, with whoever is needed to launch it."""
    word = secrets.token_hex(3)
    coupon: str = operator.tell(
        "/coupons/manage",
        {
            "title_zh": f"浏览器券 {word}",
            "title_en": f"Browser coupon {word}",
            "kind": "amount",
            "amount_minor": 500,
            "threshold_minor": 10_000,
            "claim_from": moment(minutes=-5),
            "claim_until": moment(days=5),
            "use_from": moment(minutes=-5),
            "use_until": moment(days=9),
            "total": 100,
            "funder": "mall",
            "issue_by": ways,
            **more,
        },
    )["id"]
    review = operator.tell("/launch", {"subject_kind": "coupon", "subject_id": coupon})
    if review["state"] == "pending":
        colleague.tell(f"/launch/reviews/{review['id']}/approve")
    return coupon


def moment(**from_now: float) -> str:
    return (datetime.now(UTC) + timedelta(**from_now)).isoformat()


def confirm(page: Page) -> None:
    page.locator(".el-message-box__btns .el-button--primary").click()

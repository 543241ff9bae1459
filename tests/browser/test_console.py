"""The desk: what is wrong is said at the field or the line, what is right is done, and the audit knows by whom."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Open
from tests.browser.pages import Console, part
from tests.browser.people import DESKTOP, Api, Look
from tests.browser.test_loop import shop_of

pytestmark = pytest.mark.browser

HEADING = "code,kind,name_zh,name_en,category,sku,price,stock"


@pytest.fixture
def desk(open_device: Open, operator: Api) -> Console:
    return Console(open_device(Look(DESKTOP, "en"), staff=operator).new_page())


def test_a_coupon_is_corrected_at_the_field_and_published(desk: Console, operator: Api) -> None:
    title = f"Browser {secrets.token_hex(3)}"
    page = desk.page
    page.goto("/console/coupons/new")
    part(page, "coupon-title_en").fill(title)
    part(page, "coupon-save").click()
    wrong = page.locator(".field--wrong", has=part(page, "coupon-title_zh"))
    expect(wrong.get_by_role("alert")).to_have_text(re.compile(r"\S"))
    part(page, "coupon-title_zh").fill(f"浏览器 {title[-6:]}")
    part(page, "coupon-total").locator("input").fill("5")
    part(page, "coupon-save").click()
    expect(part(page, "coupon-state")).to_be_visible()
    expect(wrong).to_have_count(0)
    part(page, "coupon-publish").click()
    part(page, "launch-go").click()
    expect(part(page, "coupon-issue")).to_be_visible()
    made = next(one for one in operator.ask("/coupons/manage")["items"] if one["title_en"] == title)
    assert (made["state"], made["total"]) == ("live", 5)


def test_goods_with_one_bad_line_are_not_imported(desk: Console, operator: Api) -> None:
    shop = shop_of(operator, "under-the-eaves-books")
    word = secrets.token_hex(4)
    good = [f"{word}-{n},physical,试书{word}{n},Trial {word} {n},culture.books,{word}-{n},28.00,5" for n in (1, 2)]
    page = desk.page
    page.goto("/console/goods/transfers")
    desk.choose(part(page, "shop-select"), shop["name_en"])
    part(page, "goods-import").set_input_files(csv(word, [good[0], good[1].replace("28.00", "cheap")]))
    expect(part(page, "transfer-problems")).to_be_visible(timeout=20_000)
    row = part(page, "transfer-problems").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator("td")).to_have_text(["3", "price", re.compile(r"\S")])
    assert found(operator, shop, word) == []
    part(page, "goods-import").set_input_files(csv(word, good))
    expect(page.locator("[data-test=transfer-goods_import][data-state=done]", has_text=word)).to_be_visible(
        timeout=20_000
    )
    assert len(found(operator, shop, word)) == 2


def test_a_shop_opens_and_the_audit_says_who_opened_it(desk: Console, operator: Api) -> None:
    word = secrets.token_hex(3)
    page = desk.page
    page.goto("/console/shops/new")
    part(page, "name-zh").fill(f"新店{word}")
    part(page, "name-en").fill(f"New Shop {word}")
    desk.choose(part(page, "merchant"), "Hefeng")
    desk.choose(part(page, "category"), "Books")
    part(page, "code").fill(f"new-{word}")
    part(page, "save").click()
    page.wait_for_url(re.compile(r"/console/shops(?!/new)"))
    page.goto("/console/shops")
    part(page, "shop-search").fill(word)
    expect(part(page, "shop-rows").locator("tbody tr")).to_have_count(1)
    page.goto("/console/audit")
    name = operator.ask("/v1/staff/me")["name"]
    first = part(page, "audit-rows").locator("tbody tr").filter(has_text=f"{name} opened a shop").first
    part(first, "open-entry").click()
    expect(part(page, "journal-entry")).to_contain_text("malls.open_shop")


def confirm(page: Page) -> None:
    page.locator(".el-message-box__btns .el-button--primary").click()


def csv(name: str, lines: list[str]) -> FilePayload:
    return FilePayload(name=f"{name}.csv", mimeType="text/csv", buffer="\n".join([HEADING, *lines]).encode())


def found(operator: Api, shop: dict[str, Any], word: str) -> list[Any]:
    """Return what has the word in its SKU, drafts too."""
    rows: list[Any] = operator.ask("/stock", shop=shop["id"], q=word)["items"]
    return rows

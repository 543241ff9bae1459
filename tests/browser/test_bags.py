"""A bag's way as people see it: sealed in a shop, fetched, shelved, watched, handed out, with and without a network."""

import base64
import hmac
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from galleria.demo.loading.people import PASSWORD
from tests.browser import people
from tests.browser.conftest import Open
from tests.browser.pages import part
from tests.browser.people import Api, newcomer

pytestmark = pytest.mark.browser


@pytest.fixture
def runner(mall: str, operator: Api) -> Api:
    """Take a runner on."""
    login = f"runner-{secrets.token_hex(4)}"
    new = {"login": login, "name": "林小跑", "password": PASSWORD, "grants": [{"role": "runner"}]}
    operator.tell("/staff", new)
    return people.staff(mall, login)


@pytest.fixture
def clerk(mall: str) -> Api:
    return people.staff(mall, "clerk-north-window-coffee")


@pytest.fixture
def desk(operator: Api) -> dict[str, Any]:
    """Set up a desk with one shelf."""
    code = f"b{secrets.token_hex(4)}"
    new = {"code": code, "kind": "desk", "name_zh": f"服务台{code}", "name_en": f"Desk {code}"}
    made = operator.tell("/bag-desks", new)
    shelf = {"code": "A1", "storage": "ambient", "capacity": 9}
    found: dict[str, Any] = operator.tell(f"/bag-desks/{made['id']}/shelves", shelf, method="PUT")
    return found


@pytest.fixture
def labels(operator: Api) -> list[str]:
    """Print labels."""
    batch = operator.tell("/bag-labels", {"count": 4})
    found: list[str] = operator.ask(f"/bag-labels/{batch['id']}")["labels"]
    return found


def enter(page: Page, text: str) -> None:
    """Type what a camera would read."""
    part(page, "manual-code").fill(text)
    part(page, "manual-submit").click()


def seal(page: Page, label: str, phone: str) -> None:
    page.goto("/staff/bags/seal")
    enter(page, label)
    expect(part(page, "seal-label")).to_be_visible()
    enter(page, phone)
    expect(part(page, "seal-shopper")).to_be_visible()


def at_desk(page: Page, desk: dict[str, Any], tab: str) -> None:
    page.goto("/staff/bags/desk")
    part(page, f"desk-{desk['id']}").click()
    part(page, f"tab-{tab}").click()


def code_of(member: Api) -> str:
    """Return what the shopper's phone shows now."""
    code = member.ask("/me/trips")["items"][0]["code"]
    step = str(int(time.time()) // code["step_seconds"]).encode()
    digest = hmac.digest(base64.b64decode(code["secret_base64"]), step, "sha256")
    at = digest[-1] & 15
    return f"{code['serial']}{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 10_000:04d}"


def shelved(runner: Api, clerk: Api, desk: dict[str, Any], label: str, phone: str) -> None:
    """Bring a bag onto the desk's shelf without looking at screens."""
    shop = clerk.ask("/v1/staff/me")["grants"][0]["shop_id"]

    def scan(who: Api, move: str, **more: Any) -> None:
        at = datetime.now(UTC).isoformat()
        made = {"id": str(secrets.token_hex(16)), "move": move, "label": label, "at": at, **more}
        [found] = who.tell("/bags/scans", {"scans": [made]})["results"]
        assert found["outcome"] == "accepted", found

    scan(clerk, "seal", shop_id=shop, seal={"shopper": phone})
    scan(runner, "take")
    scan(runner, "shelve", shelf_id=desk["shelves"][0]["id"])


def test_a_bag_goes_from_the_shop_to_the_shopper(
    mall: str, open_device: Open, clerk: Api, runner: Api, desk: dict[str, Any], labels: list[str]
) -> None:
    phone, label = newcomer(), labels[0]
    member = people.member(mall, phone)
    counter, walking = open_device(staff=clerk).new_page(), open_device(staff=runner).new_page()
    mine = open_device(member=member).new_page()

    seal(counter, label, phone)
    part(counter, "seal-worth").fill("99999999")
    part(counter, "seal-go").click()
    expect(part(counter, "seal-refusal")).to_contain_text("上限")
    part(counter, "seal-worth").fill("128")
    part(counter, "seal-go").click()
    expect(part(counter, "verdict-success")).to_be_visible()

    mine.goto("/me/bags")
    where = part(part(mine, f"my-bag-{label}"), "bag-where")
    expect(where).to_have_text("已封袋，等待取送")

    walking.goto("/staff/bags/run")
    part(walking, "run-scan").click()
    enter(walking, label)
    expect(part(part(walking, "run-carrying"), f"bag-{label}")).to_be_visible()
    expect(where).to_have_text("正在路上")

    at_desk(walking, desk, "in")
    part(walking, "shelf-A1").click()
    enter(walking, label)
    expect(where).to_have_text(f"在{desk['name_zh']}等您")

    shown = part(mine, "ticket-code").first
    expect(shown).to_have_text(re.compile(r"^\s*\d{4}\s*\d{4}\s*\d{4}\s*$"))
    at_desk(walking, desk, "out")
    enter(walking, re.sub(r"\D", "", shown.inner_text()))
    expect(part(walking, "hand-over")).to_be_visible()
    enter(walking, label)
    expect(part(walking, "verdict-success")).to_be_visible()
    expect(part(mine, "trip-past")).to_be_visible()


def test_another_shoppers_bag_is_refused_and_what_is_scanned_without_a_network_is_not_lost(
    mall: str, open_device: Open, operator: Api, clerk: Api, runner: Api, desk: dict[str, Any], labels: list[str]
) -> None:
    phone, other = newcomer(), newcomer()
    member = people.member(mall, phone)
    shelved(runner, clerk, desk, labels[0], phone)
    shelved(runner, clerk, desk, labels[1], other)
    device = open_device(staff=runner)
    page = device.new_page()
    at_desk(page, desk, "out")
    enter(page, code_of(member))
    expect(part(page, "hand-over")).to_be_visible()
    enter(page, labels[1])
    refusal = page.get_by_role("alert").filter(has_text="不属于这位顾客")
    expect(refusal).to_be_visible()
    refusal.click()

    page.route("**/v1/**", lambda route: route.abort("internetdisconnected"))
    enter(page, labels[0])
    expect(part(page, "bag-queue")).to_be_visible()
    assert operator.ask(f"/bags/by-label/{labels[0]}")["state"] == "shelved"
    page.unroute("**/v1/**")
    part(page, "bag-queue").click()
    expect(part(page, "bag-queue")).to_have_count(0)
    found = operator.ask(f"/bags/by-label/{labels[0]}")
    assert (found["state"], found["custody"][-1]["move"]) == ("collected", "hand")
    assert operator.ask(f"/bags/by-label/{labels[1]}")["state"] == "shelved"


def test_somebody_else_collects_by_a_link_that_works_once(
    mall: str, open_device: Open, clerk: Api, runner: Api, desk: dict[str, Any], labels: list[str]
) -> None:
    phone = newcomer()
    member = people.member(mall, phone)
    shelved(runner, clerk, desk, labels[0], phone)
    mine = open_device(member=member).new_page()
    mine.goto("/me/bags")
    part(mine, "proxy-ask").click()
    part(mine, "proxy-name").fill("李姐")
    part(mine, "proxy-add").click()
    expect(part(mine, "proxy-revoke")).to_be_visible()
    [proxy] = member.ask("/me/trips")["items"][0]["proxies"]
    friend = open_device().new_page()
    friend.goto(f"/b/{proxy['code']}?mall=tinghe")
    expect(part(friend, "proxy-view")).to_contain_text(desk["name_zh"])

    page = open_device(staff=runner).new_page()
    at_desk(page, desk, "out")
    enter(page, proxy["code"])
    expect(part(page, "hand-over")).to_contain_text("李姐")
    enter(page, labels[0])
    expect(part(page, "verdict-success")).to_be_visible()
    friend.reload()
    expect(friend.get_by_text("袋子已经领走了")).to_be_visible()

"""Every screen is opened in both languages and looked at: by these checks, and by people in `tests/artefacts`."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import people, screens
from tests.browser.conftest import ARTEFACTS
from tests.browser.people import DESKTOP, PHONE, Api, Look
from tests.browser.watch import Watch, faults_of, settle

pytestmark = pytest.mark.browser

LANGUAGES = ("zh-CN", "en")
AT_ONCE = 4
"""So many screens load while others are looked at."""
IN_THE_DARK = {
    "home",
    "product",
    "code",
    "order",
    "flash",
    "check-in",
    "staff-scan",
    "console-overview",
    "console-orders",
    "console-coupon",
}


@pytest.fixture(scope="package")
def clerk(mall: str) -> Api:
    return people.staff(mall, "clerk-hefeng-atelier")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shoppers_screens_are_whole(mall: str, chromium: Browser, shopper: Api, language: str) -> None:
    visit(chromium, mall, Look(PHONE, language), screens.shopper_screens(shopper), member=shopper)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_strangers_screens_are_whole(mall: str, chromium: Browser, language: str) -> None:
    visit(chromium, mall, Look(PHONE, language), screens.STRANGER)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_of_staff_mode_are_whole(mall: str, chromium: Browser, clerk: Api, language: str) -> None:
    shop = clerk.ask("/v1/staff/me")["grants"][0]["shop_id"]
    visit(chromium, mall, Look(PHONE, language), screens.staff_screens(clerk, shop), staff=clerk)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screens_of_the_console_are_whole(mall: str, chromium: Browser, operator: Api, language: str) -> None:
    visit(chromium, mall, Look(DESKTOP, language), screens.console_screens(operator), staff=operator)
    visit(chromium, mall, Look(DESKTOP, language), {"console-sign-in": "/console/sign-in"})


def test_the_screens_are_whole_in_the_dark(
    mall: str, chromium: Browser, shopper: Api, clerk: Api, operator: Api
) -> None:
    shop = clerk.ask("/v1/staff/me")["grants"][0]["shop_id"]
    dark = Look(PHONE, "zh-CN", dark=True)
    visit(chromium, mall, dark, some(screens.shopper_screens(shopper)), member=shopper)
    visit(chromium, mall, dark, some(screens.staff_screens(clerk, shop)), staff=clerk)
    visit(chromium, mall, Look(DESKTOP, "en", dark=True), some(screens.console_screens(operator)), staff=operator)


def some(all_of: screens.Screens) -> screens.Screens:
    return {name: address for name, address in all_of.items() if name in IN_THE_DARK}


def visit(
    chromium: Browser,
    origin: str,
    look: Look,
    addresses: screens.Screens,
    *,
    member: Api | None = None,
    staff: Api | None = None,
) -> None:
    """Open each address in one context, take its picture, and report everything wrong with all of them at once."""
    context = people.open_context(chromium, origin, look, member=member, staff=staff)
    watch, faults = Watch(context, origin), list[str]()
    pages = [context.new_page() for _ in range(AT_ONCE)]
    waiting = list(addresses.items())
    while waiting:
        batch, waiting = list(zip(pages, waiting, strict=False)), waiting[AT_ONCE:]
        for page, (_, address) in batch:
            page.goto(address, wait_until="commit")
        for page, (name, _) in batch:
            page.bring_to_front()
            settle(page)
            faults += [f"{name}: {fault}" for fault in faults_of(page)]
            picture(page, ARTEFACTS / (look.language + ("-dark" if look.dark else "")) / f"{name}.png")
    faults += watch.take()
    context.close()
    assert not faults, "\n".join(faults)


def picture(page: Page, path: Path) -> None:
    """Take the picture of a screen, as far down as somebody may look."""
    page.screenshot(path=path, animations="disabled", full_page=True)

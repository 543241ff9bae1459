"""One installation, one browser; every test opens devices of its own and may leave nothing wrong on any of them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser import people
from tests.browser.people import Api, Look
from tests.browser.server import demo_mall
from tests.browser.watch import Watch

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
Open = Callable[..., BrowserContext]


@pytest.fixture(scope="package")
def mall() -> Iterator[str]:
    """Lend the address of a mall of the suite's own, or of the one that `BROWSER_MALL` names, to try things quickly."""
    if running := os.environ.get("BROWSER_MALL"):
        yield running
        return
    with demo_mall() as origin:
        yield origin


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; it goes with this folder, for the tests elsewhere bring an event loop of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def shopper(mall: str) -> Api:
    return people.member(mall, people.SHOPPER)


@pytest.fixture(scope="package")
def operator(mall: str) -> Api:
    return people.staff(mall, "operator")


@pytest.fixture
def open_device(mall: str, chromium: Browser) -> Iterator[Open]:
    """Return what opens a device; when the test ends, none may have logged an error or called a foreign host."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_one(look: Look | None = None, *, member: Api | None = None, staff: Api | None = None) -> BrowserContext:
        context = people.open_context(chromium, mall, look or Look(), member=member, staff=staff)
        opened.append((context, Watch(context, mall)))
        return context

    yield open_one
    faults = [fault for _, watch in opened for fault in watch.take()]
    for context, _ in opened:
        context.close()
    assert faults == []

"""What people do on the screens, by the names they would use for it."""

import re

from playwright.sync_api import Locator, Page, expect

from galleria.demo.loading.people import PASSWORD


def part(within: Page | Locator, name: str) -> Locator:
    """Return what the apps mark as `data-test`."""
    return within.locator(f"[data-test='{name}']")


def minor(text: str) -> int:
    """Return an amount as written on a screen in cents, a discount's sign left out."""
    return round(float(re.sub(r"[^0-9.]", "", text)) * 100)


class ShopperApp:
    """A shopper's phone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, phone: str) -> None:
        """Sign in on the page that asks for it, with the code the sandbox shows."""
        part(self.page, "phone").fill(phone)
        part(self.page, "send-code").click()
        part(self.page, "sandbox-code").click()
        expect(part(self.page, "sandbox-code")).to_be_hidden()

    def search(self, words: str) -> Locator:
        """Look for goods and return what is found."""
        self.page.goto("/search")
        field = self.page.get_by_role("searchbox")
        field.fill(words)
        field.press("Enter")
        found = part(self.page, "search-results")
        expect(part(found, "product-card").first).to_be_visible()
        return part(found, "product-card")

    def put_in_cart(self, product: str) -> None:
        """Put the product on the page, of that name, into the cart."""
        expect(part(self.page, "product-name")).to_have_text(product)
        with self.page.expect_response(lambda answer: "/cart" in answer.url and answer.request.method != "GET"):
            part(self.page, "add-to-cart").click()

    def to_checkout(self) -> None:
        self.page.goto("/cart")
        part(self.page, "checkout").click()
        expect(part(self.page, "price-lines")).to_be_visible()

    def to_cashier(self) -> None:
        part(self.page, "place-order").click()
        self.page.wait_for_url("**/pay/sandbox/**")

    def at_cashier(self, action: str, *, soon: bool = False) -> None:
        """Choose how the payment goes: pay, decline, timeout, twice, late; `soon` is late by ten seconds only."""
        delay = self.page.locator("[name=delay_s]")
        form = self.page.locator("form", has=delay) if soon else self.page
        if soon:
            delay.evaluate("(field) => (field.value = '10')")
        form.locator(f"button[value={action}]").first.click()

    def expect_payment(self, state: str | re.Pattern[str], *, within_ms: float = 15_000) -> None:
        expect(part(self.page, "paying")).to_have_attribute("data-state", state, timeout=within_ms)

    def ticket(self, kind: str) -> Locator:
        """Return the one ticket of a kind on the code page."""
        return self.page.locator(f"[data-test=ticket][data-kind={kind}]")

    def bring_to_front(self, ticket: Locator) -> None:
        ticket.evaluate("(e) => e.scrollIntoView({ behavior: 'instant', inline: 'center' })")
        expect(part(ticket, "ticket-code")).to_be_visible()

    def code_on(self, ticket: Locator) -> str:
        """Return the twelve digits under the ticket's QR code."""
        code = re.sub(r"\D", "", part(ticket, "ticket-code").inner_text())
        assert len(code) == 12, code
        return code


class StaffMode:
    """A clerk's phone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, login: str) -> None:
        self.page.goto("/staff/sign-in")
        part(self.page, "staff-login").fill(login)
        part(self.page, "staff-password").fill(PASSWORD)
        part(self.page, "staff-sign-in").click()
        expect(part(self.page, "staff-sign-in")).to_be_hidden()

    def type_code(self, code: str) -> None:
        self.page.goto("/staff/scan")
        part(self.page, "manual-code").fill(code)
        part(self.page, "manual-submit").click()

    def redeem(self, code: str) -> None:
        """Type a code, look at what it is, and redeem it."""
        self.type_code(code)
        part(self.page, "redeem").click()
        expect(part(self.page, "verdict-success")).to_be_visible()

    def expect_refusal(self, reason: re.Pattern[str]) -> None:
        expect(part(self.page, "verdict-refusal")).to_be_visible()
        expect(part(self.page, "verdict-reason")).to_have_text(reason)

    def mark_ready(self, number: str) -> None:
        self.page.goto("/staff/orders")
        card = self.page.locator(f"[data-test=staff-order][data-number='{number}']")
        part(card, "mark-ready").click()
        expect(part(card, "mark-ready")).to_be_hidden()


class Console:
    """The desk of somebody who runs the mall."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, login: str) -> None:
        self.page.goto("/console/")
        self.page.locator("#sign-in-login").fill(login)
        self.page.locator("#sign-in-password").fill(PASSWORD)
        part(self.page, "sign-in").click()
        expect(part(self.page, "live")).to_be_visible()

    def figure(self, name: str) -> Locator:
        return part(self.page, f"figure-{name}").locator(".g-figure")

    def choose(self, field: Locator, words: str) -> None:
        """Choose from a list by what it shows."""
        field.click()
        field.locator("input").first.fill(words)
        self.page.locator(".el-select-dropdown__item:visible", has_text=words).first.click()

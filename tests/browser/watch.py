"""What is wrong with a page although it seems to work: errors nobody shows, words left out, things that stick out."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

REFUSED = re.compile(
    r"Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_INTERNET_DISCONNECTED)"
)
"""Chromium's own note of a refusal, or of a network that a test took away: the page says so in words of its own."""

_UNNAMED = """() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('[aria-hidden=true]')
  const said = (ids) => ids.split(/\\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join('')
  const name = (e) => [
    e.getAttribute('aria-label') ?? '',
    said(e.getAttribute('aria-labelledby') ?? ''),
    e.title,
    e.placeholder ?? '',
    ...[...(e.labels ?? [])].map((label) => label.textContent),
    e.matches('input, select, textarea') ? '' : e.textContent,
    ...[...e.querySelectorAll('img[alt], svg [aria-label]')].map((i) => i.alt ?? i.getAttribute('aria-label')),
  ].join('').trim()
  const wanted = 'button, a[href], input:not([type=hidden]), select, textarea, [role=button], [role=switch]'
  return [...document.querySelectorAll(wanted)].filter(shown).filter((e) => !name(e))
    .map((e) => e.outerHTML.slice(0, 160))
}"""

_KEYS = """() => {
  const key = /^[a-z]+(\\.[a-zA-Z_-]+)+$/
  const found = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim()
    if (key.test(text) && !walk.currentNode.parentElement.closest('code, pre, script, style')) found.push(text)
  }
  for (const e of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
      if (key.test(e.getAttribute(name) ?? '')) found.push(`${name}=${e.getAttribute(name)}`)
  return found
}"""

_OVERFLOW = """() => {
  const width = innerWidth
  if (document.scrollingElement.scrollWidth <= width) return []
  const wide = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > width + 1)
  return [`${document.scrollingElement.scrollWidth} > ${width}`,
    ...wide.slice(0, 5).map((e) => `${e.tagName}.${e.className}`)]
}"""

_HEADINGS = "() => [...document.querySelectorAll('h1')].map((e) => e.textContent.trim()).filter(Boolean)"

_SETTLED = """() => {
  const busy = '.skeleton, .figure__wait, [aria-busy=true], .el-loading-mask, .van-loading'
  if ([...document.querySelectorAll(busy)].some((e) => e.checkVisibility())) return false
  if (!document.querySelector('h1, h2, form') || document.fonts.status !== 'loaded') return false
  const seen = (e) => { const box = e.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0
    && box.left < innerWidth && box.right > 0 }
  return [...document.images].filter(seen).every((image) => image.complete)
}"""


class Watch:
    """Listens to every page of a context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.host = urlsplit(origin).netloc
        self.faults: list[str] = []
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)

    def take(self) -> list[str]:
        """Return what was wrong since the last time."""
        taken, self.faults = self.faults, []
        return taken

    def _on_console(self, message: ConsoleMessage) -> None:
        missing = "[intlify]" in message.text or "Not found" in message.text
        if (message.type == "error" and not REFUSED.match(message.text)) or missing:
            self.faults.append(f"console of {message.page and message.page.url}: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self.faults.append(f"uncaught: {error.error}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self.host:
            self.faults.append(f"foreign host: {request.url}")


def settle(page: Page) -> None:
    """Wait until a page shows what it has: no skeleton, fonts and pictures there."""
    page.wait_for_function(_SETTLED, polling=50)


def faults_of(page: Page) -> list[str]:
    """Return what a look at the page finds wrong."""
    checks: list[tuple[str, Any]] = [
        ("no accessible name", page.evaluate(_UNNAMED)),
        ("untranslated", page.evaluate(_KEYS)),
        ("sticks out", page.evaluate(_OVERFLOW)),
    ]
    found = [f"{what}: {one}" for what, ones in checks for one in ones]
    if not page.evaluate(_HEADINGS):
        found.append("no h1")
    if not page.title().strip():
        found.append("no title")
    return found

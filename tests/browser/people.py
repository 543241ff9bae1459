"""Who uses the installation, and what the tests ask its API about them."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, BrowserContext, ViewportSize

from galleria.demo.loading.people import PASSWORD

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1440, height=900)
SHOPPER = "+8619900000000"
LIMIT_MS = 10_000


class Api:
    """The API as somebody signed in sees it; what a screen shows is compared with what it says."""

    def __init__(self, origin: str, tokens: dict[str, str] | None = None) -> None:
        self.tokens = tokens
        self.origin = origin
        self.headers = {"authorization": f"Bearer {tokens['access_token']}"} if tokens else {}
        self.mall = next(mall["id"] for mall in self.ask("/v1/malls") if mall["code"] == "tinghe")

    def ask(self, path: str, **query: Any) -> Any:
        """Return what a GET answers; `path` is below the mall unless it begins with /v1."""
        return self._send("GET", path, params=query)

    def tell(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        """Return what a write answers."""
        return self._send(method, path, json=body, headers={"idempotency-key": str(uuid4())})

    def _send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **rest: Any) -> Any:
        address = self.origin + (path if path.startswith("/v1") else f"/v1/malls/{self.mall}{path}")
        answer = httpx.request(method, address, headers={**self.headers, **(headers or {})}, timeout=20, **rest)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None


def newcomer() -> str:
    """Return a phone number nobody has signed in with."""
    return f"+86188{secrets.randbelow(10**8):08}"


def member(origin: str, phone: str) -> Api:
    """Sign a shopper in by the code the sandbox shows."""
    door = Api(origin)
    code = door.tell("/v1/auth/code", {"mall_id": door.mall, "phone": phone})["sandbox_code"]
    return Api(origin, door.tell("/v1/auth/verify", {"mall_id": door.mall, "phone": phone, "code": code}))


def staff(origin: str, login: str) -> Api:
    """Sign somebody who works at the mall in."""
    return Api(origin, Api(origin).tell("/v1/auth/staff", {"login": login, "password": PASSWORD, "totp": None}))


@dataclass
class Look:
    """How somebody looks at the installation: through what, in which language, in which light."""

    screen: ViewportSize = field(default_factory=lambda: PHONE)
    language: str = "zh-CN"
    dark: bool = False


def open_context(
    browser: Browser, origin: str, look: Look, *, member: Api | None = None, staff: Api | None = None
) -> BrowserContext:
    """Return a device of somebody's, signed in as whoever is given."""
    kept = {"galleria.locale": look.language, "galleria.theme": "dark" if look.dark else "light"}
    for name, api in (("galleria.member", member), ("galleria.staff", staff)):
        if api is not None and api.tokens is not None:
            tokens = {key: api.tokens[key] for key in ("access_token", "refresh_token")}
            kept[name] = json.dumps(tokens)
    phone = look.screen["width"] < 500
    context = browser.new_context(
        base_url=origin,
        viewport=look.screen,
        locale=look.language,
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        service_workers="block",
        has_touch=phone,
        is_mobile=phone,
        storage_state={
            "cookies": [],
            "origins": [
                {"origin": origin, "localStorage": [{"name": key, "value": value} for key, value in kept.items()]}
            ],
        },
    )
    context.set_default_timeout(LIMIT_MS)
    return context

"""Whole stories over HTTP, on a clock that only moves when the story says so."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
from litestar import Litestar

from galleria import main
from galleria.doctor import examine
from galleria.foundation import catalog, members
from galleria.kernel.ids import CouponId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value import coupons
from galleria.worker import drain
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, sandbox
from tests.factories.counter import clerk, manager, operator
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import new_phone

LONG_AGO = timedelta(days=120)
"""Stories begin in the past, so that nothing they do lies in the future of a row stamped by the real clock."""


class Clock:
    """What time it is in a story."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0) - LONG_AGO


class AtMoment:
    """The application, told by a clock when each request arrives."""

    def __init__(self, app: Callable[..., Awaitable[None]], clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["now"] = self._clock.now
        await self._app(scope, receive, send)


@asynccontextmanager
async def told(app: Litestar, dsn: str) -> AsyncIterator["Story"]:
    """Begin a story in a running application."""
    clock, runtime = Clock(), app.state.runtime
    sandbox(runtime).clock = lambda: clock.now
    transport = httpx.ASGITransport(app=AtMoment(app, clock), client=("127.0.0.1", 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Story(runtime, client, clock, dsn)


class Story(msgspec.Struct, frozen=True):
    """The stage of one story: an application, a client of it, the clock, and the database's address."""

    runtime: Runtime
    client: httpx.AsyncClient
    clock: Clock
    dsn: str

    async def passes(self, **time: float) -> None:
        """Let time pass: what was due is done, waiting jobs come nearer, and the worker does what is due then."""
        await self.work()
        step = timedelta(**time)
        self.clock.now += step
        await self.runtime.db.pool.execute("UPDATE pgqueuer SET execute_after = execute_after - $1::interval", step)
        for schedule in (s for module in main.MODULES for s in module.schedules):
            await schedule.handler(self.runtime, self.clock.now)
        await self.work()

    async def work(self) -> None:
        """Do the jobs that are due."""
        await drain(self.runtime, tasks=[task for module in main.MODULES for task in module.tasks])

    async def sound(self) -> None:
        """Assert that the doctor finds nothing wrong."""
        wrong = {found.check: found.problems for found in await examine(self.dsn) if found.problems}
        assert not wrong, wrong

    async def sign_in(self, mall: MadeMall, phone: str) -> tuple[members.Member, dict[str, str]]:
        """Sign in by the code that comes to a phone; return the member and the headers."""
        asked = {"mall_id": str(mall.mall_id), "phone": phone}
        sent = await self.client.post("/v1/auth/code", json=asked)
        assert sent.status_code == 200, sent.text
        answer = await self.client.post("/v1/auth/verify", json={**asked, "code": sent.json()["sandbox_code"]})
        assert answer.status_code == 200, answer.text
        signed = answer.json()
        member = msgspec.convert(signed["member"], members.Member)
        return member, {"authorization": f"Bearer {signed['access_token']}"}

    async def shopper(self, mall: MadeMall, goods: list[catalog.Product], phone: str | None = None) -> Shopper:
        """Have somebody sign in at a mall, to buy these goods."""
        member, headers = await self.sign_in(mall, phone or new_phone())
        return Shopper(self.client, self.runtime, mall, member, headers, goods)

    async def back(self, shopper: Shopper) -> Shopper:
        """Have a shopper sign in again when the last sign-in is over: it lives for a quarter of an hour."""
        if (await self.client.get("/v1/me", headers=shopper.headers)).status_code == 200:
            return shopper
        return await self.shopper(shopper.mall, shopper.goods, shopper.member.phone)


class Town(msgspec.Struct, frozen=True):
    """A mall with goods of two merchants, and its operator, signed in."""

    story: Story
    mall: MadeMall
    goods: list[catalog.Product]
    operator: dict[str, str]

    @property
    def base(self) -> str:
        return f"/v1/malls/{self.mall.mall_id}"

    async def clerk(self, shop: int) -> dict[str, str]:
        """Return the headers of a clerk of one of the shops."""
        return await clerk(self.story.runtime, self.mall, shop)

    async def manager(self, merchant: int) -> dict[str, str]:
        """Return the headers of the manager of one of the merchants."""
        return await manager(self.story.runtime, self.mall, merchant)

    async def staff(self, who: dict[str, str], method: str, path: str, json: Any = None) -> httpx.Response:
        """Ask the API of the mall as one of its staff."""
        headers = who | {"idempotency-key": new_id().hex}
        return await self.story.client.request(method, self.base + path, json=json, headers=headers)

    async def rule(self, **over: Any) -> None:
        """Have the operator set the mall's rule: a point a yuan, by default once the refund window has closed."""
        rule = {"points_per_100_minor_bp": 10_000, "posts": "after_refund_window", "refund_window_days": 7, **over}
        answer = await self.staff(self.operator, "PUT", "/points/rules", rule)
        assert answer.status_code == 200, answer.text

    async def coupon(self, *, pools: list[dict[str, Any]] | None = None, **over: Any) -> str:
        """Have the operator write and launch a coupon, by default 20.00 off 100.00, undivided; return its id."""
        now = self.story.clock.now
        fields = {
            "title_zh": "满100减20", "title_en": "20 off 100", "kind": "amount", "amount_minor": 2000,
            "threshold_minor": 10000, "total": 100, "funder": "mall",
            "claim_from": now, "claim_until": now + timedelta(days=60),
            "use_from": now, "use_until": now + timedelta(days=90), **over,
        }  # fmt: skip
        made = await self.staff(self.operator, "POST", "/coupons/manage", msgspec.to_builtins(fields))
        assert made.status_code == 201, made.text
        runtime, coupon_id = self.story.runtime, CouponId(UUID(made.json()["id"]))
        if pools:
            divided = await self.staff(self.operator, "PUT", f"/coupons/{coupon_id}/pools", {"pools": pools})
            assert divided.status_code == 200, divided.text
        await runtime.db.write(
            Command(kind="tests.approve", actor=SYSTEM, now=now),
            lambda tx: coupons.approve(
                tx, mall_id=self.mall.mall_id, coupon_id=coupon_id, version=made.json()["version"], now=now
            ),
            returns=coupons.Coupon,
        )
        live = await self.staff(self.operator, "POST", f"/coupons/{coupon_id}/state", {"state": "live"})
        assert live.status_code == 200, live.text
        found: str = made.json()["id"]
        return found

    async def claim(self, shopper: Shopper, coupon_id: str) -> str:
        """Have a shopper claim a coupon; return the claim's id."""
        answer = await shopper.post(f"/coupons/{coupon_id}/claims")
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    async def bought(self, shopper: Shopper, *quantities: int, claim_id: str | None = None) -> dict[str, Any]:
        """Have a shopper buy and pay; return the order."""
        await shopper.fill(*quantities)
        placed = await shopper.place(claim_id=claim_id)
        assert placed.status_code == 201, placed.text
        assert (await shopper.decide(placed.json()["id"], "pay")).status_code == 303
        return await shopper.order(placed.json()["id"])


async def make_town(story: Story, *, mall: MadeMall | None = None, valid_days: int = 60) -> Town:
    """Make a mall that sells goods at 80.00 in its first shop and vouchers at 45.50 in its third."""
    runtime = story.runtime
    made = mall or await make_mall(runtime)
    goods = [
        await make_product(runtime, made, made.shop_ids[0], price_minor=8000),
        await make_product(
            runtime, made, made.shop_ids[2], price_minor=4550, kind=catalog.Kind.VOUCHER, valid_days=valid_days
        ),
    ]
    return Town(story, made, goods, await operator(runtime, made))

"""A shopper with goods in hand who is not content, and those who deal with it, over HTTP."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import msgspec
from PIL import Image

from galleria.commerce.aftersales import jobs
from galleria.commerce.aftersales.wiring import MODULE
from galleria.commerce.returns.wiring import MODULE as RETURNS
from galleria.platform.runtime import Runtime
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.checkout import violations as of_the_till
from tests.factories.counter import ask, clerk, code, manager, operator, redeem, tickets


class Counter(msgspec.Struct, frozen=True):
    """A shopper whose order was paid and handed over, with headers of the shop's people and the mall's."""

    shopper: Shopper
    order: dict[str, Any]
    clerk: dict[str, str]
    manager: dict[str, str]
    operator: dict[str, str]

    @property
    def goods(self) -> dict[str, Any]:
        """Return the line of goods, of the first shop."""
        return self.line("physical")

    @property
    def shop_id(self) -> str:
        return str(self.shopper.mall.shop_ids[0])

    def line(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = next(
            line for part in self.order["sub_orders"] for line in part["lines"] if line["kind"] == kind
        )
        return found

    async def open(
        self, kind: str = "return_refund", *, units: tuple[int, ...] = (0,), line: str = "", key: str | None = None,
        **more: Any,
    ) -> httpx.Response:  # fmt: skip
        """Open a case about units of the goods, or of another line."""
        body = {
            "lines": [{"line_id": line or self.goods["id"], "units": list(units)}],
            "kind": kind,
            "reason": "damaged",
            **more,
        }
        return await self.shopper.post(f"/me/orders/{self.order['id']}/cases", body, key=key)

    async def opened(self, kind: str = "return_refund", **more: Any) -> dict[str, Any]:
        """Open a case that must be fit to be opened."""
        answer = await self.open(kind, **more)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def mine(self, case: dict[str, Any], move: str, body: Any = None, **more: Any) -> httpx.Response:
        """Do something to a case as the shopper."""
        return await self.shopper.post(f"/me/cases/{case['id']}/{move}", body, **more)

    async def staff(
        self, case: dict[str, Any], move: str, body: Any = None, *, who: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Do something to a case as staff: the shop's manager, if nobody is told."""
        path = f"/cases/{case['id']}/{move}"
        return await ask(self.shopper, who or self.manager, "POST", path, {} if body is None else body, **more)

    async def done(self, case: dict[str, Any], move: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """Do something as staff that must go through."""
        answer = await self.staff(case, move, body, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def brought(self, case: dict[str, Any]) -> dict[str, Any]:
        """Bring the goods of an approved case to its shop."""
        return await self.done(case, "scan-in", {"shop_id": self.shop_id}, who=self.clerk)

    async def seen(self, case: dict[str, Any]) -> dict[str, Any]:
        """Return the case as the shopper sees it."""
        answer = await self.shopper.get(f"/me/cases/{case['id']}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def now(self) -> dict[str, Any]:
        """Return the order as it is now."""
        return await self.shopper.order(self.order["id"])

    async def later(self, **time: float) -> None:
        """Let the clock of cases strike a while from now."""
        await jobs.lapse_due(self.shopper.runtime, datetime.now(UTC) + timedelta(**time))


async def counter(
    runtime: Runtime, client: httpx.AsyncClient, *quantities: int, handed: bool = True, **more: Any
) -> Counter:
    """Sell goods at 80.00 of the first shop and vouchers at 45.50 of the third; hand the goods over."""
    shopper = await make_shopper(runtime, client, **more)
    order = await shopper.paid(*(quantities or (2, 1)))
    people = Counter(
        shopper,
        order,
        await clerk(runtime, shopper.mall),
        await manager(runtime, shopper.mall),
        await operator(runtime, shopper.mall),
    )
    if handed:
        pickup = next(t for t in await tickets(shopper) if t["kind"] == "pickup")
        assert (await redeem(shopper, people.clerk, code(pickup))).status_code == 201
    return people


async def upload(shopper: Shopper) -> str:
    """Upload a picture as evidence and return its name."""
    out = BytesIO()
    Image.new("RGB", (64, 64), "#b03030").save(out, "PNG")
    answer = await shopper.client.post(
        shopper.base + "/me/case-pictures",
        files={"file": ("broken.png", out.getvalue(), "image/png")},
        headers=shopper.headers,
    )
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["name"]
    return name


async def violations(runtime: Runtime) -> list[str]:
    """Return what the invariants of cases, refunds, money, goods and orders find wrong."""
    async with runtime.db.read() as tx:
        own = [text for module in (MODULE, RETURNS) for rule in module.invariants for text in await tx.values(rule.sql)]
    return own + await of_the_till(runtime)

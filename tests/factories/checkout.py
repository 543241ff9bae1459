"""A shopper with a cart of two shops, and the steps from there to a paid order, over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec

from galleria import main
from galleria.adapters.payments_sandbox import SandboxPayments
from galleria.adapters.payments_sandbox.model import Charge, ChargeState
from galleria.foundation import catalog, members
from galleria.kernel.ids import MemberId, new_id
from galleria.platform.runtime import Runtime
from galleria.value.payments import Providers
from galleria.worker import drain
from tests.factories.catalog import make_product
from tests.factories.coupons import make_claim, make_coupon
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member

SOUND = {"orders", "payments", "checkout", "stock", "coupons", "offers", "points", "ledger"}
"""Modules whose invariants hold after every test here; tests of one door leave others' books behind."""


class Shopper(msgspec.Struct, frozen=True):
    """A member, signed in, with goods of two shops (two merchants) that could be bought."""

    client: httpx.AsyncClient
    runtime: Runtime
    mall: MadeMall
    member: members.Member
    headers: dict[str, str]
    goods: list[catalog.Product]

    @property
    def member_id(self) -> MemberId:
        return self.member.id

    @property
    def variants(self) -> list[str]:
        return [str(product.variants[0].id) for product in self.goods]

    @property
    def base(self) -> str:
        return f"/v1/malls/{self.mall.mall_id}"

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(self.base + path, headers=self.headers)

    async def post(self, path: str, json: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = self.headers | {"idempotency-key": key or new_id().hex}
        return await self.client.post(self.base + path, json=json, headers=headers)

    async def fill(self, *quantities: int) -> httpx.Response:
        lines = [{"variant_id": v, "quantity": q} for v, q in zip(self.variants, quantities, strict=False)]
        return await self.client.patch(self.base + "/cart", json={"lines": lines}, headers=self.headers)

    async def quote(self, *, claim_id: str | None = "best", **request: Any) -> dict[str, Any]:
        """Ask the price with the best coupons, with one claim, or with none."""
        if claim_id != "best":
            request |= {"best": False, "claim_ids": [] if claim_id is None else [claim_id]}
        return await self.ask(**request)

    async def ask(self, **request: Any) -> dict[str, Any]:
        """Ask the price as the request says."""
        answer = await self.client.post(self.base + "/checkout/quote", json=request, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def place(
        self, *, key: str | None = None, claim_id: str | None = None, claim_ids: list[str] | None = None, **request: Any
    ) -> httpx.Response:
        """Place the cart with these claims and what else is said, at the price asked before unless one is given."""
        chosen = claim_ids or ([] if claim_id is None else [claim_id])
        if "shown_total_minor" not in request:
            quoted = await self.ask(best=False, claim_ids=chosen, picks=request.get("picks", []))
            request["shown_total_minor"] = quoted["payable_minor"]
        request["claim_ids"] = chosen
        return await self.post("/orders", request, key=key)

    async def order(self, order_id: str) -> dict[str, Any]:
        answer = await self.get(f"/me/orders/{order_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def cashier(self, order_id: str) -> str:
        """Return the path of the cashier for an order."""
        answer = await self.post(f"/orders/{order_id}/pay")
        assert answer.status_code == 200, answer.text
        parts = urlsplit(answer.json()["redirect_url"])
        return f"{parts.path}?{parts.query}"

    async def decide(self, order_id: str, action: str, **more: Any) -> httpx.Response:
        """Go to the cashier of an order and do something there."""
        return await self.client.post(await self.cashier(order_id), data={"action": action, **more})

    async def placed(self, *quantities: int) -> dict[str, Any]:
        """Put goods into the cart and place the order."""
        await self.fill(*(quantities or (2, 1)))
        answer = await self.place()
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def paid(self, *quantities: int) -> dict[str, Any]:
        """Buy and pay, and return the order."""
        order = await self.placed(*quantities)
        answer = await self.decide(order["id"], "pay")
        assert answer.status_code == 303, answer.text
        return await self.order(order["id"])

    async def claim(self, **coupon: Any) -> str:
        """Claim a fresh coupon, by default 20.00 off 100.00, and return the claim's id."""
        made = await make_coupon(self.runtime, self.mall.mall_id, **coupon)
        claimed = await make_claim(self.runtime, self.mall.mall_id, made.id, self.member_id, self.mall.group_id)
        return str(claimed.id)

    async def left(self) -> list[int]:
        """Return what can still be bought of each good."""
        async with self.runtime.db.read() as tx:
            return [
                await tx.value(
                    "SELECT on_hand - reserved FROM stock.level WHERE mall_id = $1 AND variant_id = $2",
                    self.mall.mall_id,
                    UUID(variant),
                )
                for variant in self.variants
            ]


async def make_shopper(
    runtime: Runtime,
    client: httpx.AsyncClient,
    *,
    mall: MadeMall | None = None,
    goods: list[catalog.Product] | None = None,
    on_hand: int = 100,
) -> Shopper:
    """Make a mall with goods at 80.00 and 45.50 in two shops of two merchants, and a member of it."""
    made = mall or await make_mall(runtime)
    sold = goods or [
        await make_product(runtime, made, made.shop_ids[0], price_minor=8000, on_hand=on_hand),
        await make_product(
            runtime, made, made.shop_ids[2], price_minor=4550, on_hand=on_hand, kind=catalog.Kind.VOUCHER
        ),
    ]
    member = await make_member(runtime, made.group_id)
    return Shopper(client, runtime, made, member, await as_member(runtime, member), sold)


def sandbox(runtime: Runtime) -> SandboxPayments:
    """Return the sandbox of payments."""
    found = runtime.port(Providers).get("sandbox")
    assert isinstance(found, SandboxPayments)
    return found


def signed_notice(
    runtime: Runtime,
    shopper: Shopper,
    order: dict[str, Any],
    *,
    state: ChargeState = ChargeState.PAID,
    at: datetime | None = None,
    **over: Any,
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a notice the provider would send for a placed order; `over` tampers before signing."""
    now = at or datetime.now(UTC)
    fields: dict[str, Any] = {
        "id": UUID(order["attempt_id"] if "attempt_id" in order else order["intent_id"]),
        "mall_id": shopper.mall.mall_id,
        "amount_minor": order["payable_minor"],
        "currency": order["currency"],
        "state": state,
        "reference": f"test-{new_id().hex}",
        "known_at": now,
    }
    return sandbox(runtime).notice(Charge(**fields | over), now)


async def tell(client: httpx.AsyncClient, notice: tuple[dict[str, str], bytes]) -> httpx.Response:
    """Send a notice as the provider would."""
    headers, body = notice
    return await client.post("/v1/payments/sandbox/notices", headers=headers, content=body)


async def work(runtime: Runtime) -> int:
    """Do the jobs that are due."""
    return await drain(runtime, tasks=[task for module in main.MODULES for task in module.tasks])


async def violations(runtime: Runtime) -> list[str]:
    """Return what the invariants of money, goods and orders find wrong."""
    modules = [m for m in main.MODULES if m.name in SOUND]
    async with runtime.db.read() as tx:
        return [found for m in modules for i in m.invariants for found in await tx.values(i.sql)]


@asynccontextmanager
async def counted(runtime: Runtime) -> AsyncIterator[list[str]]:
    """Collect every statement that the program sends to PostgreSQL meanwhile, BEGIN and COMMIT too."""
    seen: list[str] = []

    def note(record: Any) -> None:
        seen.append(" ".join(record.query.split()))

    pool: Any = runtime.db.pool
    prepare: Callable[[Any], Any] = pool._init  # noqa: SLF001 - the driver's pool has no other way in

    async def prepare_and_listen(connection: Any) -> None:
        await prepare(connection)
        connection.add_query_logger(note)

    pool._init = prepare_and_listen  # noqa: SLF001
    open_now = [holder._con for holder in pool._holders if holder._con is not None]  # noqa: SLF001
    for connection in open_now:
        connection.add_query_logger(note)
    try:
        yield seen
    finally:
        pool._init = prepare  # noqa: SLF001
        for holder in pool._holders:  # noqa: SLF001
            if holder._con is not None:  # noqa: SLF001
                holder._con.remove_query_logger(note)  # noqa: SLF001

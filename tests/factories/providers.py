"""Payment companies for a while: simulated ones beside the sandbox, and what shoppers and sweepers do with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from galleria.commerce.checkout.jobs import ask_unanswered, expire_due
from galleria.platform.runtime import Runtime
from galleria.value.payments import PaymentProvider, Providers
from galleria.value.payments.jobs import ask_refunds
from tests.factories.checkout import Shopper, work

Wire = tuple[dict[str, str], bytes]


@contextmanager
def working_with(runtime: Runtime, *providers: PaymentProvider) -> Iterator[None]:
    """Have the installation work with these companies too, meanwhile."""
    known = runtime.port(Providers)._by_name  # noqa: SLF001 - bound once at start, outside of tests
    before = dict(known)
    known |= {provider.name: provider for provider in providers}
    try:
        yield
    finally:
        known.clear()
        known |= before


async def pay(shopper: Shopper, order: dict[str, Any], provider: str, scene: str, **more: Any) -> httpx.Response:
    """Ask where to pay an order at a provider in a scene."""
    return await shopper.post(f"/orders/{order['id']}/pay", {"provider": provider, "scene": scene, **more})


async def started(shopper: Shopper, order: dict[str, Any], provider: str, scene: str, **more: Any) -> dict[str, Any]:
    """Ask where to pay, and be told; the jobs that this starts are done."""
    answer = await pay(shopper, order, provider, scene, **more)
    assert answer.status_code == 200, answer.text
    await work(shopper.runtime)
    found: dict[str, Any] = answer.json()
    return found


async def tell(shopper: Shopper, provider: str, notice: Wire) -> httpx.Response:
    """Send a provider's notice."""
    headers, body = notice
    return await shopper.client.post(f"/v1/payments/{provider}/notices", headers=headers, content=body)


async def later(runtime: Runtime, **ahead: float) -> None:
    """Let every sweeper look, as if so much time had passed, and do the jobs that are due."""
    now = datetime.now(UTC) + timedelta(**ahead)
    await ask_unanswered(runtime, now)
    await expire_due(runtime, now)
    await work(runtime)
    await ask_refunds(runtime, now)


async def attempts(shopper: Shopper, order: dict[str, Any]) -> list[tuple[str, str]]:
    """Return provider and state of an order's attempts, the oldest first."""
    async with shopper.runtime.db.read() as tx:
        rows = await tx.values(
            "SELECT a.provider || ' ' || a.state FROM payments.attempt a JOIN payments.intent i "
            "ON i.mall_id = a.mall_id AND i.id = a.intent_id WHERE i.mall_id = $1 AND i.order_id = $2 ORDER BY a.id",
            shopper.mall.mall_id,
            UUID(order["id"]),
        )
    return [(row.split(" ")[0], row.split(" ")[1]) for row in rows]


async def refunds(shopper: Shopper, order: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Return provider, amount and state of an order's refunds."""
    async with shopper.runtime.db.read() as tx:
        rows = await tx.values(
            "SELECT a.provider || ' ' || r.amount_minor || ' ' || r.state "
            "FROM payments.refund r JOIN payments.attempt a ON a.mall_id = r.mall_id AND a.id = r.attempt_id "
            "WHERE r.mall_id = $1 AND r.order_id = $2 ORDER BY r.id",
            shopper.mall.mall_id,
            UUID(order["id"]),
        )
    return [(p, int(a), s) for p, a, s in (row.split(" ") for row in rows)]

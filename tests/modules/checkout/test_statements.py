"""The journey from cart to paid and rewarded takes at most thirty statements, BEGIN and COMMIT counted."""

import httpx
import pytest
from tests.factories.checkout import Shopper, counted, make_shopper
from tests.factories.points import earn_rule

from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value.points import Posts

BUDGET = 30


async def journey(shopper: Shopper, claim_id: str) -> str:
    """Fill the cart, price it, place the order, pay; return the order's id."""
    assert (await shopper.fill(2, 1)).status_code == 200
    quote = await shopper.quote()
    assert quote["claim_ids"] == [claim_id]
    placed = await shopper.post("/orders", {"claim_ids": [claim_id], "shown_total_minor": quote["payable_minor"]})
    assert placed.status_code == 201, placed.text
    order_id: str = placed.json()["id"]
    assert (await shopper.decide(order_id, "pay")).status_code == 303
    return order_id


@pytest.mark.parametrize("posts", [None, *Posts])
async def test_a_journey_keeps_to_its_statements(
    runtime: Runtime, client: httpx.AsyncClient, posts: Posts | None
) -> None:
    shopper = await make_shopper(runtime, client)
    if posts is not None:
        await earn_rule(runtime, shopper.mall, utc_now(), posts=posts)
    await shopper.paid(1, 1)  # the process learns what it remembers: the mall, the driver's types,
    claim_id = await shopper.claim()
    await shopper.quote()  # and what the coupon says
    before = (await shopper.get("/me/points")).json()
    async with counted(runtime) as statements:
        order_id = await journey(shopper, claim_id)
    listed = "\n".join(f"{n:2} {statement[:110]}" for n, statement in enumerate(statements, 1))
    assert len(statements) <= BUDGET, f"{len(statements)} statements:\n{listed}"
    opened, closed = (sum(s.startswith(word) for s in statements) for word in ("BEGIN", "COMMIT"))
    assert (opened, closed) == (3, 3), f"{opened} transactions opened, {closed} committed:\n{listed}"
    order = await shopper.order(order_id)
    assert order["state"] == "paid"
    earned = 0 if posts is None else sum(part["payable_minor"] // 100 for part in order["sub_orders"])
    after = (await shopper.get("/me/points")).json()
    assert after["balance"] - before["balance"] == (earned if posts is Posts.AT_ONCE else 0)
    assert after["pending"] - before["pending"] == (earned if posts is Posts.AFTER_REFUND_WINDOW else 0)

"""The journey from cart to paid and rewarded takes at most thirty statements, BEGIN and COMMIT counted."""

import httpx
from tests.factories.checkout import counted, make_shopper

from galleria.platform.runtime import Runtime

BUDGET = 30


async def test_a_journey_keeps_to_its_statements(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    await shopper.paid(1, 1)  # the process learns what it remembers: the mall, the driver's types
    claim_id = await shopper.claim()
    async with counted(runtime) as statements:
        assert (await shopper.fill(2, 1)).status_code == 200
        quote = await shopper.quote()
        assert quote["claim_id"] == claim_id
        placed = await shopper.post("/orders", {"claim_id": claim_id, "shown_total_minor": quote["payable_minor"]})
        assert placed.status_code == 201, placed.text
        assert (await shopper.decide(placed.json()["id"], "pay")).status_code == 303
    listed = "\n".join(f"{n:2} {s[:110]}" for n, s in enumerate(statements, 1))
    assert len(statements) <= BUDGET, f"{len(statements)} statements:\n{listed}"
    assert sum(s.startswith("BEGIN") for s in statements) == sum(s.startswith("COMMIT") for s in statements) == 3
    order = await shopper.order(placed.json()["id"])
    assert order["state"] == "paid"

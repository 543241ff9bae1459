"""What offers gave and took, told from the orders they were applied to."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.counter import ask, clerk, manager, operator
from tests.factories.coupons import make_coupon
from tests.factories.offers import make_offer, make_sponsor, offer_terms
from tests.factories.overlap import write

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import promotions
from galleria.value.promotions import Funder, Share


async def know_cost(runtime: Runtime, shopper: Shopper, good: int, cost_minor: int) -> None:
    """Enter what a good costs its merchant."""

    async def enter(tx: Tx) -> None:
        await tx.run(
            """INSERT INTO pricing.cost (mall_id, variant_id, cost_minor, changed_by, changed_at)
               VALUES ($1, $2, $3, $4, $5)""",
            shopper.mall.mall_id,
            UUID(shopper.variants[good]),
            cost_minor,
            new_id(),
            datetime.now(UTC),
        )

    await write(runtime, enter)


async def result(shopper: Shopper, headers: dict[str, str], path: str) -> dict[str, Any]:
    answer = await ask(shopper, headers, "GET", path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_offer_tells_orders_sales_cost_by_funder_and_margin(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    brand = await make_sponsor(runtime, shopper.mall.mall_id)
    shares = (
        Share(Funder.MALL, None, 2_000),
        Share(Funder.MERCHANT, None, 5_000),
        Share(Funder.SPONSOR, brand.id, 3_000),
    )
    offer = await make_offer(runtime, shopper.mall.mall_id, offer_terms(shares=shares))
    await know_cost(runtime, shopper, 0, 5_000)
    await shopper.paid(1, 1)  # 80.00 and 45.50, 5.00 off
    found = await result(shopper, await operator(runtime, shopper.mall), f"/offers/{offer.id}/result")
    whole = found["result"]
    assert (whole["orders"], whole["used"], whole["issued"], whole["discount_minor"]) == (1, 1, 0, 500)
    assert whole["sales_minor"] == 8_000 + 4_550 - 500
    assert whole["margin_of_minor"] == 8_000 - 319  # its part of the 5.00
    assert whole["margin_minor"] == 8_000 - 319 - 5_000
    parts = {part["funder"]: part["amount_minor"] for part in whole["funded"] if part["funder"] != "merchant"}
    assert sum(part["amount_minor"] for part in whole["funded"]) == 500
    assert parts["sponsor"] in range(148, 153)
    assert {part["name_en"] for part in whole["funded"]} >= {"Lark Drinks", None}
    assert sum(day["sales_minor"] for day in found["days"]) == whole["sales_minor"]
    assert len(found["days"]) == 30


async def test_what_goes_back_is_told(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    offer = await make_offer(runtime, shopper.mall.mall_id)
    order = await shopper.paid(0, 2)
    [line] = [line for part in order["sub_orders"] for line in part["lines"]]
    body = {"lines": [{"line_id": line["id"], "count": 1}]}
    assert (await shopper.post(f"/me/orders/{order['id']}/refunds", body)).status_code == 201
    found = await result(shopper, await operator(runtime, shopper.mall), f"/offers/{offer.id}/result")
    assert found["result"]["sales_minor"] == 9_100 - 500
    assert found["result"]["refunded_minor"] == 4_550 - 250


async def test_a_coupon_tells_issued_and_used(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    claim = await shopper.claim()
    await shopper.fill(2, 0)
    placed = await shopper.place(claim_id=claim)
    assert placed.status_code == 201, placed.text
    boss = await operator(runtime, shopper.mall)
    before = (await result(shopper, boss, "/offer-results"))["items"][0]
    assert (before["subject"], before["issued"], before["used"], before["orders"]) == ("coupon", 1, 0, 0)
    await shopper.decide(placed.json()["id"], "pay")
    found = await result(shopper, boss, f"/coupons/{before['id']}/result")
    whole = found["result"]
    assert (whole["used"], whole["used_at_till"], whole["orders"], whole["discount_minor"]) == (1, 0, 1, 2_000)
    assert whole["sales_minor"] == 14_000
    assert whole["margin_minor"] is None


async def test_merchants_see_their_own_only(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    mall = shopper.mall
    own = offer_terms(
        counted=promotions.Scope(merchant_ids=(mall.merchant_ids[0],)), shares=(Share(Funder.MERCHANT, None, 10_000),)
    )
    theirs = await make_offer(runtime, mall.mall_id, own, merchant_id=mall.merchant_ids[0])
    malls_own = await make_offer(runtime, mall.mall_id)
    coupon = await make_coupon(runtime, mall.mall_id)
    await shopper.paid(1, 1)
    first, second = await manager(runtime, mall, 0), await manager(runtime, mall, 1)
    assert [one["id"] for one in (await result(shopper, first, "/offer-results"))["items"]] == [str(theirs.id)]
    assert (await result(shopper, second, "/offer-results"))["items"] == []
    for headers, path in (
        (first, f"/offers/{malls_own.id}/result"),
        (first, f"/coupons/{coupon.id}/result"),
        (second, f"/offers/{theirs.id}/result"),
        (first, f"/offers/{new_id()}/result"),
    ):
        assert (await ask(shopper, headers, "GET", path)).status_code == 404
    for path in ("/offer-results", f"/offers/{theirs.id}/result", f"/coupons/{coupon.id}/result"):
        assert (await ask(shopper, shopper.headers, "GET", path)).status_code == 403
        assert (await shopper.client.get(shopper.base + path)).status_code == 401
    assert (await ask(shopper, await clerk(runtime, mall), "GET", "/offer-results")).status_code in {200, 403}


async def test_days_are_looked_at(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    offer = await make_offer(runtime, shopper.mall.mall_id)
    await shopper.paid(1, 1)
    boss = await operator(runtime, shopper.mall)
    past = await result(shopper, boss, f"/offers/{offer.id}/result?from=2020-01-01&to=2020-01-03")
    assert (past["result"]["orders"], len(past["days"])) == (0, 3)
    for query in ("from=2026-02-02&to=2026-02-01", "from=2020-01-01&to=2026-01-01"):
        assert (await ask(shopper, boss, "GET", f"/offer-results?{query}")).status_code == 422

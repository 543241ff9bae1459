"""The selection assistant over real goods, sales, stock, costs and prices elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.counter import ask, manager, operator
from tests.factories.overlap import write

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


async def know(runtime: Runtime, shopper: Shopper, good: int, *, cost: int, elsewhere: dict[int, int]) -> None:
    """Enter a good's cost, and prices seen elsewhere by how many days ago."""
    variant, now = UUID(shopper.variants[good]), datetime.now(UTC)

    async def enter(tx: Tx) -> None:
        mall, who = shopper.mall.mall_id, new_id()
        await tx.run(
            """INSERT INTO pricing.cost (mall_id, variant_id, cost_minor, changed_by, changed_at)
               VALUES ($1, $2, $3, $4, $5)""",
            mall,
            variant,
            cost,
            who,
            now,
        )
        for ago, price in elsewhere.items():
            await tx.run(
                """INSERT INTO pricing.competitor (mall_id, id, variant_id, source, price_minor, seen_at, added_by,
                                                   added_at)
                   VALUES ($1, $2, $3, 'market', $4, $5, $6, $7)""",
                mall,
                new_id(),
                variant,
                price,
                now - timedelta(days=ago),
                who,
                now,
            )

    await write(runtime, enter)


async def ranked(shopper: Shopper, headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    answer = await ask(shopper, headers, "GET", f"/assortment{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_goods_are_ranked_with_advice_and_reasons(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    await know(runtime, shopper, 0, cost=7_000, elsewhere={9: 7_000, 1: 9_000})
    await make_product(runtime, shopper.mall, shopper.mall.shop_ids[1], price_minor=900, on_hand=0)
    await shopper.paid(3, 1)
    first, second, third = await ranked(shopper, await operator(runtime, shopper.mall))
    assert first["product_id"] == str(shopper.goods[0].id)
    assert (first["units"], first["sales_minor"], first["stock"]) == (3, 24_000, 97)
    assert (first["competitor_minor"], first["margin_bp"], first["advice"]) == (9_000, 1_250, "traffic_driver")
    assert first["reasons"] == ["sells_well", "margin_thin", "stock_enough", "cheaper_than_others"]
    assert second["product_id"] == str(shopper.goods[1].id)
    assert (third["advice"], third["reasons"]) == ("leave", ["never_sold", "cost_unknown", "out_of_stock"])
    assert [good["rank"] for good in (first, second, third)] == [1, 2, 3]
    assert sum(part["weight"] for part in first["parts"]) == 100


async def test_merchants_see_their_own_goods(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    first, second = await manager(runtime, shopper.mall, 0), await manager(runtime, shopper.mall, 1)
    assert [good["product_id"] for good in await ranked(shopper, first)] == [str(shopper.goods[0].id)]
    assert [good["product_id"] for good in await ranked(shopper, second)] == [str(shopper.goods[1].id)]
    shop = shopper.mall.shop_ids[0]
    assert len(await ranked(shopper, first, f"?shop={shop}")) == 1
    assert (await ask(shopper, second, "GET", f"/assortment?shop={shop}")).status_code == 403
    assert (await ask(shopper, second, "GET", f"/assortment?shop={new_id()}")).status_code == 404


async def test_who_may_not(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    assert (await ask(shopper, shopper.headers, "GET", "/assortment")).status_code == 403
    assert (await shopper.client.get(shopper.base + "/assortment")).status_code == 401
    boss = await operator(runtime, shopper.mall)
    assert (await ask(shopper, boss, "GET", "/assortment?days=3")).status_code in {400, 422}

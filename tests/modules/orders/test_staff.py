"""Staff see and move the orders of their own shops, and no others."""

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.members import as_staff, make_staff

from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


async def staff(shopper: Shopper, role: Role, **scope: object) -> dict[str, str]:
    grant = Grant(role=role, group_id=shopper.mall.group_id, **scope)  # type: ignore[arg-type]
    return await as_staff(shopper.runtime, await make_staff(shopper.runtime, shopper.mall.group_id, [grant]))


async def clerk(shopper: Shopper, index: int) -> dict[str, str]:
    mall = shopper.mall
    merchant = mall.merchant_ids[0 if index < 2 else 1]
    return await staff(shopper, Role.CLERK, mall_id=mall.mall_id, merchant_id=merchant, shop_id=mall.shop_ids[index])


async def test_lists_are_of_ones_own_shops(shopper: Shopper) -> None:
    order = await shopper.paid()
    waiting = await shopper.placed(1)
    mine, stranger, operator = (
        await clerk(shopper, 0),
        await clerk(shopper, 1),
        await staff(shopper, Role.OPERATOR),
    )
    get = shopper.client.get
    seen = (await get(shopper.base + "/orders", headers=mine)).json()["items"]
    assert [o["number"] for o in seen] == [waiting["number"], order["number"]]
    assert seen[1]["payable_minor"] == 16000
    assert len(seen[1]["shops"]) == len(seen[1]["lines"]) == 1
    assert (await get(shopper.base + "/orders", headers=stranger)).json()["items"] == []
    everything = (await get(shopper.base + "/orders?state=paid", headers=operator)).json()["items"]
    assert [(o["number"], o["payable_minor"]) for o in everything] == [(order["number"], 20550)]
    found = (await get(shopper.base + f"/orders?q={order['number'].lower()[:12]}", headers=operator)).json()["items"]
    assert [o["number"] for o in found] == [order["number"]]
    preparing = (await get(shopper.base + "/orders?state=preparing", headers=mine)).json()["items"]
    assert [o["number"] for o in preparing] == [order["number"]]
    other_shop = f"/orders?shop={shopper.mall.shop_ids[2]}"
    assert (await get(shopper.base + other_shop, headers=mine)).status_code == 403
    assert (await get(shopper.base + other_shop, headers=operator)).status_code == 200
    assert (await get(shopper.base + "/orders?state=nonsense", headers=operator)).status_code == 422


async def test_one_order_shows_ones_own_part(shopper: Shopper) -> None:
    order = await shopper.paid()
    path = f"{shopper.base}/orders/{order['id']}"
    seen = (await shopper.client.get(path, headers=await clerk(shopper, 0))).json()
    assert (len(seen["sub_orders"]), seen["payable_minor"]) == (1, 16000)
    assert (await shopper.client.get(path, headers=await clerk(shopper, 1))).status_code == 404
    assert (await shopper.client.get(path, headers=shopper.headers)).status_code == 403
    assert (await shopper.client.get(path)).status_code == 401


async def test_ready_once_and_by_the_shop_only(shopper: Shopper) -> None:
    order = await shopper.paid()
    path = f"{shopper.base}/sub-orders/{order['sub_orders'][0]['id']}/ready"
    assert (await shopper.client.post(path, headers=await clerk(shopper, 2))).status_code == 403
    assert (await shopper.client.post(path, headers=shopper.headers)).status_code == 403
    mine = await clerk(shopper, 0)
    first = await shopper.client.post(path, headers=mine)
    assert (first.status_code, first.json()["sub_orders"][0]["state"]) == (200, "ready")
    again = await shopper.client.post(path, headers=mine)
    assert (again.status_code, again.json()["code"]) == (409, "order_not_preparing")
    assert "ready" in [m["what"] for m in (await shopper.order(order["id"]))["timeline"]]

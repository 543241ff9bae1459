"""Staff see and move the orders of their own shops, and no others."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.members import as_staff, make_staff
from tests.factories.overlap import write

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


async def board(shopper: Shopper, headers: dict[str, str], query: str = "") -> dict[str, Any]:
    answer = await shopper.client.get(f"{shopper.base}/orders-board{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def late(shopper: Shopper, order: dict[str, Any], minutes: int) -> None:
    """Make the parts of an order late by so many minutes."""
    due = datetime.now(UTC) - timedelta(minutes=minutes)
    sql = "UPDATE orders.sub_order SET prepare_by = $3 WHERE mall_id = $1 AND order_id = $2"
    await write(shopper.runtime, lambda tx: tx.run(sql, shopper.mall.mall_id, UUID(order["id"]), due))


async def test_the_board_shows_what_is_late_first(shopper: Shopper) -> None:
    mine, stranger = await clerk(shopper, 0), await clerk(shopper, 1)
    first, second, third = [await shopper.paid(1, 1) for _ in range(3)]
    await shopper.placed(1)
    await late(shopper, second, 10)
    await late(shopper, third, 90)
    seen = await board(shopper, mine)
    assert [one["number"] for one in seen["items"]] == [third["number"], second["number"], first["number"]]
    assert [one["late_minutes"] for one in seen["items"]] == [90, 10, 0]
    assert seen["counts"] == {"preparing": 3, "ready": 0, "late": 2}
    assert (seen["items"][0]["units"], seen["items"][0]["way"]) == (1, "collect")
    page = await board(shopper, mine, "?limit=2")
    rest = await board(shopper, mine, f"?limit=2&cursor={page['next_cursor']}")
    assert [one["number"] for one in page["items"] + rest["items"]] == [one["number"] for one in seen["items"]]
    assert (await board(shopper, mine, "?way=delivery"))["items"] == []
    assert (await board(shopper, stranger))["items"] == []
    ready = f"{shopper.base}/sub-orders/{seen['items'][0]['sub_order_id']}/ready"
    assert (await shopper.client.post(ready, headers=mine)).status_code == 200
    after = await board(shopper, mine)
    assert after["counts"] == {"preparing": 2, "ready": 1, "late": 1}
    assert after["items"][-1]["number"] == third["number"]
    assert (await shopper.client.get(f"{shopper.base}/orders-board", headers=shopper.headers)).status_code == 403


async def test_the_timeline_names_who_did_it_to_staff_only(shopper: Shopper) -> None:
    order = await shopper.paid()
    mine = await clerk(shopper, 0)
    part = next(p for p in order["sub_orders"] if p["state"] == "preparing")
    assert (await shopper.client.post(f"{shopper.base}/sub-orders/{part['id']}/ready", headers=mine)).status_code == 200
    told = (await shopper.client.get(f"{shopper.base}/orders/{order['id']}", headers=mine)).json()["timeline"]
    assert [(m["what"], m["actor_kind"], bool(m["actor_name"])) for m in told] == [
        ("placed", "member", False), ("paid", "system", False), ("ready", "staff", True),
    ]  # fmt: skip
    own = (await shopper.order(order["id"]))["timeline"]
    assert {m["actor_name"] for m in own} == {""}

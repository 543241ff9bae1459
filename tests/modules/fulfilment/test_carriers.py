"""Riders and couriers are asked when it is packed, followed on their way, and called off when it is not wanted."""

import httpx
import pytest
from tests.factories.checkout import work
from tests.factories.fulfilment import Sent, make_sent

from galleria.commerce.fulfilment import jobs, model
from galleria.commerce.orders import Way
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def by_rider(runtime: Runtime, client: httpx.AsyncClient) -> Sent:
    return await make_sent(runtime, client, Way.DELIVERY, carrier=model.Carrier.RIDERS)


async def told(runtime: Runtime, sent: Sent, shipment_id: str, state: str, reason: str = "") -> None:
    """Tell fulfilment what a rider did, as its event would."""
    data = {"mall_id": str(sent.bringing.mall.mall_id), "state": state, "reason": reason, "rider": "周"}
    await jobs.follow_riders(runtime, journal_id=str(new_id()), position=0, subject=shipment_id, data=data)


async def errands(runtime: Runtime, sent: Sent) -> list[str]:
    rows = await runtime.db.pool.fetch(
        "SELECT state FROM riders.errand WHERE mall_id = $1 ORDER BY id", sent.bringing.mall.mall_id
    )
    return [row["state"] for row in rows]


async def test_a_rider_is_asked_once_when_it_is_packed(runtime: Runtime, by_rider: Sent) -> None:
    assert await errands(runtime, by_rider) == []
    packed = await by_rider.packed()
    assert (packed["carrier"], await errands(runtime, by_rider)) == ("riders", ["waiting"])


async def test_what_a_rider_tells_late_or_twice_moves_nothing(runtime: Runtime, by_rider: Sent) -> None:
    packed = await by_rider.packed()
    for state in ("assigned", "on_the_way", "carrying", "on_the_way"):
        await told(runtime, by_rider, packed["id"], state)
    one = await by_rider.only()
    assert (one["state"], one["carried_by"], one["attempts"]) == ("on_the_way", "周", 1)
    await told(runtime, by_rider, packed["id"], "failed", "no_answer")
    assert ((await by_rider.only())["state"], (await by_rider.only())["reason"]) == ("failed", "no_answer")
    await told(runtime, by_rider, packed["id"], "delivered")
    await told(runtime, by_rider, packed["id"], "on_the_way")
    done = await by_rider.only()
    assert done["state"] == "delivered"
    order = await by_rider.shopper.order(by_rider.order["id"])
    assert order["sub_orders"][0]["state"] == "fulfilled"


async def test_what_a_rider_brings_back_is_refunded(runtime: Runtime, by_rider: Sent) -> None:
    packed = await by_rider.packed()
    for state in ("carrying", "failed", "returning", "returned"):
        await told(runtime, by_rider, packed["id"], state, "refused")
    assert (await by_rider.only())["state"] == "returned"
    await work(runtime)
    refunds = (await by_rider.shopper.get(f"/me/orders/{by_rider.order_id}/refunds")).json()["items"]
    assert [one["reason"] for one in refunds] == ["returned"]


async def test_handed_over_by_hand_the_rider_is_called_off(runtime: Runtime, by_rider: Sent) -> None:
    packed = await by_rider.packed()
    handed = await by_rider.act(packed["id"], "hand", carried_by="店长")
    assert (handed.json()["carrier"], await errands(runtime, by_rider)) == ("own", ["cancelled"])
    await told(runtime, by_rider, packed["id"], "cancelled")
    assert (await by_rider.only())["state"] == "handed"


async def test_nobody_comes_staff_are_told_and_another_carrier_is_asked(runtime: Runtime, by_rider: Sent) -> None:
    packed = await by_rider.packed()
    await told(runtime, by_rider, packed["id"], "cancelled", "no_rider")
    board = await by_rider.shopper.client.get(
        f"{by_rider.shopper.base}/shipments?troubled=true", headers=by_rider.clerk
    )
    assert [(row["state"], row["reason"]) for row in board.json()["items"]] == [("packed", "carrier_failed")]
    other = await by_rider.act(packed["id"], "dispatch", carrier="couriers")
    assert (other.status_code, other.json()["carrier"], other.json()["reason"]) == (200, "couriers", "")
    asked = await runtime.db.pool.fetchval(
        "SELECT count(*) FROM couriers.request WHERE mall_id = $1", by_rider.bringing.mall.mall_id
    )
    assert asked == 1
    await told(runtime, by_rider, packed["id"], "carrying")
    assert (await by_rider.only())["state"] == "packed"


async def test_a_refund_before_it_is_fetched_calls_the_rider_off(runtime: Runtime, by_rider: Sent) -> None:
    await by_rider.packed()
    answer = await by_rider.staff(
        f"/orders/{by_rider.order_id}/refunds", operator=True, everything=True, reason="顾客取消"
    )
    assert answer.status_code == 201, answer.text
    await work(runtime)
    assert ((await by_rider.only())["state"], await errands(runtime, by_rider)) == ("cancelled", ["cancelled"])

"""What does not reach the shopper is refunded by itself, once, to the cent; what is on its way cannot be kept back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.checkout import violations, work
from tests.factories.counter import code, tickets
from tests.factories.fulfilment import Sent, make_sent

from galleria.commerce.fulfilment import jobs
from galleria.commerce.orders import Way
from galleria.platform.runtime import Runtime


@pytest.fixture
async def delivery(runtime: Runtime, client: httpx.AsyncClient) -> Sent:
    return await make_sent(runtime, client, Way.DELIVERY)


async def refunds(sent: Sent) -> list[dict[str, Any]]:
    answer = await sent.shopper.get(f"/me/orders/{sent.order_id}/refunds")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_what_is_on_its_way_cannot_be_kept_back(delivery: Sent) -> None:
    packed = await delivery.packed()
    await delivery.act(packed["id"], "hand", carried_by="小周")
    line = packed["lines"][0]["line_id"]
    one = await delivery.shopper.post(
        f"/me/orders/{delivery.order_id}/refunds", {"lines": [{"line_id": line, "units": [0]}]}
    )
    assert (one.status_code, one.json()["code"]) == (409, "unit_on_the_way")
    everything = await delivery.shopper.post(f"/me/orders/{delivery.order_id}/refunds", {"everything": True})
    assert (everything.status_code, everything.json()["code"]) == (409, "nothing_to_refund")
    assert await refunds(delivery) == []


async def test_a_short_pick_gives_the_money_back_and_nothing_on_the_shelf(runtime: Runtime, delivery: Sent) -> None:
    one = await delivery.only()
    before = await delivery.shopper.left()
    line = one["lines"][0]["line_id"]
    await delivery.act(one["id"], "pack", lines=[{"line_id": line, "picked": 1}], short=True)
    await work(runtime)
    await work(runtime)
    (made,) = await refunds(delivery)
    assert (made["amount_minor"], made["reason"], made["restocked"]) == (8000, "short", False)
    assert await delivery.shopper.left() == before
    kept = await runtime.db.pool.fetchrow("SELECT refund_id, settled_at FROM fulfilment.loss WHERE order_id = $1",
                                          delivery.order_id)  # fmt: skip
    assert (str(kept["refund_id"]), kept["settled_at"] is not None) == (made["id"], True)
    assert (await delivery.only())["lines"][0]["units"] == [0]
    assert await violations(runtime) == []


async def test_what_came_back_is_refunded_and_on_the_shelf_again(runtime: Runtime, delivery: Sent) -> None:
    packed = await delivery.packed()
    before = await delivery.shopper.left()
    await delivery.act(packed["id"], "hand", carried_by="小周")
    await delivery.act(packed["id"], "move", state="failed", reason="拒收")
    await delivery.act(packed["id"], "move", state="returning")
    await delivery.act(packed["id"], "move", state="returned")
    await work(runtime)
    (made,) = await refunds(delivery)
    assert made["amount_minor"] == 16000
    assert (await delivery.shopper.left())[0] == before[0] + 2
    order = await delivery.shopper.order(delivery.order["id"])
    assert order["sub_orders"][0]["state"] == "refunded"
    assert await violations(runtime) == []


async def test_unclaimed_is_refunded_once_though_the_clock_and_the_shopper_ask_too(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    sent = await make_sent(runtime, client, Way.POINT)
    await sent.at_point()
    await jobs.end_unclaimed(runtime, datetime.now(UTC) + timedelta(hours=25))
    mine = await sent.shopper.post(f"/me/orders/{sent.order_id}/refunds", {"everything": True})
    assert mine.status_code == 409
    await work(runtime)
    await jobs.end_unclaimed(runtime, datetime.now(UTC) + timedelta(hours=26))
    await work(runtime)
    (made,) = await refunds(sent)
    assert (made["reason"], made["amount_minor"]) == ("unclaimed_returned", 16000)
    assert await violations(runtime) == []


async def test_a_refund_in_the_shop_cancels_the_shipment(runtime: Runtime, delivery: Sent) -> None:
    answer = await delivery.shopper.post(f"/me/orders/{delivery.order_id}/refunds", {"everything": True})
    assert answer.status_code == 201, answer.text
    await work(runtime)
    assert (await delivery.only())["state"] == "cancelled"
    assert len(await refunds(delivery)) == 1


async def test_collected_by_ticket_the_shipment_follows_and_a_reversal_leads_back(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    sent = await make_sent(runtime, client, Way.COLLECT, slots=True)
    await sent.packed()
    (ticket,) = await tickets(sent.shopper)
    redeemed = await sent.staff("/redemptions", shop_id=str(sent.bringing.shop_id), code=code(ticket))
    assert redeemed.status_code == 201, redeemed.text
    await work(runtime)
    assert (await sent.only())["state"] == "delivered"
    path = f"/redemptions/{redeemed.json()['id']}/reverse"
    reversed_ = await sent.staff(path, operator=True, reason="给错了")
    assert reversed_.status_code == 200, reversed_.text
    await work(runtime)
    assert (await sent.only())["state"] == "packed"


async def test_what_carriers_lose_gives_its_fee_back_too(runtime: Runtime, client: httpx.AsyncClient) -> None:
    sent = await make_sent(runtime, client, Way.DELIVERY, quantity=1)
    assert sent.order["payable_minor"] == 8600
    packed = await sent.packed()
    await sent.act(packed["id"], "hand", carried_by="小周")
    await sent.act(packed["id"], "move", state="lost", reason="途中遗失")
    await work(runtime)
    (made,) = await refunds(sent)
    assert made["amount_minor"] == 8600
    assert await violations(runtime) == []

"""Delivery fees, cash, reductions and losses: what went out another way comes back that way, to the cent."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations, work
from tests.factories.counter import clerk, manager, operator
from tests.factories.fulfilment import Bringing, make_bringing
from tests.factories.malls import make_mall
from tests.factories.offers import make_offer, offer_terms
from tests.factories.overlap import write
from tests.factories.settlement import agreed
from tests.factories.tenders import give_points, has, put_in, worth

from galleria.commerce import checkout, orders, returns
from galleria.commerce.checkout import Channel
from galleria.commerce.checkout.operations import collected
from galleria.kernel.ids import LineId, MerchantId, OrderId, TenderId, VariantId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import offers, promotions
from galleria.value.payments import Providers


async def brought(runtime: Runtime, client: httpx.AsyncClient) -> tuple[Shopper, Bringing]:
    """Return a shopper and a mall whose first shop brings goods for 6.00 (free from 99.00), sends them for 12.00."""
    mall = await make_mall(runtime, hours="00:00-24:00")
    shopper = await make_shopper(runtime, client, mall=mall)
    return shopper, await make_bringing(runtime, mall=mall, member=shopper.member)


def way(bringing: Bringing, name: str, **over: Any) -> dict[str, Any]:
    chosen: dict[str, Any] = {"shop_id": str(bringing.shop_id), "way": name, **over}
    if name in {"delivery", "express"}:
        chosen["address_id"] = str(bringing.address.id)
    return chosen


async def sent(shopper: Shopper, bringing: Bringing, name: str = "express", **request: Any) -> dict[str, Any]:
    """Buy one unit of the first good (80.00) and two vouchers, sent to the address, and pay."""
    await shopper.fill(1, 2)
    ways = [way(bringing, name)]
    quoted = await shopper.ask(ways=ways)
    placed = await shopper.place(ways=ways, shown_total_minor=quoted["payable_minor"], **request)
    assert placed.status_code == 201, placed.text
    await shopper.decide(placed.json()["id"], "pay")
    return await shopper.order(placed.json()["id"])


def lines(order: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {line["kind"]: line for part in order["sub_orders"] for line in part["lines"]}


async def back(shopper: Shopper, order: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    answer = await shopper.post(f"/me/orders/{order['id']}/refunds", wanted)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def by_staff(shopper: Shopper, headers: dict[str, str], path: str, body: Any = None) -> httpx.Response:
    return await shopper.client.post(
        shopper.base + path, json=body, headers=headers | {"idempotency-key": new_id().hex}
    )


@pytest.mark.parametrize("name", ["carried", "table"])
async def test_ways_of_other_places_cannot_be_chosen(runtime: Runtime, client: httpx.AsyncClient, name: str) -> None:
    shopper, bringing = await brought(runtime, client)
    await shopper.fill(1, 0)
    refused = await shopper.place(ways=[way(bringing, name)])
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "way_not_here")
    twice = await shopper.place(ways=[way(bringing, "collect"), way(bringing, "collect")])
    assert twice.json()["errors"][0]["code"] == "shop_twice"


async def test_a_way_that_cannot_be_had_is_told_and_refused(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, bringing = await brought(runtime, client)
    await shopper.fill(1, 0)
    without = [way(bringing, "express") | {"address_id": str(new_id())}]
    quoted = await shopper.ask(ways=without)
    [offer] = quoted["ways"]
    assert [one["why_not"] for one in offer["ways"] if one["way"] == "express"] == ["address_missing"]
    assert quoted["can_place"] is False
    refused = await shopper.place(ways=without, shown_total_minor=8000)
    assert (refused.status_code, refused.json()["code"]) == (409, "way_not_offered")
    assert await shopper.left() == [100, 100]


async def test_a_fee_is_shown_paid_and_belongs_to_whom_brings(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, bringing = await brought(runtime, client)
    order = await sent(shopper, bringing)
    assert (order["delivery_minor"], order["payable_minor"]) == (1200, 8000 + 9100 + 1200)
    part = next(p for p in order["sub_orders"] if p["way"] == "express")
    assert (part["state"], part["payable_minor"], part["delivery_minor"]) == ("preparing", 8000, 1200)
    assert part["promised_by"] is not None
    assert part["prepare_by"] is not None
    assert await violations(runtime) == []


async def test_free_delivery_is_borne_by_its_funder_and_comes_back_with_the_fee(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper, bringing = await brought(runtime, client)
    free = offer_terms(
        preset=offers.Preset.FREE_DELIVERY,
        benefit=promotions.FreeDelivery(cap_minor=500),
        stacking=promotions.Stacking(layer=promotions.Layer.DELIVERY),
    )
    await make_offer(runtime, shopper.mall.mall_id, free)
    order = await sent(shopper, bringing)
    assert (order["delivery_minor"], order["delivery_discount_minor"]) == (1200, 500)
    assert order["payable_minor"] == 8000 + 9100 + 700
    assert await violations(runtime) == []
    one = await back(shopper, order, everything=True)
    assert [fee["amount_minor"] for fee in one["deliveries"]] == [700]
    assert one["amount_minor"] == order["payable_minor"]
    await work(runtime)
    assert await violations(runtime) == []


async def test_the_fee_goes_back_with_the_last_unit_only(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, bringing = await brought(runtime, client)
    order = await sent(shopper, bringing)
    vouchers = await back(shopper, order, lines=[{"line_id": lines(order)["voucher"]["id"], "count": 2}])
    assert (vouchers["amount_minor"], vouchers["deliveries"]) == (9100, [])
    goods = await back(shopper, order, lines=[{"line_id": lines(order)["physical"]["id"], "count": 1}])
    assert (goods["amount_minor"], len(goods["deliveries"])) == (9200, 1)
    await work(runtime)
    after = await shopper.order(order["id"])
    assert after["refunded_minor"] == after["payable_minor"]
    assert await violations(runtime) == []


async def test_staff_give_the_fee_back_before_the_last_unit_and_once(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper, bringing = await brought(runtime, client)
    await shopper.fill(2, 0)
    ways = [way(bringing, "express")]
    placed = await shopper.place(ways=ways, shown_total_minor=17_200)
    await shopper.decide(placed.json()["id"], "pay")
    order = await shopper.order(placed.json()["id"])
    boss = await operator(runtime, shopper.mall)
    body = {"lines": [{"line_id": lines(order)["physical"]["id"], "count": 1}], "reason": "late", "with_delivery": True}
    first = await by_staff(shopper, boss, f"/orders/{order['id']}/refunds", body)
    assert first.json()["amount_minor"] == 9200
    second = await by_staff(shopper, boss, f"/orders/{order['id']}/refunds", body)
    assert second.json()["amount_minor"] == 8000
    await work(runtime)
    assert await violations(runtime) == []


async def test_an_order_ended_unpaid_gives_its_places_back(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, bringing = await brought(runtime, client)
    await shopper.fill(1, 0)
    ways = [way(bringing, "point", point_id=str(bringing.desk.id))]
    placed = await shopper.place(ways=ways, shown_total_minor=8200)
    assert placed.status_code == 201, placed.text
    assert (await shopper.post(f"/orders/{placed.json()['id']}/cancel")).status_code == 200
    async with runtime.db.read() as tx:
        states = await tx.values(
            "SELECT state FROM fulfilment.booking WHERE mall_id = $1 AND order_id = $2",
            shopper.mall.mall_id,
            UUID(placed.json()["id"]),
        )
    assert states == ["released"]


async def test_a_paid_order_is_cancelled_whole_until_something_is_ready(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    order = await shopper.paid(1, 1)
    rival = await make_shopper(runtime, client, mall=shopper.mall, goods=shopper.goods)
    assert (await rival.post(f"/me/orders/{order['id']}/cancel")).status_code == 404
    cancelled = await shopper.post(f"/me/orders/{order['id']}/cancel")
    assert cancelled.status_code == 201, cancelled.text
    assert cancelled.json()["amount_minor"] == order["payable_minor"]
    told = [moment["what"] for moment in (await shopper.order(order["id"]))["timeline"]]
    assert "cancelled_paid" in told
    again = await shopper.post(f"/me/orders/{order['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "too_late_to_cancel")
    other = await shopper.paid(1, 1)
    part = next(p for p in other["sub_orders"] if p["state"] == "preparing")
    ready = await by_staff(shopper, await clerk(runtime, shopper.mall), f"/sub-orders/{part['id']}/ready")
    assert ready.status_code == 200, ready.text
    late = await shopper.post(f"/me/orders/{other['id']}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "too_late_to_cancel")
    waiting = await shopper.placed(1, 1)
    unpaid = await shopper.post(f"/me/orders/{waiting['id']}/cancel")
    assert (unpaid.status_code, unpaid.json()["code"]) == (409, "order_not_paid")
    await work(runtime)
    assert await violations(runtime) == []


async def reduce(shopper: Shopper, order: dict[str, Any], kind: str, unit: int, minor: int) -> returns.Refund:
    one = returns.Reduction(line_id=LineId(UUID(lines(order)[kind]["id"])), unit=unit, amount_minor=minor)
    made: returns.Refund = await write(
        shopper.runtime,
        lambda tx: returns.reduce(
            tx,
            mall_id=shopper.mall.mall_id,
            order_id=OrderId(UUID(order["id"])),
            reductions=[one],
            reason="scratched",
            actor=SYSTEM,
            now=datetime.now(UTC),
        ),
    )
    return made


async def test_a_kept_unit_gets_cheaper_and_later_gives_back_only_the_rest(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    await worth(runtime, shopper)
    await give_points(shopper, 1000)
    await put_in(shopper, 1000)
    await shopper.fill(1, 2)
    placed = (await shopper.place(points=1000, stored_value_minor=1000)).json()
    await shopper.decide(placed["id"], "pay")
    order = await shopper.order(placed["id"])
    first = await reduce(shopper, order, "physical", 0, 2500)
    assert [(one.kind, one.amount_minor) for one in first.backs] == [("provider", 2500)]
    with pytest.raises(orders.ReductionTooLarge) as refused:
        await reduce(shopper, order, "physical", 0, 5501)
    assert refused.value.params["left_minor"] == 5500
    await reduce(shopper, order, "physical", 0, 5400)
    shown = lines(await shopper.order(order["id"]))["physical"]
    assert (shown["refunded_minor"], shown["units"][0]["reduced_minor"]) == (7900, 7900)
    rest = await back(shopper, order, everything=True)
    assert rest["amount_minor"] == 100 + 9100
    with pytest.raises(orders.UnitsNotRefundable):
        await reduce(shopper, order, "physical", 0, 1)
    await work(runtime)
    assert await has(shopper) == (1000, 1000)
    after = await shopper.order(order["id"])
    assert after["refunded_minor"] == after["payable_minor"]
    assert await violations(runtime) == []


async def bought_with_cash(shopper: Shopper, merchant: MerchantId) -> dict[str, Any]:
    """Place one unit of the first good for a table and let a till take the cash."""

    async def operation(tx: Tx) -> checkout.PlacedOrder:
        now = datetime.now(UTC)
        placed = await checkout.place_items(
            tx,
            mall_id=shopper.mall.mall_id,
            member_id=shopper.member_id,
            items=[checkout.BasketItem(variant_id=VariantId(UUID(shopper.variants[0])), quantity=2)],
            channel=Channel.TABLE,
            way=orders.Way.TABLE,
            shown_total_minor=16_000,
            provider=shopper.runtime.port(Providers).preferred,
            origin="http://test",
            hold=timedelta(minutes=15),
            now=now,
        )
        assert await collected(
            tx,
            mall_id=shopper.mall.mall_id,
            order_id=placed.id,
            tender_id=TenderId(placed.id),
            holder_id=merchant,
            now=now,
        )
        return placed

    placed = await write(shopper.runtime, operation)
    return await shopper.order(str(placed.id))


async def test_cash_goes_back_out_of_the_till_that_took_it_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    order = await bought_with_cash(shopper, shopper.mall.merchant_ids[0])
    assert (order["state"], [one["kind"] for one in order["tenders"]]) == ("paid", ["cash"])
    assert await violations(runtime) == []
    one = await back(shopper, order, lines=[{"line_id": lines(order)["physical"]["id"], "count": 1}])
    assert (one["money_state"], one["backs"][0]["kind"]) == ("requested", "cash")
    till, stranger = await clerk(runtime, shopper.mall), await manager(runtime, shopper.mall, 1)
    listed = await shopper.client.get(shopper.base + "/cash-refunds?state=requested", headers=till)
    [owed] = listed.json()["items"]
    assert (owed["amount_minor"], owed["order_number"]) == (8000, order["number"])
    assert (await shopper.client.get(shopper.base + "/cash-refunds", headers=stranger)).json()["items"] == []
    path = f"/cash-refunds/{owed['id']}/paid"
    assert (await by_staff(shopper, stranger, path)).status_code == 403
    assert (await by_staff(shopper, shopper.headers, path)).status_code == 403
    paid = await by_staff(shopper, till, path)
    assert (paid.status_code, paid.json()["state"]) == (200, "paid")
    again = await by_staff(shopper, till, path)
    assert (again.status_code, again.json()["code"]) == (409, "cash_refund_paid")
    told = (await shopper.get(f"/me/orders/{order['id']}/refunds")).json()["items"]
    assert told[0]["money_state"] == "succeeded"
    assert await violations(runtime) == []


async def balance(runtime: Runtime, kind: str, owner: UUID) -> int:
    async with runtime.db.read() as tx:
        found: int = await tx.value(
            "SELECT coalesce(sum(p.amount), 0)::bigint FROM ledger.posting p "
            "JOIN ledger.account a ON a.id = p.account_id WHERE a.kind = $1 AND a.owner_id = $2",
            kind,
            owner,
        )
    return found


async def test_the_platforms_fee_is_frozen_and_goes_back_with_the_unit(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    mall = shopper.mall
    await agreed(
        runtime,
        mall.mall_id,
        merchant_id=mall.merchant_ids[0],
        now=datetime.now(UTC) - timedelta(minutes=1),
        fee_bp=750,
    )
    order = await shopper.paid(2, 1)
    assert await balance(runtime, "platform_fees", mall.mall_id) == 1200
    assert await balance(runtime, "merchant_payable", mall.merchant_ids[0]) == 16_000 - 1200
    boss = await operator(runtime, mall)
    seen = (await client.get(f"{shopper.base}/orders/{order['id']}", headers=boss)).json()
    assert sorted(part["fee_minor"] for part in seen["sub_orders"]) == [0, 1200]
    assert {part["fee_minor"] for part in order["sub_orders"]} == {0}  # a shopper is not told
    await reduce(shopper, order, "physical", 0, 4000)
    assert await balance(runtime, "platform_fees", mall.mall_id) == 900
    await back(shopper, order, lines=[{"line_id": lines(order)["physical"]["id"], "units": [0]}])
    assert await balance(runtime, "platform_fees", mall.mall_id) == 600
    await back(shopper, order, everything=True)
    assert await balance(runtime, "platform_fees", mall.mall_id) == 0
    assert await balance(runtime, "merchant_payable", mall.merchant_ids[0]) == 0
    await work(runtime)
    assert await violations(runtime) == []

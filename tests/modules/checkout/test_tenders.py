"""Points and stored value are set aside, taken once, and given back to the cent; a bill is split among payers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, signed_notice, tell, violations, work
from tests.factories.overlap import write
from tests.factories.points import earn_rule
from tests.factories.tenders import give_points, has, put_in, worth

from galleria.commerce import checkout, orders
from galleria.commerce.checkout import Channel, Split
from galleria.commerce.checkout.jobs import expire_due
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import VariantId
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.payments import Providers


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    """Return a shopper with 5000 points, a minor unit each, and 30.00 stored; the cart costs 205.50."""
    made = await make_shopper(runtime, client)
    await worth(runtime, made)
    await give_points(made, 5000)
    await put_in(made, 3000)
    await made.fill(2, 1)
    return made


def by_kind(order: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in order["tenders"]}


async def later(shopper: Shopper) -> None:
    await expire_due(shopper.runtime, datetime.now(UTC) + timedelta(minutes=16))


@pytest.mark.parametrize(
    ("wanted", "field", "code"),
    [
        ({"points": 99}, "points", "points_minimum"),
        ({"points": 20_000}, "points", "points_cap"),
        ({"stored_value_minor": 20_551}, "stored_value_minor", "more_than_payable"),
        ({"points": 5000, "stored_value_minor": 20_000}, "stored_value_minor", "more_than_payable"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name(
    shopper: Shopper, wanted: dict[str, int], field: str, code: str
) -> None:
    await worth(shopper.runtime, shopper, cap_bp=5000, minimum=100)
    refused = await shopper.place(**wanted)
    assert refused.status_code == 422, refused.text
    assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [(field, code)]
    assert await has(shopper) == (5000, 3000)
    assert await shopper.left() == [100, 100]


async def test_more_than_there_is_is_refused(shopper: Shopper) -> None:
    too_many = await shopper.place(points=5001)
    assert (too_many.status_code, too_many.json()["code"]) == (409, "insufficient_points")
    too_much = await shopper.place(stored_value_minor=3001)
    assert (too_much.status_code, too_much.json()["code"]) == (409, "insufficient_stored_value")
    assert await has(shopper) == (5000, 3000)
    assert await violations(shopper.runtime) == []


async def test_a_mall_without_a_policy_takes_no_points(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    await give_points(shopper, 100)
    await shopper.fill(1, 0)
    refused = await shopper.place(points=100)
    assert refused.json()["errors"][0]["code"] == "points_not_taken"
    quoted = await shopper.ask(tenders=True, points=100)
    assert quoted["tenders"]["points"] | {"balance": 0} == {
        "taken": False, "balance": 0, "minimum": 0, "usable": 0, "usable_minor": 0, "used": 0, "used_minor": 0,
    }  # fmt: skip


async def test_the_quote_tells_what_can_be_used_and_what_is_left(shopper: Shopper) -> None:
    quoted = await shopper.ask(tenders=True, points=4000, stored_value_minor=9_999_999)
    assert quoted["payable_minor"] == 20_550
    assert quoted["tenders"]["points"]["usable"] == 5000
    assert quoted["tenders"]["points"]["used_minor"] == 4000
    assert quoted["tenders"]["stored_value"] == {"balance_minor": 3000, "usable_minor": 3000, "used_minor": 3000}
    assert quoted["tenders"]["rest_minor"] == 13_550


async def test_a_mixed_tender_is_taken_when_the_rest_is_paid_and_goes_back_by_unit(shopper: Shopper) -> None:
    answer = await shopper.place(points=4000, stored_value_minor=3000)
    assert answer.status_code == 201, answer.text
    placed = answer.json()
    assert await has(shopper) == (1000, 0)
    assert [one["amount_minor"] for one in placed["pay"]] == [13_550]
    assert (await shopper.decide(placed["id"], "pay")).status_code == 303
    order = await shopper.order(placed["id"])
    assert order["state"] == "paid"
    assert {kind: one["amount_minor"] for kind, one in by_kind(order).items()} == {
        "points": 4000, "stored_value": 3000, "provider": 13_550,
    }  # fmt: skip
    assert await violations(shopper.runtime) == []
    for part in order["sub_orders"]:
        for line in part["lines"]:
            for unit in range(line["quantity"]):
                back = await shopper.post(
                    f"/me/orders/{order['id']}/refunds", {"lines": [{"line_id": line["id"], "units": [unit]}]}
                )
                assert back.status_code == 201, back.text
                assert sum(one["amount_minor"] for one in back.json()["backs"]) == back.json()["amount_minor"]
    await work(shopper.runtime)
    order = await shopper.order(order["id"])
    assert all(one["refunded_minor"] == one["amount_minor"] for one in order["tenders"])
    assert await has(shopper) == (5000, 3000)
    assert await violations(shopper.runtime) == []
    told = [moment["what"] for moment in order["timeline"]]
    assert told[:2] == ["placed", "paid"]
    assert told.count("refund") == 3


async def test_an_order_paid_by_what_is_held_is_complete_at_once(shopper: Shopper) -> None:
    await put_in(shopper, 20_000)
    answer = await shopper.place(points=5000, stored_value_minor=15_550)
    placed = answer.json()
    assert (placed["state"], placed["pay"], placed["cashier_url"]) == ("paid", [], None)
    assert (await shopper.order(placed["id"]))["state"] == "paid"
    assert await has(shopper) == (0, 7450)
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize("cancelled", [True, False])
async def test_what_was_set_aside_comes_back_when_the_order_ends(shopper: Shopper, *, cancelled: bool) -> None:
    placed = (await shopper.place(points=4000, stored_value_minor=3000)).json()
    assert await has(shopper) == (1000, 0)
    if cancelled:
        assert (await shopper.post(f"/orders/{placed['id']}/cancel")).status_code == 200
    await later(shopper)
    await later(shopper)
    assert await has(shopper) == (5000, 3000)
    late = await tell(shopper.client, signed_notice(shopper.runtime, shopper, {**placed, "payable_minor": 13_550}))
    assert late.status_code == 200, late.text
    await work(shopper.runtime)
    assert (await shopper.order(placed["id"]))["state"] == ("cancelled" if cancelled else "expired")
    assert await has(shopper) == (5000, 3000)
    assert await violations(shopper.runtime) == []


async def test_what_points_paid_earns_no_points(shopper: Shopper) -> None:
    await earn_rule(shopper.runtime, shopper.mall, datetime.now(UTC))
    placed = (await shopper.place(points=5000)).json()
    await shopper.decide(placed["id"], "pay")
    earned = (await has(shopper))[0]
    assert 150 <= earned <= 155  # 155.50 paid with money, rounded down in each shop
    everything = await shopper.post(f"/me/orders/{placed['id']}/refunds", {"everything": True})
    assert everything.status_code == 201, everything.text
    assert (await has(shopper))[0] == 5000
    assert await violations(shopper.runtime) == []


async def split(shopper: Shopper, *parts: int) -> checkout.PlacedOrder:
    """Place two units of the first good at 100.00 each for a table, split into parts."""
    provider = shopper.runtime.port(Providers).preferred

    async def operation(tx: Tx) -> checkout.PlacedOrder:
        return await checkout.place_items(
            tx,
            mall_id=shopper.mall.mall_id,
            member_id=shopper.member_id,
            items=[
                checkout.BasketItem(
                    variant_id=VariantId(UUID(shopper.variants[0])), quantity=1, unit_price_minor=10_000,
                    option_zh="少糖", option_en="less sugar", note="no ice",
                ),
                checkout.BasketItem(
                    variant_id=VariantId(UUID(shopper.variants[0])), quantity=1, unit_price_minor=10_000
                ),
            ],
            channel=Channel.TABLE,
            way=orders.Way.TABLE,
            shown_total_minor=20_000,
            provider=provider,
            origin="http://test",
            hold=timedelta(minutes=15),
            now=datetime.now(UTC),
            split=[Split(payer_id=shopper.member_id, amount_minor=part) for part in parts],
        )  # fmt: skip

    placed: checkout.PlacedOrder = await write(shopper.runtime, operation)
    return placed


async def pay_part(shopper: Shopper, placed: checkout.PlacedOrder, n: int) -> httpx.Response:
    part = placed.pay[n]
    told = {"intent_id": str(part.intent_id), "payable_minor": part.amount_minor, "currency": placed.currency}
    return await tell(shopper.client, signed_notice(shopper.runtime, shopper, told))


async def test_a_split_bill_is_paid_when_everybody_has_paid(shopper: Shopper) -> None:
    placed = await split(shopper, 3333, 6667, 10_000)
    order_id = str(placed.id)
    for n in (2, 0):
        assert (await pay_part(shopper, placed, n)).json() == {"result": "succeeded"}
        order = await shopper.order(order_id)
        assert order["state"] == "pending_payment"
    assert sorted(one["collected"] for one in order["tenders"]) == [False, True, True]
    assert await violations(shopper.runtime) == []
    assert (await pay_part(shopper, placed, 1)).json() == {"result": "succeeded"}
    order = await shopper.order(order_id)
    assert (order["state"], order["channel"]) == ("paid", "table")
    [part] = order["sub_orders"]
    assert (part["way"], part["state"]) == ("table", "ready")
    assert [(line["option_en"], line["note"]) for line in part["lines"]] == [
        ("less sugar", "no ice"), (part["lines"][1]["option_en"], ""),
    ]  # fmt: skip
    assert (await shopper.get(f"/me/tickets?order={order_id}")).json()["items"] == []
    back = await shopper.post(
        f"/me/orders/{order_id}/refunds", {"lines": [{"line_id": part["lines"][0]["id"], "count": 1}]}
    )
    assert sorted(one["amount_minor"] for one in back.json()["backs"]) == [1667, 3333, 5000]
    await work(shopper.runtime)
    assert await violations(shopper.runtime) == []


async def test_what_some_have_paid_goes_back_when_others_do_not(shopper: Shopper) -> None:
    placed = await split(shopper, 5000, 15_000)
    await pay_part(shopper, placed, 0)
    await later(shopper)
    await work(shopper.runtime)
    order = await shopper.order(str(placed.id))
    assert order["state"] == "expired"
    late = await pay_part(shopper, placed, 1)
    assert late.json() == {"result": "succeeded"}
    await work(shopper.runtime)
    assert await violations(shopper.runtime) == []
    async with shopper.runtime.db.read() as tx:
        returned = await tx.values(
            "SELECT amount_minor FROM payments.refund WHERE mall_id = $1 AND order_id = $2",
            shopper.mall.mall_id,
            placed.id,
        )
    assert sorted(returned) == [5000, 15_000]


@pytest.mark.parametrize("parts", [(20_001,), (0, 20_000), (10_000, 9_999)])
async def test_a_split_that_does_not_sum_is_refused(shopper: Shopper, parts: tuple[int, ...]) -> None:
    with pytest.raises(Invalid):
        await split(shopper, *parts)
    assert await shopper.left() == [100, 100]

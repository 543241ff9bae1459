from typing import Any

import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper, violations, work
from tests.factories.counter import ask, clerk, code, manager, operator, redeem, tickets
from tests.factories.malls import make_mall

from galleria.foundation import catalog
from galleria.kernel.ids import new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value import points


async def bought(
    runtime: Runtime, client: httpx.AsyncClient, *quantities: int, coupon: bool = False
) -> tuple[Shopper, dict[str, Any]]:
    """Return a shopper and the order: goods at 80.00 of the first shop, vouchers at 33.33 of the third."""
    mall = await make_mall(runtime)
    goods = [
        await make_product(runtime, mall, mall.shop_ids[0], price_minor=8000),
        await make_product(runtime, mall, mall.shop_ids[2], price_minor=3333, kind=catalog.Kind.VOUCHER),
    ]
    now = utc_now()
    rule = points.RuleChange(points_per_100_minor_bp=10_000, posts=points.Posts.AT_ONCE)
    await runtime.db.write(
        Command(kind="tests.rule", actor=SYSTEM, now=now),
        lambda tx: points.set_rule(tx, mall_id=mall.mall_id, change=rule, now=now),
        returns=points.EarnRule,
    )
    shopper = await make_shopper(runtime, client, mall=mall, goods=goods)
    claim_id = await shopper.claim() if coupon else None
    await shopper.fill(*(quantities or (2, 3)))
    placed = await shopper.place(claim_id=claim_id)
    assert placed.status_code == 201, placed.text
    await shopper.decide(placed.json()["id"], "pay")
    return shopper, await shopper.order(placed.json()["id"])


def lines_of(order: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the order's lines by kind."""
    return {line["kind"]: line for part in order["sub_orders"] for line in part["lines"]}


async def mine(shopper: Shopper, order: dict[str, Any], body: dict[str, Any], **more: Any) -> httpx.Response:
    return await shopper.post(f"/me/orders/{order['id']}/refunds", body, **more)


async def my_points(shopper: Shopper) -> int:
    found: int = (await shopper.get("/me/points")).json()["balance"]
    return found


async def test_everything_goes_back_with_coupon_points_and_stock(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client, coupon=True)
    earned = await my_points(shopper)
    assert earned > 0
    seen = (await shopper.post(f"/me/orders/{order['id']}/refunds/preview", {"everything": True})).json()
    done = await mine(shopper, order, {"everything": True})
    assert done.status_code == 201, done.text
    made = done.json()
    assert made["amount_minor"] == seen["amount_minor"] == order["payable_minor"]
    assert made["points_taken"] == seen["points_to_take"] == earned
    assert made["coupon_returned"] is seen["coupon_back"] is True
    assert (made["money_state"], made["restocked"]) == ("requested", True)
    assert await my_points(shopper) == 0
    assert await shopper.left() == [100, 100]
    assert {part["state"] for part in (await shopper.order(order["id"]))["sub_orders"]} == {"refunded"}
    assert {t["state"] for t in await tickets(shopper)} == {"void"}
    coupon = (await shopper.get("/me/coupons")).json()["items"][0]
    assert coupon["state"] == "returned"
    await work(runtime)
    [listed] = (await shopper.get(f"/me/orders/{order['id']}/refunds")).json()["items"]
    assert listed["money_state"] == "succeeded"
    assert await violations(runtime) == []


async def test_parts_in_any_order_sum_to_the_whole(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client, coupon=True)
    goods, vouchers = lines_of(order)["physical"]["id"], lines_of(order)["voucher"]["id"]
    steps: list[dict[str, Any]] = [
        {"lines": [{"line_id": vouchers, "units": [1]}]},
        {"lines": [{"line_id": goods, "count": 1}, {"line_id": vouchers, "units": [2]}]},
        {"lines": [{"line_id": vouchers, "count": 1}]},
        {"everything": True},
    ]
    made = []
    for step in steps:
        answer = await mine(shopper, order, step)
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
    assert [m["coupon_returned"] for m in made] == [False, False, False, True]
    assert sum(m["amount_minor"] for m in made) == order["payable_minor"]
    assert await my_points(shopper) == 0
    again = await mine(shopper, order, {"everything": True})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_refund")
    assert await violations(runtime) == []


async def test_the_same_key_refunds_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    line = lines_of(order)["physical"]["id"]
    body = {"lines": [{"line_id": line, "count": 1}]}
    answers = [await mine(shopper, order, body, key="one-key-for-all-of-it") for _ in range(3)]
    assert len({a.json()["id"] for a in answers}) == 1
    assert (await shopper.order(order["id"]))["refunded_minor"] == 8000
    other = await mine(shopper, order, {"everything": True}, key="one-key-for-all-of-it")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    keyless = await client.post(f"{shopper.base}/me/orders/{order['id']}/refunds", json=body, headers=shopper.headers)
    assert keyless.json()["code"] == "key_required"


async def test_a_used_voucher_goes_back_only_after_its_reversal(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    voucher = next(t for t in await tickets(shopper) if t["kind"] == "voucher")
    staff, boss = await clerk(runtime, shopper.mall, 2), await manager(runtime, shopper.mall, 1)
    used = (await redeem(shopper, staff, code(voucher), shop=2)).json()
    line = lines_of(order)["voucher"]["id"]
    body = {"lines": [{"line_id": line, "count": 3}], "reason": "质量问题"}
    for refused in (
        await mine(shopper, order, body),
        await ask(shopper, boss, "POST", f"/orders/{order['id']}/refunds", body),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "unit_redeemed")
    assert (await shopper.order(order["id"]))["refunded_minor"] == 0
    await ask(shopper, boss, "POST", f"/redemptions/{used['id']}/reverse", {"reason": "退货"})
    assert (await ask(shopper, boss, "POST", f"/orders/{order['id']}/refunds", body)).status_code == 201
    assert await violations(runtime) == []


async def test_handed_over_goods_are_for_the_staff_to_take_back(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    pickup = next(t for t in await tickets(shopper) if t["kind"] == "pickup")
    used = (await redeem(shopper, await clerk(runtime, shopper.mall), code(pickup))).json()
    line = lines_of(order)["physical"]["id"]
    body: dict[str, Any] = {"lines": [{"line_id": line, "count": 1}], "reason": "七天无理由"}
    refused = await mine(shopper, order, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_handed_over")
    boss = await manager(runtime, shopper.mall)
    path = f"/orders/{order['id']}/refunds"
    kept = await ask(shopper, boss, "POST", path, body)
    assert (kept.status_code, kept.json()["restocked"]) == (201, False)
    assert (await shopper.left())[0] == 98
    shelved = await ask(shopper, boss, "POST", path, body | {"restock": True})
    assert shelved.json()["restocked"] is True
    assert (await shopper.left())[0] == 99
    late = await ask(shopper, boss, "POST", f"/redemptions/{used['id']}/reverse", {"reason": "扫错了"})
    assert (late.status_code, late.json()["code"]) == (409, "reversal_refunded")
    assert await violations(runtime) == []


async def test_goods_are_still_collected_when_some_went_back(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    await mine(shopper, order, {"lines": [{"line_id": lines_of(order)["physical"]["id"], "count": 1}]})
    pickup = next(t for t in await tickets(shopper) if t["kind"] == "pickup")
    done = await redeem(shopper, await clerk(runtime, shopper.mall), code(pickup))
    assert (done.status_code, done.json()["items"][0]["quantity"]) == (201, 1)
    assert await violations(runtime) == []


async def test_a_refunded_voucher_is_refused_at_the_counter(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    voucher = next(t for t in await tickets(shopper) if t["kind"] == "voucher")
    await mine(shopper, order, {"everything": True})
    refused = await redeem(shopper, await clerk(runtime, shopper.mall, 2), code(voucher), shop=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_refunded")


async def test_staff_refund_their_own_shops_only_and_say_why(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    path = f"/orders/{order['id']}/refunds"
    theirs = lines_of(order)["voucher"]["id"]
    boss = await manager(runtime, shopper.mall)
    unknown = await ask(shopper, boss, "POST", path, {"lines": [{"line_id": theirs, "count": 1}], "reason": "换货"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "lines[0].line_id")
    silent = await ask(shopper, boss, "POST", path, {"everything": True})
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "reason")
    done = await ask(shopper, boss, "POST", path, {"everything": True, "reason": "缺货"})
    assert (done.status_code, done.json()["amount_minor"], done.json()["actor_name"]) == (201, 16000, "王店员")
    for headers in (await clerk(runtime, shopper.mall), await manager(runtime, await make_mall(runtime))):
        assert (await ask(shopper, headers, "POST", path, {"everything": True, "reason": "x"})).status_code == 403
    other = await manager(runtime, shopper.mall, 1)
    assert (await ask(shopper, other, "GET", "/refunds")).json()["items"] == []
    assert len((await ask(shopper, await operator(runtime, shopper.mall), "GET", "/refunds")).json()["items"]) == 1


async def test_another_members_order_is_not_there(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    other = await make_shopper(runtime, client, mall=shopper.mall, goods=shopper.goods)
    for path in ("refunds", "refunds/preview"):
        assert (await other.post(f"/me/orders/{order['id']}/{path}", {"everything": True})).status_code == 404
    assert (await other.get(f"/me/orders/{order['id']}/refunds")).status_code == 404


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"count": 4}, "lines[0].count"),
        ({"units": [0, 0]}, "lines[0].units"),
        ({"units": [3]}, "lines[0].units"),
        ({}, "lines[0]"),
        ({"count": 1, "units": [0]}, "lines[0]"),
    ],
)
async def test_wrong_units_are_named(
    runtime: Runtime, client: httpx.AsyncClient, line: dict[str, Any], field: str
) -> None:
    shopper, order = await bought(runtime, client)
    refused = await mine(shopper, order, {"lines": [{"line_id": lines_of(order)["voucher"]["id"], **line}]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert (await shopper.order(order["id"]))["refunded_minor"] == 0


async def test_an_unpaid_order_has_nothing_to_give_back(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    order = await shopper.placed()
    refused = await mine(shopper, order, {"everything": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "order_not_paid")
    missing = await shopper.post(f"/me/orders/{new_id()}/refunds", {"everything": True})
    assert missing.status_code == 404


async def test_a_preview_of_nothing_lists_what_may_go_back(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    pickup = next(t for t in await tickets(shopper) if t["kind"] == "pickup")
    await redeem(shopper, await clerk(runtime, shopper.mall), code(pickup))
    seen = (await shopper.post(f"/me/orders/{order['id']}/refunds/preview", {})).json()
    assert (seen["amount_minor"], seen["remaining_minor"]) == (0, order["payable_minor"])
    assert [line["units"] for line in seen["refundable"]] == [[0, 1, 2]]
    assert {kept["code"] for kept in seen["kept"]} == {"unit_handed_over"}

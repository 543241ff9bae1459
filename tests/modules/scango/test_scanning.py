"""A shopper scans: what is refused changes nothing, what is taken is priced live."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.onsite import FORMATS, MILK, WINE, Market, label, make_market, violations

from galleria.kernel.ids import new_id
from galleria.onsite.scango import jobs
from galleria.platform.runtime import Runtime


@pytest.fixture
async def market(runtime: Runtime, client: httpx.AsyncClient) -> Market:
    return await make_market(runtime, client)


async def test_a_shop_that_has_not_opted_in_is_not_offered(market: Market) -> None:
    scanner = await market.shopper()
    for shop in market.mall.shop_ids[1:]:
        answer = await scanner.shopper.post("/me/scan-and-go", {"shop_id": str(shop)})
        assert (answer.status_code, answer.json()["code"]) == (409, "scango_not_offered")
    listed = (await market.client.get(f"{market.base}/scan-and-go/shops")).json()
    assert [one["shop_id"] for one in listed] == [str(market.mall.shop_ids[0])]
    await market.terms(active=False)
    assert (await market.client.get(f"{market.base}/scan-and-go/shops")).json() == []
    answer = await scanner.scan(MILK)
    assert answer.json()["code"] == "scango_not_offered"


@pytest.mark.parametrize(
    ("code", "status", "why"),
    [
        ("6901234567891", 422, "barcode_check_digit"),
        ("69012345", 422, "barcode_check_digit"),
        ("not a barcode", 422, "barcode_digits"),
        ("6920202888883", 404, "barcode_unknown"),
    ],
)
async def test_what_is_no_good_of_the_shop_is_refused(market: Market, code: str, status: int, why: str) -> None:
    scanner = await market.shopper()
    answer = await scanner.scan(code)
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert why in {body["code"], *(error["code"] for error in body.get("errors", []))}
    assert (await scanner.view())["items"] == []


async def test_a_scan_sent_twice_counts_once_and_two_scans_are_two(market: Market) -> None:
    scanner = await market.shopper()
    for _ in range(2):
        assert (await scanner.scan(MILK, key="the-same-scan")).status_code == 200
    assert [item["quantity"] for item in (await scanner.view())["items"]] == [1]
    await scanner.scan(MILK, 2)
    view = await scanner.view()
    assert [item["quantity"] for item in view["items"]] == [3]
    assert (view["pieces"], view["price"]["payable_minor"]) == (3, 3600)


async def test_weighed_goods_cost_what_their_labels_say(market: Market) -> None:
    scanner = await market.shopper()
    await scanner.scan(label("21", 12345, 1234))
    await scanner.scan(label("21", 12345, 1234))
    await scanner.scan(label("22", 12345, 485))
    view = await scanner.view()
    assert [(item["unit_price_minor"], item["quantity"]) for item in view["items"]] == [(1234, 1), (1234, 1), (3880, 1)]
    assert view["items"][2]["weight_g"] == 485
    assert view["price"]["payable_minor"] == 1234 * 2 + 3880
    more = await scanner.shopper.client.patch(
        scanner.shopper.base + scanner.path + f"/items/{view['items'][0]['id']}",
        json={"quantity": 2},
        headers=scanner.shopper.headers,
    )
    assert more.json()["errors"][0]["code"] == "weighed_is_one"


async def test_no_more_than_a_basket_holds(market: Market) -> None:
    scanner = await market.shopper()
    assert (await scanner.scan(MILK, 99)).status_code == 200
    answer = await scanner.scan(MILK)
    assert (answer.status_code, answer.json()["code"]) == (409, "scango_basket_full")
    assert (await scanner.view())["pieces"] == 99


async def test_one_basket_a_member_and_shop(market: Market) -> None:
    scanner = await market.shopper()
    again = await scanner.shopper.post("/me/scan-and-go", {"shop_id": str(market.mall.shop_ids[0])})
    assert again.json()["id"] == scanner.session
    mine = (await scanner.shopper.get("/me/scan-and-go")).json()["items"]
    assert [(row["id"], row["state"]) for row in mine] == [(scanner.session, "open")]


async def test_a_basket_is_its_shoppers_alone(market: Market) -> None:
    scanner, stranger = await market.shopper(), await market.shopper()
    for path in ("", "/exit"):
        assert (await stranger.shopper.get(scanner.path + path)).status_code == 404
    for path, body in (("/items", {"code": MILK}), ("/cancel", None), ("/pay", {"shown_total_minor": 0})):
        assert (await stranger.shopper.post(scanner.path + path, body)).status_code == 404
    assert (await scanner.view())["state"] == "open"


async def change(scanner: Any, item: str, quantity: int) -> httpx.Response:
    answer: httpx.Response = await scanner.shopper.client.patch(
        scanner.shopper.base + scanner.path + f"/items/{item}",
        json={"quantity": quantity},
        headers=scanner.shopper.headers,
    )
    return answer


async def test_what_is_taken_out_is_counted_for_the_gate(market: Market) -> None:
    scanner = await market.shopper()
    await scanner.scan(MILK, 5)
    item = (await scanner.view())["items"][0]["id"]
    assert (await change(scanner, item, 3)).json()["pieces"] == 3
    assert (await change(scanner, item, 0)).json()["items"] == []
    assert (await change(scanner, item, 1)).status_code == 404
    async with market.runtime.db.read() as tx:
        sql = "SELECT removed FROM scango.session WHERE mall_id = $1"
        assert await tx.value(sql, market.mall.mall_id) == 5


async def test_a_basket_given_up_takes_no_more(market: Market) -> None:
    scanner = await market.shopper()
    await scanner.scan(MILK)
    assert (await scanner.shopper.post(scanner.path + "/cancel")).json()["state"] == "cancelled"
    for answer in (await scanner.scan(MILK), await scanner.pay(shown_total_minor=1200)):
        assert (answer.status_code, answer.json()["code"]) == (409, "scango_session_ended")
    assert await market.left() == [100, 100, 100]


async def test_an_idle_basket_is_given_up_and_a_busy_one_is_not(market: Market) -> None:
    idle, busy = await market.shopper(), await market.shopper()
    await idle.scan(MILK)
    later = datetime.now(UTC) + timedelta(minutes=91)
    async with market.runtime.db.read() as tx:
        await tx.value(
            "UPDATE scango.session SET touched_at = $3 WHERE mall_id = $1 AND id = $2",
            market.mall.mall_id, busy.session, later,
        )  # fmt: skip
    await jobs.abandon_idle(market.runtime, later)
    assert ((await idle.view())["state"], (await busy.view())["state"]) == ("abandoned", "open")
    assert await violations(market.runtime) == []


async def test_goods_with_an_age_limit_wait_for_staff(market: Market) -> None:
    scanner = await market.shopper()
    await scanner.scan(MILK)
    assert (await scanner.shopper.post(scanner.path + "/age-check")).json()["age_check"] is None
    await scanner.scan(WINE)
    answer = await scanner.pay()
    assert (answer.status_code, answer.json()["code"]) == (409, "age_not_approved")
    view = (await scanner.shopper.post(scanner.path + "/age-check")).json()
    assert (view["needed_age"], view["approved_age"], view["age_check"]["state"]) == (18, 0, "asked")
    waiting = (await market.ask(market.clerk, "GET", f"{market.shop}/age-checks")).json()["items"]
    assert [(row["min_age"], row["goods_en"], row["state"]) for row in waiting] == [(18, ["Wine"], "asked")]
    url = f"{market.shop}/age-checks/{waiting[0]['id']}"
    silent = await market.ask(market.clerk, "POST", url, {"approve": False})
    assert silent.json()["errors"][0]["code"] == "reason_needed"
    refused = await market.ask(market.clerk, "POST", url, {"approve": False, "reason": "未带身份证"})
    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    assert (await scanner.pay()).json()["code"] == "age_not_approved"
    again = await market.ask(market.clerk, "POST", url, {"approve": True})
    assert (again.status_code, again.json()["code"]) == (409, "age_decided")


async def test_an_age_that_staff_have_seen_holds_for_the_basket(market: Market) -> None:
    scanner = await market.shopper()
    await scanner.scan(WINE)
    asked = (await scanner.shopper.post(scanner.path + "/age-check")).json()["age_check"]
    url = f"{market.shop}/age-checks/{asked['id']}"
    seen = await market.ask(market.clerk, "POST", url, {"approve": True})
    assert (seen.json()["state"], seen.json()["staff_name"]) == ("approved", "王店员")
    await scanner.scan(WINE)
    assert (await scanner.view())["approved_age"] == 18
    assert (await scanner.pay()).status_code == 200
    assert await violations(market.runtime) == []


async def test_a_file_of_barcodes_is_taken_whole_or_not_at_all(market: Market) -> None:
    sku = market.goods[0].variants[0].sku
    bad = f"条码,货号,最低年龄\n6901234567891,{sku},\n6920202888883,nobody,\n22/12345,{sku},x\n29/1234,{sku},\n"
    answer = await market.barcodes(bad, encoding="gb18030")
    found = [(problem["line"], problem["field"], problem["code"]) for problem in answer.json()["problems"]]
    assert found == [
        (2, "barcode", "barcode_check_digit"), (3, "sku", "sku_unknown"), (4, "min_age", "min_age_number"),
        (5, "barcode", "barcode_no_format"),
    ]  # fmt: skip
    assert (answer.json()["rows"], answer.json()["written"]) == (4, 0)
    twice = await market.barcodes(f"barcode,sku\n6920202888883,{sku}\n06920202888883,{sku}\n")
    assert [problem["code"] for problem in twice.json()["problems"]] == ["barcode_twice"]
    good = await market.barcodes(f"barcode,sku,min_age\n6920202888883,{sku},16\n")
    assert (good.json()["written"], good.json()["problems"]) == (1, [])
    listed = (await market.ask(market.manager, "GET", f"{market.shop}/barcodes?q=692020")).json()["items"]
    assert [(row["code"], row["name_en"], row["min_age"]) for row in listed] == [("06920202888883", "Milk", 16)]
    gone = await market.ask(market.manager, "DELETE", f"{market.shop}/barcodes?code=06920202888883")
    assert gone.status_code == 200
    assert (await market.ask(market.manager, "DELETE", f"{market.shop}/barcodes?code=1")).status_code == 404


async def test_labels_that_cannot_be_are_refused(market: Market) -> None:
    body = {"active": True, "formats": [{**FORMATS[0], "value_digits": 4}]}
    answer = await market.ask(market.operator, "PUT", f"{market.shop}/scan-and-go", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "formats[0].value_digits")
    terms = (await market.ask(market.operator, "GET", f"{market.shop}/scan-and-go")).json()
    assert (terms["formats"], terms["barcodes"]) == ([{**one, "verifier": False} for one in FORMATS], 4)


async def test_clerks_set_nothing_up(market: Market) -> None:
    for method, path, body in (
        ("PUT", "/scan-and-go", {"active": True}),
        ("GET", "/scan-and-go", None),
        ("GET", "/barcodes", None),
        ("DELETE", "/barcodes?code=1", None),
    ):
        assert (await market.ask(market.clerk, method, market.shop + path, body)).status_code == 403
    other = f"{market.base}/shops/{market.mall.shop_ids[2]}/age-checks"
    assert (await market.ask(market.clerk, "GET", other)).status_code == 403
    assert (await market.ask(market.clerk, "POST", f"{market.shop}/age-checks/{new_id()}", {"approve": True})
            ).status_code == 409  # fmt: skip

import csv
import io
from typing import Any

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.counter import ask, clerk, code, manager, operator, redeem, tickets
from tests.factories.malls import make_mall

from galleria.platform.runtime import Runtime

FIGURES = ["orders", "sales", "claims", "redemptions", "refunds", "points_issued", "points_used"]


async def lively(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    """Return a shopper after a day: two orders paid, a coupon claimed, goods collected, a voucher given back."""
    shopper = await make_shopper(runtime, client)
    await shopper.claim()
    first = await shopper.paid(1, 2)
    await shopper.paid(1, 0)
    pickup = next(t for t in await tickets(shopper, first["id"]) if t["kind"] == "pickup")
    await redeem(shopper, await clerk(runtime, shopper.mall), code(pickup))
    voucher = next(line for part in first["sub_orders"] for line in part["lines"] if line["kind"] == "voucher")
    body = {"lines": [{"line_id": voucher["id"], "count": 1}]}
    assert (await shopper.post(f"/me/orders/{first['id']}/refunds", body)).status_code == 201
    return shopper


async def values(shopper: Shopper, headers: dict[str, str]) -> dict[str, int]:
    answer = await ask(shopper, headers, "GET", "/dashboard/today")
    assert answer.status_code == 200, answer.text
    return {figure["figure"]: figure["value"] for figure in answer.json()["figures"]}


async def test_today_counts_what_happened(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await lively(runtime, client)
    boss = await operator(runtime, shopper.mall)
    today = (await ask(shopper, boss, "GET", "/dashboard/today")).json()
    found = {figure["figure"]: figure["value"] for figure in today["figures"]}
    assert found | {"points_issued": 0} == {
        "orders": 2,
        "sales": 8000 + 2 * 4550 + 8000,
        "claims": 1,
        "redemptions": 1,
        "refunds": 4550,
        "points_issued": 0,
        "points_used": 0,
    }
    assert all(sum(f["hourly"]) == f["value"] for f in today["figures"])
    assert today["whole_mall"] is True
    assert [shop["sales_minor"] for shop in today["top_shops"]] == [16000, 9100]
    assert [good["units"] for good in today["top_goods"]] == [2, 2]


@pytest.mark.parametrize("figure", FIGURES)
async def test_the_records_behind_a_figure_sum_to_it(runtime: Runtime, client: httpx.AsyncClient, figure: str) -> None:
    shopper = await lively(runtime, client)
    for headers in (await operator(runtime, shopper.mall), await manager(runtime, shopper.mall)):
        total = (await values(shopper, headers))[figure]
        seen: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = (await ask(shopper, headers, "GET", f"/dashboard/{figure}/rows?limit=1{cursor}")).json()
            seen.extend(page["items"])
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert sum(row["amount"] for row in seen) == total
        assert all("****" in row["member_masked"] for row in seen)


async def test_a_record_opens_the_command_that_made_it(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await lively(runtime, client)
    boss = await operator(runtime, shopper.mall)
    kinds = {"redemptions": "redemption.redeem", "refunds": "returns.refund", "sales": "payments.notice"}
    for figure, kind in kinds.items():
        row = (await ask(shopper, boss, "GET", f"/dashboard/{figure}/rows")).json()["items"][0]
        detail = await ask(shopper, boss, "GET", f"/audit/{row['journal_id']}")
        assert detail.status_code == 200, detail.text
        assert (detail.json()["kind"], detail.json()["subject"]) == (kind, row["subject"])
        assert detail.json()["events"]


async def test_a_merchant_sees_its_own_shops(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await lively(runtime, client)
    found = await values(shopper, await manager(runtime, shopper.mall, 1))
    assert (found["orders"], found["sales"], found["redemptions"], found["refunds"]) == (1, 9100, 0, 4550)
    days = (await ask(shopper, await manager(runtime, shopper.mall, 1), "GET", "/dashboard/days")).json()
    assert (len(days["items"]), days["items"][-1]["sales_minor"], days["whole_mall"]) == (30, 9100, False)


async def test_who_may_not_see_the_figures_is_refused(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    elsewhere = await operator(runtime, await make_mall(runtime))
    paths = ["/dashboard/today", "/dashboard/days", "/dashboard/sales/rows", "/dashboard/sales/export", "/audit"]
    for path in paths:
        for headers in (await clerk(runtime, shopper.mall), elsewhere, shopper.headers):
            assert (await ask(shopper, headers, "GET", path)).status_code == 403, path
        assert (await client.get(shopper.base + path)).status_code == 401
    boss = await manager(runtime, shopper.mall)
    assert (await ask(shopper, boss, "GET", "/audit")).status_code == 403


async def test_a_wrong_range_is_named(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    boss = await operator(runtime, shopper.mall)
    for query in ("from=2026-03-02&to=2026-03-01", "from=2020-01-01&to=2026-03-01"):
        refused = await ask(shopper, boss, "GET", f"/dashboard/days?{query}")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "from")
    assert (await ask(shopper, boss, "GET", "/dashboard/nothing/rows")).status_code in {404, 422}


async def test_the_export_holds_every_record_and_no_formula(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await lively(runtime, client)
    async with runtime.db.read() as tx:
        await tx.value(
            "UPDATE redemption.ticket SET title_zh = '=HYPERLINK(1)' WHERE mall_id = $1", shopper.mall.mall_id
        )
    boss = await operator(runtime, shopper.mall)
    answer = await ask(shopper, boss, "GET", "/dashboard/redemptions/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    heading, row = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (heading[0], row[2], row[5]) == ("时间", "'=HYPERLINK(1)", "1")
    assert row[1].startswith("'+86")
    sales = await ask(shopper, boss, "GET", "/dashboard/sales/export")
    amounts = [row[5] for row in csv.reader(io.StringIO(sales.content.decode("utf-8-sig")))][1:]
    assert amounts == ["80.00", "171.00"]


async def test_the_audit_trail_is_found_by_actor_kind_and_subject(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await lively(runtime, client)
    boss = await operator(runtime, shopper.mall)
    [refund] = (await ask(shopper, boss, "GET", "/audit?kind=returns.")).json()["items"]
    assert (refund["actor_kind"], refund["actor_id"]) == ("member", str(shopper.member_id))
    assert "****" in refund["actor_name"]
    [redeemed] = (await ask(shopper, boss, "GET", "/audit?kind=redemption.redeem")).json()["items"]
    assert (redeemed["actor_name"], redeemed["shop_zh"]) == ("王店员", "1号店")
    detail = (await ask(shopper, boss, "GET", f"/audit/{redeemed['id']}")).json()
    assert (set(detail["input"]), len(detail["input"]["serial"])) == ({"shop_id", "serial", "bill_minor"}, 8)
    mine = (await ask(shopper, boss, "GET", f"/audit?actor={shopper.member_id}&limit=200")).json()["items"]
    assert {row["actor_id"] for row in mine} == {str(shopper.member_id)}
    about = (await ask(shopper, boss, "GET", f"/audit?subject={refund['subject']}")).json()["items"]
    assert [row["id"] for row in about] == [refund["id"]]
    other = await operator(runtime, await make_mall(runtime))
    assert (await ask(shopper, other, "GET", f"/audit/{refund['id']}")).status_code == 403

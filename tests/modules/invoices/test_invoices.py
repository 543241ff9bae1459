"""Invoices: asked for once, refused, answered late, taken back when money goes back; receipts that open."""

import contextlib
from typing import Any

import httpx
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper, work
from tests.factories.counter import operator
from tests.factories.malls import make_mall
from tests.factories.members import as_member, make_member

from galleria.commerce import invoices
from galleria.commerce.invoices import jobs
from galleria.commerce.invoices.wiring import MODULE
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime

COMPANY = {"kind": "company", "title": "福建某某有限公司", "tax_number": "91350100M000100Y43"}
PERSON = {"kind": "person", "title": "个人"}


async def bought(runtime: Runtime, client: httpx.AsyncClient, *, paid: bool = True) -> tuple[Shopper, dict[str, Any]]:
    """Return a shopper and an order: twice 80.00 of the first shop, once 33.33 of the third."""
    mall = await make_mall(runtime)
    goods = [
        await make_product(runtime, mall, mall.shop_ids[0], price_minor=8000),
        await make_product(runtime, mall, mall.shop_ids[2], price_minor=3333),
    ]
    shopper = await make_shopper(runtime, client, mall=mall, goods=goods)
    await shopper.fill(2, 1)
    placed = await shopper.place()
    assert placed.status_code == 201, placed.text
    if paid:
        await shopper.decide(placed.json()["id"], "pay")
    return shopper, await shopper.order(placed.json()["id"])


async def mine(shopper: Shopper, order: dict[str, Any]) -> list[dict[str, Any]]:
    await work(shopper.runtime)
    found: list[dict[str, Any]] = (await shopper.get(f"/me/orders/{order['id']}/invoices")).json()["items"]
    for invariant in MODULE.invariants:
        assert await shopper.runtime.db.pool.fetch(invariant.sql) == []
    return found


def path(order: dict[str, Any]) -> str:
    return f"/me/orders/{order['id']}/invoices"


async def test_an_unpaid_order_and_a_wrong_number_are_refused(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client, paid=False)
    assert (await shopper.post(path(order), PERSON)).json()["code"] == "invoice_nothing"
    assert (await shopper.get(f"/me/orders/{order['id']}/receipt.pdf")).status_code == 409
    for wrong in (
        COMPANY | {"tax_number": "91350100M000100Y44"},
        COMPANY | {"tax_number": ""},
        PERSON | COMPANY | {"kind": "person"},
    ):
        answer = await shopper.post(path(order), wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "tax_number")
    assert await mine(shopper, order) == []


async def test_each_merchant_invoices_its_part_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    asked = await shopper.post(path(order), COMPANY)
    assert asked.status_code == 201, asked.text
    assert (await shopper.post(path(order), PERSON)).json()["code"] == "invoice_nothing"
    found = await mine(shopper, order)
    assert sorted((one["amount_minor"], one["state"]) for one in found) == [(3333, "issued"), (16000, "issued")]
    pdf = await shopper.get(f"/me/invoices/{found[0]['id']}/invoice.pdf")
    assert pdf.content.startswith(b"%PDF")
    stranger = await as_member(runtime, await make_member(runtime, shopper.mall.group_id))
    refused = await client.get(f"{shopper.base}/me/invoices/{found[0]['id']}/invoice.pdf", headers=stranger)
    assert refused.status_code == 404
    titles = (await shopper.get("/me/invoice-titles")).json()["items"]
    assert [one["tax_number"] for one in titles] == [COMPANY["tax_number"]]
    staff = await client.get(f"{shopper.base}/invoices", headers=await operator(runtime, shopper.mall))
    assert len(staff.json()["items"]) == 2


async def test_a_refusal_is_told_and_may_be_asked_again(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    part = order["sub_orders"][0]["id"]
    await shopper.post(path(order), PERSON | {"email": "refuse@example.com", "sub_order_id": part})
    (failed,) = await mine(shopper, order)
    assert (failed["state"], failed["refusal"] != "") == ("failed", True)
    assert (await shopper.post(path(order), PERSON | {"sub_order_id": part})).status_code == 201
    assert [one["state"] for one in await mine(shopper, order)] == ["failed", "issued"]


async def test_no_answer_leaves_it_open_and_the_same_is_asked_again(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper, order = await bought(runtime, client)
    part = order["sub_orders"][0]["id"]
    await shopper.post(path(order), PERSON | {"email": "late@example.com", "sub_order_id": part})
    row = await runtime.db.pool.fetchrow("SELECT * FROM invoices.invoice WHERE mall_id = $1", shopper.mall.mall_id)
    assert row is not None
    for expected in ("issuing", "issued", "issued"):
        with contextlib.suppress(invoices.InvoiceUnavailable):
            await jobs.issue(runtime, str(row["mall_id"]), str(row["id"]))
        state = await runtime.db.pool.fetchval("SELECT state FROM invoices.invoice WHERE id = $1", row["id"])
        assert state == expected


async def test_what_goes_back_is_taken_back_by_red_invoices(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    await shopper.post(path(order), PERSON)
    await mine(shopper, order)
    part = next(one for one in order["sub_orders"] if one["payable_minor"] == 16000)
    line = part["lines"][0]["id"]
    for left in (8000, 0):
        back = await shopper.post(
            f"/me/orders/{order['id']}/refunds", {"lines": [{"line_id": line, "count": 1}], "reason": "x"}
        )
        assert back.status_code == 201, back.text
        await work(runtime)
        found = [one for one in await mine(shopper, order) if one["sub_order_id"] == part["id"]]
        assert sum(one["amount_minor"] for one in found) == left
    assert [one["state"] for one in found] == ["red", "issued", "issued"]
    other = [one for one in await mine(shopper, order) if one["sub_order_id"] != part["id"]]
    assert [(one["state"], one["amount_minor"]) for one in other] == [("issued", 3333)]


async def test_receipts_open_in_both_sizes_and_languages(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, order = await bought(runtime, client)
    for language in ("zh-CN", "en"):
        for size in ("a4", "roll"):
            answer = await client.get(
                f"{shopper.base}/me/orders/{order['id']}/receipt.pdf",
                params={"size": size},
                headers=shopper.headers | {"accept-language": language, "idempotency-key": new_id().hex},
            )
            assert answer.status_code == 200, answer.text
            assert answer.content.startswith(b"%PDF")
            assert b"STSong-Light" in answer.content

"""Goods over HTTP: what shops may do with their own, what nobody may do with another's, what shoppers see."""

from typing import Any

import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.foundation import catalog
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime

ENGLISH = {"accept-language": "en"}


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def manager(runtime: Runtime, mall: MadeMall, merchant: int = 0) -> dict[str, str]:
    grant = Grant(role=Role.MERCHANT_MANAGER, group_id=mall.group_id, merchant_id=mall.merchant_ids[merchant])
    return {**await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant])), **ENGLISH}


async def strangers(runtime: Runtime, mall: MadeMall) -> list[tuple[dict[str, str], set[int]]]:
    clerk = Grant(role=Role.CLERK, group_id=mall.group_id, shop_id=mall.shop_ids[0])
    return [
        ({}, {401}),
        (await as_member(runtime, await make_member(runtime, mall.group_id)), {403}),
        (await as_staff(runtime, await make_staff(runtime, mall.group_id, [clerk])), {403}),
        (await manager(runtime, mall, merchant=1), {403}),
    ]


def body(mall: MadeMall, **over: Any) -> dict[str, Any]:
    return {
        "shop_id": str(mall.shop_ids[0]),
        "category_id": str(mall.category_ids[1]),
        "code": "flat-white",
        "kind": "physical",
        "name_zh": "馥芮白",
        "name_en": "Flat White",
        "text_zh": "丝滑",
        "text_en": "Smooth",
        "variants": [{"sku": "FW-1", "price_minor": 3200}],
        **over,
    }


async def count(runtime: Runtime, mall: MadeMall) -> int:
    async with runtime.db.read() as tx:
        found: int = await tx.value("SELECT count(*) FROM catalog.product WHERE mall_id = $1", mall.mall_id)
    return found


async def test_a_draft_is_published_once_it_is_fit(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    headers, url = await manager(runtime, mall), f"/v1/malls/{mall.mall_id}/products"
    made = await client.post(url, headers=headers, json=body(mall, text_en="", variants=[]))
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    page = f"{url}/{made.json()['id']}"
    assert (await client.get(page)).status_code == 404
    refused = await client.post(f"{page}/state", headers=headers, json={"state": "published"})
    assert refused.status_code == 422
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [
        ("text_en", "required_to_publish"),
        ("variants", "no_variant"),
    ]
    assert "before the product can be published" in refused.json()["errors"][0]["message"]
    change = {"text_en": "Smooth", "variants": [{"sku": "FW-1", "price_minor": 3200}]}
    assert (await client.patch(page, headers=headers, json=change)).status_code == 200
    shown = await client.post(f"{page}/state", headers=headers, json={"state": "published"})
    assert (shown.status_code, shown.json()["price_min_minor"]) == (200, 3200)
    found = (await client.get(page)).json()
    assert (found["shop"]["floor_code"], found["category"]["code"], found["currency"]) == ("F1", "coffee", "CNY")
    assert [v["sku"] for v in found["variants"]] == ["FW-1"]
    unfit = await client.patch(page, headers=headers, json={"text_zh": " "})
    assert (unfit.status_code, (await client.get(page)).json()["text_zh"]) == (422, "丝滑")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"variants": [{"sku": "A", "price_minor": 0}]}, "variants[0].price_minor"),
        ({"variants": [{"sku": "A b", "price_minor": 5}]}, "variants[0].sku"),
        ({"variants": [{"sku": "A", "price_minor": 5}, {"sku": "A", "price_minor": 6}]}, "variants[1].sku"),
        ({"name_en": ""}, "name_en"),
        ({"name_zh": "a\x00b"}, "name_zh"),
        ({"category_id": "00000000-0000-7000-8000-000000000000"}, "category_id"),
        ({"kind": "voucher", "publish": True}, "valid_days"),
        ({"pictures": ["../../etc/passwd"]}, "pictures[0]"),
    ],
)
async def test_bad_input_names_the_field_and_makes_nothing(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, over: dict[str, Any], field: str
) -> None:
    headers = await manager(runtime, mall)
    answer = await client.post(f"/v1/malls/{mall.mall_id}/products", headers=headers, json=body(mall, **over))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert await count(runtime, mall) == 0


async def test_codes_and_skus_are_taken_once(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    headers, url = await manager(runtime, mall), f"/v1/malls/{mall.mall_id}/products"
    assert (await client.post(url, headers=headers, json=body(mall))).status_code == 201
    again = await client.post(url, headers=headers, json=body(mall))
    other = await client.post(url, headers=headers, json=body(mall, code="other"))
    assert [(a.status_code, a.json()["code"]) for a in (again, other)] == [
        (409, "product_code_taken"),
        (409, "sku_taken"),
    ]
    elsewhere = await client.post(url, headers=headers, json=body(mall, shop_id=str(mall.shop_ids[1])))
    assert (elsewhere.status_code, await count(runtime, mall)) == (201, 2)


async def test_nobody_touches_the_goods_of_another_shop(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0])
    base = f"/v1/malls/{mall.mall_id}"
    for headers, allowed in await strangers(runtime, mall):
        answers = [
            await client.post(f"{base}/products", headers=headers, json=body(mall)),
            await client.patch(f"{base}/products/{product.id}", headers=headers, json={"name_en": "Mine"}),
            await client.post(f"{base}/products/{product.id}/state", headers=headers, json={"state": "archived"}),
            await client.get(f"{base}/catalog/{product.id}", headers=headers),
            await client.put(f"{base}/stock/{product.variants[0].id}", headers=headers, json={"on_hand": 1}),
            await client.get(f"{base}/stock/{product.variants[0].id}/movements", headers=headers),
            await client.get(f"{base}/stock?shop={mall.shop_ids[0]}", headers=headers),
            await client.post(
                f"{base}/shops/{mall.shop_ids[0]}/goods/import", headers=headers, files={"file": ("g.csv", b"sku\nA")}
            ),
            await client.post(f"{base}/shops/{mall.shop_ids[0]}/goods/export", headers=headers),
            await client.get(f"{base}/shops/{mall.shop_ids[0]}/transfers", headers=headers),
        ]
        assert {a.status_code for a in answers} == allowed
    async with runtime.db.read() as tx:
        assert await catalog.get_product(tx, mall_id=mall.mall_id, product_id=product.id) == product
        assert await tx.value("SELECT count(*) FROM merchandising.transfer WHERE mall_id = $1", mall.mall_id) == 0


async def test_a_mall_does_not_know_another_malls_goods(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0])
    other = await make_mall(runtime, group_id=mall.group_id)
    assert (await client.get(f"/v1/malls/{other.mall_id}/products/{product.id}")).status_code == 404
    headers = await manager(runtime, mall)
    answer = await client.patch(f"/v1/malls/{other.mall_id}/products/{product.id}", headers=headers, json={})
    assert answer.status_code == 404
    async with runtime.db.read() as tx:
        assert await catalog.sellable(tx, other.mall_id, [product.variants[0].id]) == []


async def test_the_staff_list_shows_only_ones_own(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    mine = await make_product(runtime, mall, mall.shop_ids[0], publish=False)
    theirs = await make_product(runtime, mall, mall.shop_ids[2])
    url = f"/v1/malls/{mall.mall_id}/catalog"
    for merchant, product in ((0, mine), (1, theirs)):
        headers = await manager(runtime, mall, merchant)
        for query in ("", f"?q={product.variants[0].sku}", "?q=拿铁", f"?state={product.state.value}"):
            rows = (await client.get(url + query, headers=headers)).json()["items"]
            assert [row["id"] for row in rows] == [str(product.id)]


async def test_what_is_sellable_carries_all_that_orders_need(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], kind=catalog.Kind.VOUCHER)
    draft = await make_product(runtime, mall, mall.shop_ids[0], publish=False)
    async with runtime.db.read() as tx:
        found = await catalog.sellable(tx, mall.mall_id, [draft.variants[0].id, product.variants[0].id])
    assert [s.variant_id for s in found] == [product.variants[0].id]
    assert found[0].category_ids[-1] == mall.category_ids[1]
    assert set(found[0].category_ids) == set(mall.category_ids[:2])
    assert (found[0].valid_days, found[0].merchant_id, found[0].shop_en) == (30, mall.merchant_ids[0], "Shop 1")


async def test_a_category_means_all_below_it(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0])
    url = f"/v1/malls/{mall.mall_id}/products"
    shown = [
        [item["id"] for item in (await client.get(f"{url}?category={category}")).json()["items"]]
        for category in mall.category_ids
    ]
    assert shown == [[str(product.id)], [str(product.id)], [], []]


@pytest.mark.parametrize(
    "query", ["sort=best", "limit=0", "limit=201", "cursor=junk", "cursor=WyJ4Il0", "shop=x", "q=" + "x" * 201]
)
async def test_a_malformed_question_is_refused(client: httpx.AsyncClient, mall: MadeMall, query: str) -> None:
    assert (await client.get(f"/v1/malls/{mall.mall_id}/products?{query}")).status_code == 422


@pytest.mark.parametrize("q", ["%00", "%27%20OR", "%5C", "%F0%9F%8D%95", "%20", "a%26%7C%21%3A%2A"])
async def test_any_words_may_be_typed(client: httpx.AsyncClient, mall: MadeMall, q: str) -> None:
    for path in (f"products?q={q}", f"search/suggest?q={q}"):
        assert (await client.get(f"/v1/malls/{mall.mall_id}/{path}")).status_code == 200


async def test_stock_is_seen_set_and_kept_above_nothing(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], on_hand=4)
    variant, base = product.variants[0].id, f"/v1/malls/{mall.mall_id}"
    headers = await manager(runtime, mall)
    assert (await client.get(f"{base}/availability?variant={variant}")).json() == [
        {"variant_id": str(variant), "available": 4}
    ]
    assert (await client.put(f"{base}/stock/{variant}", headers=headers, json={"on_hand": -1})).status_code == 422
    level = await client.put(f"{base}/stock/{variant}", headers=headers, json={"on_hand": 9})
    assert (level.status_code, level.json()["available"]) == (200, 9)
    rows = (await client.get(f"{base}/stock?shop={mall.shop_ids[0]}", headers=headers)).json()["items"]
    assert [(row["sku"], row["on_hand"]) for row in rows] == [(product.variants[0].sku, 9)]
    moved = (await client.get(f"{base}/stock/{variant}/movements", headers=headers)).json()["items"]
    assert [(m["kind"], m["quantity"]) for m in moved] == [("adjust", 5), ("receive", 4)]

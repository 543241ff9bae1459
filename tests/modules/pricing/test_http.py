"""Price rules, costs and histories over HTTP: what managers may do with their own shops, and nobody with another's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories import pricing as made
from tests.factories.catalog import make_product
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.foundation import catalog
from galleria.kernel.ids import VariantId, new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value import pricing


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def manager(runtime: Runtime, mall: MadeMall, merchant: int = 0) -> dict[str, str]:
    grant = Grant(role=Role.MERCHANT_MANAGER, group_id=mall.group_id, merchant_id=mall.merchant_ids[merchant])
    account = await make_staff(runtime, mall.group_id, [grant])
    return {**await as_staff(runtime, account), "accept-language": "en"}


async def operator(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id)
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


def base(mall: MadeMall) -> str:
    return f"/v1/malls/{mall.mall_id}"


async def write_rule(client: httpx.AsyncClient, mall: MadeMall, headers: dict[str, str], **over: Any) -> httpx.Response:
    return await client.post(
        base(mall) + "/price-rules", json={"shop_id": str(mall.shop_ids[0]), **over}, headers=headers
    )


async def test_strangers_are_refused_and_see_nothing(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    mine = await manager(runtime, mall)
    rule = (await write_rule(client, mall, mine)).json()
    product = await make_product(runtime, mall, mall.shop_ids[0])
    clerk = Grant(role=Role.CLERK, group_id=mall.group_id, shop_id=mall.shop_ids[0])
    strangers = [
        ({}, 401),
        (await as_member(runtime, await make_member(runtime, mall.group_id)), 403),
        (await as_staff(runtime, await make_staff(runtime, mall.group_id, [clerk])), 403),
        (await manager(runtime, mall, 1), 403),
    ]
    one, shop = f"/price-rules/{rule['id']}", mall.shop_ids[0]
    cost = {"shop_id": str(shop), "items": [{"variant_id": str(product.variants[0].id), "cost_minor": 1}]}
    for headers, status in strangers:
        asked = [
            client.get(base(mall) + one, headers=headers),
            client.patch(base(mall) + one, json={"percent_bp": 1}, headers=headers),
            client.post(base(mall) + one + "/preview", headers=headers),
            client.post(base(mall) + one + "/state", json={"state": "ended"}, headers=headers),
            client.post(base(mall) + one + "/restore", json={"version": 1}, headers=headers),
            client.post(base(mall) + "/price-rules", json={"shop_id": str(shop)}, headers=headers),
            client.get(base(mall) + f"/costs?shop={shop}", headers=headers),
            client.put(base(mall) + "/costs", json=cost, headers=headers),
            client.put(base(mall) + "/price-guard", json={"shop_id": str(shop)}, headers=headers),
            client.get(base(mall) + f"/products/{product.id}/prices", headers=headers),
            client.get(base(mall) + f"/competitor-prices?product={product.id}", headers=headers),
        ]
        assert {(await answer).status_code for answer in asked} == {status}
    mall_wide = await client.post(base(mall) + "/price-rules", json={}, headers=mine)
    assert mall_wide.status_code == 403
    seen = (await client.get(base(mall) + "/price-rules", headers=await manager(runtime, mall, 1))).json()
    assert seen["items"] == []
    [still] = (await client.get(base(mall) + "/price-rules", headers=mine)).json()["items"]
    assert (still["state"], still["version"]) == ("draft", 1)


async def test_a_rule_is_written_previewed_and_told_with_its_versions(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers = await manager(runtime, mall)
    await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    rule = (await write_rule(client, mall, headers)).json()
    assert (rule["terms"]["percent_bp"], rule["terms"]["title_en"]) == (1000, "10 % off the store price")
    assert (rule["shop_en"], rule["goods"]) == ("Shop 1", 0)
    one = base(mall) + f"/price-rules/{rule['id']}"
    previewed = (await client.post(one + "/preview", headers=headers)).json()
    assert [(line["from_minor"], line["to_minor"], line["verdict"]) for line in previewed["items"]] == [
        (1000, 900, "changes")
    ]
    assert (await client.patch(one, json={"percent_bp": 2000}, headers=headers)).json()["version"] == 2
    detail = (await client.get(one, headers=headers)).json()
    assert [(v["version"], v["made_by_name"]) for v in detail["versions"]] == [(2, "王店员"), (1, "王店员")]
    for state, status in (("live", 409), ("pending", 422), ("draft", 422), ("ended", 200)):
        answer = await client.post(one + "/state", json={"state": state}, headers=headers)
        assert answer.status_code == status
    assert (await client.patch(one, json={"percent_bp": 1}, headers=headers)).json()["code"] == "price_rule_state"


async def test_operators_write_rules_for_the_whole_mall(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    answer = await client.post(
        base(mall) + "/price-rules",
        json={"scope": "category", "target_ids": [str(mall.category_ids[0])], "percent_bp": 500},
        headers=await operator(runtime, mall),
    )
    assert (answer.status_code, answer.json()["shop_id"]) == (201, None)


async def test_the_history_says_why_by_which_rule_and_by_whom(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers = await manager(runtime, mall)
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    sku = product.variants[0].sku
    changed = await client.patch(
        base(mall) + f"/products/{product.id}",
        json={"variants": [{"sku": sku, "price_minor": 1200}]},
        headers=headers,
    )
    assert changed.status_code == 200
    await made.live_rule(runtime, mall, title_zh="秋日", title_en="Autumn")
    told = (await client.get(base(mall) + f"/products/{product.id}/prices", headers=headers)).json()
    assert [(c["reason"], c["from_minor"], c["to_minor"], c["rule_en"], c["by_name"]) for c in told["items"]] == [
        ("rule", 1200, 1080, "Autumn", None),
        ("store", 1000, 1200, None, "王店员"),
    ]
    assert (told["currency"], told["items"][0]["rule_version"]) == ("CNY", 1)


async def test_costs_are_entered_and_show_the_margin(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers = await manager(runtime, mall)
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    foreign = await make_product(runtime, mall, mall.shop_ids[2])
    variant = str(product.variants[0].id)
    shop = {"shop_id": str(mall.shop_ids[0])}
    for items, field in (
        ([{"variant_id": str(foreign.variants[0].id), "cost_minor": 1}], "items[0].variant_id"),
        ([{"variant_id": variant, "cost_minor": 1}, {"variant_id": variant, "cost_minor": 2}], "items[1].variant_id"),
        ([{"variant_id": variant, "floor_minor": 0}], "items[0].floor_minor"),
    ):
        refused = await client.put(base(mall) + "/costs", json={**shop, "items": items}, headers=headers)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    items = [{"variant_id": variant, "cost_minor": 700, "floor_minor": 800}]
    entered = await client.put(base(mall) + "/costs", json={**shop, "items": items}, headers=headers)
    assert entered.json() == {"saved": 1}
    rows = (await client.get(base(mall) + f"/costs?shop={mall.shop_ids[0]}", headers=headers)).json()["items"]
    assert [(r["cost_minor"], r["floor_minor"], r["margin_bp"]) for r in rows] == [(700, 800, 3000)]
    items = [{"variant_id": variant}]
    await client.put(base(mall) + "/costs", json={**shop, "items": items}, headers=headers)
    rows = (await client.get(base(mall) + f"/costs?shop={mall.shop_ids[0]}", headers=headers)).json()["items"]
    assert [(r["cost_minor"], r["margin_bp"]) for r in rows] == [(None, None)]


async def test_a_file_of_costs_is_taken_whole_or_refused_with_every_line(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers = await manager(runtime, mall)
    both = [catalog.VariantInput(sku=f"c-{i}", price_minor=1000, name_zh=f"{i}", name_en=f"{i}") for i in range(2)]
    await make_product(runtime, mall, mall.shop_ids[0], variants=both)
    route = base(mall) + f"/costs/import?shop={mall.shop_ids[0]}"

    async def send(text: str) -> httpx.Response:
        return await client.post(route, files={"file": ("costs.csv", text.encode("gb18030"))}, headers=headers)

    bad = await send("SKU,成本,底价\nc-0,x,5\nnone,1,1\nc-0,1,1\nc-1,1,0\n")
    assert (bad.status_code, bad.json()["code"]) == (422, "price_file_refused")
    assert [e["field"] for e in bad.json()["errors"]] == ["line 2: cost", "line 3: sku", "line 4: sku", "line 5: floor"]
    assert (await send("sku;price\nc-0;1\n")).json()["errors"][0]["field"] == "line 1: price"
    assert (await client.get(base(mall) + f"/costs?shop={mall.shop_ids[0]}", headers=headers)).json()["items"][0][
        "cost_minor"
    ] is None
    assert (await send("SKU,成本,底价\nc-0,6.50,7\nc-1,0,\n")).json() == {"saved": 2}
    rows = (await client.get(base(mall) + f"/costs?shop={mall.shop_ids[0]}", headers=headers)).json()["items"]
    assert [(r["cost_minor"], r["floor_minor"]) for r in rows] == [(650, 700), (0, None)]


async def test_competitors_prices_are_entered_imported_and_corrected(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers = await manager(runtime, mall)
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    variant, sku = str(product.variants[0].id), product.variants[0].sku
    seen = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    shop = {"shop_id": str(mall.shop_ids[0])}
    route = base(mall) + "/competitor-prices"
    item = {"variant_id": variant, "source": "隔壁超市", "price_minor": 950, "seen_at": seen}
    late = {**item, "seen_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    for items in ([late], [item, item], [{**item, "variant_id": str(new_id())}]):
        refused = await client.post(route, json={**shop, "items": items}, headers=headers)
        assert refused.status_code == 422
    for price in (950, 940):
        entered = await client.post(route, json={**shop, "items": [{**item, "price_minor": price}]}, headers=headers)
        assert entered.status_code == 201
    text = f"sku,source,price,seen_at\n{sku},Corner,9.90,2026-01-02\n"
    sent = {"file": ("seen.csv", text.encode())}
    imported = await client.post(route + f"/import?shop={mall.shop_ids[0]}", files=sent, headers=headers)
    assert imported.json() == {"saved": 1}
    bad = {"file": ("seen.csv", text.replace("2026-01-02", "soon").replace("9.90", "-1").encode())}
    refused = await client.post(route + f"/import?shop={mall.shop_ids[0]}", files=bad, headers=headers)
    assert [e["field"] for e in refused.json()["errors"]] == ["line 2: price", "line 2: seen_at"]
    rows = (await client.get(route + f"?product={product.id}", headers=headers)).json()["items"]
    assert [(r["source"], r["price_minor"], r["our_price_minor"]) for r in rows] == [
        ("隔壁超市", 940, 1000),
        ("Corner", 990, 1000),
    ]


async def test_the_guard_of_a_shop_comes_before_the_malls(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers, boss = await manager(runtime, mall), await operator(runtime, mall)
    route, shop = base(mall) + "/price-guard", str(mall.shop_ids[0])
    first = (await client.get(route + f"?shop={shop}", headers=headers)).json()
    assert first == {"shop_id": shop, "min_margin_bp": 0, "action": "second_person", "inherited": True}
    assert (await client.put(route, json={"min_margin_bp": 1000}, headers=headers)).status_code == 403
    assert (await client.put(route, json={"min_margin_bp": 1000, "action": "refuse"}, headers=boss)).status_code == 200
    second = (await client.get(route + f"?shop={shop}", headers=headers)).json()
    assert (second["min_margin_bp"], second["action"], second["inherited"]) == (1000, "refuse", True)
    own = await client.put(route, json={"shop_id": shop, "min_margin_bp": 2000}, headers=headers)
    assert (own.json()["min_margin_bp"], own.json()["inherited"]) == (2000, False)


async def test_floors_are_told_for_every_variant_asked(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0])
    variant, unknown = product.variants[0].id, VariantId(new_id())
    await made.enter_costs(runtime, mall, 0, pricing.CostInput(variant_id=variant, cost_minor=5))
    async with runtime.db.read() as tx:
        found = await pricing.floors(tx, mall.mall_id, [variant, unknown])
    assert found == {variant: pricing.Floor(cost_minor=5), unknown: pricing.Floor()}

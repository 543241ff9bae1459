"""Goods move between stores of one merchant, counted as they leave and come in; a store fills for another."""

from typing import Any

import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.fulfilment import Sent, make_sent

from galleria.commerce.orders import Way
from galleria.foundation import catalog
from galleria.kernel.ids import VariantId
from galleria.platform.runtime import Runtime
from galleria.value import stock


@pytest.fixture
async def sent(runtime: Runtime, client: httpx.AsyncClient) -> Sent:
    return await make_sent(runtime, client, Way.DELIVERY)


async def twin(runtime: Runtime, sent: Sent, shop: int = 1, on_hand: int = 5) -> catalog.Product:
    """Make the good of the order in another shop, under the same SKU."""
    sku = sent.shopper.goods[0].variants[0].sku
    return await make_product(
        runtime, sent.bringing.mall, sent.bringing.mall.shop_ids[shop], on_hand=on_hand,
        variants=[catalog.VariantInput(sku=sku, price_minor=8000)],
    )  # fmt: skip


async def on_hand(runtime: Runtime, sent: Sent, *variants: VariantId) -> list[int]:
    async with runtime.db.read() as tx:
        levels = await stock.levels(tx, sent.bringing.mall.mall_id, variants)
    return [levels[one].on_hand for one in variants]


def wanted(sent: Sent, variant: VariantId, quantity: int, **over: Any) -> dict[str, Any]:
    shops = sent.bringing.mall.shop_ids
    fields = {"from_shop_id": str(shops[0]), "to_shop_id": str(shops[1])}
    return fields | {"lines": [{"variant_id": str(variant), "quantity": quantity}], **over}


async def test_only_between_stores_of_one_merchant_that_both_have_the_good(runtime: Runtime, sent: Sent) -> None:
    variant = sent.shopper.goods[0].variants[0].id
    foreign = wanted(sent, variant, 1, to_shop_id=str(sent.bringing.mall.shop_ids[2]))
    answer = await sent.staff("/stock-transfers", **foreign)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_same_merchant")
    answer = await sent.staff("/stock-transfers", **wanted(sent, variant, 1))
    assert (answer.status_code, answer.json()["code"]) == (409, "sku_unknown_there")


async def test_what_was_sent_and_what_came_in(runtime: Runtime, sent: Sent) -> None:
    mine, theirs = sent.shopper.goods[0].variants[0].id, (await twin(runtime, sent)).variants[0].id
    assert await on_hand(runtime, sent, mine, theirs) == [98, 5]
    made = (await sent.staff("/stock-transfers", **wanted(sent, mine, 10))).json()
    early = await sent.staff(f"/stock-transfers/{made['id']}/receive", operator=True)
    assert (early.status_code, early.json()["code"]) == (409, "transfer_moved")
    for _ in range(2):
        await sent.staff(f"/stock-transfers/{made['id']}/send")
    assert await on_hand(runtime, sent, mine, theirs) == [88, 5]
    came = [{"from_variant_id": str(mine), "received": 9}]
    got = await sent.staff(f"/stock-transfers/{made['id']}/receive", operator=True, lines=came, note="少一件")
    assert (got.json()["state"], got.json()["lines"][0]["sent"], got.json()["lines"][0]["received"]) == (
        "received", 10, 9,
    )  # fmt: skip
    assert await on_hand(runtime, sent, mine, theirs) == [88, 14]
    again = await sent.staff(f"/stock-transfers/{made['id']}/receive", operator=True)
    assert again.status_code == 409
    assert await on_hand(runtime, sent, mine, theirs) == [88, 14]


async def test_more_than_there_is_does_not_leave(runtime: Runtime, sent: Sent) -> None:
    mine = sent.shopper.goods[0].variants[0].id
    await twin(runtime, sent)
    made = (await sent.staff("/stock-transfers", **wanted(sent, mine, 99))).json()
    refused = await sent.staff(f"/stock-transfers/{made['id']}/send")
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert await on_hand(runtime, sent, mine) == [98]
    gone = await sent.staff(f"/stock-transfers/{made['id']}/cancel")
    assert gone.json()["state"] == "cancelled"


async def test_a_clerk_of_one_store_cannot_receive_for_the_other(runtime: Runtime, sent: Sent) -> None:
    mine = sent.shopper.goods[0].variants[0].id
    await twin(runtime, sent)
    made = (await sent.staff("/stock-transfers", **wanted(sent, mine, 1))).json()
    await sent.staff(f"/stock-transfers/{made['id']}/send")
    answer = await sent.staff(f"/stock-transfers/{made['id']}/receive")
    assert answer.status_code == 403


async def test_another_store_fills_what_this_one_has_sold(runtime: Runtime, sent: Sent) -> None:
    one = await sent.only()
    nobody = await sent.shopper.client.get(f"{sent.shopper.base}/shipments/{one['id']}/stores", headers=sent.clerk)
    assert nobody.json()["items"] == []
    mine, theirs = sent.shopper.goods[0].variants[0].id, (await twin(runtime, sent)).variants[0].id
    found = await sent.shopper.client.get(f"{sent.shopper.base}/shipments/{one['id']}/stores", headers=sent.clerk)
    assert [(store["shop_id"], store["distance"]) for store in found.json()["items"]] == [
        (str(sent.bringing.mall.shop_ids[1]), 1)
    ]
    foreign = await sent.act(one["id"], "fill", shop_id=str(sent.bringing.mall.shop_ids[2]))
    assert (foreign.status_code, foreign.json()["code"]) == (409, "not_same_merchant")
    filled = await sent.act(one["id"], "fill", shop_id=str(sent.bringing.mall.shop_ids[1]))
    assert filled.json()["filling_shop_id"] == str(sent.bringing.mall.shop_ids[1])
    assert await on_hand(runtime, sent, mine, theirs) == [100, 3]
    again = await sent.act(one["id"], "fill", shop_id=str(sent.bringing.mall.shop_ids[1]))
    assert again.status_code == 409
    listed = await sent.shopper.client.get(f"{sent.shopper.base}/stock-transfers", headers=sent.clerk)
    (document,) = listed.json()["items"]
    assert (document["shipment_id"], document["state"]) == (one["id"], "received")


async def test_a_store_short_of_it_does_not_fill(runtime: Runtime, sent: Sent) -> None:
    one, other = await sent.only(), await twin(runtime, sent, on_hand=1)
    refused = await sent.act(one["id"], "fill", shop_id=str(sent.bringing.mall.shop_ids[1]))
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert await on_hand(runtime, sent, other.variants[0].id) == [1]
    assert (await sent.only())["filling_shop_id"] == str(sent.bringing.shop_id)

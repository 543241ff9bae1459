"""A merchant brings goods in a file and publishes them; shoppers find them by Chinese and by English words."""

from typing import Any

from tests.factories.stories import Story, Town

GOODS = (
    "code,kind,name_zh,name_en,text_zh,text_en,category,state,valid_days,sku,option_zh,option_en,price,stock\n"
    "jasmine,physical,茉莉花茶礼盒,Jasmine Tea Gift Box,福州窨制,Scented,coffee,draft,,JT-L,大盒,Large,128.00,6\n"
    "jasmine,,,,,,,,,JT-S,小盒,Small,68.00,9\n"
    "kettle,physical,铸铁烧水壶,Cast Iron Kettle,南部铁器,Nambu ironware,coffee,draft,,KT-1,,,399.00,2\n"
    "tasting,voucher,茶艺体验券,Tea Tasting Voucher,到店体验,Taste in the shop,coffee,draft,30,TV-1,,,88.00,20\n"
)


async def handed_in(story: Story, town: Town, who: dict[str, str], text: str) -> dict[str, Any]:
    """Hand a file in and return how its import ended."""
    path = f"{town.base}/shops/{town.mall.shop_ids[0]}/goods/import"
    sent = await story.client.post(path, headers=who, files={"file": ("茶.csv", text.encode("gb18030"))})
    assert (sent.status_code, sent.json()["state"]) == (201, "queued"), sent.text
    await story.work()
    found: dict[str, Any] = (await town.staff(who, "GET", f"/transfers/{sent.json()['id']}")).json()
    return found


async def found(story: Story, town: Town, words: str) -> list[str]:
    answer = await story.client.get(f"{town.base}/products", params={"q": words})
    assert answer.status_code == 200, answer.text
    return [item["name_en"] for item in answer.json()["items"]]


async def test_goods_come_in_by_file_and_are_found(story: Story, town: Town) -> None:
    boss = await town.manager(0)
    failed = await handed_in(
        story, town, boss, GOODS.replace("128.00", "free").replace(",coffee,draft,30", ",tea,draft,30")
    )
    assert (failed["state"], failed["created_products"]) == ("failed", 0)
    assert sorted((p["line"], p["field"]) for p in failed["problems"]) == [(2, "price"), (5, "category")]
    assert (await town.staff(boss, "GET", "/catalog?state=draft")).json()["items"] == []
    await story.sound()

    done = await handed_in(story, town, boss, GOODS)
    assert (done["state"], done["created_products"], done["rows_done"]) == ("done", 3, 4)
    assert await found(story, town, "茉莉花茶") == []
    drafts = (await town.staff(boss, "GET", "/catalog?state=draft")).json()["items"]
    assert {row["code"] for row in drafts} == {"jasmine", "kettle", "tasting"}
    await story.sound()

    ids = {row["code"]: row["id"] for row in drafts}
    for code in ("jasmine", "tasting"):
        path = f"/products/{ids[code]}/state"
        assert (await town.staff(await town.manager(1), "POST", path, {"state": "published"})).status_code in {403, 404}
        assert (await town.staff(boss, "POST", path, {"state": "published"})).status_code == 200
    for words in ("茉莉花茶", "花茶 礼盒", "jasmine", "Tea Gift", "jasmine tea"):
        assert "Jasmine Tea Gift Box" in await found(story, town, words), words
    for words in ("茶艺", "体验券", "tasting voucher"):
        assert "Tea Tasting Voucher" in await found(story, town, words), words
    assert await found(story, town, "烧水壶") == await found(story, town, "kettle") == []

    shopper = await story.shopper(town.mall, town.goods)
    page = (await shopper.get(f"/products/{ids['jasmine']}")).json()
    assert [(v["name_en"], v["price_minor"]) for v in page["variants"]] == [("Large", 12800), ("Small", 6800)]
    assert (await shopper.get(f"/products/{ids['kettle']}")).status_code == 404
    small = page["variants"][1]["id"]
    too_many = {"lines": [{"variant_id": small, "quantity": 10}]}
    await story.client.patch(f"{town.base}/cart", json=too_many, headers=shopper.headers)
    assert (await shopper.get("/cart")).json()["shops"][0]["lines"][0]["problem"] == "not_enough"
    nine = {"lines": [{"variant_id": small, "quantity": 9}]}
    await story.client.patch(f"{town.base}/cart", json=nine, headers=shopper.headers)
    placed = await shopper.place()
    assert (placed.status_code, placed.json()["payable_minor"]) == (201, 9 * 6800)
    await shopper.decide(placed.json()["id"], "pay")
    assert (await shopper.order(placed.json()["id"]))["state"] == "paid"
    await story.sound()

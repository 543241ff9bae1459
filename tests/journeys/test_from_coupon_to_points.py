"""A shopper claims a coupon, buys from two shops, is served by both, and sees the points come."""

from typing import Any

from tests.factories.checkout import Shopper
from tests.factories.counter import code, redeem, tickets
from tests.factories.stories import Story, Town


async def quoted(shopper: Shopper, claim_id: str) -> dict[str, Any]:
    """See two shops and the best coupon in the price, explained line by line."""
    quote = await shopper.quote()
    assert (quote["claim_ids"], quote["discount_minor"], quote["payable_minor"]) == ([claim_id], 2000, 18550)
    assert [shop["shop_en"] for shop in quote["shops"]] == ["Shop 1", "Shop 3"]
    assert sum(step["amount_minor"] for step in quote["explanation"] if step["code"] != "payable") == 18550
    assert sum(shop["payable_minor"] for shop in quote["shops"]) == 18550
    return quote


async def test_the_whole_loop(story: Story, town: Town) -> None:
    await town.rule()
    coupon_id = await town.coupon()
    shopper = await story.shopper(town.mall, town.goods)
    offers = (await shopper.get("/coupons")).json()["items"]
    assert [(offer["id"], offer["claimable"]) for offer in offers] == [(coupon_id, True)]
    claim_id = await town.claim(shopper, coupon_id)
    await story.sound()

    await shopper.fill(2, 1)
    quote = await quoted(shopper, claim_id)
    placed = await shopper.place(claim_id=claim_id, shown_total_minor=quote["payable_minor"])
    assert (placed.status_code, placed.json()["state"]) == (201, "pending_payment")
    order_id = placed.json()["id"]
    assert (await shopper.get("/cart")).json()["quantity"] == 0
    assert await shopper.left() == [98, 99]
    await story.sound()

    assert (await shopper.decide(order_id, "pay")).status_code == 303
    order = await shopper.order(order_id)
    assert (order["state"], order["payable_minor"]) == ("paid", 18550)
    assert [c["state"] for c in (await shopper.get("/me/coupons")).json()["items"]] == ["used"]
    await story.sound()

    await served(story, town, shopper, order)
    await rewarded(story, shopper, order)


async def served(story: Story, town: Town, shopper: Shopper, order: dict[str, Any]) -> None:
    """Goods are prepared and handed over in one shop, a voucher is used in the other, each once."""
    pickup, voucher = await tickets(shopper, order["id"])
    assert (pickup["kind"], voucher["kind"]) == ("pickup", "voucher")
    ready = f"/sub-orders/{order['sub_orders'][0]['id']}/ready"
    assert (await town.staff(await town.manager(0), "POST", ready)).status_code == 200
    now, first, third = story.clock.now, await town.clerk(0), await town.clerk(2)
    used = await redeem(shopper, third, code(voucher, at=now), shop=2)
    assert (used.status_code, used.json()["sub_order_fulfilled"]) == (201, True), used.text
    await story.sound()
    await story.passes(hours=5)
    shopper = await story.back(shopper)
    handed = await redeem(shopper, first, code(pickup, at=story.clock.now))
    assert (handed.status_code, handed.json()["items"][0]["quantity"]) == (201, 2), handed.text
    assert {part["state"] for part in (await shopper.order(order["id"]))["sub_orders"]} == {"fulfilled"}
    again = await redeem(shopper, first, code(pickup, at=story.clock.now))
    assert (again.status_code, again.json()["code"]) == (409, "already_redeemed")
    await story.sound()


async def rewarded(story: Story, shopper: Shopper, order: dict[str, Any]) -> None:
    """Points wait until the refund window has closed, and not a moment less."""
    earned = sum(part["payable_minor"] // 100 for part in order["sub_orders"])
    shopper = await story.back(shopper)
    points = (await shopper.get("/me/points")).json()
    assert (points["balance"], points["pending"], points["owed"]) == (0, earned, 0)
    await story.passes(days=6, hours=18)
    shopper = await story.back(shopper)
    assert (await shopper.get("/me/points")).json()["pending"] == earned
    await story.passes(hours=2)
    shopper = await story.back(shopper)
    points = (await shopper.get("/me/points")).json()
    assert (points["balance"], points["pending"], points["owed"]) == (earned, 0, 0)
    history = (await shopper.get("/me/points/history")).json()["items"]
    assert [line["kind"] for line in history] == ["activated", "activated", "pending", "pending"]
    assert sum(line["points"] for line in history) == earned
    assert {line["order_id"] for line in history} == {order["id"]}
    assert all(line["title_zh"] and line["title_en"] for line in history)
    await story.sound()

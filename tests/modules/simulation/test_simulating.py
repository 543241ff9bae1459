"""Drafts tried on past orders change no order, and tell what they would have changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from tests.factories.checkout import Shopper, make_shopper
from tests.factories.counter import ask, manager, operator
from tests.factories.offers import make_offer, offer_terms

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.value import offers, promotions
from galleria.value.promotions import AmountOff, Eligibility, Funder, PercentOff, Share


def body(*terms: offers.OfferTerms, **more: Any) -> dict[str, Any]:
    return {"terms": [msgspec.to_builtins(one) for one in terms], **more}


async def simulate(shopper: Shopper, headers: dict[str, str], request: dict[str, Any]) -> dict[str, Any]:
    answer = await ask(shopper, headers, "POST", "/simulations", request)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_last_weeks_orders_under_a_draft(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    live = await make_offer(runtime, shopper.mall.mall_id)  # 5.00 off 50.00
    await shopper.paid(1, 1)
    await shopper.paid(2, 0)
    boss = await operator(runtime, shopper.mall)
    tomorrow = Eligibility(starts_at=datetime.now(UTC) + timedelta(days=1))
    found = await simulate(shopper, boss, body(offer_terms(benefit=AmountOff(amount_minor=700), eligibility=tomorrow)))
    before, after = found["before"], found["after"]
    assert (before["baskets"], before["goods_minor"]) == (2, 8_000 + 4_550 + 16_000)
    assert (before["discount_minor"], after["discount_minor"]) == (1_000, 2_400)
    assert after["sales_minor"] == after["goods_minor"] - 2_400
    assert after["funded"] == [
        {"funder": "mall", "funder_id": None, "name_zh": None, "name_en": None, "amount_minor": 2_400}
    ]
    drafted, running = found["offers"]
    assert (drafted["draft"], drafted["baskets_before"], drafted["baskets_after"]) == (True, 0, 2)
    assert (running["offer_id"], running["discount_before_minor"]) == (str(live.id), 1_000)
    assert len(found["changes"]) == 2
    assert (found["exact"], found["skipped"], found["explanation"]) == (True, 0, [])


async def test_nothing_changes_without_drafts_and_nothing_is_written(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    await make_offer(runtime, shopper.mall.mall_id)
    order = await shopper.paid(1, 1)
    found = await simulate(shopper, await operator(runtime, shopper.mall), {})
    assert found["before"] == found["after"]
    assert (found["changes"], found["conflicts"]) == ([], [])
    assert await shopper.order(order["id"]) == order


async def test_a_new_version_takes_the_place_of_the_live_one(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    live = await make_offer(runtime, shopper.mall.mall_id)
    await shopper.paid(1, 1)
    boss = await operator(runtime, shopper.mall)
    same = await simulate(shopper, boss, {"offer_ids": [str(live.id)]})
    assert same["before"] == same["after"]


async def test_conflicts_name_who_keeps_whom_out(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    stacking = promotions.Stacking(layer=promotions.Layer.ORDER, group="mall")
    live = await make_offer(runtime, shopper.mall.mall_id, offer_terms(stacking=stacking))
    await shopper.paid(1, 1)
    draft = offer_terms(benefit=AmountOff(amount_minor=2_000), stacking=stacking, title_en="20 off")
    found = await simulate(shopper, await operator(runtime, shopper.mall), body(draft))
    [conflict] = found["conflicts"]
    assert (conflict["kept_out"], conflict["by_en"], conflict["baskets"]) == (str(live.id), "20 off", 1)


async def test_limits_are_used_up_order_by_order(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    for _ in range(3):
        await shopper.paid(1, 0)
    boss = await operator(runtime, shopper.mall)
    one_each = offer_terms(limits=promotions.Limits(per_member=1))
    assert (await simulate(shopper, boss, body(one_each)))["after"]["discount_minor"] == 500
    two_in_all = offer_terms(limits=promotions.Limits(total=2))
    assert (await simulate(shopper, boss, body(two_in_all)))["after"]["discount_minor"] == 1_000


async def test_a_basket_is_explained(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    boss = await operator(runtime, shopper.mall)
    lines = [{"variant_id": shopper.variants[0], "quantity": 2}]
    found = await simulate(shopper, boss, body(offer_terms(), lines=lines))
    assert (found["before"]["sales_minor"], found["after"]["sales_minor"]) == (16_000, 15_500)
    assert [step["code"] for step in found["explanation"]] == ["goods", "applied_amount", "payable"]
    unknown = body(offer_terms(), lines=[{"variant_id": str(new_id()), "quantity": 1}])
    refused = await ask(shopper, boss, "POST", "/simulations", unknown)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "lines[0].variant_id")


async def test_merchants_replay_their_own_goods(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    await shopper.paid(1, 1)
    mine = offer_terms(
        benefit=PercentOff(percent_bp=1_000), threshold_minor=0, shares=(Share(Funder.MERCHANT, None, 10_000),)
    )
    found = await simulate(shopper, await manager(runtime, shopper.mall, 1), body(mine))
    assert (found["before"]["goods_minor"], found["after"]["discount_minor"]) == (4_550, 455)
    assert found["after"]["funded"][0]["funder_id"] == str(shopper.mall.merchant_ids[1])
    malls_own = await make_offer(runtime, shopper.mall.mall_id, live=False)
    stolen = {"offer_ids": [str(malls_own.id)]}
    refused = await ask(shopper, await manager(runtime, shopper.mall, 1), "POST", "/simulations", stolen)
    assert refused.status_code in {403, 404}
    foreign = {"lines": [{"variant_id": shopper.variants[0], "quantity": 1}]}
    refused = await ask(shopper, await manager(runtime, shopper.mall, 1), "POST", "/simulations", foreign)
    assert refused.status_code == 422


async def test_who_may_not(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    assert (await ask(shopper, shopper.headers, "POST", "/simulations", {})).status_code == 403
    assert (await shopper.client.post(shopper.base + "/simulations", json={})).status_code == 401
    boss = await operator(runtime, shopper.mall)
    turned = {"replay": {"first": "2026-02-02", "last": "2026-02-01"}}
    assert (await ask(shopper, boss, "POST", "/simulations", turned)).status_code == 422
    endless = {"replay": {"first": "2020-02-02", "last": "2026-02-01"}}
    assert (await ask(shopper, boss, "POST", "/simulations", endless)).status_code == 422

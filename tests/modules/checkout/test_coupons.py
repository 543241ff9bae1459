"""Several coupons in one order, and coupons that an order earns."""

import httpx
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.coupons import make_coupon
from tests.factories.live_offers import terms
from tests.factories.offers import make_offer

from galleria.platform.runtime import Runtime
from galleria.value import coupons
from galleria.value.offers import Preset
from galleria.value.promotions import Grant, Layer


async def states(shopper: Shopper) -> dict[str, str]:
    """Return the member's claims and how each stands."""
    found = (await shopper.get("/me/coupons")).json()["items"]
    return {claim["id"]: claim["state"] for claim in found}


async def two_coupons(shopper: Shopper) -> tuple[str, str]:
    """Claim 20.00 off 100.00 of the mall's, and 5.00 off of the first merchant's."""
    merchant = shopper.mall.merchant_ids[0]
    malls = await shopper.claim()
    merchants = await shopper.claim(
        amount_minor=500,
        threshold_minor=0,
        funder=coupons.CouponFunder.MERCHANT,
        funder_merchant_id=merchant,
        shop_ids=[shopper.mall.shop_ids[0]],
    )
    return malls, merchants


async def test_two_coupons_in_one_order_are_held_used_and_come_back(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    both = await two_coupons(shopper)
    await shopper.fill(2, 1)
    quote = await shopper.quote()
    assert (sorted(quote["claim_ids"]), quote["discount_minor"]) == (sorted(both), 2500)
    order = (await shopper.place(claim_ids=list(both))).json()
    assert await states(shopper) == dict.fromkeys(both, "held")
    assert (await shopper.post(f"/orders/{order['id']}/cancel")).status_code == 200
    assert await states(shopper) == dict.fromkeys(both, "issued")
    await shopper.fill(2, 1)
    order = (await shopper.place(claim_ids=list(both))).json()
    await shopper.decide(order["id"], "pay")
    assert await states(shopper) == dict.fromkeys(both, "used")
    view = await shopper.order(order["id"])
    assert sorted(view["claim_ids"]) == sorted(both)
    assert sorted(one["discount_minor"] for one in view["applied"]) == [500, 2000]
    refunds = f"/me/orders/{order['id']}/refunds"
    goods = view["sub_orders"][0]["lines"][0]["id"]
    part = await shopper.post(refunds, {"lines": [{"line_id": goods, "count": 1}], "reason": "不要了"})
    assert (part.status_code, part.json()["coupon_returned"]) == (201, False)
    rest = await shopper.post(refunds, {"everything": True, "reason": "不要了"})
    assert (rest.status_code, rest.json()["coupon_returned"]) == (201, True)
    assert await states(shopper) == dict.fromkeys(both, "returned")
    assert part.json()["amount_minor"] + rest.json()["amount_minor"] == view["payable_minor"]
    assert await violations(runtime) == []


async def test_coupons_that_do_not_combine_are_refused_and_nothing_is_held(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    pair = [await shopper.claim(), await shopper.claim(amount_minor=1000)]
    await shopper.fill(2, 1)
    refused = await shopper.place(claim_ids=pair)
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_not_applicable"), refused.text
    assert refused.json()["params"]["reason"] == "excluded"
    assert await states(shopper) == dict.fromkeys(pair, "issued")
    assert (await shopper.get("/cart")).json()["quantity"] == 3


async def test_one_claim_of_two_that_is_held_elsewhere_holds_up_both(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    malls, merchants = await two_coupons(shopper)
    await shopper.fill(2, 1)
    assert (await shopper.place(claim_id=malls)).status_code == 201
    await shopper.fill(2, 1)
    refused = await shopper.place(claim_ids=[merchants, malls], shown_total_minor=18050)
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_held")
    assert await states(shopper) == {malls: "held", merchants: "issued"}


async def test_an_order_earns_coupons_when_paid_and_loses_unspent_ones_with_a_full_refund(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    later = await make_coupon(
        runtime, shopper.mall.mall_id, issue_by=[coupons.ClaimSource.PURCHASE], per_member=5, threshold_minor=0
    )
    grant = Grant(coupon_id=later.id, quantity=2)
    await make_offer(
        runtime, shopper.mall.mall_id, terms(Preset.COUPON_FOR_LATER, grant, layer=Layer.ORDER, threshold_minor=8000)
    )
    await shopper.fill(1)
    quote = await shopper.quote()
    assert [(one["coupon_id"], one["quantity"]) for one in quote["granted"]] == [(str(later.id), 2)]
    order = await shopper.placed(1)
    assert await states(shopper) == {}
    await shopper.decide(order["id"], "pay")
    held = await states(shopper)
    assert list(held.values()) == ["issued", "issued"]
    spent = next(iter(held))
    await shopper.fill(1)
    second = (await shopper.place(claim_id=spent)).json()
    refund = await shopper.post(f"/me/orders/{order['id']}/refunds", {"everything": True, "reason": "不要了"})
    assert refund.status_code == 201, refund.text
    left = await states(shopper)
    assert {left.pop(spent), *left.values()} >= {"held", "void"}
    await shopper.decide(second["id"], "pay")
    assert await violations(runtime) == []

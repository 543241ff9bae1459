"""Offers at the checkout: priced, placed, frozen, settled and given back."""

from typing import Any
from uuid import UUID

import httpx
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.live_offers import BY_SELLER, end_offer, session, terms
from tests.factories.members import as_member, make_member
from tests.factories.offers import make_offer

from galleria.platform.runtime import Runtime
from galleria.value.offers import Preset
from galleria.value.promotions import (
    AddOn,
    AddOnChoice,
    AmountOff,
    Eligibility,
    Funder,
    Gift,
    Layer,
    Limits,
    Measure,
    PercentOff,
    PurchaseLimit,
    Scope,
    SetPrice,
    Share,
    Tier,
    TieredOff,
)


def scope(shopper: Shopper, good: int) -> Scope:
    return Scope(product_ids=(shopper.goods[good].id,))


async def ledger_of(runtime: Runtime, shopper: Shopper) -> dict[tuple[str, UUID], int]:
    """Return the balances of the accounts the mall's orders moved, those at zero left out; together they are zero."""
    async with runtime.db.read() as tx:
        rows = await tx._connection.fetch(  # noqa: SLF001 - a look at the books
            """
            SELECT a.kind, a.owner_id, sum(p.amount)::bigint AS amount
              FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
              JOIN ledger.entry e ON e.id = p.entry_id
             WHERE e.mall_id = $1 AND a.asset = 'CNY' GROUP BY 1, 2 HAVING sum(p.amount) <> 0
            """,
            shopper.mall.mall_id,
        )
    found = {(row[0], row[1]): row[2] for row in rows}
    assert sum(found.values()) == 0
    return found


async def test_several_offers_stack_and_are_told(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    mall = shopper.mall.mall_id
    price = terms(Preset.LIMITED_PRICE, SetPrice(price_minor=6000), counted=scope(shopper, 0), shares=(BY_SELLER,))
    await make_offer(runtime, mall, price)
    tiers = TieredOff(by=Measure.MONEY, tiers=(Tier(threshold=10000, amount_minor=1000),))
    await make_offer(runtime, mall, terms(Preset.SPEND_AND_SAVE, tiers, layer=Layer.ORDER))
    await shopper.fill(2, 1)
    quote = await shopper.quote()
    assert (quote["goods_minor"], quote["discount_minor"], quote["payable_minor"]) == (20550, 5000, 15550)
    assert [(one["kind"], one["applied"], one["discount_minor"]) for one in quote["offers"]] == [
        ("set_price", True, 4000), ("tiers", True, 1000),
    ]  # fmt: skip
    first = quote["shops"][0]["lines"][0]
    assert sum(one["discount_minor"] for one in first["applied"]) == first["discount_minor"]
    assert sum(step["amount_minor"] for step in quote["explanation"]) == quote["payable_minor"]
    placed = await shopper.place()
    assert placed.status_code == 201, placed.text
    await shopper.decide(placed.json()["id"], "pay")
    order = await shopper.order(placed.json()["id"])
    assert {(one["kind"], one["version"], one["discount_minor"]) for one in order["applied"]} == {
        ("set_price", 1, 4000), ("tiers", 1, 1000),
    }  # fmt: skip
    books = await ledger_of(runtime, shopper)
    assert books["mall_marketing", mall] == -1000
    assert books["merchant_payable", shopper.mall.merchant_ids[0]] == 12000
    assert books["merchant_payable", shopper.mall.merchant_ids[1]] == 4550
    assert await violations(runtime) == []


async def test_every_funder_is_settled_and_gets_back_what_it_gave(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    mall, (one, other), sponsor = shopper.mall.mall_id, shopper.mall.merchant_ids, UUID(int=99)
    await runtime.db.pool.execute(
        "INSERT INTO offers.sponsor (mall_id, id, kind, name_zh, name_en, created_at) "
        "VALUES ($1, $2, 'bank', '银行', 'Bank', now())",
        mall,
        sponsor,
    )
    shares = (
        Share(funder=Funder.MALL, funder_id=None, share_bp=3333),
        Share(funder=Funder.MERCHANT, funder_id=one, share_bp=3333),
        Share(funder=Funder.SPONSOR, funder_id=sponsor, share_bp=3334),
    )
    await make_offer(
        runtime, mall, terms(Preset.AMOUNT_OFF, AmountOff(amount_minor=1001), layer=Layer.ORDER, shares=shares)
    )
    order = await shopper.placed(2, 1)
    await shopper.decide(order["id"], "pay")
    books = await ledger_of(runtime, shopper)
    assert books["sponsor_funding", sponsor] + books["mall_marketing", mall] <= -667
    assert books["merchant_payable", one] + books["merchant_payable", other] == 20550 + sum(
        books[key] for key in (("sponsor_funding", sponsor), ("mall_marketing", mall))
    ) - 1001 + 2 * -sum(books[key] for key in (("sponsor_funding", sponsor), ("mall_marketing", mall)))
    view = await shopper.order(order["id"])
    lines = [line for part in view["sub_orders"] for line in part["lines"]]
    for line in lines:
        for unit in reversed(range(line["quantity"])):
            wanted = {"lines": [{"line_id": line["id"], "units": [unit]}], "reason": "不要了"}
            answer = await shopper.post(f"/me/orders/{order['id']}/refunds", wanted)
            assert answer.status_code == 201, answer.text
    left = await ledger_of(runtime, shopper)
    assert {kind for kind, _ in left} == {"provider_clearing", "refunds_payable"}
    assert await violations(runtime) == []


async def gift_shop(runtime: Runtime, client: httpx.AsyncClient, *, on_hand: int = 5) -> tuple[Shopper, dict[str, str]]:
    """Return a shopper where two of the first good come with a gift, and the pick of that gift."""
    shopper = await make_shopper(runtime, client)
    mall = shopper.mall
    gift = await make_product(runtime, mall, mall.shop_ids[2], price_minor=3000, on_hand=on_hand)
    variant = gift.variants[0].id
    offer = await make_offer(
        runtime,
        mall.mall_id,
        terms(Preset.GIFT, Gift(choices=(variant,)), counted=scope(shopper, 0), threshold_pieces=2),
    )
    return shopper, {"offer_id": str(offer.id), "variant_id": str(variant)}


async def test_a_gift_is_a_real_line_with_stock_and_goes_back_with_its_goods(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper, pick = await gift_shop(runtime, client)
    await shopper.fill(2, 1)
    quote = await shopper.quote()
    [choice] = quote["offers"]
    assert (choice["reason"], choice["units"], choice["choices"][0]["left"]) == ("choose", 1, 5)
    quote = await shopper.ask(picks=[pick])
    assert (quote["payable_minor"], quote["picks"][0]["quantity"]) == (20550, 1)
    placed = (await shopper.place(picks=[pick])).json()
    await shopper.decide(placed["id"], "pay")
    order = await shopper.order(placed["id"])
    lines = [line for part in order["sub_orders"] for line in part["lines"]]
    [gift] = [line for line in lines if line["granted_by"]]
    assert (gift["units"][0]["paid_minor"], gift["unit_price_minor"]) == (0, 3000)
    assert (await shared_stock(runtime, shopper, pick)) == 4
    books = await ledger_of(runtime, shopper)
    assert books["mall_marketing", shopper.mall.mall_id] == -3000
    bought = next(line for line in lines if line["product_id"] == str(shopper.goods[0].id))
    for unit, amount in ((0, 8000), (1, 8000)):
        wanted = {"lines": [{"line_id": bought["id"], "units": [unit]}], "reason": "不要了"}
        preview = await shopper.post(f"/me/orders/{order['id']}/refunds/preview", wanted)
        answer = await shopper.post(f"/me/orders/{order['id']}/refunds", wanted)
        assert (preview.json()["amount_minor"], answer.json()["amount_minor"]) == (amount, amount)
        assert len(answer.json()["lines"]) == 1 + unit
    assert (await shared_stock(runtime, shopper, pick)) == 5
    assert ("mall_marketing", shopper.mall.mall_id) not in await ledger_of(runtime, shopper)
    assert await violations(runtime) == []


async def shared_stock(runtime: Runtime, shopper: Shopper, pick: dict[str, str]) -> int:
    async with runtime.db.read() as tx:
        found: int = await tx.value(
            "SELECT on_hand - reserved FROM stock.level WHERE mall_id = $1 AND variant_id = $2",
            shopper.mall.mall_id,
            UUID(pick["variant_id"]),
        )
    return found


async def test_a_gift_not_earned_or_gone_is_refused_and_the_cart_stays(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper, pick = await gift_shop(runtime, client, on_hand=0)
    await shopper.fill(1, 1)
    [offer] = (await shopper.ask(picks=[pick]))["offers"]
    assert (offer["reason"], offer["missing_pieces"]) == ("pieces", 1)
    refused = await shopper.place(picks=[pick], shown_total_minor=12550)
    assert (refused.status_code, refused.json()["code"]) == (409, "pick_not_applicable")
    await shopper.fill(2, 1)
    refused = await shopper.place(picks=[pick])
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert (await shopper.get("/cart")).json()["quantity"] == 3


async def test_an_add_on_is_bought_at_its_special_price(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    mall = shopper.mall
    extra = await make_product(runtime, mall, mall.shop_ids[1], price_minor=3000, on_hand=9)
    benefit = AddOn(choices=(AddOnChoice(variant_id=extra.variants[0].id, price_minor=990),), units=2)
    offer = await make_offer(runtime, mall.mall_id, terms(Preset.ADD_ON, benefit, threshold_minor=8000))
    pick = {"offer_id": str(offer.id), "variant_id": str(extra.variants[0].id), "quantity": 2}
    await shopper.fill(1)
    quote = await shopper.ask(picks=[pick])
    assert (quote["payable_minor"], quote["discount_minor"]) == (8000 + 1980, 4020)
    placed = (await shopper.place(picks=[pick])).json()
    assert placed["payable_minor"] == 9980
    await shopper.decide(placed["id"], "pay")
    order = await shopper.order(placed["id"])
    assert order["state"] == "paid"
    bought = next(line for part in order["sub_orders"] for line in part["lines"] if line["granted_by"] is None)
    wanted = {"lines": [{"line_id": bought["id"], "count": 1}], "reason": "不要了"}
    answer = (await shopper.post(f"/me/orders/{order['id']}/refunds", wanted)).json()
    assert (answer["amount_minor"], len(answer["lines"])) == (8000, 1)
    assert await violations(runtime) == []


async def test_an_offer_that_ended_since_the_quote_changes_the_total(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    offer = await make_offer(
        runtime, shopper.mall.mall_id, terms(Preset.PERCENT_OFF, PercentOff(percent_bp=1000), layer=Layer.ORDER)
    )
    await shopper.fill(1, 1)
    quote = await shopper.quote()
    assert quote["payable_minor"] == 11295
    await end_offer(runtime, shopper.mall.mall_id, offer.id)
    refused = await shopper.place(shown_total_minor=quote["payable_minor"])
    assert (refused.status_code, refused.json()["code"]) == (409, "total_changed")
    assert refused.json()["params"]["total_minor"] == 12550
    assert (await shopper.get("/cart")).json()["quantity"] == 2


async def test_a_flash_sale_that_sold_out_since_the_quote_is_named_and_nothing_is_lost(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    shopper = await make_shopper(runtime, client)
    sale = terms(
        Preset.FLASH_SALE,
        SetPrice(price_minor=100),
        counted=scope(shopper, 0),
        sessions=(session(1),),
        title_zh="秒杀",
        title_en="Flash",
    )
    await make_offer(runtime, shopper.mall.mall_id, sale)
    member = await make_member(runtime, shopper.mall.group_id)
    rival = Shopper(client, runtime, shopper.mall, member, await as_member(runtime, member), shopper.goods)
    await shopper.fill(1)
    await rival.fill(1)
    quote = await shopper.quote()
    assert quote["payable_minor"] == 100
    order = (await rival.place()).json()
    refused = await shopper.place(shown_total_minor=100)
    assert (refused.status_code, refused.json()["code"]) == (409, "offer_sold_out"), refused.text
    assert refused.json()["params"]["title_en"] == "Flash"
    assert (await shopper.get("/cart")).json()["quantity"] == 1
    [offer] = (await shopper.quote())["offers"]
    assert offer["reason"] == "sold_out"
    assert (await rival.post(f"/orders/{order['id']}/cancel")).status_code == 200
    assert (await shopper.place(shown_total_minor=100)).status_code == 201
    assert await violations(runtime) == []


async def test_a_purchase_limit_says_what_to_change(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    limit = terms(Preset.PURCHASE_LIMIT, PurchaseLimit(), counted=scope(shopper, 0), limits=Limits(per_member=2))
    await make_offer(runtime, shopper.mall.mall_id, limit)
    await shopper.fill(3)
    quote = await shopper.quote()
    assert (quote["can_place"], quote["violations"][0]["allowed"]) == (False, 2)
    refused = await shopper.place()
    body = refused.json()
    assert (refused.status_code, body["code"], body["params"]["allowed"]) == (409, "purchase_limit_reached", 2)
    assert body["errors"][0]["field"] == f"variants[{shopper.variants[0]}]"
    order = await shopper.placed(2)
    await shopper.fill(1)
    second = await shopper.place()
    assert second.json()["params"]["allowed"] == 0, second.text
    assert (await shopper.post(f"/orders/{order['id']}/cancel")).status_code == 200
    assert (await shopper.place()).status_code == 201


async def test_new_customers_are_new_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    welcome = terms(
        Preset.NEW_CUSTOMER,
        AmountOff(amount_minor=500),
        layer=Layer.ORDER,
        eligibility=Eligibility(new_customer=True),
    )
    await make_offer(runtime, shopper.mall.mall_id, welcome)
    assert (await shopper.placed(1))["payable_minor"] == 7500
    assert (await shopper.placed(1))["payable_minor"] == 8000


async def test_any_basket_is_priced_for_anyone(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    mall = shopper.mall.mall_id
    await make_offer(runtime, mall, terms(Preset.PERCENT_OFF, PercentOff(percent_bp=1000), layer=Layer.ORDER))
    unseen = await make_product(runtime, shopper.mall, shopper.mall.shop_ids[1], price_minor=900)
    other = Scope(product_ids=(unseen.id,))
    await make_offer(runtime, mall, terms(Preset.LIMITED_PRICE, SetPrice(price_minor=100), counted=other))
    members = terms(
        Preset.AMOUNT_OFF, AmountOff(amount_minor=100), layer=Layer.ORDER, eligibility=Eligibility(members_only=True)
    )
    await make_offer(runtime, mall, members)
    lines = [{"variant_id": v, "quantity": 1} for v in shopper.variants]
    gone = {"variant_id": str(UUID(int=5)), "quantity": 1}

    async def evaluate(headers: dict[str, str], **more: Any) -> httpx.Response:
        return await client.post(
            shopper.base + "/offers/evaluate", json={"lines": [*lines, gone], **more}, headers=headers
        )

    visitor = (await evaluate({})).json()
    assert (visitor["payable_minor"], visitor["not_matching"], visitor["gone"]) == (11295, 1, [gone["variant_id"]])
    assert {one["reason"] for one in visitor["offers"]} == {None, "members_only"}
    assert (await evaluate(shopper.headers)).json()["payable_minor"] == 11195
    assert (await evaluate(shopper.headers, channel="store")).json()["errors"][0]["field"] == "channel"
    assert (await evaluate(shopper.headers, claim_ids=[str(UUID(int=3))])).json()["code"] == "claim_unknown"


async def test_a_product_shows_what_applies_and_what_almost_does(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    mall = shopper.mall.mall_id
    await make_offer(runtime, mall, terms(Preset.LIMITED_PRICE, SetPrice(price_minor=6000), counted=scope(shopper, 0)))
    tiers = TieredOff(by=Measure.MONEY, tiers=(Tier(threshold=10000, amount_minor=1000),))
    await make_offer(runtime, mall, terms(Preset.SPEND_AND_SAVE, tiers, layer=Layer.ORDER))
    answer = await client.get(f"{shopper.base}/products/{shopper.goods[0].id}/offers")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["variants"][0]["with_offers_minor"] == 6000
    assert [(one["kind"], one["reason"], one["missing_minor"]) for one in found["offers"]] == [
        ("set_price", None, 0), ("tiers", "threshold", 4000),
    ]  # fmt: skip
    assert (await client.get(f"{shopper.base}/products/{UUID(int=1)}/offers")).status_code == 404

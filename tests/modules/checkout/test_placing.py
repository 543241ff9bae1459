"""Placing an order does everything or nothing."""

import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.checkout import Shopper, make_shopper, violations

from galleria.foundation import catalog
from galleria.kernel.ids import new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client, on_hand=3)


async def untouched(shopper: Shopper, *, left: list[int], quantity: int) -> None:
    """Assert that nothing happened: the cart, the stock and the orders are as they were."""
    assert (await shopper.get("/cart")).json()["quantity"] == quantity
    assert await shopper.left() == left
    assert (await shopper.get("/me/orders")).json()["items"] == []
    assert await violations(shopper.runtime) == []


async def reprice(shopper: Shopper, index: int, price_minor: int) -> None:
    async with shopper.runtime.db.pool.acquire() as connection:
        await connection.execute(
            "WITH v AS (UPDATE catalog.variant SET store_price_minor = $3 WHERE mall_id = $1 AND id = $2 "
            "           RETURNING product_id) "
            "UPDATE catalog.product p SET price_min_minor = $3 FROM v WHERE p.mall_id = $1 AND p.id = v.product_id",
            shopper.mall.mall_id,
            shopper.goods[index].variants[0].id,
            price_minor,
        )


async def test_the_cart_shows_shops_prices_and_what_is_left(shopper: Shopper) -> None:
    await shopper.fill(2, 5)
    cart = (await shopper.get("/cart")).json()
    assert [shop["lines"][0]["problem"] for shop in cart["shops"]] == [None, "not_enough"]
    assert cart["shops"][1]["lines"][0]["left"] == 3
    assert cart["total_minor"] == 16000
    emptied = (await shopper.fill(0, 0)).json()
    assert (emptied["shops"], emptied["quantity"]) == ([], 0)


async def test_the_cart_refuses_what_is_not_on_sale(shopper: Shopper) -> None:
    await shopper.fill(1)
    stranger = {"variant_id": str(new_id()), "quantity": 1}
    answer = await shopper.client.patch(
        shopper.base + "/cart",
        json={"lines": [{"variant_id": shopper.variants[0], "quantity": 2}, stranger]},
        headers=shopper.headers,
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "lines[1].variant_id"
    assert (await shopper.get("/cart")).json()["quantity"] == 1
    twice = [{"variant_id": shopper.variants[0], "quantity": n} for n in (1, 2)]
    answer = await shopper.client.patch(shopper.base + "/cart", json={"lines": twice}, headers=shopper.headers)
    assert answer.json()["errors"][0]["code"] == "given_twice"
    many = {"lines": [{"variant_id": shopper.variants[0], "quantity": 1000}]}
    answer = await shopper.client.patch(shopper.base + "/cart", json=many, headers=shopper.headers)
    assert answer.status_code == 422


async def test_a_quote_explains_every_coupon(shopper: Shopper) -> None:
    small = await shopper.claim(amount_minor=500, threshold_minor=0)
    best = await shopper.claim()
    far = await shopper.claim(threshold_minor=100000)
    await shopper.fill(2, 1)
    quote = await shopper.quote()
    assert (quote["claim_ids"], quote["discount_minor"], quote["can_place"]) == ([best], 2000, True)
    choices = {choice["claim_id"]: choice for choice in quote["coupons"]}
    assert choices[best]["applied"]
    assert (choices[small]["applied"], choices[small]["usable"], choices[small]["discount_minor"]) == (False, True, 500)
    assert (choices[far]["usable"], choices[far]["reason"]) == (False, "threshold")
    assert choices[far]["missing_minor"] == 100000 - 18550
    assert (await shopper.quote(claim_id=small))["payable_minor"] == 20050
    none = await shopper.quote(claim_id=None)
    assert (none["claim_ids"], none["payable_minor"]) == ([], 20550)
    only = await shopper.quote(claim_id=None, variant_ids=[shopper.variants[1]])
    assert only["payable_minor"] == 4550
    wrong = await shopper.client.post(
        shopper.base + "/checkout/quote", json={"best": False, "claim_ids": [str(new_id())]}, headers=shopper.headers
    )
    assert wrong.status_code == 404


async def test_the_same_key_places_once_and_another_key_finds_the_cart_empty(shopper: Shopper) -> None:
    await shopper.fill(1, 1)
    key = new_id().hex
    first = await shopper.place(key=key, shown_total_minor=12550)
    again = await shopper.place(key=key, shown_total_minor=12550)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await shopper.place(shown_total_minor=12550)
    assert (other.status_code, other.json()["code"]) == (409, "cart_empty")
    changed = await shopper.place(key=key, shown_total_minor=1)
    assert (changed.status_code, changed.json()["code"]) == (409, "key_reused")
    assert await shopper.left() == [2, 2]


async def test_a_key_is_required(shopper: Shopper) -> None:
    await shopper.fill(1)
    answer = await shopper.client.post(
        shopper.base + "/orders", json={"shown_total_minor": 8000}, headers=shopper.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "key_required")
    await untouched(shopper, left=[3, 3], quantity=1)


async def test_one_line_out_of_stock_refuses_the_whole(shopper: Shopper) -> None:
    claim_id = await shopper.claim()
    await shopper.fill(2, 4)
    answer = await shopper.place(claim_id=claim_id)
    assert answer.status_code == 409
    assert answer.json()["code"] == "out_of_stock"
    await untouched(shopper, left=[3, 3], quantity=6)
    assert (await shopper.quote())["claim_ids"] == [claim_id]


async def test_a_price_changed_meanwhile_is_told(shopper: Shopper) -> None:
    await shopper.fill(1, 1)
    quote = await shopper.quote()
    await reprice(shopper, 0, 9000)
    answer = await shopper.place(shown_total_minor=quote["payable_minor"])
    assert (answer.status_code, answer.json()["code"]) == (409, "total_changed")
    assert answer.json()["params"]["total_minor"] == 13550
    await untouched(shopper, left=[3, 3], quantity=2)
    assert (await shopper.place(shown_total_minor=13550)).status_code == 201


async def test_a_coupon_expired_meanwhile_is_told(shopper: Shopper) -> None:
    claim_id = await shopper.claim()
    await shopper.fill(2, 1)
    quote = await shopper.quote()
    async with shopper.runtime.db.pool.acquire() as connection:
        await connection.execute("UPDATE coupons.claim SET use_until = now() WHERE id::text = $1", claim_id)
    answer = await shopper.place(claim_id=claim_id, shown_total_minor=quote["payable_minor"])
    assert (answer.status_code, answer.json()["code"]) == (409, "claim_expired")
    await untouched(shopper, left=[3, 3], quantity=3)


async def test_a_coupon_that_does_not_hold_is_refused_and_kept(shopper: Shopper) -> None:
    claim_id = await shopper.claim(threshold_minor=1000000)
    await shopper.fill(1)
    answer = await shopper.place(claim_id=claim_id, shown_total_minor=8000)
    assert (answer.status_code, answer.json()["code"]) == (409, "coupon_not_applicable")
    await untouched(shopper, left=[3, 3], quantity=1)


async def test_goods_taken_off_sale_are_told(shopper: Shopper) -> None:
    await shopper.fill(1, 1)
    now = utc_now()
    await shopper.runtime.db.write(
        Command(kind="tests.archive", actor=SYSTEM, now=now),
        lambda tx: catalog.set_state(
            tx,
            mall_id=shopper.mall.mall_id,
            product_id=shopper.goods[0].id,
            state=catalog.ProductState.ARCHIVED,
            now=now,
        ),
        returns=catalog.Product,
    )
    quote = await shopper.quote()
    assert (quote["can_place"], len(quote["gone"])) == (False, 1)
    answer = await shopper.place(shown_total_minor=quote["payable_minor"])
    assert (answer.status_code, answer.json()["code"]) == (409, "goods_gone")
    await untouched(shopper, left=[3, 3], quantity=2)


async def test_an_order_of_nothing_to_pay_is_complete_at_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    claim_id = await shopper.claim(amount_minor=100000, threshold_minor=0)
    await shopper.fill(1, 1)
    placed = await shopper.place(claim_id=claim_id)
    assert placed.status_code == 201, placed.text
    assert (placed.json()["state"], placed.json()["intent_id"]) == ("paid", None)
    assert (await shopper.order(placed.json()["id"]))["state"] == "paid"
    assert (await shopper.get("/me/tickets")).json()["items"] != []
    assert await violations(runtime) == []


async def test_the_list_of_my_orders_pages(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    numbers = [(await shopper.placed(1))["number"] for _ in range(3)]
    first = (await shopper.get("/me/orders?limit=2")).json()
    rest = (await shopper.get(f"/me/orders?limit=2&cursor={first['next_cursor']}")).json()
    assert [o["number"] for o in first["items"] + rest["items"]] == numbers[::-1]
    assert rest["next_cursor"] is None
    assert first["items"][0]["lines"][0]["name_en"] == "Oat Latte"
    paid = (await shopper.get("/me/orders?state=paid")).json()
    assert paid["items"] == []
    assert (await shopper.get("/me/orders?limit=0")).status_code == 422


async def test_some_of_the_cart_can_be_ordered(shopper: Shopper, runtime: Runtime) -> None:
    third = await make_product(runtime, shopper.mall, shopper.mall.shop_ids[1], price_minor=100)
    assert third.state == catalog.ProductState.PUBLISHED
    await shopper.fill(1, 1)
    answer = await shopper.post("/orders", {"shown_total_minor": 4550, "variant_ids": [shopper.variants[1]]})
    assert answer.status_code == 201
    assert (await shopper.get("/cart")).json()["quantity"] == 1
    missing = await shopper.post("/orders", {"shown_total_minor": 100, "variant_ids": [str(third.variants[0].id)]})
    assert (missing.status_code, missing.json()["code"]) == (409, "cart_empty")

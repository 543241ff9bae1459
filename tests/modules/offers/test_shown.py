"""What shoppers see: offers that hold now and soon, flash sales with what is left; and the book of what is live."""

from datetime import UTC, datetime, timedelta

import httpx
from tests.factories.catalog import make_product
from tests.factories.malls import make_mall
from tests.factories.offers import flash_terms, make_offer, new_order, offer_terms, use_of
from tests.factories.overlap import write

from galleria.kernel.ids import MemberId, new_id
from galleria.platform.runtime import Runtime
from galleria.value import offers, promotions
from galleria.value.offers import jobs

NOW = datetime.now(UTC)


def spanning(starts: timedelta, ends: timedelta) -> promotions.Eligibility:
    return promotions.Eligibility(starts_at=NOW + starts, ends_at=NOW + ends)


async def test_drafts_what_is_over_and_what_is_far_ahead_are_not_shown(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    mall = await make_mall(runtime)
    day = timedelta(days=1)
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Draft"), live=False)
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Over", eligibility=spanning(-2 * day, -day)))
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Far", eligibility=spanning(30 * day, 31 * day)))
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Soon", eligibility=spanning(day, 2 * day)))
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Now", eligibility=spanning(-day, day)))
    shown = (await client.get(f"/v1/malls/{mall.mall_id}/offers")).json()
    assert [(offer["title_en"], offer["started"]) for offer in shown["items"]] == [("Now", True), ("Soon", False)]
    assert (await client.get(f"/v1/malls/{new_id()}/offers")).status_code == 404


async def test_a_shop_shows_what_holds_in_it(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    product = await make_product(runtime, mall, mall.shop_ids[1])
    scopes = {
        "Everywhere": promotions.Scope(),
        "First shop": promotions.Scope(shop_ids=(mall.shop_ids[0],)),
        "Its merchant": promotions.Scope(merchant_ids=(mall.merchant_ids[0],)),
        "Another merchant": promotions.Scope(merchant_ids=(mall.merchant_ids[1],)),
        "A good of the second": promotions.Scope(product_ids=(product.id,)),
    }
    for title, scope in scopes.items():
        await make_offer(runtime, mall.mall_id, offer_terms(title_en=title, counted=scope))
    shown = (await client.get(f"/v1/malls/{mall.mall_id}/offers?shop={mall.shop_ids[1]}")).json()["items"]
    assert {offer["title_en"] for offer in shown} == {"Everywhere", "Its merchant", "A good of the second"}


async def test_a_flash_sale_shows_goods_prices_and_what_is_left(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    dear = await make_product(runtime, mall, mall.shop_ids[0], price_minor=2800, on_hand=7)
    cheap = await make_product(runtime, mall, mall.shop_ids[0], price_minor=500, on_hand=3)
    scope = promotions.Scope(product_ids=(dear.id, cheap.id))
    offer = await make_offer(runtime, mall.mall_id, flash_terms(stock=4, counted=scope))
    order = new_order()

    async def sell(units: int) -> None:
        await write(
            runtime,
            lambda tx: offers.take(
                tx,
                mall_id=mall.mall_id,
                order_id=new_order() if units == 1 else order,
                member_id=MemberId(new_id()),
                household_id=None,
                uses=[use_of(offer, units=units)],
                day=NOW.date(),
                now=NOW,
            ),
        )

    await sell(3)
    address = f"/v1/malls/{mall.mall_id}/flash-sales"
    running, tomorrow = (await client.get(address)).json()["sessions"]
    assert (running["phase"], running["left"], running["stock"]) == ("running", 1, 4)
    assert (tomorrow["phase"], tomorrow["left"]) == ("upcoming", 4)
    assert {(g["price_minor"], g["sale_price_minor"], g["available"]) for g in running["goods"]} == {
        (2800, 990, 7),
        (500, 500, 3),
    }
    await sell(1)
    assert (await client.get(address)).json()["sessions"][0]["phase"] == "sold_out"
    await write(runtime, lambda tx: offers.release(tx, mall_id=mall.mall_id, order_id=order))
    assert (await client.get(address)).json()["sessions"][0]["left"] == 3


async def test_the_book_is_compiled_once_until_something_changes(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    async with runtime.db.read() as tx:
        empty = await offers.book(tx, mall.mall_id)
        assert (empty.stamp, dict(empty.by_id)) == (0, {})
        await make_offer(runtime, mall.mall_id, live=False)
        assert await offers.book(tx, mall.mall_id) is empty
        limited = await make_offer(runtime, mall.mall_id, offer_terms(limits=promotions.Limits(per_household=1)))
        full = await offers.book(tx, mall.mall_id)
        assert set(full.by_id) == full.limited == {limited.id}
        assert await offers.book(tx, mall.mall_id) is full
        other = await make_offer(runtime, mall.mall_id)
        assert set((await offers.book(tx, mall.mall_id)).by_id) == {limited.id, other.id}


async def test_what_starts_and_ends_is_told_and_leaves_the_book(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    hour = timedelta(hours=1)
    offer = await make_offer(runtime, mall.mall_id, offer_terms(eligibility=spanning(hour, 2 * hour)))
    gone = await make_offer(runtime, mall.mall_id, offer_terms(eligibility=spanning(-2 * hour, -hour)))

    async def told() -> list[str]:
        async with runtime.db.read() as tx:
            return await tx.values(
                """
                SELECT e->'data'->>'what' FROM platform.journal j CROSS JOIN jsonb_array_elements(j.events) AS e
                 WHERE j.kind = 'offers.announce' AND e->>'subject' = $1 ORDER BY j.at
                """,
                str(offer.id),
            )

    for late, wanted in ((timedelta(), []), (hour, ["started"]), (2 * hour, ["started", "ended"])):
        await jobs.announce(runtime, NOW + late)
        assert await told() == wanted
    async with runtime.db.read() as tx:
        book = await offers.book(tx, mall.mall_id)
    assert {offer.id, gone.id} & set(book.by_id) == set()

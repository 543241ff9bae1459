"""Two shoppers want the last unit of a flash sale: one has it, the other is told and loses nothing."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.live_offers import session, terms
from tests.factories.members import as_member, make_member
from tests.factories.offers import make_offer
from tests.factories.overlap import Operation, overlap, write
from tests.factories.twins import twins

from galleria.kernel.ids import MallId, new_id
from galleria.platform.runtime import Runtime
from galleria.value.offers import Preset
from galleria.value.offers.store import counters
from galleria.value.promotions import Limits, Scope, SetPrice

GUARD = "WHERE c.used + excluded.used <= coalesce(excluded.allowed, c.used + excluded.used)"
SHOPPERS = 8


async def another(shopper: Shopper) -> Shopper:
    member = await make_member(shopper.runtime, shopper.mall.group_id)
    headers = await as_member(shopper.runtime, member)
    return Shopper(shopper.client, shopper.runtime, shopper.mall, member, headers, shopper.goods)


async def flash_sale(shopper: Shopper, stock: int) -> UUID:
    """Put the first good on a flash sale at 1.00 and return the session's id."""
    made = await make_offer(
        shopper.runtime,
        shopper.mall.mall_id,
        terms(
            Preset.FLASH_SALE,
            SetPrice(price_minor=100, units_per_order=1),
            counted=Scope(product_ids=(shopper.goods[0].id,)),
            sessions=(session(stock),),
        ),
    )
    found = made.terms.sessions[0].id
    assert found is not None
    return found


async def test_the_last_unit_goes_to_one(runtime: Runtime, client: httpx.AsyncClient) -> None:
    first = await make_shopper(runtime, client)
    one = await flash_sale(first, 1)
    rivals = [first, *[await another(first) for _ in range(SHOPPERS - 1)]]
    for rival in rivals:
        await rival.fill(1)
        assert (await rival.quote())["payable_minor"] == 100
    answers = await asyncio.gather(*(rival.place(shown_total_minor=100) for rival in rivals))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (SHOPPERS - 1)
    losers = [(r, a) for r, a in zip(rivals, answers, strict=True) if a.status_code == 409]
    assert {answer.json()["code"] for _, answer in losers} == {"offer_sold_out"}
    for rival, _ in losers:
        assert (await rival.get("/cart")).json()["quantity"] == 1
    assert (await first.left())[0] == 99
    async with runtime.db.read() as tx:
        used = await tx.values(
            "SELECT used FROM offers.counter WHERE mall_id = $1 AND id = $2", first.mall.mall_id, one
        )
    assert used == [1]
    assert await violations(runtime) == []


async def test_a_limit_of_one_is_kept_by_two_orders_of_one_member(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper = await make_shopper(runtime, client)
    limited = terms(
        Preset.ONE_YUAN,
        SetPrice(price_minor=100),
        limits=Limits(per_member=1),
        counted=Scope(product_ids=(shopper.goods[0].id, shopper.goods[1].id)),
    )
    await make_offer(runtime, shopper.mall.mall_id, limited)
    await shopper.fill(1, 1)
    carts = [[shopper.variants[0]], [shopper.variants[1]]]
    answers = await asyncio.gather(*(shopper.place(shown_total_minor=100, variant_ids=cart) for cart in carts))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["code"] == "offer_limit_reached"
    assert (await shopper.get("/cart")).json()["quantity"] == 1


def taking(mall_id: MallId, session_id: UUID, guard: str) -> Operation:
    """Return what takes one unit of a session, with the statement that checkout uses, or without its guard."""
    assert counters._TAKE.count(GUARD) == 1  # noqa: SLF001 - the very statement, its guard taken out
    unguarded = counters._TAKE.replace(GUARD, guard)  # noqa: SLF001 - as above
    sql = unguarded.replace("offers.use", "twin.use").replace("offers.counter", "twin.counter")
    order, member, now = new_id(), new_id(), datetime.now(UTC)
    use = ([session_id], [new_id()], [1], [1], [100])
    count = ([session_id], ["total"], [""], [1], [1], [0], [None])
    return lambda tx: tx.values(sql, mall_id, order, member, member, now.date(), now, *use, *count)


@pytest.mark.parametrize(("guard", "takers"), [(GUARD, 1), ("WHERE true", 2)])
async def test_twin_only_the_guard_keeps_two_from_taking_one(
    runtime: Runtime, client: httpx.AsyncClient, guard: str, takers: int
) -> None:
    shopper = await make_shopper(runtime, client)
    one = await flash_sale(shopper, 1)
    async with twins(runtime, "offers.use", "offers.counter"):
        await runtime.db.pool.execute("CREATE UNIQUE INDEX ON twin.counter (mall_id, id, scope, key)")
        await runtime.db.pool.execute("CREATE UNIQUE INDEX ON twin.use (mall_id, order_id, id)")
        pair = [taking(shopper.mall.mall_id, one, guard) for _ in range(2)]
        refused = await overlap(runtime, pair[0], write(runtime, pair[1]))
    assert sum(not names for names in refused) == takers, refused

"""A rule and the goods' own change at the same moment, two rules at once: the last word is always the right one."""

import asyncio
from datetime import UTC, datetime

import pytest
from tests.factories import pricing as made
from tests.factories.catalog import make_product
from tests.factories.malls import MadeMall, make_mall
from tests.factories.overlap import overlap

from galleria.foundation import catalog
from galleria.kernel.ids import ProductId
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import pricing
from galleria.value.pricing import jobs


async def online(runtime: Runtime, mall: MadeMall, product: catalog.Product) -> tuple[int, int, int]:
    """Return what lists show, what a shopper pays and what the store asks."""
    async with runtime.db.read() as tx:
        found = await catalog.get_any_product(tx, mall_id=mall.mall_id, product_id=product.id)
    [variant] = found.variants
    return found.price_min_minor, variant.price_minor, variant.store_price_minor


def save(mall: MadeMall, product: catalog.Product, price_minor: int) -> catalog.ProductPatch:
    return catalog.ProductPatch(variants=[catalog.VariantInput(sku=product.variants[0].sku, price_minor=price_minor)])


async def changed_while_priced(runtime: Runtime) -> tuple[int, int, int]:
    """Let a rule price a product while its merchant saves a higher price that is committed afterwards."""
    mall = await make_mall(runtime)
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    await made.launch(runtime, await made.draft(runtime, mall), apply=False)

    async def merchant(tx: Tx) -> None:
        await catalog.change_product(
            tx, mall_id=mall.mall_id, product_id=product.id, patch=save(mall, product, 5000), now=datetime.now(UTC)
        )

    async def priced(tx: Tx) -> int:
        return await pricing.reprice(tx, mall_id=mall.mall_id, product_ids=[product.id], now=datetime.now(UTC))

    await overlap(runtime, merchant, made.write(runtime, priced, int))
    return await online(runtime, mall, product)


async def test_a_rule_waits_for_the_merchant_and_prices_what_he_saved(runtime: Runtime) -> None:
    assert await changed_while_priced(runtime) == (4500, 4500, 5000)


async def test_twin_without_the_lock_prices_what_was_there_before(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unlocked(tx: Tx, *, mall_id: object, product_ids: list[ProductId]) -> list[ProductId]:
        return product_ids

    monkeypatch.setattr(catalog, "lock_products", unlocked)
    assert await changed_while_priced(runtime) == (900, 900, 5000)


async def test_two_rules_at_once_end_with_the_narrower_one(runtime: Runtime) -> None:
    for _ in range(4):
        mall = await make_mall(runtime)
        goods = [await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000) for _ in range(5)]
        wide = await made.draft(runtime, mall)
        narrow = await made.draft(
            runtime, mall, scope=pricing.RuleScope.PRODUCT, target_ids=[p.id for p in goods], percent_bp=3000
        )
        await asyncio.gather(made.launch(runtime, wide), made.launch(runtime, narrow))
        assert {await online(runtime, mall, product) for product in goods} == {(700, 700, 1000)}


async def test_a_rule_that_ends_while_another_prices_leaves_nothing_behind(runtime: Runtime) -> None:
    for _ in range(4):
        mall = await make_mall(runtime)
        goods = [await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000) for _ in range(5)]
        ending = await made.live_rule(runtime, mall, percent_bp=5000, priority=5)
        lasting = await made.draft(runtime, mall)
        await asyncio.gather(
            made.become(runtime, ending, pricing.RuleState.ENDED),
            made.launch(runtime, lasting),
            jobs.follow_shop(runtime, mall_id=str(mall.mall_id), shop_id=str(mall.shop_ids[0])),
        )
        assert {await online(runtime, mall, product) for product in goods} == {(900, 900, 1000)}

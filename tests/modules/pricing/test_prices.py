"""Rules make prices, give them back, and never fight with the goods' own changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.factories import pricing as made
from tests.factories.catalog import make_product
from tests.factories.checkout import violations
from tests.factories.malls import MadeMall, make_mall

from galleria.foundation import catalog
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.value import pricing
from galleria.value.pricing import jobs


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def read(runtime: Runtime, mall: MadeMall, product: catalog.Product) -> catalog.Product:
    async with runtime.db.read() as tx:
        return await catalog.get_any_product(tx, mall_id=mall.mall_id, product_id=product.id)


async def prices(runtime: Runtime, mall: MadeMall, product: catalog.Product) -> list[int]:
    """Return a product's prices, the lowest shown first; what lists show is what carts charge."""
    found = await read(runtime, mall, product)
    async with runtime.db.read() as tx:
        sellable = await catalog.sellable(tx, mall.mall_id, [v.id for v in found.variants])
        cards = await catalog.list_products(tx, mall_id=mall.mall_id, shop_id=found.shop.id)
    assert [s.price_minor for s in sellable] == [v.price_minor for v in found.variants]
    assert found.price_min_minor in {card.price_min_minor for card in cards.items}
    return [found.price_min_minor, *(v.price_minor for v in found.variants)]


async def history(runtime: Runtime, mall: MadeMall, product: catalog.Product) -> list[tuple[str, int, int]]:
    async with runtime.db.read() as tx:
        page = await pricing.price_history(tx, mall_id=mall.mall_id, product_id=product.id, limit=50)
    return [(change.reason.value, change.from_minor, change.to_minor) for change in page.items]


async def change(runtime: Runtime, mall: MadeMall, product: catalog.Product, **patch: Any) -> None:
    """Change a product as its merchant would, and let pricing follow."""
    await made.write(
        runtime,
        lambda tx: catalog.change_product(
            tx, mall_id=mall.mall_id, product_id=product.id, patch=catalog.ProductPatch(**patch), now=datetime.now(UTC)
        ),
        catalog.Product,
    )
    await jobs.follow_product(
        runtime, journal_id="", position=0, subject=str(product.id), data={"mall_id": str(mall.mall_id)}
    )


def variants(product: catalog.Product, price_minor: int) -> list[catalog.VariantInput]:
    return [catalog.VariantInput(sku=v.sku, price_minor=price_minor) for v in product.variants]


async def test_a_live_rule_prices_its_goods_and_its_end_gives_the_store_price_back(
    runtime: Runtime, mall: MadeMall
) -> None:
    mine = await make_product(runtime, mall, mall.shop_ids[0], price_minor=2800)
    neighbours = await make_product(runtime, mall, mall.shop_ids[1], price_minor=2800)
    rule = await made.live_rule(runtime, mall)
    assert await prices(runtime, mall, mine) == [2520, 2520]
    assert await prices(runtime, mall, neighbours) == [2800, 2800]
    assert await made.settle(runtime, rule) == 0
    await made.become(runtime, rule, pricing.RuleState.PAUSED)
    assert await prices(runtime, mall, mine) == [2800, 2800]
    await made.become(runtime, rule, pricing.RuleState.LIVE)
    ended = await made.become(runtime, rule, pricing.RuleState.ENDED)
    assert (ended.state, ended.scheduled) == (pricing.RuleState.ENDED, False)
    assert await prices(runtime, mall, mine) == [2800, 2800]
    told = [("back", 2520, 2800), ("rule", 2800, 2520), ("back", 2520, 2800), ("rule", 2800, 2520)]
    assert await history(runtime, mall, mine) == told
    assert await violations(runtime) == []


async def test_a_draft_and_a_rule_to_come_change_nothing(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=2800)
    await made.settle(runtime, await made.draft(runtime, mall))
    now = datetime.now(UTC)
    rule = await made.live_rule(
        runtime, mall, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2), percent_bp=2000
    )
    assert rule.scheduled
    assert await prices(runtime, mall, product) == [2800, 2800]
    await pricing.sweep(runtime, now + timedelta(minutes=59))
    assert await prices(runtime, mall, product) == [2800, 2800]
    await pricing.sweep(runtime, now + timedelta(minutes=61))
    assert await prices(runtime, mall, product) == [2240, 2240]
    await pricing.sweep(runtime, now + timedelta(minutes=121))
    assert await prices(runtime, mall, product) == [2800, 2800]
    async with runtime.db.read() as tx:
        after = await pricing.get_rule(tx, mall_id=mall.mall_id, rule_id=rule.id, now=now)
    assert after.state is pricing.RuleState.ENDED


async def test_saving_goods_never_undoes_a_rule(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=2800)
    await made.live_rule(runtime, mall)
    await change(runtime, mall, product, text_en="A better text.")
    assert await prices(runtime, mall, product) == [2520, 2520]
    await change(runtime, mall, product, variants=variants(product, 5000))
    assert await prices(runtime, mall, product) == [4500, 4500]
    [variant] = (await read(runtime, mall, product)).variants
    assert variant.store_price_minor == 5000
    lowered = await history(runtime, mall, product)
    assert lowered[:2] == [("rule", 2520, 4500), ("store", 2520, 2520)]


async def test_a_price_lowered_in_the_store_counts_at_once(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=2800)
    await made.live_rule(runtime, mall, kind=pricing.RuleKind.SET_PRICE, price_minor=2000, percent_bp=None)
    await made.write(
        runtime,
        lambda tx: catalog.change_product(
            tx, mall_id=mall.mall_id, product_id=product.id,
            patch=catalog.ProductPatch(variants=variants(product, 1500)), now=datetime.now(UTC),
        ),
        catalog.Product,
    )  # fmt: skip
    assert await prices(runtime, mall, product) == [1500, 1500]


async def test_new_goods_get_the_price_of_a_rule_that_is_live_already(runtime: Runtime, mall: MadeMall) -> None:
    await made.live_rule(runtime, mall)
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    await jobs.follow_product(
        runtime, journal_id="", position=0, subject=str(product.id), data={"mall_id": str(mall.mall_id)}
    )
    assert await prices(runtime, mall, product) == [900, 900]


async def test_the_narrower_rule_decides_and_the_wider_takes_over_when_it_ends(
    runtime: Runtime, mall: MadeMall
) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    await made.live_rule(runtime, mall, shop_id=None, percent_bp=500)
    assert await prices(runtime, mall, product) == [950, 950]
    await made.live_rule(runtime, mall, scope=pricing.RuleScope.CATEGORY, target_ids=[mall.category_ids[0]])
    assert await prices(runtime, mall, product) == [900, 900]
    hot = await made.live_rule(
        runtime, mall, scope=pricing.RuleScope.PRODUCT, target_ids=[product.id], kind=pricing.RuleKind.SET_PRICE,
        price_minor=700, percent_bp=None,
    )  # fmt: skip
    assert await prices(runtime, mall, product) == [700, 700]
    await made.become(runtime, hot, pricing.RuleState.ENDED)
    assert await prices(runtime, mall, product) == [900, 900]


async def test_floor_and_guard_keep_prices_away_and_a_second_person_lets_them_through(
    runtime: Runtime, mall: MadeMall
) -> None:
    floored, dear, free = [await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000) for _ in range(3)]
    costs = [
        pricing.CostInput(variant_id=floored.variants[0].id, floor_minor=950),
        pricing.CostInput(variant_id=dear.variants[0].id, cost_minor=920),
    ]
    await made.enter_costs(runtime, mall, 0, *costs)
    rule = await made.draft(runtime, mall)
    async with runtime.db.read() as tx:
        told = await pricing.preview(tx, mall_id=mall.mall_id, rule_id=rule.id, now=datetime.now(UTC))
        first = await pricing.preview(tx, mall_id=mall.mall_id, rule_id=rule.id, limit=2, now=datetime.now(UTC))
        rest = await pricing.preview(
            tx, mall_id=mall.mall_id, rule_id=rule.id, limit=2, cursor=first.next_cursor, now=datetime.now(UTC)
        )
    verdicts = {line.product_id: line.verdict for line in told.items}
    assert verdicts == {
        floored.id: pricing.Verdict.REFUSED,
        dear.id: pricing.Verdict.SECOND_PERSON,
        free.id: pricing.Verdict.CHANGES,
    }
    assert [*first.items, *rest.items] == told.items
    assert (told.goods, told.changes, told.refused, told.second_person, told.unknown_cost) == (3, 1, 1, 1, 2)
    assert told.lowest_margin_bp == -223
    await made.launch(runtime, rule)
    assert [(await prices(runtime, mall, p))[0] for p in (floored, dear, free)] == [1000, 1000, 900]
    await made.launch(runtime, rule, second_person=True)
    assert [(await prices(runtime, mall, p))[0] for p in (floored, dear, free)] == [1000, 900, 900]
    assert await violations(runtime) == []


async def test_a_floor_entered_later_takes_the_price_back(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    await made.live_rule(runtime, mall)
    await made.enter_costs(runtime, mall, 0, pricing.CostInput(variant_id=product.variants[0].id, floor_minor=999))
    await jobs.follow_goods(runtime, mall_id=str(mall.mall_id), product_ids=[str(product.id)])
    assert await prices(runtime, mall, product) == [1000, 1000]


async def test_a_live_rule_keeps_its_prices_until_its_new_version_is_launched(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], price_minor=1000)
    rule = await made.live_rule(runtime, mall)
    now = datetime.now(UTC)
    patch = pricing.RulePatch(percent_bp=3000)
    changed = await made.write(
        runtime,
        lambda tx: pricing.change_rule(
            tx, mall_id=mall.mall_id, rule_id=rule.id, patch=patch, staff_id=made.BY, now=now
        ),
        pricing.Rule,
    )
    assert (changed.state, changed.version, changed.approved_version) == (pricing.RuleState.LIVE, 2, 1)
    await made.settle(runtime, rule)
    assert await prices(runtime, mall, product) == [900, 900]
    await made.launch(runtime, rule)
    assert await prices(runtime, mall, product) == [700, 700]
    back = await made.write(
        runtime,
        lambda tx: pricing.restore_rule(
            tx, mall_id=mall.mall_id, rule_id=rule.id, version=1, staff_id=made.BY, now=datetime.now(UTC)
        ),
        pricing.Rule,
    )
    assert (back.version, back.approved_version, back.terms.percent_bp) == (3, 3, 1000)
    await made.settle(runtime, rule)
    assert await prices(runtime, mall, product) == [900, 900]


async def test_what_was_never_approved_does_not_go_live(runtime: Runtime, mall: MadeMall) -> None:
    rule = await made.draft(runtime, mall)
    for state in (pricing.RuleState.LIVE, pricing.RuleState.PAUSED):
        with pytest.raises((pricing.RuleNotApproved, pricing.RuleStateRefused)):
            await made.become(runtime, rule, state)
    with pytest.raises(pricing.RuleChanged):
        await made.write(
            runtime,
            lambda tx: pricing.approve(
                tx, mall_id=mall.mall_id, rule_id=rule.id, version=2, staff_id=made.BY, second_person=False,
                now=datetime.now(UTC),
            ),
            pricing.Rule,
        )  # fmt: skip


async def test_targets_that_are_not_there_or_anothers_are_named(runtime: Runtime, mall: MadeMall) -> None:
    foreign = await make_product(runtime, mall, mall.shop_ids[1])
    with pytest.raises(Invalid) as refused:
        await made.draft(runtime, mall, scope=pricing.RuleScope.PRODUCT, target_ids=[foreign.id, new_id()])
    assert [e.field for e in refused.value.errors] == ["target_ids[0]", "target_ids[1]"]
    with pytest.raises(Invalid):
        await made.draft(runtime, mall, scope=pricing.RuleScope.CATEGORY, target_ids=[new_id()])


async def test_a_retired_variant_loses_its_price_and_comes_back_at_the_stores(runtime: Runtime, mall: MadeMall) -> None:
    both = [catalog.VariantInput(sku=f"v-{i}", price_minor=1000, name_zh=f"{i}", name_en=f"{i}") for i in range(2)]
    product = await make_product(runtime, mall, mall.shop_ids[0], variants=both)
    await made.live_rule(runtime, mall)
    await change(runtime, mall, product, variants=both[:1])
    await change(runtime, mall, product, variants=both)
    assert await prices(runtime, mall, product) == [900, 900, 900]
    assert await violations(runtime) == []

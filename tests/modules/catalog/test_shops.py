"""Goods follow their shop: closed, they are gone; renamed, they are found by the new name only."""

from datetime import UTC, datetime

import pytest
from tests.factories.catalog import make_product
from tests.factories.malls import MadeMall, make_mall

from galleria import main
from galleria.foundation import catalog, malls
from galleria.kernel.errors import NotFound
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.worker import drain

TASKS = [task for module in main.MODULES for task in module.tasks]


async def change(runtime: Runtime, mall: MadeMall, **over: object) -> None:
    command = Command(kind="tests.shop", actor=SYSTEM, now=datetime.now(UTC))
    changed = malls.ShopChange(**over)
    await runtime.db.write(
        command,
        lambda tx: malls.update_shop(tx, mall_id=mall.mall_id, shop_id=mall.shop_ids[0], change=changed),
        returns=malls.Shop,
    )


async def found(runtime: Runtime, mall: MadeMall, words: str | None) -> list[str]:
    async with runtime.db.read() as tx:
        page = await catalog.list_products(tx, mall_id=mall.mall_id, words=words)
    return [item.shop_zh for item in page.items]


async def test_a_closed_shop_sells_nothing(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    product = await make_product(runtime, mall, mall.shop_ids[0])
    await change(runtime, mall, state=malls.ShopState.CLOSED)
    assert (await found(runtime, mall, None), await found(runtime, mall, "拿铁")) == ([], [])
    async with runtime.db.read() as tx:
        assert await catalog.sellable(tx, mall.mall_id, [product.variants[0].id]) == []
        with pytest.raises(NotFound):
            await catalog.get_product(tx, mall_id=mall.mall_id, product_id=product.id)


async def test_a_renamed_shop_is_found_by_its_new_name(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    product = await make_product(runtime, mall, mall.shop_ids[0], weight=9)
    await change(runtime, mall, name_zh="青松咖啡馆", name_en="Pinewood")
    await drain(runtime, tasks=TASKS)
    assert await found(runtime, mall, "青松") == ["青松咖啡馆"]
    assert await found(runtime, mall, "pinewood latte") == ["青松咖啡馆"]
    assert await found(runtime, mall, "1号店") == []
    async with runtime.db.read() as tx:
        same = await catalog.get_product(tx, mall_id=mall.mall_id, product_id=product.id)
    assert (same.state, same.weight, same.variants) == (product.state, 9, product.variants)

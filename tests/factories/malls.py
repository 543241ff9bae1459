"""A mall to stand on: a group, a mall, two merchants, four categories, three shops, all of its own."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from galleria.foundation import malls
from galleria.kernel.ids import CategoryId, GroupId, MallId, MerchantId, ShopId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


class MadeMall(msgspec.Struct, frozen=True):
    """What `make_mall` made.

    `shop_ids[0]` and `[1]` belong to `merchant_ids[0]`, `shop_ids[2]` to `merchant_ids[1]`.
    `category_ids` are food, coffee (below food), fashion, services; the shops stand in coffee, food, fashion.
    """

    group_id: GroupId
    mall_id: MallId
    merchant_ids: list[MerchantId]
    category_ids: list[CategoryId]
    shop_ids: list[ShopId]
    code: str


async def make_mall(runtime: Runtime, *, group_id: GroupId | None = None, **over: Any) -> MadeMall:
    """Make a mall with invented names; `over` replaces fields of its NewMall, `group_id` puts it into a group."""

    async def make(tx: Tx) -> MadeMall:
        now = datetime.now(UTC)
        tag = new_id().hex[-12:]
        group = group_id
        if group is None:
            made = await malls.create_group(tx, code=f"g-{tag}", name_zh="云杉集团", name_en="Spruce Group", now=now)
            group = made.id
        fields = {"code": f"m-{tag}", "name_zh": "云杉里", "name_en": "Spruce Lane", **over}
        mall = await malls.create_mall(tx, group_id=group, mall=malls.NewMall(**fields), now=now)
        merchants = [await _merchant(tx, group, f"{tag}-{i}", now) for i in (1, 2)]
        categories = await _categories(tx, mall.id)
        shops = [
            await _shop(tx, mall.id, merchants[m], categories[c], number, now)
            for number, m, c in ((1, 0, 1), (2, 0, 0), (3, 1, 2))
        ]
        return MadeMall(group, mall.id, merchants, categories, shops, mall.code)

    command = Command(kind="tests.make_mall", actor=SYSTEM, now=datetime.now(UTC))
    return await runtime.db.write(command, make, returns=MadeMall)


async def _merchant(tx: Tx, group_id: GroupId, code: str, now: datetime) -> MerchantId:
    new = malls.NewMerchant(code=code, name_zh=f"商户{code}", name_en=f"Merchant {code}")
    return (await malls.create_merchant(tx, group_id=group_id, merchant=new, now=now)).id


async def _categories(tx: Tx, mall_id: MallId) -> list[CategoryId]:
    made: list[CategoryId] = []
    for position, (code, zh, en, parent) in enumerate(
        (("food", "美食", "Food", None), ("coffee", "咖啡", "Coffee", 0), ("fashion", "服饰", "Fashion", None),
         ("services", "服务", "Services", None))
    ):  # fmt: skip
        parent_id = None if parent is None else made[parent]
        new = malls.NewCategory(code=code, name_zh=zh, name_en=en, parent_id=parent_id, position=position)
        made.append((await malls.create_category(tx, mall_id=mall_id, category=new)).id)
    return made


async def _shop(
    tx: Tx, mall_id: MallId, merchant_id: MerchantId, category_id: CategoryId, number: int, now: datetime
) -> ShopId:
    new = malls.NewShop(
        merchant_id=merchant_id,
        category_id=category_id,
        code=f"shop-{number}",
        name_zh=f"{number}号店",
        name_en=f"Shop {number}",
        floor_code=f"F{number}",
        unit_code=f"{number}01",
    )
    return (await malls.create_shop(tx, mall_id=mall_id, shop=new, now=now)).id

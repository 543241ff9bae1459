"""Goods to sell: a published product with stock, made through the doors."""

from datetime import UTC, datetime
from typing import Any

from galleria.foundation import catalog
from galleria.kernel.ids import ShopId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import stock
from tests.factories.malls import MadeMall


async def make_product(
    runtime: Runtime, made_mall: MadeMall, shop_id: ShopId, *, on_hand: int = 100, publish: bool = True, **over: Any
) -> catalog.Product:
    """Make a product of one variant at 28.00, published, `on_hand` units of each variant in stock.

    `over` replaces fields of its ProductInput (such as `kind`, `valid_days`, `variants`); `price_minor` prices the
    one variant. The variants' ids are in `product.variants`.
    """
    tag = new_id().hex[-12:]
    price = over.pop("price_minor", 2800)
    fields = {
        "code": f"p-{tag}",
        "kind": catalog.Kind.PHYSICAL,
        "category_id": made_mall.category_ids[1],
        "name_zh": "燕麦拿铁",
        "name_en": "Oat Latte",
        "text_zh": "浓缩咖啡配燕麦奶。",
        "text_en": "Espresso with oat milk.",
        "variants": [catalog.VariantInput(sku=f"s-{tag}", price_minor=price)],
        **over,
    }
    if fields["kind"] == catalog.Kind.VOUCHER:
        fields.setdefault("valid_days", 30)

    async def make(tx: Tx) -> catalog.Product:
        now = datetime.now(UTC)
        product = await catalog.create_product(
            tx,
            mall_id=made_mall.mall_id,
            shop_id=shop_id,
            product=catalog.ProductInput(**fields),
            publish=publish,
            now=now,
        )
        if on_hand and product.variants:
            items = [(v.id, on_hand) for v in product.variants]
            await stock.receive_many(tx, mall_id=made_mall.mall_id, items=items, now=now)
        return product

    command = Command(kind="tests.make_product", actor=SYSTEM, now=datetime.now(UTC))
    return await runtime.db.write(command, make, returns=catalog.Product)

"""What shops do with goods: create, change, publish, withdraw."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.foundation import malls
from galleria.foundation.catalog import queries, rules
from galleria.foundation.catalog.model import (
    OnlinePrice,
    Product,
    ProductInput,
    ProductPatch,
    ProductState,
    Repriced,
    Saved,
    Stored,
    ToSave,
    VariantInput,
)
from galleria.foundation.catalog.store import pricing, reading, saving
from galleria.kernel.errors import Conflict, FieldError, Invalid, NotFound
from galleria.kernel.ids import CategoryId, MallId, ProductId, ShopId, VariantId, new_id
from galleria.platform.command import Event
from galleria.platform.tx import Tx

CHUNK = 1000
"""Products saved by one statement."""


class CodeTaken(Conflict):
    """The shop already has a product with this code."""

    code = "product_code_taken"


class SkuTaken(Conflict):
    """Another product of the shop has a variant with this SKU."""

    code = "sku_taken"


async def create_product(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, product: ProductInput, publish: bool, now: datetime
) -> Product:
    """Create a product with its variants, published when asked.

    Raises NotFound for no such shop, Invalid naming what is wrong or missing, CodeTaken, SkuTaken.
    """
    state = ProductState.PUBLISHED if publish else ProductState.DRAFT
    saved = await save_products(
        tx, mall_id=mall_id, shop_id=shop_id, products=[ToSave(product, state)], overwrite=False, now=now
    )
    product_id = saved.product_ids[product.code]
    tx.subject = str(product_id)
    tx.emit(_event("catalog.created", mall_id, shop_id, product_id))
    return await queries.get_any_product(tx, mall_id=mall_id, product_id=product_id)


async def save_product(
    tx: Tx, *, mall_id: MallId, shop_id: ShopId, product: ProductInput, publish: bool = False, now: datetime
) -> Product:
    """Create or overwrite the product with this code in a shop; raises as `create_product`, never CodeTaken."""
    state = ProductState.PUBLISHED if publish else ProductState.DRAFT
    saved = await save_products(tx, mall_id=mall_id, shop_id=shop_id, products=[ToSave(product, state)], now=now)
    return await queries.get_any_product(tx, mall_id=mall_id, product_id=saved.product_ids[product.code])


async def change_product(
    tx: Tx, *, mall_id: MallId, product_id: ProductId, patch: ProductPatch, now: datetime
) -> Product:
    """Change what a patch gives; a published product stays fit to be sold or the change is refused."""
    stored = await _lock(tx, mall_id, product_id)
    await save_products(
        tx,
        mall_id=mall_id,
        shop_id=stored.shop_id,
        products=[ToSave(_patched(stored, patch), stored.state)],
        now=now,
    )
    tx.subject = str(product_id)
    tx.emit(_event("catalog.changed", mall_id, stored.shop_id, product_id))
    return await queries.get_any_product(tx, mall_id=mall_id, product_id=product_id)


async def set_state(tx: Tx, *, mall_id: MallId, product_id: ProductId, state: ProductState, now: datetime) -> Product:
    """Publish, withdraw (to draft) or archive a product; publishing raises Invalid naming all that is missing."""
    stored = await _lock(tx, mall_id, product_id)
    _require_fit(as_input(stored), state)
    await saving.set_state(tx, mall_id, product_id, state, now)
    tx.subject = str(product_id)
    tx.emit(_event("catalog.changed", mall_id, stored.shop_id, product_id))
    return await queries.get_any_product(tx, mall_id=mall_id, product_id=product_id)


async def publish(tx: Tx, *, mall_id: MallId, product_id: ProductId, now: datetime) -> Product:
    """Publish a product; see `set_state`."""
    return await set_state(tx, mall_id=mall_id, product_id=product_id, state=ProductState.PUBLISHED, now=now)


async def lock_shop_products(tx: Tx, *, mall_id: MallId, shop_id: ShopId) -> list[Stored]:
    """Return all products of a shop and keep others from changing them until the transaction ends."""
    return await saving.lock_shop_products(tx, mall_id, shop_id)


async def save_products(
    tx: Tx,
    *,
    mall_id: MallId,
    shop_id: ShopId,
    products: Sequence[ToSave],
    overwrite: bool = True,
    now: datetime,
) -> Saved:
    """Save many products of a shop, four statements a thousand; a product's code says which one it is.

    The variants given are all a product has: others are retired. Raises NotFound for no such shop, Invalid for a
    repeated SKU, an unknown category or one unfit to be published, CodeTaken (unless `overwrite`), SkuTaken.
    """
    shop = await malls.get_shop(tx, mall_id, shop_id)
    places = await _places(tx, mall_id, [shop.name_zh, shop.name_en])
    for item in products:
        _require_sound(item.product, places)
        _require_fit(item.product, item.state)
    created, product_ids, variant_ids = 0, dict[str, ProductId](), dict[str, VariantId]()
    for chunk in _chunks(products):
        rows = await saving.upsert_products(
            tx,
            mall_id=mall_id,
            shop_id=shop_id,
            merchant_id=shop.merchant_id,
            rows=[_product_row(item, places) for item in chunk],
            overwrite=overwrite,
            now=now,
        )
        ids = {row.code: row.id for row in rows}
        for item in chunk:
            if item.product.code not in ids:
                raise CodeTaken(product_code=item.product.code)
        saved = await _save_variants(tx, mall_id, shop_id, chunk, ids, now)
        await saving.retire_others(tx, mall_id, list(ids.values()), list(saved.values()))
        await pricing.settle_lowest(tx, mall_id, list(ids.values()))
        product_ids |= ids
        variant_ids |= saved
        created += sum(row.created for row in rows)
    return Saved(created, len(product_ids) - created, product_ids, variant_ids)


async def lock_products(tx: Tx, *, mall_id: MallId, product_ids: Sequence[ProductId]) -> list[ProductId]:
    """Keep others from changing these products until the transaction ends; returns those there are."""
    return await saving.lock_products(tx, mall_id, product_ids)


async def set_online_prices(tx: Tx, *, mall_id: MallId, prices: Sequence[OnlinePrice], now: datetime) -> list[Repriced]:
    """Give variants the prices rules make, or their store prices back; returns the products that were changed.

    The caller has locked the products with `lock_products`. Setting what is set already changes nothing. Every change
    of what a shopper pays is kept, with the rule and its version; lists show the new lowest prices at once.
    """
    if not prices:
        return []
    repriced = await pricing.set_online_prices(tx, mall_id, prices, now)
    if repriced:
        await pricing.settle_lowest(tx, mall_id, [item.product_id for item in repriced])
    return repriced


async def reindex_shop(tx: Tx, *, shop_id: ShopId, now: datetime) -> int:
    """Make a shop's goods searchable under its present name; returns how many products it has."""
    mall_id = await reading.mall_of_shop(tx, shop_id)
    if mall_id is None:
        return 0
    stored = await saving.lock_shop_products(tx, mall_id, shop_id)
    products = [ToSave(as_input(product), product.state) for product in stored]
    await save_products(tx, mall_id=mall_id, shop_id=shop_id, products=products, now=now)
    return len(products)


def as_input(stored: Stored) -> ProductInput:
    """Return a kept product as the input that would save it unchanged."""
    return ProductInput(
        code=stored.code,
        kind=stored.kind,
        category_id=stored.category_id,
        name_zh=stored.name_zh,
        name_en=stored.name_en,
        text_zh=stored.text_zh,
        text_en=stored.text_en,
        pictures=stored.pictures,
        valid_days=stored.valid_days,
        weight=stored.weight,
        variants=[
            VariantInput(
                sku=v.sku, price_minor=v.store_price_minor, barcode=v.barcode, name_zh=v.name_zh, name_en=v.name_en
            )
            for v in stored.variants
        ],
    )


async def _lock(tx: Tx, mall_id: MallId, product_id: ProductId) -> Stored:
    stored = await saving.lock_product(tx, mall_id, product_id)
    if stored is None:
        raise NotFound
    return stored


async def _save_variants(
    tx: Tx, mall_id: MallId, shop_id: ShopId, chunk: Sequence[ToSave], ids: dict[str, ProductId], now: datetime
) -> dict[str, VariantId]:
    rows = [
        {"id": new_id(), "product_id": ids[item.product.code], "position": i, **msgspec.structs.asdict(variant)}
        for item in chunk
        for i, variant in enumerate(item.product.variants)
    ]
    done = await saving.upsert_variants(tx, mall_id=mall_id, shop_id=shop_id, rows=rows, now=now)
    saved = {v.sku: v.id for v in done}
    for row in rows:
        if row["sku"] not in saved:
            raise SkuTaken(sku=row["sku"])
    return saved


async def _places(tx: Tx, mall_id: MallId, shop_names: list[str]) -> dict[CategoryId, list[str]]:
    """Return for each category of the mall the words B: the shop's names and those of the category and all above."""
    categories = {c.id: c for c in await malls.list_categories(tx, mall_id)}
    places: dict[CategoryId, list[str]] = {}
    for start in categories.values():
        names, here = list(shop_names), start
        for _ in categories:
            names += [here.name_zh, here.name_en]
            if here.parent_id is None:
                break
            here = categories[here.parent_id]
        places[start.id] = names
    return places


def _require_sound(product: ProductInput, places: dict[CategoryId, list[str]]) -> None:
    wrong = rules.repeated_skus(product.variants)
    wrong += [
        FieldError(field, "required")
        for field, value in (("name_zh", product.name_zh), ("name_en", product.name_en))
        if not value.strip()
    ]
    if product.category_id not in places:
        wrong.append(FieldError("category_id", "unknown_category"))
    if wrong:
        raise Invalid(errors=tuple(wrong))


def _require_fit(product: ProductInput, state: ProductState) -> None:
    """Raise Invalid naming everything that keeps a product from being sold, when it shall be published."""
    if state is not ProductState.PUBLISHED:
        return
    wrong = rules.missing_for_sale(
        kind=product.kind,
        text_zh=product.text_zh,
        text_en=product.text_en,
        valid_days=product.valid_days,
        variants=product.variants,
    )
    if wrong:
        raise Invalid(errors=tuple(wrong))


def _product_row(item: ToSave, places: dict[CategoryId, list[str]]) -> dict[str, Any]:
    product = item.product
    options = [name for v in product.variants for name in (v.name_zh, v.name_en)]
    found = rules.searchable(
        [product.name_zh, product.name_en], places[product.category_id], [*options, product.text_zh, product.text_en]
    )
    row = {name: getattr(product, name) for name in ProductInput.__struct_fields__ if name != "variants"}
    return {
        "id": new_id(),
        "state": item.state,
        "price_min_minor": min((v.price_minor for v in product.variants), default=0),
        **row,
        **msgspec.structs.asdict(found),
    }


def _patched(stored: Stored, patch: ProductPatch) -> ProductInput:
    given = {k: v for k, v in msgspec.structs.asdict(patch).items() if v is not msgspec.UNSET}
    return msgspec.structs.replace(as_input(stored), **given)


def _chunks(products: Sequence[ToSave]) -> Iterator[Sequence[ToSave]]:
    for start in range(0, len(products), CHUNK):
        yield products[start : start + CHUNK]


def _event(kind: str, mall_id: MallId, shop_id: ShopId, product_id: ProductId) -> Event:
    return Event(kind, product_id, {"mall_id": str(mall_id), "shop_id": str(shop_id)}, topics=(f"shop:{shop_id}",))

"""Watching goods files."""

from uuid import UUID

from galleria.commerce.merchandising import rules, store
from galleria.commerce.merchandising.model import FileProblem, Transfer, Work
from galleria.foundation import catalog, malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from galleria.platform.tx import ReadTx
from galleria.value import stock


async def get_transfer(tx: ReadTx, *, mall_id: MallId, transfer_id: UUID) -> Transfer:
    """Return a transfer with its first 200 problems; raises NotFound."""
    found = await store.get_transfer(tx, mall_id, transfer_id)
    if found is None:
        raise NotFound
    return found


async def list_transfers(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, cursor: str | None, limit: int
) -> Page[Transfer]:
    """Return the transfers of a shop, newest first."""
    after = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_transfers(tx, mall_id, shop_id, after=after, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def list_problems(
    tx: ReadTx, *, mall_id: MallId, transfer_id: UUID, cursor: str | None, limit: int
) -> Page[FileProblem]:
    """Return all problems of a transfer, in the order of the file."""
    after = 0 if cursor is None else max(0, min(decode_cursor(cursor, tuple[int])[0], 1_000_000_000))
    rows = await store.list_problems(tx, mall_id, transfer_id, after=after, limit=limit + 1)
    return Page(rows[:limit], encode_cursor(after + limit) if len(rows) > limit else None)


async def result_file(tx: ReadTx, *, mall_id: MallId, transfer_id: UUID) -> str | None:
    """Return the name of the file an export wrote, None while there is none."""
    return await store.result_file(tx, mall_id, transfer_id)


async def get_work(tx: ReadTx, *, mall_id: MallId, transfer_id: UUID) -> Work | None:
    """Return what the worker needs of a transfer, None for no such transfer."""
    return await store.get_work(tx, mall_id, transfer_id)


async def goods_rows(tx: ReadTx, *, work: Work, after: str | None, limit: int) -> tuple[list[list[str]], str | None]:
    """Return the lines of `limit` products after a code, and the code to go on from, None at the end."""
    products = await catalog.shop_products(tx, mall_id=work.mall_id, shop_id=work.shop_id, after=after, limit=limit)
    mall = await malls.get_mall(tx, work.mall_id)
    categories = {c.id: c.code for c in await malls.list_categories(tx, work.mall_id)}
    levels = await stock.levels(tx, work.mall_id, [v.id for p in products for v in p.variants])
    rows = [
        [*_product_cells(product, categories[product.category_id]), *cells]
        for product in products
        for cells in (
            [_variant_cells(v, levels[v.id], mall.currency) for v in product.variants] or [[""] * _VARIANT_CELLS]
        )
    ]
    return rows, products[-1].code if len(products) == limit else None


_VARIANT_CELLS = len(rules.VARIANT_COLUMNS)


def _product_cells(product: catalog.Stored, category: str) -> list[str]:
    return [
        product.code,
        product.kind.value,
        product.name_zh,
        product.name_en,
        product.text_zh,
        product.text_en,
        category,
        product.state.value,
        str(product.valid_days or ""),
        "|".join(product.pictures),
    ]


def _variant_cells(variant: catalog.Variant, level: stock.Level, currency: str) -> list[str]:
    price = rules.price_text(variant.store_price_minor, currency)
    return [variant.sku, variant.barcode or "", variant.name_zh, variant.name_en, price, str(level.on_hand)]

"""Reading stock."""

from collections.abc import Sequence
from uuid import UUID

from galleria.foundation import catalog
from galleria.kernel.ids import MallId, ShopId, VariantId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.tx import ReadTx
from galleria.value.stock import store
from galleria.value.stock.model import Level, Movement, StockRow


async def available(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> dict[VariantId, int]:
    """Return how many units of each variant can be bought now; 0 for one without stock. One statement."""
    found = {level.variant_id: level.available for level in await store.levels(tx, mall_id, variant_ids)}
    return {v: found.get(v, 0) for v in variant_ids}


async def levels(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> dict[VariantId, Level]:
    """Return the level of each variant; zeros for one that never had stock. One statement."""
    found = {level.variant_id: level for level in await store.levels(tx, mall_id, variant_ids)}
    return {v: found.get(v) or Level(v, 0, 0, 0) for v in variant_ids}


async def list_stock(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, words: str | None, cursor: str | None, limit: int
) -> Page[StockRow]:
    """Return the active variants of a shop with their levels, by SKU."""
    page = await catalog.list_variants(tx, mall_id=mall_id, shop_id=shop_id, words=words, cursor=cursor, limit=limit)
    found = await levels(tx, mall_id, [v.id for v in page.items])
    return Page([_row(v, found[v.id]) for v in page.items], page.next_cursor)


async def list_movements(
    tx: ReadTx, *, mall_id: MallId, variant_id: VariantId, cursor: str | None, limit: int
) -> Page[Movement]:
    """Return every change of a variant's stock, newest first."""
    after = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_movements(tx, mall_id, variant_id, after=after, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


def _row(variant: catalog.VariantRow, level: Level) -> StockRow:
    return StockRow(
        variant_id=variant.id,
        product_id=variant.product_id,
        shop_id=variant.shop_id,
        sku=variant.sku,
        name_zh=variant.name_zh,
        name_en=variant.name_en,
        option_zh=variant.option_zh,
        option_en=variant.option_en,
        picture=variant.picture,
        on_hand=level.on_hand,
        reserved=level.reserved,
        available=level.available,
    )

"""Reads of transfers, and of the stores that could fill a shipment."""

import re
from uuid import UUID

from galleria.commerce.fulfilment.model import ShipmentRow, StockTransfer, Store
from galleria.commerce.fulfilment.store import transfers as store
from galleria.foundation import catalog, malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx
from galleria.value import stock


async def get_transfer(tx: ReadTx, *, mall_id: MallId, transfer_id: UUID) -> StockTransfer:
    """Return a transfer; raises NotFound."""
    found = await store.find(tx, mall_id, transfer_id)
    if found is None:
        raise NotFound
    return found


async def list_transfers(
    tx: ReadTx, *, mall_id: MallId, reach: Reach, cursor: str | None, limit: int
) -> Page[StockTransfer]:
    """Return the transfers of stores in reach, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_transfers(tx, mall_id, reach=reach, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def stores_for(tx: ReadTx, *, row: ShipmentRow) -> Page[Store]:
    """Return the merchant's other open stores that have everything of a shipment, the nearest first.

    Near is by floors between the two, then by code.
    """
    shops = await malls.all_shops(tx, row.mall_id)
    sold_at = next(shop for shop in shops if shop.id == row.shop_id)
    found = []
    for shop in shops:
        mine = shop.merchant_id == row.merchant_id and shop.id != row.shop_id
        if mine and shop.state is malls.ShopState.OPEN and await _has_all(tx, row, shop):
            away = abs(_floor(shop.floor_code) - _floor(sold_at.floor_code))
            found.append(
                Store(shop_id=shop.id, name_zh=shop.name_zh, name_en=shop.name_en, floor_code=shop.floor_code,
                      distance=away)
            )  # fmt: skip
    return Page(sorted(found, key=lambda one: (one.distance, one.name_zh)))


async def _has_all(tx: ReadTx, row: ShipmentRow, shop: malls.Shop) -> bool:
    skus = [line.sku for line in row.lines]
    there = {
        one.sku: one.id for one in await catalog.shop_variants(tx, mall_id=row.mall_id, shop_id=shop.id, skus=skus)
    }
    left = await stock.available(tx, row.mall_id, list(there.values()))
    return all(line.sku in there and left[there[line.sku]] >= len(line.units) for line in row.lines)


def _floor(code: str) -> int:
    """Return the level a floor's code tells: `F3` and `L3` are 3, `B1` is -1; 0 when it tells none."""
    found = re.fullmatch(r"([A-Za-z]*)(\d+)", code)
    if found is None:
        return 0
    level = int(found[2])
    return -level if found[1].upper().startswith("B") else level

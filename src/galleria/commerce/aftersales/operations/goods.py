"""Goods of a case in the books of stock: set aside, taken, given up, put back on the shelf."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec

from galleria.commerce.aftersales.model import CaseHanding, CaseRow
from galleria.kernel.ids import OrderId, VariantId, new_id
from galleria.platform.tx import Tx
from galleria.value import stock

HELD_FOR = timedelta(days=90)
"""How long stock of a replacement says it is set aside; the case releases it when it ends."""


async def let_go(tx: Tx, case: CaseRow) -> CaseRow:
    """Give up the stock set aside for a replacement that is not to come."""
    if case.reservation_id is None:
        return case
    await stock.release(tx, mall_id=case.mall_id, order_id=OrderId(case.reservation_id))
    return msgspec.structs.replace(case, reservation_id=None)


async def replace(tx: Tx, case: CaseRow, *, restock: bool, now: datetime) -> CaseRow:
    """Set the replacement aside, and take it off the shelf once it can be handed over. Raises stock.OutOfStock."""
    held = OrderId(case.reservation_id or new_id())
    if case.reservation_id is None:
        await stock.reserve(tx, mall_id=case.mall_id, order_id=held, wants=_wanted(case), expires_at=now + HELD_FOR)
    if case.handing is CaseHanding.REPLACEMENT:
        await stock.take(tx, mall_id=case.mall_id, order_id=held, now=now)
        if restock:
            await shelve(tx, case, now)
    return msgspec.structs.replace(case, reservation_id=held)


async def shelve(tx: Tx, case: CaseRow, now: datetime) -> None:
    """Put goods that came back on the shelf."""
    back: Counter[VariantId] = Counter()
    for item in case.items:
        back[item.variant_id] += len(item.units)
    await stock.give_back(tx, mall_id=case.mall_id, reference=case.id, items=sorted(back.items()), now=now)


def _wanted(case: CaseRow) -> list[tuple[VariantId, int]]:
    return [(case.replacement_variant_id or item.variant_id, len(item.units)) for item in case.items]

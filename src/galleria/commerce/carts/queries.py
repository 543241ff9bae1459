"""Reading carts."""

from collections.abc import Sequence

from galleria.commerce.carts import rules, store
from galleria.commerce.carts.model import CartEntry, CartView
from galleria.foundation import catalog, malls
from galleria.kernel.ids import MallId, MemberId, VariantId
from galleria.platform.tx import ReadTx
from galleria.value import stock

_terms: dict[MallId, malls.Mall] = {}


async def terms(tx: ReadTx, mall_id: MallId) -> malls.Mall:
    """Return a mall for what of it never changes (group, currency), remembered by the process; raises NotFound."""
    known = _terms.get(mall_id)
    if known is None:
        known = _terms[mall_id] = await malls.get_mall(tx, mall_id)
    return known


async def entries(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId, variant_ids: Sequence[VariantId] | None = None
) -> list[CartEntry]:
    """Return the member's cart, or those variants of it, in the order they were added."""
    return await store.entries(tx, mall_id, member_id, variant_ids)


async def view(tx: ReadTx, *, mall_id: MallId, member_id: MemberId) -> CartView:
    """Return the member's cart by shops, with today's prices and what stock has; three statements."""
    mall = await terms(tx, mall_id)
    lines = await store.entries(tx, mall_id, member_id, None)
    if not lines:
        return rules.view([], [], None, mall.currency)
    wanted = [line.variant_id for line in lines]
    goods = await catalog.sellable(tx, mall_id, wanted)
    return rules.view(lines, goods, await stock.available(tx, mall_id, wanted), mall.currency)

"""What happens to carts."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce.carts import queries, rules, store
from galleria.commerce.carts.model import CartChange, CartEntry, CartView
from galleria.foundation import catalog
from galleria.kernel.errors import Conflict, FieldError, Invalid
from galleria.kernel.ids import MallId, MemberId, VariantId
from galleria.platform.tx import Tx

LINES_MAX = 100


class CartFull(Conflict):
    """A cart holds at most `max` lines; remove some first."""

    code = "cart_full"


async def set_lines(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, lines: Sequence[CartChange], now: datetime
) -> CartView:
    """Give the variants in `lines` these quantities (0 removes) and return the cart, without stock; two statements.

    Raises Invalid naming the line for a variant given twice or not on sale, CartFull beyond LINES_MAX lines.
    """
    mall = await queries.terms(tx, mall_id)
    _require_distinct(lines)
    cart = await store.set_quantities(tx, mall_id, member_id, lines, now)
    if len(cart) > LINES_MAX:
        raise CartFull(max=LINES_MAX)
    goods = await catalog.sellable(tx, mall_id, [entry.variant_id for entry in cart]) if cart else []
    on_sale = {good.variant_id for good in goods}
    wrong = [
        FieldError(f"lines[{i}].variant_id", "not_on_sale")
        for i, line in enumerate(lines)
        if line.quantity > 0 and line.variant_id not in on_sale
    ]
    if wrong:
        raise Invalid(errors=tuple(wrong))
    return rules.view(cart, goods, None, mall.currency)


async def take(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, variant_ids: Sequence[VariantId] | None = None
) -> list[CartEntry]:
    """Take the whole cart, or some variants of it, out; of two takers each line goes to one. One statement."""
    return await store.take(tx, mall_id, member_id, variant_ids)


def _require_distinct(lines: Sequence[CartChange]) -> None:
    seen: set[VariantId] = set()
    for i, line in enumerate(lines):
        if line.variant_id in seen:
            raise Invalid.field(f"lines[{i}].variant_id", "given_twice")
        seen.add(line.variant_id)

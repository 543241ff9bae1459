"""How cart entries, goods and stock become what a screen shows."""

from collections.abc import Mapping, Sequence

from galleria.commerce.carts.model import CartEntry, CartLine, CartShop, CartView, Unavailable
from galleria.foundation.catalog import Sellable
from galleria.kernel.ids import ShopId, VariantId


def view(
    entries: Sequence[CartEntry],
    goods: Sequence[Sellable],
    left: Mapping[VariantId, int] | None,
    currency: str,
) -> CartView:
    """Return the cart by shops, in the order things were added; the total counts what can be bought now.

    `left` is what stock has of each variant, None when it was not asked.
    """
    known = {good.variant_id: good for good in goods}
    shops: dict[ShopId, list[CartLine]] = {}
    for entry in entries:
        good = known.get(entry.variant_id)
        if good is not None:
            stock = None if left is None else left.get(entry.variant_id, 0)
            shops.setdefault(good.shop_id, []).append(line(good, entry.quantity, stock))
    names = {good.shop_id: good for good in goods}
    parts = [
        CartShop(
            shop_id=shop_id,
            shop_zh=names[shop_id].shop_zh,
            shop_en=names[shop_id].shop_en,
            amount_minor=sum(ln.amount_minor for ln in lines if ln.problem is None),
            lines=lines,
        )
        for shop_id, lines in shops.items()
    ]
    return CartView(
        currency=currency,
        shops=parts,
        gone=[entry for entry in entries if entry.variant_id not in known],
        quantity=sum(entry.quantity for entry in entries),
        total_minor=sum(part.amount_minor for part in parts),
    )


def line(good: Sellable, quantity: int, left: int | None) -> CartLine:
    """Return a line at today's price, with why it cannot be bought if so."""
    return CartLine(
        variant_id=good.variant_id,
        product_id=good.product_id,
        kind=good.kind,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=good.option_zh,
        option_en=good.option_en,
        picture=good.picture,
        quantity=quantity,
        unit_price_minor=good.price_minor,
        amount_minor=good.price_minor * quantity,
        left=left,
        problem=problem(quantity, left),
    )


def problem(quantity: int, left: int | None) -> Unavailable | None:
    """Return why so many cannot be bought, or None."""
    if left is None or quantity <= left:
        return None
    return Unavailable.SOLD_OUT if left == 0 else Unavailable.NOT_ENOUGH

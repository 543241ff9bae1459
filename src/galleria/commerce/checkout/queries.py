"""Reading what a cart would cost."""

from datetime import datetime
from uuid import UUID

from galleria.commerce import carts
from galleria.commerce.checkout import rules
from galleria.commerce.checkout.model import Quote, QuoteRequest
from galleria.foundation import catalog
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, MemberId
from galleria.platform.tx import ReadTx
from galleria.value import coupons, discounts


async def quote(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, request: QuoteRequest, now: datetime) -> Quote:
    """Return what the cart, or some of it, costs now, with every coupon the member could use; three statements.

    Stock is not asked: the cart has shown it, and placing settles it.

    With `claim_id` "best" the coupon that takes the most off is applied. Raises NotFound for a claim that is not
    usable by this member.
    """
    mall = await carts.terms(tx, mall_id)
    entries = await carts.entries(tx, mall_id=mall_id, member_id=member_id, variant_ids=request.variant_ids)
    wanted = [entry.variant_id for entry in entries]
    on_sale = {good.variant_id: good for good in await catalog.sellable(tx, mall_id, wanted)}
    goods = [(on_sale[entry.variant_id], entry.quantity) for entry in entries if entry.variant_id in on_sale]
    offers = await coupons.usable(tx, mall_id, member_id, now)
    basket = rules.basket(goods)
    chosen = discounts.best(basket, offers) if request.claim_id == "best" else _claim(request.claim_id)
    priced = discounts.price(basket, offers, chosen)
    gone = [entry for entry in entries if entry.variant_id not in on_sale]
    return rules.quote(goods, gone, priced, mall.currency)


def _claim(given: str | None) -> UUID | None:
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError:
        raise Invalid.field("claim_id", "claim") from None

"""Routes of the cart."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from galleria.commerce.carts import operations, queries
from galleria.commerce.carts.model import CartChange, CartView
from galleria.kernel.ids import MallId
from galleria.platform.http.access import MEMBER
from galleria.platform.http.call import TheCall

CART = "/v1/malls/{mall_id:uuid}/cart"


class CartChanges(msgspec.Struct, frozen=True):
    """The quantities some variants shall have."""

    lines: Annotated[list[CartChange], Meta(min_length=1, max_length=operations.LINES_MAX)]


@get(CART, access=MEMBER, summary="My cart", tags=["cart"])
async def view(call: TheCall, mall_id: FromPath[UUID]) -> CartView:
    """Return the member's cart by shops: today's prices, what is left, and why a line cannot be bought."""
    async with call.db.read() as tx:
        return await queries.view(tx, mall_id=MallId(mall_id), member_id=call.actor.member_id)


@patch(CART, access=MEMBER, summary="Set quantities in my cart", tags=["cart"])
async def change(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CartChanges]) -> CartView:
    """Give some variants a quantity (0 removes) and return the cart; `left` is null, stock is not asked here."""
    mall, member = MallId(mall_id), call.actor.member_id
    return await call.write(
        "carts.change",
        lambda tx: operations.set_lines(tx, mall_id=mall, member_id=member, lines=data.lines, now=call.now),
        returns=CartView,
        mall_id=mall,
        payload=data,
    )


ROUTES = [view, change]

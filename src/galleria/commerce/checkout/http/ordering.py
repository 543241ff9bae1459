"""Routes of ordering: price, place, cancel."""

from datetime import timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from galleria.commerce.checkout import operations, queries
from galleria.commerce.checkout.model import (
    OWN_CHANNELS,
    CancelledOrder,
    Channel,
    EvaluateRequest,
    Evaluation,
    PlacedOrder,
    PlaceRequest,
    ProductOffers,
    Quote,
    QuoteRequest,
)
from galleria.foundation import malls
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, MemberId, OrderId, ProductId
from galleria.platform.actors import ActorKind, Permission
from galleria.platform.http.access import MEMBER, PUBLIC
from galleria.platform.http.call import Call, TheCall
from galleria.value.payments import Providers

MALL = "/v1/malls/{mall_id:uuid}"


@post(
    MALL + "/checkout/quote", access=MEMBER, status_code=200, summary="What my cart costs, and why", tags=["checkout"]
)
async def quote(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[QuoteRequest]) -> Quote:
    """Price the signed-in member's cart with the best coupons, with chosen ones, or with none; changes nothing."""
    _require_own_channel(data.channel)
    async with call.db.read() as tx:
        return await queries.quote(
            tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, request=data, now=call.now
        )


@post(
    MALL + "/offers/evaluate",
    access=PUBLIC,
    status_code=200,
    summary="What any basket costs, and why to the last offer",
    tags=["offers"],
)
async def evaluate(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[EvaluateRequest]) -> Evaluation:
    """Price any basket for the signed-in member or a visitor, with a decision for every offer; changes nothing."""
    async with call.db.read() as tx:
        if data.channel is Channel.STORE and call.actor.kind is ActorKind.STAFF:
            call.actor.reach(Permission.REDEEM, await malls.mall_target(tx, MallId(mall_id)))
        else:
            _require_own_channel(data.channel)
        return await queries.evaluate(tx, mall_id=MallId(mall_id), member_id=_member(call), request=data, now=call.now)


@get(
    MALL + "/products/{product_id:uuid}/offers",
    access=PUBLIC,
    summary="What holds for a product, and what almost does",
    tags=["offers"],
)
async def product_offers(call: TheCall, mall_id: FromPath[UUID], product_id: FromPath[UUID]) -> ProductOffers:
    """Return a product's price with offers and every offer that applies, or would with a little more."""
    async with call.db.read() as tx:
        return await queries.product_offers(
            tx, mall_id=MallId(mall_id), product_id=ProductId(product_id), member_id=_member(call), now=call.now
        )


def _member(call: Call) -> MemberId | None:
    """Return the member who asks, or None for anyone else."""
    return call.actor.member_id if call.actor.kind is ActorKind.MEMBER else None


def _require_own_channel(channel: Channel) -> None:
    if channel not in OWN_CHANNELS:
        raise Invalid.field("channel", "channel_of_staff")


@post(MALL + "/orders", access=MEMBER, summary="Place an order", tags=["checkout"])
async def place(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[PlaceRequest]) -> PlacedOrder:
    """Turn the cart into an order; needs an Idempotency-Key. 409 `total_changed` tells the new price."""
    _require_own_channel(data.channel)
    mall, member = MallId(mall_id), call.actor.member_id
    settings, providers = call.runtime.settings, call.runtime.port(Providers)
    provider = providers.preferred if data.provider is None else providers.get(data.provider)
    if provider is None and data.provider is not None:
        raise Invalid.field("provider", "provider_unknown")
    return await call.write(
        "checkout.place",
        lambda tx: operations.place(
            tx,
            mall_id=mall,
            member_id=member,
            request=data,
            provider=provider,
            origin=settings.origin,
            hold=timedelta(minutes=settings.order_hold_minutes),
            now=call.now,
        ),
        returns=PlacedOrder,
        mall_id=mall,
        payload=data,
        key_required=True,
    )


@post(
    MALL + "/orders/{order_id:uuid}/cancel",
    access=MEMBER,
    status_code=200,
    summary="Cancel an unpaid order",
    tags=["checkout"],
)
async def cancel(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> CancelledOrder:
    """End an order before it is paid; its goods and coupon are given back."""
    mall, member = MallId(mall_id), call.actor.member_id
    return await call.write(
        "checkout.cancel",
        lambda tx: operations.cancel(tx, mall_id=mall, order_id=OrderId(order_id), member_id=member, now=call.now),
        returns=CancelledOrder,
        mall_id=mall,
        payload={"order_id": order_id},
    )


ROUTES = [quote, evaluate, product_offers, place, cancel]

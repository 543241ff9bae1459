"""Routes of checkout: price, place, pay, cancel, and where providers send their notices."""

from datetime import timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from galleria.commerce import orders
from galleria.commerce.checkout import notices, operations, queries
from galleria.commerce.checkout.model import (
    OWN_CHANNELS,
    CancelledOrder,
    Cashier,
    Channel,
    EvaluateRequest,
    Evaluation,
    NoticeAnswer,
    PlacedOrder,
    PlaceRequest,
    ProductOffers,
    Quote,
    QuoteRequest,
)
from galleria.foundation import malls
from galleria.kernel.errors import Invalid, NotFound, Unavailable
from galleria.kernel.ids import MallId, MemberId, OrderId, ProductId
from galleria.platform.actors import ActorKind, Permission
from galleria.platform.http.access import MEMBER, PUBLIC
from galleria.platform.http.call import Call, TheCall
from galleria.value import payments
from galleria.value.payments import Intent, Providers

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
    settings = call.runtime.settings
    return await call.write(
        "checkout.place",
        lambda tx: operations.place(
            tx,
            mall_id=mall,
            member_id=member,
            request=data,
            provider=call.runtime.port(Providers).preferred,
            origin=settings.origin,
            hold=timedelta(minutes=settings.order_hold_minutes),
            now=call.now,
        ),
        returns=PlacedOrder,
        mall_id=mall,
        payload=data,
        key_required=True,
    )


@post(MALL + "/orders/{order_id:uuid}/pay", access=MEMBER, status_code=200, summary="Where to pay", tags=["checkout"])
async def pay(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID]) -> Cashier:
    """Return the cashier's address for an order; after a failed payment, of a fresh attempt."""
    member = call.actor.member_id
    async with call.db.read() as tx:
        intent = await payments.latest_intent(tx, mall_id=MallId(mall_id), order_id=OrderId(order_id))
    if intent is None or intent.member_id != member:
        raise NotFound
    try:
        if not operations.require_payable(intent, call.now):
            intent = await _another(call, intent)
    except operations.OrderNotWaiting as error:
        raise await _why_not(call, intent) from error
    provider = notices.provider_of(call.runtime, intent)
    if provider is None:
        raise Unavailable
    return Cashier(
        cashier_url=operations.pay_at(provider, intent, call.runtime.settings.origin),
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        expires_at=intent.expires_at,
    )


async def _why_not(call: Call, intent: Intent) -> operations.OrderNotWaiting:
    """Return why an order cannot be paid by what the order says: a payment may have come after it had ended."""
    async with call.db.read() as tx:
        order = await orders.get_order(tx, mall_id=intent.mall_id, order_id=intent.order_id, member_id=intent.member_id)
    return operations.not_waiting(order.state)


async def _another(call: Call, failed: Intent) -> Intent:
    """Return a fresh attempt; of two asked for at once both get the one that was opened first."""
    try:
        return await call.write(
            "checkout.pay_again",
            lambda tx: operations.pay_again(tx, failed=failed, now=call.now),
            returns=Intent,
            mall_id=failed.mall_id,
            payload={"failed": failed.id},
        )
    except payments.PaymentOpen:
        async with call.db.read() as tx:
            opened = await payments.latest_intent(tx, mall_id=failed.mall_id, order_id=failed.order_id)
        if opened is None or not operations.require_payable(opened, call.now):
            raise
        return opened


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


@post(
    "/v1/payments/{provider:str}/notices",
    access=PUBLIC,
    status_code=200,
    summary="Where payment providers tell outcomes",
    tags=["payments"],
)
async def receive_notice(call: TheCall, provider: FromPath[str]) -> NoticeAnswer:
    """Take a provider's signed notice; telling it again changes nothing and is answered alike."""
    body = await call.request.body()
    return await notices.receive_notice(
        call.runtime, provider=provider, headers=call.request.headers, body=body, now=call.now
    )


ROUTES = [quote, evaluate, product_offers, place, pay, cancel, receive_notice]

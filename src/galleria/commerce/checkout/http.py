"""Routes of checkout: price, place, pay, cancel, and where providers send their notices."""

from datetime import timedelta
from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from galleria.commerce.checkout import notices, operations, queries
from galleria.commerce.checkout.model import (
    CancelledOrder,
    Cashier,
    NoticeAnswer,
    PlacedOrder,
    PlaceRequest,
    Quote,
    QuoteRequest,
)
from galleria.kernel.errors import NotFound, Unavailable
from galleria.kernel.ids import MallId, OrderId
from galleria.platform.http.access import MEMBER, PUBLIC
from galleria.platform.http.call import Call, TheCall
from galleria.value import payments
from galleria.value.payments import Intent, Providers

MALL = "/v1/malls/{mall_id:uuid}"


@post(
    MALL + "/checkout/quote", access=MEMBER, status_code=200, summary="What my cart costs, and why", tags=["checkout"]
)
async def quote(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[QuoteRequest]) -> Quote:
    """Price the signed-in member's cart with the best coupon, a chosen one, or none; changes nothing."""
    async with call.db.read() as tx:
        return await queries.quote(
            tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, request=data, now=call.now
        )


@post(MALL + "/orders", access=MEMBER, summary="Place an order", tags=["checkout"])
async def place(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[PlaceRequest]) -> PlacedOrder:
    """Turn the cart into an order; needs an Idempotency-Key. 409 `total_changed` tells the new price."""
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
    if not operations.require_payable(intent, call.now):
        intent = await _another(call, intent)
    provider = notices.provider_of(call.runtime, intent)
    if provider is None:
        raise Unavailable
    return Cashier(
        cashier_url=operations.pay_at(provider, intent, call.runtime.settings.origin),
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        expires_at=intent.expires_at,
    )


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


ROUTES = [quote, place, pay, cancel, receive_notice]

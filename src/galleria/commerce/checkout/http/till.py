"""Routes of the till: a payment taken by the code a shopper shows, or in cash."""

from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from galleria.commerce import orders
from galleria.commerce.checkout import notices, operations
from galleria.commerce.checkout.http.paying import why_not
from galleria.commerce.checkout.model import CashRequest, ChargeRequest, Taken
from galleria.foundation import malls
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, MerchantId, OrderId, ShopId, TenderId
from galleria.platform.actors import Permission, Reach
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.value import payments
from galleria.value.payments import Attempt, AttemptState, InPerson, Outcome, Providers, ProviderUnavailable, Result

MALL = "/v1/malls/{mall_id:uuid}"


@post(
    MALL + "/orders/{order_id:uuid}/charge",
    access=STAFF,
    status_code=200,
    summary="Take a payment by the code a shopper shows",
    tags=["checkout"],
)
async def charge(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[ChargeRequest]
) -> Taken:
    """Take an order's payment at a shop's till; `pending` means that the shopper confirms on the phone: ask again."""
    last, _ = await _payable(call, MallId(mall_id), OrderId(order_id), data.shop_id, data.tender_id)
    provider = _in_person(call.runtime.port(Providers).get(data.provider))
    if _is_at_it(last, data):
        outcome = await _ask(call, last)
        if outcome is not Outcome.FAILED:
            return _taken(last, outcome)
    try:
        operations.require_payable(last, call.now)
        attempt = await call.write(
            "checkout.charge",
            lambda tx: operations.pay_again(
                tx, last=last, provider=data.provider, scene=provider.at_till, now=call.now
            ),
            returns=Attempt,
            mall_id=last.mall_id,
            payload={"last": last.id, "provider": data.provider},
            key_required=True,
        )
    except operations.OrderNotWaiting as error:
        raise await why_not(call, last) from error
    return _taken(attempt, await notices.charge(call.runtime, provider, attempt, data.auth_code, call.now))


def _in_person(provider: object) -> InPerson:
    if not isinstance(provider, InPerson):
        raise Invalid.field("provider", "provider_unknown")
    return provider


def _is_at_it(last: Attempt, data: ChargeRequest) -> bool:
    """Return whether this provider was asked at the till before and has not said yet how it went."""
    tried = last.state in {AttemptState.STARTED, AttemptState.UNKNOWN}
    return tried and last.provider == data.provider and last.scene in payments.IN_PERSON


async def _ask(call: Call, attempt: Attempt) -> Outcome:
    try:
        return await notices.ask(call.runtime, attempt, call.now)
    except ProviderUnavailable:
        return Outcome.PENDING


def _taken(attempt: Attempt, went: Result | Outcome) -> Taken:
    done = went in {Result.SUCCEEDED, Result.DUPLICATE, Outcome.SUCCEEDED}
    return Taken(attempt.order_id, attempt.tender_id, attempt.amount_minor, attempt.currency, pending=not done)


@post(
    MALL + "/orders/{order_id:uuid}/cash",
    access=STAFF,
    status_code=200,
    summary="Take a payment in cash",
    tags=["checkout"],
)
async def cash(call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[CashRequest]) -> Taken:
    """Record that an order, or one tender of it, was paid in cash at a shop's till; needs an Idempotency-Key."""
    mall = MallId(mall_id)
    attempt, merchant_id = await _payable(call, mall, OrderId(order_id), data.shop_id, data.tender_id)
    try:
        await call.write(
            "checkout.cash",
            lambda tx: operations.take_cash(tx, attempt=attempt, holder_id=merchant_id, now=call.now),
            returns=bool,
            mall_id=mall,
            payload={"order_id": order_id, "tender_id": attempt.tender_id, "shop_id": data.shop_id},
            key_required=True,
        )
    except operations.OrderNotWaiting as error:
        raise await why_not(call, attempt) from error
    return _taken(attempt, Result.SUCCEEDED)


async def _payable(
    call: Call, mall_id: MallId, order_id: OrderId, shop_id: ShopId, tender_id: TenderId | None
) -> tuple[Attempt, MerchantId]:
    """Return what is to be paid of an order with goods of this shop, and whose till it is."""
    async with call.db.read() as tx:
        call.actor.require(Permission.PAYMENT_TAKE, await malls.shop_target(tx, mall_id, shop_id))
        reach = Reach(everything=False, merchant_ids=[], shop_ids=[shop_id])
        order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, reach=reach)
        attempt = await payments.last_attempt(tx, mall_id=mall_id, order_id=order_id, tender_id=tender_id)
    if attempt is None or not order.sub_orders:
        raise NotFound
    return attempt, order.sub_orders[0].merchant_id


ROUTES = [charge, cash]

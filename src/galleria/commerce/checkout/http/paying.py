"""Routes of paying: which ways there are, where to pay, and where providers send their notices."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from galleria.commerce import orders
from galleria.commerce.checkout import notices, operations
from galleria.commerce.checkout.model import Cashier, PayRequest, PayWay, PayWays
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, OrderId
from galleria.platform.http.access import MEMBER, PUBLIC
from galleria.platform.http.call import Call, TheCall
from galleria.value import payments
from galleria.value.payments import Attempt, Payer, PaymentProvider, Providers, Scene

MALL = "/v1/malls/{mall_id:uuid}"


@get(MALL + "/payment-providers", access=PUBLIC, summary="Ways to pay in this browser", tags=["payments"])
async def list_ways(call: TheCall, mall_id: FromPath[UUID]) -> PayWays:  # noqa: ARG001 - all malls take the same
    """Return the payment companies and the scenes of each that this browser can do, the one to propose first."""
    agent = call.request.headers.get("user-agent", "")
    found = [PayWay(one.name, list(payments.scenes_for(one, agent))) for one in call.runtime.port(Providers)]
    return PayWays([way for way in found if way.scenes])


@post(MALL + "/orders/{order_id:uuid}/pay", access=MEMBER, status_code=200, summary="Where to pay", tags=["checkout"])
async def pay(
    call: TheCall, mall_id: FromPath[UUID], order_id: FromPath[UUID], data: JSONBody[PayRequest | None] = None
) -> Cashier:
    """Return how to pay an order, or one tender of it; another provider or scene, or a failed try, opens an attempt."""
    wanted = data or PayRequest()
    async with call.db.read() as tx:
        attempt = await payments.last_attempt(
            tx, mall_id=MallId(mall_id), order_id=OrderId(order_id), tender_id=wanted.tender_id
        )
    if attempt is None or attempt.member_id != call.actor.member_id:
        raise NotFound
    attempt, provider = await _attempt(call, attempt, wanted)
    back = operations.return_url(call.runtime.settings.origin, attempt.order_id)
    payer = Payer(
        return_url=back,
        page_url=f"{back}/paying?provider={attempt.provider}&scene={attempt.scene}&tender={attempt.tender_id}",
        address=call.address,
        code=wanted.code,
    )
    started = await notices.start(call.runtime, provider, attempt, payer, call.now)
    return Cashier(
        attempt_id=attempt.id,
        tender_id=attempt.tender_id,
        provider=attempt.provider,
        scene=attempt.scene,
        redirect_url=started.redirect_url,
        qr=started.qr,
        params=started.params,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        expires_at=attempt.expires_at,
    )


async def _attempt(call: Call, last: Attempt, wanted: PayRequest) -> tuple[Attempt, PaymentProvider]:
    """Return the attempt to pay by, at whom the shopper wants: the open one when it fits, or another."""
    provider, scene = _choice(call, last, wanted)
    try:
        operations.require_payable(last, call.now)
        if last.state.is_open and (last.provider, last.scene) == (provider.name, scene):
            return last, provider
        return await _another(call, last, provider.name, scene), provider
    except operations.OrderNotWaiting as error:
        raise await why_not(call, last) from error


def _choice(call: Call, last: Attempt, wanted: PayRequest) -> tuple[PaymentProvider, Scene]:
    """Return the provider and the scene asked for; what is left open is as it was, or as fits the browser."""
    provider = call.runtime.port(Providers).get(wanted.provider or last.provider)
    if provider is None:
        raise Invalid.field("provider", "provider_unknown")
    fitting = payments.scenes_for(provider, call.request.headers.get("user-agent", ""))
    kept = last.scene if last.provider == provider.name else None
    scene = wanted.scene or kept or next(iter(fitting), None)
    if scene is None or scene not in provider.scenes or scene in payments.IN_PERSON:
        raise Invalid.field("scene", "scene_not_offered")
    return provider, scene


async def why_not(call: Call, attempt: Attempt) -> operations.OrderNotWaiting:
    """Return why an order cannot be paid by what the order says: a payment may have come after it had ended."""
    async with call.db.read() as tx:
        order = await orders.get_order(
            tx, mall_id=attempt.mall_id, order_id=attempt.order_id, member_id=attempt.member_id
        )
    return operations.not_waiting(order.state)


async def _another(call: Call, last: Attempt, provider: str, scene: Scene) -> Attempt:
    """Return a fresh attempt; of two asked for at once both get the one that was opened first."""
    try:
        return await call.write(
            "checkout.pay_again",
            lambda tx: operations.pay_again(tx, last=last, provider=provider, scene=scene, now=call.now),
            returns=Attempt,
            mall_id=last.mall_id,
            payload={"last": last.id, "provider": provider, "scene": scene},
        )
    except payments.PaymentOpen:
        async with call.db.read() as tx:
            opened = await payments.last_attempt(
                tx, mall_id=last.mall_id, order_id=last.order_id, tender_id=last.tender_id
            )
        if opened is None:
            raise
        operations.require_payable(opened, call.now)
        if not opened.state.is_open or (opened.provider, opened.scene) != (provider, scene):
            raise
        return opened


@post(
    "/v1/payments/{provider:str}/notices",
    access=PUBLIC,
    status_code=200,
    summary="Where payment providers tell outcomes",
    tags=["payments"],
)
async def receive_notice(call: TheCall, provider: FromPath[str]) -> Response[bytes]:
    """Take a provider's signed notice; telling it again changes nothing and is answered alike."""
    body = await call.request.body()
    answer = await notices.receive_notice(
        call.runtime, provider=provider, headers=call.request.headers, body=body, now=call.now
    )
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type)


ROUTES = [list_ways, pay, receive_notice]

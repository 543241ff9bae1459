"""Routes of couriers: the mall that compares and watches them, their notices, and the shopper who waits."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce.couriers import notices, queries
from galleria.commerce.couriers.model import (
    CalledOff,
    Companies,
    Comparison,
    CourierPolicy,
    CourierPolicyInput,
    PolicyView,
    RequestId,
    RequestMoved,
    RequestState,
    RequestView,
    TipRequest,
)
from galleria.commerce.couriers.operations import asking, hearing
from galleria.foundation import malls
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShipmentId
from galleria.kernel.paging import Page
from galleria.kernel.places import Whereabouts
from galleria.platform.actors import Permission
from galleria.platform.http.access import MEMBER, PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

MALL = "/v1/malls/{mall_id:uuid}"
COURIERS = MALL + "/couriers"
REQUEST = COURIERS + "/requests/{request_id:uuid}"
TAGS = ["couriers"]


@get(COURIERS + "/policy", access=STAFF, summary="How couriers are chosen", tags=TAGS)
async def get_policy(call: TheCall, mall_id: FromPath[UUID]) -> PolicyView:
    """Return what the mall has decided about couriers, and the companies it can choose from."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.policy_view(tx, mall_id=mall, companies=call.runtime.port(Companies))


@put(COURIERS + "/policy", access=STAFF, summary="Decide how couriers are chosen", tags=TAGS)
async def set_policy(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CourierPolicyInput]) -> PolicyView:
    """Set the companies to work with, the preferred first, which quote is taken, and when another is asked."""
    mall, companies = await _manage(call, mall_id), call.runtime.port(Companies)
    await call.write(
        "couriers.set_policy",
        lambda tx: asking.set_policy(tx, mall_id=mall, new=data, known=companies.names, now=call.now),
        returns=CourierPolicy,
        mall_id=mall,
        payload=data,
    )
    async with call.db.read() as tx:
        return await queries.policy_view(tx, mall_id=mall, companies=companies)


@get(COURIERS + "/comparison", access=STAFF, summary="Couriers side by side", tags=TAGS)
async def compare(
    call: TheCall,
    mall_id: FromPath[UUID],
    first: Annotated[date, QueryParameter(name="from")],
    last: Annotated[date, QueryParameter(name="to")],
) -> Comparison:
    """Compare prices, time until a courier takes it, punctuality, troubles and costs, over days of the mall."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        companies = call.runtime.port(Companies)
        return await queries.compare(tx, mall_id=mall, first=first, last=last, companies=companies)


@get(COURIERS + "/requests", access=STAFF, summary="What couriers carry", tags=TAGS)
async def list_requests(
    call: TheCall,
    mall_id: FromPath[UUID],
    request_state: Annotated[RequestState | None, QueryParameter(name="state")] = None,
    live: FromQuery[bool | None] = None,
    company: Annotated[str | None, QueryParameter(max_length=40)] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[RequestView]:
    """List requests with their quotes and runs, the newest first; `live` are those under way."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.list_requests(
            tx,
            mall_id=mall,
            state=request_state,
            live=bool(live),
            company=company,
            cursor=cursor,
            limit=limit,
            now=call.now,
        )


@get(REQUEST, access=STAFF, summary="One request", tags=TAGS)
async def get_request(call: TheCall, mall_id: FromPath[UUID], request_id: FromPath[UUID]) -> RequestView:
    """Return a request with the quotes it got and every run it had."""
    mall = await _manage(call, mall_id)
    return await _shown(call, mall, RequestId(request_id))


@post(REQUEST + "/cancel", access=STAFF, status_code=200, summary="Call a request off", tags=TAGS)
async def cancel(
    call: TheCall, mall_id: FromPath[UUID], request_id: FromPath[UUID], data: JSONBody[CalledOff]
) -> RequestView:
    """Call a request off, which may cost a fee; the company's answer shows later. Needs an Idempotency-Key."""
    mall, wanted = await _manage(call, mall_id), RequestId(request_id)

    async def call_off(tx: Tx) -> bool:
        request = await queries.find_request(tx, mall_id=mall, request_id=wanted)
        if request.ended_at is not None:
            raise RequestMoved(state=request.state.value)
        await asking.cancel(
            tx, mall_id=mall, shipment_id=request.shipment_id, reason=data.reason or "called_off", now=call.now
        )
        return True

    payload = {"request_id": request_id, "reason": data.reason}
    await call.write("couriers.cancel", call_off, returns=bool, mall_id=mall, payload=payload, key_required=True)
    return await _shown(call, mall, wanted)


@post(REQUEST + "/tip", access=STAFF, status_code=200, summary="Raise the tip", tags=TAGS)
async def raise_tip(
    call: TheCall, mall_id: FromPath[UUID], request_id: FromPath[UUID], data: JSONBody[TipRequest]
) -> RequestView:
    """Raise the courier's tip to this much in all. Needs an Idempotency-Key."""
    mall, wanted = await _manage(call, mall_id), RequestId(request_id)
    await call.write(
        "couriers.raise_tip",
        lambda tx: hearing.raise_tip(tx, mall_id=mall, request_id=wanted, tip_minor=data.tip_minor),
        returns=UUID,
        mall_id=mall,
        payload={"request_id": request_id, "tip_minor": data.tip_minor},
        key_required=True,
    )
    return await _shown(call, mall, wanted)


@post(REQUEST + "/returned", access=STAFF, status_code=200, summary="Goods are back", tags=TAGS)
async def received_back(call: TheCall, mall_id: FromPath[UUID], request_id: FromPath[UUID]) -> RequestView:
    """Confirm that what could not be delivered is back in the shop. Needs an Idempotency-Key."""
    mall, wanted = await _manage(call, mall_id), RequestId(request_id)
    await call.write(
        "couriers.received_back",
        lambda tx: hearing.received_back(tx, mall_id=mall, request_id=wanted, now=call.now),
        returns=UUID,
        mall_id=mall,
        payload={"request_id": request_id},
        key_required=True,
    )
    return await _shown(call, mall, wanted)


@get(MALL + "/me/shipments/{shipment_id:uuid}/courier", access=MEMBER, summary="The courier of my goods", tags=TAGS)
async def my_courier(call: TheCall, mall_id: FromPath[UUID], shipment_id: FromPath[UUID]) -> Whereabouts:
    """Return where the courier with the member's goods is; 404 unless one is on the way with them."""
    async with call.db.read() as tx:
        return await queries.whereabouts(
            tx,
            mall_id=MallId(mall_id),
            shipment_id=ShipmentId(shipment_id),
            member_id=call.actor.member_id,
            now=call.now,
        )


@post("/v1/couriers/{company:str}/notices", access=PUBLIC, include_in_schema=False)
async def take_notice(call: TheCall, company: FromPath[str]) -> Response[bytes]:
    """Hear a company; its signature is what lets it in, and the answer is in its own words."""
    found = call.runtime.port(Companies).get(company)
    if found is None:
        raise NotFound
    body = await call.request.body()
    answer = await notices.receive(call.runtime, company=found, headers=call.request.headers, body=body, now=call.now)
    return Response(answer.body, status_code=answer.status, media_type=answer.kind)


async def _shown(call: Call, mall: MallId, request_id: RequestId) -> RequestView:
    async with call.db.read() as tx:
        return await queries.get_request(tx, mall_id=mall, request_id=request_id, now=call.now)


async def _manage(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to manage its delivery."""
    async with call.db.read() as tx:
        call.actor.require(Permission.DELIVERY_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return MallId(mall_id)


ROUTES = [
    get_policy, set_policy, compare, list_requests, get_request, cancel, raise_tip, received_back, my_courier,
    take_notice,
]  # fmt: skip

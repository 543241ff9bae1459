"""Routes of coupons: the shopper's list, claiming, the member's wallet, and the makers' side."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.kernel.ids import CouponId, MallId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import ActorKind
from galleria.platform.http.access import MEMBER, PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.value.coupons import operations, queries
from galleria.value.coupons.model import (
    Claim,
    ClaimState,
    Coupon,
    CouponChange,
    CouponInput,
    CouponOffer,
    CouponState,
    MyClaim,
)


class StateChange(msgspec.Struct, frozen=True):
    """The state a coupon should take."""

    state: CouponState


class Changed(msgspec.Struct, frozen=True):
    """Which coupon a command was about, and what it asked for; kept in the journal."""

    coupon_id: UUID
    change: CouponChange | StateChange | None = None


@get("/v1/malls/{mall_id:uuid}/coupons", access=PUBLIC, summary="Coupons to claim", tags=["coupons"])
async def list_offers(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[CouponOffer]:
    """Return the coupons on offer, soonest ending first; for a signed-in member with what they hold and may claim."""
    async with call.db.read() as tx:
        return await queries.list_offers(
            tx,
            mall_id=MallId(mall_id),
            member_id=_member(call),
            shop_id=None if shop is None else ShopId(shop),
            now=call.now,
            cursor=cursor,
            limit=limit,
        )


@get(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}", access=PUBLIC, summary="One coupon to claim", tags=["coupons"]
)
async def get_offer(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID]) -> CouponOffer:
    """Return one coupon as a shopper sees it; drafts are not found."""
    async with call.db.read() as tx:
        return await queries.get_offer(
            tx, mall_id=MallId(mall_id), coupon_id=CouponId(coupon_id), member_id=_member(call), now=call.now
        )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/claims",
    access=MEMBER,
    summary="Claim a coupon",
    tags=["coupons"],
)
async def claim(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID]) -> Claim:
    """Give the signed-in member one claim of the coupon. Needs an Idempotency-Key."""
    command = call.command(
        "coupons.claim", mall_id=MallId(mall_id), payload=Changed(coupon_id=coupon_id), key_required=True
    )
    return await operations.claim(call.runtime, command, coupon_id=CouponId(coupon_id))


@get("/v1/malls/{mall_id:uuid}/me/coupons", access=MEMBER, summary="My coupons", tags=["coupons"])
async def my_claims(
    call: TheCall,
    mall_id: FromPath[UUID],
    claim_state: Annotated[ClaimState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[MyClaim]:
    """Return the member's own coupons, newest first."""
    async with call.db.read() as tx:
        return await queries.my_claims(
            tx,
            mall_id=MallId(mall_id),
            member_id=call.actor.member_id,
            state=claim_state,
            now=call.now,
            cursor=cursor,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/coupons/manage", access=STAFF, summary="Coupons to manage", tags=["coupons"])
async def list_managed(
    call: TheCall,
    mall_id: FromPath[UUID],
    coupon_state: Annotated[CouponState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[Coupon]:
    """Return the coupons the signed-in staff may manage, newest first, drafts included."""
    async with call.db.read() as tx:
        return await queries.list_managed(
            tx, actor=call.actor, mall_id=MallId(mall_id), state=coupon_state, cursor=cursor, limit=limit
        )


@post("/v1/malls/{mall_id:uuid}/coupons/manage", access=STAFF, summary="Write a coupon", tags=["coupons"])
async def create(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CouponInput]) -> Coupon:
    """Create a coupon as a draft. Merchant managers may only write what their own merchant funds for its shops."""
    mall = MallId(mall_id)
    return await call.write(
        "coupons.create",
        lambda tx: operations.create(tx, actor=call.actor, mall_id=mall, coupon=data, now=call.now),
        returns=Coupon,
        mall_id=mall,
        payload=data,
    )


@patch("/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}", access=STAFF, summary="Change a coupon", tags=["coupons"])
async def update(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[CouponChange]
) -> Coupon:
    """Change a draft as you like, a live coupon only by raising its total or making it last longer."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.update",
        lambda tx: operations.update(tx, actor=call.actor, mall_id=mall, coupon_id=coupon, change=data, now=call.now),
        returns=Coupon,
        mall_id=mall,
        payload=Changed(coupon_id, data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/state",
    access=STAFF,
    summary="Publish, pause or end a coupon",
    tags=["coupons"],
    status_code=200,
)
async def set_state(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[StateChange]
) -> Coupon:
    """Move a coupon to another state of its life."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.set_state",
        lambda tx: operations.set_state(
            tx, actor=call.actor, mall_id=mall, coupon_id=coupon, state=data.state, now=call.now
        ),
        returns=Coupon,
        mall_id=mall,
        payload=Changed(coupon_id, data),
    )


def _member(call: Call) -> UUID | None:
    return call.actor.id if call.actor.kind is ActorKind.MEMBER else None


ROUTES = [list_offers, get_offer, claim, my_claims, list_managed, create, update, set_state]

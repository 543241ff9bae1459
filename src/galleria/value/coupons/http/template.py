"""Routes of coupons as such: what shoppers see of them, and the makers' side."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from galleria.kernel.ids import CouponId, MallId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.value.coupons import queries
from galleria.value.coupons.model.managed import ManagedCoupon
from galleria.value.coupons.model.pool import Pools
from galleria.value.coupons.model.template import Coupon, CouponChange, CouponInput, CouponOffer, CouponState
from galleria.value.coupons.operations import pool, template


class StateChange(msgspec.Struct, frozen=True):
    """The state a coupon should take."""

    state: CouponState


class Restore(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version whose words a coupon should have again."""

    version: Annotated[int, Meta(ge=1)]


class Changed(msgspec.Struct, frozen=True):
    """Which coupon a command was about, and what it asked for; kept in the journal."""

    coupon_id: UUID
    change: CouponChange | StateChange | Restore | Pools


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
            member_id=call.member_id,
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
            tx, mall_id=MallId(mall_id), coupon_id=CouponId(coupon_id), member_id=call.member_id, now=call.now
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


@get(
    "/v1/malls/{mall_id:uuid}/coupons/manage/{coupon_id:uuid}",
    access=STAFF,
    summary="One coupon to manage",
    tags=["coupons"],
)
async def get_managed(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID]) -> ManagedCoupon:
    """Return a coupon with its versions, its pools, and how many were issued by each way and stand in each state."""
    async with call.db.read() as tx:
        return await queries.get_managed(tx, actor=call.actor, mall_id=MallId(mall_id), coupon_id=CouponId(coupon_id))


@post("/v1/malls/{mall_id:uuid}/coupons/manage", access=STAFF, summary="Write a coupon", tags=["coupons"])
async def create(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CouponInput]) -> Coupon:
    """Create a coupon as a draft. Merchant managers may only write what their own merchant funds for its shops."""
    mall = MallId(mall_id)
    return await call.write(
        "coupons.create",
        lambda tx: template.create(tx, actor=call.actor, mall_id=mall, coupon=data, now=call.now),
        returns=Coupon,
        mall_id=mall,
        payload=data,
    )


@patch("/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}", access=STAFF, summary="Change a coupon", tags=["coupons"])
async def update(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[CouponChange]
) -> Coupon:
    """Change a draft at once; of a published coupon write the next version, in force when it is launched."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.update",
        lambda tx: template.update(tx, actor=call.actor, mall_id=mall, coupon_id=coupon, change=data, now=call.now),
        returns=Coupon,
        mall_id=mall,
        payload=Changed(coupon_id, data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/state",
    access=STAFF,
    summary="Pause, resume or end a coupon",
    tags=["coupons"],
    status_code=200,
)
async def set_state(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[StateChange]
) -> Coupon:
    """Pause, resume or end a coupon. It goes live only in a version that was approved by a launch."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.set_state",
        lambda tx: template.set_state(
            tx, actor=call.actor, mall_id=mall, coupon_id=coupon, state=data.state, now=call.now
        ),
        returns=Coupon,
        mall_id=mall,
        payload=Changed(coupon_id, data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/restore",
    access=STAFF,
    summary="Give a coupon the words of an earlier version",
    tags=["coupons"],
    status_code=200,
)
async def restore(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[Restore]) -> Coupon:
    """Write an earlier version anew as the latest one: at once for a draft, else in force when it is launched."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.restore",
        lambda tx: template.restore(
            tx, actor=call.actor, mall_id=mall, coupon_id=coupon, version=data.version, now=call.now
        ),
        returns=Coupon,
        mall_id=mall,
        payload=Changed(coupon_id, data),
    )


@put(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/pools",
    access=STAFF,
    summary="Divide a coupon's total",
    tags=["coupons"],
)
async def set_pools(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[Pools]
) -> ManagedCoupon:
    """Give a draft its pools, in place of those it had."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.set_pools",
        lambda tx: pool.set_pools(tx, actor=call.actor, mall_id=mall, coupon_id=coupon, pools=data),
        returns=ManagedCoupon,
        mall_id=mall,
        payload=Changed(coupon_id, data),
    )


ROUTES = [list_offers, get_offer, list_managed, get_managed, create, update, set_state, restore, set_pools]

"""Routes of pushes."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall
from galleria.value.coupons import queries
from galleria.value.coupons.model.push import NewPush, Push, PushPreview
from galleria.value.coupons.operations import push


class PushOf(msgspec.Struct, frozen=True):
    """A push asked for, as the journal keeps it."""

    coupon_id: UUID
    push: NewPush


class OnePush(msgspec.Struct, frozen=True):
    """Which push a command was about; kept in the journal."""

    push_id: UUID


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/pushes/preview",
    access=STAFF,
    summary="How many a push would reach",
    tags=["coupons"],
    status_code=200,
)
async def preview(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[NewPush]
) -> PushPreview:
    """Return how many members a segment has and how many coupons are left for them."""
    async with call.db.read() as tx:
        return await push.preview(
            tx, actor=call.actor, mall_id=MallId(mall_id), coupon_id=CouponId(coupon_id), new=data, now=call.now
        )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/pushes",
    access=STAFF,
    summary="Send a coupon to a segment",
    tags=["coupons"],
)
async def begin(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[NewPush]) -> Push:
    """Begin to give a coupon to every member of a segment, each once; a job does it. Needs a key."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.push",
        lambda tx: push.begin(tx, actor=call.actor, mall_id=mall, coupon_id=coupon, new=data, now=call.now),
        returns=Push,
        mall_id=mall,
        payload=PushOf(coupon_id, data),
        key_required=True,
    )


@get(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/pushes",
    access=STAFF,
    summary="A coupon's pushes",
    tags=["coupons"],
)
async def list_pushes(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID]) -> list[Push]:
    """Return a coupon's pushes, newest first, and how far each is."""
    async with call.db.read() as tx:
        return await queries.list_pushes(tx, actor=call.actor, mall_id=MallId(mall_id), coupon_id=CouponId(coupon_id))


@post(
    "/v1/malls/{mall_id:uuid}/coupons/pushes/{push_id:uuid}/stop",
    access=STAFF,
    summary="Stop a push",
    tags=["coupons"],
    status_code=200,
)
async def stop(call: TheCall, mall_id: FromPath[UUID], push_id: FromPath[UUID]) -> Push:
    """Give nothing more out by a push; who has got the coupon keeps it."""
    mall = MallId(mall_id)
    return await call.write(
        "coupons.stop_push",
        lambda tx: push.stop(tx, actor=call.actor, mall_id=mall, push_id=push_id, now=call.now),
        returns=Push,
        mall_id=mall,
        payload=OnePush(push_id),
    )


ROUTES = [preview, begin, list_pushes, stop]

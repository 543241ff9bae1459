"""Routes of posters."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from galleria.kernel.ids import CouponId, MallId
from galleria.platform.http.access import MEMBER, PUBLIC, STAFF
from galleria.platform.http.call import TheCall
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim
from galleria.value.coupons.model.poster import NewPoster, Poster
from galleria.value.coupons.model.template import CouponOffer
from galleria.value.coupons.operations import poster


class PosterOf(msgspec.Struct, frozen=True):
    """A poster asked for, as the journal keeps it."""

    coupon_id: UUID
    poster: NewPoster


class OnePoster(msgspec.Struct, frozen=True):
    """Which poster a command was about; kept in the journal."""

    poster_id: UUID


class Scanned(msgspec.Struct, frozen=True):
    """The token of a poster that was scanned; it hangs on a wall and is no secret."""

    token: str


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/posters",
    access=STAFF,
    summary="Put a coupon on a poster",
    tags=["coupons"],
)
async def make(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[NewPoster]) -> Poster:
    """Make the token behind a poster's QR code."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.make_poster",
        lambda tx: poster.make(tx, actor=call.actor, mall_id=mall, coupon_id=coupon, new=data, now=call.now),
        returns=Poster,
        mall_id=mall,
        payload=PosterOf(coupon_id, data),
    )


@get(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/posters",
    access=STAFF,
    summary="A coupon's posters",
    tags=["coupons"],
)
async def list_posters(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID]) -> list[Poster]:
    """Return a coupon's posters, newest first, with how many members got it by each."""
    async with call.db.read() as tx:
        return await queries.list_posters(tx, actor=call.actor, mall_id=MallId(mall_id), coupon_id=CouponId(coupon_id))


@post(
    "/v1/malls/{mall_id:uuid}/coupons/posters/{poster_id:uuid}/close",
    access=STAFF,
    summary="Close a poster",
    tags=["coupons"],
    status_code=200,
)
async def close(call: TheCall, mall_id: FromPath[UUID], poster_id: FromPath[UUID]) -> Poster:
    """Give nothing out by a poster any more: it was copied, or is taken down."""
    mall = MallId(mall_id)
    return await call.write(
        "coupons.close_poster",
        lambda tx: poster.close(tx, actor=call.actor, mall_id=mall, poster_id=poster_id, now=call.now),
        returns=Poster,
        mall_id=mall,
        payload=OnePoster(poster_id),
    )


@get("/v1/malls/{mall_id:uuid}/posters/{token:str}", access=PUBLIC, summary="What a poster offers", tags=["coupons"])
async def show(call: TheCall, mall_id: FromPath[UUID], token: FromPath[str]) -> CouponOffer:
    """Return the coupon behind a poster's QR code; that of a closed poster is not found."""
    async with call.db.read() as tx:
        return await queries.on_poster(tx, mall_id=MallId(mall_id), token=token, member_id=call.member_id, now=call.now)


@post(
    "/v1/malls/{mall_id:uuid}/me/coupons/posters/{token:str}",
    access=MEMBER,
    summary="Get the coupon of a poster",
    tags=["coupons"],
)
async def scan(call: TheCall, mall_id: FromPath[UUID], token: FromPath[str]) -> Claim:
    """Give the member the coupon behind a poster's QR code. Needs a key."""
    command = call.command("coupons.scan_poster", mall_id=MallId(mall_id), payload=Scanned(token), key_required=True)
    return await poster.scan(call.runtime, command, token=token, device=call.device)


ROUTES = [make, list_posters, close, show, scan]

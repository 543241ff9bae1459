"""Routes of the shopper: the card, the bags of a day, where they should go, who else may collect, claims."""

from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from galleria.foundation import malls, media
from galleria.kernel.ids import MallId
from galleria.kernel.paging import Page
from galleria.onsite.handsfree import queries
from galleria.onsite.handsfree.http.scanning import BagPictureForm, store_picture
from galleria.onsite.handsfree.model import (
    BagCard,
    BagClaim,
    BagProxy,
    BagWish,
    MyBagTrip,
    NewBagClaim,
    NewBagProxy,
    PublicBagProxy,
)
from galleria.onsite.handsfree.operations import claims, collecting, sealing
from galleria.platform.auth import attempts
from galleria.platform.http.access import MEMBER, PUBLIC
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit

LOOKS_MAX = 60
LOOKS_WINDOW_S = 300


class TripKept(msgspec.Struct, frozen=True):
    """Which trip a command was about, and what it asked for; kept in the journal."""

    trip_id: UUID
    wish: BagWish | None = None
    proxy: NewBagProxy | None = None
    proxy_id: UUID | None = None


class ClaimKept(msgspec.Struct, frozen=True):
    """Which bag is claimed for, and how; kept in the journal."""

    bag_id: UUID
    claim: NewBagClaim


@post("/v1/malls/{mall_id:uuid}/me/bag-card", access=MEMBER, status_code=200, summary="My card", tags=["hands-free"])
async def my_card(call: TheCall, mall_id: FromPath[UUID]) -> BagCard:
    """Return the code by which shops know the member, the same number ever after."""
    mall, member_id = MallId(mall_id), call.actor.member_id
    serial = await call.write(
        "handsfree.card",
        lambda tx: sealing.card(tx, mall_id=mall, member_id=member_id, now=call.now),
        returns=str,
        mall_id=mall,
    )
    return queries.card(call.runtime.signer, mall, member_id, serial, call.now)


@get("/v1/malls/{mall_id:uuid}/me/trips", access=MEMBER, summary="My bags", tags=["hands-free"])
async def my_trips(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 10
) -> Page[MyBagTrip]:
    """Return the member's trips with their bags and where each is, the newest first."""
    async with call.db.read() as tx:
        return await queries.my_trips(
            tx,
            mall_id=MallId(mall_id),
            member_id=call.actor.member_id,
            signer=call.runtime.signer,
            now=call.now,
            cursor=cursor,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/me/trips/{trip_id:uuid}", access=MEMBER, summary="My bags of a day", tags=["hands-free"])
async def my_trip(call: TheCall, mall_id: FromPath[UUID], trip_id: FromPath[UUID]) -> MyBagTrip:
    """Return one of the member's trips."""
    return await _trip(call, MallId(mall_id), trip_id)


async def _trip(call: Call, mall: MallId, trip_id: UUID) -> MyBagTrip:
    async with call.db.read() as tx:
        return await queries.my_trip(
            tx,
            mall_id=mall,
            member_id=call.actor.member_id,
            trip_id=trip_id,
            signer=call.runtime.signer,
            now=call.now,
        )


@put(
    "/v1/malls/{mall_id:uuid}/me/trips/{trip_id:uuid}/wish", access=MEMBER, summary="Where my bags should go",
    tags=["hands-free"],
)  # fmt: skip
async def wish(call: TheCall, mall_id: FromPath[UUID], trip_id: FromPath[UUID], data: JSONBody[BagWish]) -> MyBagTrip:
    """Have the bags wait at a desk, or brought to the car."""
    mall = MallId(mall_id)
    await call.write(
        "handsfree.wish",
        lambda tx: collecting.wish(
            tx, mall_id=mall, member_id=call.actor.member_id, trip_id=trip_id, wanted=data, now=call.now
        ),
        returns=bool,
        mall_id=mall,
        payload=TripKept(trip_id, wish=data),
    )
    return await _trip(call, mall, trip_id)


@post(
    "/v1/malls/{mall_id:uuid}/me/trips/{trip_id:uuid}/proxies", access=MEMBER, summary="Let somebody collect",
    tags=["hands-free"],
)  # fmt: skip
async def add_proxy(
    call: TheCall, mall_id: FromPath[UUID], trip_id: FromPath[UUID], data: JSONBody[NewBagProxy]
) -> BagProxy:
    """Let somebody else collect the bags, once; the answer has the code to pass on."""
    mall = MallId(mall_id)
    made = await call.write(
        "handsfree.add_proxy",
        lambda tx: collecting.add_proxy(
            tx, mall_id=mall, member_id=call.actor.member_id, trip_id=trip_id, new=data, now=call.now,
            signer=call.runtime.signer,
        ),
        returns=UUID,
        mall_id=mall,
        payload=TripKept(trip_id, proxy=data),
    )  # fmt: skip
    trip = await _trip(call, mall, trip_id)
    return next(proxy for proxy in trip.proxies if proxy.id == made)


@post(
    "/v1/malls/{mall_id:uuid}/me/trips/{trip_id:uuid}/proxies/{proxy_id:uuid}/revoke", access=MEMBER,
    status_code=200, summary="Take a proxy's code back", tags=["hands-free"],
)  # fmt: skip
async def revoke_proxy(
    call: TheCall, mall_id: FromPath[UUID], trip_id: FromPath[UUID], proxy_id: FromPath[UUID]
) -> MyBagTrip:
    """Take a proxy's code back before it is used."""
    mall = MallId(mall_id)
    await call.write(
        "handsfree.revoke_proxy",
        lambda tx: collecting.revoke_proxy(
            tx, mall_id=mall, member_id=call.actor.member_id, trip_id=trip_id, proxy_id=proxy_id, now=call.now
        ),
        returns=bool,
        mall_id=mall,
        payload=TripKept(trip_id, proxy_id=proxy_id),
    )
    return await _trip(call, mall, trip_id)


@post("/v1/malls/{mall_id:uuid}/me/bags/pictures", access=MEMBER, summary="A claim's picture", tags=["hands-free"])
async def upload(call: TheCall, mall_id: FromPath[UUID], data: MultipartBody[BagPictureForm]) -> media.Picture:
    """Store a picture of what went wrong and return its name."""
    async with call.db.read() as tx:
        await malls.group_of(tx, MallId(mall_id))
    await attempts.count(
        call.db, bucket=f"bag-pictures:{call.actor.member_id}", limit=LOOKS_MAX, window_s=LOOKS_WINDOW_S, now=call.now
    )
    return await store_picture(call, MallId(mall_id), data.file)


@post("/v1/malls/{mall_id:uuid}/me/bags/{bag_id:uuid}/claims", access=MEMBER, summary="Claim", tags=["hands-free"])
async def claim(
    call: TheCall, mall_id: FromPath[UUID], bag_id: FromPath[UUID], data: JSONBody[NewBagClaim]
) -> BagClaim:
    """Say what is wrong with a bag and what it is worth. Needs an Idempotency-Key."""
    mall = MallId(mall_id)
    return await call.write(
        "handsfree.claim",
        lambda tx: claims.claim(
            tx, mall_id=mall, member_id=call.actor.member_id, bag_id=bag_id, new=data, now=call.now
        ),
        returns=BagClaim,
        mall_id=mall,
        payload=ClaimKept(bag_id, data),
        key_required=True,
    )


@get("/v1/malls/{mall_id:uuid}/me/bag-claims", access=MEMBER, summary="My claims", tags=["hands-free"])
async def my_claims(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[BagClaim]:
    """Return the member's claims for bags, the newest first."""
    async with call.db.read() as tx:
        return await queries.my_claims(
            tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, cursor=cursor, limit=limit
        )


@post(
    "/v1/malls/{mall_id:uuid}/me/bag-claims/{bag_claim_id:uuid}/withdraw", access=MEMBER, status_code=200,
    summary="Take a claim back", tags=["hands-free"],
)  # fmt: skip
async def withdraw(call: TheCall, mall_id: FromPath[UUID], bag_claim_id: FromPath[UUID]) -> BagClaim:
    """Take a claim back before it is decided."""
    mall = MallId(mall_id)
    return await call.write(
        "handsfree.withdraw_claim",
        lambda tx: claims.withdraw(tx, mall_id=mall, member_id=call.actor.member_id, claim_id=bag_claim_id),
        returns=BagClaim,
        mall_id=mall,
        payload={"claim_id": str(bag_claim_id)},
    )


@get(
    "/v1/malls/{mall_id:uuid}/bag-proxies/{proxy_code:str}",
    access=PUBLIC,
    summary="A proxy's code",
    tags=["hands-free"],
)
async def public_proxy(call: TheCall, mall_id: FromPath[UUID], proxy_code: FromPath[str]) -> PublicBagProxy:
    """Tell whoever has a proxy's code where to go with it, and whether it is still good."""
    await attempts.count(
        call.db, bucket=f"bag-proxy:{call.address}", limit=LOOKS_MAX, window_s=LOOKS_WINDOW_S, now=call.now
    )
    async with call.db.read() as tx:
        return await queries.public_proxy(tx, mall_id=MallId(mall_id), code=proxy_code)


ROUTES = [
    my_card, my_trips, my_trip, wish, add_proxy, revoke_proxy, upload, claim, my_claims, withdraw, public_proxy,
]  # fmt: skip

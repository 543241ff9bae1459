"""Routes of claims: claiming, the member's wallet, and what staff give and take back."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from galleria.kernel.ids import ClaimId, CouponId, MallId
from galleria.kernel.paging import Page
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim, ClaimState, GrantOutcome, IssuedClaim, MyClaim
from galleria.value.coupons.model.grant import NewGrant
from galleria.value.coupons.operations import claim as claiming
from galleria.value.coupons.operations import grant as granting


class OfCoupon(msgspec.Struct, frozen=True):
    """Which coupon a command was about; kept in the journal."""

    coupon_id: UUID


class GrantOf(OfCoupon, frozen=True):
    """A grant as the journal keeps it."""

    grant: NewGrant


class VoidReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is taken back."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class VoidOf(msgspec.Struct, frozen=True):
    """A claim taken back, as the journal keeps it."""

    claim_id: UUID
    reason: str


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/claims",
    access=MEMBER,
    summary="Claim a coupon",
    tags=["coupons"],
)
async def claim(call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID]) -> Claim:
    """Give the signed-in member one claim of the coupon. Needs an Idempotency-Key."""
    command = call.command(
        "coupons.claim", mall_id=MallId(mall_id), payload=OfCoupon(coupon_id=coupon_id), key_required=True
    )
    return await claiming.claim(call.runtime, command, coupon_id=CouponId(coupon_id), device=call.device)


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


@get(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/claims",
    access=STAFF,
    summary="Who has a coupon",
    tags=["coupons"],
)
async def list_issued(
    call: TheCall,
    mall_id: FromPath[UUID],
    coupon_id: FromPath[UUID],
    claim_state: Annotated[ClaimState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[IssuedClaim]:
    """Return what was issued of a coupon, newest first."""
    async with call.db.read() as tx:
        return await queries.list_issued(
            tx,
            actor=call.actor,
            mall_id=MallId(mall_id),
            coupon_id=CouponId(coupon_id),
            state=claim_state,
            cursor=cursor,
            limit=limit,
        )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/{coupon_id:uuid}/grants",
    access=STAFF,
    summary="Give a member a coupon",
    tags=["coupons"],
)
async def grant(
    call: TheCall, mall_id: FromPath[UUID], coupon_id: FromPath[UUID], data: JSONBody[NewGrant]
) -> GrantOutcome:
    """Give a member a coupon, within its limits. The same reference gives it once, however often it is sent."""
    mall, coupon = MallId(mall_id), CouponId(coupon_id)
    return await call.write(
        "coupons.grant",
        lambda tx: granting.give(tx, actor=call.actor, mall_id=mall, coupon_id=coupon, new=data, now=call.now),
        returns=GrantOutcome,
        mall_id=mall,
        payload=GrantOf(coupon_id, data),
        key_required=True,
    )


@post(
    "/v1/malls/{mall_id:uuid}/coupons/claims/{claim_id:uuid}/void",
    access=STAFF,
    summary="Take a coupon back from a member",
    tags=["coupons"],
    status_code=200,
)
async def void(
    call: TheCall, mall_id: FromPath[UUID], claim_id: FromPath[UUID], data: JSONBody[VoidReason]
) -> IssuedClaim:
    """Take an unspent coupon back; what it committed of a budget is free again."""
    mall, claim_of = MallId(mall_id), ClaimId(claim_id)
    return await call.write(
        "coupons.void",
        lambda tx: granting.take_back(tx, actor=call.actor, mall_id=mall, claim_id=claim_of, now=call.now),
        returns=IssuedClaim,
        mall_id=mall,
        payload=VoidOf(claim_id, data.reason),
    )


ROUTES = [claim, my_claims, list_issued, grant, void]

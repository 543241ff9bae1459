"""Routes of giving a coupon to a friend."""

from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath

from galleria.kernel.ids import ClaimId, MallId
from galleria.platform.http.access import MEMBER
from galleria.platform.http.call import TheCall
from galleria.value.coupons import queries
from galleria.value.coupons.model.claim import Claim
from galleria.value.coupons.model.transfer import CouponTransfer, TransferView
from galleria.value.coupons.operations import transfer


class OfClaim(msgspec.Struct, frozen=True):
    """Which claim a command was about; kept in the journal."""

    claim_id: UUID


class Accepted(msgspec.Struct, frozen=True):
    """The link that was followed, as the journal keeps it: as a hash."""

    token_hash: bytes


@post(
    "/v1/malls/{mall_id:uuid}/me/coupons/{claim_id:uuid}/transfer",
    access=MEMBER,
    summary="Offer a coupon to a friend",
    tags=["coupons"],
)
async def offer(call: TheCall, mall_id: FromPath[UUID], claim_id: FromPath[UUID]) -> CouponTransfer:
    """Make a link by which one friend may take over a coupon; a link made before is good no more."""
    mall, claim = MallId(mall_id), ClaimId(claim_id)
    token = transfer.new_token()
    made = await call.write(
        "coupons.offer_transfer",
        lambda tx: transfer.offer(
            tx, mall_id=mall, member_id=call.actor.member_id, claim_id=claim, token=token, now=call.now
        ),
        returns=CouponTransfer,
        mall_id=mall,
        payload=OfClaim(claim_id),
        replayable=False,
    )
    return transfer.with_link(made, token)


@delete(
    "/v1/malls/{mall_id:uuid}/me/coupons/{claim_id:uuid}/transfer",
    access=MEMBER,
    summary="Take back the offer of a coupon",
    tags=["coupons"],
    status_code=200,
)
async def cancel(call: TheCall, mall_id: FromPath[UUID], claim_id: FromPath[UUID]) -> CouponTransfer:
    """Make the link of a coupon that nobody has taken yet good for nothing."""
    mall, claim = MallId(mall_id), ClaimId(claim_id)
    return await call.write(
        "coupons.cancel_transfer",
        lambda tx: transfer.cancel(tx, mall_id=mall, member_id=call.actor.member_id, claim_id=claim, now=call.now),
        returns=CouponTransfer,
        mall_id=mall,
        payload=OfClaim(claim_id),
    )


@get(
    "/v1/malls/{mall_id:uuid}/me/coupons/transfers/{token:str}",
    access=MEMBER,
    summary="A coupon that a friend offers",
    tags=["coupons"],
)
async def look(call: TheCall, mall_id: FromPath[UUID], token: FromPath[str]) -> TransferView:
    """Return what the coupon behind a link is, and whether it is still to be had."""
    async with call.db.read() as tx:
        return await queries.get_transfer(
            tx, mall_id=MallId(mall_id), member_id=call.actor.member_id, token=token, now=call.now
        )


@post(
    "/v1/malls/{mall_id:uuid}/me/coupons/transfers/{token:str}",
    access=MEMBER,
    summary="Take a coupon from a friend",
    tags=["coupons"],
)
async def accept(call: TheCall, mall_id: FromPath[UUID], token: FromPath[str]) -> Claim:
    """Take over the coupon behind a link: once, within the coupon's limits, and not one's own. Needs a key."""
    mall = MallId(mall_id)
    command = call.command(
        "coupons.accept_transfer", mall_id=mall, payload=Accepted(queries.link_hash(token)), key_required=True
    )
    return await transfer.accept(call.runtime, command, token=token, device=call.device)


ROUTES = [offer, cancel, look, accept]

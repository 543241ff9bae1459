"""Routes of festivals: the page, the waiting room and the claims; the operators' side."""

from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from galleria.engagement.festivals import operations, queries, room
from galleria.engagement.festivals.model import (
    Board,
    Challenge,
    ClaimRequest,
    Festival,
    FestivalChange,
    FestivalClaim,
    FestivalInput,
    FestivalList,
    FestivalPage,
    Kill,
    PauseReason,
    QueueRequest,
    Standing,
    Ticket,
)
from galleria.foundation import malls
from galleria.kernel.ids import CouponId, FestivalId, MallId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.http.access import MEMBER, PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit


class Changed(msgspec.Struct, frozen=True):
    """Which festival a command was about, and what it asked for; kept in the journal."""

    festival_id: UUID
    change: FestivalChange | PauseReason | Kill | None = None


class Wanted(msgspec.Struct, frozen=True):
    """Which voucher of which festival was claimed; kept in the journal."""

    festival_id: UUID
    coupon_id: UUID


@get("/v1/malls/{mall_id:uuid}/festivals", access=PUBLIC, summary="Festivals", tags=["festivals"])
async def list_festivals(call: TheCall, mall_id: FromPath[UUID]) -> FestivalList:
    """Return the mall's festivals that are on or announced, soonest first."""
    async with call.db.read() as tx:
        return await queries.list_festivals(tx, mall_id=MallId(mall_id), now=call.now)


@get("/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}", access=PUBLIC, summary="A festival", tags=["festivals"])
async def get_festival(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID]) -> FestivalPage:
    """Return a festival's page with its vouchers; a draft is not found."""
    return await _room(call).page(MallId(mall_id), FestivalId(festival_id), member_id=call.member_id, now=call.now)


@get(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/challenge",
    access=MEMBER,
    summary="A proof-of-work challenge",
    tags=["festivals"],
)
async def challenge(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID]) -> Challenge:
    """Return an ALTCHA challenge (version 1, SHA-256) for this member: solve it, then queue up with the proof."""
    return await _room(call).challenge(MallId(mall_id), FestivalId(festival_id), visitor=_visitor(call), now=call.now)


@post(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/queue",
    access=MEMBER,
    summary="Queue up",
    tags=["festivals"],
)
async def join_queue(
    call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID], data: JSONBody[QueueRequest]
) -> Ticket:
    """Give the member a number in the order of arrival. Asking again never gives a better one."""
    return await _room(call).join(
        MallId(mall_id), FestivalId(festival_id), visitor=_visitor(call), request=data, now=call.now
    )


@get(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/queue",
    access=MEMBER,
    summary="My place in the queue",
    tags=["festivals"],
)
async def queue_standing(
    call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID], ticket: FromQuery[str]
) -> Standing:
    """Return where a ticket stands; costs the server next to nothing, so ask as often as `poll_after_s` says."""
    return await _room(call).standing(
        MallId(mall_id), FestivalId(festival_id), visitor=_visitor(call), ticket=ticket, now=call.now
    )


@post(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/coupons/{coupon_id:uuid}/claims",
    access=MEMBER,
    summary="Claim a voucher",
    tags=["festivals"],
)
async def claim(
    call: TheCall,
    mall_id: FromPath[UUID],
    festival_id: FromPath[UUID],
    coupon_id: FromPath[UUID],
    data: JSONBody[ClaimRequest],
) -> FestivalClaim:
    """Claim a voucher when it is the ticket's turn. Needs an Idempotency-Key."""
    command = call.command(
        "festivals.claim", mall_id=MallId(mall_id), payload=Wanted(festival_id, coupon_id), key_required=True
    )
    return await _room(call).claim(
        command, FestivalId(festival_id), coupon_id=CouponId(coupon_id), visitor=_visitor(call), request=data
    )


@get("/v1/malls/{mall_id:uuid}/festivals/manage", access=STAFF, summary="Festivals to manage", tags=["festivals"])
async def list_managed(
    call: TheCall, mall_id: FromPath[UUID], cursor: FromQuery[str | None] = None, limit: Limit = 50
) -> Page[Festival]:
    """Return all festivals, drafts and past ones too, latest opening first; for the mall's operators."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.list_managed(tx, mall_id=mall, now=call.now, cursor=cursor, limit=limit)


@get(
    "/v1/malls/{mall_id:uuid}/festivals/manage/{festival_id:uuid}",
    access=STAFF,
    summary="A festival to manage",
    tags=["festivals"],
)
async def get_managed(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID]) -> Festival:
    """Return a festival with all its settings; for the mall's operators."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.get_festival(tx, mall_id=mall, festival_id=FestivalId(festival_id), now=call.now)


@post("/v1/malls/{mall_id:uuid}/festivals/manage", access=STAFF, summary="Write a festival", tags=["festivals"])
async def create(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[FestivalInput]) -> Festival:
    """Write a festival as a draft; for the mall's operators."""
    mall = await _manage(call, mall_id)
    return await call.write(
        "festivals.create",
        lambda tx: operations.create(tx, mall_id=mall, festival=data, now=call.now),
        returns=Festival,
        mall_id=mall,
        payload=data,
    )


@patch(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}",
    access=STAFF,
    summary="Change a festival",
    tags=["festivals"],
)
async def update(
    call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID], data: JSONBody[FestivalChange]
) -> Festival:
    """Change what is given of a festival; a new `admit_per_s` holds from this moment on, and nobody is passed over."""
    mall, festival = await _manage(call, mall_id), FestivalId(festival_id)
    return await call.write(
        "festivals.update",
        lambda tx: operations.update(tx, mall_id=mall, festival_id=festival, change=data, now=call.now),
        returns=Festival,
        mall_id=mall,
        payload=Changed(festival_id, data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/open",
    access=STAFF,
    summary="Announce a festival",
    tags=["festivals"],
    status_code=200,
)
async def open_festival(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID]) -> Festival:
    """Announce a draft: from now on shoppers see it, and it opens by itself at `opens_at`."""
    mall, festival = await _manage(call, mall_id), FestivalId(festival_id)
    return await call.write(
        "festivals.open",
        lambda tx: operations.announce(tx, mall_id=mall, festival_id=festival, now=call.now),
        returns=Festival,
        mall_id=mall,
        payload=Changed(festival_id),
    )


@post(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/pause",
    access=STAFF,
    summary="Pause a festival",
    tags=["festivals"],
    status_code=200,
)
async def pause(
    call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID], data: JSONBody[PauseReason]
) -> Festival:
    """Stop the queue and the claims for now and tell shoppers why; places in the queue are kept."""
    mall, festival = await _manage(call, mall_id), FestivalId(festival_id)
    return await call.write(
        "festivals.pause",
        lambda tx: operations.pause(
            tx, actor=call.actor, mall_id=mall, festival_id=festival, reason=data, now=call.now
        ),
        returns=Festival,
        mall_id=mall,
        payload=Changed(festival_id, data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/resume",
    access=STAFF,
    summary="Let a festival go on",
    tags=["festivals"],
    status_code=200,
)
async def resume(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID]) -> Festival:
    """Let a paused festival go on where it stood; what looked wrong before counts as looked at."""
    mall, festival = await _manage(call, mall_id), FestivalId(festival_id)
    return await call.write(
        "festivals.resume",
        lambda tx: operations.resume(tx, actor=call.actor, mall_id=mall, festival_id=festival, now=call.now),
        returns=Festival,
        mall_id=mall,
        payload=Changed(festival_id),
    )


@post(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/kill",
    access=STAFF,
    summary="Stop a festival at once",
    tags=["festivals"],
    status_code=200,
)
async def kill(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID], data: JSONBody[Kill]) -> Festival:
    """Stop every claim of every coupon of a festival, everywhere: none commits after this has answered."""
    mall, festival = await _manage(call, mall_id), FestivalId(festival_id)
    return await call.write(
        "festivals.kill",
        lambda tx: operations.kill(tx, actor=call.actor, mall_id=mall, festival_id=festival, reason=data, now=call.now),
        returns=Festival,
        mall_id=mall,
        payload=Changed(festival_id, data),
    )


@post(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/end",
    access=STAFF,
    summary="End a festival",
    tags=["festivals"],
    status_code=200,
)
async def end(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID]) -> Festival:
    """End a festival for good; vouchers already claimed stay good."""
    mall, festival = await _manage(call, mall_id), FestivalId(festival_id)
    return await call.write(
        "festivals.end",
        lambda tx: operations.end(tx, actor=call.actor, mall_id=mall, festival_id=festival, now=call.now),
        returns=Festival,
        mall_id=mall,
        payload=Changed(festival_id),
    )


@get(
    "/v1/malls/{mall_id:uuid}/festivals/{festival_id:uuid}/board",
    access=STAFF,
    summary="A festival's live board",
    tags=["festivals"],
)
async def board(call: TheCall, mall_id: FromPath[UUID], festival_id: FromPath[UUID]) -> Board:
    """Return how a festival goes; cheap however many claims it has."""
    mall = await _manage(call, mall_id)
    async with call.db.read() as tx:
        return await queries.board(tx, mall_id=mall, festival_id=FestivalId(festival_id), now=call.now)


async def _manage(call: Call, mall_id: UUID) -> MallId:
    """Return the mall's id once the caller has proved to manage its festivals."""
    async with call.db.read() as tx:
        call.actor.require(Permission.FESTIVAL_MANAGE, await malls.mall_target(tx, MallId(mall_id)))
    return MallId(mall_id)


def _room(call: Call) -> room.WaitingRoom:
    return room.of(call.runtime)


def _visitor(call: Call) -> room.Visitor:
    return room.Visitor(call.actor, call.device, call.address)


ROUTES = [
    list_festivals, get_festival, challenge, join_queue, queue_standing, claim, list_managed, get_managed, create,
    update, open_festival, pause, resume, kill, end, board,
]  # fmt: skip

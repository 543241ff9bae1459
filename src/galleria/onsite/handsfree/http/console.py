"""Routes for those who answer for the bags: what is where, what does not fit, what is claimed."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from galleria.kernel.paging import Page
from galleria.onsite.handsfree import queries
from galleria.onsite.handsfree.http.asking import person, require_mall
from galleria.onsite.handsfree.model import (
    BagBoard,
    BagClaim,
    BagClaimState,
    BagDecision,
    BagMove,
    BagPayout,
    BagProblem,
    BagScanAnswer,
)
from galleria.onsite.handsfree.operations import claims, places, scanning
from galleria.platform.actors import Permission
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit

Reason = Annotated[str, Meta(min_length=2, max_length=300, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class BagByHand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done with a bag without a scan, and why."""

    move: BagMove
    reason: Reason


class ByHandKept(msgspec.Struct, frozen=True):
    """What the journal keeps of it."""

    bag_id: UUID
    move: BagMove
    reason: str


class BagNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person did about something."""

    note: Reason


class Noted(msgspec.Struct, frozen=True):
    """What the journal keeps of it."""

    exception_id: UUID
    note: str


class BagDecided(msgspec.Struct, frozen=True):
    """Which claim a command was about, and what it asked for; kept in the journal."""

    claim_id: UUID
    decision: BagDecision | BagPayout


@get("/v1/malls/{mall_id:uuid}/bags/board", access=STAFF, summary="Bags at a glance", tags=["hands-free"])
async def board(call: TheCall, mall_id: FromPath[UUID]) -> BagBoard:
    """Return how many bags are where, and how much waits for a person."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    async with call.db.read() as tx:
        return await queries.board(tx, mall)


@post(
    "/v1/malls/{mall_id:uuid}/bags/{bag_id:uuid}/moves", access=STAFF, status_code=200, summary="Move a bag by hand",
    tags=["hands-free"],
)  # fmt: skip
async def move_by_hand(
    call: TheCall, mall_id: FromPath[UUID], bag_id: FromPath[UUID], data: JSONBody[BagByHand]
) -> BagScanAnswer:
    """Move a bag without a code or a scanner, with a reason: given out on papers, lost, destroyed, back at its shop."""
    mall = await require_mall(call, mall_id, Permission.CASE_DECIDE)
    async with call.db.read() as tx:
        by = await person(call, tx)
    return await call.write(
        "handsfree.move_by_hand",
        lambda tx: scanning.move_by_hand(
            tx, mall_id=mall, bag_id=bag_id, move=data.move, reason=data.reason.strip(), by=by, now=call.now
        ),
        returns=BagScanAnswer,
        mall_id=mall,
        payload=ByHandKept(bag_id, data.move, data.reason.strip()),
        key_required=True,
    )


@get("/v1/malls/{mall_id:uuid}/bag-exceptions", access=STAFF, summary="What does not fit", tags=["hands-free"])
async def list_problems(
    call: TheCall,
    mall_id: FromPath[UUID],
    only_open: Annotated[bool | None, QueryParameter(name="open")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[BagProblem]:
    """Return scans that do not fit, differences of counts, bags that wait too long; the newest first."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    async with call.db.read() as tx:
        return await queries.list_problems(tx, mall_id=mall, only_open=bool(only_open), cursor=cursor, limit=limit)


@post(
    "/v1/malls/{mall_id:uuid}/bag-exceptions/{bag_exception_id:uuid}/close", access=STAFF, status_code=200,
    summary="Settle what does not fit", tags=["hands-free"],
)  # fmt: skip
async def close_problem(
    call: TheCall, mall_id: FromPath[UUID], bag_exception_id: FromPath[UUID], data: JSONBody[BagNote]
) -> BagProblem:
    """Note what was done about something that did not fit."""
    mall = await require_mall(call, mall_id, Permission.CASE_DECIDE)
    return await call.write(
        "handsfree.close_exception",
        lambda tx: places.close_problem(
            tx, mall_id=mall, problem_id=bag_exception_id, staff_id=call.actor.staff_id, note=data.note.strip(),
            now=call.now,
        ),
        returns=BagProblem,
        mall_id=mall,
        payload=Noted(bag_exception_id, data.note.strip()),
    )  # fmt: skip


@get("/v1/malls/{mall_id:uuid}/bag-claims", access=STAFF, summary="Claims for bags", tags=["hands-free"])
async def list_claims(
    call: TheCall,
    mall_id: FromPath[UUID],
    claim_state: Annotated[BagClaimState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[BagClaim]:
    """Return what members claim for bags, the newest first."""
    mall = await require_mall(call, mall_id, Permission.CASE_DECIDE)
    async with call.db.read() as tx:
        return await queries.claims_page(tx, mall_id=mall, state=claim_state, cursor=cursor, limit=limit)


@post(
    "/v1/malls/{mall_id:uuid}/bag-claims/{bag_claim_id:uuid}/decide", access=STAFF, status_code=200,
    summary="Decide a claim", tags=["hands-free"],
)  # fmt: skip
async def decide(
    call: TheCall, mall_id: FromPath[UUID], bag_claim_id: FromPath[UUID], data: JSONBody[BagDecision]
) -> BagClaim:
    """Approve a claim with an amount or reject it; the words are told to the member. Needs an Idempotency-Key."""
    mall = await require_mall(call, mall_id, Permission.CASE_DECIDE)
    return await call.write(
        "handsfree.decide_claim",
        lambda tx: claims.decide(
            tx, mall_id=mall, claim_id=bag_claim_id, decision=data, staff_id=call.actor.staff_id, now=call.now
        ),
        returns=BagClaim,
        mall_id=mall,
        payload=BagDecided(bag_claim_id, data),
        key_required=True,
    )


@post(
    "/v1/malls/{mall_id:uuid}/bag-claims/{bag_claim_id:uuid}/paid", access=STAFF, status_code=200,
    summary="Note a compensation as paid", tags=["hands-free"],
)  # fmt: skip
async def paid(
    call: TheCall, mall_id: FromPath[UUID], bag_claim_id: FromPath[UUID], data: JSONBody[BagPayout]
) -> BagClaim:
    """Note how an approved compensation reached the member. Needs an Idempotency-Key."""
    mall = await require_mall(call, mall_id, Permission.MALL_MANAGE)
    return await call.write(
        "handsfree.pay_claim",
        lambda tx: claims.pay_by_hand(
            tx, mall_id=mall, claim_id=bag_claim_id, payout=data, staff_id=call.actor.staff_id, now=call.now
        ),
        returns=BagClaim,
        mall_id=mall,
        payload=BagDecided(bag_claim_id, data),
        key_required=True,
    )


ROUTES = [board, move_by_hand, list_problems, close_problem, list_claims, decide, paid]

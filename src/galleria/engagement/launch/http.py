"""Routes of launch: checks, going live, a second person's decision, and what changed."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from galleria.engagement.launch import operations, queries, rules
from galleria.engagement.launch.model import (
    Finding,
    LaunchPolicy,
    LaunchReport,
    LaunchSubject,
    Rejection,
    Review,
    ReviewId,
    ReviewState,
    SubjectKind,
    Undone,
    VersionChange,
)
from galleria.kernel.ids import MallId
from galleria.kernel.paging import Page
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.i18n import text

Cursor = Annotated[str | None, QueryParameter(max_length=400)]
Kind = Annotated[SubjectKind | None, QueryParameter(name="subject_kind")]
SubjectId = Annotated[UUID | None, QueryParameter(name="subject_id")]


class Decided(msgspec.Struct, frozen=True):
    """Which review a command was about, and why it was rejected; kept in the journal."""

    review_id: UUID
    reason: str | None = None


class Undo(msgspec.Struct, frozen=True):
    """Which change a command took back; kept in the journal."""

    change_id: str


@post(
    "/v1/malls/{mall_id:uuid}/launch/check",
    access=STAFF,
    summary="Check before going live",
    tags=["launch"],
    status_code=200,
)
async def check(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[LaunchSubject]) -> LaunchReport:
    """Return what the checks find about the newest version, and what launching it would come to. Changes nothing."""
    async with call.db.read() as tx:
        report = await queries.check(tx, actor=call.actor, mall_id=MallId(mall_id), subject=data, now=call.now)
    return msgspec.structs.replace(report, findings=_worded(report.findings, call.locale))


@post("/v1/malls/{mall_id:uuid}/launch", access=STAFF, summary="Go live", tags=["launch"])
async def launch(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[LaunchSubject]) -> Review:
    """Check the newest version and let it go live, or have it wait for a second person; refused with what is wrong."""
    mall = MallId(mall_id)
    review = await call.write(
        "launch.launch",
        lambda tx: operations.launch(tx, actor=call.actor, mall_id=mall, subject=data, now=call.now),
        returns=Review,
        mall_id=mall,
        payload=data,
    )
    return _said(review, call.locale)


@get("/v1/malls/{mall_id:uuid}/launch/reviews", access=STAFF, summary="Requests to go live", tags=["launch"])
async def list_reviews(
    call: TheCall,
    mall_id: FromPath[UUID],
    review_state: Annotated[ReviewState | None, QueryParameter(name="state")] = None,
    subject_kind: Kind = None,
    subject_id: SubjectId = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Review]:
    """Return the requests within the caller's reach, newest first."""
    async with call.db.read() as tx:
        page = await queries.list_reviews(
            tx,
            actor=call.actor,
            mall_id=MallId(mall_id),
            state=review_state,
            subject_kind=subject_kind,
            subject_id=subject_id,
            cursor=cursor,
            limit=limit,
        )
    return Page([_said(review, call.locale) for review in page.items], page.next_cursor)


@post(
    "/v1/malls/{mall_id:uuid}/launch/reviews/{review_id:uuid}/approve",
    access=STAFF,
    summary="Approve a request",
    tags=["launch"],
    status_code=200,
)
async def approve(call: TheCall, mall_id: FromPath[UUID], review_id: FromPath[UUID]) -> Review:
    """Let the requested version go live; never by who asked for it. What must be refused by now is refused."""
    mall, wanted = MallId(mall_id), ReviewId(review_id)
    review = await call.write(
        "launch.approve",
        lambda tx: operations.approve(tx, actor=call.actor, mall_id=mall, review_id=wanted, now=call.now),
        returns=Review,
        mall_id=mall,
        payload=Decided(review_id),
    )
    return _said(review, call.locale)


@post(
    "/v1/malls/{mall_id:uuid}/launch/reviews/{review_id:uuid}/reject",
    access=STAFF,
    summary="Reject a request",
    tags=["launch"],
    status_code=200,
)
async def reject(
    call: TheCall, mall_id: FromPath[UUID], review_id: FromPath[UUID], data: JSONBody[Rejection]
) -> Review:
    """Send the request back with a reason; never by who asked for it."""
    mall, wanted = MallId(mall_id), ReviewId(review_id)
    review = await call.write(
        "launch.reject",
        lambda tx: operations.reject(
            tx, actor=call.actor, mall_id=mall, review_id=wanted, reason=data.reason, now=call.now
        ),
        returns=Review,
        mall_id=mall,
        payload=Decided(review_id, data.reason),
    )
    return _said(review, call.locale)


@post(
    "/v1/malls/{mall_id:uuid}/launch/reviews/{review_id:uuid}/withdraw",
    access=STAFF,
    summary="Withdraw a request",
    tags=["launch"],
    status_code=200,
)
async def withdraw(call: TheCall, mall_id: FromPath[UUID], review_id: FromPath[UUID]) -> Review:
    """Take one's own request back; what it was about is a draft again."""
    mall, wanted = MallId(mall_id), ReviewId(review_id)
    review = await call.write(
        "launch.withdraw",
        lambda tx: operations.withdraw(tx, actor=call.actor, mall_id=mall, review_id=wanted, now=call.now),
        returns=Review,
        mall_id=mall,
        payload=Decided(review_id),
    )
    return _said(review, call.locale)


@get("/v1/malls/{mall_id:uuid}/launch/changes", access=STAFF, summary="What changed", tags=["launch"])
async def list_changes(
    call: TheCall,
    mall_id: FromPath[UUID],
    subject_kind: Kind = None,
    subject_id: SubjectId = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[VersionChange]:
    """Return every version of offers, coupons and price rules within reach, newest first, beside the one before."""
    async with call.db.read() as tx:
        return await queries.list_changes(
            tx,
            actor=call.actor,
            mall_id=MallId(mall_id),
            subject_kind=subject_kind,
            subject_id=subject_id,
            cursor=cursor,
            limit=limit,
        )


@post(
    "/v1/malls/{mall_id:uuid}/launch/changes/{change_id:str}/undo",
    access=STAFF,
    summary="Undo a change",
    tags=["launch"],
    status_code=200,
)
async def undo(call: TheCall, mall_id: FromPath[UUID], change_id: FromPath[str]) -> Undone:
    """Go back to the version before this change, which must be the newest; what was live is launched again at once."""
    mall = MallId(mall_id)
    return await call.write(
        "launch.undo",
        lambda tx: operations.undo(tx, actor=call.actor, mall_id=mall, change_id=change_id, now=call.now),
        returns=Undone,
        mall_id=mall,
        payload=Undo(change_id),
    )


@get("/v1/malls/{mall_id:uuid}/launch/policy", access=STAFF, summary="When a second person decides", tags=["launch"])
async def get_policy(call: TheCall, mall_id: FromPath[UUID]) -> LaunchPolicy:
    """Return from where on a second person decides."""
    async with call.db.read() as tx:
        return await queries.get_policy(tx, actor=call.actor, mall_id=MallId(mall_id))


@put("/v1/malls/{mall_id:uuid}/launch/policy", access=STAFF, summary="Set the limits", tags=["launch"])
async def set_policy(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[LaunchPolicy]) -> LaunchPolicy:
    """Set from where on a second person decides; for the mall's operators."""
    mall = MallId(mall_id)
    return await call.write(
        "launch.set_policy",
        lambda tx: operations.set_policy(tx, actor=call.actor, mall_id=mall, policy=data, now=call.now),
        returns=LaunchPolicy,
        mall_id=mall,
        payload=data,
    )


def _said(review: Review, locale: str) -> Review:
    """Return a request with its findings in words."""
    return msgspec.structs.replace(review, findings=_worded(review.findings, locale))


def _worded(found: list[Finding], locale: str) -> list[Finding]:
    return [
        msgspec.structs.replace(f, message=text(f"fields.launch_{f.code.value}", locale, **rules.worded(f.params)))
        for f in found
    ]


ROUTES = [
    check,
    launch,
    list_reviews,
    approve,
    reject,
    withdraw,
    list_changes,
    undo,
    get_policy,
    set_policy,
]

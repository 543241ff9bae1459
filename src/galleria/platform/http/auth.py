"""Routes of sign-ins, the same for members and staff: renew, end, list."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from galleria.kernel.errors import NotFound, Unauthenticated
from galleria.platform.auth import attempts, sessions
from galleria.platform.auth.sessions import Session, SignIn
from galleria.platform.http.access import PUBLIC, SIGNED_IN
from galleria.platform.http.call import Call, TheCall
from galleria.platform.tx import Tx

WINDOW_S = 3600
REFRESHES_AN_ADDRESS = 20_000


class RefreshRequest(msgspec.Struct, frozen=True):
    """The refresh token of the last answer; it works once."""

    refresh_token: Annotated[str, Meta(min_length=20, max_length=200)]


class OpenSession(msgspec.Struct, frozen=True):
    """One sign-in on one device; `current` is the one that asks."""

    id: UUID
    device: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool


class Sessions(msgspec.Struct, frozen=True):
    """Open sign-ins, newest first."""

    items: list[OpenSession]


class Ended(msgspec.Struct, frozen=True):
    """How many sign-ins ended."""

    ended: int


class _Renewed(msgspec.Struct, frozen=True):
    """What the journal keeps of a renewal: the sign-in, or the one that a reused token ended."""

    session: Session | None = None
    ended: UUID | None = None


@post("/v1/auth/refresh", access=PUBLIC, status_code=200, summary="Renew a sign-in", tags=["auth"])
async def refresh(call: TheCall, data: JSONBody[RefreshRequest]) -> SignIn:
    """Return fresh tokens. A refresh token that comes twice was stolen or copied: its sign-in ends."""
    runtime, fresh_token = call.runtime, sessions.new_refresh_token()
    await attempts.count(
        call.db, bucket=f"refresh:{call.address}", limit=REFRESHES_AN_ADDRESS, window_s=WINDOW_S, now=call.now
    )

    async def renew(tx: Tx) -> _Renewed:
        found = await sessions.refresh_session(
            tx, refresh_token=data.refresh_token, fresh_token=fresh_token, lifetimes=runtime.lifetimes, now=call.now
        )
        tx.subject = str(found.id if isinstance(found, Session) else found)
        return _Renewed(session=found) if isinstance(found, Session) else _Renewed(ended=found)

    renewed = await call.write("auth.refresh", renew, returns=_Renewed, replayable=False)
    if renewed.session is None:
        _forget(call, [renewed.ended] if renewed.ended else [])
        raise Unauthenticated
    return sessions.sign_in(
        renewed.session, signer=runtime.signer, refresh_token=fresh_token, lifetimes=runtime.lifetimes, now=call.now
    )


@post("/v1/auth/sign-out", access=SIGNED_IN, status_code=200, summary="Sign out", tags=["auth"])
async def sign_out(call: TheCall) -> Ended:
    """End the sign-in that asks."""
    return await _end(call, "auth.sign_out", call.actor.session_id)


@get("/v1/auth/sessions", access=SIGNED_IN, summary="My sign-ins", tags=["auth"])
async def list_sessions(call: TheCall) -> Sessions:
    """Return one's open sign-ins on all devices, newest first."""
    async with call.db.read() as tx:
        found = await sessions.list_open(tx, actor_id=call.actor.id, now=call.now)
    return Sessions(
        [
            OpenSession(s.id, s.device, s.created_at, s.used_at, s.expires_at, current=s.id == call.actor.session_id)
            for s in found
        ]
    )


@delete(
    "/v1/auth/sessions/{session_id:uuid}", access=SIGNED_IN, status_code=200, summary="End a sign-in", tags=["auth"]
)
async def end_session(call: TheCall, session_id: FromPath[UUID]) -> Ended:
    """End one of one's own sign-ins, on whichever device; it stops working at once."""
    return await _end(call, "auth.end_session", session_id)


async def _end(call: Call, kind: str, session_id: UUID | None) -> Ended:
    async def end(tx: Tx) -> list[UUID]:
        tx.subject = str(session_id)
        if session_id is None:
            raise NotFound
        ended = await sessions.revoke_own(tx, actor_id=call.actor.id, session_id=session_id, now=call.now)
        if not ended:
            raise NotFound
        return ended

    ended = await call.write(kind, end, returns=list[UUID], replayable=False)
    _forget(call, ended)
    return Ended(len(ended))


def _forget(call: Call, ended: list[UUID]) -> None:
    """Refuse ended sign-ins in this process without waiting for the notice that tells the others."""
    for session_id in ended:
        call.runtime.revocations.add(session_id, call.now)


ROUTES = [refresh, sign_out, list_sessions, end_session]

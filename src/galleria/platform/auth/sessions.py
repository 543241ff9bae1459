"""Sign-ins: a refresh token a device keeps, rotated at each use.

A refresh token that is used a second time was stolen or replayed: the whole sign-in ends (RFC 9700, section 4.14.2).
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.kernel.errors import Unauthenticated
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.actors import ActorKind
from galleria.platform.auth.tokens import Claims, Signer
from galleria.platform.tx import ReadTx, Tx


class SignIn(msgspec.Struct, frozen=True):
    """What a client gets: an access token, how many seconds it lives, and the token that renews it."""

    access_token: str
    refresh_token: str
    expires_in: int


class Session(msgspec.Struct, frozen=True):
    """One sign-in on one device."""

    id: UUID
    actor_kind: ActorKind
    actor_id: UUID
    group_id: GroupId | None
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    device: str


class Lifetimes(msgspec.Struct, frozen=True):
    """How long an access token and an unused sign-in live."""

    access: timedelta
    sign_in: timedelta


def new_refresh_token() -> str:
    """Return a fresh refresh token: 256 random bits. It leaves the process in one answer and is stored as a hash."""
    return secrets.token_urlsafe(32)


async def open_session(
    tx: Tx,
    *,
    kind: ActorKind,
    actor_id: UUID,
    group_id: GroupId | None,
    device: str,
    refresh_token: str,
    lifetimes: Lifetimes,
    now: datetime,
) -> Session:
    """Start a sign-in that `refresh_token` renews; `sign_in` makes the client's tokens of it after the commit."""
    session = Session(
        new_id(), kind, actor_id, group_id, now, now, now + lifetimes.sign_in, revoked_at=None, device=device[:200]
    )
    await tx.run(
        """
        INSERT INTO platform.session
          (id, actor_kind, actor_id, group_id, refresh_hash, created_at, used_at, expires_at, device)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
        """,
        session.id,
        kind.value,
        actor_id,
        group_id,
        _hash(refresh_token),
        now,
        session.expires_at,
        session.device,
    )
    return session


def sign_in(session: Session, *, signer: Signer, refresh_token: str, lifetimes: Lifetimes, now: datetime) -> SignIn:
    """Return a sign-in's tokens. They are secrets: they never pass through the journal."""
    ends_at = int((now + lifetimes.access).timestamp())
    token = signer.token(Claims(session.actor_kind, session.actor_id, session.id, ends_at, session.group_id))
    return SignIn(token, refresh_token, int(lifetimes.access.total_seconds()))


async def refresh_session(
    tx: Tx, *, refresh_token: str, fresh_token: str, lifetimes: Lifetimes, now: datetime
) -> Session | UUID:
    """Rotate a refresh token to `fresh_token` and return the sign-in; one conditional UPDATE, so one caller wins.

    Returns the sign-in's id alone when the token was used before: the sign-in is revoked by then, and the caller
    commits that before it answers Unauthenticated. Raises Unauthenticated when the token is unknown or its sign-in
    is over.
    """
    session = await tx.one(
        Session,
        """
        UPDATE platform.session
           SET refresh_hash = $2, spent_hash = refresh_hash, used_at = $3, expires_at = $4
         WHERE refresh_hash = $1 AND revoked_at IS NULL AND expires_at > $3
        RETURNING id, actor_kind, actor_id, group_id, created_at, used_at, expires_at, revoked_at, device
        """,
        _hash(refresh_token),
        _hash(fresh_token),
        now,
        now + lifetimes.sign_in,
    )
    if session is not None:
        return session
    stolen: UUID | None = await tx.value(
        "SELECT id FROM platform.session WHERE spent_hash = $1 AND revoked_at IS NULL", _hash(refresh_token)
    )
    if stolen is None:
        raise Unauthenticated
    await revoke(tx, session_ids=[stolen], now=now)
    return stolen


async def revoke(tx: Tx, *, session_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """End sign-ins at once, in every process; returns those that were still open."""
    return await tx.values(
        """
        WITH ended AS (
          UPDATE platform.session SET revoked_at = $2 WHERE id = ANY($1) AND revoked_at IS NULL RETURNING id)
        SELECT id FROM ended, LATERAL (SELECT pg_notify('galleria_revoked', id::text)) AS told
        """,
        list(session_ids),
        now,
    )


async def revoke_own(tx: Tx, *, actor_id: UUID, session_id: UUID, now: datetime) -> list[UUID]:
    """End one of an actor's own sign-ins; returns nothing when it is not his or already over."""
    owned = await tx.values("SELECT id FROM platform.session WHERE id = $1 AND actor_id = $2", session_id, actor_id)
    return await revoke(tx, session_ids=owned, now=now)


async def revoke_all(tx: Tx, *, actor_id: UUID, now: datetime, keep: UUID | None = None) -> list[UUID]:
    """End every sign-in of an actor, but for the one to keep; returns those that were still open."""
    opened = await tx.values(
        "SELECT id FROM platform.session WHERE actor_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2",
        actor_id,
        keep,
    )
    return await revoke(tx, session_ids=opened, now=now)


async def forget_ended(tx: Tx, *, before: datetime) -> int:
    """Delete sign-ins that were revoked or expired before a moment; returns how many."""
    return await tx.run("DELETE FROM platform.session WHERE expires_at < $1 OR revoked_at < $1", before)


async def list_open(tx: ReadTx, *, actor_id: UUID, now: datetime) -> list[Session]:
    """Return an actor's open sign-ins, newest first."""
    return await tx.all(
        Session,
        """
        SELECT id, actor_kind, actor_id, group_id, created_at, used_at, expires_at, revoked_at, device
          FROM platform.session
         WHERE actor_id = $1 AND revoked_at IS NULL AND expires_at > $2
         ORDER BY id DESC
        """,
        actor_id,
        now,
    )


async def revoked_since(tx: ReadTx, moment: datetime) -> list[UUID]:
    """Return the sign-ins revoked after a moment."""
    return await tx.values("SELECT id FROM platform.session WHERE revoked_at > $1", moment)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

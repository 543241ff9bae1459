"""Sign-ins: a refresh token a device keeps, rotated at each use; and the grants of staff.

A refresh token that is used a second time was stolen or replayed: the whole sign-in ends (RFC 9700, section 4.14.2).
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from galleria.kernel.errors import Unauthenticated
from galleria.kernel.ids import GroupId, StaffId, new_id
from galleria.platform.auth.access import ActorKind, Grant
from galleria.platform.auth.tokens import Claims, Signer
from galleria.platform.db import ReadTx, Tx

REVOKED = "session.revoked"


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


async def open_session(
    tx: Tx,
    *,
    signer: Signer,
    kind: ActorKind,
    actor_id: UUID,
    group_id: GroupId | None,
    device: str,
    lifetimes: Lifetimes,
    now: datetime,
) -> SignIn:
    """Start a sign-in for an actor and return its tokens."""
    session_id, refresh = new_id(), secrets.token_urlsafe(32)
    await tx.run(
        """
        INSERT INTO platform.session
          (id, actor_kind, actor_id, group_id, refresh_hash, created_at, used_at, expires_at, device)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
        """,
        session_id,
        kind.value,
        actor_id,
        group_id,
        _hash(refresh),
        now,
        now + lifetimes.sign_in,
        device[:200],
    )
    return _tokens(signer, kind, actor_id, session_id, group_id, refresh, lifetimes, now)


async def refresh_session(
    tx: Tx, *, signer: Signer, refresh_token: str, lifetimes: Lifetimes, now: datetime
) -> SignIn | None:
    """Rotate a refresh token and return new tokens.

    Returns None when the token was used before: the sign-in is revoked by then, and the caller commits that before
    it answers Unauthenticated. Raises Unauthenticated when the token is unknown or its sign-in is over.
    """
    fresh = secrets.token_urlsafe(32)
    session = await tx.one(
        Session,
        """
        UPDATE platform.session
           SET refresh_hash = $2, spent_hash = refresh_hash, used_at = $3, expires_at = $4
         WHERE refresh_hash = $1 AND revoked_at IS NULL AND expires_at > $3
        RETURNING id, actor_kind, actor_id, group_id, created_at, used_at, expires_at, revoked_at, device
        """,
        _hash(refresh_token),
        _hash(fresh),
        now,
        now + lifetimes.sign_in,
    )
    if session is not None:
        return _tokens(
            signer, session.actor_kind, session.actor_id, session.id, session.group_id, fresh, lifetimes, now
        )
    stolen = await tx.value("SELECT id FROM platform.session WHERE spent_hash = $1", _hash(refresh_token))
    if stolen is None:
        raise Unauthenticated
    await revoke(tx, session_ids=[stolen], now=now)
    return None


async def revoke(tx: Tx, *, session_ids: Sequence[UUID], now: datetime) -> int:
    """End sign-ins at once, in every process; returns how many were still open."""
    ended = await tx.values(
        "UPDATE platform.session SET revoked_at = $2 WHERE id = ANY($1) AND revoked_at IS NULL RETURNING id",
        list(session_ids),
        now,
    )
    for session_id in ended:
        await tx.value("SELECT pg_notify('galleria_revoked', $1)", str(session_id))
    return len(ended)


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


async def grants_of(tx: ReadTx, staff_id: StaffId) -> list[Grant]:
    """Return what a member of staff may do, everywhere."""
    return await tx.all(
        Grant,
        "SELECT role, group_id, mall_id, merchant_id, shop_id FROM platform.staff_grant WHERE staff_id = $1",
        staff_id,
    )


async def set_grants(tx: Tx, *, staff_id: StaffId, grants: Sequence[Grant]) -> None:
    """Replace what a member of staff may do."""
    await tx.run("DELETE FROM platform.staff_grant WHERE staff_id = $1", staff_id)
    for grant in grants:
        await tx.run(
            """
            INSERT INTO platform.staff_grant (staff_id, id, role, group_id, mall_id, merchant_id, shop_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            staff_id,
            new_id(),
            grant.role.value,
            grant.group_id,
            grant.mall_id,
            grant.merchant_id,
            grant.shop_id,
        )


def _tokens(
    signer: Signer,
    kind: ActorKind,
    actor_id: UUID,
    session_id: UUID,
    group_id: GroupId | None,
    refresh: str,
    lifetimes: Lifetimes,
    now: datetime,
) -> SignIn:
    ends_at = int((now + lifetimes.access).timestamp())
    token = signer.token(Claims(kind, actor_id, session_id, ends_at, group_id))
    return SignIn(token, refresh, int(lifetimes.access.total_seconds()))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

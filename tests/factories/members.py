"""Members and staff, signed in."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from galleria.foundation import members, staff
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.actors import SYSTEM, ActorKind, Grant
from galleria.platform.auth import sessions
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime

PASSWORD = "a long staff password"


def new_phone() -> str:
    """Return a random Chinese mobile number as E.164."""
    return f"+86138{secrets.randbelow(10**8):08}"


async def make_member(runtime: Runtime, group_id: GroupId, *, phone: str | None = None) -> members.Member:
    """Make a member of a group, with a phone of his own."""
    now = datetime.now(UTC)
    return await runtime.db.write(
        Command(kind="tests.make_member", actor=SYSTEM, now=now),
        lambda tx: members.find_or_create(tx, group_id=group_id, phone=phone or new_phone(), now=now),
        returns=members.Member,
    )


async def as_member(runtime: Runtime, member: members.Member) -> dict[str, str]:
    """Return the headers of a fresh sign-in of a member."""
    return await _signed_in(runtime, ActorKind.MEMBER, member.id, member.group_id)


async def make_staff(
    runtime: Runtime,
    group_id: GroupId,
    grants: Sequence[Grant] = (),
    *,
    login: str | None = None,
    password: str = PASSWORD,
) -> staff.Account:
    """Make a member of staff with these grants."""
    now, name = datetime.now(UTC), login or f"staff-{new_id().hex[-12:]}"
    return await runtime.db.write(
        Command(kind="tests.make_staff", actor=SYSTEM, now=now),
        lambda tx: staff.create_account(
            tx, group_id=group_id, login=name, name="王店员", password=password, grants=grants, now=now
        ),
        returns=staff.Account,
    )


async def as_staff(runtime: Runtime, account: staff.Account) -> dict[str, str]:
    """Return the headers of a fresh sign-in of a member of staff."""
    return await _signed_in(runtime, ActorKind.STAFF, account.id, account.group_id)


async def _signed_in(runtime: Runtime, kind: ActorKind, actor_id: UUID, group_id: GroupId) -> dict[str, str]:
    now, refresh_token = datetime.now(UTC), sessions.new_refresh_token()
    session = await runtime.db.write(
        Command(kind="tests.sign_in", actor=SYSTEM, now=now),
        lambda tx: sessions.open_session(
            tx,
            kind=kind,
            actor_id=actor_id,
            group_id=group_id,
            device="tests",
            refresh_token=refresh_token,
            lifetimes=runtime.lifetimes,
            now=now,
        ),
        returns=sessions.Session,
    )
    tokens = sessions.sign_in(
        session, signer=runtime.signer, refresh_token=refresh_token, lifetimes=runtime.lifetimes, now=now
    )
    return {"authorization": f"Bearer {tokens.access_token}"}

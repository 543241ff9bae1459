"""Routes of staff: sign-in, one's own account, and the accounts of others."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from galleria.foundation import malls
from galleria.foundation.staff import operations, queries
from galleria.foundation.staff.model import AccountUpdate, NewAccount, NewPassword, Profile, Totp
from galleria.kernel.ids import MallId, StaffId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.auth import attempts, passwords, sessions
from galleria.platform.auth.sessions import Session
from galleria.platform.http.access import PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit

WINDOW_S = 900
TRIES_FROM_HERE = 10
"""Tries at one login from one address; a stranger elsewhere cannot lock its owner out with them."""
TRIES_A_LOGIN = 100
TRIES_AN_ADDRESS = 300
TOTP_TRIES = 10


class StaffCredentials(msgspec.Struct, frozen=True):
    """Login and password; the authenticator's code when the answer was `totp_required`."""

    login: Annotated[str, Meta(min_length=1, max_length=80)]
    password: Annotated[str, Meta(min_length=1, max_length=200)]
    totp: Totp | None = None


class StaffSignIn(msgspec.Struct, frozen=True):
    """A signed-in member of staff: tokens and profile."""

    access_token: str
    refresh_token: str
    expires_in: int
    staff: Profile


class TotpSecret(msgspec.Struct, frozen=True):
    """What an authenticator app needs: the secret to type, or the address to show as a QR code."""

    secret: str
    uri: str


class TotpCode(msgspec.Struct, frozen=True):
    """The code an authenticator app shows."""

    code: Totp


class PasswordChange(msgspec.Struct, frozen=True):
    """The old password (with the authenticator's code when it is on) and the new one."""

    current: Annotated[str, Meta(min_length=1, max_length=200)]
    password: NewPassword
    totp: Totp | None = None


class _Audited(msgspec.Struct, frozen=True):
    """What the journal keeps of a sign-in."""

    login: str


@post("/v1/auth/staff", access=PUBLIC, status_code=200, summary="Sign in as staff", tags=["auth"])
async def sign_in(call: TheCall, data: JSONBody[StaffCredentials]) -> StaffSignIn:
    """Sign in by password; the answer `totp_required` asks for the same again with the authenticator's code."""
    login, runtime, refresh_token = data.login.lower(), call.runtime, sessions.new_refresh_token()
    await _count(call, f"staff:from:{call.address}", TRIES_AN_ADDRESS)
    await _count(call, f"staff:{login}:{call.address}", TRIES_FROM_HERE)
    await _count(call, f"staff:{login}", TRIES_A_LOGIN)
    proof = await operations.authenticate(call.db, login=login, password=data.password, totp=data.totp, now=call.now)
    session = await call.write(
        "staff.sign_in",
        lambda tx: operations.sign_in(
            tx,
            proof=proof,
            device=call.request.headers.get("user-agent", ""),
            refresh_token=refresh_token,
            lifetimes=runtime.lifetimes,
            now=call.now,
        ),
        returns=Session,
        payload=_Audited(login),
        replayable=False,
    )
    tokens = sessions.sign_in(
        session, signer=runtime.signer, refresh_token=refresh_token, lifetimes=runtime.lifetimes, now=call.now
    )
    return StaffSignIn(
        tokens.access_token, tokens.refresh_token, tokens.expires_in, await _profile(call, proof.staff_id)
    )


@get("/v1/staff/me", access=STAFF, summary="My account and what I may do", tags=["staff"])
async def me(call: TheCall) -> Profile:
    """Return the signed-in member of staff, with every grant and its permissions."""
    return await _profile(call, call.actor.staff_id)


@post("/v1/staff/me/password", access=STAFF, status_code=200, summary="Change my password", tags=["staff"])
async def change_password(call: TheCall, data: JSONBody[PasswordChange]) -> Profile:
    """Set a new password; sign-ins on other devices end."""
    staff_id = call.actor.staff_id
    await _count(call, f"password:{staff_id}", TOTP_TRIES)
    async with call.db.read() as tx:
        account = await queries.get_account(tx, staff_id)
    proof = await operations.authenticate(
        call.db, login=account.login, password=data.current, totp=data.totp, now=call.now
    )
    await call.write(
        "staff.change_password",
        lambda tx: operations.change_password(
            tx, proof=proof, actor=call.actor, login=account.login, password=data.password, now=call.now
        ),
        returns=StaffId,
        replayable=False,
    )
    return await _profile(call, staff_id)


@post("/v1/staff/me/totp", access=STAFF, status_code=200, summary="Start a second factor", tags=["staff"])
async def start_totp(call: TheCall) -> TotpSecret:
    """Return a fresh secret; the second factor is on once its first code is confirmed."""
    staff_id, secret = call.actor.staff_id, passwords.new_totp_secret()
    await call.write(
        "staff.start_totp",
        lambda tx: operations.start_totp(tx, staff_id=staff_id, secret=secret),
        returns=StaffId,
        replayable=False,
    )
    profile = await _profile(call, staff_id)
    return TotpSecret(secret, passwords.totp_uri(secret, profile.login))


@post("/v1/staff/me/totp/confirm", access=STAFF, status_code=200, summary="Turn the second factor on", tags=["staff"])
async def confirm_totp(call: TheCall, data: JSONBody[TotpCode]) -> Profile:
    """Turn the second factor on by a first code of it."""
    staff_id = call.actor.staff_id
    await _count(call, f"totp:{staff_id}", TOTP_TRIES)
    await call.write(
        "staff.confirm_totp",
        lambda tx: operations.confirm_totp(tx, staff_id=staff_id, code=data.code, now=call.now),
        returns=StaffId,
        replayable=False,
    )
    return await _profile(call, staff_id)


@delete("/v1/staff/me/totp", access=STAFF, status_code=200, summary="Turn the second factor off", tags=["staff"])
async def stop_totp(call: TheCall, code: FromQuery[Totp]) -> Profile:
    """Turn the second factor off by a code of it that was not used yet."""
    staff_id = call.actor.staff_id
    await _count(call, f"totp:{staff_id}", TOTP_TRIES)
    await call.write(
        "staff.stop_totp",
        lambda tx: operations.stop_totp(tx, staff_id=staff_id, code=code, now=call.now),
        returns=StaffId,
        replayable=False,
    )
    return await _profile(call, staff_id)


@get("/v1/malls/{mall_id:uuid}/staff", access=STAFF, summary="Staff of a mall", tags=["staff"])
async def list_staff(
    call: TheCall,
    mall_id: FromPath[MallId],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[Profile]:
    """Return the staff within one's own reach in a mall, newest first."""
    async with call.db.read() as tx:
        return await queries.list_accounts(tx, mall_id, actor=call.actor, cursor=cursor, limit=limit)


@post("/v1/malls/{mall_id:uuid}/staff", access=STAFF, summary="Take on staff", tags=["staff"])
async def hire(call: TheCall, mall_id: FromPath[MallId], data: JSONBody[NewAccount]) -> Profile:
    """Make an account; nobody can give more than he holds."""
    await _require_manager(call, mall_id)
    staff_id = await call.write(
        "staff.hire",
        lambda tx: operations.hire(tx, giver=call.actor, mall_id=mall_id, new=data, now=call.now),
        returns=StaffId,
        mall_id=mall_id,
        payload=msgspec.structs.replace(data, password=""),
    )
    return await _profile(call, staff_id)


@patch("/v1/malls/{mall_id:uuid}/staff/{staff_id:uuid}", access=STAFF, summary="Change staff", tags=["staff"])
async def update_staff(
    call: TheCall, mall_id: FromPath[MallId], staff_id: FromPath[StaffId], data: JSONBody[AccountUpdate]
) -> Profile:
    """Change grants in this mall, name or password; disable, which ends every sign-in at once."""
    await _require_manager(call, mall_id)
    await call.write(
        "staff.update",
        lambda tx: operations.update_account(
            tx, giver=call.actor, mall_id=mall_id, staff_id=staff_id, update=data, now=call.now
        ),
        returns=StaffId,
        mall_id=mall_id,
        payload=msgspec.structs.replace(data, password=data.password and ""),
    )
    return await _profile(call, staff_id)


async def _profile(call: Call, staff_id: StaffId) -> Profile:
    async with call.db.read() as tx:
        return await queries.get_profile(tx, staff_id)


async def _require_manager(call: Call, mall_id: MallId) -> None:
    """Raise Forbidden unless the actor manages some staff in the mall, before anything of the body is weighed."""
    async with call.db.read() as tx:
        call.actor.reach(Permission.STAFF_MANAGE, await malls.mall_target(tx, mall_id))


async def _count(call: Call, bucket: str, limit: int) -> None:
    await attempts.count(call.db, bucket=bucket, limit=limit, window_s=WINDOW_S, now=call.now)


ROUTES = [
    sign_in, me, change_password, start_totp, confirm_totp, stop_totp, list_staff, hire, update_staff,
]  # fmt: skip

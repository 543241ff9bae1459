"""Routes of members: sign-in by phone and one-time code, and the profile."""

from typing import Annotated

import msgspec
from litestar import get, patch, post
from litestar.params import JSONBody
from msgspec import Meta

from galleria.foundation import malls, notifications
from galleria.foundation.members import operations, queries, rules
from galleria.foundation.members.model import CodeSent, CodeWrong, Locale, Member, Verified
from galleria.kernel.errors import Forbidden
from galleria.kernel.ids import GroupId, MallId, MemberId
from galleria.platform import i18n
from galleria.platform.auth import attempts, sessions
from galleria.platform.http.access import MEMBER, PUBLIC
from galleria.platform.http.call import Call, TheCall

HOUR_S = 3600
CODES_A_PHONE = 10
CODES_AN_ADDRESS = 600
"""A mall's guests share one address, so this only stops a flood."""
TRIES_A_PHONE = 50
TRIES_AN_ADDRESS = 1200

Phone = Annotated[str, Meta(min_length=5, max_length=32, description="A mobile number; Chinese without a +.")]


class CodeRequest(msgspec.Struct, frozen=True):
    """Which mall the shopper is at, and his phone."""

    mall_id: MallId
    phone: Phone


class CodeAnswer(msgspec.Struct, frozen=True):
    """Seconds until the code expires and until another may be asked for; the code itself in a sandbox only."""

    expires_in: int
    resend_in: int
    sandbox_code: str | None


class VerifyRequest(msgspec.Struct, frozen=True):
    """The code that came by message."""

    mall_id: MallId
    phone: Phone
    code: Annotated[str, Meta(pattern="^[0-9]{6}$")]


class MemberSignIn(msgspec.Struct, frozen=True):
    """A signed-in member: tokens and profile."""

    access_token: str
    refresh_token: str
    expires_in: int
    member: Member


class ProfileUpdate(msgspec.Struct, frozen=True):
    """What to change; what is left out stays."""

    name: Annotated[str, Meta(max_length=40)] | None = None
    locale: Locale | None = None


class _Audited(msgspec.Struct, frozen=True):
    """What the journal keeps of a sign-in: never the code, never the whole number."""

    phone: str


@post("/v1/auth/code", access=PUBLIC, status_code=200, summary="Send a one-time code", tags=["auth"])
async def send_code(call: TheCall, data: JSONBody[CodeRequest]) -> CodeAnswer:
    """Send a one-time code to a phone. The answer is the same whether or not the phone is a member's."""
    phone = rules.normalise_phone(data.phone)
    group_id = await _group(call, data.mall_id)
    await _count(call, "code", phone, CODES_A_PHONE, CODES_AN_ADDRESS)
    body = i18n.text("sms.login_code", call.locale)
    sent = await call.write(
        "members.send_code",
        lambda tx: operations.send_code(
            tx, group_id=group_id, phone=phone, body=body, signer=call.runtime.signer, now=call.now
        ),
        returns=CodeSent,
        mall_id=data.mall_id,
        payload=_Audited(rules.mask_phone(phone)),
        replayable=False,
    )
    shown = notifications.one_time_code(call.runtime.signer, sent.message_id)
    return CodeAnswer(sent.expires_in, sent.resend_in, shown if call.runtime.settings.sandbox else None)


@post("/v1/auth/verify", access=PUBLIC, status_code=200, summary="Sign in by one-time code", tags=["auth"])
async def verify(call: TheCall, data: JSONBody[VerifyRequest]) -> MemberSignIn:
    """Sign a member in; whoever comes first time becomes a member."""
    phone = rules.normalise_phone(data.phone)
    group_id = await _group(call, data.mall_id)
    await _count(call, "verify", phone, TRIES_A_PHONE, TRIES_AN_ADDRESS)
    runtime, refresh_token = call.runtime, sessions.new_refresh_token()
    found = await call.write(
        "members.verify",
        lambda tx: operations.verify(
            tx,
            group_id=group_id,
            mall_id=data.mall_id,
            phone=phone,
            code=data.code,
            locale=Locale(call.locale),
            signer=runtime.signer,
            device=call.request.headers.get("user-agent", ""),
            refresh_token=refresh_token,
            lifetimes=runtime.lifetimes,
            now=call.now,
        ),
        returns=Verified,
        mall_id=data.mall_id,
        payload=_Audited(rules.mask_phone(phone)),
        replayable=False,
    )
    if found.member_id is None or found.session is None:
        raise CodeWrong
    tokens = sessions.sign_in(
        found.session, signer=runtime.signer, refresh_token=refresh_token, lifetimes=runtime.lifetimes, now=call.now
    )
    async with call.db.read() as tx:
        member = await queries.get_member(tx, group_id, found.member_id)
    return MemberSignIn(tokens.access_token, tokens.refresh_token, tokens.expires_in, member)


@get("/v1/me", access=MEMBER, summary="My profile", tags=["members"])
async def me(call: TheCall) -> Member:
    """Return the signed-in member."""
    async with call.db.read() as tx:
        return await queries.get_member(tx, _my_group(call), call.actor.member_id)


@patch("/v1/me", access=MEMBER, summary="Change my profile", tags=["members"])
async def update_me(call: TheCall, data: JSONBody[ProfileUpdate]) -> Member:
    """Change name or language."""
    group_id, member_id = _my_group(call), call.actor.member_id
    await call.write(
        "members.update_profile",
        lambda tx: operations.update_profile(
            tx, group_id=group_id, member_id=member_id, name=_stripped(data.name), locale=data.locale
        ),
        returns=MemberId,
        payload=data,
    )
    async with call.db.read() as tx:
        return await queries.get_member(tx, group_id, member_id)


async def _group(call: Call, mall_id: MallId) -> GroupId:
    async with call.db.read() as tx:
        return await malls.group_of(tx, mall_id)


async def _count(call: Call, what: str, phone: str, a_phone: int, an_address: int) -> None:
    for bucket, limit in ((f"{what}:{phone}", a_phone), (f"{what}:from:{call.address}", an_address)):
        await attempts.count(call.db, bucket=bucket, limit=limit, window_s=HOUR_S, now=call.now)


def _stripped(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _my_group(call: Call) -> GroupId:
    if call.actor.group_id is None:
        raise Forbidden
    return call.actor.group_id


ROUTES = [send_code, verify, me, update_me]

"""Routes of members: sign-in by phone and one-time code, the profile, the household."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from galleria.foundation import malls, notifications
from galleria.foundation.members import operations, queries, rules
from galleria.foundation.members.model import (
    HOUSEHOLD_REST_DAYS,
    CodeSent,
    CodeWrong,
    Household,
    Locale,
    Member,
    Tier,
    Verified,
)
from galleria.kernel.errors import Forbidden
from galleria.kernel.ids import GroupId, MallId, MemberId
from galleria.platform import i18n
from galleria.platform.actors import Permission
from galleria.platform.auth import attempts, sessions
from galleria.platform.http.access import MEMBER, PUBLIC, STAFF
from galleria.platform.http.call import Call, TheCall

HOUR_S = 3600
CODES_A_PHONE = 10
CODES_AN_ADDRESS = 600
"""A mall's guests share one address, so this only stops a flood."""
TRIES_A_PHONE = 50
TRIES_AN_ADDRESS = 1200
HOUSEHOLD_TRIES = 20

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
    birthday: date | None = None


class TierChange(msgspec.Struct, frozen=True):
    """The tier a member belongs to; null for none."""

    tier: Tier | None


class TierSet(msgspec.Struct, frozen=True):
    """Who was put into which tier."""

    member_id: MemberId
    tier: str | None


class HouseholdCode(msgspec.Struct, frozen=True):
    """The code another one of the household has told."""

    join_code: Annotated[str, Meta(min_length=10, max_length=20)]


class Left(msgspec.Struct, frozen=True):
    """Who left his household; another may be joined in `rest_days` days."""

    member_id: MemberId
    rest_days: int


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
    """Change name or language, or tell one's birthday, which is told once."""
    group_id, member_id = _my_group(call), call.actor.member_id
    await call.write(
        "members.update_profile",
        lambda tx: operations.update_profile(
            tx,
            group_id=group_id,
            member_id=member_id,
            now=call.now,
            name=_stripped(data.name),
            locale=data.locale,
            birthday=data.birthday,
        ),
        returns=MemberId,
        payload=data,
    )
    async with call.db.read() as tx:
        return await queries.get_member(tx, group_id, member_id)


@patch(
    "/v1/malls/{mall_id:uuid}/members/{member_id:uuid}", access=STAFF, summary="Set a member's tier", tags=["members"]
)
async def set_tier(
    call: TheCall, mall_id: FromPath[UUID], member_id: FromPath[UUID], data: JSONBody[TierChange]
) -> TierSet:
    """Put a member of the mall's group into a tier; for the mall's operators."""
    mall, member = MallId(mall_id), MemberId(member_id)
    async with call.db.read() as tx:
        target = await malls.mall_target(tx, mall)
        call.actor.require(Permission.MALL_MANAGE, target)
    await call.write(
        "members.set_tier",
        lambda tx: operations.set_tier(tx, group_id=target.group_id, member_id=member, tier=data.tier),
        returns=MemberId,
        mall_id=mall,
        payload=TierSet(member, data.tier),
    )
    return TierSet(member, data.tier)


@get("/v1/me/household", access=MEMBER, summary="My household", tags=["members"])
async def my_household(call: TheCall) -> Household:
    """Return the household the signed-in member lives in; 404 when in none."""
    async with call.db.read() as tx:
        return await queries.get_household(tx, _my_group(call), call.actor.member_id)


@post("/v1/me/household", access=MEMBER, summary="Make a household", tags=["members"])
async def make_household(call: TheCall) -> Household:
    """Make a household; its code lets up to seven others in."""
    group_id, member_id = _my_group(call), call.actor.member_id
    await call.write(
        "members.make_household",
        lambda tx: operations.make_household(tx, group_id=group_id, member_id=member_id, now=call.now),
        returns=MemberId,
    )
    return await _household(call)


@post("/v1/me/household/join", access=MEMBER, status_code=200, summary="Join a household", tags=["members"])
async def join_household(call: TheCall, data: JSONBody[HouseholdCode]) -> Household:
    """Join the household whose code one was told."""
    group_id, member_id = _my_group(call), call.actor.member_id
    await attempts.count(call.db, bucket=f"household:{member_id}", limit=HOUSEHOLD_TRIES, window_s=HOUR_S, now=call.now)
    await call.write(
        "members.join_household",
        lambda tx: operations.join_household(
            tx, group_id=group_id, member_id=member_id, join_code=data.join_code, now=call.now
        ),
        returns=MemberId,
    )
    return await _household(call)


@delete("/v1/me/household", access=MEMBER, status_code=200, summary="Leave my household", tags=["members"])
async def leave_household(call: TheCall) -> Left:
    """Leave the household; its code is made anew."""
    group_id, member_id = _my_group(call), call.actor.member_id
    left = await call.write(
        "members.leave_household",
        lambda tx: operations.leave_household(tx, group_id=group_id, member_id=member_id, now=call.now),
        returns=MemberId,
    )
    return Left(left, HOUSEHOLD_REST_DAYS)


async def _household(call: Call) -> Household:
    async with call.db.read() as tx:
        return await queries.get_household(tx, _my_group(call), call.actor.member_id)


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


ROUTES = [
    send_code, verify, me, update_me, set_tier, my_household, make_household, join_household, leave_household,
]  # fmt: skip

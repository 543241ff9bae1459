"""Members come and go by phone and one-time code."""

import secrets
from datetime import date, datetime, timedelta

from galleria.foundation import notifications
from galleria.foundation.members import rules, store
from galleria.foundation.members.model import (
    CODE_LIFE_S,
    CODE_TRIES,
    HOUSEHOLD_MAX,
    RESEND_AFTER_S,
    BirthdaySet,
    CodeSent,
    CodeTooSoon,
    HouseholdCodeWrong,
    HouseholdFull,
    InHousehold,
    Locale,
    Member,
    Verified,
)
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId, HouseholdId, MallId, MemberId, new_id
from galleria.platform.actors import ActorKind
from galleria.platform.auth import sessions
from galleria.platform.auth.sessions import Lifetimes
from galleria.platform.auth.tokens import Signer
from galleria.platform.tx import Tx


async def find_or_create(
    tx: Tx,
    *,
    group_id: GroupId,
    phone: str,
    now: datetime,
    locale: Locale = Locale.CHINESE,
    joined_mall_id: MallId | None = None,
) -> Member:
    """Return the group's member with this phone, made when there is none; at once from two sides makes one.

    Raises Invalid when `phone` is no mobile number.
    """
    return await store.find_or_add(
        tx,
        member_id=MemberId(new_id()),
        group_id=group_id,
        phone=rules.normalise_phone(phone),
        locale=locale,
        joined_mall_id=joined_mall_id,
        now=now,
    )


async def send_code(tx: Tx, *, group_id: GroupId, phone: str, body: str, signer: Signer, now: datetime) -> CodeSent:
    """Send a one-time code to a phone; `{code}` in `body` is where it goes. Members and strangers are treated alike.

    A new code ends the earlier one. Raises Invalid when `phone` is no mobile number, CodeTooSoon within a minute of
    the last code.
    """
    phone, message_id = rules.normalise_phone(phone), new_id()
    code = notifications.one_time_code(signer, message_id)
    expires_at = now + timedelta(seconds=CODE_LIFE_S)
    stored = await store.put_code(
        tx,
        group_id=group_id,
        phone=phone,
        code_hash=rules.code_hash(signer, group_id=group_id, phone=phone, code=code),
        tries=CODE_TRIES,
        now=now,
        expires_at=expires_at,
        resend_after=timedelta(seconds=RESEND_AFTER_S),
    )
    if stored is None:
        made = await store.code_made_at(tx, group_id, phone) or now
        raise CodeTooSoon(retry_after=max(1, RESEND_AFTER_S - int((now - made).total_seconds())))
    await notifications.send_sms(
        tx, group_id=group_id, phone=phone, body=body, now=now, message_id=message_id, expires_at=expires_at
    )
    return CodeSent(message_id, CODE_LIFE_S, RESEND_AFTER_S)


async def use_code(tx: Tx, *, group_id: GroupId, phone: str, code: str, signer: Signer, now: datetime) -> bool:
    """Return whether `code` is the phone's present one, and end it if so; a wrong code costs one of its five tries.

    The caller commits in both cases: a try that was rolled back would cost nothing.
    """
    stored = await store.spend_try(tx, group_id=group_id, phone=phone, now=now)
    if not rules.same_hash(stored, rules.code_hash(signer, group_id=group_id, phone=phone, code=code)):
        return False
    await store.drop_code(tx, group_id=group_id, phone=phone)
    return True


async def verify(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    phone: str,
    code: str,
    locale: Locale,
    signer: Signer,
    device: str,
    refresh_token: str,
    lifetimes: Lifetimes,
    now: datetime,
) -> Verified:
    """Sign a member in by his code, making him a member if he is none yet.

    Returns an empty Verified when the code does not fit; the caller commits the spent try, then raises CodeWrong.
    """
    phone = rules.normalise_phone(phone)
    if not await use_code(tx, group_id=group_id, phone=phone, code=code, signer=signer, now=now):
        return Verified()
    member = await find_or_create(tx, group_id=group_id, phone=phone, locale=locale, joined_mall_id=mall_id, now=now)
    session = await open_session(
        tx, member=member, device=device, refresh_token=refresh_token, lifetimes=lifetimes, now=now
    )
    tx.subject = str(member.id)
    return Verified(member.id, session)


async def open_session(
    tx: Tx, *, member: Member, device: str, refresh_token: str, lifetimes: Lifetimes, now: datetime
) -> sessions.Session:
    """Start a sign-in of a member."""
    return await sessions.open_session(
        tx,
        kind=ActorKind.MEMBER,
        actor_id=member.id,
        group_id=member.group_id,
        device=device,
        refresh_token=refresh_token,
        lifetimes=lifetimes,
        now=now,
    )


async def update_profile(
    tx: Tx,
    *,
    group_id: GroupId,
    member_id: MemberId,
    now: datetime,
    name: str | None = None,
    locale: Locale | None = None,
    birthday: date | None = None,
) -> MemberId:
    """Change what is given of a member's profile. Returns the id only: the journal keeps no phone.

    Raises NotFound, Invalid for an impossible birthday, BirthdaySet for another one than was told before.
    """
    tx.subject = str(member_id)
    if birthday is not None:
        rules.check_birthday(birthday, now)
    updated = await store.update(
        tx, group_id=group_id, member_id=member_id, name=name, locale=locale, birthday=birthday
    )
    if not updated:
        if birthday is not None and await store.find(tx, group_id, member_id) is not None:
            raise BirthdaySet
        raise NotFound
    return member_id


async def set_tier(tx: Tx, *, group_id: GroupId, member_id: MemberId, tier: str | None) -> MemberId:
    """Put a member into a tier, or out of any; raises NotFound."""
    tx.subject = str(member_id)
    if await store.set_tier(tx, group_id=group_id, member_id=member_id, tier=tier) is None:
        raise NotFound
    return member_id


async def make_household(tx: Tx, *, group_id: GroupId, member_id: MemberId, now: datetime) -> MemberId:
    """Make a household of one member. Its code is not in the result, which the journal keeps.

    Raises InHousehold, HouseholdTooSoon, NotFound.
    """
    await _lock_homeless(tx, group_id, member_id, now)
    household_id = HouseholdId(new_id())
    code = rules.join_code(secrets.token_bytes(10))
    await store.add_household(tx, group_id=group_id, household_id=household_id, join_code=code, now=now)
    return await _move_in(tx, group_id, member_id, household_id)


async def join_household(tx: Tx, *, group_id: GroupId, member_id: MemberId, join_code: str, now: datetime) -> MemberId:
    """Move a member into the household with this code; at most eight live in one, by a conditional count.

    Raises HouseholdCodeWrong, HouseholdFull, InHousehold, HouseholdTooSoon, NotFound.
    """
    await _lock_homeless(tx, group_id, member_id, now)
    found = await store.find_household(tx, group_id=group_id, join_code=join_code.strip().upper())
    if found is None:
        raise HouseholdCodeWrong
    return await _move_in(tx, group_id, member_id, found.id)


async def leave_household(tx: Tx, *, group_id: GroupId, member_id: MemberId, now: datetime) -> MemberId:
    """Move a member out of his household; its code is made anew. Raises NotFound when he lives in none."""
    home = await store.lock_home(tx, group_id=group_id, member_id=member_id)
    if home is None or home.household_id is None:
        raise NotFound
    tx.subject = str(member_id)
    await store.move_out(
        tx,
        group_id=group_id,
        member_id=member_id,
        household_id=home.household_id,
        join_code=rules.join_code(secrets.token_bytes(10)),
        now=now,
    )
    return member_id


async def _lock_homeless(tx: Tx, group_id: GroupId, member_id: MemberId, now: datetime) -> None:
    home = await store.lock_home(tx, group_id=group_id, member_id=member_id)
    if home is None:
        raise NotFound
    if home.household_id is not None:
        raise InHousehold
    rules.check_rest(home.household_left_at, now)


async def _move_in(tx: Tx, group_id: GroupId, member_id: MemberId, household_id: HouseholdId) -> MemberId:
    tx.subject = str(member_id)
    joined = await store.move_in(
        tx, group_id=group_id, member_id=member_id, household_id=household_id, most=HOUSEHOLD_MAX
    )
    if joined is None:
        raise HouseholdFull(most=HOUSEHOLD_MAX)
    return member_id


async def forget_codes(tx: Tx, *, before: datetime) -> int:
    """Delete codes that expired before a moment; returns how many."""
    return await store.forget_codes(tx, before)

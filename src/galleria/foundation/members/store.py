"""Every statement on members and their one-time codes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from galleria.foundation.members.model import Household, Locale, Member, Profile
from galleria.kernel.ids import GroupId, HouseholdId, MallId, MemberId
from galleria.platform.tx import ReadTx, Tx

_MEMBER = "id, group_id, phone, name, locale, joined_mall_id, created_at, birthday, tier, household_id"


async def find_or_add(
    tx: Tx,
    *,
    member_id: MemberId,
    group_id: GroupId,
    phone: str,
    locale: Locale,
    joined_mall_id: MallId | None,
    now: datetime,
) -> Member:
    """Return the member with this phone, inserting him when there is none.

    The unique key (group_id, phone) decides between sign-ins that arrive at once: the later waits for the earlier on
    that row and gets it back.
    """
    found = await tx.one(
        Member,
        f"""
        INSERT INTO members.member AS m (group_id, id, phone, locale, joined_mall_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (group_id, phone) DO UPDATE SET phone = m.phone
        RETURNING {_MEMBER}
        """,
        group_id,
        member_id,
        phone,
        locale.value,
        joined_mall_id,
        now,
    )
    if found is None:
        raise AssertionError("an upsert returns a row")
    return found


async def find(tx: ReadTx, group_id: GroupId, member_id: MemberId) -> Member | None:
    """Return a member of a group."""
    return await tx.one(
        Member,
        f"SELECT {_MEMBER} FROM members.member WHERE group_id = $1 AND id = $2",
        group_id,
        member_id,
    )


async def find_many(tx: ReadTx, group_id: GroupId, member_ids: list[MemberId]) -> list[Member]:
    """Return those members of a group that exist."""
    return await tx.all(
        Member,
        f"SELECT {_MEMBER} FROM members.member WHERE group_id = $1 AND id = ANY($2)",
        group_id,
        member_ids,
    )


async def count(tx: ReadTx, group_id: GroupId) -> int:
    """Return how many members a group has."""
    return int(await tx.value("SELECT count(*) FROM members.member WHERE group_id = $1", group_id))


async def find_by_phone(tx: ReadTx, group_id: GroupId, phone: str) -> Member | None:
    """Return the member with this phone (E.164)."""
    return await tx.one(
        Member,
        f"SELECT {_MEMBER} FROM members.member WHERE group_id = $1 AND phone = $2",
        group_id,
        phone,
    )


async def update(
    tx: Tx,
    *,
    group_id: GroupId,
    member_id: MemberId,
    name: str | None,
    locale: Locale | None,
    birthday: date | None,
) -> bool:
    """Set what is given of a profile, leave what is None; False for no such member, or another birthday than told."""
    changed = await tx.run(
        """
        UPDATE members.member
           SET name = coalesce($3, name), locale = coalesce($4, locale), birthday = coalesce($5, birthday)
         WHERE group_id = $1 AND id = $2 AND ($5::date IS NULL OR birthday IS NULL OR birthday = $5)
        """,
        group_id,
        member_id,
        name,
        None if locale is None else locale.value,
        birthday,
    )
    return changed == 1


async def set_tier(tx: Tx, *, group_id: GroupId, member_id: MemberId, tier: str | None) -> Member | None:
    """Set a member's tier and return the member."""
    return await tx.one(
        Member,
        f"UPDATE members.member SET tier = $3 WHERE group_id = $1 AND id = $2 RETURNING {_MEMBER}",
        group_id,
        member_id,
        tier,
    )


class OfMember(Profile, frozen=True, kw_only=True):
    """A profile, and whose."""

    member_id: MemberId


async def profiles(tx: ReadTx, group_id: GroupId, member_ids: Sequence[MemberId]) -> list[OfMember]:
    """Return the profiles of those members of a group that exist."""
    return await tx.all(
        OfMember,
        """
        SELECT id AS member_id, birthday, tier, household_id
          FROM members.member WHERE group_id = $1 AND id = ANY($2)
        """,
        group_id,
        member_ids,
    )


_HOUSEHOLD = "id, join_code, size, created_at"


async def household_of(tx: ReadTx, group_id: GroupId, member_id: MemberId) -> Household | None:
    """Return the household a member lives in."""
    return await tx.one(
        Household,
        """
        SELECT h.id, h.join_code, h.size, h.created_at
          FROM members.member AS m
          JOIN members.household AS h ON h.group_id = m.group_id AND h.id = m.household_id
         WHERE m.group_id = $1 AND m.id = $2
        """,
        group_id,
        member_id,
    )


async def add_household(tx: Tx, *, group_id: GroupId, household_id: HouseholdId, join_code: str, now: datetime) -> None:
    """Insert an empty household."""
    await tx.run(
        "INSERT INTO members.household (group_id, id, join_code, size, created_at) VALUES ($1, $2, $3, 0, $4)",
        group_id,
        household_id,
        join_code,
        now,
    )


class HomeStanding(msgspec.Struct, frozen=True):
    """Whether a member may move in somewhere."""

    household_id: HouseholdId | None
    household_left_at: datetime | None


async def lock_home(tx: Tx, *, group_id: GroupId, member_id: MemberId) -> HomeStanding | None:
    """Return where a member lives and lock his row until commit."""
    return await tx.one(
        HomeStanding,
        """
        SELECT household_id, household_left_at FROM members.member
         WHERE group_id = $1 AND id = $2 FOR NO KEY UPDATE
        """,
        group_id,
        member_id,
    )


async def find_household(tx: ReadTx, *, group_id: GroupId, join_code: str) -> Household | None:
    """Return the household with this code."""
    return await tx.one(
        Household,
        f"SELECT {_HOUSEHOLD} FROM members.household WHERE group_id = $1 AND join_code = $2",
        group_id,
        join_code,
    )


async def move_in(
    tx: Tx, *, group_id: GroupId, member_id: MemberId, household_id: HouseholdId, most: int
) -> Household | None:
    """Count a member into a household and set it on his locked row; None when it is full."""
    return await tx.one(
        Household,
        f"""
        WITH counted AS (
          UPDATE members.household SET size = size + 1 WHERE group_id = $1 AND id = $3 AND size < $4
          RETURNING {_HOUSEHOLD}
        ), moved AS (
          UPDATE members.member SET household_id = $3
           WHERE group_id = $1 AND id = $2 AND EXISTS (SELECT FROM counted)
        )
        SELECT {_HOUSEHOLD} FROM counted
        """,
        group_id,
        member_id,
        household_id,
        most,
    )


async def move_out(
    tx: Tx, *, group_id: GroupId, member_id: MemberId, household_id: HouseholdId, join_code: str, now: datetime
) -> None:
    """Take a member, whose row is locked, out of his household, whose code is made anew: who left knows the old."""
    await tx.run(
        """
        WITH counted AS (
          UPDATE members.household SET size = size - 1, join_code = $4 WHERE group_id = $1 AND id = $3
        )
        UPDATE members.member SET household_id = NULL, household_left_at = $5 WHERE group_id = $1 AND id = $2
        """,
        group_id,
        member_id,
        household_id,
        join_code,
        now,
    )


async def put_code(
    tx: Tx,
    *,
    group_id: GroupId,
    phone: str,
    code_hash: bytes,
    tries: int,
    now: datetime,
    expires_at: datetime,
    resend_after: timedelta,
) -> UUID | None:
    """Store a code over the phone's earlier one, unless that is younger than `resend_after`; None when it is."""
    stored: UUID | None = await tx.value(
        """
        INSERT INTO members.login_code AS c (group_id, phone, code_hash, tries_left, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (group_id, phone) DO UPDATE
           SET code_hash = EXCLUDED.code_hash, tries_left = EXCLUDED.tries_left,
               created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
         WHERE c.created_at <= EXCLUDED.created_at - $7::interval
        RETURNING group_id
        """,
        group_id,
        phone,
        code_hash,
        tries,
        now,
        expires_at,
        resend_after,
    )
    return stored


async def code_made_at(tx: ReadTx, group_id: GroupId, phone: str) -> datetime | None:
    """Return when the phone's present code was made."""
    made: datetime | None = await tx.value(
        "SELECT created_at FROM members.login_code WHERE group_id = $1 AND phone = $2", group_id, phone
    )
    return made


async def spend_try(tx: Tx, *, group_id: GroupId, phone: str, now: datetime) -> bytes | None:
    """Spend one try of the phone's code and return its hash; None when there is no code with a try left.

    Holds the code's row until commit, so of two that try at once the second sees what the first left.
    """
    found: bytes | None = await tx.value(
        """
        UPDATE members.login_code SET tries_left = tries_left - 1
         WHERE group_id = $1 AND phone = $2 AND tries_left > 0 AND expires_at > $3
        RETURNING code_hash
        """,
        group_id,
        phone,
        now,
    )
    return found


async def drop_code(tx: Tx, *, group_id: GroupId, phone: str) -> None:
    """Delete the phone's code."""
    await tx.run("DELETE FROM members.login_code WHERE group_id = $1 AND phone = $2", group_id, phone)


async def forget_codes(tx: Tx, before: datetime) -> int:
    """Delete codes that expired before a moment; returns how many."""
    return await tx.run("DELETE FROM members.login_code WHERE expires_at < $1", before)


_SEGMENT = """
    group_id = $1 AND ($2::text[] IS NULL OR tier = ANY($2))
    AND ($3::integer IS NULL OR extract(month FROM birthday) = $3) AND ($4::text[] IS NULL OR phone = ANY($4))
"""


async def list_segment(
    tx: ReadTx,
    group_id: GroupId,
    *,
    tiers: Sequence[str] | None,
    month: int | None,
    phones: Sequence[str] | None,
    after: UUID | None,
    limit: int,
) -> list[MemberId]:
    """Return members by id, those after one of them; what is None does not narrow."""
    return await tx.values(
        f"SELECT id FROM members.member WHERE {_SEGMENT} AND ($5::uuid IS NULL OR id > $5) ORDER BY id LIMIT $6",
        group_id,
        tiers,
        month,
        phones,
        after,
        limit,
    )


async def count_segment(
    tx: ReadTx, group_id: GroupId, *, tiers: Sequence[str] | None, month: int | None, phones: Sequence[str] | None
) -> int:
    """Count members; what is None does not narrow."""
    found: int = await tx.value(f"SELECT count(*) FROM members.member WHERE {_SEGMENT}", group_id, tiers, month, phones)
    return found

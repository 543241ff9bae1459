"""Every statement on members and their one-time codes."""

from datetime import datetime, timedelta
from uuid import UUID

from galleria.foundation.members.model import Locale, Member
from galleria.kernel.ids import GroupId, MallId, MemberId
from galleria.platform.tx import ReadTx, Tx

_MEMBER = "id, group_id, phone, name, locale, joined_mall_id, created_at"


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


async def find_by_phone(tx: ReadTx, group_id: GroupId, phone: str) -> Member | None:
    """Return the member with this phone (E.164)."""
    return await tx.one(
        Member,
        f"SELECT {_MEMBER} FROM members.member WHERE group_id = $1 AND phone = $2",
        group_id,
        phone,
    )


async def update(tx: Tx, *, group_id: GroupId, member_id: MemberId, name: str | None, locale: Locale | None) -> bool:
    """Set what is given of a profile, leave what is None; returns whether there is such a member."""
    changed = await tx.run(
        """
        UPDATE members.member SET name = coalesce($3, name), locale = coalesce($4, locale)
         WHERE group_id = $1 AND id = $2
        """,
        group_id,
        member_id,
        name,
        None if locale is None else locale.value,
    )
    return changed == 1


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

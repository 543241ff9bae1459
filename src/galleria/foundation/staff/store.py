"""Every statement on staff accounts."""

import zlib

from galleria.foundation.staff.model import Account, Credentials, State
from galleria.kernel.ids import GroupId, StaffId
from galleria.platform import locks
from galleria.platform.tx import ReadTx, Tx

_ACCOUNT = "id, group_id, login, name, state, totp_confirmed, created_at"


async def lock_group(tx: Tx, group_id: GroupId) -> None:
    """Wait for other changes of the group's staff to end; held until commit. Taken before any row is read."""
    key = zlib.crc32(group_id.bytes) & 0x7FFFFFFF
    await tx.value("SELECT pg_advisory_xact_lock($1, $2)", locks.STAFF, key)


async def add(tx: Tx, account: Account, *, password_hash: str) -> bool:
    """Insert an account; returns False when the login is taken."""
    added = await tx.run(
        """
        INSERT INTO staff.account (group_id, id, login, name, password_hash, state, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (login) DO NOTHING
        """,
        account.group_id,
        account.id,
        account.login,
        account.name,
        password_hash,
        account.state.value,
        account.created_at,
    )
    return added == 1


async def find(tx: ReadTx, staff_id: StaffId) -> Account | None:
    """Return an account."""
    return await tx.one(
        Account,
        f"SELECT {_ACCOUNT} FROM staff.account WHERE id = $1",
        staff_id,
    )


async def find_many(tx: ReadTx, group_id: GroupId, staff_ids: list[StaffId]) -> list[Account]:
    """Return those accounts of a group that exist."""
    return await tx.all(
        Account,
        f"SELECT {_ACCOUNT} FROM staff.account WHERE group_id = $1 AND id = ANY($2)",
        group_id,
        staff_ids,
    )


async def credentials(tx: ReadTx, *, login: str | None = None, staff_id: StaffId | None = None) -> Credentials | None:
    """Return what a sign-in by login, or a change by id, is checked against."""
    return await tx.one(
        Credentials,
        """
        SELECT id, group_id, login, password_hash, totp_secret, totp_confirmed, state
          FROM staff.account WHERE login = $1 OR id = $2
        """,
        login,
        staff_id,
    )


async def spend_step(tx: Tx, *, staff_id: StaffId, password_hash: str, step: int | None) -> bool:
    """Take an account for a sign-in: still active, the same password, and the time step not used yet.

    One conditional UPDATE holds the account's row until commit: of two that bring the same step one wins, and an
    account being disabled is either refused here or has this sign-in revoked.
    """
    taken = await tx.run(
        """
        UPDATE staff.account SET totp_last_step = coalesce($3, totp_last_step)
         WHERE id = $1 AND password_hash = $2 AND state = 'active'
           AND ($3::bigint IS NULL AND NOT totp_confirmed OR totp_last_step < $3)
        """,
        staff_id,
        password_hash,
        step,
    )
    return taken == 1


async def update(
    tx: Tx, *, staff_id: StaffId, name: str | None, password_hash: str | None, state: State | None, reset_totp: bool
) -> None:
    """Set what is given of an account, leave what is None."""
    await tx.run(
        """
        UPDATE staff.account
           SET name = coalesce($2, name), password_hash = coalesce($3, password_hash), state = coalesce($4, state),
               totp_secret = CASE WHEN $5 THEN NULL ELSE totp_secret END,
               totp_confirmed = totp_confirmed AND NOT $5
         WHERE id = $1
        """,
        staff_id,
        name,
        password_hash,
        None if state is None else state.value,
        reset_totp,
    )


async def start_totp(tx: Tx, *, staff_id: StaffId, secret: str) -> bool:
    """Store an unconfirmed second factor; returns False when a confirmed one is on."""
    started = await tx.run(
        "UPDATE staff.account SET totp_secret = $2 WHERE id = $1 AND NOT totp_confirmed", staff_id, secret
    )
    return started == 1


async def confirm_totp(tx: Tx, *, staff_id: StaffId, secret: str, step: int) -> bool:
    """Turn the second factor on, if this secret is still the one started; its first code is spent by that."""
    confirmed = await tx.run(
        """
        UPDATE staff.account SET totp_confirmed = true, totp_last_step = $3
         WHERE id = $1 AND totp_secret = $2 AND NOT totp_confirmed
        """,
        staff_id,
        secret,
        step,
    )
    return confirmed == 1


async def stop_totp(tx: Tx, *, staff_id: StaffId, step: int) -> bool:
    """Turn the second factor off by a code of it that was not used yet."""
    stopped = await tx.run(
        """
        UPDATE staff.account SET totp_confirmed = false, totp_secret = NULL, totp_last_step = $2
         WHERE id = $1 AND totp_confirmed AND totp_last_step < $2
        """,
        staff_id,
        step,
    )
    return stopped == 1

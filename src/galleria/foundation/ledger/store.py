"""Every statement of the ledger. Locks are taken in one order: holds, then accounts by id, then their lots."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from galleria.foundation.ledger.model import (
    AccountId,
    AccountKind,
    EntryId,
    EntryKey,
    Expiry,
    Hold,
    HoldId,
    HoldState,
    LotId,
    LotUse,
    Movement,
    OpenLot,
    Plan,
    SpentLot,
)
from galleria.foundation.ledger.rules import InsufficientBalance
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.tx import ReadTx, Tx


class AlreadyPosted(Conflict):
    """There is an entry or a hold with this code and reference: it has had its one effect."""

    code = "already_posted"


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in the domain's words which constraint refused; any other violation is a bug and stays what it is."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name in {"entry_once", "hold_once"}:
            raise AlreadyPosted from error
        raise
    except asyncpg.CheckViolationError as error:
        if error.constraint_name == "account_covers":
            raise InsufficientBalance from error
        raise


_WRITE = """
WITH moved AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::boolean[], $7::boolean[],
                       $8::bigint[]) AS m (id, group_id, kind, owner_id, asset, guarded, lotted, amount)
), locked AS (
  SELECT id FROM ledger.account WHERE id IN (SELECT id FROM moved WHERE guarded) ORDER BY id FOR NO KEY UPDATE
), opened AS (
  INSERT INTO ledger.account AS a (id, group_id, kind, owner_id, asset, guarded, lotted, balance)
  SELECT id, group_id, kind, owner_id, asset, guarded, lotted, CASE WHEN guarded THEN amount ELSE 0 END
    FROM moved WHERE NOT EXISTS (SELECT FROM ledger.account WHERE account.id = moved.id)
   ORDER BY id
      ON CONFLICT (id) DO UPDATE SET balance = a.balance + excluded.balance WHERE a.guarded
), changed AS (
  UPDATE ledger.account AS a SET balance = a.balance + moved.amount
    FROM moved JOIN locked USING (id) WHERE a.id = moved.id AND moved.amount <> 0
), entered AS (
  INSERT INTO ledger.entry (at, id, group_id, mall_id, code, reference, detail)
  SELECT $9::timestamptz, * FROM unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::text[], $14::uuid[], $15::jsonb[])
), posted AS (
  INSERT INTO ledger.posting (entry_id, position, account_id, asset, amount)
  SELECT * FROM unnest($16::uuid[], $17::smallint[], $18::uuid[], $19::text[], $20::bigint[])
), filled AS (
  INSERT INTO ledger.lot (id, account_id, entry_id, quantity, remaining, expires_at)
  SELECT id, account_id, entry_id, quantity, quantity, expires_at
    FROM unnest($21::uuid[], $22::uuid[], $23::uuid[], $24::bigint[], $25::timestamptz[])
      AS l (id, account_id, entry_id, quantity, expires_at)
), used AS (
  SELECT * FROM unnest($26::uuid[], $27::uuid[], $28::bigint[], $29::uuid[]) AS u (entry_id, lot_id, amount, returns)
), noted AS (
  INSERT INTO ledger.lot_use (entry_id, lot_id, amount) SELECT entry_id, lot_id, amount FROM used
), returned AS (
  UPDATE ledger.lot_use AS o SET returned = o.returned - used.amount
    FROM used WHERE o.entry_id = used.returns AND o.lot_id = used.lot_id
)
UPDATE ledger.lot SET remaining = remaining - u.amount
  FROM (SELECT lot_id, sum(amount)::bigint AS amount FROM used GROUP BY lot_id) AS u WHERE lot.id = u.lot_id
"""


async def write(tx: Tx, plan: Plan, now: datetime) -> None:
    """Write entries, postings, lots and what they change, in one statement.

    Locks the guarded accounts that exist, in the order of their ids; accounts that do not are opened, and a debit of
    one of those fails its CHECK like any other. Raises AlreadyPosted, InsufficientBalance; the transaction is then
    dead, so nothing of it remains.
    """
    accounts = [change.account for change in plan.changes]
    rows = [(b.id, i, p) for b in plan.booked for i, p in enumerate(b.entry.postings)]
    with _refusals():
        await tx.run(
            _WRITE,
            [a.id for a in accounts],
            [change.group_id for change in plan.changes],
            [a.kind.value for a in accounts],
            [a.owner_id for a in accounts],
            [a.asset for a in accounts],
            [a.guarded for a in accounts],
            [a.lotted for a in accounts],
            [change.amount for change in plan.changes],
            now,
            [b.id for b in plan.booked],
            [b.group_id for b in plan.booked],
            [b.mall_id for b in plan.booked],
            [b.entry.code for b in plan.booked],
            [b.entry.reference for b in plan.booked],
            [b.entry.detail for b in plan.booked],
            [entry_id for entry_id, _, _ in rows],
            [i for _, i, _ in rows],
            [p.account.id for _, _, p in rows],
            [p.account.asset for _, _, p in rows],
            [p.amount for _, _, p in rows],
            [new_id() for _ in plan.lots],
            [lot.account_id for lot in plan.lots],
            [lot.entry_id for lot in plan.lots],
            [lot.quantity for lot in plan.lots],
            [lot.expires_at for lot in plan.lots],
            *_columns(plan.uses),
        )


def _columns(uses: Sequence[LotUse]) -> tuple[list[EntryId], list[LotId], list[int], list[EntryId | None]]:
    return [u.entry_id for u in uses], [u.lot_id for u in uses], [u.amount for u in uses], [u.returns for u in uses]


async def lock(tx: Tx, account_ids: Sequence[AccountId]) -> None:
    """Lock these accounts, as far as they exist, in the order of their ids, until the transaction ends."""
    await tx.values(
        "SELECT id FROM ledger.account WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(account_ids)
    )


_OPEN = """
SELECT lot.id, lot.account_id, lot.remaining - lot.held AS free, lot.expires_at, entry.code, entry.reference
  FROM ledger.lot JOIN ledger.entry ON entry.id = lot.entry_id
 WHERE lot.account_id = ANY($1::uuid[]) AND lot.remaining > 0 AND lot.remaining > lot.held
"""


async def open_lots(tx: ReadTx, account_ids: Sequence[AccountId], now: datetime) -> list[OpenLot]:
    """Return what can be spent of these accounts at `now`, soonest to expire first. The caller holds their locks."""
    return await tx.all(
        OpenLot,
        _OPEN + " AND (lot.expires_at IS NULL OR lot.expires_at > $2) ORDER BY lot.expires_at NULLS LAST, lot.id",
        list(account_ids),
        now,
    )


async def due_lots(tx: ReadTx, account_ids: Sequence[AccountId], now: datetime) -> list[OpenLot]:
    """Return the lots of these accounts that have expired with something free in them. The caller holds the locks."""
    return await tx.all(OpenLot, _OPEN + " AND lot.expires_at <= $2 ORDER BY lot.id", list(account_ids), now)


async def spent_lots(tx: ReadTx, keys: Sequence[EntryKey]) -> list[SpentLot]:
    """Return what these entries took out of lots and have not given back, in the order it was used."""
    return await tx.all(
        SpentLot,
        """
        SELECT u.entry_id, u.lot_id, lot.account_id, u.amount - u.returned AS "left", e.code, e.reference
          FROM unnest($1::text[], $2::uuid[]) AS k (code, reference)
          JOIN ledger.entry AS e USING (code, reference)
          JOIN ledger.lot_use AS u ON u.entry_id = e.id AND u.amount > u.returned
          JOIN ledger.lot ON lot.id = u.lot_id
         ORDER BY lot.expires_at NULLS LAST, lot.id
        """,
        [key.code for key in keys],
        [key.reference for key in keys],
    )


class DueAccount(msgspec.Struct, frozen=True):
    """An account with lots that have expired."""

    id: AccountId
    group_id: GroupId
    kind: AccountKind
    owner_id: UUID
    asset: str


async def lock_due_accounts(tx: Tx, now: datetime, limit: int) -> list[DueAccount]:
    """Lock, in the order of their ids, the accounts of the `limit` lots that expired first and are not held."""
    return await tx.all(
        DueAccount,
        """
        SELECT id, group_id, kind, owner_id, asset FROM ledger.account
         WHERE id IN (SELECT account_id FROM ledger.lot
                       WHERE remaining > 0 AND remaining > held AND expires_at <= $1 ORDER BY expires_at LIMIT $2)
         ORDER BY id FOR NO KEY UPDATE
        """,
        now,
        limit,
    )


async def any_lot_due(tx: ReadTx, now: datetime) -> bool:
    """Return whether a lot has expired with something free in it."""
    found: bool = await tx.value(
        "SELECT EXISTS (SELECT FROM ledger.lot WHERE remaining > 0 AND remaining > held AND expires_at <= $1)", now
    )
    return found


async def add_hold(tx: Tx, hold: Hold, account_id: AccountId, lots: Sequence[tuple[LotId, int]], now: datetime) -> bool:
    """Set an amount aside, and the lots named; return False, and change nothing, when the account does not exist.

    Locks the account. Raises AlreadyPosted, InsufficientBalance.
    """
    with _refusals():
        return bool(
            await tx.value(
                """
                WITH reserved AS (
                  UPDATE ledger.account SET held = held + $5 WHERE id = $2 AND guarded RETURNING id
                ), made AS (
                  INSERT INTO ledger.hold (id, account_id, group_id, mall_id, amount, state, code, reference,
                                           created_at, expires_at)
                  SELECT $1, id, $3, $4, $5, 'pending', $6, $7, $8, $9 FROM reserved
                  RETURNING id
                ), named AS (
                  SELECT made.id AS hold_id, l.lot_id, l.amount
                    FROM made CROSS JOIN unnest($10::uuid[], $11::bigint[]) AS l (lot_id, amount)
                ), noted AS (
                  INSERT INTO ledger.hold_lot (hold_id, lot_id, amount) SELECT hold_id, lot_id, amount FROM named
                ), kept AS (
                  UPDATE ledger.lot SET held = lot.held + named.amount FROM named WHERE lot.id = named.lot_id
                )
                SELECT count(*) FROM made
                """,
                hold.id,
                account_id,
                hold.group_id,
                hold.mall_id,
                hold.amount,
                hold.code,
                hold.reference,
                now,
                hold.expires_at,
                [lot_id for lot_id, _ in lots],
                [amount for _, amount in lots],
            )
        )


_END = """
WITH due AS (
  SELECT id, account_id, group_id, mall_id, amount, code, reference, expires_at FROM ledger.hold
   WHERE state = 'pending' AND {which}
), ended AS (
  UPDATE ledger.hold SET state = $2, ended_at = $1 FROM due WHERE hold.id = due.id
), locked AS (
  SELECT id, kind, owner_id, asset FROM ledger.account
   WHERE id IN (SELECT account_id FROM due) ORDER BY id FOR NO KEY UPDATE
), freed AS (
  UPDATE ledger.account AS a SET held = a.held - d.amount
    FROM (SELECT account_id, sum(amount)::bigint AS amount FROM due GROUP BY account_id) AS d
    JOIN locked ON locked.id = d.account_id
   WHERE a.id = d.account_id
  RETURNING a.id
), lots AS (
  UPDATE ledger.lot SET held = lot.held - h.amount
    FROM (SELECT lot_id, sum(hold_lot.amount)::bigint AS amount FROM ledger.hold_lot
            JOIN due ON due.id = hold_lot.hold_id JOIN freed ON freed.id = due.account_id GROUP BY lot_id) AS h
   WHERE lot.id = h.lot_id
)
SELECT due.id, due.group_id, due.mall_id, locked.kind, locked.owner_id, locked.asset, due.amount, due.code,
       due.reference, due.expires_at
  FROM due JOIN locked ON locked.id = due.account_id
"""
_END_ONE = _END.format(which="id = $3 AND expires_at > $1 FOR UPDATE")
_EXPIRE = _END.format(which="expires_at <= $1 ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED")


async def end_hold(tx: Tx, hold_id: HoldId, state: HoldState, now: datetime) -> Hold | None:
    """End a pending hold that has not run out, and free what it kept; None when there is none such.

    Locks the hold, then its account, then its lots.
    """
    return await tx.one(Hold, _END_ONE, now, state.value, hold_id)


async def expire_holds(tx: Tx, now: datetime, limit: int) -> int:
    """End at most `limit` pending holds that have run out, and return how many; those being ended are passed over."""
    return len(await tx.all(Hold, _EXPIRE, now, HoldState.EXPIRED.value, limit))


async def any_hold_due(tx: ReadTx, now: datetime) -> bool:
    """Return whether a pending hold has run out."""
    found: bool = await tx.value(
        "SELECT EXISTS (SELECT FROM ledger.hold WHERE state = 'pending' AND expires_at <= $1)", now
    )
    return found


async def hold_exists(tx: ReadTx, hold_id: HoldId) -> bool:
    """Return whether there is a hold, in any state."""
    found: bool = await tx.value("SELECT EXISTS (SELECT FROM ledger.hold WHERE id = $1)", hold_id)
    return found


async def held_lots(tx: ReadTx, hold_id: HoldId) -> list[OpenLot]:
    """Return the lots a hold has named, each with what it named of it."""
    return await tx.all(
        OpenLot,
        """
        SELECT lot.id, lot.account_id, h.amount AS free, lot.expires_at, entry.code, entry.reference
          FROM ledger.hold_lot AS h
          JOIN ledger.lot ON lot.id = h.lot_id
          JOIN ledger.entry ON entry.id = lot.entry_id
         WHERE h.hold_id = $1 ORDER BY lot.expires_at NULLS LAST, lot.id
        """,
        hold_id,
    )


class AccountBalance(msgspec.Struct, frozen=True):
    """A balance, and whose it is."""

    id: AccountId
    total: int
    held: int
    available: int
    expiring: list[Expiry]


async def balances(tx: ReadTx, account_ids: Sequence[AccountId], now: datetime) -> list[AccountBalance]:
    """Return the balances of those of these accounts that exist, in one statement."""
    return await tx.all(
        AccountBalance,
        """
        SELECT a.id, CASE WHEN a.guarded THEN a.balance ELSE p.total END AS total, a.held,
               CASE WHEN a.lotted THEN l.free WHEN a.guarded THEN a.balance - a.held ELSE p.total END AS available,
               coalesce(l.expiring, '[]') AS expiring
          FROM ledger.account AS a
          LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount), 0)::bigint AS total FROM ledger.posting WHERE account_id = a.id
          ) AS p ON NOT a.guarded
          LEFT JOIN LATERAL (
            SELECT coalesce(sum(free), 0)::bigint AS free,
                   jsonb_agg(jsonb_build_object('at', at, 'amount', free) ORDER BY at)
                     FILTER (WHERE at IS NOT NULL AND place <= 12) AS expiring
              FROM (SELECT expires_at AS at, sum(remaining - held)::bigint AS free,
                           row_number() OVER (ORDER BY expires_at NULLS LAST) AS place
                      FROM ledger.lot
                     WHERE account_id = a.id AND remaining > 0 AND remaining > held
                       AND (expires_at IS NULL OR expires_at > $2)
                     GROUP BY expires_at) AS ends
          ) AS l ON a.lotted
         WHERE a.id = ANY($1::uuid[])
        """,
        list(account_ids),
        now,
    )


async def turnover(tx: ReadTx, account_id: AccountId, starts_at: datetime, ends_at: datetime) -> int:
    """Return the sum of an account's postings in a half-open period."""
    found: int = await tx.value(
        "SELECT coalesce(sum(p.amount), 0)::bigint FROM ledger.posting p JOIN ledger.entry e ON e.id = p.entry_id "
        "WHERE p.account_id = $1 AND e.at >= $2 AND e.at < $3",
        account_id,
        starts_at,
        ends_at,
    )
    return found


async def movements(tx: ReadTx, account_ids: Sequence[AccountId], before: EntryId | None, limit: int) -> list[Movement]:
    """Return the newest entries, older than `before`, that touched one of these accounts."""
    return await tx.all(
        Movement,
        """
        WITH page AS (
          SELECT DISTINCT p.entry_id
            FROM unnest($1::uuid[]) AS a (id)
           CROSS JOIN LATERAL (
             SELECT DISTINCT entry_id FROM ledger.posting
              WHERE account_id = a.id AND ($2::uuid IS NULL OR entry_id < $2) ORDER BY entry_id DESC LIMIT $3
           ) AS p
           ORDER BY p.entry_id DESC LIMIT $3
        )
        SELECT e.id AS entry_id, e.at, e.mall_id, e.code, e.reference, e.detail,
               (SELECT jsonb_object_agg(kind, amount)
                  FROM (SELECT a.kind, sum(p.amount)::bigint AS amount
                          FROM ledger.posting AS p JOIN ledger.account AS a ON a.id = p.account_id
                         WHERE p.entry_id = e.id AND p.account_id = ANY($1) GROUP BY a.kind) AS k) AS amounts
          FROM page JOIN ledger.entry AS e ON e.id = page.entry_id
         ORDER BY e.id DESC
        """,
        list(account_ids),
        before,
        limit,
    )

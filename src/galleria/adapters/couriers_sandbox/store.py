"""The companies' own books. They stand for strangers, so each statement is a commit of its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.platform.db import Database

_COLUMNS = "id, company, their_number, body, state, price_minor, tip_minor, fee_minor, step, next_at, changed_at"


class Entry(msgspec.Struct, frozen=True):
    """An order in a company's book; `state` is in the company's own words."""

    id: UUID
    company: str
    their_number: str
    body: dict[str, Any]
    state: str
    price_minor: int
    tip_minor: int
    fee_minor: int
    step: int
    next_at: datetime | None
    changed_at: datetime


async def place(db: Database, new: Entry) -> Entry:
    """Write an order down once per id, and return it as it stands."""
    sql = f"""
    INSERT INTO sandbox.courier_order ({_COLUMNS}, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
    ON CONFLICT (id) DO NOTHING RETURNING {_COLUMNS}
    """
    async with db.read() as tx:
        made = await tx.one(
            Entry, sql, new.id, new.company, new.their_number, new.body, new.state, new.price_minor, new.tip_minor,
            new.fee_minor, new.step, new.next_at, new.changed_at,
        )  # fmt: skip
    return made or await find(db, new.company, new.id) or new


async def find(db: Database, company: str, order_id: UUID) -> Entry | None:
    """Return an order."""
    async with db.read() as tx:
        sql = f"SELECT {_COLUMNS} FROM sandbox.courier_order WHERE id = $1 AND company = $2"
        return await tx.one(Entry, sql, order_id, company)


async def move(
    db: Database, entry: Entry, state: str, *, fee_minor: int, step: int, next_at: datetime | None, now: datetime
) -> Entry | None:
    """Move an order on from the state it is in; None when somebody else has moved it."""
    sql = f"""
    UPDATE sandbox.courier_order SET state = $3, fee_minor = $4, step = $5, next_at = $6, changed_at = $7
     WHERE id = $1 AND state = $2 AND step = $8 RETURNING {_COLUMNS}
    """
    async with db.read() as tx:
        return await tx.one(Entry, sql, entry.id, entry.state, state, fee_minor, step, next_at, now, entry.step)


async def tip(db: Database, entry: Entry, tip_minor: int) -> bool:
    """Raise an order's tip; False when it is no more than before. The same tip again is no harm."""
    sql = "UPDATE sandbox.courier_order SET tip_minor = $2 WHERE id = $1 AND tip_minor <= $2 RETURNING id"
    async with db.read() as tx:
        return await tx.value(sql, entry.id, tip_minor) is not None


async def due(db: Database, now: datetime) -> list[Entry]:
    """Return orders that go on now."""
    sql = f"SELECT {_COLUMNS} FROM sandbox.courier_order WHERE next_at <= $1 ORDER BY next_at LIMIT 50"
    async with db.read() as tx:
        return await tx.all(Entry, sql, now)

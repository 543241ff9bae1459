"""Every SQL statement of check-ins.

Locks: a visit's key is what two check-ins of a day meet at; the later waits for the earlier and then finds it done.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from galleria.engagement.checkins.model import Rung
from galleria.kernel.ids import ClaimId, MallId, MemberId
from galleria.platform.tx import ReadTx, Tx


class LadderRow(msgspec.Struct, frozen=True):
    """A mall's ladder without its rungs."""

    active: bool
    repeats: bool
    points_last_days: int | None
    changed_at: datetime


async def ladder(tx: ReadTx, mall_id: MallId) -> LadderRow | None:
    """Return a mall's ladder."""
    return await tx.one(
        LadderRow,
        "SELECT active, repeats, points_last_days, changed_at FROM checkins.ladder WHERE mall_id = $1",
        mall_id,
    )


async def rungs(tx: ReadTx, mall_id: MallId) -> list[Rung]:
    """Return the rungs of a mall's ladder, from the lowest."""
    return await tx.all(
        Rung, "SELECT day, points, coupon_id FROM checkins.rung WHERE mall_id = $1 ORDER BY day", mall_id
    )


async def put_ladder(tx: Tx, mall_id: MallId, row: LadderRow, rungs: Sequence[Rung]) -> None:
    """Write a mall's ladder in place of the one before; its row is locked until commit."""
    await tx.run(
        """
        INSERT INTO checkins.ladder (mall_id, active, repeats, points_last_days, changed_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (mall_id) DO UPDATE
           SET active = EXCLUDED.active, repeats = EXCLUDED.repeats,
               points_last_days = EXCLUDED.points_last_days, changed_at = EXCLUDED.changed_at
        """,
        mall_id,
        row.active,
        row.repeats,
        row.points_last_days,
        row.changed_at,
    )
    await tx.run("DELETE FROM checkins.rung WHERE mall_id = $1", mall_id)
    await tx.run(
        """
        INSERT INTO checkins.rung (mall_id, day, points, coupon_id)
        SELECT $1, w.day, w.points, w.coupon_id
          FROM jsonb_to_recordset($2) AS w (day integer, points integer, coupon_id uuid)
        """,
        mall_id,
        list(rungs),
    )


async def add_visit(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, visit_id: UUID, day: date, now: datetime
) -> int | None:
    """Insert a member's visit of a day and return how many days in a row it makes; None when it is there already."""
    found: int | None = await tx.value(
        """
        INSERT INTO checkins.visit (mall_id, member_id, day, id, streak, at)
        SELECT $1, $2, $4, $3,
               1 + coalesce((SELECT streak FROM checkins.visit
                              WHERE mall_id = $1 AND member_id = $2 AND day = $4::date - 1), 0), $5
        ON CONFLICT (mall_id, member_id, day) DO NOTHING
        RETURNING streak
        """,
        mall_id,
        member_id,
        visit_id,
        day,
        now,
    )
    return found


async def reward_visit(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, day: date, points: int, claim_id: ClaimId | None
) -> None:
    """Write down what a visit just inserted has brought."""
    await tx.run(
        """
        UPDATE checkins.visit SET points = $4, claim_id = $5 WHERE mall_id = $1 AND member_id = $2 AND day = $3
        """,
        mall_id,
        member_id,
        day,
        points,
        claim_id,
    )


class Visit(msgspec.Struct, frozen=True):
    """The last visit: its day, and how many in a row it made."""

    day: date
    streak: int


async def last_visit(tx: ReadTx, *, mall_id: MallId, member_id: MemberId) -> Visit | None:
    """Return a member's last visit."""
    return await tx.one(
        Visit,
        """
        SELECT day, streak FROM checkins.visit WHERE mall_id = $1 AND member_id = $2 ORDER BY day DESC LIMIT 1
        """,
        mall_id,
        member_id,
    )

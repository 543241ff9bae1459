"""SQL of festivals and their queues.

Locks: an operator's change locks the festival's row first, then its coupons by id; a claim locks its coupon only. The
queue's row is locked by one statement at a time and nothing else with it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.engagement.festivals.model import (
    District,
    FestivalInput,
    FestivalState,
    Pace,
    PauseCode,
)
from galleria.kernel.ids import CouponId, FestivalId, MallId
from galleria.platform.tx import ReadTx, Tx

_WRITTEN = """
    title_zh, title_en, text_zh, text_en, opens_at, closes_at, districts, waiting_room, queue_lead_s, admit_per_s,
    turn_s, proof_of_work, difficulty, account_per_minute, device_per_minute, address_per_minute, device_claims_max,
    address_claims_max, shop_uses_min, shop_factor
"""
_NAMES = [name.strip() for name in _WRITTEN.split(",")]
_ROW = f"""
    f.mall_id, f.id, {", ".join(f"f.{name}" for name in _NAMES)}, f.state, f.paused_at, f.paused_by, f.pause_code,
    f.pause_zh, f.pause_en, f.pace_since, f.pace_base, f.pace_per_s, f.created_at,
    ARRAY(SELECT c.coupon_id FROM festivals.festival_coupon AS c
           WHERE c.mall_id = f.mall_id AND c.festival_id = f.id ORDER BY c.position) AS coupon_ids
"""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A festival as it is stored, with its coupons."""

    mall_id: MallId
    id: FestivalId
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    opens_at: datetime
    closes_at: datetime
    districts: list[District]
    waiting_room: bool
    queue_lead_s: int
    admit_per_s: int
    turn_s: int
    proof_of_work: bool
    difficulty: int
    account_per_minute: int
    device_per_minute: int
    address_per_minute: int
    device_claims_max: int
    address_claims_max: int
    shop_uses_min: int
    shop_factor: int
    state: FestivalState
    paused_at: datetime | None
    paused_by: UUID | None
    pause_code: PauseCode | None
    pause_zh: str
    pause_en: str
    pace_since: datetime
    pace_base: int
    pace_per_s: int
    created_at: datetime
    coupon_ids: list[CouponId]

    @property
    def pace(self) -> Pace:
        """Return how its numbers are served."""
        return Pace(self.pace_since, self.pace_base, self.pace_per_s)


def _values(festival: FestivalInput) -> list[Any]:
    return [getattr(festival, name) for name in _NAMES]


async def add(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, festival: FestivalInput, pace: Pace, now: datetime
) -> None:
    """Insert a festival as a draft, and its queue."""
    places = ", ".join(f"${number}" for number in range(7, 7 + len(_NAMES)))
    await tx.run(
        f"""
        WITH made AS (
          INSERT INTO festivals.festival (mall_id, id, created_at, pace_since, pace_base, pace_per_s, {_WRITTEN})
          VALUES ($1, $2, $3, $4, $5, $6, {places}) RETURNING mall_id, id
        )
        INSERT INTO festivals.queue (mall_id, festival_id) SELECT mall_id, id FROM made
        """,
        mall_id,
        festival_id,
        now,
        pace.since,
        pace.base,
        pace.per_s,
        *_values(festival),
    )


async def replace(tx: Tx, *, mall_id: MallId, festival_id: FestivalId, festival: FestivalInput, pace: Pace) -> None:
    """Write a locked festival anew."""
    places = ", ".join(f"${number}" for number in range(6, 6 + len(_NAMES)))
    await tx.run(
        f"""
        UPDATE festivals.festival SET pace_since = $3, pace_base = $4, pace_per_s = $5, ({_WRITTEN}) = ({places})
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        festival_id,
        pace.since,
        pace.base,
        pace.per_s,
        *_values(festival),
    )


async def set_coupons(tx: Tx, *, mall_id: MallId, festival_id: FestivalId, coupon_ids: Sequence[UUID]) -> list[UUID]:
    """Give a locked festival its coupons, in place of those it had; returns those that are another festival's."""
    await tx.run(
        """
        DELETE FROM festivals.festival_coupon
         WHERE mall_id = $1 AND festival_id = $2 AND coupon_id <> ALL($3)
        """,
        mall_id,
        festival_id,
        coupon_ids,
    )
    await tx.run(
        """
        INSERT INTO festivals.festival_coupon AS c (mall_id, festival_id, coupon_id, position)
        SELECT $1, $2, w.id, w.position FROM unnest($3::uuid[]) WITH ORDINALITY AS w (id, position)
        ON CONFLICT (mall_id, coupon_id) DO UPDATE SET position = EXCLUDED.position WHERE c.festival_id = $2
        """,
        mall_id,
        festival_id,
        coupon_ids,
    )
    found: list[UUID] = await tx.values(
        """
        SELECT coupon_id FROM festivals.festival_coupon
         WHERE mall_id = $1 AND coupon_id = ANY($3) AND festival_id <> $2
        """,
        mall_id,
        festival_id,
        coupon_ids,
    )
    return found


async def find(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> Row | None:
    """Return a festival."""
    return await tx.one(
        Row, f"SELECT {_ROW} FROM festivals.festival AS f WHERE f.mall_id = $1 AND f.id = $2", mall_id, festival_id
    )


async def lock(tx: Tx, *, mall_id: MallId, festival_id: FestivalId) -> Row | None:
    """Return a festival and lock its row until commit."""
    return await tx.one(
        Row,
        f"SELECT {_ROW} FROM festivals.festival AS f WHERE f.mall_id = $1 AND f.id = $2 FOR NO KEY UPDATE OF f",
        mall_id,
        festival_id,
    )


async def list_shown(tx: ReadTx, *, mall_id: MallId, now: datetime) -> list[Row]:
    """Return the festivals that shoppers may see and that are not over, soonest first."""
    return await tx.all(
        Row,
        f"""
        SELECT {_ROW} FROM festivals.festival AS f
         WHERE f.mall_id = $1 AND f.state IN ('open', 'paused') AND f.closes_at > $2
         ORDER BY f.opens_at, f.id LIMIT 50
        """,
        mall_id,
        now,
    )


async def list_all(tx: ReadTx, *, mall_id: MallId, before: tuple[datetime, UUID] | None, limit: int) -> list[Row]:
    """Return all festivals, latest opening first."""
    opens_at, last_id = before or (None, None)
    return await tx.all(
        Row,
        f"""
        SELECT {_ROW} FROM festivals.festival AS f
         WHERE f.mall_id = $1 AND ($2::timestamptz IS NULL OR (f.opens_at, f.id) < ($2, $3::uuid))
         ORDER BY f.opens_at DESC, f.id DESC LIMIT $4
        """,
        mall_id,
        opens_at,
        last_id,
        limit,
    )


class Key(msgspec.Struct, frozen=True):
    """Which festival."""

    mall_id: MallId
    id: FestivalId


async def running(tx: ReadTx, *, now: datetime, since: datetime) -> list[Key]:
    """Return the festivals of all malls that people may be in, or that were so since a moment."""
    return await tx.all(
        Key,
        """
        SELECT mall_id, id FROM festivals.festival
         WHERE state IN ('open', 'paused') AND opens_at <= $1 AND closes_at > $2
        """,
        now,
        since,
    )


async def set_state(
    tx: Tx,
    *,
    mall_id: MallId,
    festival_id: FestivalId,
    state: FestivalState,
    pace: Pace,
    code: PauseCode | None = None,
    text_zh: str = "",
    text_en: str = "",
    by: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Move a locked festival to a state and pace; `code`, texts, `by` and `at` tell of a pause."""
    await tx.run(
        """
        UPDATE festivals.festival
           SET state = $3, pace_since = $4, pace_base = $5, pace_per_s = $6, pause_code = $7, pause_zh = $8,
               pause_en = $9, paused_by = $10, paused_at = $11
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        festival_id,
        state.value,
        pace.since,
        pace.base,
        pace.per_s,
        None if code is None else code.value,
        text_zh,
        text_en,
        by,
        at,
    )


async def mark_paused(
    tx: Tx, *, mall_id: MallId, festival_id: FestivalId, coupon_ids: Sequence[CouponId], paused: bool
) -> None:
    """Remember which coupons of a locked festival it has paused itself."""
    await tx.run(
        """
        UPDATE festivals.festival_coupon SET paused = $4
         WHERE mall_id = $1 AND festival_id = $2 AND coupon_id = ANY($3)
        """,
        mall_id,
        festival_id,
        coupon_ids,
        paused,
    )


async def paused_coupons(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> list[CouponId]:
    """Return the coupons that a festival has paused itself, by id."""
    found: list[CouponId] = await tx.values(
        """
        SELECT coupon_id FROM festivals.festival_coupon
         WHERE mall_id = $1 AND festival_id = $2 AND paused ORDER BY coupon_id
        """,
        mall_id,
        festival_id,
    )
    return found


async def give_numbers(
    tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId, idle_until: int, count: int
) -> int | None:
    """Give out `count` numbers in a row and return the one before the first; None for no such queue.

    One statement, which commits by itself: the queue's row is locked for as long as it takes to write it. A number
    that is given and not used harms nobody, so nothing else depends on it.
    """
    found: int | None = await tx.value(
        """
        UPDATE festivals.queue SET number = greatest(number, $3) + $4, issued = issued + $4
         WHERE mall_id = $1 AND festival_id = $2
        RETURNING number - $4
        """,
        mall_id,
        festival_id,
        idle_until,
        count,
    )
    return found


class Queue(msgspec.Struct, frozen=True):
    """The last number given, and how many were given."""

    number: int
    issued: int


async def queue(tx: ReadTx, *, mall_id: MallId, festival_id: FestivalId) -> Queue | None:
    """Return how far a queue has got."""
    return await tx.one(
        Queue,
        "SELECT number, issued FROM festivals.queue WHERE mall_id = $1 AND festival_id = $2",
        mall_id,
        festival_id,
    )

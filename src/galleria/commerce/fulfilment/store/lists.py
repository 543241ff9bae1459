"""Shipments as lists and desks look for them, and their moves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.fulfilment.model import Move, ShipmentRow
from galleria.commerce.fulfilment.store.shipments import SHIPMENT
from galleria.commerce.orders import Way
from galleria.kernel.ids import MallId, MemberId, PointId, ShipmentId, ShopId, SlotId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx


async def waiting_at(tx: ReadTx, mall_id: MallId, point_id: PointId, code: str) -> ShipmentRow | None:
    """Return what waits at a point for a code, or None."""
    return await tx.one(
        ShipmentRow,
        SHIPMENT + "WHERE s.mall_id = $1 AND s.point_id = $2 AND s.code = $3 AND s.state = 'at_point'",
        mall_id,
        point_id,
        code,
    )


async def by_number(tx: ReadTx, mall_id: MallId, number: str) -> ShipmentRow | None:
    """Return the shipment with a number, or None."""
    return await tx.one(ShipmentRow, SHIPMENT + "WHERE s.mall_id = $1 AND s.number = $2", mall_id, number)


class Due(msgspec.Struct, frozen=True):
    """A shipment that has waited long enough."""

    mall_id: MallId
    id: ShipmentId


async def overdue_at_points(tx: ReadTx, now: datetime, limit: int) -> list[Due]:
    """Return what waits at points past its time, the longest first."""
    return await tx.all(
        Due,
        "SELECT mall_id, id FROM fulfilment.shipment WHERE state = 'at_point' AND due_at <= $1 "
        "ORDER BY due_at LIMIT $2",
        now,
        limit,
    )


class Reminded(msgspec.Struct, frozen=True):
    """A shipment whose shopper is to be reminded."""

    mall_id: MallId
    id: ShipmentId
    member_id: MemberId
    number: str
    due_at: datetime
    point_zh: str
    point_en: str


async def mark_reminded(tx: Tx, now: datetime, limit: int) -> list[Reminded]:
    """Mark, once each, what waits at points and must soon be collected, and return it."""
    return await tx.all(
        Reminded,
        """
        WITH due AS (
          SELECT s.mall_id, s.id FROM fulfilment.shipment s
            LEFT JOIN fulfilment.policy p ON p.mall_id = s.mall_id
           WHERE s.state = 'at_point' AND s.reminded_at IS NULL AND s.due_at > $1
             AND s.due_at - make_interval(mins => coalesce(p.remind_before_minutes, 120)) <= $1
           ORDER BY s.due_at LIMIT $2 FOR UPDATE OF s SKIP LOCKED)
        UPDATE fulfilment.shipment s SET reminded_at = $1
          FROM due, fulfilment.point o
         WHERE s.mall_id = due.mall_id AND s.id = due.id AND o.mall_id = s.mall_id AND o.id = s.point_id
        RETURNING s.mall_id, s.id, s.member_id, s.number, s.due_at, o.name_zh AS point_zh, o.name_en AS point_en
        """,
        now,
        limit,
    )


async def moves(tx: ReadTx, mall_id: MallId, shipment_ids: Sequence[ShipmentId]) -> dict[ShipmentId, list[Move]]:
    """Return the moves of shipments, the earliest first."""
    rows = await tx.all(
        _MoveOf,
        "SELECT shipment_id, what, actor_kind, actor_id, note, at FROM fulfilment.move "
        "WHERE mall_id = $1 AND shipment_id = ANY ($2) ORDER BY id",
        mall_id,
        shipment_ids,
    )
    found: dict[ShipmentId, list[Move]] = {}
    for row in rows:
        one = Move(what=row.what, actor_kind=row.actor_kind, actor_id=row.actor_id, note=row.note, at=row.at)
        found.setdefault(row.shipment_id, []).append(one)
    return found


class _MoveOf(msgspec.Struct, frozen=True, kw_only=True):
    shipment_id: ShipmentId
    what: str
    actor_kind: str
    actor_id: UUID
    note: str
    at: datetime


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which shipments a list shows."""

    reach: Reach
    shop_id: ShopId | None = None
    point_id: PointId | None = None
    states: list[str] | None = None
    way: Way | None = None
    slot_id: SlotId | None = None
    number: str | None = None
    troubled: bool = False


_LIST = (
    SHIPMENT
    + """
 WHERE s.mall_id = $1
   AND ($2 OR s.merchant_id = ANY ($3) OR s.shop_id = ANY ($4) OR s.filling_shop_id = ANY ($4) OR s.point_id = ANY ($5))
   AND ($6::uuid IS NULL OR s.shop_id = $6 OR s.filling_shop_id = $6)
   AND ($7::uuid IS NULL OR s.point_id = $7)
   AND ($8::text[] IS NULL OR s.state = ANY ($8))
   AND ($9::text IS NULL OR s.way = $9)
   AND ($10::uuid IS NULL OR s.slot_id = $10)
   AND ($11::text IS NULL OR s.number LIKE $11)
   AND (NOT $12 OR (s.state NOT IN ('delivered', 'returned', 'lost', 'destroyed', 'cancelled') AND (
          s.state IN ('failed', 'returning') OR s.reason = 'carrier_failed'
          OR (s.state IN ('planned', 'picking') AND s.prepare_by < $13)
          OR (s.arrived_at IS NULL AND s.promised_to < $13) OR s.due_at < $13)))
   AND ($14::timestamptz IS NULL OR (s.prepare_by, s.id) > ($14, $15))
 ORDER BY s.prepare_by, s.id LIMIT $16
"""
)


async def list_shipments(
    tx: ReadTx,
    mall_id: MallId,
    wanted: Wanted,
    *,
    point_ids: Sequence[PointId],
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ShipmentRow]:
    """Return shipments by when they are to be prepared; `point_ids` are the points run by shops in reach."""
    return await tx.all(
        ShipmentRow,
        _LIST,
        mall_id,
        wanted.reach.everything,
        wanted.reach.merchant_ids,
        wanted.reach.shop_ids,
        point_ids,
        wanted.shop_id,
        wanted.point_id,
        wanted.states,
        wanted.way,
        wanted.slot_id,
        wanted.number and f"{wanted.number.replace('%', '').replace('_', '')}%",
        wanted.troubled,
        now,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
    )

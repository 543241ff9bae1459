"""Shipments, their lines and moves. An order is locked before its shipments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.commerce.fulfilment.model import Carrier, Place, ShipmentRow, ShipmentState
from galleria.kernel.ids import MallId, OrderId, ShipmentId, ShopId, SlotId, new_id
from galleria.platform.actors import Actor
from galleria.platform.tx import ReadTx, Tx

_LINES = """
(SELECT coalesce(jsonb_agg(to_jsonb(l) - 'mall_id' - 'shipment_id' - 'position' ORDER BY l.position), '[]')
   FROM fulfilment.shipment_line l WHERE l.mall_id = s.mall_id AND l.shipment_id = s.id) AS lines
"""
SHIPMENT = f"""
SELECT s.mall_id, s.id, s.number, s.order_id, s.sub_order_id, s.member_id, s.shop_id, s.filling_shop_id, s.merchant_id,
       s.shop_zh, s.shop_en, s.order_number, s.way, s.carrier, s.state, s.storage, s.address, s.slot_id, s.point_id,
       s.holds_room, s.code, s.shelf, s.company, s.tracking, s.carried_by, s.fee_minor, s.attempts, s.reason,
       s.promised_from, s.promised_to, s.prepare_by, s.created_at, s.packed_at, s.arrived_at, s.due_at, s.delivered_at,
       s.ended_at, s.late_minutes, s.parent_id, {_LINES}
  FROM fulfilment.shipment s
"""
_INSERT = """
WITH made AS (
  INSERT INTO fulfilment.shipment (mall_id, id, number, order_id, sub_order_id, member_id, shop_id, filling_shop_id,
                                   merchant_id, shop_zh, shop_en, order_number, way, carrier, state, storage, address,
                                   slot_id, point_id, holds_room, code, fee_minor, promised_from, promised_to,
                                   prepare_by, created_at, parent_id)
  SELECT $1, s.id, s.number, s.order_id, s.sub_order_id, s.member_id, s.shop_id, s.filling_shop_id, s.merchant_id,
         s.shop_zh, s.shop_en, s.order_number, s.way, s.carrier, s.state, s.storage, nullif(s.address, 'null'),
         s.slot_id, s.point_id, s.holds_room, s.code, s.fee_minor, s.promised_from, s.promised_to, s.prepare_by,
         s.created_at, s.parent_id
    FROM jsonb_to_recordset($2) AS s(id uuid, number text, order_id uuid, sub_order_id uuid, member_id uuid,
           shop_id uuid, filling_shop_id uuid, merchant_id uuid, shop_zh text, shop_en text, order_number text,
           way text, carrier text, state text, storage text, address jsonb, slot_id uuid, point_id uuid,
           holds_room boolean, code text, fee_minor bigint, promised_from timestamptz, promised_to timestamptz,
           prepare_by timestamptz, created_at timestamptz, parent_id uuid)
), line AS (
  INSERT INTO fulfilment.shipment_line (mall_id, shipment_id, line_id, variant_id, product_id, sku, name_zh, name_en,
                                        option_zh, option_en, position, units, picked)
  SELECT $1, s.id, l.line_id, l.variant_id, l.product_id, l.sku, l.name_zh, l.name_en, l.option_zh, l.option_en,
         row_number() OVER (), l.units, l.picked
    FROM jsonb_to_recordset($2) AS s(id uuid, lines jsonb),
         jsonb_to_recordset(s.lines) AS l(line_id uuid, variant_id uuid, product_id uuid, sku text, name_zh text,
           name_en text, option_zh text, option_en text, units integer[], picked integer)
)
INSERT INTO fulfilment.move (mall_id, shipment_id, id, what, actor_kind, actor_id, at)
SELECT $1, s.id, s.id, s.state, $3, $4, s.created_at
  FROM jsonb_to_recordset($2) AS s(id uuid, state text, created_at timestamptz)
"""


async def insert(tx: Tx, mall_id: MallId, rows: Sequence[ShipmentRow], actor: Actor) -> None:
    """Insert shipments with their lines and first moves, in one statement."""
    await tx.run(_INSERT, mall_id, rows, actor.kind.value, actor.id)


async def find(tx: ReadTx, mall_id: MallId, shipment_id: ShipmentId) -> ShipmentRow | None:
    """Return a shipment, or None."""
    return await tx.one(ShipmentRow, SHIPMENT + "WHERE s.mall_id = $1 AND s.id = $2", mall_id, shipment_id)


async def lock(tx: Tx, mall_id: MallId, shipment_id: ShipmentId) -> ShipmentRow | None:
    """Lock a shipment and return it; its order is to be locked before."""
    await tx.value("SELECT id FROM fulfilment.shipment WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, shipment_id)
    return await find(tx, mall_id, shipment_id)


async def of_order(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> list[ShipmentRow]:
    """Return the shipments of an order, the oldest first."""
    return await tx.all(
        ShipmentRow, SHIPMENT + "WHERE s.mall_id = $1 AND s.order_id = $2 ORDER BY s.number", mall_id, order_id
    )


async def lock_order(tx: Tx, mall_id: MallId, order_id: OrderId) -> list[ShipmentRow]:
    """Lock an order's shipments, in order, and return them."""
    await tx.values(
        "SELECT id FROM fulfilment.shipment WHERE mall_id = $1 AND order_id = $2 ORDER BY id FOR UPDATE",
        mall_id,
        order_id,
    )
    return await of_order(tx, mall_id, order_id)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a move changes of a shipment besides its state; None leaves it as it is."""

    shelf: str | None = None
    company: str | None = None
    tracking: str | None = None
    carried_by: str | None = None
    reason: str | None = None
    code: str | None = None
    attempts: int | None = None
    holds_room: bool | None = None
    packed_at: datetime | None = None
    arrived_at: datetime | None = None
    late_minutes: int | None = None
    due_at: datetime | None = None
    delivered_at: datetime | None = None
    ended_at: datetime | None = None


_MOVE = """
WITH moved AS (
  UPDATE fulfilment.shipment
     SET state = $4, shelf = coalesce($5, shelf), company = coalesce($6, company), tracking = coalesce($7, tracking),
         carried_by = coalesce($8, carried_by), reason = coalesce($9, reason), code = coalesce($10, code),
         attempts = coalesce($11, attempts), holds_room = coalesce($12, holds_room),
         packed_at = coalesce($13, packed_at), arrived_at = coalesce(arrived_at, $14),
         late_minutes = CASE WHEN arrived_at IS NULL THEN $15 ELSE late_minutes END, due_at = coalesce($16, due_at),
         delivered_at = coalesce($17, delivered_at), ended_at = $18
   WHERE mall_id = $1 AND id = $2 AND state = $3
  RETURNING id
)
INSERT INTO fulfilment.move (mall_id, shipment_id, id, what, actor_kind, actor_id, note, at)
SELECT $1, id, $19, $4, $20, $21, $22, $23 FROM moved
"""


async def move(
    tx: Tx, row: ShipmentRow, state: ShipmentState, change: Change, *, actor: Actor, note: str, now: datetime
) -> bool:
    """Move a shipment from where it was read to be, and keep the move; False when it is elsewhere already."""
    return bool(
        await tx.run(
            _MOVE,
            row.mall_id,
            row.id,
            row.state,
            state,
            *msgspec.structs.astuple(change),
            new_id(),
            actor.kind.value,
            actor.id,
            note,
            now,
        )
    )


async def note(tx: Tx, row: ShipmentRow, what: str, *, actor: Actor, note: str, now: datetime) -> None:
    """Keep that something happened to a shipment that stays where it is."""
    await tx.run(
        "INSERT INTO fulfilment.move (mall_id, shipment_id, id, what, actor_kind, actor_id, note, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.mall_id,
        row.id,
        new_id(),
        what,
        actor.kind.value,
        actor.id,
        note,
        now,
    )


async def save_lines(tx: Tx, row: ShipmentRow, lines: Sequence[Any]) -> None:
    """Write down units and what is picked of them; lines without units go."""
    await tx.run(
        """
        WITH told AS (SELECT * FROM jsonb_to_recordset($3) AS l(line_id uuid, units integer[], picked integer)),
             kept AS (UPDATE fulfilment.shipment_line l SET units = t.units, picked = t.picked FROM told t
                       WHERE l.mall_id = $1 AND l.shipment_id = $2 AND l.line_id = t.line_id AND t.units <> '{}')
        DELETE FROM fulfilment.shipment_line l
         WHERE l.mall_id = $1 AND l.shipment_id = $2
           AND NOT EXISTS (SELECT FROM told t WHERE t.line_id = l.line_id AND t.units <> '{}')
        """,
        row.mall_id,
        row.id,
        lines,
    )


async def redirect(
    tx: Tx,
    row: ShipmentRow,
    *,
    address: Place | None,
    slot_id: SlotId | None,
    promised: tuple[datetime, datetime, datetime],
) -> None:
    """Give a shipment another address, slot and promise (from, to, and when it is to be prepared)."""
    await tx.run(
        "UPDATE fulfilment.shipment SET address = coalesce($3, address), slot_id = $4, promised_from = $5, "
        "promised_to = $6, prepare_by = $7 WHERE mall_id = $1 AND id = $2",
        row.mall_id,
        row.id,
        address,
        slot_id,
        *promised,
    )


async def carried_by(tx: Tx, row: ShipmentRow, carrier: Carrier) -> None:
    """Have another kind of carrier bring a shipment."""
    await tx.run(
        "UPDATE fulfilment.shipment SET carrier = $3, reason = '' WHERE mall_id = $1 AND id = $2",
        row.mall_id,
        row.id,
        carrier,
    )


async def give_reason(tx: Tx, row: ShipmentRow, reason: str) -> None:
    """Write down why a shipment stands where it is."""
    await tx.run(
        "UPDATE fulfilment.shipment SET reason = $3 WHERE mall_id = $1 AND id = $2", row.mall_id, row.id, reason
    )


async def fill_from(tx: Tx, row: ShipmentRow, shop_id: ShopId) -> None:
    """Have another store fill a shipment."""
    await tx.run(
        "UPDATE fulfilment.shipment SET filling_shop_id = $3 WHERE mall_id = $1 AND id = $2",
        row.mall_id,
        row.id,
        shop_id,
    )


async def live_on_slot(tx: ReadTx, row: ShipmentRow) -> int:
    """Return how many other shipments of the order still need the slot's one place."""
    found: int = await tx.value(
        "SELECT count(*) FROM fulfilment.shipment WHERE mall_id = $1 AND order_id = $2 AND shop_id = $3 AND id <> $4 "
        "AND slot_id = $5 AND state <> 'cancelled'",
        row.mall_id,
        row.order_id,
        row.shop_id,
        row.id,
        row.slot_id,
    )
    return found

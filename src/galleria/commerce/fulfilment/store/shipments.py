"""Shipments, their lines and moves. An order is locked before its shipments."""

from collections.abc import Sequence

from galleria.commerce.fulfilment.model import ProductStorage, ShipmentRow
from galleria.kernel.ids import (
    MallId,
    OrderId,
    ProductId,
    ShipmentId,
)
from galleria.platform.actors import Actor
from galleria.platform.tx import ReadTx, Tx

_LINES = """
(SELECT coalesce(jsonb_agg(to_jsonb(l) - 'mall_id' - 'shipment_id' - 'position' ORDER BY l.position), '[]')
   FROM fulfilment.shipment_line l WHERE l.mall_id = s.mall_id AND l.shipment_id = s.id) AS lines
"""
_SHIPMENT = f"""
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
SELECT $1, s.id, gen_random_uuid(), s.state, $3, $4, s.created_at
  FROM jsonb_to_recordset($2) AS s(id uuid, state text, created_at timestamptz)
"""


async def insert(tx: Tx, mall_id: MallId, rows: Sequence[ShipmentRow], actor: Actor) -> None:
    """Insert shipments with their lines and first moves, in one statement."""
    await tx.run(_INSERT, mall_id, rows, actor.kind.value, actor.id)


async def storages(tx: ReadTx, mall_id: MallId, product_ids: Sequence[ProductId]) -> list[ProductStorage]:
    """Return how products must be kept; those nobody has said anything of are left out."""
    return await tx.all(
        ProductStorage,
        "SELECT product_id, storage FROM fulfilment.product WHERE mall_id = $1 AND product_id = ANY ($2)",
        mall_id,
        product_ids,
    )


async def find(tx: ReadTx, mall_id: MallId, shipment_id: ShipmentId) -> ShipmentRow | None:
    """Return a shipment, or None."""
    return await tx.one(ShipmentRow, _SHIPMENT + "WHERE s.mall_id = $1 AND s.id = $2", mall_id, shipment_id)


async def lock(tx: Tx, mall_id: MallId, shipment_id: ShipmentId) -> ShipmentRow | None:
    """Lock a shipment and return it; its order is to be locked before."""
    await tx.value("SELECT id FROM fulfilment.shipment WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, shipment_id)
    return await find(tx, mall_id, shipment_id)


async def of_order(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> list[ShipmentRow]:
    """Return the shipments of an order, the oldest first."""
    return await tx.all(
        ShipmentRow, _SHIPMENT + "WHERE s.mall_id = $1 AND s.order_id = $2 ORDER BY s.number", mall_id, order_id
    )


async def lock_order(tx: Tx, mall_id: MallId, order_id: OrderId) -> list[ShipmentRow]:
    """Lock an order's shipments, in order, and return them."""
    await tx.values(
        "SELECT id FROM fulfilment.shipment WHERE mall_id = $1 AND order_id = $2 ORDER BY id FOR UPDATE",
        mall_id,
        order_id,
    )
    return await of_order(tx, mall_id, order_id)

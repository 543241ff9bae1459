"""What orders have booked: places in slots, room at points, fees and promises.

Slots are locked before compartments, each in order of id, so that crossing orders never wait in a circle.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.commerce.fulfilment.model import (
    BelongsTo,
    Carrier,
    Place,
    Slot,
    Storage,
)
from galleria.commerce.orders import Way
from galleria.kernel.ids import MallId, MemberId, OrderId, PointId, ShopId, SlotId
from galleria.platform.tx import ReadTx, Tx


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """What an order has booked for one shop, as stored."""

    shop_id: ShopId
    member_id: MemberId
    way: Way
    carrier: Carrier
    fee_minor: int
    belongs_to: BelongsTo
    address: Place | None
    zone_id: UUID | None
    slot_id: SlotId | None
    point_id: PointId | None
    storages: list[Storage]
    promised_from: datetime
    promised_to: datetime
    prepare_by: datetime
    created_at: datetime


_TAKE_SLOTS = """
INSERT INTO fulfilment.slot AS s (mall_id, id, rule_id, starts_at, ends_at, capacity, booked)
SELECT $1, w.id, w.rule_id, w.starts_at, w.ends_at, w.capacity, w.wanted
  FROM jsonb_to_recordset($2) AS w(id uuid, rule_id uuid, starts_at timestamptz, ends_at timestamptz,
                                   capacity integer, wanted integer)
 WHERE w.wanted <= w.capacity
 ORDER BY w.id
ON CONFLICT (mall_id, id) DO UPDATE SET booked = s.booked + excluded.booked
 WHERE s.booked + excluded.booked <= s.capacity
RETURNING s.id
"""


async def take_slots(tx: Tx, mall_id: MallId, wanted: Sequence[Slot]) -> set[SlotId]:
    """Take a place in each slot (as often as it is listed), never beyond its capacity; return those that were taken.

    One conditional upsert, in order of slot; a slot nobody has booked before comes into being here.
    """
    times, slots = Counter(slot.id for slot in wanted), {slot.id: slot for slot in wanted}
    rows = [msgspec.structs.asdict(slot) | {"wanted": times[slot.id]} for slot in slots.values()]
    return set(await tx.values(_TAKE_SLOTS, mall_id, rows)) if rows else set()


async def free_slots(tx: Tx, mall_id: MallId, slot_ids: Sequence[SlotId]) -> None:
    """Give back a place in each slot, as often as it is listed; locks them in order."""
    times = Counter(slot_ids)
    if times:
        await tx.run(
            """
            WITH given AS (SELECT * FROM unnest($2::uuid[], $3::integer[]) AS g(id, times)),
                 locked AS (SELECT s.id FROM fulfilment.slot s WHERE s.mall_id = $1 AND s.id IN (SELECT id FROM given)
                             ORDER BY s.id FOR UPDATE)
            UPDATE fulfilment.slot s SET booked = s.booked - g.times
              FROM given g JOIN locked ON locked.id = g.id
             WHERE s.mall_id = $1 AND s.id = g.id
            """,
            mall_id,
            list(times),
            list(times.values()),
        )


_TAKE_ROOM = """
WITH wanted AS (SELECT * FROM unnest($2::uuid[], $3::text[], $4::integer[]) AS w(point_id, storage, times)),
     locked AS (SELECT c.point_id, c.storage FROM fulfilment.compartment c JOIN wanted w USING (point_id, storage)
                 WHERE c.mall_id = $1 ORDER BY c.point_id, c.storage FOR UPDATE OF c)
UPDATE fulfilment.compartment c SET held = c.held + w.times
  FROM wanted w JOIN locked USING (point_id, storage)
 WHERE c.mall_id = $1 AND c.point_id = w.point_id AND c.storage = w.storage AND c.held + w.times <= c.capacity
RETURNING c.point_id, c.storage
"""


async def take_room(tx: Tx, mall_id: MallId, wanted: Mapping[tuple[PointId, Storage], int]) -> bool:
    """Take room in compartments, all that is wanted or (False) not all; locks them in order of point and storage."""
    if not wanted:
        return True
    keys = sorted(wanted)
    taken = await tx.values(
        _TAKE_ROOM, mall_id, [key[0] for key in keys], [key[1] for key in keys], [wanted[key] for key in keys]
    )
    return len(taken) == len(keys)


async def free_room(tx: Tx, mall_id: MallId, given: Mapping[tuple[PointId, Storage], int]) -> None:
    """Give back room in compartments; locks them in order of point and storage."""
    keys = sorted(given)
    if keys:
        await tx.run(
            """
            WITH given AS (SELECT * FROM unnest($2::uuid[], $3::text[], $4::integer[]) AS w(point_id, storage, times)),
                 locked AS (SELECT c.point_id, c.storage
                              FROM fulfilment.compartment c JOIN given w USING (point_id, storage)
                             WHERE c.mall_id = $1 ORDER BY c.point_id, c.storage FOR UPDATE OF c)
            UPDATE fulfilment.compartment c SET held = c.held - w.times
              FROM given w JOIN locked USING (point_id, storage)
             WHERE c.mall_id = $1 AND c.point_id = w.point_id AND c.storage = w.storage
            """,
            mall_id,
            [key[0] for key in keys],
            [key[1] for key in keys],
            [given[key] for key in keys],
        )


async def add(tx: Tx, mall_id: MallId, order_id: OrderId, rows: Sequence[Any], now: datetime) -> None:
    """Insert what an order books, one row a shop."""
    await tx.run(
        """
        INSERT INTO fulfilment.booking (mall_id, order_id, shop_id, member_id, way, carrier, state, fee_minor,
                                        belongs_to, address, zone_id, slot_id, point_id, storages, promised_from,
                                        promised_to, prepare_by, created_at)
        SELECT $1, $2, b.shop_id, b.member_id, b.way, b.carrier, 'booked', b.fee_minor, b.belongs_to,
               nullif(b.address, 'null'), b.zone_id, b.slot_id, b.point_id, b.storages, b.promised_from,
               b.promised_to, b.prepare_by, $4
          FROM jsonb_to_recordset($3) AS b(shop_id uuid, member_id uuid, way text, carrier text, fee_minor bigint,
                 belongs_to text, address jsonb, zone_id uuid, slot_id uuid, point_id uuid, storages text[],
                 promised_from timestamptz, promised_to timestamptz, prepare_by timestamptz)
        """,
        mall_id,
        order_id,
        rows,
        now,
    )


_BOOKING = """
shop_id, member_id, way, carrier, fee_minor, belongs_to, address, zone_id, slot_id, point_id, storages, promised_from,
promised_to, prepare_by, created_at
"""


async def end(tx: Tx, mall_id: MallId, order_id: OrderId, state: str) -> list[Booking]:
    """Move what an order has booked to started or released, once, and return it; nothing the second time."""
    return await tx.all(
        Booking,
        f"UPDATE fulfilment.booking SET state = $3 WHERE mall_id = $1 AND order_id = $2 AND state = 'booked' "
        f"RETURNING {_BOOKING}",
        mall_id,
        order_id,
        state,
    )


async def of_order(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> list[Booking]:
    """Return what an order has booked and not given back."""
    return await tx.all(
        Booking,
        f"SELECT {_BOOKING} FROM fulfilment.booking WHERE mall_id = $1 AND order_id = $2 AND state <> 'released'",
        mall_id,
        order_id,
    )


async def move_slot(
    tx: Tx, mall_id: MallId, order_id: OrderId, shop_id: ShopId, slot_id: SlotId | None, address: Place | None
) -> None:
    """Write down that an order's booking has another slot or address."""
    await tx.run(
        "UPDATE fulfilment.booking SET slot_id = $4, address = coalesce($5, address) "
        "WHERE mall_id = $1 AND order_id = $2 AND shop_id = $3",
        mall_id,
        order_id,
        shop_id,
        slot_id,
        address,
    )

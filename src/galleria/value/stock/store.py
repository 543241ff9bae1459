"""All SQL of stock. Rows of `stock.level` are locked in order of variant, so crossing orders never wait in a circle."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, OrderId, VariantId, new_id
from galleria.platform.tx import ReadTx, Tx
from galleria.value.stock.model import Level, Movement, MovementKind


class Short(msgspec.Struct, frozen=True):
    """A variant of which less is left than was wanted."""

    variant_id: VariantId
    available: int


_NEW_ID = "(left({0}::uuid::text, 15) || substr(gen_random_uuid()::text, 16))::uuid"
"""A UUIDv7 in SQL: the moment of an id made by the application, random bits of its own."""

_RESERVE = """
WITH wanted AS (SELECT * FROM unnest($3::uuid[], $4::integer[]) AS w (variant_id, quantity)),
free AS (
  SELECT l.variant_id, l.on_hand - l.reserved AS available FROM stock.level l
   WHERE l.mall_id = $1 AND l.variant_id = ANY($3::uuid[]) ORDER BY l.variant_id FOR UPDATE
), short AS (
  SELECT w.variant_id, coalesce(f.available, 0) AS available FROM wanted w LEFT JOIN free f USING (variant_id)
   WHERE coalesce(f.available, 0) < w.quantity
), held AS (
  UPDATE stock.level l SET reserved = l.reserved + w.quantity FROM wanted w JOIN free f USING (variant_id)
   WHERE l.mall_id = $1 AND l.variant_id = w.variant_id AND NOT EXISTS (SELECT FROM short)
), kept AS (
  INSERT INTO stock.reservation (mall_id, order_id, variant_id, quantity, expires_at)
  SELECT $1, $2, w.variant_id, w.quantity, $5 FROM wanted w WHERE NOT EXISTS (SELECT FROM short)
)
SELECT variant_id, available FROM short ORDER BY variant_id
"""


async def reserve(
    tx: Tx, mall_id: MallId, order_id: OrderId, wants: dict[VariantId, int], expires_at: datetime
) -> list[Short]:
    """Promise goods to an order: all of them, or none and what is short. Locks the levels, sorted."""
    return await tx.all(Short, _RESERVE, mall_id, order_id, list(wants), list(wants.values()), expires_at)


_ENDED = """
WITH ended AS (
  UPDATE stock.reservation SET state = $3
   WHERE mall_id = $1 AND order_id = $2 AND state = 'held' RETURNING variant_id, quantity
), locked AS (
  SELECT l.variant_id FROM stock.level l JOIN ended USING (variant_id)
   WHERE l.mall_id = $1 ORDER BY l.variant_id FOR UPDATE OF l
)
"""
_TAKE = f"""{_ENDED},
sold AS (
  UPDATE stock.level l SET on_hand = l.on_hand - e.quantity, reserved = l.reserved - e.quantity
    FROM ended e JOIN locked USING (variant_id) WHERE l.mall_id = $1 AND l.variant_id = e.variant_id
), moved AS (
  INSERT INTO stock.movement (mall_id, id, variant_id, kind, quantity, reference, at)
  SELECT $1, {_NEW_ID.format("$4")}, variant_id, 'sale', -quantity, $2, $5::timestamptz FROM ended
)
SELECT coalesce(sum(quantity), 0)::integer FROM ended
"""
_RELEASE = f"""{_ENDED},
freed AS (
  UPDATE stock.level l SET reserved = l.reserved - e.quantity
    FROM ended e JOIN locked USING (variant_id) WHERE l.mall_id = $1 AND l.variant_id = e.variant_id
)
SELECT coalesce(sum(quantity), 0)::integer FROM ended
"""


async def take(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> int:
    """Hand over what an order holds and return how many units; locks its reservations, then the levels, sorted."""
    return int(await tx.value(_TAKE, mall_id, order_id, "taken", new_id(), now))


async def release(tx: Tx, mall_id: MallId, order_id: OrderId) -> int:
    """Give up what an order holds and return how many units; locks its reservations, then the levels, sorted."""
    return int(await tx.value(_RELEASE, mall_id, order_id, "released"))


_ADD = f"""
WITH added AS (SELECT * FROM unnest($2::uuid[], $3::integer[]) AS a (variant_id, quantity) ORDER BY 1),
raised AS (
  INSERT INTO stock.level AS l (mall_id, variant_id, on_hand) SELECT $1, variant_id, quantity FROM added
  ON CONFLICT (mall_id, variant_id) DO UPDATE SET on_hand = l.on_hand + excluded.on_hand
)
INSERT INTO stock.movement (mall_id, id, variant_id, kind, quantity, reference, at)
SELECT $1, {_NEW_ID.format("$4")}, variant_id, $5, quantity, $6, $7::timestamptz FROM added
"""


async def add(
    tx: Tx, mall_id: MallId, items: dict[VariantId, int], kind: MovementKind, reference: UUID | None, now: datetime
) -> None:
    """Add goods and record why; the levels are locked in order of variant."""
    await tx.run(_ADD, mall_id, list(items), list(items.values()), new_id(), kind, reference, now)


async def open_levels(tx: Tx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> None:
    """Give variants that have no level one of zero, so that there is a row to lock."""
    await tx.run(
        """
        INSERT INTO stock.level (mall_id, variant_id, on_hand) SELECT $1, v, 0 FROM unnest($2::uuid[]) AS v ORDER BY v
        ON CONFLICT DO NOTHING
        """,
        mall_id,
        list(variant_ids),
    )


_SET = f"""
WITH wanted AS (SELECT * FROM unnest($2::uuid[], $3::integer[]) AS w (variant_id, on_hand)),
before AS (
  SELECT l.variant_id, l.on_hand, l.reserved FROM stock.level l
   WHERE l.mall_id = $1 AND l.variant_id = ANY($2::uuid[]) ORDER BY l.variant_id FOR UPDATE
), changed AS (
  UPDATE stock.level l SET on_hand = w.on_hand FROM wanted w JOIN before b USING (variant_id)
   WHERE l.mall_id = $1 AND l.variant_id = w.variant_id AND w.on_hand >= b.reserved AND w.on_hand <> b.on_hand
), moved AS (
  INSERT INTO stock.movement (mall_id, id, variant_id, kind, quantity, reference, at)
  SELECT $1, {_NEW_ID.format("$4")}, variant_id, 'adjust', w.on_hand - b.on_hand, $5, $6::timestamptz
    FROM wanted w JOIN before b USING (variant_id) WHERE w.on_hand >= b.reserved AND w.on_hand <> b.on_hand
)
SELECT w.variant_id, w.on_hand, b.reserved, w.on_hand - b.reserved AS available
  FROM wanted w JOIN before b USING (variant_id)
"""


async def set_levels(
    tx: Tx, mall_id: MallId, levels: dict[VariantId, int], reference: UUID | None, now: datetime
) -> list[Level]:
    """Set what is on hand and record the differences; one with a negative `available` was left as it is."""
    return await tx.all(Level, _SET, mall_id, list(levels), list(levels.values()), new_id(), reference, now)


async def levels(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> list[Level]:
    """Return the levels of variants that have one."""
    return await tx.all(
        Level,
        """
        SELECT variant_id, on_hand, reserved, on_hand - reserved AS available FROM stock.level
         WHERE mall_id = $1 AND variant_id = ANY($2::uuid[])
        """,
        mall_id,
        list(variant_ids),
    )


async def list_movements(
    tx: ReadTx, mall_id: MallId, variant_id: VariantId, *, after: UUID | None, limit: int
) -> list[Movement]:
    """Return the movements of a variant, newest first."""
    return await tx.all(
        Movement,
        """
        SELECT id, variant_id, kind, quantity, reference, at FROM stock.movement
         WHERE mall_id = $1 AND variant_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
        """,
        mall_id,
        variant_id,
        after,
        limit,
    )

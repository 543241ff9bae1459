"""Every statement on carts."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce.carts.model import CartChange, CartEntry
from galleria.kernel.ids import MallId, MemberId, VariantId
from galleria.platform.tx import ReadTx, Tx

_SET = """
WITH given AS (
  SELECT variant_id, quantity FROM unnest($3::uuid[], $4::integer[]) AS g(variant_id, quantity)
), gone AS (
  DELETE FROM carts.line c USING given g
   WHERE c.mall_id = $1 AND c.member_id = $2 AND c.variant_id = g.variant_id AND g.quantity = 0
), kept AS (
  INSERT INTO carts.line (mall_id, member_id, variant_id, quantity, added_at)
  SELECT $1, $2, variant_id, quantity, $5 FROM given WHERE quantity > 0 ORDER BY variant_id
  ON CONFLICT (mall_id, member_id, variant_id) DO UPDATE SET quantity = excluded.quantity
  RETURNING variant_id, quantity, added_at
)
SELECT variant_id, quantity FROM (
  SELECT * FROM kept
  UNION ALL
  SELECT variant_id, quantity, added_at FROM carts.line
   WHERE mall_id = $1 AND member_id = $2 AND NOT variant_id = ANY ($3)) line
 ORDER BY added_at, variant_id
"""


async def set_quantities(
    tx: Tx, mall_id: MallId, member_id: MemberId, changes: Sequence[CartChange], now: datetime
) -> list[CartEntry]:
    """Set and remove lines, in one statement, and return the whole cart; locks the lines in order of variant."""
    return await tx.all(
        CartEntry, _SET, mall_id, member_id, [c.variant_id for c in changes], [c.quantity for c in changes], now
    )


async def entries(
    tx: ReadTx, mall_id: MallId, member_id: MemberId, variant_ids: Sequence[VariantId] | None
) -> list[CartEntry]:
    """Return the cart, or some of its variants, in the order they were added."""
    return await tx.all(
        CartEntry,
        "SELECT variant_id, quantity FROM carts.line WHERE mall_id = $1 AND member_id = $2 "
        "AND ($3::uuid[] IS NULL OR variant_id = ANY ($3)) ORDER BY added_at, variant_id",
        mall_id,
        member_id,
        variant_ids,
    )


_TAKE = """
WITH taken AS (
  DELETE FROM carts.line
   WHERE mall_id = $1 AND member_id = $2 AND ($3::uuid[] IS NULL OR variant_id = ANY ($3))
  RETURNING variant_id, quantity, added_at
)
SELECT variant_id, quantity FROM taken ORDER BY added_at, variant_id
"""


async def take(
    tx: Tx, mall_id: MallId, member_id: MemberId, variant_ids: Sequence[VariantId] | None
) -> list[CartEntry]:
    """Empty the cart, or take some variants out of it, and return what was taken: each line goes to one taker."""
    return await tx.all(CartEntry, _TAKE, mall_id, member_id, variant_ids)

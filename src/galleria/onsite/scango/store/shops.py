"""A shop's terms and barcodes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.kernel.ids import MallId, ShopId, VariantId
from galleria.onsite.scango.model import NewBarcode, Terms, TermsInput
from galleria.platform.tx import ReadTx, Tx


async def terms(tx: ReadTx, mall_id: MallId, shop_id: ShopId) -> Terms | None:
    """Return a shop's terms with the number of its barcodes."""
    return await tx.one(
        Terms,
        """
        SELECT s.shop_id, s.active, s.check_bp, s.newcomer_bp, s.removed_pieces, s.value_minor, s.rescan_pieces,
               s.idle_minutes, s.formats, s.changed_at,
               (SELECT count(*) FROM scango.barcode b WHERE b.mall_id = s.mall_id AND b.shop_id = s.shop_id) AS barcodes
          FROM scango.shop s WHERE s.mall_id = $1 AND s.shop_id = $2
        """,
        mall_id,
        shop_id,
    )


async def offering(tx: ReadTx, mall_id: MallId) -> list[ShopId]:
    """Return the shops in which one can scan and go."""
    return await tx.values("SELECT shop_id FROM scango.shop WHERE mall_id = $1 AND active ORDER BY shop_id", mall_id)


async def put_terms(tx: Tx, mall_id: MallId, shop_id: ShopId, new: TermsInput, now: datetime) -> None:
    """Write a shop's terms in place of those before."""
    await tx.run(
        """
        INSERT INTO scango.shop (mall_id, shop_id, active, check_bp, newcomer_bp, removed_pieces, value_minor,
                                 rescan_pieces, idle_minutes, formats, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (mall_id, shop_id) DO UPDATE
           SET active = EXCLUDED.active, check_bp = EXCLUDED.check_bp, newcomer_bp = EXCLUDED.newcomer_bp,
               removed_pieces = EXCLUDED.removed_pieces, value_minor = EXCLUDED.value_minor,
               rescan_pieces = EXCLUDED.rescan_pieces, idle_minutes = EXCLUDED.idle_minutes,
               formats = EXCLUDED.formats, changed_at = EXCLUDED.changed_at
        """,
        mall_id,
        shop_id,
        new.active,
        new.check_bp,
        new.newcomer_bp,
        new.removed_pieces,
        new.value_minor,
        new.rescan_pieces,
        new.idle_minutes,
        list(new.formats),
        now,
    )


class Barcode(msgspec.Struct, frozen=True):
    """A barcode, its good and that one's age limit."""

    code: str
    variant_id: VariantId
    min_age: int | None


_BARCODE = """
SELECT b.code, b.variant_id, a.min_age
  FROM scango.barcode b LEFT JOIN scango.age_limit a ON a.mall_id = b.mall_id AND a.variant_id = b.variant_id
 WHERE b.mall_id = $1 AND b.shop_id = $2
"""


async def find_barcode(tx: ReadTx, mall_id: MallId, shop_id: ShopId, key: str) -> Barcode | None:
    """Return a shop's barcode."""
    return await tx.one(Barcode, _BARCODE + " AND b.code = $3", mall_id, shop_id, key)


async def list_barcodes(
    tx: ReadTx, mall_id: MallId, shop_id: ShopId, *, q: str, after: str, limit: int
) -> list[Barcode]:
    """Return a shop's barcodes that hold these digits, in order."""
    sql = _BARCODE + " AND strpos(b.code, $3) > 0 AND b.code > $4 ORDER BY b.code LIMIT $5"
    return await tx.all(Barcode, sql, mall_id, shop_id, q, after, limit)


async def put_barcodes(tx: Tx, mall_id: MallId, shop_id: ShopId, rows: Sequence[NewBarcode]) -> None:
    """Write barcodes, in place of those with the same code, and the age limits that come with them."""
    await tx.run(
        """
        INSERT INTO scango.barcode (mall_id, shop_id, code, variant_id)
        SELECT $1, $2, w.code, w.variant_id FROM jsonb_to_recordset($3) AS w (code text, variant_id uuid)
         ORDER BY w.code
        ON CONFLICT (mall_id, shop_id, code) DO UPDATE SET variant_id = EXCLUDED.variant_id
        """,
        mall_id,
        shop_id,
        list(rows),
    )
    limits = {row.variant_id: row.min_age for row in rows if row.min_age is not None}
    await tx.run(
        "DELETE FROM scango.age_limit WHERE mall_id = $1 AND variant_id = ANY($2::uuid[])", mall_id, list(limits)
    )
    kept = {variant_id: age for variant_id, age in limits.items() if age}
    await tx.run(
        """
        INSERT INTO scango.age_limit (mall_id, variant_id, shop_id, min_age)
        SELECT $1, w.variant_id, $2, w.min_age FROM unnest($3::uuid[], $4::smallint[]) AS w (variant_id, min_age)
        """,
        mall_id,
        shop_id,
        list(kept),
        list(kept.values()),
    )


async def delete_barcode(tx: Tx, mall_id: MallId, shop_id: ShopId, key: str) -> bool:
    """Forget a barcode; False when the shop has none such."""
    sql = "DELETE FROM scango.barcode WHERE mall_id = $1 AND shop_id = $2 AND code = $3"
    return bool(await tx.run(sql, mall_id, shop_id, key))


class AgeLimit(msgspec.Struct, frozen=True):
    """A good not sold to everyone."""

    variant_id: VariantId
    min_age: int


async def age_limits(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> dict[VariantId, int]:
    """Return the age limits of those goods that have one."""
    sql = "SELECT variant_id, min_age FROM scango.age_limit WHERE mall_id = $1 AND variant_id = ANY($2::uuid[])"
    return {row.variant_id: row.min_age for row in await tx.all(AgeLimit, sql, mall_id, list(variant_ids))}

"""Statements on terms."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce.settlement.model import NewTerms, Terms, TermsView
from galleria.kernel.ids import MallId, MerchantId, StaffId, new_id
from galleria.platform.tx import ReadTx, Tx


class Held(Terms, frozen=True, kw_only=True):
    """The terms that hold for a merchant."""

    merchant_id: MerchantId


async def held(tx: ReadTx, mall_id: MallId, merchant_ids: Sequence[MerchantId], at: datetime) -> list[Held]:
    """Return the terms that hold for these merchants at a moment, its own before the mall's, in one statement."""
    return await tx.all(
        Held,
        """
        SELECT DISTINCT ON (m.id) m.id AS merchant_id, t.fee_bp, t.period_days, t.reserve_bp
          FROM unnest($2::uuid[]) AS m (id)
          JOIN settlement.terms AS t ON t.mall_id = $1 AND (t.merchant_id = m.id OR t.merchant_id IS NULL)
         WHERE t.valid_from <= $3
         ORDER BY m.id, t.merchant_id NULLS LAST, t.valid_from DESC
        """,
        mall_id,
        list(merchant_ids),
        at,
    )


async def add(tx: Tx, mall_id: MallId, new: NewTerms, valid_from: datetime, staff_id: StaffId, now: datetime) -> bool:
    """Write terms down; False when others begin at that moment."""
    return bool(
        await tx.run(
            """
            INSERT INTO settlement.terms (mall_id, id, merchant_id, fee_bp, period_days, reserve_bp, valid_from, note,
                                          created_by, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
            """,
            mall_id,
            new_id(),
            new.merchant_id,
            new.fee_bp,
            new.period_days,
            new.reserve_bp,
            valid_from,
            new.note,
            staff_id,
            now,
        )
    )


async def list_all(
    tx: ReadTx, mall_id: MallId, merchant_ids: Sequence[MerchantId] | None, now: datetime
) -> list[TermsView]:
    """Return all terms, the mall's first, then by merchant, the newest first; of some merchants: theirs and the mall's.

    Names are the caller's to fill in.
    """
    return await tx.all(
        TermsView,
        """
        SELECT id, merchant_id, '' AS merchant_zh, '' AS merchant_en, fee_bp, period_days, reserve_bp, valid_from, note,
               created_by, created_at,
               valid_from <= $3 AND NOT EXISTS (
                 SELECT FROM settlement.terms AS n
                  WHERE n.mall_id = t.mall_id AND n.merchant_id IS NOT DISTINCT FROM t.merchant_id
                    AND n.valid_from > t.valid_from AND n.valid_from <= $3) AS current
          FROM settlement.terms AS t
         WHERE mall_id = $1 AND ($2::uuid[] IS NULL OR merchant_id IS NULL OR merchant_id = ANY ($2))
         ORDER BY merchant_id NULLS FIRST, valid_from DESC
        """,
        mall_id,
        None if merchant_ids is None else list(merchant_ids),
        now,
    )

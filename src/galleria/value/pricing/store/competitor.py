"""Competitors' prices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, StaffId, VariantId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.pricing.model import CompetitorInput


class CompetitorRow(msgspec.Struct, frozen=True):
    """A competitor's price as it is kept."""

    id: UUID
    variant_id: VariantId
    source: str
    price_minor: int
    seen_at: datetime


async def save_competitors(
    tx: Tx, mall_id: MallId, items: Sequence[CompetitorInput], ids: Sequence[UUID], *, staff_id: StaffId, now: datetime
) -> None:
    """Insert competitors' prices; the same source at the same moment is corrected. No two of them may be alike."""
    rows: list[dict[str, Any]] = [
        {"id": row_id, **msgspec.structs.asdict(item)} for row_id, item in zip(ids, items, strict=True)
    ]
    await tx.run(
        """
        INSERT INTO pricing.competitor (mall_id, id, variant_id, source, price_minor, seen_at, added_by, added_at)
        SELECT $1, r.id, r.variant_id, r.source, r.price_minor, r.seen_at, $3, $4
          FROM jsonb_to_recordset($2::jsonb) AS r (id uuid, variant_id uuid, source text, price_minor bigint,
                                                   seen_at timestamptz)
         ORDER BY r.variant_id, r.source, r.seen_at
        ON CONFLICT (mall_id, variant_id, source, seen_at) DO UPDATE SET
               price_minor = excluded.price_minor, added_by = excluded.added_by, added_at = excluded.added_at
        """,
        mall_id,
        rows,
        staff_id,
        now,
    )


async def competitors(
    tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId], *, after: tuple[datetime, UUID] | None, limit: int
) -> list[CompetitorRow]:
    """Return competitors' prices of some variants, newest first."""
    return await tx.all(
        CompetitorRow,
        """
        SELECT id, variant_id, source, price_minor, seen_at FROM pricing.competitor
         WHERE mall_id = $1 AND variant_id = ANY($2::uuid[])
           AND ($3::timestamptz IS NULL OR (seen_at, id) < ($3, $4::uuid))
         ORDER BY seen_at DESC, id DESC LIMIT $5
        """,
        mall_id,
        list(variant_ids),
        *(after or (None, None)),
        limit,
    )

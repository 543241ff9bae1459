"""Guards of shops, and costs and floors of goods: what no rule may go below."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import MallId, StaffId, VariantId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.pricing.model import CostInput, Floor, Guard, GuardAction


class GuardRow(Guard, frozen=True, kw_only=True):
    """A guard and what it is for: a shop, or the mall itself."""

    scope_id: UUID


async def guards(tx: ReadTx, mall_id: MallId) -> list[GuardRow]:
    """Return the guards of a mall and its shops."""
    return await tx.all(
        GuardRow, "SELECT scope_id, min_margin_bp, action FROM pricing.guard WHERE mall_id = $1", mall_id
    )


async def set_guard(tx: Tx, mall_id: MallId, scope_id: UUID, *, guard: Guard, staff_id: StaffId, now: datetime) -> None:
    """Set the guard of a shop or of the mall."""
    await tx.run(
        """
        INSERT INTO pricing.guard (mall_id, scope_id, min_margin_bp, action, changed_by, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (mall_id, scope_id) DO UPDATE SET min_margin_bp = excluded.min_margin_bp,
               action = excluded.action, changed_by = excluded.changed_by, changed_at = excluded.changed_at
        """,
        mall_id,
        scope_id,
        guard.min_margin_bp,
        GuardAction(guard.action).value,
        staff_id,
        now,
    )


class _FloorRow(Floor, frozen=True, kw_only=True):
    variant_id: VariantId


async def floors(tx: ReadTx, mall_id: MallId, variant_ids: Sequence[VariantId]) -> dict[VariantId, Floor]:
    """Return cost and floor of those variants that have one."""
    rows = await tx.all(
        _FloorRow,
        """
        SELECT variant_id, cost_minor, floor_minor FROM pricing.cost
         WHERE mall_id = $1 AND variant_id = ANY($2::uuid[])
        """,
        mall_id,
        list(variant_ids),
    )
    return {row.variant_id: Floor(cost_minor=row.cost_minor, floor_minor=row.floor_minor) for row in rows}


async def save_costs(tx: Tx, mall_id: MallId, items: Sequence[CostInput], *, staff_id: StaffId, now: datetime) -> None:
    """Set costs and floors, in the order of variants; what has neither any more is taken away."""
    await tx.run(
        """
        WITH given AS (
          SELECT * FROM jsonb_to_recordset($2::jsonb) AS r (variant_id uuid, cost_minor bigint, floor_minor bigint)
        ), gone AS (
          DELETE FROM pricing.cost k USING given g
           WHERE k.mall_id = $1 AND k.variant_id = g.variant_id AND g.cost_minor IS NULL AND g.floor_minor IS NULL
        )
        INSERT INTO pricing.cost (mall_id, variant_id, cost_minor, floor_minor, changed_by, changed_at)
        SELECT $1, variant_id, cost_minor, floor_minor, $3, $4 FROM given
         WHERE cost_minor IS NOT NULL OR floor_minor IS NOT NULL ORDER BY variant_id
        ON CONFLICT (mall_id, variant_id) DO UPDATE SET cost_minor = excluded.cost_minor,
               floor_minor = excluded.floor_minor, changed_by = excluded.changed_by, changed_at = excluded.changed_at
        """,
        mall_id,
        list(items),
        staff_id,
        now,
    )

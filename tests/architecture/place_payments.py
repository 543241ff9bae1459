"""What of payments is in the place beside its order: a statement's difference."""

from datetime import UTC, datetime
from typing import Any

from tests.factories.malls import MadeMall

from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


async def rows_of_payments(runtime: Runtime, mall: MadeMall) -> dict[str, Any]:
    """Make the rows; the mall's own."""
    made = {"difference_id": new_id()}
    await runtime.db.pool.execute(
        "INSERT INTO payments.difference (mall_id, id, provider, day, kind, what, number, currency, state, found_at) "
        "VALUES ($1, $2, 'sandbox', '2026-05-01', 'missing_here', 'payment', 'n', 'CNY', 'open', $3)",
        mall.mall_id,
        made["difference_id"],
        datetime.now(UTC),
    )
    return made

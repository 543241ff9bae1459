"""Work of the catalog that events start."""

from typing import Any
from uuid import UUID

from galleria.foundation.catalog import operations
from galleria.kernel.ids import ShopId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime


async def reindex_shop(runtime: Runtime, *, journal_id: str, position: int, subject: str, data: dict[str, Any]) -> None:
    """Make a changed shop's goods searchable under its present name; once for each event."""
    del data
    now = utc_now()
    command = Command(kind="catalog.reindex", actor=SYSTEM, now=now, key=f"catalog.reindex:{journal_id}:{position}")
    await runtime.db.write(
        command, lambda tx: operations.reindex_shop(tx, shop_id=ShopId(UUID(subject)), now=now), returns=int
    )

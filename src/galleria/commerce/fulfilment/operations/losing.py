"""What others do about units that do not reach the shopper."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.fulfilment.store import losses as store
from galleria.kernel.ids import MallId, RefundId
from galleria.platform.tx import Tx


async def settle_loss(tx: Tx, *, mall_id: MallId, loss_id: UUID, refund_id: RefundId | None, now: datetime) -> bool:
    """Write down which refund a loss came to (None: nothing was left to refund); False when that is known already."""
    return await store.settle(tx, mall_id, loss_id, refund_id, now)

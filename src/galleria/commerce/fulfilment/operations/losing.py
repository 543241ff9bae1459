"""What others do about units that do not reach the shopper."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.fulfilment.store import losses as store
from galleria.kernel.ids import MallId, RefundId
from galleria.platform.tx import Tx


async def settle_loss(tx: Tx, *, mall_id: MallId, loss_id: UUID, refund_id: RefundId | None, now: datetime) -> bool:
    """Write down that a loss is refunded, once: False when that is known already.

    `refund_id` is told now or by `note_refund`; a loss without one had nothing left to refund.
    """
    return await store.settle(tx, mall_id, loss_id, refund_id, now)


async def note_refund(tx: Tx, *, mall_id: MallId, loss_id: UUID, refund_id: RefundId) -> None:
    """Write down which refund a loss came to, after it was settled in the same transaction."""
    await store.note_refund(tx, mall_id, loss_id, refund_id)

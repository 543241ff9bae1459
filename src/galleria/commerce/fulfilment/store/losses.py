"""Units that do not reach the shopper."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.fulfilment.model import Loss
from galleria.kernel.ids import MallId, RefundId, ShipmentId
from galleria.platform.tx import ReadTx, Tx

_LOSS = """
SELECT mall_id, id, order_id, sub_order_id, shipment_id, reason, restock, lines, created_at, refund_id, settled_at
  FROM fulfilment.loss
"""


async def add(tx: Tx, loss: Loss) -> None:
    """Insert a loss."""
    await tx.run(
        "INSERT INTO fulfilment.loss (mall_id, id, order_id, sub_order_id, shipment_id, reason, restock, lines, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        loss.mall_id,
        loss.id,
        loss.order_id,
        loss.sub_order_id,
        loss.shipment_id,
        loss.reason,
        loss.restock,
        loss.lines,
        loss.created_at,
    )


async def find(tx: ReadTx, mall_id: MallId, loss_id: UUID) -> Loss | None:
    """Return a loss, or None."""
    return await tx.one(Loss, _LOSS + "WHERE mall_id = $1 AND id = $2", mall_id, loss_id)


async def of_shipment(tx: ReadTx, mall_id: MallId, shipment_id: ShipmentId) -> list[Loss]:
    """Return the losses of a shipment."""
    return await tx.all(Loss, _LOSS + "WHERE mall_id = $1 AND shipment_id = $2 ORDER BY id", mall_id, shipment_id)


async def unsettled(tx: ReadTx, mall_id: MallId, limit: int) -> list[Loss]:
    """Return losses nobody has refunded yet, the oldest first."""
    return await tx.all(
        Loss, _LOSS + "WHERE mall_id = $1 AND settled_at IS NULL ORDER BY created_at LIMIT $2", mall_id, limit
    )


async def settle(tx: Tx, mall_id: MallId, loss_id: UUID, refund_id: RefundId | None, now: datetime) -> bool:
    """Write down which refund a loss came to (None: nothing was left to refund); False when that is known already."""
    return bool(
        await tx.run(
            "UPDATE fulfilment.loss SET refund_id = $3, settled_at = $4 "
            "WHERE mall_id = $1 AND id = $2 AND settled_at IS NULL",
            mall_id,
            loss_id,
            refund_id,
            now,
        )
    )

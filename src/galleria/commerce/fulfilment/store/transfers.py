"""Transfers between stores."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce.fulfilment.model import StockTransfer, StockTransferState, TransferLine
from galleria.kernel.ids import MallId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx

_TRANSFER = """
SELECT t.id, t.number, t.merchant_id, t.from_shop_id, t.to_shop_id, t.shipment_id, t.state, t.note, t.created_at,
       t.sent_at, t.received_at,
       (SELECT coalesce(jsonb_agg(to_jsonb(l) - 'mall_id' - 'transfer_id' ORDER BY l.sku), '[]')
          FROM fulfilment.transfer_line l WHERE l.mall_id = t.mall_id AND l.transfer_id = t.id) AS lines
  FROM fulfilment.transfer t
"""
_INSERT = """
WITH made AS (
  INSERT INTO fulfilment.transfer (mall_id, id, number, merchant_id, from_shop_id, to_shop_id, shipment_id, state, note,
                                   created_by, created_at, sent_by, sent_at, received_by, received_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, CASE WHEN $12::timestamptz IS NULL THEN NULL ELSE $10::uuid END,
          $12, CASE WHEN $13::timestamptz IS NULL THEN NULL ELSE $10::uuid END, $13)
)
INSERT INTO fulfilment.transfer_line (mall_id, transfer_id, from_variant_id, to_variant_id, sku, name_zh, name_en, sent,
                                      received)
SELECT $1, $2, l.from_variant_id, l.to_variant_id, l.sku, l.name_zh, l.name_en, l.sent, l.received
  FROM jsonb_to_recordset($14) AS l(from_variant_id uuid, to_variant_id uuid, sku text, name_zh text, name_en text,
                                    sent integer, received integer)
"""


async def insert(tx: Tx, mall_id: MallId, new: StockTransfer, staff_id: UUID) -> None:
    """Insert a transfer with its lines, in one statement."""
    await tx.run(
        _INSERT,
        mall_id,
        new.id,
        new.number,
        new.merchant_id,
        new.from_shop_id,
        new.to_shop_id,
        new.shipment_id,
        new.state,
        new.note,
        staff_id,
        new.created_at,
        new.sent_at,
        new.received_at,
        new.lines,
    )


async def find(tx: ReadTx, mall_id: MallId, transfer_id: UUID) -> StockTransfer | None:
    """Return a transfer, or None."""
    return await tx.one(StockTransfer, _TRANSFER + "WHERE t.mall_id = $1 AND t.id = $2", mall_id, transfer_id)


async def lock(tx: Tx, mall_id: MallId, transfer_id: UUID) -> StockTransfer | None:
    """Lock a transfer and return it, or None."""
    await tx.value("SELECT id FROM fulfilment.transfer WHERE mall_id = $1 AND id = $2 FOR UPDATE", mall_id, transfer_id)
    return await find(tx, mall_id, transfer_id)


async def move(
    tx: Tx, mall_id: MallId, transfer_id: UUID, state: StockTransferState, staff_id: UUID, now: datetime
) -> None:
    """Move a locked transfer, keeping who sent or received it and when."""
    await tx.run(
        """
        UPDATE fulfilment.transfer
           SET state = $3, sent_by = CASE WHEN $3 = 'sent' THEN $4 ELSE sent_by END,
               sent_at = CASE WHEN $3 = 'sent' THEN $5 ELSE sent_at END,
               received_by = CASE WHEN $3 = 'received' THEN $4 ELSE received_by END,
               received_at = CASE WHEN $3 = 'received' THEN $5 ELSE received_at END
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        transfer_id,
        state,
        staff_id,
        now,
    )


async def save_received(tx: Tx, mall_id: MallId, transfer_id: UUID, lines: Sequence[TransferLine], note: str) -> None:
    """Write down what came in, and a word about it."""
    await tx.run(
        "UPDATE fulfilment.transfer_line l SET received = t.received "
        "FROM jsonb_to_recordset($3) AS t(from_variant_id uuid, received integer) "
        "WHERE l.mall_id = $1 AND l.transfer_id = $2 AND l.from_variant_id = t.from_variant_id",
        mall_id,
        transfer_id,
        lines,
    )
    await tx.run(
        "UPDATE fulfilment.transfer SET note = concat_ws(E'\\n', nullif(note, ''), $3) "
        "WHERE mall_id = $1 AND id = $2 AND $3 <> ''",
        mall_id,
        transfer_id,
        note,
    )


async def list_transfers(
    tx: ReadTx, mall_id: MallId, *, reach: Reach, before: UUID | None, limit: int
) -> list[StockTransfer]:
    """Return the transfers of stores in reach, the newest first."""
    return await tx.all(
        StockTransfer,
        _TRANSFER + "WHERE t.mall_id = $1 AND ($2 OR t.merchant_id = ANY ($3) OR t.from_shop_id = ANY ($4) "
        "OR t.to_shop_id = ANY ($4)) AND ($5::uuid IS NULL OR t.id < $5) ORDER BY t.id DESC LIMIT $6",
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        before,
        limit,
    )

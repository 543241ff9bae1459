"""Every statement on late scans.

Locks: an advisory lock of the ticket's number first, so that scans of one ticket are settled one after the other.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.commerce.redemption.model import LateScan, ScanOutcome
from galleria.kernel.ids import MallId, ShopId, StaffId, TicketId
from galleria.platform import locks
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx

_SCAN = """
SELECT request_number, shop_id, staff_id, serial, ticket_id, bill_minor, discount_minor, scanned_at, received_at,
       outcome, detail, redemption_id, closed_by, closed_at, note
  FROM redemption.offline_scan
"""


async def lock_serial(tx: Tx, serial: str) -> None:
    """Wait until other late scans of this number are settled, and keep others out until the end."""
    await tx.value("SELECT pg_advisory_xact_lock($1, hashtext($2))", locks.LATE_SCAN, serial)


async def begin(
    tx: Tx,
    mall_id: MallId,
    *,
    request_number: UUID,
    shop_id: ShopId,
    staff_id: StaffId,
    serial: str,
    bill_minor: int | None,
    scanned_at: datetime,
    now: datetime,
) -> bool:
    """Insert a scan that is not settled yet; False when its request number is known."""
    return bool(
        await tx.run(
            """
            INSERT INTO redemption.offline_scan (mall_id, request_number, shop_id, staff_id, serial, bill_minor,
                                                 scanned_at, received_at, outcome)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'refused') ON CONFLICT DO NOTHING
            """,
            mall_id,
            request_number,
            shop_id,
            staff_id,
            serial,
            bill_minor,
            scanned_at,
            now,
        )
    )


async def settle(
    tx: Tx,
    mall_id: MallId,
    request_number: UUID,
    *,
    outcome: ScanOutcome,
    scanned_at: datetime,
    ticket_id: TicketId | None = None,
    redemption_id: UUID | None = None,
    discount_minor: int | None = None,
    detail: dict[str, Any],
) -> None:
    """Write down what became of a scan."""
    await tx.run(
        """
        UPDATE redemption.offline_scan SET outcome = $3, scanned_at = $4, ticket_id = $5, redemption_id = $6,
               discount_minor = $7, detail = $8::jsonb
         WHERE mall_id = $1 AND request_number = $2
        """,
        mall_id,
        request_number,
        outcome.value,
        scanned_at,
        ticket_id,
        redemption_id,
        discount_minor,
        detail,
    )


async def find(tx: ReadTx, mall_id: MallId, request_number: UUID) -> LateScan | None:
    """Return a scan."""
    return await tx.one(LateScan, _SCAN + " WHERE mall_id = $1 AND request_number = $2", mall_id, request_number)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The late scan that a redemption was made by."""

    request_number: UUID
    scanned_at: datetime


async def made_by(tx: ReadTx, mall_id: MallId, redemption_id: UUID) -> Standing | None:
    """Return the late scan a redemption was made by, None when it was made online."""
    return await tx.one(
        Standing,
        "SELECT request_number, scanned_at FROM redemption.offline_scan WHERE mall_id = $1 AND redemption_id = $2",
        mall_id,
        redemption_id,
    )


async def list_scans(
    tx: ReadTx,
    mall_id: MallId,
    reach: Reach,
    *,
    shop_id: ShopId | None,
    only_open: bool,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[LateScan]:
    """Return late scans of shops within reach, the newest first."""
    return await tx.all(
        LateScan,
        _SCAN
        + """
         WHERE mall_id = $1 AND ($2 OR shop_id = ANY($3::uuid[])) AND ($4::uuid IS NULL OR shop_id = $4)
           AND (NOT $5 OR (outcome <> 'accepted' AND closed_at IS NULL))
           AND ($6::timestamptz IS NULL OR (received_at, request_number) < ($6, $7::uuid))
         ORDER BY received_at DESC, request_number DESC LIMIT $8
        """,
        mall_id,
        reach.everything,
        reach.shop_ids,
        shop_id,
        only_open,
        *(before or (None, None)),
        limit,
    )


async def close(tx: Tx, mall_id: MallId, request_number: UUID, *, staff_id: StaffId, note: str, now: datetime) -> bool:
    """Note that a person has looked at a scan that was not accepted; False when there is nothing open."""
    return bool(
        await tx.run(
            """
            UPDATE redemption.offline_scan SET closed_by = $3, closed_at = $4, note = $5
             WHERE mall_id = $1 AND request_number = $2 AND outcome <> 'accepted' AND closed_at IS NULL
            """,
            mall_id,
            request_number,
            staff_id,
            now,
            note,
        )
    )

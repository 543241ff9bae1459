"""Every statement of wallet; the money itself stands in the ledger."""

from datetime import datetime
from uuid import UUID

from galleria.kernel.ids import MallId, MemberId, StaffId
from galleria.platform.tx import Tx


async def add_credit(
    tx: Tx,
    mall_id: MallId,
    credit_id: UUID,
    member_id: MemberId,
    *,
    currency: str,
    amount_minor: int,
    note: str,
    staff_id: StaffId,
    now: datetime,
) -> None:
    """Write that money was put in at the desk."""
    await tx.run(
        """
        INSERT INTO wallet.credit (mall_id, id, member_id, currency, amount_minor, note, staff_id, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        mall_id,
        credit_id,
        member_id,
        currency,
        amount_minor,
        note,
        staff_id,
        now,
    )

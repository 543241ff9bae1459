"""What is read of settlement."""

from collections.abc import Sequence
from datetime import datetime

from galleria.commerce.settlement.model import NO_TERMS, Terms
from galleria.commerce.settlement.store import terms
from galleria.kernel.ids import MallId, MerchantId
from galleria.platform.tx import ReadTx


async def terms_for(
    tx: ReadTx, *, mall_id: MallId, merchant_ids: Sequence[MerchantId], at: datetime
) -> dict[MerchantId, Terms]:
    """Return the terms that hold for each of these merchants at a moment, in one statement.

    A merchant's own go before the mall's; where neither were set, nothing is taken (`NO_TERMS`).
    """
    found = {row.merchant_id: row for row in await terms.held(tx, mall_id, merchant_ids, at)}
    return {
        merchant: Terms(fee_bp=row.fee_bp, period_days=row.period_days, reserve_bp=row.reserve_bp)
        if (row := found.get(merchant))
        else NO_TERMS
        for merchant in merchant_ids
    }

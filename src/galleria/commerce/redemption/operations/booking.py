"""What a coupon redeemed in a shop is booked as: each funder owes the shop's merchant the share it bears."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.commerce.redemption import rules
from galleria.foundation import ledger, malls
from galleria.platform.tx import Tx
from galleria.value import promotions

COUPON_USED = "coupon.used_in_shop"
COUPON_RETURNED = "coupon.returned_by_shop"


async def book(
    tx: Tx, *, till: malls.Till, shares: Sequence[promotions.FundedTotal], redemption_id: UUID, now: datetime
) -> None:
    """Owe the shop's merchant what it gave for others; its own discounts it bears itself."""
    await _post(tx, till, COUPON_USED, redemption_id, rules.postings(shares, till), now)


async def take_back(
    tx: Tx, *, till: malls.Till, shares: Sequence[promotions.FundedTotal], redemption_id: UUID, now: datetime
) -> None:
    """Undo what was booked for a redemption, share by share."""
    await _post(tx, till, COUPON_RETURNED, redemption_id, rules.postings(shares, till, back=True), now)


async def _post(
    tx: Tx, till: malls.Till, code: str, reference: UUID, postings: list[ledger.Posting], now: datetime
) -> None:
    if postings:
        entry = ledger.Entry(code, reference, postings)
        await ledger.post(tx, group_id=till.group_id, mall_id=till.mall_id, entries=[entry], now=now)

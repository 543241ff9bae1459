"""What a coupon redeemed in a shop is booked as: each funder owes the shop's merchant the share it bears."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.redemption import rules
from galleria.foundation import ledger, malls
from galleria.platform.tx import Tx
from galleria.value import promotions

COUPON_USED = "coupon.used_in_shop"
COUPON_RETURNED = "coupon.returned_by_shop"


class Given(msgspec.Struct, frozen=True):
    """What one redemption took off a bill, and who bears it."""

    till: malls.Till
    shares: Sequence[promotions.FundedTotal]
    redemption_id: UUID


async def book(tx: Tx, *, given: Sequence[Given], now: datetime) -> None:
    """Owe the shops' merchants what they gave for others, in one statement; their own discounts they bear."""
    entries = [
        ledger.Entry(COUPON_USED, one.redemption_id, postings)
        for one in given
        if (postings := rules.postings(one.shares, one.till))
    ]
    if entries:
        till = given[0].till
        await ledger.post(tx, group_id=till.group_id, mall_id=till.mall_id, entries=entries, now=now)


async def take_back(tx: Tx, *, given: Given, now: datetime) -> None:
    """Undo what was booked for a redemption, share by share."""
    postings = rules.postings(given.shares, given.till, back=True)
    if postings:
        entry = ledger.Entry(COUPON_RETURNED, given.redemption_id, postings)
        await ledger.post(tx, group_id=given.till.group_id, mall_id=given.till.mall_id, entries=[entry], now=now)

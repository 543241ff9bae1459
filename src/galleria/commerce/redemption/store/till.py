"""Every statement of the till: locks, and redemptions of coupons without a code shown.

Locks: the claim first (coupons does), then the lock's row, then the ticket.
"""

import secrets
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce.redemption.model import Locked, LockState
from galleria.commerce.redemption.store.ticket import SERIALS
from galleria.kernel.ids import ClaimId, MallId, MemberId, MerchantId, ShopId, StaffId, TicketId, new_id
from galleria.platform.tx import ReadTx, Tx
from galleria.value import promotions

_LOCK = """
id, claim_id, member_id, shop_id, staff_id, title_zh, title_en, bill_minor, discount_minor, shares, state, until,
redemption_id
"""


async def add_lock(tx: Tx, mall_id: MallId, lock: Locked, now: datetime) -> None:
    """Insert a lock with its price."""
    await tx.run(
        """
        INSERT INTO redemption.lock (mall_id, id, claim_id, member_id, shop_id, staff_id, title_zh, title_en,
                                     bill_minor, discount_minor, shares, state, until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, 'locked', $12, $13)
        """,
        mall_id,
        lock.id,
        lock.claim_id,
        lock.member_id,
        lock.shop_id,
        lock.staff_id,
        lock.title_zh,
        lock.title_en,
        lock.bill_minor,
        lock.discount_minor,
        lock.shares,
        lock.until,
        now,
    )


async def find_lock(tx: ReadTx, mall_id: MallId, lock_id: UUID) -> Locked | None:
    """Return a lock."""
    return await tx.one(Locked, f"SELECT {_LOCK} FROM redemption.lock WHERE mall_id = $1 AND id = $2", mall_id, lock_id)


END_LOCK = f"""
UPDATE redemption.lock SET state = $3, redemption_id = $4, ended_at = $5
 WHERE mall_id = $1 AND id = $2 AND state = 'locked' AND (until > $5 OR $3 = 'released')
RETURNING {_LOCK}
"""


async def end_lock(
    tx: Tx, mall_id: MallId, lock_id: UUID, *, state: LockState, redemption_id: UUID | None, now: datetime
) -> Locked | None:
    """End a lock that stands: redeemed within its time, or released at any; None when it does not stand."""
    return await tx.one(Locked, END_LOCK, mall_id, lock_id, state.value, redemption_id, now)


class ClaimRedemption(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon redeemed at a till."""

    mall_id: MallId
    id: UUID
    claim_id: ClaimId
    member_id: MemberId
    title_zh: str
    title_en: str
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    staff_id: StaffId
    staff_name: str
    at: datetime
    bill_minor: int
    discount_minor: int
    shares: list[promotions.FundedTotal]


REDEEM_CLAIM = """
WITH taken AS (
  UPDATE redemption.ticket SET state = 'redeemed'
   WHERE mall_id = $1 AND claim_id = $3 AND kind = 'coupon' AND state = 'valid'
  RETURNING id
), made AS (
  INSERT INTO redemption.ticket (mall_id, id, serial, kind, member_id, claim_id, title_zh, title_en, state, created_at)
  SELECT $1, $4, $5, 'coupon', $6, $3, $7, $8, 'redeemed', $15
   WHERE NOT EXISTS (SELECT FROM redemption.ticket
                      WHERE mall_id = $1 AND claim_id = $3 AND kind = 'coupon' AND state <> 'void')
  ON CONFLICT DO NOTHING
  RETURNING id
)
INSERT INTO redemption.redemption (mall_id, id, ticket_id, kind, shop_id, merchant_id, shop_zh, shop_en, staff_id,
                                   staff_name, at, bill_minor, discount_minor, shares)
SELECT $1, $2, t.id, 'coupon', $9, $10, $11, $12, $13, $14, $15, $16, $17, $18::jsonb
  FROM (SELECT id FROM taken UNION ALL SELECT id FROM made) t
RETURNING ticket_id
"""
TRIES = 5


async def redeem_claim(tx: Tx, new: ClaimRedemption) -> TicketId | None:
    """Record that a spent claim was redeemed, with its ticket or one made for it, in one statement.

    It is repeated when the number drawn was taken, or the owner asked for the ticket at the same moment. None when
    the claim's ticket was used before.
    """
    for _ in range(TRIES):
        ticket_id: TicketId | None = await tx.value(
            REDEEM_CLAIM,
            new.mall_id,
            new.id,
            new.claim_id,
            new_id(),
            f"{secrets.randbelow(SERIALS):08d}",
            new.member_id,
            new.title_zh,
            new.title_en,
            new.shop_id,
            new.merchant_id,
            new.shop_zh,
            new.shop_en,
            new.staff_id,
            new.staff_name,
            new.at,
            new.bill_minor,
            new.discount_minor,
            new.shares,
        )
        if ticket_id is not None:
            return ticket_id
    return None

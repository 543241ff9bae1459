"""Every statement of the till: locks, and redemptions of coupons without a code shown.

Locks: the claim first (coupons does), then the lock's row, then the ticket.
"""

import secrets
from collections.abc import Sequence
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


REDEEM_CLAIMS = """
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (
    id uuid, claim_id uuid, ticket_id uuid, serial text, member_id uuid, title_zh text, title_en text, shop_id uuid,
    merchant_id uuid, shop_zh text, shop_en text, staff_id uuid, staff_name text, at timestamptz, bill_minor bigint,
    discount_minor bigint, shares jsonb)
), taken AS (
  UPDATE redemption.ticket t SET state = 'redeemed' FROM given g
   WHERE t.mall_id = $1 AND t.claim_id = g.claim_id AND t.kind = 'coupon' AND t.state = 'valid'
  RETURNING t.id, t.claim_id
), made AS (
  INSERT INTO redemption.ticket (mall_id, id, serial, kind, member_id, claim_id, title_zh, title_en, state, created_at)
  SELECT $1, g.ticket_id, g.serial, 'coupon', g.member_id, g.claim_id, g.title_zh, g.title_en, 'redeemed', g.at
    FROM given g
   WHERE NOT EXISTS (SELECT FROM redemption.ticket t
                      WHERE t.mall_id = $1 AND t.claim_id = g.claim_id AND t.kind = 'coupon' AND t.state <> 'void')
  ON CONFLICT DO NOTHING
  RETURNING id, claim_id
)
INSERT INTO redemption.redemption (mall_id, id, ticket_id, kind, shop_id, merchant_id, shop_zh, shop_en, staff_id,
                                   staff_name, at, bill_minor, discount_minor, shares)
SELECT $1, g.id, t.id, 'coupon', g.shop_id, g.merchant_id, g.shop_zh, g.shop_en, g.staff_id, g.staff_name, g.at,
       g.bill_minor, g.discount_minor, g.shares
  FROM given g JOIN (SELECT id, claim_id FROM taken UNION ALL SELECT id, claim_id FROM made) t USING (claim_id)
RETURNING id, ticket_id
"""
TRIES = 5


class Recorded(msgspec.Struct, frozen=True):
    """A redemption and the ticket it used."""

    id: UUID
    ticket_id: TicketId


async def redeem_claims(tx: Tx, mall_id: MallId, new: Sequence[ClaimRedemption]) -> dict[UUID, TicketId]:
    """Record that spent claims were redeemed, with their tickets or such made for them, in one statement.

    It is repeated when a number drawn was taken, or an owner asked for the ticket at the same moment. Returns the
    ticket of each redemption; left out is one whose ticket was used before.
    """
    made: dict[UUID, TicketId] = {}
    for _ in range(TRIES):
        rows = [
            {
                **msgspec.structs.asdict(one),
                "ticket_id": new_id(),
                "serial": f"{secrets.randbelow(SERIALS):08d}",
            }
            for one in new
            if one.id not in made
        ]
        if not rows:
            break
        made |= {row.id: row.ticket_id for row in await tx.all(Recorded, REDEEM_CLAIMS, mall_id, rows)}
    return made

"""Statements on claims."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import BagId, MallId, MemberId, StaffId
from galleria.onsite.handsfree.model import BagClaim, BagClaimState, BagPaidHow
from galleria.platform.tx import ReadTx, Tx

_CLAIM = """
SELECT c.mall_id, c.id, c.bag_id, c.trip_id, c.member_id, c.kind, c.words, c.pictures, c.asked_minor, c.limit_minor,
       c.currency, c.state, c.decided_minor, c.decision, c.decided_by, c.decided_at, c.paid_how, c.paid_by,
       c.paid_reference, c.paid_at, c.created_at, b.label, b.shop_zh, b.shop_en, b.state AS bag_state
  FROM handsfree.claim AS c JOIN handsfree.bag AS b ON b.mall_id = c.mall_id AND b.id = c.bag_id
"""
_OF_THE_BAG = {"label", "shop_zh", "shop_en", "bag_state", "shopper"}


async def add(tx: Tx, claim: BagClaim) -> bool:
    """Insert a claim; False when the bag has one that is not over."""
    row = {name: value for name, value in msgspec.structs.asdict(claim).items() if name not in _OF_THE_BAG}
    row |= {"kind": claim.kind.value, "state": claim.state.value}
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    sql = f"INSERT INTO handsfree.claim ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"
    return bool(await tx.run(sql, *row.values()))


async def find(tx: ReadTx, mall_id: MallId, claim_id: UUID, member_id: MemberId | None = None) -> BagClaim | None:
    """Return a claim, of one member when given."""
    sql = _CLAIM + " WHERE c.mall_id = $1 AND c.id = $2 AND ($3::uuid IS NULL OR c.member_id = $3)"
    return await tx.one(BagClaim, sql, mall_id, claim_id, member_id)


async def list_claims(
    tx: ReadTx,
    mall_id: MallId,
    *,
    member_id: MemberId | None = None,
    bag_id: BagId | None = None,
    state: BagClaimState | None = None,
    before: UUID | None,
    limit: int,
) -> list[BagClaim]:
    """Return claims that fit all that is given, the newest first."""
    return await tx.all(
        BagClaim,
        _CLAIM
        + """
         WHERE c.mall_id = $1 AND ($2::uuid IS NULL OR c.member_id = $2) AND ($3::uuid IS NULL OR c.bag_id = $3)
           AND ($4::text IS NULL OR c.state = $4) AND ($5::uuid IS NULL OR c.id < $5)
         ORDER BY c.id DESC LIMIT $6
        """,
        mall_id,
        member_id,
        bag_id,
        None if state is None else state.value,
        before,
        limit,
    )


async def decide(
    tx: Tx,
    mall_id: MallId,
    claim_id: UUID,
    *,
    amount_minor: int | None,
    words: str,
    staff_id: StaffId,
    now: datetime,
) -> bool:
    """Approve an open claim with an amount, or reject it with none; of two at once one does."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.claim SET state = CASE WHEN $3::bigint IS NULL THEN 'rejected' ELSE 'approved' END,
                   decided_minor = $3, decision = $4, decided_by = $5, decided_at = $6
             WHERE mall_id = $1 AND id = $2 AND state = 'open'
            """,
            mall_id,
            claim_id,
            amount_minor,
            words,
            staff_id,
            now,
        )
    )


async def pay(
    tx: Tx, mall_id: MallId, claim_id: UUID, *, how: BagPaidHow, reference: str, staff_id: StaffId, now: datetime
) -> bool:
    """Note that an approved claim was paid; of two at once one does."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.claim SET state = 'paid', paid_how = $3, paid_reference = $4, paid_by = $5, paid_at = $6
             WHERE mall_id = $1 AND id = $2 AND state = 'approved'
            """,
            mall_id,
            claim_id,
            how.value,
            reference,
            staff_id,
            now,
        )
    )


async def withdraw(tx: Tx, mall_id: MallId, claim_id: UUID, member_id: MemberId) -> bool:
    """Take a member's open claim back."""
    return bool(
        await tx.run(
            """
            UPDATE handsfree.claim SET state = 'withdrawn'
             WHERE mall_id = $1 AND id = $2 AND member_id = $3 AND state = 'open'
            """,
            mall_id,
            claim_id,
            member_id,
        )
    )


async def count_open(tx: ReadTx, mall_id: MallId) -> int:
    """Return how many claims wait for a decision or to be paid."""
    sql = "SELECT count(*)::integer FROM handsfree.claim WHERE mall_id = $1 AND state IN ('open', 'approved')"
    found: int = await tx.value(sql, mall_id)
    return found

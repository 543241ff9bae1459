"""Questions about age, and the gate."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MemberId, ShopId, StaffId, VariantId
from galleria.onsite.scango.model import AgeCheck, AgeState, BagDifference, GateRow, Outcome, SessionId
from galleria.platform.tx import ReadTx, Tx

_AGE = "SELECT id, session_id, min_age, state, asked_at, decided_at, staff_name, reason FROM scango.age_check"


async def ask_age(tx: Tx, mall_id: MallId, new: AgeCheck, shop_id: ShopId) -> bool:
    """Write a question about a shopper's age, in place of a lower one not yet answered."""
    sql = """
    INSERT INTO scango.age_check (mall_id, id, session_id, shop_id, min_age, state, asked_at)
    VALUES ($1, $2, $3, $4, $5, 'asked', $6)
    ON CONFLICT (mall_id, session_id) WHERE state = 'asked' DO UPDATE
       SET min_age = greatest(age_check.min_age, EXCLUDED.min_age)
    """
    return bool(await tx.run(sql, mall_id, new.id, new.session_id, shop_id, new.min_age, new.asked_at))


async def latest_age_check(tx: ReadTx, mall_id: MallId, session_id: SessionId) -> AgeCheck | None:
    """Return the last question about a shopper's age."""
    sql = _AGE + " WHERE mall_id = $1 AND session_id = $2 ORDER BY id DESC LIMIT 1"
    return await tx.one(AgeCheck, sql, mall_id, session_id)


_DECIDE = """
WITH decided AS (
  UPDATE scango.age_check SET state = $4, decided_at = $8, staff_id = $5, staff_name = $6, reason = $7
   WHERE mall_id = $1 AND shop_id = $2 AND id = $3 AND state = 'asked'
  RETURNING id, session_id, min_age, state, asked_at, decided_at, staff_name, reason
), seen AS (
  UPDATE scango.session s SET approved_age = greatest(s.approved_age, d.min_age)
    FROM decided d WHERE s.mall_id = $1 AND s.id = d.session_id AND d.state = 'approved'
)
SELECT * FROM decided
"""


async def decide_age(
    tx: Tx,
    mall_id: MallId,
    shop_id: ShopId,
    check_id: UUID,
    *,
    state: AgeState,
    staff_id: StaffId,
    staff_name: str,
    reason: str,
    now: datetime,
) -> AgeCheck | None:
    """Answer a question once, and note on the session what was seen; None when it is not open (any more)."""
    return await tx.one(AgeCheck, _DECIDE, mall_id, shop_id, check_id, state, staff_id, staff_name, reason, now)


class AskedAge(msgspec.Struct, frozen=True, kw_only=True):
    """A question about age with whom it is about and the goods that ask for it."""

    id: UUID
    session_id: SessionId
    member_id: MemberId
    min_age: int
    state: AgeState
    asked_at: datetime
    decided_at: datetime | None
    staff_id: StaffId | None
    staff_name: str
    reason: str
    variant_ids: list[VariantId]


async def list_age_checks(
    tx: ReadTx, mall_id: MallId, shop_id: ShopId, *, check_id: UUID | None = None, before: UUID | None, limit: int
) -> list[AskedAge]:
    """Return a shop's questions about age, the newest first; with `check_id` that one only."""
    return await tx.all(
        AskedAge,
        """
        SELECT c.id, c.session_id, s.member_id, c.min_age, c.state, c.asked_at, c.decided_at, c.staff_id, c.staff_name,
               c.reason, ARRAY(SELECT DISTINCT i.variant_id FROM scango.item i
                                 JOIN scango.age_limit a ON a.mall_id = i.mall_id AND a.variant_id = i.variant_id
                                WHERE i.mall_id = c.mall_id AND i.session_id = c.session_id) AS variant_ids
          FROM scango.age_check c JOIN scango.session s ON s.mall_id = c.mall_id AND s.id = c.session_id
         WHERE c.mall_id = $1 AND c.shop_id = $2 AND ($3::uuid IS NULL OR c.id < $3)
           AND ($5::uuid IS NULL OR c.id = $5)
         ORDER BY c.id DESC LIMIT $4
        """,
        mall_id,
        shop_id,
        before,
        limit,
        check_id,
    )


async def record_gate(
    tx: Tx,
    *,
    mall_id: MallId,
    gate_id: UUID,
    session_id: SessionId,
    shop_id: ShopId,
    outcome: Outcome,
    scanned: dict[str, int],
    differences: Sequence[BagDifference],
    note: str,
    staff_id: StaffId,
    staff_name: str,
    now: datetime,
) -> None:
    """Write down what was found and decided at the gate."""
    await tx.run(
        """
        INSERT INTO scango.gate_check (mall_id, id, session_id, shop_id, outcome, scanned, differences, note, staff_id,
                                       staff_name, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        mall_id,
        gate_id,
        session_id,
        shop_id,
        outcome,
        scanned,
        list(differences),
        note,
        staff_id,
        staff_name,
        now,
    )


async def checks_of(
    tx: ReadTx,
    mall_id: MallId,
    shop_id: ShopId,
    *,
    session_id: SessionId | None = None,
    before: UUID | None,
    limit: int,
) -> list[GateRow]:
    """Return what was decided at a shop's gate, the newest first; with `session_id` of that basket only."""
    return await tx.all(
        GateRow,
        """
        SELECT g.id, g.session_id, g.outcome, g.differences, g.note, g.staff_name, g.at,
               coalesce(s.must_check, false) AS must_check,
               (SELECT coalesce(sum(value::integer), 0)::integer FROM jsonb_each_text(g.scanned)) AS scanned
          FROM scango.gate_check g JOIN scango.session s ON s.mall_id = g.mall_id AND s.id = g.session_id
         WHERE g.mall_id = $1 AND g.shop_id = $2 AND ($3::uuid IS NULL OR g.session_id = $3)
           AND ($4::uuid IS NULL OR g.id < $4)
         ORDER BY g.id DESC LIMIT $5
        """,
        mall_id,
        shop_id,
        session_id,
        before,
        limit,
    )

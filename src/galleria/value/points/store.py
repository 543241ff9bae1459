"""Every statement of points. Locks are taken in one order: awards, then debts by member, then the ledger's accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import GroupId, MallId, MemberId, OrderId, ShopId, SubOrderId, new_id
from galleria.platform.tx import ReadTx, Tx
from galleria.value.points.model import Award, Posts, RuleChange, SpendPolicy, SubOrderPaid

_AWARD = """a.mall_id, a.sub_order_id, a.order_id, a.group_id, a.member_id, a.merchant_id, a.shop_zh, a.shop_en,
       a.posts, a.activates_at, a.expires_after_days"""

_ADD_AWARDS = f"""
WITH asked AS (
  SELECT * FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::bigint[], $10::text[], $11::text[])
             AS s (sub_order_id, shop_id, merchant_id, paid_minor, shop_zh, shop_en)
), earned AS (
  SELECT asked.*, rule.*, asked.paid_minor * rule.points_per_100_minor_bp / 1000000 AS points
    FROM asked CROSS JOIN LATERAL (
      SELECT points_per_100_minor_bp, posts, refund_window_days, expires_after_days FROM points.earn_rule AS r
       WHERE r.mall_id = $1 AND (r.shop_id = asked.shop_id OR r.shop_id IS NULL)
       ORDER BY r.shop_id NULLS LAST LIMIT 1
    ) AS rule
), a AS (
  INSERT INTO points.award (mall_id, sub_order_id, order_id, group_id, member_id, shop_id, merchant_id, shop_zh,
                            shop_en, paid_minor, points_per_100_minor_bp, points, kept, posts, state, activates_at,
                            expires_after_days, awarded_at)
  SELECT $1, sub_order_id, $2, $3, $4, shop_id, merchant_id, shop_zh, shop_en, paid_minor, points_per_100_minor_bp,
         points, points, posts, CASE posts WHEN 'at_once' THEN 'active' ELSE 'pending' END,
         $5::timestamptz + CASE posts WHEN 'at_once' THEN 0 ELSE refund_window_days END * interval '1 day',
         expires_after_days, $5::timestamptz
    FROM earned WHERE points > 0
      ON CONFLICT (mall_id, sub_order_id) DO NOTHING
  RETURNING *
), debt AS (
  SELECT owed FROM points.debt WHERE member_id = $4 AND owed > 0 FOR UPDATE
), repaid AS (
  UPDATE points.debt AS d SET owed = d.owed - least(d.owed, spendable.points)
    FROM debt, (SELECT coalesce(sum(points), 0)::bigint AS points FROM a WHERE state = 'active') AS spendable
   WHERE d.member_id = $4 AND spendable.points > 0
  RETURNING debt.owed - d.owed AS points
)
SELECT {_AWARD}, a.points, a.state, coalesce((SELECT points FROM repaid), 0) AS repaid FROM a ORDER BY a.sub_order_id
"""


async def add_awards(
    tx: Tx,
    mall_id: MallId,
    group_id: GroupId,
    order_id: OrderId,
    member_id: MemberId,
    sub_orders: Sequence[SubOrderPaid],
    now: datetime,
) -> list[Award]:
    """Insert the award of each sub-order that a rule gives points for, and pay the member's debt, in one statement.

    A sub-order that has its award is passed over. Locks the member's debt when there is one and points to pay it.
    """
    return await tx.all(
        Award,
        _ADD_AWARDS,
        mall_id,
        order_id,
        group_id,
        member_id,
        now,
        [s.sub_order_id for s in sub_orders],
        [s.shop_id for s in sub_orders],
        [s.merchant_id for s in sub_orders],
        [s.paid_minor for s in sub_orders],
        [s.shop_zh for s in sub_orders],
        [s.shop_en for s in sub_orders],
    )


_ACTIVATE = f"""
WITH due AS (
  SELECT mall_id, sub_order_id FROM points.award
   WHERE state = 'pending' AND activates_at <= $1 ORDER BY activates_at LIMIT $2 FOR UPDATE SKIP LOCKED
), a AS (
  UPDATE points.award AS a SET state = 'active' FROM due
   WHERE a.mall_id = due.mall_id AND a.sub_order_id = due.sub_order_id
  RETURNING a.*
), debt AS (
  SELECT member_id, owed FROM points.debt
   WHERE member_id IN (SELECT member_id FROM a) AND owed > 0 ORDER BY member_id FOR UPDATE
), repaid AS (
  UPDATE points.debt AS d SET owed = d.owed - least(d.owed, gained.points)
    FROM debt JOIN (SELECT member_id, sum(kept)::bigint AS points FROM a GROUP BY member_id) AS gained
      USING (member_id)
   WHERE d.member_id = debt.member_id
  RETURNING d.member_id, debt.owed - d.owed AS points
)
SELECT {_AWARD}, a.kept AS points, a.state, coalesce(repaid.points, 0) AS repaid
  FROM a LEFT JOIN repaid ON repaid.member_id = a.member_id ORDER BY a.group_id, a.mall_id, a.sub_order_id
"""


async def activate(tx: Tx, now: datetime, limit: int) -> list[Award]:
    """Make at most `limit` due awards active and pay debts, in one statement; those being changed are passed over."""
    return await tx.all(Award, _ACTIVATE, now, limit)


async def any_due(tx: ReadTx, now: datetime) -> bool:
    """Return whether a pending award is due."""
    found: bool = await tx.value(
        "SELECT EXISTS (SELECT FROM points.award WHERE state = 'pending' AND activates_at <= $1)", now
    )
    return found


_REDUCE = f"""
WITH a AS (
  SELECT award.*, least(kept, s.remaining_minor * points_per_100_minor_bp / 1000000) AS stays
    FROM points.award JOIN unnest($3::uuid[], $4::bigint[]) AS s (sub_order_id, remaining_minor) USING (sub_order_id)
   WHERE award.mall_id = $1 AND award.order_id = $2
   ORDER BY award.sub_order_id FOR UPDATE OF award
), changed AS (
  UPDATE points.award SET kept = a.stays, state = CASE a.stays WHEN 0 THEN 'reversed' ELSE award.state END
    FROM a WHERE award.mall_id = a.mall_id AND award.sub_order_id = a.sub_order_id AND a.stays < a.kept
)
SELECT {_AWARD}, a.kept - a.stays AS points, a.state, 0 AS repaid FROM a WHERE a.stays < a.kept ORDER BY a.sub_order_id
"""


async def reduce(tx: Tx, mall_id: MallId, order_id: OrderId, remaining: Mapping[SubOrderId, int]) -> list[Award]:
    """Keep of each award what its remaining payment earns; return those that lost points, and how many.

    Locks the awards. Keeping the least of all answers makes any order of refunds end the same.
    """
    return await tx.all(Award, _REDUCE, mall_id, order_id, list(remaining), list(remaining.values()))


async def reducible(tx: ReadTx, mall_id: MallId, order_id: OrderId, remaining: Mapping[SubOrderId, int]) -> int:
    """Return how many points `reduce` would take, locking and changing nothing."""
    found: int = await tx.value(
        """
        SELECT coalesce(sum(kept - least(kept, s.remaining_minor * points_per_100_minor_bp / 1000000)), 0)::bigint
          FROM points.award JOIN unnest($3::uuid[], $4::bigint[]) AS s (sub_order_id, remaining_minor)
         USING (sub_order_id)
         WHERE award.mall_id = $1 AND award.order_id = $2
        """,
        mall_id,
        order_id,
        list(remaining),
        list(remaining.values()),
    )
    return found


async def lock_debt(tx: Tx, group_id: GroupId, member_id: MemberId) -> int:
    """Lock a member's debt, making the row when there is none, and return it."""
    owed: int = await tx.value(
        """
        INSERT INTO points.debt AS d (member_id, group_id, owed) VALUES ($1, $2, 0)
            ON CONFLICT (member_id) DO UPDATE SET owed = d.owed
        RETURNING owed
        """,
        member_id,
        group_id,
    )
    return owed


async def change_debt(tx: Tx, member_id: MemberId, by: int) -> None:
    """Add to a member's debt, or with `by` below zero pay of it. The caller holds its lock."""
    await tx.run("UPDATE points.debt SET owed = owed + $2 WHERE member_id = $1", member_id, by)


class Rule(msgspec.Struct, frozen=True):
    """An earn rule as it is stored."""

    id: UUID
    shop_id: ShopId | None
    points_per_100_minor_bp: int
    posts: Posts
    refund_window_days: int
    expires_after_days: int | None


_RULE = "id, shop_id, points_per_100_minor_bp, posts, refund_window_days, expires_after_days"


async def list_rules(tx: ReadTx, mall_id: MallId) -> list[Rule]:
    """Return a mall's rules, its own first."""
    return await tx.all(
        Rule,
        f"SELECT {_RULE} FROM points.earn_rule WHERE mall_id = $1 ORDER BY shop_id NULLS FIRST",
        mall_id,
    )


async def set_rule(tx: Tx, mall_id: MallId, change: RuleChange, now: datetime) -> Rule:
    """Insert or replace the rule of a shop, or of the mall."""
    found = await tx.one(
        Rule,
        f"""
        INSERT INTO points.earn_rule (mall_id, id, shop_id, points_per_100_minor_bp, posts, refund_window_days,
                                      expires_after_days, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (mall_id, shop_id) DO UPDATE
           SET points_per_100_minor_bp = excluded.points_per_100_minor_bp, posts = excluded.posts,
               refund_window_days = excluded.refund_window_days, expires_after_days = excluded.expires_after_days
        RETURNING {_RULE}
        """,
        mall_id,
        new_id(),
        change.shop_id,
        change.points_per_100_minor_bp,
        change.posts.value,
        change.refund_window_days,
        change.expires_after_days,
        now,
    )
    assert found is not None  # noqa: S101 - an upsert returns its row
    return found


async def remove_rule(tx: Tx, mall_id: MallId, rule_id: UUID) -> Rule | None:
    """Delete a rule and return it; None when there is none."""
    return await tx.one(
        Rule,
        f"DELETE FROM points.earn_rule WHERE mall_id = $1 AND id = $2 RETURNING {_RULE}",
        mall_id,
        rule_id,
    )


async def who_earned(tx: ReadTx, mall_id: MallId, member_ids: Sequence[MemberId]) -> list[UUID]:
    """Return those of some members who were ever awarded points in a mall."""
    return await tx.values(
        "SELECT DISTINCT member_id FROM points.award WHERE mall_id = $1 AND member_id = ANY($2)", mall_id, member_ids
    )


async def customers(tx: ReadTx, mall_id: MallId, shop_id: ShopId, *, after: UUID | None, limit: int) -> list[UUID]:
    """Return members who were awarded points in a shop, by id."""
    return await tx.values(
        """
        SELECT DISTINCT member_id FROM points.award
         WHERE mall_id = $1 AND shop_id = $2 AND ($3::uuid IS NULL OR member_id > $3)
         ORDER BY member_id LIMIT $4
        """,
        mall_id,
        shop_id,
        after,
        limit,
    )


async def count_customers(tx: ReadTx, mall_id: MallId, shop_id: ShopId | None) -> int:
    """Count the members who were awarded points in a mall, or in one shop of it."""
    found: int = await tx.value(
        """
        SELECT count(DISTINCT member_id) FROM points.award
         WHERE mall_id = $1 AND ($2::uuid IS NULL OR shop_id = $2)
        """,
        mall_id,
        shop_id,
    )
    return found


async def spend_policy(tx: ReadTx, mall_id: MallId) -> SpendPolicy | None:
    """Return what points are worth at a mall's checkout."""
    return await tx.one(
        SpendPolicy,
        "SELECT minor_per_point_bp, cap_bp, minimum_points FROM points.spend_policy WHERE mall_id = $1",
        mall_id,
    )


async def set_spend_policy(tx: Tx, mall_id: MallId, policy: SpendPolicy, now: datetime) -> None:
    """Set what points are worth at a mall's checkout."""
    await tx.run(
        """
        INSERT INTO points.spend_policy (mall_id, minor_per_point_bp, cap_bp, minimum_points, changed_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (mall_id) DO UPDATE
           SET minor_per_point_bp = excluded.minor_per_point_bp, cap_bp = excluded.cap_bp,
               minimum_points = excluded.minimum_points, changed_at = excluded.changed_at
        """,
        mall_id,
        policy.minor_per_point_bp,
        policy.cap_bp,
        policy.minimum_points,
        now,
    )


async def remove_spend_policy(tx: Tx, mall_id: MallId) -> SpendPolicy | None:
    """Let a mall take no points for money any more, and return what they were worth."""
    return await tx.one(
        SpendPolicy,
        "DELETE FROM points.spend_policy WHERE mall_id = $1 RETURNING minor_per_point_bp, cap_bp, minimum_points",
        mall_id,
    )

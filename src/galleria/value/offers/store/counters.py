"""All SQL of uses and their counters.

Counters are locked in order of their primary key, as late as can be: a use and its counters are one statement.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MemberId, OfferId, OrderId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.offers.model import (
    Counter,
)
from galleria.value.offers.rules import Count
from galleria.value.promotions import Use


class Tally(msgspec.Struct, frozen=True):
    """How often an offer was taken so far, unpaid orders included."""

    orders: int
    units: int
    spent_minor: int


async def tally(tx: ReadTx, *, mall_id: MallId, offer_id: OfferId) -> Tally:
    """Return how often an offer was taken."""
    found = await tx.one(
        Tally,
        """
        SELECT count(DISTINCT order_id) AS orders, coalesce(sum(units), 0)::bigint AS units,
               coalesce(sum(amount_minor), 0)::bigint AS spent_minor
          FROM offers.use WHERE mall_id = $1 AND offer_id = $2 AND state <> 'released'
        """,
        mall_id,
        offer_id,
    )
    return found or Tally(0, 0, 0)


async def used(tx: ReadTx, *, mall_id: MallId, ids: Collection[UUID], keys: Sequence[tuple[str, str]]) -> list[Counter]:
    """Return the counters of offers that have these (scope, key)s."""
    return await tx.all(
        Counter,
        """
        SELECT c.id, c.scope, c.used, c.spent_minor
          FROM offers.counter c JOIN unnest($3::text[], $4::text[]) AS k (scope, key) USING (scope, key)
         WHERE c.mall_id = $1 AND c.id = ANY($2::uuid[])
        """,
        mall_id,
        list(ids),
        [scope for scope, _ in keys],
        [key for _, key in keys],
    )


class Refused(msgspec.Struct, frozen=True):
    """A counter that had no room, and how it stood before."""

    id: UUID
    scope: str
    units: int
    allowed: int | None
    used: int


_TAKE = """
WITH wanted AS (
  SELECT * FROM unnest($12::uuid[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::bigint[],
                       $18::bigint[]) AS w (id, scope, key, units, allowed, amount_minor, budget_minor)
), fresh AS (
  INSERT INTO offers.use (mall_id, order_id, id, offer_id, version, member_id, household_id, day, units, amount_minor,
                          counted, at)
  SELECT $1, $2, u.id, u.offer_id, u.version, $3, $4, $5, u.units, u.amount_minor,
         ARRAY(SELECT w.scope FROM wanted w WHERE w.id = u.id), $6
    FROM unnest($7::uuid[], $8::uuid[], $9::integer[], $10::bigint[], $11::bigint[])
           AS u (id, offer_id, version, units, amount_minor)
  ON CONFLICT DO NOTHING RETURNING id
), counted AS (
  INSERT INTO offers.counter AS c (mall_id, id, scope, key, used, allowed, spent_minor, budget_minor)
  SELECT $1, id, scope, key, units, allowed, amount_minor, budget_minor FROM wanted JOIN fresh USING (id)
   WHERE units <= coalesce(allowed, units) AND amount_minor <= coalesce(budget_minor, amount_minor)
   ORDER BY id, scope, key
  ON CONFLICT (mall_id, id, scope, key) DO UPDATE
     SET used = c.used + excluded.used, allowed = excluded.allowed,
         spent_minor = c.spent_minor + excluded.spent_minor, budget_minor = excluded.budget_minor
   WHERE c.used + excluded.used <= coalesce(excluded.allowed, c.used + excluded.used)
     AND c.spent_minor + excluded.spent_minor <= coalesce(excluded.budget_minor, c.spent_minor + excluded.spent_minor)
  RETURNING c.id, c.scope
)
SELECT w.id, w.scope, w.units, w.allowed, coalesce(b.used, 0) AS used
  FROM wanted w JOIN fresh USING (id)
  LEFT JOIN counted k ON k.id = w.id AND k.scope = w.scope
  LEFT JOIN offers.counter b ON b.mall_id = $1 AND b.id = w.id AND b.scope = w.scope AND b.key = w.key
 WHERE k.id IS NULL
 ORDER BY w.id, w.scope
"""


async def take(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    member_id: MemberId,
    household_id: UUID,
    day: date,
    uses: Sequence[Use],
    counts: Sequence[Count],
    now: datetime,
) -> list[Refused]:
    """Write an order's uses down and count them; return the counters without room, after which nothing may commit.

    What is written down already is not counted again. Each counter is raised by one conditional statement that looks
    at the row as it is once it is locked, so two orders never share the last unit; locks are taken in order of key.
    """
    ordered = sorted(counts, key=lambda c: (c.id, c.scope, c.key))
    return await tx.all(
        Refused,
        _TAKE,
        mall_id,
        order_id,
        member_id,
        household_id,
        day,
        now,
        [u.id for u in uses],
        [u.offer_id for u in uses],
        [u.version for u in uses],
        [u.units for u in uses],
        [u.amount_minor for u in uses],
        [c.id for c in ordered],
        [c.scope for c in ordered],
        [c.key for c in ordered],
        [c.units for c in ordered],
        [c.allowed for c in ordered],
        [c.amount_minor for c in ordered],
        [c.budget_minor for c in ordered],
    )


_KEY = """
    CASE s.scope WHEN 'member' THEN {0}.member_id::text
                 WHEN 'member_day' THEN {0}.member_id::text || ':' || {0}.day::text
                 WHEN 'household' THEN {0}.household_id::text WHEN 'day' THEN {0}.day::text ELSE '' END
"""
_RECOUNT = f"""
WITH missed AS (
  SELECT u.order_id, u.id, s.scope, {_KEY.format("u")} AS key, u.units,
         CASE s.scope WHEN 'total' THEN u.amount_minor ELSE 0 END AS amount_minor
    FROM offers.use u CROSS JOIN unnest($3::text[]) AS s (scope)
   WHERE u.mall_id = $1 AND u.offer_id = $2 AND u.state <> 'released' AND s.scope <> ALL (u.counted)
), marked AS (
  UPDATE offers.use u SET counted = u.counted || m.scopes
    FROM (SELECT order_id, id, array_agg(scope) AS scopes FROM missed GROUP BY 1, 2) AS m
   WHERE u.mall_id = $1 AND u.order_id = m.order_id AND u.id = m.id
)
INSERT INTO offers.counter AS c (mall_id, id, scope, key, used, spent_minor)
SELECT $1, id, scope, key, sum(units)::bigint, sum(amount_minor)::bigint FROM missed GROUP BY 2, 3, 4 ORDER BY 2, 3, 4
ON CONFLICT (mall_id, id, scope, key) DO UPDATE
   SET used = c.used + excluded.used, spent_minor = c.spent_minor + excluded.spent_minor,
       allowed = NULL, budget_minor = NULL
"""


async def recount(tx: Tx, *, mall_id: MallId, offer_id: OfferId, scopes: Sequence[str]) -> None:
    """Count uses of an offer towards limits that did not exist when they were taken; locks those counters, sorted."""
    await tx.run(_RECOUNT, mall_id, offer_id, list(scopes))


async def settle(tx: Tx, *, mall_id: MallId, order_id: OrderId) -> int:
    """Make what an order holds used for good."""
    return await tx.run(
        "UPDATE offers.use SET state = 'used' WHERE mall_id = $1 AND order_id = $2 AND state = 'held'",
        mall_id,
        order_id,
    )


_GIVE_BACK = f"""
WITH freed AS (
  UPDATE offers.use SET state = 'released' WHERE mall_id = $1 AND order_id = $2 AND state = $3
  RETURNING id, member_id, household_id, day, units, amount_minor, counted
), off AS (
  SELECT f.id, s.scope, f.units, CASE s.scope WHEN 'total' THEN f.amount_minor ELSE 0 END AS amount_minor,
         {_KEY.format("f")} AS key
    FROM freed f CROSS JOIN unnest(f.counted) AS s (scope)
), locked AS (
  SELECT c.id, c.scope, c.key FROM offers.counter c JOIN off USING (id, scope, key) WHERE c.mall_id = $1
   ORDER BY c.id, c.scope, c.key FOR NO KEY UPDATE OF c
), lowered AS (
  UPDATE offers.counter c SET used = c.used - off.units, spent_minor = c.spent_minor - off.amount_minor
    FROM off JOIN locked USING (id, scope, key)
   WHERE c.mall_id = $1 AND c.id = off.id AND c.scope = off.scope AND c.key = off.key
)
SELECT count(*) FROM freed
"""


async def give_back(tx: Tx, *, mall_id: MallId, order_id: OrderId, state: str) -> int:
    """Release an order's uses that are in a state and lower their counters; locks the uses, then counters, sorted."""
    return int(await tx.value(_GIVE_BACK, mall_id, order_id, state))

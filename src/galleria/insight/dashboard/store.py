"""Every statement of the operator's picture. It reads all schemas and writes none.

Arguments shared by the statements on figures: $1 the mall, $2 and $3 beginnings and ends of spans (half-open), $4
whether the whole mall is seen, $5 merchants and $6 shops that are seen otherwise, $7 one shop to narrow it to.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from galleria.insight.dashboard.model import (
    AuditEvent,
    AuditRow,
    Bucket,
    DayBucket,
    Figure,
    FigureRow,
    TopGood,
    TopShop,
)
from galleria.kernel.ids import JournalId, MallId
from galleria.kernel.periods import Period
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx


class Scope(msgspec.Struct, frozen=True):
    """Which facts are looked at: a mall's, within a reach, of one shop or all, in some spans of time."""

    mall_id: MallId
    reach: Reach
    shop_id: UUID | None
    spans: list[Period]

    def until(self, moment: datetime) -> "Scope":
        """Return the first span up to a moment, included."""
        first = Period(self.spans[0].starts_at, moment + timedelta(microseconds=1))
        return Scope(self.mall_id, self.reach, self.shop_id, [first])

    @property
    def args(self) -> tuple[Any, ...]:
        """Return the statements' shared arguments."""
        return (
            self.mall_id,
            [span.starts_at for span in self.spans],
            [span.ends_at for span in self.spans],
            self.reach.everything,
            self.reach.merchant_ids,
            self.reach.shop_ids,
            self.shop_id,
        )


def _span(column: str) -> str:
    """Return the join that keeps what lies in one of the spans; nested over the spans, it reads an index on time."""
    return (
        "JOIN unnest($2::timestamptz[], $3::timestamptz[]) AS span(starts, ends) "
        f"ON {column} >= span.starts AND {column} < span.ends"
    )


def _range(column: str) -> str:
    """Return the join that keeps what lies in the first span, so that an index on time is read in its order."""
    return f"JOIN (SELECT 1) AS one ON {column} >= ($2::timestamptz[])[1] AND {column} < ($3::timestamptz[])[1]"


def _seen(table: str) -> str:
    """Return the condition that a row's shop is seen."""
    return (
        f"($4 OR {table}.merchant_id = ANY ($5::uuid[]) OR {table}.shop_id = ANY ($6::uuid[])) "
        f"AND ($7::uuid IS NULL OR {table}.shop_id = $7)"
    )


_PARTS = f"""
LATERAL (SELECT sum(s.payable_minor)::bigint AS amount, string_agg(s.shop_zh, '、' ORDER BY s.id) AS shop_zh,
                string_agg(s.shop_en, ', ' ORDER BY s.id) AS shop_en
           FROM orders.sub_order s
          WHERE s.mall_id = p.mall_id AND s.order_id = p.id AND {_seen("s")}) part
"""
_FIRST_LINE = """
LATERAL (SELECT l.name_zh, l.name_en FROM orders.line l WHERE l.mall_id = p.mall_id AND l.order_id = p.id
          ORDER BY l.position LIMIT 1) line
"""
_ORDERS = f"""
SELECT p.id, p.paid_at AS at, p.member_id, line.name_zh AS what_zh, line.name_en AS what_en, part.shop_zh, part.shop_en,
       p.number, AMOUNT AS amount, p.id::text AS subject
  FROM orders.purchase p WITHIN
 CROSS JOIN {_PARTS} CROSS JOIN {_FIRST_LINE}
 WHERE p.mall_id = $1 AND part.amount IS NOT NULL
"""

_CLAIMS = """
SELECT c.id, c.claimed_at AS at, c.member_id, k.title_zh AS what_zh, k.title_en AS what_en, '' AS shop_zh,
       '' AS shop_en, NULL::text AS number, 1::bigint AS amount, c.id::text AS subject
  FROM coupons.claim c WITHIN
  JOIN coupons.coupon k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
 WHERE c.mall_id = $1
   AND ($4 OR k.funder_merchant_id = ANY ($5::uuid[]) OR k.shop_ids && ARRAY(
     SELECT s.id FROM malls.shop s
      WHERE s.mall_id = $1 AND (s.merchant_id = ANY ($5::uuid[]) OR s.id = ANY ($6::uuid[]))))
   AND ($7::uuid IS NULL OR $7 = ANY (k.shop_ids))
"""
_REDEMPTIONS = f"""
SELECT r.id, r.at, t.member_id, t.title_zh AS what_zh, t.title_en AS what_en, r.shop_zh, r.shop_en,
       NULL::text AS number, 1::bigint AS amount, r.id::text AS subject
  FROM redemption.redemption r WITHIN
  JOIN redemption.ticket t ON t.mall_id = r.mall_id AND t.id = r.ticket_id
 WHERE r.mall_id = $1 AND r.reversed_at IS NULL AND {_seen("r")}
"""
_REFUNDS = f"""
SELECT r.id, r.at, r.member_id, l.what_zh, l.what_en, l.shop_zh, l.shop_en, r.order_number AS number, l.amount,
       r.id::text AS subject
  FROM returns.refund r WITHIN
 CROSS JOIN LATERAL (
   SELECT sum(l.amount_minor)::bigint AS amount, string_agg(l.name_zh, '、' ORDER BY l.line_id) AS what_zh,
          string_agg(l.name_en, ', ' ORDER BY l.line_id) AS what_en,
          string_agg(DISTINCT l.shop_zh, '、') AS shop_zh, string_agg(DISTINCT l.shop_en, ', ') AS shop_en
     FROM returns.refund_line l WHERE l.mall_id = r.mall_id AND l.refund_id = r.id AND {_seen("l")}) l
 WHERE r.mall_id = $1 AND l.amount IS NOT NULL
"""
_POINTS_ISSUED = f"""
SELECT a.sub_order_id AS id, a.awarded_at AS at, a.member_id, a.shop_zh AS what_zh, a.shop_en AS what_en, a.shop_zh,
       a.shop_en, p.number, a.points AS amount, a.order_id::text AS subject
  FROM points.award a WITHIN
  LEFT JOIN orders.purchase p ON p.mall_id = a.mall_id AND p.id = a.order_id
 WHERE a.mall_id = $1 AND {_seen("a")}
"""
_POINTS_USED = """
SELECT e.id, e.at, payer.owner_id AS member_id, coalesce(e.detail->>'title_zh', '') AS what_zh,
       coalesce(e.detail->>'title_en', '') AS what_en, '' AS shop_zh, '' AS shop_en, NULL::text AS number,
       taken.amount, e.reference::text AS subject
  FROM ledger.account taker
  JOIN ledger.posting taken ON taken.account_id = taker.id AND taken.amount > 0
  JOIN ledger.entry e ON e.id = taken.entry_id WITHIN
  LEFT JOIN LATERAL (
    SELECT a.owner_id FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
     WHERE p.entry_id = e.id AND p.amount < 0 AND a.kind = 'member_points' LIMIT 1) payer ON true
 WHERE taker.kind = 'points_redeemed' AND e.mall_id = $1 AND $7::uuid IS NULL
   AND taker.owner_id IN (SELECT $1 WHERE $4 UNION SELECT s.merchant_id FROM malls.shop s
                           WHERE s.mall_id = $1 AND ($4 OR s.merchant_id = ANY ($5::uuid[])))
   AND $6::uuid[] IS NOT NULL
"""


def _facts(within: Callable[[str], str]) -> dict[Figure, str]:
    """Return the statement of the records behind each figure; `within` keeps a column of time to what is asked for."""
    orders = _ORDERS.replace("WITHIN", within("p.paid_at"))
    return {
        Figure.ORDERS: orders.replace("AMOUNT", "1::bigint"),
        Figure.SALES: orders.replace("AMOUNT", "part.amount"),
        Figure.CLAIMS: _CLAIMS.replace("WITHIN", within("c.claimed_at")),
        Figure.REDEMPTIONS: _REDEMPTIONS.replace("WITHIN", within("r.at")),
        Figure.REFUNDS: _REFUNDS.replace("WITHIN", within("r.at")),
        Figure.POINTS_ISSUED: _POINTS_ISSUED.replace("WITHIN", within("a.awarded_at")),
        Figure.POINTS_USED: _POINTS_USED.replace("WITHIN", within("e.at")),
    }


_BY_SPANS = _facts(_span)
_BY_RANGE = _facts(_range)

_WHOLE_MALL: dict[Figure, str] = {
    Figure.ORDERS: f"SELECT p.paid_at AS at, 1::bigint AS amount FROM orders.purchase p {_span('p.paid_at')} "
    "WHERE p.mall_id = $1",
    Figure.SALES: f"SELECT p.paid_at AS at, p.payable_minor AS amount FROM orders.purchase p {_span('p.paid_at')} "
    "WHERE p.mall_id = $1",
}
"""The same sums without looking at single shops, when nothing is hidden."""


def _bucket(figure: Figure, *, whole: bool) -> str:
    facts = _WHOLE_MALL.get(figure, _BY_SPANS[figure]) if whole else _BY_SPANS[figure]
    return f"""
SELECT '{figure.value}' AS figure, f.local::date AS day, extract(hour FROM f.local)::int AS hour,
       sum(f.amount)::bigint AS amount, coalesce(sum(f.amount) FILTER (WHERE f.local::time <= $9), 0)::bigint AS until
  FROM (SELECT fact.at AT TIME ZONE $8 AS local, fact.amount FROM ({facts}) fact) f
 GROUP BY 2, 3
"""


_BUCKETS = {whole: " UNION ALL ".join(_bucket(figure, whole=whole) for figure in Figure) for whole in (True, False)}


async def buckets(tx: ReadTx, scope: Scope, *, zone: str, until: time) -> list[Bucket]:
    """Return every figure by hour of the mall's clock over the spans, in one statement."""
    whole = scope.reach.everything and scope.shop_id is None
    return await tx.all(Bucket, _BUCKETS[whole], *scope.args, zone, until)


async def day_buckets(tx: ReadTx, scope: Scope, *, zone: str) -> list[DayBucket]:
    """Return every figure by day of the mall's clock over the spans, in one statement."""
    whole = scope.reach.everything and scope.shop_id is None
    return await tx.all(
        DayBucket,
        f"SELECT figure, day, sum(amount)::bigint AS amount FROM ({_BUCKETS[whole]}) hourly GROUP BY 1, 2",
        *scope.args,
        zone,
        time.max,
    )


async def top_shops(tx: ReadTx, scope: Scope, limit: int) -> list[TopShop]:
    """Return the shops in which most was paid."""
    return await tx.all(
        TopShop,
        f"""
        SELECT s.shop_id, max(s.shop_zh) AS name_zh, max(s.shop_en) AS name_en, count(*) AS orders,
               sum(s.payable_minor)::bigint AS sales_minor
          FROM orders.purchase p {_span("p.paid_at")}
          JOIN orders.sub_order s ON s.mall_id = p.mall_id AND s.order_id = p.id
         WHERE p.mall_id = $1 AND {_seen("s")}
         GROUP BY s.shop_id ORDER BY sales_minor DESC, s.shop_id LIMIT $8
        """,
        *scope.args,
        limit,
    )


async def top_goods(tx: ReadTx, scope: Scope, limit: int) -> list[TopGood]:
    """Return the products for which most was paid."""
    return await tx.all(
        TopGood,
        f"""
        SELECT l.product_id, s.shop_id, max(l.name_zh) AS name_zh, max(l.name_en) AS name_en, max(s.shop_zh) AS shop_zh,
               max(s.shop_en) AS shop_en, max(l.picture) AS picture, sum(l.quantity)::bigint AS units,
               sum((SELECT sum(paid) FROM unnest(l.unit_paid_minor) AS paid))::bigint AS sales_minor
          FROM orders.purchase p {_span("p.paid_at")}
          JOIN orders.line l ON l.mall_id = p.mall_id AND l.order_id = p.id
          JOIN orders.sub_order s ON s.mall_id = l.mall_id AND s.id = l.sub_order_id
         WHERE p.mall_id = $1 AND {_seen("s")}
         GROUP BY l.product_id, s.shop_id ORDER BY sales_minor DESC, l.product_id LIMIT $8
        """,
        *scope.args,
        limit,
    )


async def rows(
    tx: ReadTx, scope: Scope, figure: Figure, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[FigureRow]:
    """Return the records behind a figure, the newest first, with masked phones and the journal rows that made them.

    Looks at the first span only, and at nothing later than `before`: a far page costs what the first one does.
    """
    if before is not None:
        scope = scope.until(before[0])
    return await tx.all(
        FigureRow,
        f"""
        SELECT f.id, f.at, f.member_id, coalesce(left(m.phone, -8) || '****' || right(m.phone, 4), '') AS member_masked,
               f.what_zh, f.what_en, f.shop_zh, f.shop_en, f.number, f.amount, f.subject, j.id AS journal_id
          FROM (SELECT fact.* FROM ({_BY_RANGE[figure]}) fact
                 WHERE $8::timestamptz IS NULL OR (fact.at, fact.id) < ($8, $9::uuid)
                 ORDER BY fact.at DESC, fact.id DESC LIMIT $10) f
          LEFT JOIN malls.mall mall ON mall.id = $1
          LEFT JOIN members.member m ON m.group_id = mall.group_id AND m.id = f.member_id
          LEFT JOIN LATERAL (
            SELECT j.id FROM platform.journal j WHERE j.subject = f.subject AND j.mall_id = $1
             ORDER BY abs(extract(epoch FROM j.at - f.at)), j.id LIMIT 1) j ON true
         ORDER BY f.at DESC, f.id DESC
        """,
        *scope.args,
        before and before[0],
        before and before[1],
        limit,
    )


_UUID = "'^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'"
_AUDIT_COLUMNS = """
SELECT j.id, j.at, j.kind, j.actor_kind, j.actor_id, j.subject,
       coalesce(a.name, left(m.phone, -8) || '****' || right(m.phone, 4), '') AS actor_name,
       s.name_zh AS shop_zh, s.name_en AS shop_en"""
_AUDIT_FROM = f"""
  FROM platform.journal j
  JOIN malls.mall mall ON mall.id = j.mall_id
  LEFT JOIN staff.account a ON j.actor_kind = 'staff' AND a.id = j.actor_id
  LEFT JOIN members.member m ON j.actor_kind = 'member' AND m.group_id = mall.group_id AND m.id = j.actor_id
  LEFT JOIN malls.shop s ON s.mall_id = j.mall_id
    AND s.id = CASE WHEN j.detail->>'shop_id' ~ {_UUID} THEN (j.detail->>'shop_id')::uuid END
 WHERE j.mall_id = $1
"""
_AUDIT_ROWS = _AUDIT_COLUMNS + _AUDIT_FROM
_AUDIT_WHOLE = _AUDIT_COLUMNS + ", j.idempotency_key, j.detail, j.result, j.events" + _AUDIT_FROM


async def audit(
    tx: ReadTx,
    mall_id: MallId,
    *,
    actor_id: UUID | None,
    kind: str | None,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
    before: UUID | None,
    limit: int,
) -> list[AuditRow]:
    """Return a mall's journal, the newest first; `kind` is a beginning."""
    return await tx.all(
        AuditRow,
        _AUDIT_ROWS
        + """
   AND ($2::uuid IS NULL OR j.actor_id = $2) AND ($3::text IS NULL OR starts_with(j.kind, $3))
   AND ($4::text IS NULL OR j.subject = $4) AND ($5::timestamptz IS NULL OR j.at >= $5)
   AND ($6::timestamptz IS NULL OR j.at < $6) AND ($7::uuid IS NULL OR j.id < $7)
 ORDER BY j.id DESC LIMIT $8
""",
        mall_id,
        actor_id,
        kind,
        subject,
        since,
        until,
        before,
        limit,
    )


class AuditWhole(AuditRow, frozen=True, kw_only=True):
    """A journal row whole; input and result are JSON texts."""

    idempotency_key: str | None
    detail: str | None
    result: str | None
    events: list[AuditEvent]


async def audit_one(tx: ReadTx, mall_id: MallId, journal_id: JournalId) -> AuditWhole | None:
    """Return one row of a mall's journal, or None."""
    return await tx.one(AuditWhole, _AUDIT_WHOLE + "AND j.id = $2", mall_id, journal_id)

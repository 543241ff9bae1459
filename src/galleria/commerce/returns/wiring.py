"""What returns brings to the program."""

from galleria.commerce.returns.http import ROUTES
from galleria.commerce.returns.jobs import refund_loss
from galleria.platform.jobs import Task
from galleria.platform.module import Invariant, Keyed, Module

_SUMS = """
SELECT 'refund ' || r.id || ': its lines and fees, or what its tenders got back, do not sum to it'
  FROM returns.refund r
  JOIN LATERAL (SELECT coalesce(sum(l.amount_minor), -1) AS amount FROM returns.refund_line l
                 WHERE l.mall_id = r.mall_id AND l.refund_id = r.id) l ON true
  LEFT JOIN LATERAL (SELECT coalesce(sum((d ->> 'amount_minor')::bigint), 0) AS amount
                       FROM jsonb_array_elements(r.delivery) AS d) d ON true
  LEFT JOIN LATERAL (SELECT coalesce(sum((b ->> 'amount_minor')::bigint), 0) AS amount
                       FROM jsonb_array_elements(r.backs) AS b) b ON true
 WHERE l.amount + d.amount <> r.amount_minor OR b.amount <> r.amount_minor
 LIMIT 20
"""
_UNITS = """
SELECT 'order line ' || l.id || ': its refunded units are not those of its refunds'
  FROM orders.line l
  LEFT JOIN (SELECT mall_id, line_id, array_agg(unit ORDER BY unit) AS units
               FROM returns.refund_line l, unnest(units) AS unit
              WHERE EXISTS (SELECT FROM returns.refund r
                             WHERE r.mall_id = l.mall_id AND r.id = l.refund_id AND r.kind = 'units')
              GROUP BY mall_id, line_id) r
    ON r.mall_id = l.mall_id AND r.line_id = l.id
 WHERE ARRAY(SELECT unit FROM unnest(l.refunded_units) AS unit ORDER BY unit) <> coalesce(r.units, '{}')
 LIMIT 20
"""
_LEDGER = """
SELECT 'refund ' || r.id || ' has no ledger entry'
  FROM returns.refund r
 WHERE r.amount_minor > 0
   AND NOT EXISTS (SELECT FROM ledger.entry e WHERE e.code = 'returns.refund' AND e.reference = r.id)
 LIMIT 20
"""

MODULE = Module(
    name="returns",
    routes=ROUTES,
    tasks=[Task("returns.refund_loss", refund_loss)],
    subscribes={"fulfilment.lost": ("returns.refund_loss",)},
    tables={"returns.refund": Keyed.MALL, "returns.refund_line": Keyed.MALL},
    invariants=[
        Invariant("every refund is the sum of its lines", _SUMS),
        Invariant("every unit given back has one refund", _UNITS),
        Invariant("every refund has its ledger entry", _LEDGER),
    ],
)

"""What orders brings to the program."""

from galleria.commerce.orders.http import ROUTES
from galleria.platform.module import Invariant, Keyed, Module

_SUMS = """
SELECT 'order ' || p.number || ': parts do not sum to the whole'
  FROM orders.purchase p
  JOIN LATERAL (SELECT sum(goods_minor) AS goods, sum(payable_minor) AS payable, sum(refunded_minor) AS refunded
                  FROM orders.sub_order s WHERE s.mall_id = p.mall_id AND s.order_id = p.id) s ON true
 WHERE (s.goods, s.payable, s.refunded) IS DISTINCT FROM (p.goods_minor, p.payable_minor, p.refunded_minor)
 LIMIT 20
"""
_UNITS = """
SELECT 'sub-order ' || s.id || ': units do not sum to it'
  FROM orders.sub_order s
  JOIN LATERAL (
    SELECT sum(u.paid) AS payable, sum(u.funded) AS funded,
           coalesce(sum(u.paid) FILTER (WHERE u.unit - 1 = ANY (l.refunded_units)), 0) AS refunded
      FROM orders.line l,
           unnest(l.unit_paid_minor, l.unit_mall_funded_minor) WITH ORDINALITY AS u(paid, funded, unit)
     WHERE l.mall_id = s.mall_id AND l.sub_order_id = s.id) u ON true
 WHERE (u.payable, u.funded, u.refunded) IS DISTINCT FROM (s.payable_minor, s.mall_funded_minor, s.refunded_minor)
 LIMIT 20
"""
_SHARES = """
SELECT 'line ' || l.id || ': what everyone bears is not what came off its units'
  FROM orders.line l
 WHERE EXISTS (
   SELECT FROM unnest(l.unit_paid_minor, l.unit_mall_funded_minor) WITH ORDINALITY AS u(paid, by_mall, unit)
    CROSS JOIN LATERAL (
      SELECT coalesce(sum((s -> 'units' ->> (u.unit - 1)::integer)::bigint), 0) AS off,
             coalesce(sum((s -> 'units' ->> (u.unit - 1)::integer)::bigint) FILTER (WHERE s ->> 'funder' = 'mall'), 0)
               AS by_mall
        FROM jsonb_array_elements(l.shares) AS s) borne
    WHERE borne.off <> l.unit_price_minor - u.paid OR borne.by_mall <> u.by_mall)
 LIMIT 20
"""
_APPLIED = """
SELECT 'order ' || p.number || ': its offers do not sum to its discount'
  FROM orders.purchase p
  LEFT JOIN LATERAL (SELECT coalesce(sum(discount_minor), 0) AS off FROM orders.applied a
                      WHERE a.mall_id = p.mall_id AND a.order_id = p.id) a ON true
 WHERE a.off <> p.discount_minor
 LIMIT 20
"""

MODULE = Module(
    name="orders",
    routes=ROUTES,
    tables={
        "orders.purchase": Keyed.MALL,
        "orders.sub_order": Keyed.MALL,
        "orders.line": Keyed.MALL,
        "orders.applied": Keyed.MALL,
    },
    invariants=[
        Invariant("every order is the sum of its shops' parts", _SUMS),
        Invariant("every part of an order is the sum of its units", _UNITS),
        Invariant("every unit's discount is borne by someone", _SHARES),
        Invariant("every order's discount is its offers'", _APPLIED),
    ],
)

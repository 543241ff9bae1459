"""What orders brings to the program."""

from galleria.commerce.orders.http import ROUTES
from galleria.platform.module import Invariant, Keyed, Module

_SUMS = """
SELECT 'order ' || p.number || ': parts do not sum to the whole'
  FROM orders.purchase p
  JOIN LATERAL (
    SELECT sum(goods_minor) AS goods, sum(payable_minor + delivery_minor - delivery_discount_minor) AS payable,
           sum(refunded_minor
               + CASE WHEN delivery_refunded THEN delivery_minor - delivery_discount_minor ELSE 0 END) AS refunded
      FROM orders.sub_order s WHERE s.mall_id = p.mall_id AND s.order_id = p.id) s ON true
 WHERE (s.goods, s.payable, s.refunded) IS DISTINCT FROM (p.goods_minor, p.payable_minor, p.refunded_minor)
 LIMIT 20
"""
_UNITS = """
SELECT 'sub-order ' || s.id || ': units do not sum to it'
  FROM orders.sub_order s
  JOIN LATERAL (
    SELECT sum(u.paid) AS payable, sum(u.funded) AS funded,
           sum(CASE WHEN u.unit - 1 = ANY (l.refunded_units) THEN u.paid ELSE u.reduced END) AS refunded
      FROM orders.line l,
           unnest(l.unit_paid_minor, l.unit_mall_funded_minor, l.unit_reduced_minor)
             WITH ORDINALITY AS u(paid, funded, reduced, unit)
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
 WHERE a.off <> p.discount_minor + p.delivery_discount_minor
 LIMIT 20
"""
_TENDERS = """
SELECT 'order ' || p.number || ': its tenders do not sum to what it costs'
  FROM orders.purchase p
  LEFT JOIN LATERAL (SELECT coalesce(sum((t ->> 'amount_minor')::bigint), 0) AS total
                       FROM jsonb_array_elements(p.tenders) AS t) t ON true
 WHERE t.total <> p.payable_minor
 LIMIT 20
"""
_DELIVERY = """
SELECT 'sub-order ' || s.id || ': what everyone bears is not what came off its delivery fee'
  FROM orders.sub_order s
 WHERE s.delivery_discount_minor <> (SELECT coalesce(sum((d -> 'units' ->> 0)::bigint), 0)
                                       FROM jsonb_array_elements(s.delivery_shares) AS d)
 LIMIT 20
"""
_EVENTS = """
SELECT 'order ' || p.number || ': nobody is told to have ' || w.what || ' it'
  FROM orders.purchase p
 CROSS JOIN LATERAL (VALUES ('placed', true), ('paid', p.paid_at IS NOT NULL),
                            (p.state, p.ended_at IS NOT NULL)) AS w(what, happened)
 WHERE w.happened AND NOT EXISTS (SELECT FROM orders.event e
                                   WHERE e.mall_id = p.mall_id AND e.order_id = p.id AND e.what = w.what)
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
        "orders.event": Keyed.MALL,
        "orders.cash_refund": Keyed.MALL,
    },
    invariants=[
        Invariant("every order is the sum of its shops' parts", _SUMS),
        Invariant("every part of an order is the sum of its units", _UNITS),
        Invariant("every unit's discount is borne by someone", _SHARES),
        Invariant("every order's discount is its offers'", _APPLIED),
        Invariant("every order's tenders are what it costs", _TENDERS),
        Invariant("every delivery fee's discount is borne by someone", _DELIVERY),
        Invariant("every transition of an order is kept", _EVENTS),
    ],
)

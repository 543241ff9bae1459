"""What dining brings to the program."""

from galleria.onsite.dining.http import ROUTES
from galleria.onsite.dining.jobs import order_ended, order_paid
from galleria.platform.jobs import Task
from galleria.platform.module import Invariant, Keyed, Module

PAID = "dining.order_paid"
ENDED = "dining.order_ended"

_CLOSED = """
SELECT 'party ' || i.seating_id || ' has left, dish ' || i.id || ' is neither paid nor written off'
  FROM dining.item i
  JOIN dining.seating s ON s.mall_id = i.mall_id AND s.id = i.seating_id
  LEFT JOIN dining.bill b ON b.mall_id = i.mall_id AND b.id = i.bill_id
 WHERE s.state IN ('closed', 'merged') AND i.relief IS NULL AND b.state IS DISTINCT FROM 'paid'
   AND i.state IN ('held', 'sent', 'cooking', 'ready', 'served') LIMIT 20
"""
_BILLED = """
SELECT 'bill ' || b.id || ' is ' || b.state || ', its order ' || coalesce(p.state, 'is not there')
  FROM dining.bill b LEFT JOIN orders.purchase p ON p.mall_id = b.mall_id AND p.id = b.order_id
 WHERE b.state = 'paid' AND p.state IS DISTINCT FROM 'paid' LIMIT 20
"""
_BILLING = """
SELECT 'party ' || s.id || ' is ' || s.state || ' and has ' || count(b.id) || ' open bills'
  FROM dining.seating s LEFT JOIN dining.bill b ON b.mall_id = s.mall_id AND b.seating_id = s.id AND b.state = 'open'
 GROUP BY s.mall_id, s.id, s.state HAVING count(b.id) <> (s.state = 'billing')::integer LIMIT 20
"""
_SEATED = """
SELECT 'table ' || o.table_id || ' is taken by party ' || o.seating_id || ', which is ' || s.state
  FROM dining.occupied o JOIN dining.seating s ON s.mall_id = o.mall_id AND s.id = o.seating_id
 WHERE s.state NOT IN ('open', 'billing')
 UNION ALL
SELECT 'party ' || s.id || ' is ' || s.state || ' and sits nowhere' FROM dining.seating s
 WHERE s.state IN ('open', 'billing')
   AND NOT EXISTS (SELECT FROM dining.occupied o WHERE o.mall_id = s.mall_id AND o.seating_id = s.id)
 LIMIT 20
"""
_PROMISED = """
SELECT 'dish ' || i.id || ' is ' || i.state || ' and its stock is ' || coalesce(r.state, 'not promised')
  FROM dining.item i
  LEFT JOIN stock.reservation r ON r.mall_id = i.mall_id AND r.order_id = i.hold_id AND r.variant_id = i.variant_id
 WHERE i.state <> 'draft'
   AND r.state IS DISTINCT FROM (CASE WHEN i.state = 'cancelled' OR i.bill_id IS NOT NULL THEN 'released'
                                      WHEN i.relief IS NOT NULL THEN 'taken' ELSE 'held' END)
 LIMIT 20
"""

MODULE = Module(
    name="dining",
    routes=ROUTES,
    tasks=[Task(PAID, order_paid), Task(ENDED, order_ended)],
    subscribes={"orders.paid": (PAID,), "orders.expired": (ENDED,), "orders.cancelled": (ENDED,)},
    tables={
        "dining.restaurant": Keyed.MALL,
        "dining.station": Keyed.MALL,
        "dining.option_group": Keyed.MALL,
        "dining.option": Keyed.MALL,
        "dining.dish": Keyed.MALL,
        "dining.seat_table": Keyed.MALL,
        "dining.seating": Keyed.MALL,
        "dining.occupied": Keyed.MALL,
        "dining.guest": Keyed.MALL,
        "dining.bill": Keyed.MALL,
        "dining.item": Keyed.MALL,
        "dining.call": Keyed.MALL,
    },
    invariants=[
        Invariant("a party leaves when all is paid or written off", _CLOSED),
        Invariant("a bill that is paid has a paid order", _BILLED),
        Invariant("a party has a bill while it pays", _BILLING),
        Invariant("tables are taken by parties that sit there", _SEATED),
        Invariant("a dish has its part of the stock", _PROMISED),
    ],
)

"""What after-sales brings to the program."""

from galleria.commerce.aftersales import jobs
from galleria.commerce.aftersales.http import ROUTES
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module

_HELD = """
SELECT 'case ' || c.id || ': units it holds do not fit that it is ' || c.state
  FROM aftersales.case_file c
 WHERE (c.ended_at IS NULL) <> EXISTS (SELECT FROM aftersales.case_unit u
                                        WHERE u.mall_id = c.mall_id AND u.case_id = c.id AND u.held)
 LIMIT 20
"""
_MOVES = """
SELECT 'case ' || c.id || ' is not where its last move left it'
  FROM aftersales.case_file c
 WHERE c.state IS DISTINCT FROM (SELECT m.state FROM aftersales.move m
                                  WHERE m.mall_id = c.mall_id AND m.case_id = c.id ORDER BY m.n DESC LIMIT 1)
 LIMIT 20
"""
_MONEY = """
SELECT 'case ' || c.id || ': its money is not that of its refund'
  FROM aftersales.case_file c
  LEFT JOIN returns.refund r ON r.mall_id = c.mall_id AND r.id = c.refund_id AND r.order_id = c.order_id
 WHERE (c.state = 'refunded') <> (r.id IS NOT NULL) OR coalesce(r.amount_minor, 0) <> c.settled_minor
 LIMIT 20
"""
_STOCK = """
SELECT 'case ' || c.id || ': its replacement is not set aside, or not taken, as it should be'
  FROM aftersales.case_file c
 WHERE c.reservation_id IS NOT NULL
   AND coalesce((SELECT string_agg(DISTINCT r.state, ',') FROM stock.reservation r
                  WHERE r.mall_id = c.mall_id AND r.order_id = c.reservation_id), 'none')
       <> CASE WHEN c.handing = 'replacement' THEN 'taken' WHEN c.ended_at IS NULL AND c.state <> 'ready' THEN 'held'
               ELSE 'released' END
 LIMIT 20
"""

MODULE = Module(
    name="aftersales",
    routes=ROUTES,
    tasks=[Task(jobs.FOLLOW_REFUND, jobs.follow_refund)],
    schedules=[Schedule("aftersales.lapse_due", 60, jobs.lapse_due)],
    subscribes={"returns.refunded": (jobs.FOLLOW_REFUND,)},
    tables={
        "aftersales.policy": Keyed.MALL,
        "aftersales.case_file": Keyed.MALL,
        "aftersales.case_unit": Keyed.MALL,
        "aftersales.move": Keyed.MALL,
    },
    invariants=[
        Invariant("a case holds its units while it is open, and no longer", _HELD),
        Invariant("every case is where its last move left it", _MOVES),
        Invariant("the money of a case is that of its refund", _MONEY),
        Invariant("a replacement is set aside until it is handed out or given up", _STOCK),
    ],
)

"""What scan and go brings to the program."""

from galleria.onsite.scango.http import ROUTES
from galleria.onsite.scango.jobs import abandon_idle, order_ended, order_paid
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module

PAID = "scango.order_paid"
ENDED = "scango.order_ended"

_PAID = """
SELECT 'basket ' || s.id || ' is ' || s.state || ', its order ' || coalesce(p.state, 'is not there')
  FROM scango.session s LEFT JOIN orders.purchase p ON p.mall_id = s.mall_id AND p.id = s.order_id
 WHERE s.state IN ('paid', 'left') AND p.state IS DISTINCT FROM 'paid' LIMIT 20
"""
_LEFT = """
SELECT 'basket ' || s.id || ' is ' || s.state || ' and was let out ' || count(g.id) || ' times'
  FROM scango.session s
  LEFT JOIN scango.gate_check g ON g.mall_id = s.mall_id AND g.session_id = s.id AND g.outcome = 'passed'
 GROUP BY s.mall_id, s.id, s.state HAVING count(g.id) <> (s.state = 'left')::integer LIMIT 20
"""
_OLD_ENOUGH = """
SELECT 'basket ' || s.id || ' was paid with goods from ' || a.min_age || ', seen was ' || s.approved_age
  FROM scango.session s
  JOIN LATERAL (SELECT max(c.min_age) AS min_age FROM scango.age_check c
                 WHERE c.mall_id = s.mall_id AND c.session_id = s.id AND c.state = 'approved') a ON true
 WHERE s.approved_age > coalesce(a.min_age, 0) LIMIT 20
"""

MODULE = Module(
    name="scango",
    routes=ROUTES,
    tasks=[Task(PAID, order_paid), Task(ENDED, order_ended)],
    schedules=[Schedule("scango.abandon_idle", 60, abandon_idle)],
    subscribes={"orders.paid": (PAID,), "orders.expired": (ENDED,), "orders.cancelled": (ENDED,)},
    tables={
        "scango.shop": Keyed.MALL,
        "scango.barcode": Keyed.MALL,
        "scango.age_limit": Keyed.MALL,
        "scango.session": Keyed.MALL,
        "scango.item": Keyed.MALL,
        "scango.age_check": Keyed.MALL,
        "scango.gate_check": Keyed.MALL,
    },
    invariants=[
        Invariant("a basket that is paid has a paid order", _PAID),
        Invariant("a basket leaves once, past somebody", _LEFT),
        Invariant("an age seen was seen by somebody", _OLD_ENOUGH),
    ],
)

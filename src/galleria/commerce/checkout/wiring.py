"""What checkout brings to the program."""

from galleria.commerce.checkout.http import ROUTES
from galleria.commerce.checkout.jobs import ask_differing, ask_unanswered, close_at_provider, expire_due
from galleria.commerce.checkout.operations import CLOSE_AT_PROVIDER
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Module

_PAID = """
SELECT 'order ' || p.number || ': paid without its ledger entry'
  FROM orders.purchase p
  LEFT JOIN orders.sub_order s ON s.mall_id = p.mall_id AND s.order_id = p.id
 WHERE p.state = 'paid' AND NOT EXISTS (SELECT FROM ledger.entry e WHERE e.code = 'orders.paid' AND e.reference = p.id)
 GROUP BY p.mall_id, p.id
HAVING p.payable_minor > 0 OR sum(s.mall_funded_minor) > 0
    OR EXISTS (SELECT FROM orders.line l WHERE l.mall_id = p.mall_id AND l.order_id = p.id
                                           AND l.shares @> '[{"funder": "sponsor"}]')
 LIMIT 20
"""
_COLLECTED = """
SELECT 'order ' || p.number || ': paid without a payment that succeeded'
  FROM orders.purchase p
 WHERE p.state = 'paid' AND p.payable_minor > 0
   AND NOT EXISTS (SELECT FROM payments.intent i
                    WHERE i.mall_id = p.mall_id AND i.order_id = p.id AND i.state = 'succeeded')
 LIMIT 20
"""
_RETURNED = """
SELECT 'payment ' || i.id || ': collected for an order that is not paid, and not given back'
  FROM payments.intent i JOIN orders.purchase p ON p.mall_id = i.mall_id AND p.id = i.order_id
 WHERE i.state = 'succeeded' AND p.state <> 'paid' AND i.refunded_minor < i.amount_minor
 LIMIT 20
"""

MODULE = Module(
    name="checkout",
    routes=ROUTES,
    tasks=[Task(CLOSE_AT_PROVIDER, close_at_provider), Task("checkout.ask_differing", ask_differing)],
    subscribes={"payments.differs": ("checkout.ask_differing",)},
    schedules=[
        Schedule("checkout.ask_unanswered", 10, ask_unanswered),
        Schedule("checkout.expire_due", 5, expire_due),
    ],
    invariants=[
        Invariant("every paid order is in the ledger", _PAID),
        Invariant("every paid order was collected", _COLLECTED),
        Invariant("money for an unpaid order goes back", _RETURNED),
    ],
)

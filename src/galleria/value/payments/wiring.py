"""What payments brings to the program."""

from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.payments.http import ROUTES
from galleria.value.payments.jobs import ask_refunds, reconcile_day, reconcile_due, send_refund
from galleria.value.payments.operations import SEND_REFUND
from galleria.value.payments.operations.reconciling import RECONCILE_DAY

_REFUNDED = """
SELECT 'payment ' || i.id || ': refunds do not sum to what it says is refunded'
  FROM payments.intent i
  LEFT JOIN payments.refund r ON r.mall_id = i.mall_id AND r.intent_id = i.id
 GROUP BY i.mall_id, i.id, i.refunded_minor
HAVING i.refunded_minor <> coalesce(sum(r.amount_minor), 0)
 LIMIT 20
"""
_CLEARED = """
SELECT 'refund ' || r.id || ': paid out without its ledger entry'
  FROM payments.refund r
 WHERE r.state = 'succeeded'
   AND NOT EXISTS (SELECT FROM ledger.entry e WHERE e.code = 'payments.refunded' AND e.reference = r.id)
 LIMIT 20
"""

_COLLECTED = """
SELECT 'payment ' || i.id || ': ' || i.state || ', and ' || count(a.id) || ' of its attempts succeeded'
  FROM payments.intent i
  LEFT JOIN payments.attempt a ON a.mall_id = i.mall_id AND a.intent_id = i.id AND a.state = 'succeeded'
 GROUP BY i.mall_id, i.id, i.state
HAVING (i.state = 'succeeded') <> (count(a.id) = 1)
 LIMIT 20
"""
_SURPLUS = """
SELECT 'payment ' || i.id || ': came too much and is not given back'
  FROM payments.intent i WHERE i.purpose = 'surplus' AND i.refunded_minor < i.amount_minor
 LIMIT 20
"""

MODULE = Module(
    name="payments",
    routes=ROUTES,
    tasks=[Task(SEND_REFUND, send_refund), Task(RECONCILE_DAY, reconcile_day)],
    schedules=[
        Schedule("payments.ask_refunds", 30, ask_refunds),
        Schedule("payments.reconcile", 1800, reconcile_due),
    ],
    tables={
        "payments.intent": Keyed.MALL,
        "payments.attempt": Keyed.MALL,
        "payments.notice": Keyed.MALL,
        "payments.refund": Keyed.MALL,
        "payments.statement": Keyed.MALL,
        "payments.statement_line": Keyed.MALL,
        "payments.difference": Keyed.MALL,
    },
    invariants=[
        Invariant("a payment is collected by one attempt", _COLLECTED),
        Invariant("money that came twice goes back", _SURPLUS),
        Invariant("a payment's refunds sum to what it gave back", _REFUNDED),
        Invariant("every refund paid out is in the ledger", _CLEARED),
    ],
)

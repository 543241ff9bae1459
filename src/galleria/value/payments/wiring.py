"""What payments brings to the program."""

from galleria.platform.jobs import Task
from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.payments.http import ROUTES
from galleria.value.payments.jobs import send_refund
from galleria.value.payments.operations import SEND_REFUND

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

MODULE = Module(
    name="payments",
    routes=ROUTES,
    tasks=[Task(SEND_REFUND, send_refund)],
    tables={"payments.intent": Keyed.MALL, "payments.notice": Keyed.MALL, "payments.refund": Keyed.MALL},
    invariants=[
        Invariant("a payment's refunds sum to what it gave back", _REFUNDED),
        Invariant("every refund paid out is in the ledger", _CLEARED),
    ],
)

"""What invoices brings to the program."""

from galleria.commerce.invoices.http import ROUTES
from galleria.commerce.invoices.jobs import adjust, follow_refund, issue, sweep
from galleria.commerce.invoices.operations import ADJUST, ISSUE
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module

FOLLOW_REFUND = "invoices.follow_refund"
_REVERSED = """
SELECT 'invoice ' || o.id || ' on ' || o.amount_minor || ' is ' || o.state || ', taken back are ' || coalesce(r.back, 0)
  FROM invoices.invoice o
  LEFT JOIN (SELECT mall_id, reverses, sum(amount_minor) AS back FROM invoices.invoice
              WHERE state = 'issued' GROUP BY mall_id, reverses) r ON r.mall_id = o.mall_id AND r.reverses = o.id
 WHERE o.reverses IS NULL
   AND CASE WHEN o.state = 'red' THEN o.amount_minor + coalesce(r.back, 0) <> 0
            WHEN o.state = 'issued' THEN o.amount_minor + coalesce(r.back, 0) <= 0
            ELSE coalesce(r.back, 0) <> 0 END
 LIMIT 20
"""

MODULE = Module(
    name="invoices",
    routes=ROUTES,
    tasks=[Task(ISSUE, issue), Task(ADJUST, adjust), Task(FOLLOW_REFUND, follow_refund)],
    schedules=[Schedule("invoices.sweep", 300, sweep)],
    subscribes={"returns.refunded": (FOLLOW_REFUND,)},
    tables={"invoices.title": Keyed.MALL, "invoices.invoice": Keyed.MALL},
    invariants=[Invariant("no invoice is taken back beyond what it is on", _REVERSED)],
)

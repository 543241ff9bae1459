"""What couriers bring to the program."""

from galleria.commerce.couriers.http import ROUTES
from galleria.commerce.couriers.jobs import ask_quotes, call_off, call_off_overdue, confirm_returned, create, sweep, tip
from galleria.commerce.couriers.operations import telling
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module

_COSTS = """
SELECT 'run ' || r.id || ': cost ' || r.cost_minor || ', the ledger says ' || coalesce(sum(p.amount), 0)
  FROM couriers.run r
  LEFT JOIN ledger.entry e ON e.code = 'couriers.cost' AND e.reference = r.id
  LEFT JOIN ledger.posting p ON p.entry_id = e.id AND p.amount > 0
 GROUP BY r.mall_id, r.id, r.cost_minor
HAVING r.cost_minor <> coalesce(sum(p.amount), 0)
 LIMIT 20
"""
_STATES = """
SELECT 'request ' || q.id || ': ' || q.state || ', its last run ' || r.state
  FROM couriers.request q
  JOIN couriers.run r ON r.mall_id = q.mall_id AND r.request_id = q.id AND r.n = q.tries
 WHERE q.state <> CASE WHEN r.state IN ('quoted', 'offered') THEN 'seeking' ELSE r.state END
   AND NOT (r.state = 'cancelled' AND q.state IN ('cancelled', 'failed'))
 LIMIT 20
"""

MODULE = Module(
    name="couriers",
    routes=ROUTES,
    tasks=[
        Task(telling.ASK_QUOTES, ask_quotes),
        Task(telling.CREATE, create),
        Task(telling.CALL_OFF, call_off),
        Task(telling.TIP, tip),
        Task(telling.CONFIRM_RETURNED, confirm_returned),
    ],
    schedules=[Schedule("couriers.sweep", 15, sweep), Schedule("couriers.call_off_overdue", 15, call_off_overdue)],
    tables={
        "couriers.policy": Keyed.MALL,
        "couriers.request": Keyed.MALL,
        "couriers.quote": Keyed.MALL,
        "couriers.run": Keyed.MALL,
        "couriers.notice": Keyed.MALL,
    },
    invariants=[
        Invariant("what couriers cost is in the ledger", _COSTS),
        Invariant("a courier request stands where its last run stands", _STATES),
    ],
)

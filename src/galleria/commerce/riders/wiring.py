"""What riders bring to the program."""

from galleria.commerce.riders.http import ROUTES
from galleria.commerce.riders.jobs import dispatch, route
from galleria.commerce.riders.operations.telling import ROUTE
from galleria.platform.jobs import Schedule, Task
from galleria.platform.module import Invariant, Keyed, Module

_CHAINS = """
SELECT 'errand ' || e.id || ': ' || e.state || ' with ' || count(t.id) || ' open tasks'
  FROM riders.errand e
  LEFT JOIN riders.task t ON t.mall_id = e.mall_id AND t.errand_id = e.id AND t.state IN ('todo', 'doing')
 GROUP BY e.mall_id, e.id, e.state
HAVING count(t.id) <> CASE e.state WHEN 'waiting' THEN 2 WHEN 'assigned' THEN 2 WHEN 'carrying' THEN 1
                                   WHEN 'returning' THEN 1 ELSE 0 END
 LIMIT 20
"""
_PROOFS = """
SELECT 'errand ' || e.id || ': delivered without proof'
  FROM riders.errand e
 WHERE e.state = 'delivered'
   AND NOT EXISTS (SELECT FROM riders.task t
                    WHERE t.mall_id = e.mall_id AND t.errand_id = e.id AND t.kind = 'dropoff' AND t.state = 'done'
                      AND t.proof IS NOT NULL)
 LIMIT 20
"""
_HANDS = """
SELECT 'task ' || t.id || ': of another rider than its errand'
  FROM riders.task t JOIN riders.errand e ON e.mall_id = t.mall_id AND e.id = t.errand_id
 WHERE t.state IN ('todo', 'doing') AND t.staff_id IS DISTINCT FROM e.staff_id
 LIMIT 20
"""

MODULE = Module(
    name="riders",
    routes=ROUTES,
    tasks=[Task(ROUTE, route)],
    schedules=[Schedule("riders.dispatch", 15, dispatch)],
    tables={
        "riders.policy": Keyed.MALL,
        "riders.shift": Keyed.MALL,
        "riders.errand": Keyed.MALL,
        "riders.task": Keyed.MALL,
    },
    invariants=[
        Invariant("an errand under way has its open tasks", _CHAINS),
        Invariant("everything delivered by riders has its proof", _PROOFS),
        Invariant("open tasks are in one rider's hands", _HANDS),
    ],
)

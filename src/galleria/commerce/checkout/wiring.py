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
SELECT 'order ' || p.number || ': paid, but a payment it needs did not succeed'
  FROM orders.purchase p CROSS JOIN LATERAL jsonb_array_elements(p.tenders) AS t
 WHERE p.state = 'paid' AND t ->> 'kind' = 'provider'
   AND NOT EXISTS (SELECT FROM payments.intent i
                    WHERE i.mall_id = p.mall_id AND i.order_id = p.id AND i.tender_id = (t ->> 'id')::uuid
                      AND i.state = 'succeeded' AND i.amount_minor = (t ->> 'amount_minor')::bigint)
 LIMIT 20
"""
_HELD = """
SELECT 'order ' || p.number || ': what pays it is not set aside as it should be'
  FROM orders.purchase p CROSS JOIN LATERAL jsonb_array_elements(p.tenders) AS t
  LEFT JOIN ledger.hold h ON h.id = (t ->> 'id')::uuid
 WHERE t ->> 'kind' IN ('points', 'stored_value')
   AND h.state IS DISTINCT FROM CASE p.state WHEN 'pending_payment' THEN 'pending' WHEN 'paid' THEN 'posted'
                                             ELSE 'voided' END
 LIMIT 20
"""
_DEPOSITS = """
SELECT 'mall ' || coalesce(l.mall_id, o.mall_id) || ': deposits are ' || coalesce(l.kept, 0) || ', orders wait with '
       || coalesce(o.kept, 0)
  FROM (SELECT a.owner_id AS mall_id, sum(p.amount) AS kept FROM ledger.posting p
          JOIN ledger.account a ON a.id = p.account_id WHERE a.kind = 'order_deposits' GROUP BY a.owner_id) AS l
  FULL JOIN (SELECT p.mall_id, sum((t ->> 'amount_minor')::bigint) AS kept
               FROM orders.purchase p CROSS JOIN LATERAL jsonb_array_elements(p.tenders) AS t
              WHERE p.state = 'pending_payment' AND (t ->> 'id')::uuid = ANY (p.collected)
              GROUP BY p.mall_id) AS o ON o.mall_id = l.mall_id
 WHERE coalesce(l.kept, 0) <> coalesce(o.kept, 0)
 LIMIT 20
"""
_RETURNED = """
SELECT 'payment ' || i.id || ': collected for an order that is not paid, and not given back'
  FROM payments.intent i JOIN orders.purchase p ON p.mall_id = i.mall_id AND p.id = i.order_id
 WHERE i.state = 'succeeded' AND p.state <> 'paid' AND i.refunded_minor < i.amount_minor
   AND NOT (p.state = 'pending_payment' AND i.tender_id = ANY (p.collected))
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
        Invariant("points and stored value are set aside while an order waits, and no longer", _HELD),
        Invariant("deposits are those of orders that wait", _DEPOSITS),
        Invariant("money for an unpaid order goes back", _RETURNED),
    ],
)

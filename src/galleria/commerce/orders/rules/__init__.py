"""Pure decisions of orders: numbers, parts, who earns and bears what, what goes back, how rows become a screen."""

from galleria.commerce.orders.rules.funding import (
    Earned,
    cash_entry,
    funded,
    funded_in_all,
    mall_funded,
    returned,
    settlement,
    sold,
)
from galleria.commerce.orders.rules.placing import NUMBER_ALPHABET, applied_rows, new_number, split
from galleria.commerce.orders.rules.refunding import (
    NotPaid,
    Reductions,
    ReductionTooLarge,
    Units,
    UnitsNotRefundable,
    plan_reduction,
    plan_refund,
)
from galleria.commerce.orders.rules.screens import sees, timeline, unit_state, view
from galleria.commerce.orders.rules.tenders import DELIVERY, added_up, earning, spread, tender_units, tender_units_of

__all__ = [
    "DELIVERY",
    "NUMBER_ALPHABET",
    "Earned",
    "NotPaid",
    "ReductionTooLarge",
    "Reductions",
    "Units",
    "UnitsNotRefundable",
    "added_up",
    "applied_rows",
    "cash_entry",
    "earning",
    "funded",
    "funded_in_all",
    "mall_funded",
    "new_number",
    "plan_reduction",
    "plan_refund",
    "returned",
    "sees",
    "settlement",
    "sold",
    "split",
    "spread",
    "tender_units",
    "tender_units_of",
    "timeline",
    "unit_state",
    "view",
]

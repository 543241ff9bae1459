"""Performance: what every offer and coupon gave and took: issued, used, sales, cost by funder, margin.

Owns no table; reads offers, coupons, orders and costs, and writes nothing. Days are business days of the mall's own
time zone, and an order counts on the day it was paid. Merchants see their own offers and coupons only, and of these
only what their own goods brought.

Invariant: days sum to the whole. Emits and hears no events.
"""

from galleria.insight.performance.model import (
    DayResult,
    FundedBy,
    Measured,
    OfferResult,
    ResultDetail,
    Results,
    Subject,
)
from galleria.insight.performance.queries import result, results

__all__ = [
    "DayResult",
    "FundedBy",
    "Measured",
    "OfferResult",
    "ResultDetail",
    "Results",
    "Subject",
    "result",
    "results",
]

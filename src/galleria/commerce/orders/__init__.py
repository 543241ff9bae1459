"""Orders: purchases, their sub-orders (one a shop) and lines, with the price of every unit frozen at placement.

Invariants: a purchase moves out of waiting exactly once (conditional update); goods less discount is payable; parts
and units sum to the whole; a unit is given back at most once and gives back exactly what it had cost.

Emits `orders.placed`, `orders.paid`, `orders.cancelled`, `orders.expired`, `orders.ready`. Hears nothing.
"""

from galleria.commerce.orders.model import (
    EndedOrder,
    LineView,
    NewLine,
    NewOrder,
    OrderState,
    OrderSummary,
    OrderView,
    PaidLine,
    PaidOrder,
    PaidSubOrder,
    RecordedRefund,
    RefundedLine,
    SubOrderState,
    SubOrderView,
    UnitState,
    UnitView,
)
from galleria.commerce.orders.operations import (
    NotFulfillable,
    NotPreparing,
    cancel,
    expire,
    lock_order,
    mark_fulfilled,
    mark_paid,
    mark_ready,
    place,
    record_refund,
    undo_fulfilled,
)
from galleria.commerce.orders.queries import get_order, list_due, list_for_staff, list_mine, plan_refund, shop_of
from galleria.commerce.orders.rules import NotPaid, Units, UnitsNotRefundable, new_number

__all__ = [
    "EndedOrder",
    "LineView",
    "NewLine",
    "NewOrder",
    "NotFulfillable",
    "NotPaid",
    "NotPreparing",
    "OrderState",
    "OrderSummary",
    "OrderView",
    "PaidLine",
    "PaidOrder",
    "PaidSubOrder",
    "RecordedRefund",
    "RefundedLine",
    "SubOrderState",
    "SubOrderView",
    "UnitState",
    "UnitView",
    "Units",
    "UnitsNotRefundable",
    "cancel",
    "expire",
    "get_order",
    "list_due",
    "list_for_staff",
    "list_mine",
    "lock_order",
    "mark_fulfilled",
    "mark_paid",
    "mark_ready",
    "new_number",
    "place",
    "plan_refund",
    "record_refund",
    "shop_of",
    "undo_fulfilled",
]

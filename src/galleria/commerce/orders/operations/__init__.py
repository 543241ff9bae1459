"""What happens to orders."""

from galleria.commerce.orders.operations.moving import (
    NotFulfillable,
    NotPreparing,
    lock_order,
    mark_fulfilled,
    mark_ready,
    record,
    undo_fulfilled,
)
from galleria.commerce.orders.operations.refunding import (
    CashPaid,
    owe_cash,
    pay_cash,
    record_reduction,
    record_refund,
)
from galleria.commerce.orders.operations.waiting import cancel, collect, expire, mark_paid, place

__all__ = [
    "CashPaid",
    "NotFulfillable",
    "NotPreparing",
    "cancel",
    "collect",
    "expire",
    "lock_order",
    "mark_fulfilled",
    "mark_paid",
    "mark_ready",
    "owe_cash",
    "pay_cash",
    "place",
    "record",
    "record_reduction",
    "record_refund",
    "undo_fulfilled",
]

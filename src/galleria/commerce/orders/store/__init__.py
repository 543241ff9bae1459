"""Every statement on orders. Lock order: a payment intent before its purchase, a purchase before its sub-orders."""

from galleria.commerce.orders.store.fulfilment import (
    Fulfilling,
    fulfil_goods,
    fulfil_unit,
    lock_sub_order,
    mark_ready,
    settle_states,
    shop_of,
    unfulfil_goods,
    unfulfil_unit,
)
from galleria.commerce.orders.store.purchase import Due, due, end, insert, lock, mark_paid, refund
from galleria.commerce.orders.store.shown import find, list_for_staff, list_mine, shops_bought_in, sold_since

__all__ = [
    "Due",
    "Fulfilling",
    "due",
    "end",
    "find",
    "fulfil_goods",
    "fulfil_unit",
    "insert",
    "list_for_staff",
    "list_mine",
    "lock",
    "lock_sub_order",
    "mark_paid",
    "mark_ready",
    "refund",
    "settle_states",
    "shop_of",
    "shops_bought_in",
    "sold_since",
    "unfulfil_goods",
    "unfulfil_unit",
]

"""Reads of dining."""

from galleria.onsite.dining.queries.bills import basket_items, bill_view, is_bill, quote_bill, split
from galleria.onsite.dining.queries.floor import (
    kitchen,
    list_calls,
    list_tables,
    my_seatings,
    seating_at,
    seating_view,
    table_map,
)
from galleria.onsite.dining.queries.menus import list_dishes, list_groups, menu, restaurant

__all__ = [
    "basket_items",
    "bill_view",
    "is_bill",
    "kitchen",
    "list_calls",
    "list_dishes",
    "list_groups",
    "list_tables",
    "menu",
    "my_seatings",
    "quote_bill",
    "restaurant",
    "seating_at",
    "seating_view",
    "split",
    "table_map",
]

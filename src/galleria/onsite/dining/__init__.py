"""Dining: tables with several phones on one order, the kitchen's board, and the bill. Owns the schema `dining`.

A table has one party (primary key); the sticker on it stays, the six digits a further phone needs are each party's own.
Every change to what a party has ordered or owes locks the party, so a list is sent once whichever phones send it, and
a dish sent while the bill is made is on it or refused. A dish takes its part of the shop's stock when it is ordered;
its price is the one on the list it was sent from. A bill is an order of checkout, paid by one or split; unpaid, its
dishes are owed again. A party leaves when every dish is paid, on the house or written off, each with who and why.

Emits `dining.terms_set`, `dining.menu_changed`, `dining.seated`, `dining.joined`, `dining.moved`, `dining.merged`,
`dining.called`, `dining.call_done`, `dining.list_changed`, `dining.sent`, `dining.dish_moved`,
`dining.item_cancelled`, `dining.relieved`, `dining.billed`, `dining.bill_paid`, `dining.bill_back`, `dining.closed`.
Hears `orders.paid`, `orders.expired`, `orders.cancelled`.
"""

from galleria.onsite.dining.model import (
    DishInput,
    DishSettings,
    GroupInput,
    OptionGroup,
    OptionInput,
    Restaurant,
    RestaurantInput,
    StationInput,
    Table,
    TableInput,
)
from galleria.onsite.dining.operations import add_table, set_dish, set_group, set_restaurant

__all__ = [
    "DishInput",
    "DishSettings",
    "GroupInput",
    "OptionGroup",
    "OptionInput",
    "Restaurant",
    "RestaurantInput",
    "StationInput",
    "Table",
    "TableInput",
    "add_table",
    "set_dish",
    "set_group",
    "set_restaurant",
]

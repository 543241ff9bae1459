"""Carts: what a member means to buy in one mall, across shops. Prices are never kept here, only quantities.

Invariants: one line a variant, by key; a line is taken into an order once, by deleting it.

Emits and hears nothing.
"""

from galleria.commerce.carts.model import CartChange, CartEntry, CartLine, CartShop, CartView, Unavailable
from galleria.commerce.carts.operations import CartFull, set_lines, take
from galleria.commerce.carts.queries import entries, terms, view
from galleria.commerce.carts.rules import line

__all__ = [
    "CartChange",
    "CartEntry",
    "CartFull",
    "CartLine",
    "CartShop",
    "CartView",
    "Unavailable",
    "entries",
    "line",
    "set_lines",
    "take",
    "terms",
    "view",
]

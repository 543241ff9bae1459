"""Stock: what lies in the shop, what of it is promised to unpaid orders, and every change.

Neither `on_hand` nor `reserved` is ever negative and `reserved` never exceeds `on_hand`, by constraint. `on_hand` is
the sum of the variant's movements, `reserved` the sum of its held reservations. Levels are locked in order of variant.
A variant without a level has none to sell.

Emits and hears nothing; whoever expires, pays or cancels an order calls `release` or `take`.
"""

from galleria.value.stock.model import Available, Level, Movement, MovementKind, StockRow
from galleria.value.stock.operations import (
    BelowReserved,
    OutOfStock,
    give_back,
    receive,
    receive_many,
    release,
    reserve,
    set_level,
    set_levels,
    take,
)
from galleria.value.stock.queries import available, levels, list_movements, list_stock

__all__ = [
    "Available",
    "BelowReserved",
    "Level",
    "Movement",
    "MovementKind",
    "OutOfStock",
    "StockRow",
    "available",
    "give_back",
    "levels",
    "list_movements",
    "list_stock",
    "receive",
    "receive_many",
    "release",
    "reserve",
    "set_level",
    "set_levels",
    "take",
]

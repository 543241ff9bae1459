"""Writes of dining."""

from galleria.onsite.dining.operations.billing import open_bill, settle_ended, settle_paid, take_back
from galleria.onsite.dining.operations.floor import (
    add_guest,
    call_staff,
    close,
    end_call,
    join,
    merge,
    move,
    open_table,
)
from galleria.onsite.dining.operations.ordering import (
    add,
    cancel,
    fire,
    move_on_board,
    relieve,
    send,
    set_quantity,
)
from galleria.onsite.dining.operations.setup import (
    add_table,
    change_table,
    delete_group,
    renew_sticker,
    set_dish,
    set_dish_sold_out,
    set_group,
    set_option_sold_out,
    set_restaurant,
)

__all__ = [
    "add",
    "add_guest",
    "add_table",
    "call_staff",
    "cancel",
    "change_table",
    "close",
    "delete_group",
    "end_call",
    "fire",
    "join",
    "merge",
    "move",
    "move_on_board",
    "open_bill",
    "open_table",
    "relieve",
    "renew_sticker",
    "send",
    "set_dish",
    "set_dish_sold_out",
    "set_group",
    "set_option_sold_out",
    "set_quantity",
    "set_restaurant",
    "settle_ended",
    "settle_paid",
    "take_back",
]

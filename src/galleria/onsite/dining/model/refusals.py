"""Why dining says no."""

from galleria.kernel.errors import Conflict, NotFound


class NotServing(Conflict):
    """This shop does not take orders at its tables (now)."""

    code = "dining_not_serving"


class StickerUnknown(NotFound):
    """No table has this code (any more)."""

    code = "dining_sticker_unknown"


class TableNotOpen(Conflict):
    """Nobody sits here yet: staff open the table."""

    code = "dining_table_not_open"


class TableTaken(Conflict):
    """A party sits at the table."""

    code = "dining_table_taken"


class NumberTaken(Conflict):
    """Another table of the shop has this number."""

    code = "dining_number_taken"


class JoinCodeNeeded(Conflict):
    """A party sits here: its code is needed, which every phone at the table shows."""

    code = "dining_join_code"


class SeatingOver(Conflict):
    """The party has left, or has joined another."""

    code = "dining_seating_over"


class BillOpen(Conflict):
    """The bill is being paid; take it back first to order more."""

    code = "dining_bill_open"


class NoBill(Conflict):
    """There is no bill to take back."""

    code = "dining_no_bill"


class ListEmpty(Conflict):
    """There is nothing on the list that could be sent; another phone may have sent it."""

    code = "dining_list_empty"


class ListFull(Conflict):
    """A table has room for `most` dishes."""

    code = "dining_list_full"


class DishSoldOut(Conflict):
    """A dish or a choice has run out: `name_zh`, `name_en`."""

    code = "dining_sold_out"


class DishGone(Conflict):
    """A dish is not on the menu any more."""

    code = "dining_dish_gone"


class ItemMoved(Conflict):
    """A dish is not where it was thought to be: somebody else has moved it."""

    code = "dining_item_moved"


class DishCooking(Conflict):
    """The kitchen has begun; only a manager can take a dish off the bill now."""

    code = "dining_dish_cooking"


class DishOnBill(Conflict):
    """The dish is on a bill already."""

    code = "dining_dish_on_bill"


class HeldDishes(Conflict):
    """Dishes are still held: have them made, or call them off, before paying."""

    code = "dining_held_dishes"


class NothingToPay(Conflict):
    """Every dish is paid or on the house."""

    code = "dining_nothing_to_pay"


class NobodyToBill(Conflict):
    """Nobody at the table is known: have a phone scan, or add a guest by phone number."""

    code = "dining_nobody_to_bill"


class NotAllPaid(Conflict):
    """`unpaid_minor` is neither paid nor written off."""

    code = "dining_not_all_paid"


class SplitNotPossible(Conflict):
    """A bill paid in part with points or stored value is paid by one."""

    code = "dining_split_not_possible"

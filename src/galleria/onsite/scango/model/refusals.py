"""Why scan and go says no."""

from galleria.kernel.errors import Conflict, NotFound


class NotOffered(Conflict):
    """This shop does not let shoppers scan for themselves (now)."""

    code = "scango_not_offered"


class SessionEnded(Conflict):
    """The basket is paid or given up; `state` says which."""

    code = "scango_session_ended"


class SessionWaiting(Conflict):
    """The basket waits for payment; take the order back first to change it."""

    code = "scango_session_waiting"


class BasketEmpty(Conflict):
    """There is nothing in the basket."""

    code = "scango_basket_empty"


class BasketFull(Conflict):
    """There is no room for more; `most` goods fit."""

    code = "scango_basket_full"


class BarcodeUnknown(NotFound):
    """The shop has no good with this barcode."""

    code = "barcode_unknown"


class GoodGone(Conflict):
    """The good of this barcode is not on sale now; `name_zh` and `name_en` say what it is."""

    code = "scango_good_gone"


class AgeNotApproved(Conflict):
    """Staff have not yet seen that the shopper is `min_age`."""

    code = "age_not_approved"


class AgeDecided(Conflict):
    """The question was answered before."""

    code = "age_decided"


class ExitCodeWrong(NotFound):
    """No paid basket has this code."""

    code = "exit_code_wrong"


class ExitCodeStale(Conflict):
    """The code was good some minutes ago: have it shown afresh."""

    code = "exit_code_stale"


class ExitElsewhere(Conflict):
    """The basket is another shop's: `shop_zh`, `shop_en`."""

    code = "exit_elsewhere"


class NotPaidYet(Conflict):
    """The basket is not paid."""

    code = "exit_not_paid"


class AlreadyLeft(Conflict):
    """The basket has left the shop before, at `at`, past `staff`."""

    code = "exit_already_left"


class RescanNeeded(Conflict):
    """This basket has to be looked at: scan at least `pieces` of it."""

    code = "gate_rescan_needed"


class BagDiffers(Conflict):
    """There is more in the bag than was paid; take it out or have it paid."""

    code = "gate_bag_differs"

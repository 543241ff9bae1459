"""What hands-free shopping refuses."""

from galleria.kernel.errors import Conflict, NotFound


class HandsFreeOff(Conflict):
    """The mall takes no bags at the moment."""

    code = "hands_free_off"


class LabelUnknown(NotFound):
    """No label of this mall has this number."""

    code = "bag_label_unknown"


class LabelUsed(Conflict):
    """The label is on another bag already."""

    code = "bag_label_used"


class CardUnknown(NotFound):
    """The code is nobody's, or not of this minute."""

    code = "bag_card_unknown"


class ScanNumberTaken(Conflict):
    """The scan's number stands for another scan already."""

    code = "bag_scan_number_taken"


class ShelfFull(Conflict):
    """The shelf holds all it may."""

    code = "shelf_full"


class ShelfStorage(Conflict):
    """The shelf is not as cold as the bag must stay."""

    code = "shelf_storage"


class ShelfHolds(Conflict):
    """A shelf with bags on it is not taken away."""

    code = "shelf_holds"


class DeskCodeTaken(Conflict):
    """The mall has a desk with this code."""

    code = "desk_code_taken"


class DeskClosed(Conflict):
    """The desk takes no bags at the moment."""

    code = "desk_closed"


class CollectionCodeWrong(Conflict):
    """The code opens nothing: wrong, or of another minute."""

    code = "collection_code_wrong"


class CollectionCodeUsed(Conflict):
    """Bags were handed out on this code already."""

    code = "collection_code_used"


class ProxyOver(Conflict):
    """The proxy's code was used, revoked, or is past its time."""

    code = "proxy_over"


class ProxyLimit(Conflict):
    """A trip has so many proxies at once, no more."""

    code = "proxy_limit"


class BagNotOfTrip(Conflict):
    """The bag is another shopper's."""

    code = "bag_not_of_trip"


class BagEnded(Conflict):
    """Nothing can happen to this bag any more."""

    code = "bag_ended"


class NothingToFetch(Conflict):
    """Nothing waits there, or another runner is on the way."""

    code = "nothing_to_fetch"


class CountOpen(Conflict):
    """The desk is being counted already."""

    code = "count_open"


class CountClosed(Conflict):
    """The count is closed."""

    code = "count_closed"


class ProblemClosed(Conflict):
    """Somebody has looked at this already."""

    code = "bag_exception_closed"


class ClaimThere(Conflict):
    """There is a claim for this bag."""

    code = "bag_claim_there"


class ClaimTooLate(Conflict):
    """Claims are made within so many days of the hand-over."""

    code = "bag_claim_too_late"


class ClaimNotOpen(Conflict):
    """The claim is not in a state for this."""

    code = "bag_claim_not_open"


class ClaimTooMuch(Conflict):
    """More than the bag counts for."""

    code = "bag_claim_too_much"


class WrongShop(Conflict):
    """The label or the bag is another shop's."""

    code = "bag_wrong_shop"


class TooOld(Conflict):
    """The scan was made longer ago than scans are kept."""

    code = "bag_scan_too_old"

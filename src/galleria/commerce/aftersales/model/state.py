"""What is asked for in a case, where it stands, and who may move it from where."""

from enum import StrEnum


class CaseKind(StrEnum):
    """What a shopper may ask for."""

    REFUND_ONLY = "refund_only"  # money, the goods stay (or never came)
    RETURN_REFUND = "return_refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    WARRANTY = "warranty"  # whatever remedy the shop chooses under its warranty


class CaseRemedy(StrEnum):
    """What a shop or the mall may grant."""

    REFUND_ONLY = "refund_only"
    RETURN_REFUND = "return_refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"


MONEY = frozenset({CaseRemedy.REFUND_ONLY, CaseRemedy.RETURN_REFUND})
"""Remedies that give money back."""


class CaseReason(StrEnum):
    """Why something is asked for."""

    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    MISSING = "missing"
    LATE = "late"
    POOR_SERVICE = "poor_service"
    PRICE_DROPPED = "price_dropped"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"


class CaseState(StrEnum):
    """Where a case stands."""

    REQUESTED = "requested"  # the shop is to answer
    COUNTERED = "countered"  # the shopper is to answer another offer
    APPROVED = "approved"  # the shopper is to send the goods, or give them in
    RETURNING = "returning"  # a parcel is on its way
    DROPPED = "dropped"  # at a service point, on the way to the shop
    RECEIVED = "received"  # at the shop, to be inspected
    REPAIRING = "repairing"
    READY = "ready"  # to be handed to the shopper: see Handing
    SENT = "sent"  # on its way to the shopper
    REJECTED = "rejected"  # the shopper may still ask the mall
    ESCALATED = "escalated"  # the mall is to decide
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"
    REPAIRED = "repaired"
    CLOSED = "closed"  # ended with nothing given, or with what another refund gave
    WITHDRAWN = "withdrawn"


ENDED = frozenset({CaseState.REFUNDED, CaseState.EXCHANGED, CaseState.REPAIRED, CaseState.CLOSED, CaseState.WITHDRAWN})
"""Nothing moves from here."""


class CaseGoods(StrEnum):
    """Where the goods of a case are."""

    MEMBER = "member"
    ON_THE_WAY = "on_the_way"
    POINT = "point"
    SHOP = "shop"


class CaseHanding(StrEnum):
    """What is to be handed to the shopper."""

    REPLACEMENT = "replacement"
    REPAIRED = "repaired"
    OWN = "own"


class CaseMove(StrEnum):
    """What can happen to a case."""

    OPEN = "open"
    NOTE = "note"
    ACCEPT = "accept"
    ESCALATE = "escalate"
    WITHDRAW = "withdraw"
    SEND = "send"
    GOT = "got"
    APPROVE = "approve"
    COUNTER = "counter"
    REJECT = "reject"
    DECIDE = "decide"
    SCAN_IN = "scan_in"
    FIXED = "fixed"
    HAND_OVER = "hand_over"
    SHIP = "ship"
    OVERDUE = "overdue"
    LAPSE = "lapse"
    SETTLED = "settled"


_OPEN = frozenset(CaseState) - ENDED

MOVES: dict[CaseMove, frozenset[CaseState]] = {
    CaseMove.OPEN: frozenset(),
    CaseMove.NOTE: _OPEN,
    CaseMove.ACCEPT: frozenset({CaseState.COUNTERED}),
    CaseMove.ESCALATE: frozenset({CaseState.COUNTERED, CaseState.REJECTED}),
    CaseMove.WITHDRAW: frozenset(
        {CaseState.REQUESTED, CaseState.COUNTERED, CaseState.APPROVED, CaseState.REJECTED, CaseState.ESCALATED}
    ),
    CaseMove.SEND: frozenset({CaseState.APPROVED}),
    CaseMove.GOT: frozenset({CaseState.SENT}),
    CaseMove.APPROVE: frozenset({CaseState.REQUESTED, CaseState.RECEIVED}),
    CaseMove.COUNTER: frozenset({CaseState.REQUESTED, CaseState.RECEIVED}),
    CaseMove.REJECT: frozenset({CaseState.REQUESTED, CaseState.RECEIVED}),
    CaseMove.DECIDE: frozenset({CaseState.ESCALATED}),
    CaseMove.SCAN_IN: frozenset({CaseState.APPROVED, CaseState.RETURNING, CaseState.DROPPED, CaseState.ESCALATED}),
    CaseMove.FIXED: frozenset({CaseState.REPAIRING}),
    CaseMove.HAND_OVER: frozenset({CaseState.READY}),
    CaseMove.SHIP: frozenset({CaseState.READY}),
    CaseMove.OVERDUE: frozenset(
        {CaseState.REQUESTED, CaseState.RETURNING, CaseState.DROPPED, CaseState.RECEIVED, CaseState.REPAIRING}
    ),
    CaseMove.LAPSE: frozenset({CaseState.COUNTERED, CaseState.REJECTED, CaseState.APPROVED, CaseState.SENT}),
    CaseMove.SETTLED: _OPEN,
}
"""From which states each move may be made."""

BY_MEMBER = frozenset(
    {CaseMove.NOTE, CaseMove.ACCEPT, CaseMove.ESCALATE, CaseMove.WITHDRAW, CaseMove.SEND, CaseMove.GOT}
)
BY_SHOP = frozenset({CaseMove.NOTE, CaseMove.APPROVE, CaseMove.COUNTER, CaseMove.REJECT})
BY_COUNTER = frozenset({CaseMove.SCAN_IN, CaseMove.FIXED, CaseMove.HAND_OVER, CaseMove.SHIP})
BY_MALL = frozenset({CaseMove.NOTE, CaseMove.DECIDE})

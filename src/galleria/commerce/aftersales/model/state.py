"""What is asked for in a case, where it stands, and who may move it from where."""

from enum import StrEnum


class Kind(StrEnum):
    """What a shopper may ask for."""

    REFUND_ONLY = "refund_only"  # money, the goods stay (or never came)
    RETURN_REFUND = "return_refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    WARRANTY = "warranty"  # whatever remedy the shop chooses under its warranty


class Remedy(StrEnum):
    """What a shop or the mall may grant."""

    REFUND_ONLY = "refund_only"
    RETURN_REFUND = "return_refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"


MONEY = frozenset({Remedy.REFUND_ONLY, Remedy.RETURN_REFUND})
"""Remedies that give money back."""


class Reason(StrEnum):
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


class State(StrEnum):
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


ENDED = frozenset({State.REFUNDED, State.EXCHANGED, State.REPAIRED, State.CLOSED, State.WITHDRAWN})
"""Nothing moves from here."""


class Goods(StrEnum):
    """Where the goods of a case are."""

    MEMBER = "member"
    ON_THE_WAY = "on_the_way"
    POINT = "point"
    SHOP = "shop"


class Handing(StrEnum):
    """What is to be handed to the shopper."""

    REPLACEMENT = "replacement"
    REPAIRED = "repaired"
    OWN = "own"


class Move(StrEnum):
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


_OPEN = frozenset(State) - ENDED

MOVES: dict[Move, frozenset[State]] = {
    Move.OPEN: frozenset(),
    Move.NOTE: _OPEN,
    Move.ACCEPT: frozenset({State.COUNTERED}),
    Move.ESCALATE: frozenset({State.COUNTERED, State.REJECTED}),
    Move.WITHDRAW: frozenset({State.REQUESTED, State.COUNTERED, State.APPROVED, State.REJECTED, State.ESCALATED}),
    Move.SEND: frozenset({State.APPROVED}),
    Move.GOT: frozenset({State.SENT}),
    Move.APPROVE: frozenset({State.REQUESTED, State.RECEIVED}),
    Move.COUNTER: frozenset({State.REQUESTED, State.RECEIVED}),
    Move.REJECT: frozenset({State.REQUESTED, State.RECEIVED}),
    Move.DECIDE: frozenset({State.ESCALATED}),
    Move.SCAN_IN: frozenset({State.APPROVED, State.RETURNING, State.DROPPED, State.ESCALATED}),
    Move.FIXED: frozenset({State.REPAIRING}),
    Move.HAND_OVER: frozenset({State.READY}),
    Move.SHIP: frozenset({State.READY}),
    Move.OVERDUE: frozenset({State.REQUESTED, State.RETURNING, State.DROPPED, State.RECEIVED, State.REPAIRING}),
    Move.LAPSE: frozenset({State.COUNTERED, State.REJECTED, State.APPROVED, State.SENT}),
    Move.SETTLED: _OPEN,
}
"""From which states each move may be made."""

BY_MEMBER = frozenset({Move.NOTE, Move.ACCEPT, Move.ESCALATE, Move.WITHDRAW, Move.SEND, Move.GOT})
BY_SHOP = frozenset({Move.NOTE, Move.APPROVE, Move.COUNTER, Move.REJECT})
BY_COUNTER = frozenset({Move.SCAN_IN, Move.FIXED, Move.HAND_OVER, Move.SHIP})
BY_MALL = frozenset({Move.NOTE, Move.DECIDE})

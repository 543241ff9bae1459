"""Returns: giving back a whole order, a line, or some units of one.

Owns `returns.refund` and `returns.refund_line`; everything else moves through the doors of the modules it belongs to.

Invariants: a unit goes back at most once (orders compares and sets under the order's row lock); it gives back exactly
what it had cost (each tender its part, each funder its share), also after some of its price went back while it was
kept, so any order of partial refunds ends the same; a used voucher goes back only
after its redemption is reversed; money, ledger, coupon, points, stock and tickets move in one transaction or not at
all. The preview is the same computation without the writing.

Events out: `returns.refunded` (subject the refund; `order_id`, `number`, `amount_minor`, `points_taken`), heard by the
member, the shops and the mall. Events in: `fulfilment.lost`, whose units are refunded.
"""

from galleria.commerce.returns.model import (
    Back,
    BackView,
    KeptUnit,
    NothingToRefund,
    Reduction,
    Refund,
    RefundedDelivery,
    RefundedLine,
    RefundKind,
    RefundPreview,
    TooLateToCancel,
    UnitHandedOver,
    UnitOnTheWay,
    UnitRedeemed,
    UnitRefunded,
    Wanted,
    WantedLine,
)
from galleria.commerce.returns.operations import cancel, reduce, refund
from galleria.commerce.returns.queries import list_refunds, preview

__all__ = [
    "Back",
    "BackView",
    "KeptUnit",
    "NothingToRefund",
    "Reduction",
    "Refund",
    "RefundKind",
    "RefundPreview",
    "RefundedDelivery",
    "RefundedLine",
    "TooLateToCancel",
    "UnitHandedOver",
    "UnitOnTheWay",
    "UnitRedeemed",
    "UnitRefunded",
    "Wanted",
    "WantedLine",
    "cancel",
    "list_refunds",
    "preview",
    "reduce",
    "refund",
]

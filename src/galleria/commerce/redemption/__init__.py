"""Redemption: tickets people show at a counter, and what happened to them there.

Owns `redemption.ticket` and `redemption.redemption`. A ticket stands for one unit of a voucher or service, for the
goods of one sub-order, or for a claimed coupon. What is shown is its 8-digit serial and 4 digits that change every
half minute, computed by the owner's phone from a secret derived for that ticket, so that a screenshot dies.

Invariants: a ticket has at most one standing redemption (`redemption_once`, and one conditional UPDATE that moves the
ticket and inserts the redemption); a serial is unique in its mall; a voucher unit, a sub-order's goods and a claim
have one ticket each; only the ticket's own shop redeems it; a redemption is reversed once, with a reason.

Events out: `redemption.redeemed`, `redemption.reversed` (subject the redemption; `ticket_id`, `kind`, `shop_id`,
`order_id`, titles), heard by the member, the shop and the mall. Events in: none; checkout issues, returns void.
"""

from galleria.commerce.redemption.model import (
    AlreadyRedeemed,
    AlreadyReversed,
    CodeStale,
    CodeWrong,
    HandOver,
    Lookup,
    MyTicket,
    NotThisShop,
    Redeemed,
    Redemption,
    RedemptionHistory,
    ReversalRefunded,
    ReversalTooLate,
    Ticket,
    TicketCode,
    TicketExpired,
    TicketKind,
    TicketNotFound,
    TicketRefunded,
    TicketStanding,
    TicketState,
)
from galleria.commerce.redemption.operations import coupon_ticket, issue, redeem, reverse, void
from galleria.commerce.redemption.queries import (
    by_shop,
    history,
    identify,
    lookup,
    my_tickets,
    secret_of,
    seen_since,
    shop_of,
    ticket_code,
    tickets_of,
)
from galleria.commerce.redemption.rules import QR_PREFIX, REVERSE_WITHIN, STEP_SECONDS, rotating, step_at

__all__ = [
    "QR_PREFIX",
    "REVERSE_WITHIN",
    "STEP_SECONDS",
    "AlreadyRedeemed",
    "AlreadyReversed",
    "CodeStale",
    "CodeWrong",
    "HandOver",
    "Lookup",
    "MyTicket",
    "NotThisShop",
    "Redeemed",
    "Redemption",
    "RedemptionHistory",
    "ReversalRefunded",
    "ReversalTooLate",
    "Ticket",
    "TicketCode",
    "TicketExpired",
    "TicketKind",
    "TicketNotFound",
    "TicketRefunded",
    "TicketStanding",
    "TicketState",
    "by_shop",
    "coupon_ticket",
    "history",
    "identify",
    "issue",
    "lookup",
    "my_tickets",
    "redeem",
    "reverse",
    "rotating",
    "secret_of",
    "seen_since",
    "shop_of",
    "step_at",
    "ticket_code",
    "tickets_of",
    "void",
]

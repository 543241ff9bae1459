"""Redemption: tickets people show at a counter, and what happened to them there.

Owns `redemption.ticket`, `redemption.redemption`, `redemption.lock` and `redemption.offline_scan`. A ticket stands
for one unit of a voucher or service, for the goods of one sub-order, or for a claimed coupon. What is shown is its
8-digit serial and 4 digits that change every half minute, computed by the owner's phone from a secret derived for
that ticket, so that a screenshot dies.

Invariants: a ticket has at most one standing redemption (`redemption_once`, and one conditional UPDATE that moves the
ticket and inserts the redemption); a serial is unique in its mall; a voucher unit, a sub-order's goods and a claim
have one ticket each; only the ticket's own shop redeems it; a redemption is reversed once, with a reason.

A till may take a coupon in two steps: `lock` sets it aside with its price, `redeem_lock` or `release_lock` ends that,
and past its time the coupon is free by itself. What was scanned without a network is settled when it is uploaded, as
of the moment it was scanned, each request number once; of two scans of one code the first scanned wins, and what is
refused is kept for a person. What a coupon takes off a bill is booked to those who fund it, share by share.

Events out: `redemption.redeemed`, `redemption.reversed` (subject the redemption; `ticket_id`, `kind`, `shop_id`,
`order_id`, titles), heard by the member, the shop and the mall. Events in: none; checkout issues, returns void.
"""

from galleria.commerce.redemption.model import (
    AlreadyRedeemed,
    AlreadyReversed,
    CodeStale,
    CodeWrong,
    CouponsOnly,
    HandOver,
    LateScan,
    LockState,
    Lookup,
    MyTicket,
    NotThisShop,
    NumberReused,
    OfflineScan,
    Redeemed,
    Redemption,
    RedemptionHistory,
    ReversalRefunded,
    ReversalTooLate,
    ScanClosed,
    ScanOutcome,
    ScanResult,
    Ticket,
    TicketCode,
    TicketExpired,
    TicketKind,
    TicketNotFound,
    TicketRefunded,
    TicketStanding,
    TicketState,
    TillLock,
    TillRedeemed,
)
from galleria.commerce.redemption.operations.counter import coupon_ticket, issue, redeem, reverse, void
from galleria.commerce.redemption.operations.offline import close as close_scan
from galleria.commerce.redemption.operations.offline import settle as settle_scan
from galleria.commerce.redemption.operations.till import LOCK_FOR, lock, redeem_claim, redeem_lock, release_lock
from galleria.commerce.redemption.queries import (
    by_shop,
    history,
    identify,
    late_scans,
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
    "LOCK_FOR",
    "QR_PREFIX",
    "REVERSE_WITHIN",
    "STEP_SECONDS",
    "AlreadyRedeemed",
    "AlreadyReversed",
    "CodeStale",
    "CodeWrong",
    "CouponsOnly",
    "HandOver",
    "LateScan",
    "LockState",
    "Lookup",
    "MyTicket",
    "NotThisShop",
    "NumberReused",
    "OfflineScan",
    "Redeemed",
    "Redemption",
    "RedemptionHistory",
    "ReversalRefunded",
    "ReversalTooLate",
    "ScanClosed",
    "ScanOutcome",
    "ScanResult",
    "Ticket",
    "TicketCode",
    "TicketExpired",
    "TicketKind",
    "TicketNotFound",
    "TicketRefunded",
    "TicketStanding",
    "TicketState",
    "TillLock",
    "TillRedeemed",
    "by_shop",
    "close_scan",
    "coupon_ticket",
    "history",
    "identify",
    "issue",
    "late_scans",
    "lock",
    "lookup",
    "my_tickets",
    "redeem",
    "redeem_claim",
    "redeem_lock",
    "release_lock",
    "reverse",
    "rotating",
    "secret_of",
    "seen_since",
    "settle_scan",
    "shop_of",
    "step_at",
    "ticket_code",
    "tickets_of",
    "void",
]

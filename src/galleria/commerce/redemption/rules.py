"""What a code is, which tickets an order gives, and why a ticket is refused. Pure; the clock comes in as `now`."""

import hmac
import re
from datetime import datetime, timedelta
from enum import StrEnum

from galleria.commerce import orders
from galleria.commerce.redemption.model import (
    NewTicket,
    ReversalTooLate,
    Ticket,
    TicketExpired,
    TicketKind,
    TicketRefunded,
    TicketState,
)
from galleria.kernel.errors import DomainError, Invalid

STEP_SECONDS = 30
DIGITS = 4
QR_PREFIX = "GAL:"
STALE_STEPS = 20
"""For ten minutes a past code is told apart from a wrong one, so that the clerk can say "please refresh"."""
REVERSE_WITHIN = timedelta(days=7)

_CODE = re.compile(r"^([0-9]{8})([0-9]{4})$")


class CodeStanding(StrEnum):
    """What the four changing digits are at a moment."""

    GOOD = "good"
    STALE = "stale"
    WRONG = "wrong"


def rotating(secret: bytes, step: int) -> str:
    """Return the four digits of a step (whole half minutes since 1970).

    HMAC-SHA-256 over the step's decimal digits, dynamic truncation as RFC 4226 section 5.3 has it (the offset is the
    low four bits of the digest's last byte), modulo 10,000.
    """
    digest = hmac.digest(secret, str(step).encode(), "sha256")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_at(now: datetime) -> int:
    """Return the number of the half minute that `now` lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def standing(secret: bytes, digits: str, now: datetime) -> CodeStanding:
    """Return whether four digits are good now (this step or the one before), were lately, or never were.

    Every step is compared, so the time taken tells nothing.
    """
    step = step_at(now)
    hits = [hmac.compare_digest(rotating(secret, step - back), digits) for back in range(-STALE_STEPS, STALE_STEPS + 1)]
    if hits[STALE_STEPS] or hits[STALE_STEPS + 1]:
        return CodeStanding.GOOD
    return CodeStanding.STALE if any(hits) else CodeStanding.WRONG


def split_code(code: str) -> tuple[str, str]:
    """Return the serial and the changing digits of what was scanned or typed; raises Invalid for anything else.

    `GAL:` in front, spaces and hyphens between are as people and scanners give them.
    """
    compact = re.sub(r"[\s-]", "", code).upper().removeprefix(QR_PREFIX)
    found = _CODE.match(compact) if compact.isascii() else None
    if found is None:
        raise Invalid.field("code", "ticket_code")
    return found[1], found[2]


def masked(phone: str) -> str:
    """Return a phone number with its middle hidden: `+86138****5678`."""
    return f"{phone[:-8]}****{phone[-4:]}"


def tickets_for(order: "orders.PaidOrder", now: datetime) -> list[NewTicket]:
    """Return the tickets a paid order gives: one a unit of voucher or service, one a sub-order with goods."""
    return [ticket for part in order.sub_orders for ticket in _tickets_of_part(order, part, now)]


def _tickets_of_part(order: "orders.PaidOrder", part: "orders.PaidSubOrder", now: datetime) -> list[NewTicket]:
    goods = [line for line in part.lines if line.kind == "physical"]
    shared = {
        "member_id": order.member_id,
        "order_id": order.id,
        "sub_order_id": part.id,
        "shop_id": part.shop_id,
        "merchant_id": part.merchant_id,
        "shop_zh": part.shop_zh,
        "shop_en": part.shop_en,
    }
    vouchers = [
        NewTicket(
            kind=TicketKind.VOUCHER,
            title_zh=_title(line.name_zh, line.option_zh),
            title_en=_title(line.name_en, line.option_en),
            line_id=line.id,
            unit=unit,
            valid_until=None if line.valid_days is None else now + timedelta(days=line.valid_days),
            **shared,
        )
        for line in part.lines
        if line.kind != "physical"
        for unit in range(line.quantity)
    ]
    if not goods:
        return vouchers
    pieces = sum(line.quantity for line in goods)
    pickup = NewTicket(
        kind=TicketKind.PICKUP,
        title_zh=f"{goods[0].name_zh}等 {pieces} 件" if pieces > 1 else goods[0].name_zh,
        title_en=f"{goods[0].name_en} and more, {pieces} pieces" if pieces > 1 else goods[0].name_en,
        **shared,
    )
    return [*vouchers, pickup]


def _title(name: str, option: str) -> str:
    return f"{name} · {option}" if option else name


def refusal(ticket: Ticket, *, now: datetime) -> DomainError | None:
    """Return why a ticket cannot be redeemed by what it says itself, or None; being used already is asked elsewhere."""
    if ticket.state is TicketState.VOID:
        return TicketRefunded()
    if ticket.valid_until is not None and ticket.valid_until <= now:
        return TicketExpired(until=moment(ticket.valid_until))
    return None


def require_reversible(redeemed_at: datetime, now: datetime) -> None:
    """Raise ReversalTooLate when a redemption is older than a week."""
    if now - redeemed_at > REVERSE_WITHIN:
        raise ReversalTooLate(days=REVERSE_WITHIN.days)


def moment(at: datetime) -> str:
    """Return a moment as the parameter of a refusal: ISO 8601 in UTC, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

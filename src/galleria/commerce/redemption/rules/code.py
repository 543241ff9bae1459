"""What a code is, which tickets an order gives, and why a ticket is refused. Pure; the clock comes in as `now`."""

import hmac
import re
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from galleria.commerce import orders
from galleria.commerce.redemption.model import (
    HandOver,
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
    hits = steps_of(secret, digits, step_at(now), STALE_STEPS)
    if 0 in hits or -1 in hits:
        return CodeStanding.GOOD
    return CodeStanding.STALE if hits else CodeStanding.WRONG


def steps_of(secret: bytes, digits: str, step: int, around: int) -> set[int]:
    """Return how far from a step, at most `around` before or after, four digits are good; all steps are compared."""
    steps = range(-around, around + 1)
    return {away for away in steps if hmac.compare_digest(rotating(secret, step + away), digits)}


def split_code(code: str) -> tuple[str, str]:
    """Return the serial and the changing digits of what was scanned or typed; raises Invalid for anything else.

    `GAL:` in front, spaces and hyphens between are as people and scanners give them.
    """
    compact = re.sub(r"[\s-]", "", code).upper().removeprefix(QR_PREFIX)
    found = _CODE.match(compact) if compact.isascii() else None
    if found is None:
        raise Invalid.field("code", "ticket_code")
    return found[1], found[2]


def tickets_for(order: orders.PaidOrder, now: datetime) -> list[NewTicket]:
    """Return the tickets a paid order gives: one a unit of voucher or service, one a part with goods to collect."""
    return [ticket for part in order.sub_orders for ticket in _tickets_of_part(order, part, now)]


def _tickets_of_part(order: orders.PaidOrder, part: orders.PaidSubOrder, now: datetime) -> list[NewTicket]:
    collected = part.way is orders.Way.COLLECT
    goods = [line for line in part.lines if line.kind == "physical" and collected]
    base = NewTicket(
        kind=TicketKind.VOUCHER,
        member_id=order.member_id,
        title_zh="",
        title_en="",
        order_id=order.id,
        sub_order_id=part.id,
        shop_id=part.shop_id,
        merchant_id=part.merchant_id,
        shop_zh=part.shop_zh,
        shop_en=part.shop_en,
    )
    vouchers = [
        msgspec.structs.replace(
            base,
            title_zh=_title(line.name_zh, line.option_zh),
            title_en=_title(line.name_en, line.option_en),
            line_id=line.id,
            unit=unit,
            valid_until=None if line.valid_days is None else now + timedelta(days=line.valid_days),
        )
        for line in part.lines
        if line.kind != "physical"
        for unit in range(line.quantity)
    ]
    if not goods:
        return vouchers
    pieces = sum(line.quantity for line in goods)
    pickup = msgspec.structs.replace(
        base,
        kind=TicketKind.PICKUP,
        title_zh=f"{goods[0].name_zh}等 {pieces} 件" if pieces > 1 else goods[0].name_zh,
        title_en=f"{goods[0].name_en} and more, {pieces} pieces" if pieces > 1 else goods[0].name_en,
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


def due_items(order: orders.OrderView, ticket: Ticket, state: orders.UnitState) -> list[HandOver]:
    """Return what a ticket of an order stands for, counting units in `state`; nothing for a coupon."""
    lines = [line for part in order.sub_orders if part.id == ticket.sub_order_id for line in part.lines]
    counted = [(line, _count(line, ticket, state)) for line in lines]
    return [
        HandOver(
            name_zh=line.name_zh,
            name_en=line.name_en,
            option_zh=line.option_zh,
            option_en=line.option_en,
            sku=line.sku,
            picture=line.picture,
            quantity=quantity,
        )
        for line, quantity in counted
        if quantity
    ]


def _count(line: orders.LineView, ticket: Ticket, state: orders.UnitState) -> int:
    if ticket.kind is TicketKind.PICKUP:
        return sum(unit.state is state for unit in line.units) if line.kind == "physical" else 0
    return int(line.id == ticket.line_id and ticket.unit is not None and line.units[ticket.unit].state is state)

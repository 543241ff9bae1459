"""What happens to tickets at a counter: issued, redeemed once, taken back, made void."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.commerce.redemption import queries, rules
from galleria.commerce.redemption.model import (
    AlreadyReversed,
    NewTicket,
    Redeemed,
    Redemption,
    ReversalRefunded,
    Ticket,
    TicketKind,
    TicketRefunded,
    TillPrice,
)
from galleria.commerce.redemption.operations import booking
from galleria.commerce.redemption.store import ticket as store
from galleria.foundation import malls, staff
from galleria.kernel.errors import Conflict, DomainError, NotFound
from galleria.kernel.ids import ClaimId, MallId, MemberId, ShopId, StaffId, TicketId, new_id
from galleria.platform.auth.tokens import Signer
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import coupons


class Clerk(msgspec.Struct, frozen=True):
    """Who redeems, and what they are called."""

    id: StaffId
    name: str


class Made(msgspec.Struct, frozen=True):
    """A redemption just made, and what it took off a bill."""

    id: UUID
    discount_minor: int | None


async def issue(tx: Tx, order: orders.PaidOrder, now: datetime) -> list[TicketId]:
    """Give a paid order its tickets, in one statement: one a unit of voucher or service, one a sub-order with goods.

    Returns the tickets' ids. A voucher is good for its product's `valid_days` from now on; a pickup has no end.
    """
    tickets = rules.tickets_for(order, now)
    return await store.add_tickets(tx, order.mall_id, tickets, now)


async def coupon_ticket(tx: Tx, *, mall_id: MallId, member_id: MemberId, claim_id: ClaimId, now: datetime) -> TicketId:
    """Return the ticket with which a member uses a claimed coupon in a shop; made once, the same ever after.

    The claim itself is not moved: it may still be spent online, after which the ticket is refused. Raises NotFound
    for another member's claim, and why the claim cannot be spent when there is no ticket yet.
    """
    offer = await coupons.get_claim(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id)
    ticket_id = await store.find_coupon_ticket(tx, mall_id, claim_id)
    if ticket_id is None:
        await coupons.require_usable(tx, mall_id=mall_id, claim_id=claim_id, member_id=member_id, now=now)
        new = NewTicket(
            kind=TicketKind.COUPON,
            member_id=member_id,
            claim_id=claim_id,
            title_zh=offer.offer.title_zh,
            title_en=offer.offer.title_en,
        )
        ticket_id = await store.add_coupon_ticket(tx, mall_id, new, now)
    tx.subject = str(ticket_id)
    return ticket_id


async def redeem(
    tx: Tx,
    *,
    mall_id: MallId,
    shop_id: ShopId,
    code: str,
    bill_minor: int | None,
    staff_id: StaffId,
    signer: Signer,
    now: datetime,
) -> Redeemed:
    """Redeem a code at a shop's counter, exactly once; the caller has made sure that the staff may redeem there.

    A voucher unit or the goods of a sub-order become fulfilled; a coupon is spent and the discount to give returned
    (`bill_minor` is required when it depends on the bill). Raises what `queries.identify` raises; AlreadyRedeemed
    with when, where and by whom; TicketExpired, TicketRefunded; a coupon's own refusals; Invalid for a missing bill.
    """
    ticket = await queries.identify(tx, mall_id=mall_id, shop_id=shop_id, code=code, signer=signer, now=now)
    till = await malls.till(tx, mall_id, shop_id)
    refused = await queries.refusal(tx, ticket, till, now)
    if refused is not None:
        raise refused
    by = Clerk(staff_id, (await staff.get_account(tx, staff_id)).name)
    made = await hand_over(tx, ticket=ticket, till=till, bill_minor=bill_minor, by=by, now=now)
    return await _redeemed(tx, ticket, till, by, made, bill_minor, now)


async def hand_over(
    tx: Tx, *, ticket: Ticket, till: malls.Till, bill_minor: int | None, by: Clerk, now: datetime
) -> Made:
    """Use a ticket that is good and this shop's: fulfil or spend what it stands for, book it, record it.

    Refuses like a second scan when a rival was first.
    """
    redemption_id = new_id()
    price = await _spend(tx, ticket, till, bill_minor, redemption_id, now)
    made = await store.redeem(
        tx,
        store.NewRedemption(
            mall_id=ticket.mall_id,
            id=redemption_id,
            ticket_id=ticket.id,
            shop_id=till.shop_id,
            merchant_id=till.merchant_id,
            shop_zh=till.name_zh,
            shop_en=till.name_en,
            staff_id=by.id,
            staff_name=by.name,
            at=now,
            bill_minor=bill_minor,
            discount_minor=None if price is None else price.discount_minor,
            shares=[] if price is None else price.shares,
        ),
    )
    if not made:
        raise await _why_not(tx, ticket, now)
    tx.subject = str(redemption_id)
    tx.emit(_event("redemption.redeemed", redemption_id, ticket, till.shop_id))
    return Made(redemption_id, None if price is None else price.discount_minor)


async def _spend(
    tx: Tx, ticket: Ticket, till: malls.Till, bill_minor: int | None, redemption_id: UUID, now: datetime
) -> TillPrice | None:
    """Fulfil what the ticket stands for, or spend its coupon; refuses like a second scan when a rival was first."""
    try:
        if ticket.claim_id is None:
            await orders.mark_fulfilled(tx, mall_id=ticket.mall_id, **_what(ticket), now=now)
            return None
        claimed = await coupons.spend(
            tx, mall_id=ticket.mall_id, claim_id=ticket.claim_id, shop_id=till.shop_id, now=now
        )
    except (orders.NotFulfillable, coupons.ClaimUsed) as error:
        raise await _why_not(tx, ticket, now, otherwise=error) from error
    price = rules.price(claimed.offer, till, bill_minor, now)
    await booking.book(tx, given=[booking.Given(till, price.shares, redemption_id)], now=now)
    return price


async def _redeemed(
    tx: Tx, ticket: Ticket, till: malls.Till, by: Clerk, made: Made, bill_minor: int | None, now: datetime
) -> Redeemed:
    order = await queries.order_of(tx, ticket)
    parts = [] if order is None else [part for part in order.sub_orders if part.id == ticket.sub_order_id]
    return Redeemed(
        id=made.id,
        ticket_id=ticket.id,
        kind=ticket.kind,
        title_zh=ticket.title_zh,
        title_en=ticket.title_en,
        member_masked=await queries.masked_phone(tx, till.group_id, ticket.member_id),
        shop_zh=till.name_zh,
        shop_en=till.name_en,
        staff_name=by.name,
        at=now,
        order_number=None if order is None else order.number,
        items=[] if order is None else rules.due_items(order, ticket, orders.UnitState.FULFILLED),
        currency=till.currency,
        bill_minor=bill_minor,
        discount_minor=made.discount_minor,
        sub_order_fulfilled=any(part.state is orders.SubOrderState.FULFILLED for part in parts),
    )


async def _why_not(tx: Tx, ticket: Ticket, now: datetime, *, otherwise: DomainError | None = None) -> DomainError:
    """Return why a ticket that looked valid a moment ago could not be used: a rival was first."""
    used = await queries.already_redeemed(tx, ticket)
    if used is not None:
        return used
    present = await store.find(tx, ticket.mall_id, ticket.id)
    refused = TicketRefunded() if present is None else rules.refusal(present, now=now)
    return refused or otherwise or Conflict()


async def reverse(
    tx: Tx, *, mall_id: MallId, redemption_id: UUID, staff_id: StaffId, reason: str, now: datetime
) -> Redemption:
    """Take a mistaken redemption back: the ticket is valid again, the order as before, the coupon the member's.

    The caller has made sure that the staff may reverse there. Raises NotFound, AlreadyReversed, ReversalTooLate
    after a week, ReversalRefunded when what was handed over has been refunded since.
    """
    row = await store.find_redemption(tx, mall_id, redemption_id)
    if row is None:
        raise NotFound
    if row.reversed_at is not None:
        raise AlreadyReversed
    rules.require_reversible(row.at, now)
    ticket = await store.find(tx, mall_id, row.ticket_id)
    if ticket is None:
        raise NotFound
    await take_back(tx, ticket=ticket, row=row, staff_id=staff_id, reason=reason, now=now)
    after = await store.find_redemption(tx, mall_id, redemption_id)
    group_id = await malls.group_of(tx, mall_id)
    return queries.view(after or row, await queries.masked_phone(tx, group_id, row.member_id), now)


async def take_back(
    tx: Tx, *, ticket: Ticket, row: store.RedemptionRow, staff_id: StaffId, reason: str, now: datetime
) -> None:
    """Undo a standing redemption, with all that was booked for it. Raises AlreadyReversed, ReversalRefunded."""
    await _unspend(tx, ticket, row, now)
    if not await store.reverse(tx, ticket.mall_id, row.id, staff_id, reason, now):
        raise AlreadyReversed
    tx.subject = str(row.id)
    tx.emit(_event("redemption.reversed", row.id, ticket, row.shop_id))


async def _unspend(tx: Tx, ticket: Ticket, row: store.RedemptionRow, now: datetime) -> None:
    if ticket.claim_id is not None:
        given = await coupons.give_back(tx, mall_id=ticket.mall_id, claim_id=ticket.claim_id, now=now, mistake=True)
        if given is None:
            raise AlreadyReversed
        till = await malls.till(tx, ticket.mall_id, row.shop_id)
        till = msgspec.structs.replace(till, merchant_id=row.merchant_id)  # whose shop it was then
        await booking.take_back(tx, given=booking.Given(till, row.shares, row.id), now=now)
        return
    try:
        await orders.undo_fulfilled(tx, mall_id=ticket.mall_id, **_what(ticket), now=now)
    except orders.NotFulfillable as error:
        raise AlreadyReversed from error
    order = await queries.order_of(tx, ticket)
    if order is None or not rules.due_items(order, ticket, orders.UnitState.OPEN):
        raise ReversalRefunded


async def void(tx: Tx, *, mall_id: MallId, ticket_ids: Sequence[TicketId]) -> int:
    """Make tickets void because what they stand for is refunded; returns how many were still valid.

    The caller compares that number with what it wanted and rolls back when a counter was quicker.
    """
    return await store.void(tx, mall_id, ticket_ids) if ticket_ids else 0


def _what(ticket: Ticket) -> dict[str, Any]:
    """Return what of an order a ticket stands for, as orders names it."""
    return {"sub_order_id": ticket.sub_order_id, "line_id": ticket.line_id, "unit": ticket.unit}


def _event(kind: str, redemption_id: UUID, ticket: Ticket, shop_id: ShopId) -> Event:
    return Event(
        kind,
        redemption_id,
        {
            "mall_id": str(ticket.mall_id),
            "ticket_id": str(ticket.id),
            "kind": ticket.kind.value,
            "shop_id": str(shop_id),
            "order_id": None if ticket.order_id is None else str(ticket.order_id),
            "title_zh": ticket.title_zh,
            "title_en": ticket.title_en,
        },
        (f"member:{ticket.member_id}", f"shop:{shop_id}", f"mall:{ticket.mall_id}"),
    )

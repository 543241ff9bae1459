"""Looking at tickets and redemptions; changes nothing."""

import base64
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.commerce.redemption import rules, store
from galleria.commerce.redemption.model import (
    AlreadyRedeemed,
    CodeStale,
    CodeWrong,
    CouponTerms,
    Lookup,
    MyTicket,
    NotThisShop,
    Redemption,
    RedemptionHistory,
    Refusal,
    Ticket,
    TicketCode,
    TicketNotFound,
    TicketStanding,
    TicketState,
)
from galleria.foundation import malls, members
from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import ClaimId, MallId, MemberId, OrderId, ShopId, TicketId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.kernel.periods import business_date, business_day
from galleria.platform import i18n
from galleria.platform.actors import Reach
from galleria.platform.auth.tokens import Signer
from galleria.platform.tx import ReadTx
from galleria.value import coupons


async def my_tickets(
    tx: ReadTx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    state: TicketState | None = None,
    order_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MyTicket]:
    """Return a member's tickets, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, tuple[UUID])[0]
    rows = await store.list_mine(tx, mall_id, member_id, state=state, order_id=order_id, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.id,))


async def ticket_code(
    tx: ReadTx, *, mall_id: MallId, member_id: MemberId, ticket_id: TicketId, signer: Signer, now: datetime
) -> TicketCode:
    """Return a member's ticket with the serial and secret its codes are made of; raises NotFound."""
    row = await store.find_mine(tx, mall_id, member_id, ticket_id)
    if row is None:
        raise NotFound
    fields = msgspec.structs.asdict(row)
    if row.claim_id is not None:
        claim = await coupons.get_claim(tx, mall_id=mall_id, claim_id=ClaimId(row.claim_id))
        fields["valid_until"] = claim.expires_at
    return TicketCode(
        **fields,
        secret_base64=base64.b64encode(secret_of(signer, ticket_id)).decode(),
        step_seconds=rules.STEP_SECONDS,
        server_now=now,
    )


def secret_of(signer: Signer, ticket_id: UUID) -> bytes:
    """Return the 32 bytes a ticket's codes are keyed by; derived, so nothing is stored."""
    return signer.key(f"ticket:{ticket_id}")


async def identify(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, code: str, signer: Signer, now: datetime) -> Ticket:
    """Return the ticket of a code shown now at a shop.

    Raises Invalid, TicketNotFound, CodeWrong, CodeStale, NotThisShop; and AlreadyRedeemed for the late code of a
    used ticket, which says more than that it is late.
    """
    serial, digits = rules.split_code(code)
    ticket = await store.find_by_serial(tx, mall_id, serial)
    if ticket is None:
        raise TicketNotFound
    standing = rules.standing(secret_of(signer, ticket.id), digits, now)
    if standing is rules.CodeStanding.WRONG:
        raise CodeWrong
    if ticket.shop_id is not None and ticket.shop_id != shop_id:
        raise NotThisShop(shop_zh=ticket.shop_zh, shop_en=ticket.shop_en)
    if standing is rules.CodeStanding.STALE:
        raise await already_redeemed(tx, ticket) or CodeStale()
    return ticket


async def already_redeemed(tx: ReadTx, ticket: Ticket) -> AlreadyRedeemed | None:
    """Return the refusal of a ticket that was used, saying when, where and by whom, or None."""
    made = await store.standing_redemption(tx, ticket.mall_id, ticket.id)
    if made is None:
        return None
    return AlreadyRedeemed(at=rules.moment(made.at), shop_zh=made.shop_zh, shop_en=made.shop_en, staff=made.staff_name)


async def refusal(tx: ReadTx, ticket: Ticket, shop: malls.Shop, now: datetime) -> DomainError | None:
    """Return why an identified ticket cannot be used in a shop now, or None. A coupon's bill is not looked at."""
    refused = await already_redeemed(tx, ticket) or rules.refusal(ticket, now=now)
    if refused is not None or ticket.claim_id is None:
        return refused
    try:
        await coupons.require_usable(tx, mall_id=ticket.mall_id, claim_id=ticket.claim_id, now=now)
    except DomainError as error:
        return await already_redeemed(tx, ticket) or error  # a rival may have used it since it was first asked
    offer = await coupons.get_claim(tx, mall_id=ticket.mall_id, claim_id=ticket.claim_id)
    return None if await _holds_in(tx, ticket.mall_id, offer, shop) else coupons.NotForThisShop()


async def _holds_in(tx: ReadTx, mall_id: MallId, offer: coupons.ClaimedOffer, shop: malls.Shop) -> bool:
    if offer.shop_ids and shop.id not in offer.shop_ids:
        return False
    if offer.funder_merchant_id is not None and offer.funder_merchant_id != shop.merchant_id:
        return False
    if not offer.category_ids:
        return True
    families = [await malls.category_family(tx, mall_id, category_id) for category_id in offer.category_ids]
    return any(shop.category_id in family for family in families)


async def lookup(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, code: str, signer: Signer, locale: str, now: datetime
) -> Lookup:
    """Return what a code is, for whom, whether this shop can use it now, and until when; `refusal` says why not.

    Raises what `identify` raises: of a code that is not good here nothing is told.
    """
    ticket = await identify(tx, mall_id=mall_id, shop_id=shop_id, code=code, signer=signer, now=now)
    shop = await malls.get_shop(tx, mall_id, shop_id)
    refused = await refusal(tx, ticket, shop, now)
    order = await order_of(tx, ticket)
    offer = None if ticket.claim_id is None else await coupons.get_claim(tx, mall_id=mall_id, claim_id=ticket.claim_id)
    return Lookup(
        ticket_id=ticket.id,
        kind=ticket.kind,
        title_zh=ticket.title_zh,
        title_en=ticket.title_en,
        member_masked=await masked_phone(tx, mall_id, ticket.member_id),
        shop_zh=ticket.shop_zh or shop.name_zh,
        shop_en=ticket.shop_en or shop.name_en,
        state=ticket.state,
        valid_until=ticket.valid_until if offer is None else offer.expires_at,
        order_number=None if order is None else order.number,
        currency=(await malls.get_mall(tx, mall_id)).currency,
        items=[] if order is None else rules.due_items(order, ticket, orders.UnitState.OPEN),
        coupon=None if offer is None else _terms(offer),
        usable=refused is None,
        refusal=None if refused is None else Refusal(refused.code, i18n.describe(refused, locale), refused.params),
    )


def _terms(offer: coupons.ClaimedOffer) -> CouponTerms:
    return CouponTerms(
        kind=offer.kind.value,
        amount_minor=offer.amount_minor,
        percent_bp=offer.percent_bp,
        cap_minor=offer.cap_minor,
        threshold_minor=offer.threshold_minor,
        bill_required=rules.needs_bill(offer),
    )


async def order_of(tx: ReadTx, ticket: Ticket) -> orders.OrderView | None:
    """Return the order a ticket belongs to, or None for a coupon."""
    if ticket.order_id is None:
        return None
    return await orders.get_order(tx, mall_id=ticket.mall_id, order_id=ticket.order_id)


async def masked_phone(tx: ReadTx, mall_id: MallId, member_id: MemberId) -> str:
    """Return a member's phone with its middle hidden."""
    member = await members.get_member(tx, await malls.group_of(tx, mall_id), member_id)
    return members.mask_phone(member.phone)


async def history(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    shop_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> RedemptionHistory:
    """Return a page of redemptions within a reach, the newest first, and how many stand since the mall's midnight."""
    before = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    rows = await store.list_redemptions(tx, mall_id, reach, shop_id=shop_id, before=before, limit=limit + 1)
    page = page_of(rows, limit, lambda row: (row.at, row.id))
    zone = (await malls.get_mall(tx, mall_id)).time_zone
    since = business_day(business_date(now, zone), zone).starts_at
    count = await store.count_redemptions(tx, mall_id, reach, shop_id=shop_id, since=since)
    people = await members.list_members(
        tx, await malls.group_of(tx, mall_id), sorted({row.member_id for row in page.items})
    )
    items = [view(row, members.mask_phone(people[row.member_id].phone), now) for row in page.items]
    return RedemptionHistory(items, page.next_cursor, count)


def view(row: store.RedemptionRow, member_masked: str, now: datetime) -> Redemption:
    """Return a stored redemption as the shop's history shows it."""
    fields = {name: getattr(row, name) for name in Redemption.__struct_fields__ if hasattr(row, name)}
    reversible = row.reversed_at is None and now - row.at <= rules.REVERSE_WITHIN
    return Redemption(**fields, member_masked=member_masked, reversible=reversible)


async def shop_of(tx: ReadTx, *, mall_id: MallId, redemption_id: UUID) -> ShopId:
    """Return where a redemption was made; raises NotFound."""
    row = await store.find_redemption(tx, mall_id, redemption_id)
    if row is None:
        raise NotFound
    return row.shop_id


async def tickets_of(tx: ReadTx, *, mall_id: MallId, order_id: OrderId) -> list[TicketStanding]:
    """Return the tickets of an order with their states."""
    return await store.of_order(tx, mall_id, order_id)


async def seen_since(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, since: datetime) -> bool:
    """Return whether a member stood at a counter of the mall since then: staff redeemed something of theirs."""
    return await store.seen_since(tx, mall_id, member_id, since)


async def by_shop(tx: ReadTx, *, mall_id: MallId, since: datetime, until: datetime) -> dict[ShopId, int]:
    """Return how often each shop redeemed anything in a half-open period."""
    return {row.shop_id: row.count for row in await store.by_shop(tx, mall_id=mall_id, since=since, until=until)}

"""Looking at tickets and redemptions; changes nothing."""

import base64
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce import orders
from galleria.commerce.redemption import rules
from galleria.commerce.redemption.model import (
    AlreadyRedeemed,
    CodeStale,
    CodeWrong,
    LateScan,
    Locked,
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
    TillLock,
)
from galleria.commerce.redemption.store import offline as late
from galleria.commerce.redemption.store import ticket as store
from galleria.commerce.redemption.store import till as tills
from galleria.foundation import malls, members, staff
from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import ClaimId, GroupId, MallId, MemberId, OrderId, ShopId, StaffId, TicketId
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
        fields["valid_until"] = claim.offer.expires_at
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


async def refusal(tx: ReadTx, ticket: Ticket, till: malls.Till, now: datetime) -> DomainError | None:
    """Return why an identified ticket cannot be used in a shop now, or None. A coupon's bill is not looked at."""
    refused = await already_redeemed(tx, ticket) or rules.refusal(ticket, now=now)
    if refused is not None or ticket.claim_id is None:
        return refused
    try:
        await coupons.require_usable(tx, mall_id=ticket.mall_id, claim_id=ticket.claim_id, now=now)
    except DomainError as error:
        return await already_redeemed(tx, ticket) or error  # a rival may have used it since it was first asked
    claimed = await coupons.get_claim(tx, mall_id=ticket.mall_id, claim_id=ticket.claim_id)
    return None if rules.holds_in(claimed.offer, till) else coupons.NotForThisShop()


async def lookup(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, code: str, signer: Signer, locale: str, now: datetime
) -> Lookup:
    """Return what a code is, for whom, whether this shop can use it now, and until when; `refusal` says why not.

    Raises what `identify` raises: of a code that is not good here nothing is told.
    """
    ticket = await identify(tx, mall_id=mall_id, shop_id=shop_id, code=code, signer=signer, now=now)
    till = await malls.till(tx, mall_id, shop_id)
    refused = await refusal(tx, ticket, till, now)
    order = await order_of(tx, ticket)
    offer = None if ticket.claim_id is None else await coupons.get_claim(tx, mall_id=mall_id, claim_id=ticket.claim_id)
    return Lookup(
        ticket_id=ticket.id,
        kind=ticket.kind,
        title_zh=ticket.title_zh,
        title_en=ticket.title_en,
        member_masked=await masked_phone(tx, till.group_id, ticket.member_id),
        shop_zh=ticket.shop_zh or till.name_zh,
        shop_en=ticket.shop_en or till.name_en,
        state=ticket.state,
        valid_until=ticket.valid_until if offer is None else offer.offer.expires_at,
        order_number=None if order is None else order.number,
        currency=till.currency,
        items=[] if order is None else rules.due_items(order, ticket, orders.UnitState.OPEN),
        coupon=None if offer is None else rules.terms(offer.offer),
        usable=refused is None,
        refusal=None if refused is None else Refusal(refused.code, i18n.describe(refused, locale), refused.params),
    )


async def order_of(tx: ReadTx, ticket: Ticket) -> orders.OrderView | None:
    """Return the order a ticket belongs to, or None for a coupon."""
    if ticket.order_id is None:
        return None
    return await orders.get_order(tx, mall_id=ticket.mall_id, order_id=ticket.order_id)


async def masked_phone(tx: ReadTx, group_id: GroupId, member_id: MemberId) -> str:
    """Return a member's phone with its middle hidden."""
    member = await members.get_member(tx, group_id, member_id)
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


def lock_view(lock: Locked, till: malls.Till) -> TillLock:
    """Return a lock as a till sees it."""
    return TillLock(
        id=lock.id,
        claim_id=lock.claim_id,
        shop_id=lock.shop_id,
        state=lock.state,
        until=lock.until,
        title_zh=lock.title_zh,
        title_en=lock.title_en,
        currency=till.currency,
        bill_minor=lock.bill_minor,
        discount_minor=lock.discount_minor,
        payable_minor=lock.bill_minor - lock.discount_minor,
        redemption_id=lock.redemption_id,
    )


async def shop_of_lock(tx: ReadTx, *, mall_id: MallId, lock_id: UUID) -> ShopId:
    """Return the shop whose till made a lock; raises NotFound."""
    found = await tills.find_lock(tx, mall_id, lock_id)
    if found is None:
        raise NotFound
    return found.shop_id


async def redemption_of_lock(tx: ReadTx, *, mall_id: MallId, redemption_id: UUID) -> AlreadyRedeemed | None:
    """Return the refusal of a lock that was redeemed, saying when, where and by whom."""
    made = await store.find_redemption(tx, mall_id, redemption_id)
    if made is None:
        return None
    return AlreadyRedeemed(at=rules.moment(made.at), shop_zh=made.shop_zh, shop_en=made.shop_en, staff=made.staff_name)


async def late_scan(tx: ReadTx, *, mall_id: MallId, request_number: UUID) -> LateScan:
    """Return a late scan with the names of its shop and people; raises NotFound."""
    found = await late.find(tx, mall_id, request_number)
    if found is None:
        raise NotFound
    return (await _named(tx, mall_id, [found]))[0]


async def late_scans(
    tx: ReadTx,
    *,
    mall_id: MallId,
    reach: Reach,
    shop_id: ShopId | None = None,
    only_open: bool = False,
    cursor: str | None = None,
    limit: int,
) -> Page[LateScan]:
    """Return a page of late scans of the shops within reach, newest first; `only_open` those that wait for a person."""
    before = None if cursor is None else decode_cursor(cursor, tuple[datetime, UUID])
    shops = [shop.id for shop in await malls.all_shops(tx, mall_id) if shop.merchant_id in reach.merchant_ids]
    within = msgspec.structs.replace(reach, shop_ids=[*reach.shop_ids, *shops])
    rows = await late.list_scans(
        tx, mall_id, within, shop_id=shop_id, only_open=only_open, before=before, limit=limit + 1
    )
    page = page_of(rows, limit, lambda row: (row.received_at, row.request_number))
    return Page(await _named(tx, mall_id, page.items), page.next_cursor)


async def _named(tx: ReadTx, mall_id: MallId, scans: list[LateScan]) -> list[LateScan]:
    shops = {shop.id: shop for shop in await malls.all_shops(tx, mall_id)} if scans else {}
    people = {scan.staff_id for scan in scans} | {scan.closed_by for scan in scans if scan.closed_by is not None}
    names = await staff.names(tx, await malls.group_of(tx, mall_id), [StaffId(person) for person in people])
    return [
        msgspec.structs.replace(
            scan,
            shop_zh=shops[scan.shop_id].name_zh,
            shop_en=shops[scan.shop_id].name_en,
            staff_name=names.get(scan.staff_id, ""),
            closed_by_name=None if scan.closed_by is None else names.get(StaffId(scan.closed_by)),
        )
        for scan in scans
    ]


async def seen_since(tx: ReadTx, *, mall_id: MallId, member_id: MemberId, since: datetime) -> bool:
    """Return whether a member stood at a counter of the mall since then: staff redeemed something of theirs."""
    return await store.seen_since(tx, mall_id, member_id, since)


async def by_shop(tx: ReadTx, *, mall_id: MallId, since: datetime, until: datetime) -> dict[ShopId, int]:
    """Return how often each shop redeemed anything in a half-open period."""
    return {row.shop_id: row.count for row in await store.by_shop(tx, mall_id=mall_id, since=since, until=until)}

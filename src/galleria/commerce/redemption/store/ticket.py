"""Every statement on tickets and redemptions.

Locks: a redemption takes the sub-order first (orders does), then its ticket; a refund takes the order, its sub-orders,
then the tickets. Nothing is locked the other way round.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from galleria.commerce.redemption.model import (
    MyTicket,
    NewTicket,
    Ticket,
    TicketKind,
    TicketStanding,
    TicketState,
)
from galleria.kernel.errors import Unavailable
from galleria.kernel.ids import (
    ClaimId,
    LineId,
    MallId,
    MemberId,
    MerchantId,
    OrderId,
    ShopId,
    StaffId,
    SubOrderId,
    TicketId,
    new_id,
)
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx
from galleria.value import promotions

SERIALS = 10**8

_TICKET = """
SELECT t.mall_id, t.id, t.serial, t.kind, t.member_id, t.order_id, t.sub_order_id, t.line_id, t.unit, t.claim_id,
       t.shop_id, t.merchant_id, t.shop_zh, t.shop_en, t.title_zh, t.title_en, t.state, t.valid_until, t.created_at
  FROM redemption.ticket t
"""

_ADD = """
INSERT INTO redemption.ticket (mall_id, id, serial, kind, member_id, order_id, sub_order_id, line_id, unit, claim_id,
                               shop_id, merchant_id, shop_zh, shop_en, title_zh, title_en, state, valid_until,
                               created_at)
SELECT $1, w.id, w.serial, w.kind, w.member_id, w.order_id, w.sub_order_id, w.line_id, w.unit, w.claim_id, w.shop_id,
       w.merchant_id, w.shop_zh, w.shop_en, w.title_zh, w.title_en, 'valid', w.valid_until, $3
  FROM jsonb_to_recordset($2::jsonb) AS w(
         id uuid, serial text, kind text, member_id uuid, order_id uuid, sub_order_id uuid, line_id uuid, unit integer,
         claim_id uuid, shop_id uuid, merchant_id uuid, shop_zh text, shop_en text, title_zh text, title_en text,
         valid_until timestamptz)
ON CONFLICT (mall_id, serial) DO NOTHING
RETURNING id
"""


def _serial() -> str:
    """Return eight random digits; whether they are taken the statement finds out."""
    return f"{secrets.randbelow(SERIALS):08d}"


async def add_tickets(tx: Tx, mall_id: MallId, tickets: Sequence[NewTicket], now: datetime) -> list[TicketId]:
    """Insert tickets with fresh serials and return their ids in order, in one statement.

    It is repeated, with new serials, only for those tickets whose serial was taken.
    """
    ids = [TicketId(new_id()) for _ in tickets]
    rows = [{"id": ticket_id, **msgspec.structs.asdict(ticket)} for ticket_id, ticket in zip(ids, tickets, strict=True)]
    while rows:
        done = set(await tx.values(_ADD, mall_id, [{**row, "serial": _serial()} for row in rows], now))
        rows = [row for row in rows if row["id"] not in done]
    return ids


async def add_coupon_ticket(tx: Tx, mall_id: MallId, ticket: NewTicket, now: datetime) -> TicketId:
    """Return the coupon's ticket, inserting it unless it has one; of two at once one inserts, both see it."""
    try:
        async with tx.savepoint():
            return (await add_tickets(tx, mall_id, [ticket], now))[0]
    except asyncpg.UniqueViolationError as error:
        found = await find_coupon_ticket(tx, mall_id, ticket.claim_id)
        if found is None:
            raise Unavailable from error
        return found


async def find_coupon_ticket(tx: ReadTx, mall_id: MallId, claim_id: ClaimId | None) -> TicketId | None:
    """Return the ticket of a claim that is not void, or None."""
    found: TicketId | None = await tx.value(
        "SELECT id FROM redemption.ticket WHERE mall_id = $1 AND claim_id = $2 AND kind = 'coupon' AND state <> 'void'",
        mall_id,
        claim_id,
    )
    return found


async def find_by_serial(tx: ReadTx, mall_id: MallId, serial: str) -> Ticket | None:
    """Return the ticket with a serial, or None."""
    return await tx.one(Ticket, _TICKET + "WHERE t.mall_id = $1 AND t.serial = $2", mall_id, serial)


async def find(tx: ReadTx, mall_id: MallId, ticket_id: TicketId) -> Ticket | None:
    """Return a ticket, or None."""
    return await tx.one(Ticket, _TICKET + "WHERE t.mall_id = $1 AND t.id = $2", mall_id, ticket_id)


class NewRedemption(msgspec.Struct, frozen=True, kw_only=True):
    """A redemption to make of a valid ticket."""

    mall_id: MallId
    id: UUID
    ticket_id: TicketId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    staff_id: StaffId
    staff_name: str
    at: datetime
    bill_minor: int | None = None
    discount_minor: int | None = None
    shares: list[promotions.FundedTotal] = []


REDEEM = """
WITH taken AS (
  UPDATE redemption.ticket SET state = 'redeemed'
   WHERE mall_id = $1 AND id = $3 AND state = 'valid' AND (valid_until IS NULL OR valid_until > $10)
  RETURNING id, kind
)
INSERT INTO redemption.redemption (mall_id, id, ticket_id, kind, shop_id, merchant_id, shop_zh, shop_en, staff_id,
                                   staff_name, at, bill_minor, discount_minor, shares)
SELECT $1, $2, t.id, t.kind, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb FROM taken t
RETURNING id
"""


async def redeem(tx: Tx, new: NewRedemption) -> bool:
    """Use a valid ticket and record it, in one conditional statement; False when it is not valid any more.

    `redemption_once` (one standing redemption a ticket) guards what the condition already says.
    """
    made = await tx.value(
        REDEEM,
        new.mall_id,
        new.id,
        new.ticket_id,
        new.shop_id,
        new.merchant_id,
        new.shop_zh,
        new.shop_en,
        new.staff_id,
        new.staff_name,
        new.at,
        new.bill_minor,
        new.discount_minor,
        new.shares,
    )
    return made is not None


class RedemptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A redemption with its ticket, as stored."""

    id: UUID
    ticket_id: TicketId
    kind: TicketKind
    title_zh: str
    title_en: str
    member_id: MemberId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    staff_id: StaffId
    staff_name: str
    at: datetime
    order_id: OrderId | None
    sub_order_id: SubOrderId | None
    line_id: LineId | None
    unit: int | None
    claim_id: ClaimId | None
    bill_minor: int | None
    discount_minor: int | None
    shares: list[promotions.FundedTotal]
    reversed_at: datetime | None
    reason: str | None


_REDEMPTION = """
SELECT r.id, r.ticket_id, r.kind, t.title_zh, t.title_en, t.member_id, r.shop_id, r.merchant_id, r.shop_zh, r.shop_en,
       r.staff_id, r.staff_name, r.at, t.order_id, t.sub_order_id, t.line_id, t.unit, t.claim_id, r.bill_minor,
       r.discount_minor, r.shares, r.reversed_at, r.reason
  FROM redemption.redemption r JOIN redemption.ticket t ON t.mall_id = r.mall_id AND t.id = r.ticket_id
"""


async def standing_redemption(tx: ReadTx, mall_id: MallId, ticket_id: TicketId) -> RedemptionRow | None:
    """Return the redemption of a ticket that was not reversed, or None."""
    return await tx.one(
        RedemptionRow,
        _REDEMPTION + "WHERE r.mall_id = $1 AND r.ticket_id = $2 AND r.reversed_at IS NULL",
        mall_id,
        ticket_id,
    )


async def find_redemption(tx: ReadTx, mall_id: MallId, redemption_id: UUID) -> RedemptionRow | None:
    """Return a redemption, or None."""
    return await tx.one(RedemptionRow, _REDEMPTION + "WHERE r.mall_id = $1 AND r.id = $2", mall_id, redemption_id)


async def reverse(tx: Tx, mall_id: MallId, redemption_id: UUID, staff_id: StaffId, reason: str, now: datetime) -> bool:
    """Mark a redemption as reversed and its ticket as valid, in one statement; False when it no longer stands."""
    moved = await tx.value(
        """
        WITH undone AS (
          UPDATE redemption.redemption SET reversed_at = $5, reversed_by = $3, reason = $4
           WHERE mall_id = $1 AND id = $2 AND reversed_at IS NULL
          RETURNING ticket_id
        )
        UPDATE redemption.ticket t SET state = 'valid' FROM undone u
         WHERE t.mall_id = $1 AND t.id = u.ticket_id AND t.state = 'redeemed'
        RETURNING t.id
        """,
        mall_id,
        redemption_id,
        staff_id,
        reason,
        now,
    )
    return moved is not None


VOID = """
WITH mine AS (
  SELECT id FROM redemption.ticket WHERE mall_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE
)
UPDATE redemption.ticket t SET state = 'void' FROM mine
 WHERE t.mall_id = $1 AND t.id = mine.id AND t.state = 'valid'
"""


async def void(tx: Tx, mall_id: MallId, ticket_ids: Sequence[TicketId]) -> int:
    """Make valid tickets void and return how many were; locks them in the order of their ids."""
    return await tx.run(VOID, mall_id, list(ticket_ids))


async def of_order(tx: ReadTx, mall_id: MallId, order_id: OrderId) -> list[TicketStanding]:
    """Return the tickets of an order, oldest first."""
    return await tx.all(
        TicketStanding,
        "SELECT id, kind, sub_order_id, line_id, unit, state FROM redemption.ticket "
        "WHERE mall_id = $1 AND order_id = $2 ORDER BY id",
        mall_id,
        order_id,
    )


_MINE = """
SELECT t.id, t.kind, t.title_zh, t.title_en, t.shop_id, t.shop_zh, t.shop_en, t.order_id, t.sub_order_id, t.line_id,
       t.claim_id, t.state, t.valid_until, t.created_at, r.at AS redeemed_at, r.shop_zh AS redeemed_shop_zh,
       r.shop_en AS redeemed_shop_en, t.serial
  FROM redemption.ticket t
  LEFT JOIN redemption.redemption r ON r.mall_id = t.mall_id AND r.ticket_id = t.id AND r.reversed_at IS NULL
 WHERE t.mall_id = $1 AND t.member_id = $2
"""


class MyTicketRow(MyTicket, frozen=True, kw_only=True):
    """An owner's ticket with its serial."""

    serial: str


async def find_mine(tx: ReadTx, mall_id: MallId, member_id: MemberId, ticket_id: TicketId) -> MyTicketRow | None:
    """Return one of a member's tickets, or None."""
    return await tx.one(MyTicketRow, _MINE + "AND t.id = $3", mall_id, member_id, ticket_id)


async def list_mine(
    tx: ReadTx,
    mall_id: MallId,
    member_id: MemberId,
    *,
    state: TicketState | None,
    order_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[MyTicket]:
    """Return a member's tickets, the newest first."""
    return await tx.all(
        MyTicket,
        _MINE + "AND ($3::text IS NULL OR t.state = $3) AND ($4::uuid IS NULL OR t.order_id = $4) "
        "AND ($5::uuid IS NULL OR t.id < $5) ORDER BY t.id DESC LIMIT $6",
        mall_id,
        member_id,
        state and state.value,
        order_id,
        before,
        limit,
    )


_REACHED = "AND ($2 OR r.merchant_id = ANY ($3) OR r.shop_id = ANY ($4)) AND ($5::uuid IS NULL OR r.shop_id = $5)"


async def list_redemptions(
    tx: ReadTx, mall_id: MallId, reach: Reach, *, shop_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[RedemptionRow]:
    """Return the redemptions a reach may see, the newest first, reversed ones too."""
    return await tx.all(
        RedemptionRow,
        f"{_REDEMPTION} WHERE r.mall_id = $1 {_REACHED} "
        "AND ($6::timestamptz IS NULL OR (r.at, r.id) < ($6, $7::uuid)) ORDER BY r.at DESC, r.id DESC LIMIT $8",
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        shop_id,
        before and before[0],
        before and before[1],
        limit,
    )


async def count_redemptions(tx: ReadTx, mall_id: MallId, reach: Reach, *, shop_id: UUID | None, since: datetime) -> int:
    """Return how many standing redemptions a reach may see since a moment."""
    found: int = await tx.value(
        f"SELECT count(*) FROM redemption.redemption r WHERE r.mall_id = $1 {_REACHED} "
        "AND r.at >= $6 AND r.reversed_at IS NULL",
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        shop_id,
        since,
    )
    return found


async def seen_since(tx: ReadTx, mall_id: MallId, member_id: MemberId, since: datetime) -> bool:
    """Return whether staff redeemed a ticket of a member since then."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
              SELECT FROM redemption.ticket t
                JOIN redemption.redemption r ON r.mall_id = t.mall_id AND r.ticket_id = t.id
               WHERE t.mall_id = $1 AND t.member_id = $2 AND t.state = 'redeemed' AND r.at >= $3
                 AND r.reversed_at IS NULL)
            """,
            mall_id,
            member_id,
            since,
        )
    )


class ShopRedemptions(msgspec.Struct, frozen=True):
    """How often a shop redeemed anything."""

    shop_id: ShopId
    count: int


async def by_shop(tx: ReadTx, *, mall_id: MallId, since: datetime, until: datetime) -> list[ShopRedemptions]:
    """Return the standing redemptions of a half-open period by shop."""
    return await tx.all(
        ShopRedemptions,
        """
        SELECT shop_id, count(*) AS count FROM redemption.redemption
         WHERE mall_id = $1 AND at >= $2 AND at < $3 AND reversed_at IS NULL GROUP BY shop_id
        """,
        mall_id,
        since,
        until,
    )

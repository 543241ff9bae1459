"""Routes of tickets: the owner's codes, and the counter's lookup, redemption, history and reversal."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce.redemption import queries, rules
from galleria.commerce.redemption.model import (
    CodeWrong,
    Lookup,
    MyTicket,
    Redeemed,
    Redemption,
    RedemptionHistory,
    TicketCode,
    TicketNotFound,
    TicketState,
)
from galleria.commerce.redemption.operations import counter as operations
from galleria.foundation import malls
from galleria.kernel.ids import ClaimId, MallId, ShopId, TicketId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.auth import attempts
from galleria.platform.http.access import MEMBER, STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx

WRONG_CODES_MAX = 10
WRONG_CODES_WINDOW_S = 300

T = TypeVar("T")

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=60, description="`GAL:` and 12 digits, or the 12 digits")]
Bill = Annotated[int, msgspec.Meta(ge=0, le=10_000_000_000)]


class Scan(msgspec.Struct, frozen=True):
    """A code scanned or typed at a shop's counter."""

    shop_id: UUID
    code: Code


class RedeemRequest(msgspec.Struct, frozen=True):
    """A code to redeem at a shop's counter, with the bill in minor units when it is a coupon that depends on it."""

    shop_id: UUID
    code: Code
    bill_minor: Bill | None = None


class Redeeming(msgspec.Struct, frozen=True):
    """What the journal keeps of a redemption's input: the serial without the changing digits."""

    shop_id: UUID
    serial: str
    bill_minor: int | None


class ReverseRequest(msgspec.Struct, frozen=True):
    """Why a redemption is taken back."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=300, pattern=r"\S")]


class Reversing(msgspec.Struct, frozen=True):
    """What the journal keeps of a reversal's input."""

    redemption_id: UUID
    reason: str


@get("/v1/malls/{mall_id:uuid}/me/tickets", access=MEMBER, summary="My tickets, newest first", tags=["redemption"])
async def my_tickets(
    call: TheCall,
    mall_id: FromPath[UUID],
    ticket_state: Annotated[TicketState | None, QueryParameter(name="state")] = None,
    order: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[MyTicket]:
    """Return the member's tickets, of one state or one order when asked."""
    member_id = call.actor.member_id
    async with call.db.read() as tx:
        return await queries.my_tickets(
            tx,
            mall_id=MallId(mall_id),
            member_id=member_id,
            state=ticket_state,
            order_id=order,
            cursor=cursor,
            limit=limit,
        )


@get(
    "/v1/malls/{mall_id:uuid}/me/tickets/{ticket_id:uuid}",
    access=MEMBER,
    summary="One of my tickets, with what makes its code",
    tags=["redemption"],
)
async def my_ticket(call: TheCall, mall_id: FromPath[UUID], ticket_id: FromPath[UUID]) -> TicketCode:
    """Return the serial and secret with which the phone computes the changing code, also without a network."""
    return await _code(call, mall_id, ticket_id)


@post(
    "/v1/malls/{mall_id:uuid}/me/coupons/{claim_id:uuid}/ticket",
    access=MEMBER,
    status_code=200,
    summary="A ticket to use one of my coupons in the shop",
    tags=["redemption"],
)
async def coupon_ticket(call: TheCall, mall_id: FromPath[UUID], claim_id: FromPath[UUID]) -> TicketCode:
    """Return the coupon's ticket, made on the first call; the coupon stays usable online until one of the two."""
    member_id, mall = call.actor.member_id, MallId(mall_id)

    async def operation(tx: Tx) -> UUID:
        return await operations.coupon_ticket(
            tx, mall_id=mall, member_id=member_id, claim_id=ClaimId(claim_id), now=call.now
        )

    ticket_id = await call.write(
        "redemption.coupon_ticket", operation, returns=UUID, mall_id=mall, payload={"claim_id": claim_id}
    )
    return await _code(call, mall_id, ticket_id)


@post(
    "/v1/malls/{mall_id:uuid}/redemptions/lookup",
    access=STAFF,
    status_code=200,
    summary="What is this code",
    tags=["redemption"],
)
async def lookup(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[Scan]) -> Lookup:
    """Return what a code stands for and whether this shop can use it now; changes nothing."""
    mall, shop = MallId(mall_id), ShopId(data.shop_id)
    async with call.db.read() as tx:
        await require_at(call, tx, mall, shop, Permission.REDEEM)

    async def look() -> Lookup:
        async with call.db.read() as tx:
            return await queries.lookup(
                tx,
                mall_id=mall,
                shop_id=shop,
                code=data.code,
                signer=call.runtime.signer,
                locale=call.locale,
                now=call.now,
            )

    return await counting_guesses(call, look)


@post(
    "/v1/malls/{mall_id:uuid}/redemptions",
    access=STAFF,
    summary="Redeem a code, once",
    tags=["redemption"],
)
async def redeem(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[RedeemRequest]) -> Redeemed:
    """Redeem a voucher, hand over goods, or take a coupon; a second scan says when, where and by whom it was used."""
    mall, shop = MallId(mall_id), ShopId(data.shop_id)
    async with call.db.read() as tx:
        await require_at(call, tx, mall, shop, Permission.REDEEM)
    serial, _ = rules.split_code(data.code)

    async def operation(tx: Tx) -> Redeemed:
        return await operations.redeem(
            tx,
            mall_id=mall,
            shop_id=shop,
            code=data.code,
            bill_minor=data.bill_minor,
            staff_id=call.actor.staff_id,
            signer=call.runtime.signer,
            now=call.now,
        )

    async def write() -> Redeemed:
        return await call.write(
            "redemption.redeem",
            operation,
            returns=Redeemed,
            mall_id=mall,
            payload=Redeeming(data.shop_id, serial, data.bill_minor),
            key_required=True,
        )

    return await counting_guesses(call, write)


@get(
    "/v1/malls/{mall_id:uuid}/redemptions",
    access=STAFF,
    summary="Redemptions, newest first, and today's count",
    tags=["redemption"],
)
async def history(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> RedemptionHistory:
    """Return the redemptions of one shop, or of every shop the asker works for."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        if shop is not None:
            await require_at(call, tx, mall, ShopId(shop), Permission.REDEEM)
        reach = call.actor.reach(Permission.REDEEM, await malls.mall_target(tx, mall))
        return await queries.history(
            tx, mall_id=mall, reach=reach, shop_id=shop, cursor=cursor, limit=limit, now=call.now
        )


@post(
    "/v1/malls/{mall_id:uuid}/redemptions/{redemption_id:uuid}/reverse",
    access=STAFF,
    status_code=200,
    summary="Take a mistaken redemption back",
    tags=["redemption"],
)
async def reverse(
    call: TheCall, mall_id: FromPath[UUID], redemption_id: FromPath[UUID], data: JSONBody[ReverseRequest]
) -> Redemption:
    """Make the ticket valid again, put the order back and log who did it and why; managers only, within a week."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        shop_id = await queries.shop_of(tx, mall_id=mall, redemption_id=redemption_id)
        await require_at(call, tx, mall, shop_id, Permission.REDEEM_REVERSE)

    async def operation(tx: Tx) -> Redemption:
        return await operations.reverse(
            tx,
            mall_id=mall,
            redemption_id=redemption_id,
            staff_id=call.actor.staff_id,
            reason=data.reason.strip(),
            now=call.now,
        )

    return await call.write(
        "redemption.reverse",
        operation,
        returns=Redemption,
        mall_id=mall,
        payload=Reversing(redemption_id, data.reason.strip()),
    )


async def require_at(call: Call, tx: ReadTx, mall_id: MallId, shop_id: ShopId, permission: Permission) -> None:
    """Raise NotFound or Forbidden unless the caller may do this in the shop."""
    call.actor.require(permission, await malls.shop_target(tx, mall_id, shop_id))


async def _code(call: Call, mall_id: UUID, ticket_id: UUID) -> TicketCode:
    async with call.db.read() as tx:
        return await queries.ticket_code(
            tx,
            mall_id=MallId(mall_id),
            member_id=call.actor.member_id,
            ticket_id=TicketId(ticket_id),
            signer=call.runtime.signer,
            now=call.now,
        )


async def counting_guesses(call: Call, attempt: Callable[[], Awaitable[T]]) -> T:
    """Run an attempt that guesses four digits; a wrong guess stays counted, whatever else happens is forgiven."""
    bucket = f"redeem:{call.actor.staff_id}"
    await attempts.count(call.db, bucket=bucket, limit=WRONG_CODES_MAX, window_s=WRONG_CODES_WINDOW_S, now=call.now)
    wrong = False
    try:
        return await attempt()
    except (CodeWrong, TicketNotFound):
        wrong = True
        raise
    finally:
        if not wrong:
            await attempts.forgive(call.db, bucket=bucket, window_s=WRONG_CODES_WINDOW_S, now=call.now)


ROUTES = [my_tickets, my_ticket, coupon_ticket, lookup, redeem, history, reverse]

"""Late scans: made without a network, settled by rule when they are uploaded, each once and in a command of its own.

The first scanned wins: a redemption made by a later scan gives way to an earlier one that is uploaded after it. One
that was made online stands: there the clerk was told that the code was good.
"""

from datetime import datetime
from uuid import UUID

from galleria.commerce.redemption import queries, rules
from galleria.commerce.redemption.model import (
    LateScan,
    NotThisShop,
    NumberReused,
    OfflineScan,
    ScanClosed,
    ScanOutcome,
    ScanResult,
    Ticket,
)
from galleria.commerce.redemption.operations import counter
from galleria.commerce.redemption.operations.counter import Clerk
from galleria.commerce.redemption.store import offline as store
from galleria.commerce.redemption.store import ticket as tickets
from galleria.foundation import malls
from galleria.kernel.errors import DomainError, NotFound
from galleria.kernel.ids import MallId, StaffId
from galleria.platform.auth.tokens import Signer
from galleria.platform.tx import Tx

OUTSCANNED = "another till scanned it first"
"""The reason of a reversal by an earlier scan, as the shop's history keeps it."""


async def settle(
    tx: Tx,
    *,
    till: malls.Till,
    scan: OfflineScan,
    sent_at: datetime | None,
    by: Clerk,
    signer: Signer,
    now: datetime,
) -> ScanResult:
    """Settle a late scan and return what became of it; uploaded again it returns what became of it then.

    What cannot be redeemed is kept for a person, with the reason. Raises Invalid for something that is no code at
    all and NumberReused when the request number stands for another scan.
    """
    serial, digits = rules.split_code(scan.code)
    tx.subject = str(scan.request_number)
    tries = rules.moments(scan.scanned_at, sent_at=sent_at, now=now)
    await store.lock_serial(tx, serial)
    begun = await store.begin(
        tx,
        till.mall_id,
        request_number=scan.request_number,
        shop_id=till.shop_id,
        staff_id=by.id,
        serial=serial,
        bill_minor=scan.bill_minor,
        scanned_at=tries[0],
        now=now,
    )
    if not begun:
        return await _known(tx, till, scan, serial)
    ticket = await tickets.find_by_serial(tx, till.mall_id, serial)
    at, outcome, detail = tries[0], ScanOutcome.INVALID, dict[str, str | int]()
    if ticket is not None:
        at, refused = rules.settled(queries.secret_of(signer, ticket.id), digits, tries, now)
        if refused is None:
            return await _redeem(tx, till, ticket, scan, by, at, now)
        outcome = refused
    await store.settle(
        tx,
        till.mall_id,
        scan.request_number,
        outcome=outcome,
        scanned_at=at,
        ticket_id=None if ticket is None or outcome is ScanOutcome.INVALID else ticket.id,
        detail=detail,
    )
    return _result(scan, outcome, detail)


async def _redeem(
    tx: Tx, till: malls.Till, ticket: Ticket, scan: OfflineScan, by: Clerk, at: datetime, now: datetime
) -> ScanResult:
    """Redeem a ticket as of the moment it was scanned at; what refuses that leaves nothing but the scan."""
    try:
        async with tx.savepoint():
            await _give_way(tx, ticket, at, scan.request_number, by, now)
            refused = await queries.already_redeemed(tx, ticket) or rules.refusal(ticket, now=at)
            if ticket.shop_id is not None and ticket.shop_id != till.shop_id:
                refused = NotThisShop(shop_zh=ticket.shop_zh, shop_en=ticket.shop_en)
            if refused is not None:
                raise refused
            made = await counter.hand_over(tx, ticket=ticket, till=till, bill_minor=scan.bill_minor, by=by, now=at)
    except DomainError as error:
        tx.events.clear()
        tx.subject = str(scan.request_number)
        outcome = rules.outcome_of(error)
        await store.settle(
            tx, till.mall_id, scan.request_number, outcome=outcome, scanned_at=at, ticket_id=ticket.id,
            detail=error.params,
        )  # fmt: skip
        return _result(scan, outcome, error.params)
    await store.settle(
        tx,
        till.mall_id,
        scan.request_number,
        outcome=ScanOutcome.ACCEPTED,
        scanned_at=at,
        ticket_id=ticket.id,
        redemption_id=made.id,
        discount_minor=made.discount_minor,
        detail={},
    )
    return _result(scan, ScanOutcome.ACCEPTED, {}, made.id, made.discount_minor)


async def _give_way(tx: Tx, ticket: Ticket, at: datetime, request_number: UUID, by: Clerk, now: datetime) -> None:
    """Take a redemption back that a later scan has made, and keep that scan for a person."""
    standing = await tickets.standing_redemption(tx, ticket.mall_id, ticket.id)
    if standing is None:
        return
    other = await store.made_by(tx, ticket.mall_id, standing.id)
    if other is None or (other.scanned_at, other.request_number) <= (at, request_number):
        return
    await counter.take_back(tx, ticket=ticket, row=standing, staff_id=by.id, reason=OUTSCANNED, now=now)
    await store.settle(
        tx,
        ticket.mall_id,
        other.request_number,
        outcome=ScanOutcome.ALREADY_REDEEMED,
        scanned_at=other.scanned_at,
        ticket_id=ticket.id,
        detail={"at": rules.moment(at), "staff": by.name},
    )


async def _known(tx: Tx, till: malls.Till, scan: OfflineScan, serial: str) -> ScanResult:
    """Return what became of a scan that was uploaded before."""
    found = await store.find(tx, till.mall_id, scan.request_number)
    if found is None:
        raise NotFound
    if (found.serial, found.shop_id, found.bill_minor) != (serial, till.shop_id, scan.bill_minor):
        raise NumberReused
    return ScanResult(
        request_number=found.request_number,
        outcome=found.outcome,
        duplicate=True,
        redemption_id=found.redemption_id,
        discount_minor=found.discount_minor,
        params=found.detail,
    )


async def close(
    tx: Tx, *, mall_id: MallId, request_number: UUID, staff_id: StaffId, note: str, now: datetime
) -> LateScan:
    """Note that a person has looked at a scan and what was done. Raises NotFound, ScanClosed."""
    tx.subject = str(request_number)
    if not await store.close(tx, mall_id, request_number, staff_id=staff_id, note=note, now=now):
        raise ScanClosed
    return await queries.late_scan(tx, mall_id=mall_id, request_number=request_number)


def _result(
    scan: OfflineScan,
    outcome: ScanOutcome,
    params: dict[str, str | int],
    redemption_id: UUID | None = None,
    discount_minor: int | None = None,
) -> ScanResult:
    return ScanResult(
        request_number=scan.request_number,
        outcome=outcome,
        duplicate=False,
        redemption_id=redemption_id,
        discount_minor=discount_minor,
        params=params,
    )

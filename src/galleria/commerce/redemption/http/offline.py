"""Routes of late scans: uploading what was scanned without a network, and what a person must look at."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce.redemption import queries, rules
from galleria.commerce.redemption.http.counter import WRONG_CODES_MAX, WRONG_CODES_WINDOW_S, require_at
from galleria.commerce.redemption.model import LateScan, OfflineScan, ScanOutcome, ScanResult
from galleria.commerce.redemption.operations import offline as operations
from galleria.commerce.redemption.operations.counter import Clerk
from galleria.foundation import malls, staff
from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission
from galleria.platform.auth import attempts
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx


class Upload(msgspec.Struct, frozen=True):
    """Scans a till kept while it had no network; `sent_at` is its own clock now, to correct the others by."""

    scans: Annotated[list[OfflineScan], msgspec.Meta(min_length=1, max_length=200)]
    sent_at: datetime | None = None


class Uploading(msgspec.Struct, frozen=True):
    """What the journal keeps of a late scan: its number without the changing digits."""

    request_number: UUID
    shop_id: UUID
    serial: str
    scanned_at: datetime
    bill_minor: int | None


class Uploaded(msgspec.Struct, frozen=True):
    """What became of each scan, in the order they were sent."""

    results: list[ScanResult]


class Closing(msgspec.Struct, frozen=True):
    """What a person did about a scan."""

    note: Annotated[str, msgspec.Meta(min_length=2, max_length=300, pattern=r"\S")]


class ClosingScan(msgspec.Struct, frozen=True):
    """What the journal keeps of it."""

    request_number: UUID
    note: str


@post(
    "/v1/malls/{mall_id:uuid}/redemptions/offline",
    access=STAFF,
    status_code=200,
    summary="Upload what was scanned without a network",
    tags=["redemption"],
)
async def upload(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[Upload]) -> Uploaded:
    """Settle scans made offline, the earliest first, each once however often it is sent; tell what became of each."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        tills = {shop: await malls.till(tx, mall, shop) for shop in dict.fromkeys(s.shop_id for s in data.scans)}
        for till in tills.values():
            call.actor.require(Permission.REDEEM, till.target)
        by = Clerk(call.actor.staff_id, (await staff.get_account(tx, call.actor.staff_id)).name)
    _require_sound(data)
    results: dict[UUID, ScanResult] = {}
    for scan in sorted(data.scans, key=lambda s: (s.scanned_at, s.request_number)):
        results[scan.request_number] = await _settle(call, tills[scan.shop_id], scan, data.sent_at, by)
    return Uploaded([results[scan.request_number] for scan in data.scans])


@get(
    "/v1/malls/{mall_id:uuid}/redemptions/offline",
    access=STAFF,
    summary="Scans that were uploaded late",
    tags=["redemption"],
)
async def list_late(
    call: TheCall,
    mall_id: FromPath[UUID],
    shop: FromQuery[UUID | None] = None,
    only_open: Annotated[bool | None, QueryParameter(name="open")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[LateScan]:
    """Return late scans of the shops the caller works for, newest first; `open` those a person has to look at."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        if shop is not None:
            await require_at(call, tx, mall, ShopId(shop), Permission.REDEEM)
        reach = call.actor.reach(Permission.REDEEM, await malls.mall_target(tx, mall))
        return await queries.late_scans(
            tx,
            mall_id=mall,
            reach=reach,
            shop_id=None if shop is None else ShopId(shop),
            only_open=bool(only_open),
            cursor=cursor,
            limit=limit,
        )


@post(
    "/v1/malls/{mall_id:uuid}/redemptions/offline/{request_number:uuid}/close",
    access=STAFF,
    status_code=200,
    summary="Settle a late scan by hand",
    tags=["redemption"],
)
async def close(
    call: TheCall, mall_id: FromPath[UUID], request_number: FromPath[UUID], data: JSONBody[Closing]
) -> LateScan:
    """Note what was done about a scan that was not accepted; for managers."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        found = await queries.late_scan(tx, mall_id=mall, request_number=request_number)
        await require_at(call, tx, mall, found.shop_id, Permission.REDEEM_REVERSE)

    async def operation(tx: Tx) -> LateScan:
        return await operations.close(
            tx,
            mall_id=mall,
            request_number=request_number,
            staff_id=call.actor.staff_id,
            note=data.note.strip(),
            now=call.now,
        )

    payload = ClosingScan(request_number, data.note.strip())
    return await call.write("redemption.close_scan", operation, returns=LateScan, mall_id=mall, payload=payload)


async def _settle(call: Call, till: malls.Till, scan: OfflineScan, sent_at: datetime | None, by: Clerk) -> ScanResult:
    """Settle one scan as a command of its own; a code that never was right counts as a guess."""
    bucket = f"redeem:{call.actor.staff_id}"
    await attempts.count(call.db, bucket=bucket, limit=WRONG_CODES_MAX, window_s=WRONG_CODES_WINDOW_S, now=call.now)

    async def operation(tx: Tx) -> ScanResult:
        return await operations.settle(
            tx, till=till, scan=scan, sent_at=sent_at, by=by, signer=call.runtime.signer, now=call.now
        )

    serial, _ = rules.split_code(scan.code)
    result = await call.write(
        "redemption.offline",
        operation,
        returns=ScanResult,
        mall_id=till.mall_id,
        payload=Uploading(scan.request_number, scan.shop_id, serial, scan.scanned_at, scan.bill_minor),
        replayable=False,
    )
    if result.outcome is not ScanOutcome.INVALID or result.duplicate:
        await attempts.forgive(call.db, bucket=bucket, window_s=WRONG_CODES_WINDOW_S, now=call.now)
    return result


def _require_sound(data: Upload) -> None:
    """Raise Invalid naming scans without a time zone, with something that is no code, or sent twice."""
    wrong: list[FieldError] = []
    seen: set[UUID] = set()
    if data.sent_at is not None and data.sent_at.tzinfo is None:
        wrong.append(FieldError("sent_at", "time_zone_needed"))
    for i, scan in enumerate(data.scans):
        if scan.scanned_at.tzinfo is None:
            wrong.append(FieldError(f"scans[{i}].scanned_at", "time_zone_needed"))
        if scan.request_number in seen:
            wrong.append(FieldError(f"scans[{i}].request_number", "scan_twice"))
        seen.add(scan.request_number)
        try:
            rules.split_code(scan.code)
        except Invalid:
            wrong.append(FieldError(f"scans[{i}].code", "ticket_code"))
    if wrong:
        raise Invalid(errors=tuple(wrong))


ROUTES = [upload, list_late, close]

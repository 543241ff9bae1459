"""Routes of scans: every hand-over of a bag, now or uploaded later; and whose bags they are."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter

from galleria.foundation import malls, media
from galleria.kernel.errors import DomainError, FieldError, Invalid
from galleria.kernel.ids import MallId, ShopId
from galleria.kernel.paging import Page
from galleria.onsite.handsfree import queries
from galleria.onsite.handsfree.http.asking import (
    WRONG_CODES_MAX,
    WRONG_CODES_WINDOW_S,
    person,
    require_mall,
    require_shop,
)
from galleria.onsite.handsfree.model import (
    BagHandOver,
    BagHistory,
    BagMove,
    BagOutcome,
    BagScanAnswer,
    BagShopper,
    BagState,
    BagView,
    NewBagScan,
    ScanNumberTaken,
)
from galleria.onsite.handsfree.operations import collecting, scanning
from galleria.platform import i18n
from galleria.platform.actors import Permission
from galleria.platform.auth import attempts
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import Tx

OF_A_SHOP = {BagMove.SEAL, BagMove.BACK}
BY_SCAN = {BagMove.SEAL, BagMove.TAKE, BagMove.SHELVE, BagMove.HAND, BagMove.BACK}


class BagScans(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scans a phone has made, in any order; `sent_at` is its own clock now, to correct the others by."""

    scans: Annotated[list[NewBagScan], msgspec.Meta(min_length=1, max_length=100)]
    sent_at: datetime | None = None


class Scanned(msgspec.Struct, frozen=True):
    """What the journal keeps of a scan: never a code."""

    id: UUID
    move: BagMove
    label: str
    at: datetime
    shop_id: UUID | None
    shelf_id: UUID | None
    hand_over_id: UUID | None


class BagScanAnswers(msgspec.Struct, frozen=True):
    """What became of each scan, in the order they were sent."""

    results: list[BagScanAnswer]


class HandOverOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code somebody shows to have bags; `id` is the phone's own number for the hand-over."""

    id: UUID
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class OpeningKept(msgspec.Struct, frozen=True):
    """What the journal keeps of it."""

    hand_over_id: UUID


class AskingShopper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card's code or a phone that a shopper gives in a shop."""

    shop_id: ShopId
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class BagPictureForm(msgspec.Struct, frozen=True):
    """The form that carries a picture."""

    file: UploadFile


@post("/v1/malls/{mall_id:uuid}/bags/scans", access=STAFF, status_code=200, summary="Scan bags", tags=["hands-free"])
async def scan(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[BagScans]) -> BagScanAnswers:
    """Settle scans, each once however often it is sent, and tell what became of each.

    A scan made just now that cannot be is `refused` with the reason and leaves nothing; one that was kept on the phone
    is never lost: what does not fit waits for a person.
    """
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        for shop_id in {scan.shop_id if scan.move in OF_A_SHOP else None for scan in data.scans}:
            if shop_id is None:
                call.actor.require(Permission.BAG_CARRY, await malls.mall_target(tx, mall))
            else:
                await require_shop(call, tx, mall, shop_id, Permission.BAG_CARRY)
        by = await person(call, tx)
    _require_sound(data)
    results: dict[UUID, BagScanAnswer] = {}
    for one in sorted(data.scans, key=lambda scan: (scan.at, scan.id)):
        results[one.id] = await _settle(call, mall, one, data.sent_at, by)
    return BagScanAnswers([results[one.id] for one in data.scans])


async def _settle(
    call: Call, mall: MallId, new: NewBagScan, sent_at: datetime | None, by: scanning.Person
) -> BagScanAnswer:
    """Settle one scan as a command of its own; its refusal is its own too."""

    async def operation(tx: Tx) -> BagScanAnswer:
        return await scanning.record(
            tx, mall_id=mall, new=new, sent_at=sent_at, by=by, signer=call.runtime.signer, now=call.now
        )

    kept = Scanned(new.id, new.move, new.label, new.at, new.shop_id, new.shelf_id, new.hand_over_id)
    try:
        if new.code:
            await _count_try(call)
        answer = await call.write(
            "handsfree.scan", operation, returns=BagScanAnswer, mall_id=mall, payload=kept, replayable=False
        )
    except ScanNumberTaken:
        raise
    except DomainError as error:
        return BagScanAnswer(
            id=new.id, outcome=BagOutcome.REFUSED, duplicate=False, late=False, message=_said(error, call.locale)
        )
    if new.code and answer.outcome is not BagOutcome.CODE_WRONG:
        await attempts.forgive(call.db, bucket=_bucket(call), window_s=WRONG_CODES_WINDOW_S, now=call.now)
    return answer


def _said(error: DomainError, locale: str) -> str:
    """Return why a scan was refused, with the field's own text when one is wrong."""
    if isinstance(error, Invalid) and error.errors:
        wrong = error.errors[0]
        return i18n.text(f"fields.{wrong.code}", locale, **wrong.params)
    return i18n.describe(error, locale)


def _require_sound(data: BagScans) -> None:
    """Raise Invalid naming scans without a time zone, sent twice, or of a move that no scanner makes."""
    wrong: list[FieldError] = []
    seen: set[UUID] = set()
    if data.sent_at is not None and data.sent_at.tzinfo is None:
        wrong.append(FieldError("sent_at", "time_zone_needed"))
    for i, one in enumerate(data.scans):
        if one.at.tzinfo is None:
            wrong.append(FieldError(f"scans[{i}].at", "time_zone_needed"))
        if one.id in seen:
            wrong.append(FieldError(f"scans[{i}].id", "scan_twice"))
        if one.move not in BY_SCAN:
            wrong.append(FieldError(f"scans[{i}].move", "bag_move"))
        seen.add(one.id)
    if wrong:
        raise Invalid(errors=tuple(wrong))


@post("/v1/malls/{mall_id:uuid}/bags/hand-overs", access=STAFF, summary="Open a hand-over", tags=["hands-free"])
async def open_hand_over(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[HandOverOpening]) -> BagHandOver:
    """Accept a shopper's or a proxy's code, once, and tell which bags to hand out. Needs an Idempotency-Key."""
    mall = await require_mall(call, mall_id, Permission.BAG_CARRY)
    await _count_try(call)

    async def operation(tx: Tx) -> BagHandOver:
        return await collecting.open_hand_over(
            tx, mall_id=mall, hand_over_id=data.id, code=data.code, staff_id=call.actor.staff_id,
            signer=call.runtime.signer, now=call.now,
        )  # fmt: skip

    opened = await call.write(
        "handsfree.open", operation, returns=BagHandOver, mall_id=mall, payload=OpeningKept(data.id), key_required=True
    )
    await attempts.forgive(call.db, bucket=_bucket(call), window_s=WRONG_CODES_WINDOW_S, now=call.now)
    return opened


@post(
    "/v1/malls/{mall_id:uuid}/bags/shoppers", access=STAFF, status_code=200, summary="Whose code", tags=["hands-free"]
)
async def shopper(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[AskingShopper]) -> BagShopper:
    """Tell a shop whom a card's code or a phone belongs to, as far as it needs to."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        await require_shop(call, tx, mall, data.shop_id, Permission.BAG_CARRY)
    await _count_try(call)
    async with call.db.read() as tx:
        found = await queries.shopper(tx, mall_id=mall, code=data.code, signer=call.runtime.signer, now=call.now)
    await attempts.forgive(call.db, bucket=_bucket(call), window_s=WRONG_CODES_WINDOW_S, now=call.now)
    return found


@post("/v1/malls/{mall_id:uuid}/bags/pictures", access=STAFF, summary="A sealed bag's picture", tags=["hands-free"])
async def upload(call: TheCall, mall_id: FromPath[UUID], data: MultipartBody[BagPictureForm]) -> media.Picture:
    """Store a picture of a bag and return its name; the same picture twice is one."""
    async with call.db.read() as tx:
        call.actor.reach(Permission.BAG_CARRY, await malls.mall_target(tx, MallId(mall_id)))
    return await store_picture(call, MallId(mall_id), data.file)


async def store_picture(call: Call, mall_id: MallId, file: UploadFile) -> media.Picture:
    """Store a picture that was uploaded."""
    drawn = await media.draw(await file.read())
    name = await call.runtime.files.put(drawn.content, "webp")
    return await call.write(
        "media.store",
        lambda tx: media.record(tx, name=name, drawn=drawn, now=call.now),
        returns=media.Picture,
        mall_id=mall_id,
        payload={"name": name},
    )


@get("/v1/malls/{mall_id:uuid}/bags", access=STAFF, summary="Bags", tags=["hands-free"])
async def list_bags(
    call: TheCall,
    mall_id: FromPath[UUID],
    bag_state: Annotated[BagState | None, QueryParameter(name="state")] = None,
    only_open: Annotated[bool | None, QueryParameter(name="open")] = None,
    shop: FromQuery[UUID | None] = None,
    q: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[BagView]:
    """Return bags of the shops the caller works for, the newest first; `q` is looked for in labels."""
    mall = MallId(mall_id)
    async with call.db.read() as tx:
        if shop is not None:
            await require_shop(call, tx, mall, ShopId(shop), Permission.BAG_CARRY)
        reach = call.actor.reach(Permission.BAG_CARRY, await malls.mall_target(tx, mall))
        return await queries.bags_page(
            tx,
            mall_id=mall,
            reach=reach,
            states=[bag_state] if bag_state is not None else sorted(queries.STILL_HERE) if only_open else None,
            shop_id=None if shop is None else ShopId(shop),
            q=q,
            now=call.now,
            cursor=cursor,
            limit=limit,
        )


@get("/v1/malls/{mall_id:uuid}/bags/{bag_id:uuid}", access=STAFF, summary="One bag", tags=["hands-free"])
async def get_bag(call: TheCall, mall_id: FromPath[UUID], bag_id: FromPath[UUID]) -> BagHistory:
    """Return a bag with its whole chain of custody."""
    return await _bag(call, MallId(mall_id), bag_id=bag_id)


@get("/v1/malls/{mall_id:uuid}/bags/by-label/{label:str}", access=STAFF, summary="A label's bag", tags=["hands-free"])
async def bag_of_label(call: TheCall, mall_id: FromPath[UUID], label: FromPath[str]) -> BagHistory:
    """Return the bag that a label is on, with its whole chain."""
    async with call.db.read() as tx:
        call.actor.reach(Permission.BAG_CARRY, await malls.mall_target(tx, MallId(mall_id)))
    return await _bag(call, MallId(mall_id), label=label)


async def _bag(call: Call, mall: MallId, *, label: str | None = None, bag_id: UUID | None = None) -> BagHistory:
    async with call.db.read() as tx:
        bag = await queries.find_bag(tx, mall, label=label, bag_id=bag_id)
        await require_shop(call, tx, mall, bag.shop_id, Permission.BAG_CARRY)
        return await queries.bag_history(tx, mall, bag, now=call.now)


def _bucket(call: Call) -> str:
    return f"bags:{call.actor.staff_id}"


async def _count_try(call: Call) -> None:
    """Count a code somebody tries; raises TooMany when they guess."""
    await attempts.count(
        call.db, bucket=_bucket(call), limit=WRONG_CODES_MAX, window_s=WRONG_CODES_WINDOW_S, now=call.now
    )


ROUTES = [scan, open_hand_over, shopper, upload, list_bags, get_bag, bag_of_label]

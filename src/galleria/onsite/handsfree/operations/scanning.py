"""Every hand-over is a scan. A scan is kept once, and the bag's chain told anew from all of them.

One made without a network is never refused: what does not fit is kept for a person. One made just now is refused
with the reason, so that whoever stands there can do something about it, and leaves nothing.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.foundation import malls
from galleria.kernel.errors import Conflict, DomainError, Invalid, NotFound
from galleria.kernel.ids import BagId, MallId, ShopId, StaffId, new_id
from galleria.onsite.handsfree import queries, rules
from galleria.onsite.handsfree.model import (
    ENDED,
    Bag,
    BagEnded,
    BagExceptionKind,
    BagMove,
    BagNotOfTrip,
    BagOutcome,
    BagScanAnswer,
    CardUnknown,
    CollectionCodeUsed,
    CollectionCodeWrong,
    DeskClosed,
    LabelUnknown,
    LabelUsed,
    NewBagScan,
    ProxyOver,
    Scan,
    ScanNumberTaken,
    ShelfFull,
    ShelfStorage,
    TooOld,
    WrongShop,
)
from galleria.onsite.handsfree.operations import collecting, sealing
from galleria.onsite.handsfree.store import bag as bags
from galleria.onsite.handsfree.store import desk as desks
from galleria.onsite.handsfree.store import scan as store
from galleria.platform.auth.tokens import Signer
from galleria.platform.command import Event
from galleria.platform.tx import Tx


class Person(msgspec.Struct, frozen=True):
    """Who scans, and what they are called."""

    id: StaffId
    name: str


SETTLED_ITSELF = "settled_itself"
"""What is noted of a problem that a later scan has settled."""

_OUTCOMES: list[tuple[type[DomainError], BagOutcome]] = [
    (LabelUnknown, BagOutcome.LABEL_UNKNOWN),
    (LabelUsed, BagOutcome.LABEL_USED),
    (WrongShop, BagOutcome.WRONG_SHOP),
    (CardUnknown, BagOutcome.SHOPPER_UNKNOWN),
    (CollectionCodeWrong, BagOutcome.CODE_WRONG),
    (CollectionCodeUsed, BagOutcome.CODE_USED),
    (ProxyOver, BagOutcome.PROXY_OVER),
]
_REFUSED: dict[BagOutcome, type[Conflict]] = {
    BagOutcome.AFTER_END: BagEnded,
    BagOutcome.LABEL_USED: LabelUsed,
    BagOutcome.NOT_OF_TRIP: BagNotOfTrip,
    BagOutcome.WRONG_SHOP: WrongShop,
}


async def record(
    tx: Tx, *, mall_id: MallId, new: NewBagScan, sent_at: datetime | None, by: Person, signer: Signer, now: datetime
) -> BagScanAnswer:
    """Keep a scan and return what became of it; uploaded again it returns what became of it then.

    Raises ScanNumberTaken when its number stands for another scan. A scan made just now raises what is wrong with it:
    LabelUnknown, LabelUsed, WrongShop, BagEnded, HandsFreeOff, CardUnknown, ShelfFull, ShelfStorage, DeskClosed,
    CollectionCodeWrong, CollectionCodeUsed, ProxyOver, BagNotOfTrip, Invalid.
    """
    tx.subject = str(new.id)
    label = _label_of(new)
    made_for = await store.lock_label(tx, mall_id, label)
    known = await store.find(tx, mall_id, new.id)
    if known is not None:
        return await _known(tx, known, new, label, by, now)
    at = rules.moment_of_scan(new.at, sent_at=sent_at, now=now)
    scan = Scan(
        mall_id=mall_id, id=new.id, label=label, bag_id=None, move=new.move, staff_id=by.id, staff_name=by.name,
        shop_id=new.shop_id, desk_id=None, shelf_id=new.shelf_id, collection_id=None, proxy_name=None, at=at,
        received_at=now, late=now - at > rules.LATE_AFTER, barred=False, outcome=BagOutcome.WAITING, seq=None,
        state=None, detail={}, note="",
    )  # fmt: skip
    try:
        async with tx.savepoint():
            if made_for is None:
                raise LabelUnknown
            if now - at > rules.KEPT_FOR:
                raise TooOld
            scan = await _checked(tx, scan, new, made_for.shop_id, signer, now)
    except DomainError as error:
        if not scan.late:
            raise
        tx.events.clear()
        scan = msgspec.structs.replace(scan, barred=True, outcome=_outcome_of(error), detail=_why(new, error))
    if not await store.add(tx, scan):
        raise ScanNumberTaken
    return await settle(tx, mall_id=mall_id, label=label, scan=scan, now=now)


def _label_of(new: NewBagScan) -> str:
    """Return the label's digits, or what was scanned when that is no label; raises nothing."""
    try:
        return rules.read_label(new.label)
    except Invalid:
        return new.label.replace("\x00", "").strip()[:40] or "?"


def _outcome_of(error: DomainError) -> BagOutcome:
    if isinstance(error, TooOld):
        return BagOutcome.TOO_OLD
    if isinstance(error, Invalid) and any(wrong.field == "seal.shopper" for wrong in error.errors):
        return BagOutcome.SHOPPER_UNKNOWN
    return next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), BagOutcome.REFUSED)


def _why(new: NewBagScan, error: DomainError) -> dict[str, str | int | None]:
    """Return what a person needs to put right what a late scan could not do; never a code."""
    seal = new.seal
    sealed = {} if seal is None else {"pieces": seal.pieces, "picture": seal.picture, "storage": seal.storage.value}
    return {"refused": error.code, **sealed}


async def _known(tx: Tx, known: Scan, new: NewBagScan, label: str, by: Person, now: datetime) -> BagScanAnswer:
    if (known.label, known.move, known.staff_id) != (label, new.move, by.id):
        raise ScanNumberTaken
    return await _answer(tx, known, known.outcome, now, duplicate=True)


async def _checked(
    tx: Tx, scan: Scan, new: NewBagScan, label_shop: ShopId | None, signer: Signer, now: datetime
) -> Scan:
    """Return a scan with what its move needs: a bag sealed, a shelf found, a code accepted."""
    if scan.move is BagMove.SEAL:
        return await sealing.seal(tx, scan, new, label_shop=label_shop, signer=signer, now=now)
    if scan.move is BagMove.BACK and new.shop_id is None:
        raise Invalid.field("shop_id", "required")
    if scan.move is BagMove.SHELVE:
        return await _onto_shelf(tx, scan, new)
    if scan.move is BagMove.HAND:
        if new.hand_over_id is None:
            raise Invalid.field("hand_over_id", "required")
        opened = await collecting.opened(
            tx, mall_id=scan.mall_id, hand_over_id=new.hand_over_id, code=new.code, staff_id=scan.staff_id,
            at=scan.at, late=scan.late, signer=signer, now=now,
        )  # fmt: skip
        return msgspec.structs.replace(scan, collection_id=opened.id, proxy_name=opened.proxy_name)
    return scan


async def _onto_shelf(tx: Tx, scan: Scan, new: NewBagScan) -> Scan:
    """Return a scan with its shelf's desk; a bag that lies there already needs no room."""
    shelf = None if new.shelf_id is None else await desks.find_shelf(tx, scan.mall_id, new.shelf_id)
    if shelf is None:
        raise Invalid.field("shelf_id", "bag_shelf")
    if not scan.late:
        bag = await bags.find_by_label(tx, scan.mall_id, scan.label)
        desk = (await desks.desks_by_id(tx, scan.mall_id, [shelf.desk_id]))[shelf.desk_id]
        if not desk.open:
            raise DeskClosed
        if bag is not None and bag.storage is not shelf.storage:
            raise ShelfStorage(code=shelf.code)
        moved = bag is None or bag.shelf_id != shelf.id
        if moved and not await desks.room_on_shelf(tx, scan.mall_id, shelf.id):
            raise ShelfFull(code=shelf.code, capacity=shelf.capacity)
    return msgspec.structs.replace(scan, desk_id=shelf.desk_id)


async def settle(tx: Tx, *, mall_id: MallId, label: str, scan: Scan, now: datetime) -> BagScanAnswer:
    """Tell a label's chain anew after `scan` was added, move its bag there, and see to what follows from it.

    The label's row is locked by the caller. Raises what a live scan is refused with.
    """
    bag = await bags.find_by_label(tx, mall_id, label)
    scans = await store.of_label(tx, mall_id, label)
    if bag is None:
        outcome = scan.outcome if scan.barred else BagOutcome.WAITING
        await _see_to(tx, scan, outcome, None, now)
        return await _answer(tx, scan, outcome, now)
    chain = rules.settle(await _facts(tx, mall_id, bag, scans))
    mine = next(link for link in chain.links if link.id == scan.id)
    if not scan.late and mine.outcome in _REFUSED:
        raise _REFUSED[mine.outcome]
    await store.link(tx, mall_id, bag.id, chain.links)
    await bags.place(tx, mall_id, bag.id, chain)
    by_id = {one.id: one for one in scans}
    for link in chain.links:
        if link.outcome is not by_id[link.id].outcome or link.id == scan.id:
            await _see_to(tx, by_id[link.id], link.outcome, bag.id, now)
    await _follow(tx, bag, chain, now)
    return await _answer(tx, scan, mine.outcome, now)


async def _facts(tx: Tx, mall_id: MallId, bag: Bag, scans: list[Scan]) -> list[rules.Fact]:
    """Return a label's scans as the chain asks; one on the code of another trip is no hand-over of this bag."""
    wanted = [scan.collection_id for scan in scans if scan.collection_id is not None]
    trips = await bags.trips_of_collections(tx, mall_id, wanted) if wanted else {}
    facts = []
    for scan in scans:
        strange = scan.collection_id is not None and trips[scan.collection_id] != bag.trip_id
        facts.append(
            rules.Fact(
                id=scan.id,
                move=scan.move,
                at=scan.at,
                staff_id=scan.staff_id,
                shop_id=scan.shop_id,
                desk_id=scan.desk_id,
                shelf_id=scan.shelf_id,
                barred=scan.barred or strange,
                outcome=BagOutcome.NOT_OF_TRIP if strange else scan.outcome,
            )
        )
    return facts


async def _see_to(tx: Tx, scan: Scan, outcome: BagOutcome, bag_id: BagId | None, now: datetime) -> None:
    """Have a person look at a scan that does not fit, and nobody at one that does after all."""
    if outcome not in store.NEEDS_A_PERSON:
        await store.settle_problems(
            tx, scan.mall_id, [BagExceptionKind.SCAN], [scan.id], note=SETTLED_ITSELF, now=now
        )  # fmt: skip
        return
    detail = {
        **scan.detail,
        "outcome": outcome.value,
        "move": scan.move.value,
        "staff": scan.staff_name,
        "at": scan.at.isoformat(),
    }
    await store.report(
        tx, scan.mall_id, problem_id=new_id(), kind=BagExceptionKind.SCAN, subject_id=scan.id, label=scan.label,
        bag_id=bag_id, detail=detail, now=now,
    )  # fmt: skip


async def _follow(tx: Tx, bag: Bag, chain: rules.Chain, now: datetime) -> None:
    """Tell of a move, let go of what waited for one, and close the trip when its last bag is gone."""
    if (chain.state, chain.shelf_id, chain.runner_id) == (bag.state, bag.shelf_id, bag.runner_id) and bag.moved_at == (
        chain.moved_at
    ):
        return
    settled = [BagExceptionKind.MISSING, BagExceptionKind.TO_STORE, BagExceptionKind.TO_RETURN]
    if chain.state in ENDED:
        settled.append(BagExceptionKind.TOO_LONG)
        await bags.lock_trip(tx, bag.mall_id, bag.trip_id)
        await bags.close_trip(tx, bag.mall_id, bag.trip_id, now)
    await store.settle_problems(tx, bag.mall_id, settled, [bag.id], note=SETTLED_ITSELF, now=now)
    tell(tx, bag, "" if chain.state is None else chain.state.value)


def tell(tx: Tx, bag: Bag, state: str) -> None:
    """Tell the member, the shop and the mall that a bag is elsewhere."""
    data: dict[str, str | int | None] = {"label": bag.label, "state": state, "trip_id": str(bag.trip_id)}
    topics = (f"member:{bag.member_id}", f"shop:{bag.shop_id}", f"mall:{bag.mall_id}")
    tx.emit(Event("handsfree.bag_moved", bag.id, data, topics=topics))


async def _answer(tx: Tx, scan: Scan, outcome: BagOutcome, now: datetime, *, duplicate: bool = False) -> BagScanAnswer:
    bag = await bags.find_by_label(tx, scan.mall_id, scan.label)
    seen = [] if bag is None else await queries.views(tx, scan.mall_id, [bag], now=now)
    return BagScanAnswer(
        id=scan.id, outcome=outcome, duplicate=duplicate, late=scan.late, bag=seen[0] if seen else None
    )  # fmt: skip


async def move_by_hand(
    tx: Tx, *, mall_id: MallId, bag_id: UUID, move: BagMove, reason: str, by: Person, now: datetime
) -> BagScanAnswer:
    """Move a bag without a code or a scanner, in the mall's own responsibility; the reason is kept in its chain.

    Raises NotFound and BagEnded. A bag goes back to its own shop.
    """
    found = await bags.find(tx, mall_id, bag_id)
    if found is None:
        raise NotFound
    await store.lock_label(tx, mall_id, found.label)
    till = await malls.till(tx, mall_id, found.shop_id)
    scan = Scan(
        mall_id=mall_id, id=new_id(), label=found.label, bag_id=found.id, move=move, staff_id=by.id,
        staff_name=by.name, shop_id=till.shop_id if move is BagMove.BACK else None, desk_id=None, shelf_id=None,
        collection_id=None, proxy_name=None, at=now, received_at=now, late=False, barred=False,
        outcome=BagOutcome.WAITING, seq=None, state=None, detail={}, note=reason,
    )  # fmt: skip
    tx.subject = str(found.id)
    await store.add(tx, scan)
    return await settle(tx, mall_id=mall_id, label=found.label, scan=scan, now=now)

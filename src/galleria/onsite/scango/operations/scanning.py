"""The shopper with the phone: begin, scan, change, ask for staff, give up."""

from datetime import datetime
from uuid import UUID

from galleria.foundation import catalog
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, MemberId, ShopId, StaffId, new_id
from galleria.onsite.scango import rules, store
from galleria.onsite.scango.model import (
    ITEMS_MAX,
    PIECES_MAX,
    AddScan,
    AgeCheck,
    AgeDecided,
    AgeState,
    BarcodeUnknown,
    BasketFull,
    DecideAge,
    GoodGone,
    Item,
    NotOffered,
    ScanState,
    Session,
    SessionEnded,
    SessionId,
    SessionWaiting,
    Terms,
)
from galleria.platform.command import Event
from galleria.platform.tx import Tx


async def open_session(tx: Tx, *, mall_id: MallId, shop_id: ShopId, member_id: MemberId, now: datetime) -> SessionId:
    """Begin to scan in a shop, or go on where the member was; raises NotOffered."""
    terms = await store.terms(tx, mall_id, shop_id)
    if terms is None or not terms.active:
        raise NotOffered
    new = SessionId(new_id())
    session = await store.open_session(
        tx, mall_id=mall_id, session_id=new, shop_id=shop_id, member_id=member_id, now=now
    )
    tx.subject = str(session.id)
    if session.id == new:
        tell(tx, session, "scango.opened")
    return session.id


async def add(
    tx: Tx, *, mall_id: MallId, session_id: SessionId, member_id: MemberId, scan: AddScan, now: datetime
) -> SessionId:
    """Put what was scanned into the basket.

    Raises NotFound, SessionEnded, SessionWaiting, NotOffered, Invalid for a misread barcode, BarcodeUnknown, GoodGone
    and BasketFull. Stock is looked at when the basket is paid: the good is in the shopper's hand.
    """
    session = await require_open(tx, mall_id, session_id, member_id)
    terms = await require_terms(tx, session)
    read = rules.read(scan.code, terms.formats)
    barcode = await store.find_barcode(tx, mall_id, session.shop_id, read.key)
    if barcode is None:
        raise BarcodeUnknown(barcode=scan.code)
    if not await catalog.sellable(tx, mall_id, [barcode.variant_id]):
        raise GoodGone(barcode=scan.code)
    await _put_in(tx, session, barcode, read, scan, now)
    await store.touch(tx, mall_id, session_id, removed=0, now=now)
    tell(tx, session, "scango.changed")
    return session_id


async def _put_in(
    tx: Tx, session: Session, barcode: store.Barcode, read: rules.Read, scan: AddScan, now: datetime
) -> None:
    if len(await store.items(tx, session.mall_id, session.id)) >= ITEMS_MAX:
        raise BasketFull(most=ITEMS_MAX)
    if read.measured:
        item = Item(
            id=new_id(),
            variant_id=barcode.variant_id,
            code=scan.code,
            quantity=1,
            label_minor=read.label_minor,
            weight_g=read.weight_g,
            min_age=barcode.min_age,
            added_at=now,
        )
        await store.add_weighed(tx, session.mall_id, session.id, item)
        return
    pieces = await store.add_pieces(
        tx,
        session.mall_id,
        session.id,
        item_id=new_id(),
        variant_id=barcode.variant_id,
        code=scan.code,
        quantity=scan.quantity,
        most=PIECES_MAX,
        now=now,
    )
    if pieces is None:
        raise BasketFull(most=PIECES_MAX)


async def set_quantity(
    tx: Tx,
    *,
    mall_id: MallId,
    session_id: SessionId,
    member_id: MemberId,
    item_id: UUID,
    quantity: int,
    now: datetime,
) -> SessionId:
    """Have so many pieces of a good; fewer count as taken out.

    Raises NotFound, SessionEnded, SessionWaiting, and Invalid for more of a weighed piece.
    """
    session = await require_open(tx, mall_id, session_id, member_id)
    item = next((one for one in await store.items(tx, mall_id, session_id) if one.id == item_id), None)
    if item is None:
        raise NotFound
    if quantity == 0:
        await store.take_out(tx, mall_id, session_id, [item_id])
    elif item.label_minor is not None or item.weight_g is not None:
        raise Invalid.field("quantity", "weighed_is_one")
    else:
        await store.set_pieces(tx, mall_id, session_id, item_id, quantity)
    await store.touch(tx, mall_id, session_id, removed=max(0, item.quantity - quantity), now=now)
    tell(tx, session, "scango.changed")
    return session_id


async def give_up(tx: Tx, *, mall_id: MallId, session_id: SessionId, member_id: MemberId, now: datetime) -> SessionId:
    """Give the basket up; the goods go back to their shelves. Raises NotFound, SessionEnded, SessionWaiting."""
    session = await require_open(tx, mall_id, session_id, member_id)
    await store.end(tx, mall_id, session_id, ScanState.CANCELLED, now)
    tell(tx, session, "scango.cancelled")
    return session_id


async def ask_age(tx: Tx, *, mall_id: MallId, session_id: SessionId, member_id: MemberId, now: datetime) -> SessionId:
    """Ask staff to see whether the shopper is old enough for the basket; nothing happens when they have seen it."""
    session = await require_open(tx, mall_id, session_id, member_id)
    needed = rules.needed_age(await store.items(tx, mall_id, session_id))
    if needed <= session.approved_age:
        return session_id
    asked = AgeCheck(
        id=new_id(),
        session_id=session_id,
        min_age=needed,
        state=AgeState.ASKED,
        asked_at=now,
        decided_at=None,
        staff_name="",
        reason="",
    )
    await store.ask_age(tx, mall_id, asked, session.shop_id)
    tell(tx, session, "scango.age_asked")
    return session_id


async def decide_age(
    tx: Tx,
    *,
    mall_id: MallId,
    shop_id: ShopId,
    check_id: UUID,
    decision: DecideAge,
    staff_id: StaffId,
    staff_name: str,
    now: datetime,
) -> UUID:
    """Record what staff saw of a shopper's age, once. Raises Invalid for a refusal without a reason, AgeDecided."""
    reason = decision.reason.strip()
    if not decision.approve and not reason:
        raise Invalid.field("reason", "reason_needed")
    decided = await store.decide_age(
        tx,
        mall_id,
        shop_id,
        check_id,
        state=AgeState.APPROVED if decision.approve else AgeState.REFUSED,
        staff_id=staff_id,
        staff_name=staff_name,
        reason=reason,
        now=now,
    )
    if decided is None:
        raise AgeDecided
    session = await store.find(tx, mall_id, decided.session_id)
    if session is None:
        raise NotFound
    tell(tx, session, "scango.age_decided")
    tx.subject = str(check_id)
    return check_id


async def require_open(tx: Tx, mall_id: MallId, session_id: SessionId, member_id: MemberId) -> Session:
    """Return a member's basket that can be changed, locked. Raises NotFound, SessionEnded, SessionWaiting."""
    session = await store.lock(tx, mall_id, session_id, member_id)
    if session is None:
        raise NotFound
    if session.state is ScanState.PLACED:
        raise SessionWaiting
    if session.state is not ScanState.OPEN:
        raise SessionEnded(state=session.state.value)
    return session


async def require_terms(tx: Tx, session: Session) -> Terms:
    """Return the terms of a session's shop; raises NotOffered when it has closed scan and go meanwhile."""
    terms = await store.terms(tx, session.mall_id, session.shop_id)
    if terms is None or not terms.active:
        raise NotOffered
    return terms


def tell(tx: Tx, session: Session, kind: str) -> None:
    """Say what became of a basket to its shopper's screens and the shop's."""
    tx.subject = str(session.id)
    data: dict[str, str | int | None] = {"session_id": str(session.id)}
    tx.emit(Event(kind, session.id, data, (f"member:{session.member_id}", f"shop:{session.shop_id}")))

"""The gate: a paid basket leaves once, and is looked at when its lot or its story says so."""

from datetime import datetime

from galleria.commerce import orders, returns
from galleria.foundation import catalog, staff
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, OrderId, ShopId, VariantId, new_id
from galleria.onsite.scango import queries, rules, store
from galleria.onsite.scango.model import (
    BagDifference,
    BagDiffers,
    BarcodeUnknown,
    GateDecision,
    GateRefund,
    GateResult,
    NotPaidYet,
    Outcome,
    RescanNeeded,
    ScanState,
    Session,
    SessionId,
)
from galleria.onsite.scango.operations.scanning import tell
from galleria.platform.actors import Actor, Reach
from galleria.platform.tx import Tx

LOT = "scango.lot"
"""What the key is for by which it is drawn whose bag is looked at."""


async def settle_paid(tx: Tx, *, mall_id: MallId, order_id: OrderId, key: bytes, now: datetime) -> bool:
    """Note that a basket's order is paid and draw whether its bag is looked at; False when that was done before."""
    session = await store.lock_by_order(tx, mall_id, order_id)
    if session is None or session.state is not ScanState.PLACED:
        return False
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id)
    if order.state is not orders.OrderState.PAID:
        return False
    terms = await queries.terms(tx, mall_id=mall_id, shop_id=session.shop_id)
    basket = rules.Basket(
        lot=rules.draw(key, session.id),
        removed=session.removed,
        paid_minor=order.payable_minor,
        left_before=await store.count_left(tx, mall_id, session.shop_id, session.member_id),
    )
    await store.mark_paid(tx, mall_id, session.id, reasons=rules.reasons_to_check(terms, basket), now=now)
    tell(tx, session, "scango.paid")
    return True


async def reopen(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> bool:
    """Give the basket back to the shopper whose order ended unpaid; False when there is none such."""
    session = await store.lock_by_order(tx, mall_id, order_id)
    if session is None or await store.back_to_open(tx, mall_id, order_id, now) is None:
        return False
    tell(tx, session, "scango.reopened")
    return True


async def decide(
    tx: Tx,
    *,
    mall_id: MallId,
    session_id: SessionId,
    decision: GateDecision,
    actor: Actor,
    key: bytes,
    now: datetime,
) -> GateResult:
    """Let a basket out, once, or hold it, and keep what was found in the bag.

    A basket that is to be looked at leaves only after enough of it was scanned, none only with what was paid. Raises
    NotFound, NotPaidYet, AlreadyLeft, Invalid and BarcodeUnknown for what was scanned, RescanNeeded, BagDiffers.
    """
    session = await _locked(tx, mall_id, session_id, ShopId(decision.shop_id), key, now)
    view = await queries.gate_view(tx, session=session)
    found = await _found(tx, session, decision)
    paid = rules.tally([(item.variant_id, item.quantity) for item in view.items])
    wrong = rules.differences(paid, found, everything=decision.everything)
    differing = await _named(tx, mall_id, wrong)
    if decision.outcome is Outcome.PASSED:
        if view.must_check and sum(found.values()) < view.rescan_pieces:
            raise RescanNeeded(pieces=view.rescan_pieces)
        over = [one for one in differing if one.found > one.paid]
        if over:
            raise BagDiffers(name_zh=over[0].name_zh, name_en=over[0].name_en, more=over[0].found - over[0].paid)
        await _let_out(tx, session, now)
    result = GateResult(
        id=new_id(),
        session_id=session.id,
        outcome=decision.outcome,
        state=ScanState.LEFT if decision.outcome is Outcome.PASSED else session.state,
        differences=differing,
        staff_name=(await staff.get_account(tx, actor.staff_id)).name,
        at=now,
    )
    await store.record_gate(
        tx,
        mall_id=mall_id,
        gate_id=result.id,
        session_id=session.id,
        shop_id=session.shop_id,
        outcome=result.outcome,
        scanned={str(variant_id): pieces for variant_id, pieces in found.items()},
        differences=differing,
        note=decision.note.strip(),
        staff_id=actor.staff_id,
        staff_name=result.staff_name,
        now=now,
    )
    tell(tx, session, "scango.left" if decision.outcome is Outcome.PASSED else "scango.held")
    return result


async def refund(
    tx: Tx,
    *,
    mall_id: MallId,
    session_id: SessionId,
    wanted: GateRefund,
    actor: Actor,
    reach: Reach,
    key: bytes,
    now: datetime,
) -> returns.Refund:
    """Give back at the gate what was paid and is not in the bag; it goes back to the shelf it never left.

    Raises NotFound, NotPaidYet, AlreadyLeft and the refusals of returns.
    """
    session = await _locked(tx, mall_id, session_id, ShopId(wanted.shop_id), key, now)
    if session.order_id is None:
        raise NotPaidYet
    lines = [returns.WantedLine(line_id=line.line_id, count=line.count) for line in wanted.lines]
    made = await returns.refund(
        tx,
        mall_id=mall_id,
        order_id=session.order_id,
        wanted=returns.Wanted(lines=lines, reason=wanted.reason.strip(), restock=True),
        actor=actor,
        reach=reach,
        now=now,
    )
    tell(tx, session, "scango.refunded")
    return made


async def _locked(
    tx: Tx, mall_id: MallId, session_id: SessionId, shop_id: ShopId, key: bytes, now: datetime
) -> Session:
    """Return a paid basket of the shop, locked; one whose payment has just come in is taken for paid."""
    session = await store.lock(tx, mall_id, session_id)
    if session is None or session.shop_id != shop_id:
        raise NotFound
    if session.state is ScanState.PLACED and session.order_id is not None:
        await settle_paid(tx, mall_id=mall_id, order_id=session.order_id, key=key, now=now)
        session = await store.lock(tx, mall_id, session_id) or session
    await queries.require_inside(tx, session)
    return session


async def _found(tx: Tx, session: Session, decision: GateDecision) -> dict[VariantId, int]:
    """Return the pieces found in the bag by good."""
    terms = await queries.terms(tx, mall_id=session.mall_id, shop_id=session.shop_id)
    pairs = []
    for one in decision.found:
        key = rules.read(one.code, terms.formats).key
        barcode = await store.find_barcode(tx, session.mall_id, session.shop_id, key)
        if barcode is None:
            raise BarcodeUnknown(barcode=one.code)
        pairs.append((barcode.variant_id, one.quantity))
    return rules.tally(pairs)


async def _named(tx: Tx, mall_id: MallId, wrong: dict[VariantId, tuple[int, int]]) -> list[BagDifference]:
    if not wrong:
        return []
    goods = {good.variant_id: good for good in await catalog.sellable(tx, mall_id, list(wrong))}
    return [
        BagDifference(
            variant_id=variant_id,
            name_zh=goods[variant_id].name_zh if variant_id in goods else "",
            name_en=goods[variant_id].name_en if variant_id in goods else "",
            found=found,
            paid=paid,
        )
        for variant_id, (found, paid) in wrong.items()
    ]


async def _let_out(tx: Tx, session: Session, now: datetime) -> None:
    """Mark the basket as gone, and its goods as handed over."""
    if session.order_id is None or not await store.mark_left(tx, session.mall_id, session.id, now):
        raise await queries.already_left(tx, session)
    order = await orders.get_order(tx, mall_id=session.mall_id, order_id=session.order_id)
    for part in order.sub_orders:
        open_units = [unit for line in part.lines for unit in line.units if unit.state is orders.UnitState.OPEN]
        if part.shop_id == session.shop_id and open_units:
            await orders.mark_fulfilled(tx, mall_id=session.mall_id, sub_order_id=part.id, now=now)

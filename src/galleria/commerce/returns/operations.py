"""Giving back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce import fulfilment, orders, redemption
from galleria.commerce.fulfilment import LossReason
from galleria.commerce.returns import queries, rules, store
from galleria.commerce.returns.model import (
    Back,
    NewRefund,
    Reduction,
    Refund,
    RefundedLine,
    RefundKind,
    TooLateToCancel,
    UnitRedeemed,
    Wanted,
)
from galleria.foundation import ledger, malls, members, staff
from galleria.kernel.ids import LineId, MallId, OrderId, RefundId, TenderId, VariantId, new_id
from galleria.platform.actors import SYSTEM, Actor, ActorKind, Reach
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, payments, points, stock, wallet

REFUNDED = "refund"
REDUCED = "reduction"
"""What an order's timeline tells of refunds."""

UNCLAIMED = frozenset({LossReason.UNCLAIMED_RETURNED, LossReason.UNCLAIMED_DESTROYED})


async def refund(
    tx: Tx, *, mall_id: MallId, order_id: OrderId, wanted: Wanted, actor: Actor, reach: Reach | None, now: datetime
) -> Refund:
    """Give back units of an order: money, coupon, points, stock and tickets, in one transaction.

    Each unit gives back, once, exactly what was frozen for it at placement (minor units), so any order of partial
    refunds ends the same. With `reach` (the staff's) anything of those shops goes back but used vouchers; without,
    the member asks, and only what was neither handed over nor redeemed goes back. A gift goes back with the last unit
    of the goods it was earned with, whichever shop gave it; one handed over stays. With the last unit of an order its
    coupons return, its limits are given back, and unspent coupons it had earned are void; points go as far as what
    remains paid does not earn them; stock returns where nothing was handed over, or on `wanted.restock`. Raises
    NotFound, orders.NotPaid, NothingToRefund, UnitRefunded, UnitRedeemed, UnitHandedOver, UnitOnTheWay, Invalid.
    """
    by_member = reach is None
    await orders.lock_order(tx, mall_id=mall_id, order_id=order_id)
    order = await orders.get_order(
        tx,
        mall_id=mall_id,
        order_id=order_id,
        member_id=actor.member_id if by_member else None,
        reach=reach,
    )
    if order.state is not orders.OrderState.PAID:
        raise orders.NotPaid
    dispatched = await queries.dispatched(tx, mall_id, order)
    away = queries.away_lines(order, dispatched)
    chosen = rules.choose(order, wanted, by_member=by_member, away=away)
    recorded = await orders.record_refund(
        tx,
        mall_id=mall_id,
        order_id=order_id,
        units=chosen,
        open_only=by_member,
        with_delivery=wanted.with_delivery and not by_member,
        on_the_way=dispatched,
        now=now,
    )
    gone = rules.chosen_of(recorded)
    if gone.keys() - rules.lines_of(order).keys():
        order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id)
    await _void_tickets(tx, mall_id, order, gone)
    restock = wanted.restock and actor.kind is ActorKind.STAFF
    items = rules.restocked(order, gone, restock=restock, away=away)
    return await _settle(tx, mall_id, order, recorded, items, wanted.reason, actor, now)


async def cancel(tx: Tx, *, mall_id: MallId, order_id: OrderId, actor: Actor, now: datetime) -> Refund:
    """Give everything of a member's paid order back while nothing of it has begun: a cancellation.

    Raises NotFound, orders.NotPaid, TooLateToCancel.
    """
    await orders.lock_order(tx, mall_id=mall_id, order_id=order_id)
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=actor.member_id)
    if order.state is not orders.OrderState.PAID:
        raise orders.NotPaid
    away = queries.away_lines(order, await queries.dispatched(tx, mall_id, order))
    if not rules.untouched(order, away):
        raise TooLateToCancel
    await orders.record(tx, mall_id=mall_id, order_id=order_id, what="cancelled_paid", actor=actor, now=now)
    return await refund(
        tx, mall_id=mall_id, order_id=order_id, wanted=Wanted(everything=True), actor=actor, reach=None, now=now
    )


async def refund_loss(tx: Tx, *, mall_id: MallId, loss_id: UUID, now: datetime) -> bool:
    """Refund units that do not reach the shopper, once; what came back whole goes on the shelf.

    The delivery fee goes back too when nothing of the part has come, unless the shopper did not collect it. False when
    that was done before.
    """
    loss = await fulfilment.loss(tx, mall_id=mall_id, loss_id=loss_id)
    await orders.lock_order(tx, mall_id=mall_id, order_id=loss.order_id)
    order = await orders.get_order(tx, mall_id=mall_id, order_id=loss.order_id)
    chosen = rules.lost(order, {one.line_id: one.units for one in loss.lines})
    if not chosen:
        return await fulfilment.settle_loss(tx, mall_id=mall_id, loss_id=loss_id, refund_id=None, now=now)
    recorded = await orders.record_refund(
        tx,
        mall_id=mall_id,
        order_id=order.id,
        units=chosen,
        with_delivery=loss.reason not in UNCLAIMED and rules.emptied(order, chosen, loss.sub_order_id),
        on_the_way=[loss.sub_order_id],
        now=now,
    )
    gone = rules.chosen_of(recorded)
    await _void_tickets(tx, mall_id, order, gone)
    items = rules.shelved(order, gone) if loss.restock else []
    made = await _settle(tx, mall_id, order, recorded, items, loss.reason.value, SYSTEM, now)
    return await fulfilment.settle_loss(tx, mall_id=mall_id, loss_id=loss_id, refund_id=RefundId(made.id), now=now)


async def reduce(
    tx: Tx,
    *,
    mall_id: MallId,
    order_id: OrderId,
    reductions: Sequence[Reduction],
    reason: str,
    actor: Actor,
    now: datetime,
) -> Refund:
    """Give back some of the price of units that the shopper keeps (minor units each), in one transaction.

    The shop gives it up, with the platform's fee on it; points go as far as what remains paid does not earn them. What
    is left of a unit goes back with it later, so any order of reductions and refunds ends the same. Raises NotFound,
    orders.NotPaid, orders.UnitsNotRefundable, orders.ReductionTooLarge.
    """
    amounts: dict[tuple[LineId, int], int] = {}
    for one in reductions:
        key = (one.line_id, one.unit)
        amounts[key] = amounts.get(key, 0) + one.amount_minor
    recorded = await orders.record_reduction(tx, mall_id=mall_id, order_id=order_id, reductions=amounts)
    order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id)
    return await _finish(
        tx,
        mall_id,
        order,
        recorded,
        refund_id=RefundId(new_id()),
        kind=RefundKind.REDUCTION,
        coupon_back=False,
        shelved=False,
        reason=reason.strip(),
        actor=actor,
        now=now,
    )


async def _void_tickets(tx: Tx, mall_id: MallId, order: orders.OrderView, chosen: rules.Chosen) -> None:
    tickets = await redemption.tickets_of(tx, mall_id=mall_id, order_id=order.id)
    vouchers, pickups = rules.void_tickets(order, chosen, tickets)
    if await redemption.void(tx, mall_id=mall_id, ticket_ids=vouchers) != len(vouchers):
        raise UnitRedeemed(name_zh="", name_en="", unit=0)
    await redemption.void(tx, mall_id=mall_id, ticket_ids=pickups)


async def _settle(
    tx: Tx,
    mall_id: MallId,
    order: orders.OrderView,
    recorded: orders.RecordedRefund,
    items: Sequence[tuple[VariantId, int]],
    reason: str,
    actor: Actor,
    now: datetime,
) -> Refund:
    """Give back what belongs to units that go back: coupons, goods, then points and money."""
    refund_id = RefundId(new_id())
    coupon_back = await _offers_back(tx, mall_id, recorded, now)
    await stock.give_back(tx, mall_id=mall_id, reference=refund_id, items=items, now=now)
    return await _finish(
        tx,
        mall_id,
        order,
        recorded,
        refund_id=refund_id,
        kind=RefundKind.UNITS,
        coupon_back=coupon_back,
        shelved=bool(items),
        reason=reason.strip(),
        actor=actor,
        now=now,
    )


async def _finish(
    tx: Tx,
    mall_id: MallId,
    order: orders.OrderView,
    recorded: orders.RecordedRefund,
    *,
    refund_id: RefundId,
    kind: RefundKind,
    coupon_back: bool,
    shelved: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Refund:
    """Move points and money, and write the refund down."""
    taken = await points.take_back(
        tx,
        mall_id=mall_id,
        order_id=order.id,
        remaining=queries.remaining(recorded),
        refund_id=refund_id,
        now=now,
    )
    lines = rules.describe(order, recorded.lines)
    new = NewRefund(
        mall_id=mall_id,
        id=refund_id,
        order_id=order.id,
        order_number=order.number,
        member_id=order.member_id,
        currency=order.currency,
        kind=kind,
        backs=await _money_back(tx, mall_id, recorded, refund_id, reason, now),
        delivery=rules.describe_fees(order, recorded.deliveries),
        amount_minor=recorded.amount_minor,
        points_taken=taken,
        coupon_returned=coupon_back,
        reason=reason,
        restocked=shelved,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name=await _name_of(tx, actor),
        at=now,
        lines=lines,
    )
    await store.add(tx, new)
    what = REFUNDED if kind is RefundKind.UNITS else REDUCED
    await orders.record(tx, mall_id=mall_id, order_id=order.id, what=what, actor=actor, note=reason, now=now)
    tx.subject = str(refund_id)
    tx.emit(_event(new, lines))
    return await _view(tx, new)


async def _offers_back(tx: Tx, mall_id: MallId, recorded: orders.RecordedRefund, now: datetime) -> bool:
    """Undo, once everything is given back, what the order used and earned; True when a coupon came back."""
    if not recorded.everything:
        return False
    back = False
    for claim_id in recorded.claim_ids:
        state = await coupons.give_back(tx, mall_id=mall_id, claim_id=claim_id, now=now)
        back = back or state in {coupons.ClaimState.ISSUED, coupons.ClaimState.RETURNED}
    if recorded.offers:
        await offers.give_back(tx, mall_id=mall_id, order_id=recorded.order_id)
    if recorded.earned:
        await coupons.void_granted(
            tx, mall_id=mall_id, source=coupons.Source.PURCHASE, reference=recorded.order_id, now=now
        )
    return back


async def _money_back(
    tx: Tx, mall_id: MallId, recorded: orders.RecordedRefund, refund_id: RefundId, reason: str, now: datetime
) -> list[Back]:
    """Post the promise to the ledger and give each tender back what it had paid."""
    entry = rules.entry(refund_id, mall_id, recorded)
    if entry is not None:
        await ledger.post(tx, group_id=recorded.group_id, mall_id=mall_id, entries=[entry], now=now)
    return [
        await _give_back(tx, mall_id, recorded, back, refund_id, reason, now) for back in rules.backs(recorded.backs)
    ]


async def _give_back(
    tx: Tx,
    mall_id: MallId,
    recorded: orders.RecordedRefund,
    back: Back,
    refund_id: RefundId,
    reason: str,
    now: datetime,
) -> Back:
    """Give one tender back its part: points and stored value at once, money by a job."""
    if back.kind is orders.TenderKind.POINTS:
        if back.points:
            await points.give_back(
                tx,
                group_id=recorded.group_id,
                mall_id=mall_id,
                member_id=recorded.member_id,
                points=back.points,
                taker_id=mall_id,
                spent=points.spent_by(back.tender_id),
                code=rules.POINTS_BACK,
                reference=refund_id,
                title_zh=recorded.number,
                title_en=recorded.number,
                now=now,
            )
        return back
    if back.kind is orders.TenderKind.STORED_VALUE:
        await wallet.give_back(
            tx,
            group_id=recorded.group_id,
            mall_id=mall_id,
            member_id=recorded.member_id,
            amount_minor=back.amount_minor,
            currency=recorded.currency,
            code=rules.STORED_BACK,
            reference=refund_id,
            title_zh=recorded.number,
            title_en=recorded.number,
            now=now,
        )
        return back
    if back.kind is orders.TenderKind.CASH:
        return await _owe_cash(tx, mall_id, recorded, back, reason, now)
    asked = await payments.request_refund(
        tx,
        mall_id=mall_id,
        order_id=recorded.order_id,
        tender_id=TenderId(back.tender_id),
        amount_minor=back.amount_minor,
        reason=reason or recorded.number,
        now=now,
    )
    return msgspec.structs.replace(back, refund_id=asked)


async def _owe_cash(
    tx: Tx, mall_id: MallId, recorded: orders.RecordedRefund, back: Back, reason: str, now: datetime
) -> Back:
    """Let the till that took the cash owe it; staff tell when they have paid it out."""
    tender = next(one for one in recorded.tenders if one.id == back.tender_id)
    if tender.holder_id is None:
        raise ValueError("cash that no till took")
    owed = await orders.owe_cash(
        tx,
        mall_id=mall_id,
        order_id=recorded.order_id,
        tender_id=tender.id,
        holder_id=tender.holder_id,
        amount_minor=back.amount_minor,
        currency=recorded.currency,
        reason=reason or recorded.number,
        now=now,
    )
    return msgspec.structs.replace(back, refund_id=owed)


async def _name_of(tx: Tx, actor: Actor) -> str:
    """Return the name a refund is remembered under: the staff's; empty for the member and the system."""
    return (await staff.get_account(tx, actor.staff_id)).name if actor.kind is ActorKind.STAFF else ""


async def _view(tx: Tx, new: NewRefund) -> Refund:
    member = await members.get_member(tx, await malls.group_of(tx, new.mall_id), new.member_id)
    return queries.shown(new, [_state_now(back) for back in new.backs], members.mask_phone(member.phone))


def _state_now(back: Back) -> str:
    return (payments.RefundState.SUCCEEDED if back.refund_id is None else payments.RefundState.REQUESTED).value


def _event(new: NewRefund, lines: list[RefundedLine]) -> Event:
    shops = sorted({line.shop_id for line in lines})
    return Event(
        "returns.refunded",
        new.id,
        {
            "mall_id": str(new.mall_id),
            "order_id": str(new.order_id),
            "number": new.order_number,
            "amount_minor": new.amount_minor,
            "points_taken": new.points_taken,
        },
        (f"mall:{new.mall_id}", f"member:{new.member_id}", *(f"shop:{shop_id}" for shop_id in shops)),
    )

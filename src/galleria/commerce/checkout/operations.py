"""From cart to order to paid, and the ways an order ends before it is paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from galleria.commerce import carts, orders, redemption
from galleria.commerce.checkout import rules
from galleria.commerce.checkout.model import CancelledOrder, PlacedOrder, PlaceRequest
from galleria.commerce.orders import NewOrder, OrderState, PaidOrder
from galleria.foundation import catalog, ledger, malls
from galleria.kernel.errors import Conflict, NotFound
from galleria.kernel.ids import ClaimId, MallId, MemberId, OrderId, new_id
from galleria.kernel.periods import business_date
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value import coupons, discounts, payments, points, stock
from galleria.value.payments import Intent, IntentState, Notice, Result

log = structlog.get_logger()

CLOSE_AT_PROVIDER = "checkout.close_at_provider"
LATE = "late_payment"


class CartEmpty(Conflict):
    """There is nothing to buy: the cart is empty, or these goods are already in an order."""

    code = "cart_empty"


class GoodsGone(Conflict):
    """Some goods are no longer on sale; `variant_ids` names them."""

    code = "goods_gone"


class TotalChanged(Conflict):
    """The price has changed since it was shown; `total_minor` is the new one."""

    code = "total_changed"


class CouponNotApplicable(Conflict):
    """The coupon does not hold for this order; `reason` and `missing_minor` say why."""

    code = "coupon_not_applicable"


class OrderNotWaiting(Conflict):
    """The order is not waiting for payment (any more); `state` says what it is."""

    code = "order_not_waiting"


class AlreadyPaid(OrderNotWaiting):
    """The order is paid."""

    code = "order_already_paid"


async def place(
    tx: Tx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    request: PlaceRequest,
    provider: payments.PaymentProvider | None,
    origin: str,
    hold: timedelta,
    now: datetime,
) -> PlacedOrder:
    """Turn the cart, or some of it, into an order that waits for payment until `now + hold`.

    The answer says where to pay; `origin` is the address of this installation, to come back to.

    The goods leave the cart and are reserved, the claim is held, every unit's price is frozen; all of it or nothing.
    An order with nothing to pay is complete at once. Raises CartEmpty, GoodsGone, the coupon's own refusals,
    CouponNotApplicable, TotalChanged when the price is not the one shown, and stock.OutOfStock.
    """
    mall = await carts.terms(tx, mall_id)
    order_id = OrderId(new_id())
    goods = await _take_goods(tx, mall_id, member_id, request)
    priced = await _price(tx, mall_id, member_id, order_id, goods, request, now)
    number = orders.new_number(business_date(now, mall.time_zone))
    order = NewOrder(
        id=order_id,
        group_id=mall.group_id,
        mall_id=mall_id,
        member_id=member_id,
        number=number,
        currency=mall.currency,
        claim_id=None if request.claim_id is None else ClaimId(request.claim_id),
        lines=rules.order_lines(goods, priced),
        explanation=priced.steps,
        placed_at=now,
        expires_at=now + hold,
    )
    wants = [(good.variant_id, quantity) for good, quantity in goods]
    await stock.reserve(tx, mall_id=mall_id, order_id=order_id, wants=wants, expires_at=order.expires_at)
    await orders.place(tx, order)
    tx.subject = str(order_id)
    intent = await _collect(tx, order, priced.payable_minor, provider, now)
    cashier = None if intent is None or provider is None else pay_at(provider, intent, origin)
    return PlacedOrder(
        id=order_id,
        number=number,
        state=OrderState.PAID if intent is None else OrderState.PENDING_PAYMENT,
        currency=mall.currency,
        payable_minor=priced.payable_minor,
        expires_at=order.expires_at,
        intent_id=None if intent is None else intent.id,
        cashier_url=cashier,
    )


def pay_at(provider: payments.PaymentProvider, intent: Intent, origin: str) -> str:
    """Return the cashier's address for an intent; the shopper comes back to the order's page."""
    return provider.cashier_url(intent, return_url=f"{origin}/orders/{intent.order_id}")


async def _take_goods(
    tx: Tx, mall_id: MallId, member_id: MemberId, request: PlaceRequest
) -> list[tuple[catalog.Sellable, int]]:
    """Take goods out of the cart: all of them on sale, or nothing."""
    taken = await carts.take(tx, mall_id=mall_id, member_id=member_id, variant_ids=request.variant_ids)
    if not taken or (request.variant_ids and len(taken) < len(set(request.variant_ids))):
        raise CartEmpty
    on_sale = {g.variant_id: g for g in await catalog.sellable(tx, mall_id, [entry.variant_id for entry in taken])}
    gone = [str(entry.variant_id) for entry in taken if entry.variant_id not in on_sale]
    if gone:
        raise GoodsGone(variant_ids=", ".join(gone))
    return [(on_sale[entry.variant_id], entry.quantity) for entry in taken]


async def _price(
    tx: Tx,
    mall_id: MallId,
    member_id: MemberId,
    order_id: OrderId,
    goods: rules.Goods,
    request: PlaceRequest,
    now: datetime,
) -> discounts.PricedBasket:
    """Hold the claim and price the goods with it; the total must be the one shown."""
    offers: list[coupons.ClaimedOffer] = []
    if request.claim_id is not None:
        claim_id = ClaimId(request.claim_id)
        offers = [
            await coupons.hold(tx, mall_id=mall_id, member_id=member_id, claim_id=claim_id, order_id=order_id, now=now)
        ]
    priced = discounts.price(rules.basket(goods), offers, offers[0].id if offers else None)
    for decision in priced.decisions:
        if not decision.applied:
            raise CouponNotApplicable(reason=str(decision.reason), missing_minor=decision.missing_minor)
    if priced.payable_minor != request.shown_total_minor:
        raise TotalChanged(total_minor=priced.payable_minor, shown_total_minor=request.shown_total_minor)
    return priced


async def _collect(
    tx: Tx, order: NewOrder, payable_minor: int, provider: payments.PaymentProvider | None, now: datetime
) -> Intent | None:
    """Write what is to be collected; where it is nothing, or there is no provider to ask, complete or refuse."""
    if payable_minor == 0:
        await complete(tx, mall_id=order.mall_id, order_id=order.id, now=now)
        return None
    if provider is None:
        raise NotFound
    return await payments.create_intent(
        tx,
        mall_id=order.mall_id,
        order_id=order.id,
        member_id=order.member_id,
        amount_minor=payable_minor,
        currency=order.currency,
        description=order.number,
        provider=provider.name,
        now=now,
        expires_at=order.expires_at,
    )


async def complete(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> PaidOrder | None:
    """Do everything that follows from an order being paid, once: goods, coupon, tickets, points, ledger.

    None when the order was not waiting; nothing is done then.
    """
    order = await orders.mark_paid(tx, mall_id=mall_id, order_id=order_id, now=now)
    if order is None:
        return None
    if order.claim_id is not None:
        await coupons.use(tx, mall_id=mall_id, order_id=order_id, now=now)
    await stock.take(tx, mall_id=mall_id, order_id=order_id, now=now)
    await redemption.issue(tx, order=order, now=now)
    awarded = await points.award(
        tx,
        group_id=order.group_id,
        mall_id=mall_id,
        order_id=order_id,
        member_id=order.member_id,
        sub_orders=rules.awarded_for(order),
        now=now,
    )
    paid = rules.paid_entry(order)
    entries = [*([paid] if paid else []), *awarded.entries]
    if entries:
        await ledger.post(tx, group_id=order.group_id, mall_id=mall_id, entries=entries, now=now)
    return order


class Known(Conflict):
    """The notice was taken before."""

    code = "notice_known"


async def take_notice(tx: Tx, *, notice: Notice, now: datetime) -> Result:
    """Do what a payment notice calls for, in one transaction with recording it.

    Success completes the order; money for an order no longer waiting goes back by itself. Returns succeeded, failed
    or mismatch (recorded, believed in nothing). Raises Known when the notice changes nothing, NotFound for an unknown
    payment.
    """
    settled = await payments.settle(tx, notice=notice, now=now)
    intent = settled.intent
    tx.subject = str(intent.order_id)
    if settled.result is Result.DUPLICATE:
        raise Known
    if settled.result is Result.FAILED:
        tx.emit(Event("payments.failed", intent.order_id, {}, (f"member:{intent.member_id}",)))
    if settled.result is not Result.SUCCEEDED:
        return settled.result
    order = await complete(tx, mall_id=intent.mall_id, order_id=intent.order_id, now=now)
    if order is None:
        await _return_late(tx, intent, now)
    return settled.result


async def _return_late(tx: Tx, intent: Intent, now: datetime) -> None:
    """Take in money that came too late, and promise it back at once."""
    log.warning("checkout.late_payment", intent=str(intent.id), amount_minor=intent.amount_minor)
    group_id = await malls.group_of(tx, intent.mall_id)
    await ledger.post(tx, group_id=group_id, mall_id=intent.mall_id, entries=rules.late_entries(intent), now=now)
    await payments.request_refund(
        tx,
        mall_id=intent.mall_id,
        order_id=intent.order_id,
        intent_id=intent.id,
        amount_minor=intent.amount_minor,
        reason=LATE,
        now=now,
    )
    data: dict[str, str | int | None] = {"amount_minor": intent.amount_minor}
    topics = (f"member:{intent.member_id}", f"mall:{intent.mall_id}")
    tx.emit(Event("payments.returned", intent.order_id, data, topics))


async def pay_again(tx: Tx, *, failed: Intent, now: datetime) -> Intent:
    """Open another payment for an order whose last one failed.

    Locks the order first, so that none is opened for one being cancelled or paid just now. Raises OrderNotWaiting
    when it has ended meanwhile, payments.PaymentOpen when there is an open payment.
    """
    await orders.lock_order(tx, mall_id=failed.mall_id, order_id=failed.order_id)
    order = await orders.get_order(tx, mall_id=failed.mall_id, order_id=failed.order_id, member_id=failed.member_id)
    if order.state is not OrderState.PENDING_PAYMENT or order.expires_at <= now:
        raise not_waiting(order.state)
    tx.subject = str(failed.order_id)
    return await payments.create_intent(
        tx,
        mall_id=failed.mall_id,
        order_id=failed.order_id,
        member_id=failed.member_id,
        amount_minor=failed.amount_minor,
        currency=failed.currency,
        description=failed.description,
        provider=failed.provider,
        now=now,
        expires_at=failed.expires_at,
    )


async def cancel(tx: Tx, *, mall_id: MallId, order_id: OrderId, member_id: MemberId, now: datetime) -> CancelledOrder:
    """End an order before it is paid, at its member's wish: goods, coupon and payment are given back.

    Raises NotFound, AlreadyPaid, OrderNotWaiting.
    """
    tx.subject = str(order_id)
    closed = await payments.close_intents(tx, mall_id=mall_id, order_id=order_id, now=now)
    ended = await orders.cancel(tx, mall_id=mall_id, order_id=order_id, member_id=member_id, now=now)
    if ended is None:
        order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)
        raise not_waiting(order.state)
    await _give_back(tx, mall_id, order_id, now)
    tx.jobs.extend(_closing(closed))
    return CancelledOrder(order_id, OrderState.CANCELLED)


async def expire(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> bool:
    """End an order past its time: goods and coupon are given back; False when it is not waiting any more."""
    tx.subject = str(order_id)
    closed = await payments.close_intents(tx, mall_id=mall_id, order_id=order_id, now=now)
    ended = await orders.expire(tx, mall_id=mall_id, order_id=order_id, now=now)
    if ended is None:
        raise OrderNotWaiting
    await _give_back(tx, mall_id, order_id, now)
    tx.jobs.extend(_closing(closed))
    return True


async def _give_back(tx: Tx, mall_id: MallId, order_id: OrderId, now: datetime) -> None:
    await coupons.release(tx, mall_id=mall_id, order_id=order_id, now=now)
    await stock.release(tx, mall_id=mall_id, order_id=order_id)


def _closing(intents: Sequence[Intent]) -> list[Job]:
    """Return the jobs that tell providers to take no more money for these."""
    return [Job(CLOSE_AT_PROVIDER, {"mall_id": intent.mall_id, "intent_id": intent.id}) for intent in intents]


def not_waiting(state: OrderState) -> OrderNotWaiting:
    """Return the refusal of a payment or cancellation for an order in this state."""
    return AlreadyPaid(state=state.value) if state is OrderState.PAID else OrderNotWaiting(state=state.value)


def require_payable(intent: Intent, now: datetime) -> bool:
    """Return whether the intent can be paid as it is; False when another attempt may be opened.

    Raises AlreadyPaid, OrderNotWaiting.
    """
    if intent.state is IntentState.SUCCEEDED:
        raise AlreadyPaid(state="paid")
    if intent.state is IntentState.CLOSED or intent.expires_at <= now:
        raise OrderNotWaiting(state=intent.state.value)
    return intent.state is IntentState.CREATED

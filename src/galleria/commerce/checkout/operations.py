"""From cart to order to paid, and the ways an order ends before it is paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from galleria.commerce import carts, orders, redemption
from galleria.commerce.checkout import queries
from galleria.commerce.checkout.model import CancelledOrder, PlacedOrder, PlaceRequest
from galleria.commerce.checkout.rules import basket, books
from galleria.commerce.checkout.rules.basket import Item
from galleria.commerce.orders import EndedOrder, NewOrder, OrderState, PaidOrder
from galleria.foundation import ledger, malls
from galleria.kernel.errors import Conflict, DomainError, FieldError, NotFound
from galleria.kernel.ids import CouponId, MallId, MemberId, OrderId, new_id
from galleria.kernel.periods import business_date
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, payments, points, promotions, stock
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
    """One of the coupons does not hold for this order; `title_zh`, `title_en`, `reason` and `missing_minor` say why."""

    code = "coupon_not_applicable"


class PickNotApplicable(Conflict):
    """A gift or add-on that was picked cannot be had with this order (any more); `variant_ids` names them."""

    code = "pick_not_applicable"


class PurchaseLimitReached(Conflict):
    """More is wanted than may be bought: at most `allowed` of the `wanted` under an offer, which goods `errors` tells.

    `title_zh` and `title_en` are the offer's.
    """

    code = "purchase_limit_reached"


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

    The goods leave the cart and are reserved, gifts too; claims are held, offers' limits taken, every unit's price and
    everyone's share of it frozen; all of it or nothing. An order with nothing to pay is complete at once. Raises
    CartEmpty, GoodsGone, the coupons' own refusals, CouponNotApplicable, PickNotApplicable, PurchaseLimitReached,
    offers.OfferSoldOut and OfferLimitReached for an offer that was there when the price was shown, TotalChanged when
    it is another price for any other reason, and stock.OutOfStock.
    """
    mall = await carts.terms(tx, mall_id)
    order_id = OrderId(new_id())
    bought = await _take_goods(tx, mall_id, member_id, request)
    found, priced = await _price(tx, mall, member_id, order_id, bought, request, now)
    order = NewOrder(
        id=order_id,
        group_id=mall.group_id,
        mall_id=mall_id,
        member_id=member_id,
        number=orders.new_number(business_date(now, mall.time_zone)),
        currency=mall.currency,
        claim_ids=list(request.claim_ids),
        lines=basket.order_lines(bought, priced),
        applied=basket.order_offers(bought, priced, found.offers()),
        granted=priced.granted,
        explanation=basket.explanation(priced),
        placed_at=now,
        expires_at=now + hold,
    )
    wants = [(item.good.variant_id, item.quantity) for item, _ in basket.kept(bought, priced)]
    await stock.reserve(tx, mall_id=mall_id, order_id=order_id, wants=wants, expires_at=order.expires_at)
    await orders.place(tx, order)
    await _take_limits(tx, mall, order, found, priced)
    tx.subject = str(order_id)
    intent = await _collect(tx, order, priced.payable_minor, provider, now)
    cashier = None if intent is None or provider is None else pay_at(provider, intent, origin)
    return PlacedOrder(
        id=order_id,
        number=order.number,
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


async def _take_goods(tx: Tx, mall_id: MallId, member_id: MemberId, request: PlaceRequest) -> list[Item]:
    """Take goods out of the cart, all of them on sale, or nothing; what was picked comes along."""
    taken = await carts.take(tx, mall_id=mall_id, member_id=member_id, variant_ids=request.variant_ids)
    if not taken or (request.variant_ids and len(taken) < len(set(request.variant_ids))):
        raise CartEmpty
    on_sale = await queries.sellable(tx, mall_id, [entry.variant_id for entry in taken], request.picks)
    gone = [str(entry.variant_id) for entry in taken if entry.variant_id not in on_sale]
    if gone:
        raise GoodsGone(variant_ids=", ".join(gone))
    return basket.items(taken, request.picks, on_sale)


async def _price(
    tx: Tx,
    mall: malls.Mall,
    member_id: MemberId,
    order_id: OrderId,
    bought: Sequence[Item],
    request: PlaceRequest,
    now: datetime,
) -> tuple[queries.Situation, promotions.PricedBasket]:
    """Hold the claims and price the goods with them; it must be what the shopper was shown."""
    claims = await coupons.hold_many(
        tx, mall_id=mall.id, member_id=member_id, claim_ids=request.claim_ids, order_id=order_id, now=now
    ) if request.claim_ids else []  # fmt: skip
    lines = basket.basket(bought)
    found = await queries.situation(
        tx, mall=mall, member_id=member_id, claims=claims, lines=lines, channel=request.channel, now=now
    )
    chosen = set(request.claim_ids)
    priced = found.price(lines, chosen)
    refused = _refusal(request, bought, priced)
    if refused is not None:
        unused = found.as_if_unused().price(lines, chosen) if found.context.used else None
        if unused is not None and _refusal(request, bought, unused) is None:
            raise _used_up(priced, unused) or refused
        raise refused
    return found, priced


def _refusal(request: PlaceRequest, bought: Sequence[Item], priced: promotions.PricedBasket) -> DomainError | None:
    """Return why a price is not the order the shopper asked for, or None."""
    if priced.violations:
        return _over_limit(priced.violations[0])
    for one in priced.decisions:
        if one.source is promotions.Source.COUPON and not one.applied:
            return CouponNotApplicable(
                title_zh=one.title_zh,
                title_en=one.title_en,
                reason=str(one.reason),
                missing_minor=one.missing_minor,
            )
    lost = basket.missing_picks(request.picks, bought, priced)
    if lost:
        return PickNotApplicable(variant_ids=", ".join(str(pick.variant_id) for pick in lost))
    if priced.payable_minor != request.shown_total_minor:
        return TotalChanged(total_minor=priced.payable_minor, shown_total_minor=request.shown_total_minor)
    return None


def _over_limit(one: promotions.Violation) -> PurchaseLimitReached:
    errors = tuple(
        FieldError(f"variants[{variant_id}]", "purchase_limit", {"allowed": one.allowed})
        for variant_id in one.variant_ids
    )
    return PurchaseLimitReached(
        errors=errors, title_zh=one.title_zh, title_en=one.title_en, allowed=one.allowed, wanted=one.wanted
    )


def _used_up(priced: promotions.PricedBasket, unused: promotions.PricedBasket) -> DomainError | None:
    """Return the refusal that names the offer which others, or the shopper, have used up since the price was shown."""
    wanted = basket.applied_ids(unused)
    for one in priced.decisions:
        if one.id in wanted and not one.applied and one.reason is promotions.Reason.SOLD_OUT:
            return offers.OfferSoldOut(title_zh=one.title_zh, title_en=one.title_en)
        if one.id in wanted and not one.applied and one.reason is promotions.Reason.LIMIT_REACHED:
            return offers.OfferLimitReached(title_zh=one.title_zh, title_en=one.title_en)
    return None


async def _take_limits(
    tx: Tx, mall: malls.Mall, order: NewOrder, found: queries.Situation, priced: promotions.PricedBasket
) -> None:
    """Count what the order takes of its offers' limits; offers without limits cost no statement."""
    uses = [use for use in priced.uses if use.id in found.book.limited]
    if uses:
        await offers.take(
            tx,
            mall_id=order.mall_id,
            order_id=order.id,
            member_id=order.member_id,
            household_id=found.household_id,
            uses=uses,
            day=business_date(order.placed_at, mall.time_zone),
            now=order.placed_at,
        )


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
    """Do everything that follows from an order being paid, once: coupons, offers, goods, tickets, points, ledger.

    None when the order was not waiting; nothing is done then.
    """
    order = await orders.mark_paid(tx, mall_id=mall_id, order_id=order_id, now=now)
    if order is None:
        return None
    if order.claim_ids:
        await coupons.use(tx, mall_id=mall_id, order_id=order_id, now=now)
    await stock.take(tx, mall_id=mall_id, order_id=order_id, now=now)
    if order.offers:
        await offers.settle(tx, mall_id=mall_id, order_id=order_id)
    await _grant(tx, order, now)
    await redemption.issue(tx, order=order, now=now)
    awarded = await points.award(
        tx,
        group_id=order.group_id,
        mall_id=mall_id,
        order_id=order_id,
        member_id=order.member_id,
        sub_orders=books.awarded_for(order),
        now=now,
    )
    paid = books.paid_entry(order)
    entries = [*([paid] if paid else []), *awarded.entries]
    if entries:
        await ledger.post(tx, group_id=order.group_id, mall_id=mall_id, entries=entries, now=now)
    return order


async def _grant(tx: Tx, order: PaidOrder, now: datetime) -> None:
    """Give the coupons for later that the order has earned; one that cannot be had any more does not hold up paying."""
    for coupon_id, quantity in books.granted(order):
        try:
            async with tx.savepoint():
                await coupons.grant(
                    tx,
                    mall_id=order.mall_id,
                    coupon_id=CouponId(coupon_id),
                    member_id=order.member_id,
                    source=coupons.ClaimSource.PURCHASE,
                    reference=order.id,
                    quantity=quantity,
                    now=now,
                )
        except DomainError as error:
            log.warning("checkout.not_granted", order=str(order.id), coupon=str(coupon_id), code=error.code)


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
    await ledger.post(tx, group_id=group_id, mall_id=intent.mall_id, entries=books.late_entries(intent), now=now)
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
    """End an order before it is paid, at its member's wish: goods, coupons, limits and payment are given back.

    Raises NotFound, AlreadyPaid, OrderNotWaiting.
    """
    tx.subject = str(order_id)
    closed = await payments.close_intents(tx, mall_id=mall_id, order_id=order_id, now=now)
    ended = await orders.cancel(tx, mall_id=mall_id, order_id=order_id, member_id=member_id, now=now)
    if ended is None:
        order = await orders.get_order(tx, mall_id=mall_id, order_id=order_id, member_id=member_id)
        raise not_waiting(order.state)
    await _give_back(tx, ended, now)
    tx.jobs.extend(_closing(closed))
    return CancelledOrder(order_id, OrderState.CANCELLED)


async def expire(tx: Tx, *, mall_id: MallId, order_id: OrderId, now: datetime) -> bool:
    """End an order past its time: goods, coupons and limits are given back; False when it is not waiting any more."""
    tx.subject = str(order_id)
    closed = await payments.close_intents(tx, mall_id=mall_id, order_id=order_id, now=now)
    ended = await orders.expire(tx, mall_id=mall_id, order_id=order_id, now=now)
    if ended is None:
        raise OrderNotWaiting
    await _give_back(tx, ended, now)
    tx.jobs.extend(_closing(closed))
    return True


async def _give_back(tx: Tx, ended: EndedOrder, now: datetime) -> None:
    if ended.claim_ids:
        await coupons.release(tx, mall_id=ended.mall_id, order_id=ended.id, now=now)
    await stock.release(tx, mall_id=ended.mall_id, order_id=ended.id)
    if ended.offers:
        await offers.release(tx, mall_id=ended.mall_id, order_id=ended.id)


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

"""From cart to order: what was shown is placed, all of it or nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from galleria.commerce import carts, orders
from galleria.commerce.checkout import queries
from galleria.commerce.checkout.model import PlacedOrder, PlaceRequest
from galleria.commerce.checkout.operations.completing import complete
from galleria.commerce.checkout.operations.paying import pay_at
from galleria.commerce.checkout.operations.refusals import (
    CartEmpty,
    CouponNotApplicable,
    GoodsGone,
    PickNotApplicable,
    PurchaseLimitReached,
    TotalChanged,
)
from galleria.commerce.checkout.rules import basket
from galleria.commerce.checkout.rules.basket import Item
from galleria.commerce.orders import NewOrder, OrderState
from galleria.foundation import malls
from galleria.kernel.errors import DomainError, FieldError, NotFound
from galleria.kernel.ids import MallId, MemberId, OrderId, new_id
from galleria.kernel.periods import business_date
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, payments, promotions, stock
from galleria.value.payments import Intent


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
        tx, mall=mall, member_id=member_id, claims=claims, lines=lines, channel=request.channel, now=now, binding=True
    )
    chosen = set(request.claim_ids)
    priced = found.price(lines, chosen)
    refused = _refusal(request, bought, priced)
    if refused is not None:
        explained = bool(priced.violations) or not found.context.used
        unused = None if explained else found.as_if_unused().price(lines, chosen)
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
        if one.applied or one.id not in wanted:
            continue
        titles: dict[str, str | int] = {
            "offer_id": str(one.offer_id),
            "title_zh": one.title_zh,
            "title_en": one.title_en,
        }
        if one.reason is promotions.Reason.SOLD_OUT:
            return offers.OfferSoldOut(errors=(), left=0, **titles)
        if one.reason is promotions.Reason.LIMIT_REACHED:
            return offers.OfferLimitReached(errors=(), **titles)
    return None


async def _take_limits(
    tx: Tx, mall: malls.Mall, order: NewOrder, found: queries.Situation, priced: promotions.PricedBasket
) -> None:
    """Write down what the order takes of automatic offers, and count it against their limits."""
    if priced.uses:
        await offers.take(
            tx,
            mall_id=order.mall_id,
            order_id=order.id,
            member_id=order.member_id,
            household_id=found.household_id,
            uses=priced.uses,
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

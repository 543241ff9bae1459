"""From cart to order: what was shown is placed, all of it or nothing."""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta

import msgspec

from galleria.commerce import carts, fulfilment, orders
from galleria.commerce.checkout import queries
from galleria.commerce.checkout.model import BasketItem, Channel, PayPart, Pick, PlacedOrder, PlaceRequest, Split
from galleria.commerce.checkout.operations import holding
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
from galleria.commerce.checkout.rules import basket, tenders, ways
from galleria.commerce.checkout.rules.basket import Item
from galleria.commerce.orders import NewDelivery, NewOrder, OrderState, TenderKind, Way, WayChoice
from galleria.foundation import malls
from galleria.kernel.errors import DomainError, FieldError, NotFound
from galleria.kernel.ids import ClaimId, MallId, MemberId, OrderId, VariantId, new_id
from galleria.kernel.periods import business_date
from galleria.platform.tx import Tx
from galleria.value import coupons, offers, payments, points, promotions, stock
from galleria.value.payments import Intent, Scene


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody places, wherever the goods come from: `ways` are still to be booked, `deliveries` are settled."""

    member_id: MemberId
    shown_total_minor: int
    claim_ids: list[ClaimId]
    channel: Channel
    picks: list[Pick] = []
    ways: list[WayChoice] = []
    deliveries: list[NewDelivery] = []
    points: int = 0
    stored_value_minor: int = 0
    scene: Scene | None = None
    split: Sequence[Split] | None = None


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

    The goods leave the cart and are reserved, gifts too; claims are held, ways booked, offers' limits taken, every
    unit's price and everyone's share frozen, points and stored value set aside; all of it or nothing. An order with
    nothing left to collect is complete at once. Raises CartEmpty, GoodsGone, the coupons' own refusals,
    CouponNotApplicable, PickNotApplicable, PurchaseLimitReached, offers.OfferSoldOut and OfferLimitReached for an offer
    that was there when the price was shown, TotalChanged when it is another price for any other reason,
    stock.OutOfStock, fulfilment's WayNotOffered, SlotFull and PointFull, Invalid for points or stored value that cannot
    be used so, points.InsufficientPoints and wallet.InsufficientStoredValue.
    """
    ways.require_choosable(request.ways)
    mall = await carts.terms(tx, mall_id)
    bought = await _take_goods(tx, mall_id, member_id, request)
    asked = Asked(
        member_id=member_id,
        shown_total_minor=request.shown_total_minor,
        claim_ids=request.claim_ids,
        channel=request.channel,
        picks=request.picks,
        ways=request.ways,
        points=request.points,
        stored_value_minor=request.stored_value_minor,
        scene=request.scene,
    )
    return await _place(tx, mall, bought, asked, provider=provider, origin=origin, hold=hold, now=now)


async def place_items(
    tx: Tx,
    *,
    mall_id: MallId,
    member_id: MemberId,
    items: Sequence[BasketItem],
    channel: Channel,
    way: Way,
    shown_total_minor: int,
    provider: payments.PaymentProvider | None,
    origin: str,
    hold: timedelta,
    now: datetime,
    claim_ids: Sequence[ClaimId] = (),
    points: int = 0,
    stored_value_minor: int = 0,
    scene: Scene | None = None,
    split: Sequence[Split] | None = None,
) -> PlacedOrder:
    """Turn goods that no cart holds into an order, as `place` does; all of them go the same way, without a fee.

    With a `split` each payer's part is collected by itself; the order is paid once all are. Raises what `place` raises.
    """
    mall = await carts.terms(tx, mall_id)
    if not items:
        raise CartEmpty
    on_sale = await queries.sellable(tx, mall_id, [one.variant_id for one in items], [])
    _require_on_sale([one.variant_id for one in items], on_sale)
    bought = basket.loose(items, on_sale)
    asked = Asked(
        member_id=member_id,
        shown_total_minor=shown_total_minor,
        claim_ids=list(claim_ids),
        channel=channel,
        deliveries=[NewDelivery(shop_id=shop_id, way=way) for shop_id in {item.good.shop_id for item in bought}],
        points=points,
        stored_value_minor=stored_value_minor,
        scene=scene,
        split=split,
    )
    return await _place(tx, mall, bought, asked, provider=provider, origin=origin, hold=hold, now=now)


async def _place(
    tx: Tx,
    mall: malls.Mall,
    bought: Sequence[Item],
    asked: Asked,
    *,
    provider: payments.PaymentProvider | None,
    origin: str,
    hold: timedelta,
    now: datetime,
) -> PlacedOrder:
    order_id = OrderId(new_id())
    found, priced, deliveries = await _price(tx, mall, order_id, bought, asked, now)
    fees = await queries.fees(tx, mall.id, {item.good.merchant_id for item in bought}, now)
    order = NewOrder(
        id=order_id,
        group_id=mall.group_id,
        mall_id=mall.id,
        member_id=asked.member_id,
        number=orders.new_number(business_date(now, mall.time_zone)),
        currency=mall.currency,
        claim_ids=asked.claim_ids,
        lines=basket.order_lines(bought, priced, fees),
        applied=basket.order_offers(bought, priced, found.offers()),
        granted=priced.granted,
        explanation=basket.explanation(priced),
        placed_at=now,
        expires_at=now + hold,
        channel=asked.channel,
        deliveries=basket.deliveries(deliveries, priced),
        tenders=tenders.tenders(
            order_id,
            asked.member_id,
            priced.payable_minor,
            policy=await points.spend_policy(tx, mall.id) if asked.points else None,
            points_used=asked.points,
            stored_value_minor=asked.stored_value_minor,
            provider=None if provider is None else provider.name,
            split=asked.split,
        ),
    )
    wants = [(item.good.variant_id, item.quantity) for item, _ in basket.kept(bought, priced)]
    await stock.reserve(tx, mall_id=mall.id, order_id=order_id, wants=wants, expires_at=order.expires_at)
    await orders.place(tx, order)
    await _take_limits(tx, mall, order, found, priced)
    await holding.set_aside(tx, order)
    tx.subject = str(order_id)
    pay = await _collect(tx, order, provider, asked.scene)
    first = pay[0] if pay else None
    return PlacedOrder(
        id=order_id,
        number=order.number,
        state=OrderState.PAID if first is None else OrderState.PENDING_PAYMENT,
        currency=mall.currency,
        payable_minor=priced.payable_minor,
        expires_at=order.expires_at,
        intent_id=None if first is None else first.id,
        cashier_url=None if first is None or provider is None else pay_at(provider, first, origin),
        pay=[_part(one, order) for one in pay],
    )


async def _take_goods(tx: Tx, mall_id: MallId, member_id: MemberId, request: PlaceRequest) -> list[Item]:
    """Take goods out of the cart, all of them on sale, or nothing; what was picked comes along."""
    taken = await carts.take(tx, mall_id=mall_id, member_id=member_id, variant_ids=request.variant_ids)
    if not taken or (request.variant_ids and len(taken) < len(set(request.variant_ids))):
        raise CartEmpty
    on_sale = await queries.sellable(tx, mall_id, [entry.variant_id for entry in taken], request.picks)
    _require_on_sale([entry.variant_id for entry in taken], on_sale)
    return basket.items(taken, request.picks, on_sale)


def _require_on_sale(wanted: Sequence[VariantId], on_sale: Container[VariantId]) -> None:
    gone = [str(variant_id) for variant_id in wanted if variant_id not in on_sale]
    if gone:
        raise GoodsGone(variant_ids=", ".join(gone))


async def _price(
    tx: Tx, mall: malls.Mall, order_id: OrderId, bought: Sequence[Item], asked: Asked, now: datetime
) -> tuple[queries.Situation, promotions.PricedBasket, list[NewDelivery]]:
    """Hold the claims, book the ways and price it all; it must be what the shopper was shown."""
    claims = await coupons.hold_many(
        tx, mall_id=mall.id, member_id=asked.member_id, claim_ids=asked.claim_ids, order_id=order_id, now=now
    ) if asked.claim_ids else []  # fmt: skip
    lines, chosen = basket.basket(bought), set(asked.claim_ids)
    found = await queries.situation(
        tx,
        mall=mall,
        member_id=asked.member_id,
        claims=claims,
        lines=lines,
        channel=asked.channel,
        now=now,
        binding=True,
    )
    deliveries = asked.deliveries
    if any(fulfilment.needs_booking(one) for one in asked.ways):
        deliveries = await _book(tx, mall.id, order_id, ways.parts(bought, found.price(lines, chosen)), asked, now)
        found = found.brought(sum(one.delivery_minor for one in deliveries))
    priced = found.price(lines, chosen)
    refused = _refusal(asked, bought, priced)
    if refused is not None:
        explained = bool(priced.violations) or not found.context.used
        unused = None if explained else found.as_if_unused().price(lines, chosen)
        if unused is not None and _refusal(asked, bought, unused) is None:
            raise _used_up(priced, unused) or refused
        raise refused
    return found, priced, deliveries


async def _book(
    tx: Tx, mall_id: MallId, order_id: OrderId, parts: Sequence[fulfilment.Part], asked: Asked, now: datetime
) -> list[NewDelivery]:
    """Book the ways chosen; slots and compartments are locked before goods, as at the end of an order."""
    bookings = await fulfilment.book(
        tx, mall_id=mall_id, order_id=order_id, member_id=asked.member_id, parts=parts, choices=asked.ways, now=now
    )
    return ways.booked(bookings)


def _refusal(asked: Asked, bought: Sequence[Item], priced: promotions.PricedBasket) -> DomainError | None:
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
    lost = basket.missing_picks(asked.picks, bought, priced)
    if lost:
        return PickNotApplicable(variant_ids=", ".join(str(pick.variant_id) for pick in lost))
    if priced.payable_minor != asked.shown_total_minor:
        return TotalChanged(total_minor=priced.payable_minor, shown_total_minor=asked.shown_total_minor)
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
    tx: Tx, order: NewOrder, provider: payments.PaymentProvider | None, scene: Scene | None
) -> list[Intent]:
    """Write what is to be collected; where it is nothing, or there is no provider to ask, complete or refuse."""
    waiting = [one for one in order.tenders if one.kind is TenderKind.PROVIDER]
    if not waiting:
        await complete(tx, mall_id=order.mall_id, order_id=order.id, now=order.placed_at)
        return []
    if provider is None:
        raise NotFound
    return [
        await payments.create_intent(
            tx,
            mall_id=order.mall_id,
            order_id=order.id,
            member_id=one.payer_id or order.member_id,
            amount_minor=one.amount_minor,
            currency=order.currency,
            description=order.number,
            provider=provider.name,
            now=order.placed_at,
            expires_at=order.expires_at,
            tender_id=one.id,
            scene=scene or Scene.PAGE,
        )
        for one in waiting
    ]


def _part(intent: Intent, order: NewOrder) -> PayPart:
    payer = next(one.payer_id for one in order.tenders if one.id == intent.tender_id)
    return PayPart(tender_id=intent.tender_id, amount_minor=intent.amount_minor, payer_id=payer, intent_id=intent.id)

"""A price as screens show it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from galleria.commerce import carts
from galleria.commerce.checkout.model import (
    ChoiceCard,
    CouponChoice,
    EvaluatedLine,
    Evaluation,
    LineDiscount,
    LineOffer,
    OfferChoice,
    ProductOffers,
    Quote,
    QuoteLine,
    QuoteShop,
    TenderChoices,
    VariantWithOffers,
)
from galleria.commerce.checkout.rules import basket, ways
from galleria.commerce.checkout.rules.basket import Item
from galleria.commerce.fulfilment import WayOffer
from galleria.commerce.orders import NewDelivery
from galleria.foundation.catalog import Sellable
from galleria.kernel.ids import ClaimId, CouponId, ProductId, ShopId, VariantId
from galleria.value.promotions import Decision, PricedBasket, PricedLine, Reason, Source

NEVER_USABLE = {
    Reason.NO_MATCHING_GOODS,
    Reason.THRESHOLD,
    Reason.PIECES,
    Reason.NO_EFFECT,
    Reason.NOT_STARTED,
    Reason.ENDED,
    Reason.NOT_TODAY,
    Reason.NOT_THIS_HOUR,
    Reason.CHANNEL,
    Reason.NOT_ON_SITE,
    Reason.LIMIT_REACHED,
    Reason.SOLD_OUT,
}
"""Why choosing a coupon would not help either."""

ALMOST = {
    Reason.THRESHOLD,
    Reason.PIECES,
    Reason.CHOOSE,
    Reason.NOT_ON_SITE,
    Reason.MEMBERS_ONLY,
    Reason.LIMIT_REACHED,
    Reason.SOLD_OUT,
    Reason.EXCLUDED,
    Reason.TOO_MANY,
    Reason.NOT_BEST,
    Reason.NOT_CHOSEN,
}
"""Why an offer that is not applied matters to a shopper all the same."""

UNMATCHED = f"skipped_{Reason.NO_MATCHING_GOODS}"

Cards = Mapping[VariantId, tuple[Sellable, int]]
"""Goods that can be picked, and what stock has of each."""


def matters(decision: Decision) -> bool:
    """Return whether a shopper wants to hear of an automatic offer: it holds, or almost."""
    return decision.source is Source.AUTOMATIC and (decision.applied or decision.reason in ALMOST)


def quote(
    bought: Sequence[Item],
    gone: Sequence[carts.CartEntry],
    priced: PricedBasket,
    currency: str,
    cards: Cards,
    *,
    going: Sequence[WayOffer] = (),
    paying: TenderChoices | None = None,
) -> Quote:
    """Return a price as the checkout screen shows it; with `going` how its goods can come, `paying` what pays."""
    deliveries = {one.shop_id: one for one in basket.deliveries(ways.shown(going), priced)}
    decided = {one.id: one for one in priced.decisions}
    shops: dict[ShopId, list[tuple[Sellable, QuoteLine]]] = {}
    for item, line in basket.kept(bought, priced):
        shown = QuoteLine(
            line=carts.line(item.good, item.quantity, None),
            discount_minor=line.discount_minor,
            payable_minor=line.payable_minor,
            applied=_discounts(line, decided),
            granted_by=item.granted_by,
        )
        shops.setdefault(item.good.shop_id, []).append((item.good, shown))
    mine = [one for one in priced.decisions if one.source is Source.COUPON]
    return Quote(
        currency=currency,
        goods_minor=priced.goods_minor,
        discount_minor=priced.discount_minor,
        delivery_minor=priced.delivery_minor,
        delivery_discount_minor=priced.delivery_discount_minor,
        payable_minor=priced.payable_minor,
        claim_ids=[ClaimId(one.id) for one in mine if one.applied],
        picks=basket.picked(bought, priced),
        shops=[_quote_shop(pairs, deliveries.get(shop_id)) for shop_id, pairs in shops.items()],
        gone=list(gone),
        coupons=[_coupon(one) for one in mine],
        offers=[choice(one, bought, cards) for one in priced.decisions if matters(one)],
        granted=priced.granted,
        violations=priced.violations,
        explanation=[step for step in priced.steps if step.code != UNMATCHED],
        exact=priced.exact,
        can_place=bool(bought) and not gone and not priced.violations and ways.can_go(going),
        ways=list(going),
        tenders=paying,
    )


def _discounts(line: PricedLine, decided: Mapping[UUID, Decision]) -> list[LineDiscount]:
    return [
        LineDiscount(
            id=one.id,
            offer_id=one.offer_id,
            title_zh=decided[one.id].title_zh,
            title_en=decided[one.id].title_en,
            discount_minor=sum(one.units),
        )
        for one in line.applied
    ]


def _quote_shop(pairs: Sequence[tuple[Sellable, QuoteLine]], delivery: NewDelivery | None) -> QuoteShop:
    good, going = pairs[0][0], delivery or NewDelivery(shop_id=pairs[0][0].shop_id)
    lines = [line for _, line in pairs]
    return QuoteShop(
        shop_id=good.shop_id,
        shop_zh=good.shop_zh,
        shop_en=good.shop_en,
        goods_minor=sum(line.line.amount_minor for line in lines),
        discount_minor=sum(line.discount_minor for line in lines),
        payable_minor=sum(line.payable_minor for line in lines),
        way=going.way,
        delivery_minor=going.delivery_minor,
        delivery_discount_minor=going.delivery_discount_minor,
        lines=lines,
    )


def _coupon(one: Decision) -> CouponChoice:
    return CouponChoice(
        claim_id=ClaimId(one.id),
        coupon_id=CouponId(one.offer_id),
        kind=one.kind,
        title_zh=one.title_zh,
        title_en=one.title_en,
        applied=one.applied,
        usable=one.reason not in NEVER_USABLE,
        discount_minor=one.discount_minor,
        reason=one.reason,
        missing_minor=one.missing_minor,
        missing_pieces=one.missing_pieces,
        beside=one.beside,
    )


def choice(one: Decision, bought: Sequence[Item], cards: Cards) -> OfferChoice:
    """Return a decision as a screen shows it, its choices as goods with a price."""
    return OfferChoice(
        id=one.id,
        offer_id=one.offer_id,
        version=one.version,
        source=one.source,
        kind=one.kind,
        layer=one.layer,
        title_zh=one.title_zh,
        title_en=one.title_en,
        applied=one.applied,
        discount_minor=one.discount_minor,
        reason=one.reason,
        missing_minor=one.missing_minor,
        missing_pieces=one.missing_pieces,
        beside=one.beside,
        units=one.units,
        choices=[
            _card(*cards[each.variant_id], each.price_minor, _picked_of(one.id, each.variant_id, bought))
            for each in one.choices
            if each.variant_id in cards
        ],
    )


def _picked_of(offer_id: UUID, variant_id: VariantId, bought: Sequence[Item]) -> int:
    return sum(item.quantity for item in bought if item.granted_by == offer_id and item.good.variant_id == variant_id)


def _card(good: Sellable, left: int, price_minor: int, picked: int) -> ChoiceCard:
    return ChoiceCard(
        variant_id=good.variant_id,
        product_id=good.product_id,
        shop_id=good.shop_id,
        shop_zh=good.shop_zh,
        shop_en=good.shop_en,
        kind=good.kind,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=good.option_zh,
        option_en=good.option_en,
        picture=good.picture,
        price_minor=price_minor,
        usual_price_minor=good.price_minor,
        left=left,
        picked=picked,
    )


def choosable(decisions: Sequence[Decision]) -> list[VariantId]:
    """Return the goods that may be picked under these decisions, each once."""
    return list(dict.fromkeys(each.variant_id for one in decisions for each in one.choices))


def matching(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions on offers that something in the basket matches."""
    return [one for one in decisions if one.reason is not Reason.NO_MATCHING_GOODS]


def evaluation(
    bought: Sequence[Item],
    gone: Sequence[VariantId],
    priced: PricedBasket,
    told: Sequence[Decision],
    currency: str,
    cards: Cards,
    *,
    others: int,
) -> Evaluation:
    """Return a price with its full explanation; offers that are not among those `told` are only counted.

    `others` are offers and coupons that nothing in the basket matches, left out before pricing.
    """
    return Evaluation(
        currency=currency,
        goods_minor=priced.goods_minor,
        discount_minor=priced.discount_minor,
        payable_minor=priced.payable_minor,
        lines=[
            EvaluatedLine(
                variant_id=item.good.variant_id,
                quantity=item.quantity,
                unit_price_minor=item.good.price_minor,
                unit_paid_minor=line.unit_paid_minor,
                discount_minor=line.discount_minor,
                payable_minor=line.payable_minor,
                granted_by=item.granted_by,
                applied=[LineOffer(id=one.id, units=one.units) for one in line.applied],
            )
            for item, line in basket.kept(bought, priced)
        ],
        gone=list(gone),
        offers=[choice(one, bought, cards) for one in told],
        not_matching=len(priced.decisions) - len(told) + others,
        granted=priced.granted,
        violations=priced.violations,
        explanation=[step for step in priced.steps if step.code != UNMATCHED],
        exact=priced.exact,
    )


def product_offers(
    product_id: ProductId, currency: str, priced: Sequence[tuple[Item, PricedBasket]], cards: Cards
) -> ProductOffers:
    """Return what holds for one unit of each variant; of an offer that differs, what is nearest to holding."""
    nearest: dict[UUID, Decision] = {}
    for _, one in priced:
        for decision in one.decisions:
            if matters(decision) and (
                decision.id not in nearest or _nearness(decision) < _nearness(nearest[decision.id])
            ):
                nearest[decision.id] = decision
    return ProductOffers(
        product_id=product_id,
        currency=currency,
        variants=[
            VariantWithOffers(
                variant_id=item.good.variant_id,
                price_minor=item.good.price_minor,
                with_offers_minor=one.payable_minor,
            )
            for item, one in priced
        ],
        offers=[choice(one, [], cards) for one in sorted(nearest.values(), key=_nearness)],
    )


def _nearness(one: Decision) -> tuple[bool, bool, int, int, int, UUID]:
    return (
        not one.applied,
        one.reason not in {Reason.THRESHOLD, Reason.PIECES, Reason.CHOOSE},
        one.missing_pieces,
        one.missing_minor,
        -one.discount_minor,
        one.id,
    )

"""What is bought as pricing takes it, and a price as an order keeps it."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

import msgspec

from galleria.commerce.carts import CartEntry
from galleria.commerce.checkout.model import BasketItem, Pick
from galleria.commerce.orders import NewApplied, NewDelivery, NewLine, Share
from galleria.foundation.catalog import Sellable
from galleria.kernel.allocation import allocate, crosswise
from galleria.kernel.ids import MerchantId, VariantId
from galleria.value import promotions
from galleria.value.promotions import BasketLine, PricedBasket, PricedLine, Step


class Item(msgspec.Struct, frozen=True):
    """A good and how many of it; `granted_by` is the offer for whose sake a gift or add-on is there.

    `place` tells lines of the same variant apart, which baskets without a cart may have.
    """

    good: Sellable
    quantity: int
    granted_by: UUID | None = None
    note: str = ""
    place: int = 0

    @property
    def key(self) -> str:
        """Return the key of its basket line: the variant, with the offer of a gift or add-on before it."""
        variant = f"{self.good.variant_id}#{self.place}" if self.place else str(self.good.variant_id)
        return variant if self.granted_by is None else f"{self.granted_by}:{variant}"


def items(entries: Sequence[CartEntry], picks: Sequence[Pick], on_sale: Mapping[VariantId, Sellable]) -> list[Item]:
    """Return what is on sale of a cart and of what was picked; the same pick twice is added up."""
    picked: dict[tuple[UUID, VariantId], int] = {}
    for pick in picks:
        key = (pick.offer_id, pick.variant_id)
        picked[key] = picked.get(key, 0) + pick.quantity
    bought = [Item(on_sale[e.variant_id], e.quantity) for e in entries if e.variant_id in on_sale]
    granted = [Item(on_sale[v], quantity, offer) for (offer, v), quantity in sorted(picked.items()) if v in on_sale]
    return [*bought, *granted]


def loose(wanted: Sequence[BasketItem], on_sale: Mapping[VariantId, Sellable]) -> list[Item]:
    """Return what is on sale of goods that no cart holds, each at its own price and with its own options."""
    return [
        Item(_priced(on_sale[one.variant_id], one), one.quantity, note=one.note, place=place)
        for place, one in enumerate(wanted)
        if one.variant_id in on_sale
    ]


def _priced(good: Sellable, one: BasketItem) -> Sellable:
    return msgspec.structs.replace(
        good,
        price_minor=good.price_minor if one.unit_price_minor is None else one.unit_price_minor,
        option_zh=one.option_zh or good.option_zh,
        option_en=one.option_en or good.option_en,
    )


def basket(bought: Sequence[Item]) -> list[BasketLine]:
    """Return items as pricing takes them."""
    return [
        BasketLine(
            key=item.key,
            shop_id=item.good.shop_id,
            merchant_id=item.good.merchant_id,
            category_ids=item.good.category_ids,
            product_id=item.good.product_id,
            variant_id=item.good.variant_id,
            quantity=item.quantity,
            unit_price_minor=item.good.price_minor,
            granted_by=item.granted_by,
        )
        for item in bought
    ]


def kept(bought: Sequence[Item], priced: PricedBasket) -> list[tuple[Item, PricedLine]]:
    """Return items with their price, without gifts and add-ons whose offer is not applied."""
    by_key = {line.key: line for line in priced.lines}
    return [(item, by_key[item.key]) for item in bought if item.key in by_key]


def order_lines(
    bought: Sequence[Item], priced: PricedBasket, fees_bp: Mapping[MerchantId, int] = MappingProxyType({})
) -> list[NewLine]:
    """Return the lines to place, every unit's price, everyone's share of it and the platform's fee frozen.

    `fees_bp` is what each merchant pays for selling, in basis points of what it earns for a unit.
    """
    return [_order_line(item, line, fees_bp.get(item.good.merchant_id, 0)) for item, line in kept(bought, priced)]


def _fees(merchant_id: MerchantId, line: PricedLine, fee_bp: int) -> list[int]:
    """Return the platform's fee on each unit: on what was paid and what all but the merchant bear, rounded down."""
    others = [
        part
        for one in line.applied
        for part in one.funded
        if (part.funder, part.funder_id) != (promotions.Funder.MERCHANT, merchant_id)
    ]
    return [
        (paid + sum(part.units[n] for part in others)) * fee_bp // 10_000 for n, paid in enumerate(line.unit_paid_minor)
    ]


def _order_line(item: Item, line: PricedLine, fee_bp: int) -> NewLine:
    good = item.good
    return NewLine(
        variant_id=good.variant_id,
        product_id=good.product_id,
        shop_id=good.shop_id,
        merchant_id=good.merchant_id,
        shop_zh=good.shop_zh,
        shop_en=good.shop_en,
        kind=good.kind,
        sku=good.sku,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=good.option_zh,
        option_en=good.option_en,
        picture=good.picture,
        valid_days=good.valid_days,
        unit_price_minor=good.price_minor,
        unit_paid_minor=line.unit_paid_minor,
        unit_fee_minor=_fees(good.merchant_id, line, fee_bp) if fee_bp else [],
        shares=[
            Share(
                id=one.id,
                offer_id=one.offer_id,
                version=one.version,
                funder=part.funder,
                funder_id=part.funder_id,
                units=part.units,
            )
            for one in line.applied
            for part in one.funded
        ],
        granted_by=item.granted_by,
        note=item.note,
    )


FREE_DELIVERY = "free_delivery"


def deliveries(chosen: Sequence[NewDelivery], priced: PricedBasket) -> list[NewDelivery]:
    """Return how the parts go, with what offers take off each one's fee and who bears that, to the cent."""
    free = [one for one in priced.decisions if one.applied and one.kind == FREE_DELIVERY]
    parties = [(one, part) for one in free for part in one.funded]
    off = allocate(priced.delivery_discount_minor, [one.delivery_minor for one in chosen])
    table = crosswise([part.amount_minor for _, part in parties], off) if parties else [[] for _ in chosen]
    return [
        msgspec.structs.replace(
            one,
            delivery_discount_minor=less,
            delivery_shares=[
                Share(
                    id=decision.id,
                    offer_id=decision.offer_id,
                    version=decision.version,
                    funder=part.funder,
                    funder_id=part.funder_id,
                    units=[minor],
                )
                for (decision, part), minor in zip(parties, row, strict=True)
                if minor
            ],
        )
        for one, less, row in zip(chosen, off, table, strict=True)
    ]


GIFT = "gift"


def order_offers(
    bought: Sequence[Item], priced: PricedBasket, offers: Mapping[UUID, promotions.Offer]
) -> list[NewApplied]:
    """Return the offers applied, to place; a gift's with the positions of the lines it was earned with."""
    lines = [item for item, _ in kept(bought, priced)]
    return [
        NewApplied(
            id=one.id,
            offer_id=one.offer_id,
            version=one.version,
            source=one.source,
            kind=one.kind,
            title_zh=one.title_zh,
            title_en=one.title_en,
            discount_minor=one.discount_minor,
            earned_by=_earned_by(lines, offers[one.id]) if one.kind == GIFT else [],
        )
        for one in priced.decisions
        if one.applied
    ]


def _earned_by(lines: Sequence[Item], offer: promotions.Offer) -> list[int]:
    """Return the positions of the goods that an offer counts."""
    counted = basket(lines)
    return [
        position
        for position, line in enumerate(counted)
        if line.granted_by is None and promotions.matches(offer.counted, line)
    ]


def explanation(priced: PricedBasket) -> list[Step]:
    """Return the steps an order keeps: what made its price, not all that did not."""
    return [step for step in priced.steps if not step.code.startswith("skipped_")]


def picked(bought: Sequence[Item], priced: PricedBasket) -> list[Pick]:
    """Return the picks whose offer is applied."""
    return [
        Pick(offer_id=item.granted_by, variant_id=item.good.variant_id, quantity=item.quantity)
        for item, _ in kept(bought, priced)
        if item.granted_by is not None
    ]


def missing_picks(picks: Sequence[Pick], bought: Sequence[Item], priced: PricedBasket) -> list[Pick]:
    """Return the picks that are not on sale, or whose offer is not applied."""
    there = {(item.granted_by, item.good.variant_id) for item, _ in kept(bought, priced)}
    return [pick for pick in picks if (pick.offer_id, pick.variant_id) not in there]


def applied_ids(priced: PricedBasket) -> Collection[UUID]:
    """Return the ids of the offers applied."""
    return {one.id for one in priced.decisions if one.applied}

"""How the goods of a basket go: what fulfilment must know of them, and what of its answer an order keeps."""

from collections.abc import Sequence

from galleria.commerce import fulfilment
from galleria.commerce.checkout.rules import basket
from galleria.commerce.checkout.rules.basket import Item
from galleria.commerce.fulfilment import Booked, WayOffer, WayOption
from galleria.commerce.orders import DeliveryOwner, NewDelivery, Way, WayChoice
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import ShopId
from galleria.value.promotions import PricedBasket

PHYSICAL = "physical"
CHOSEN = frozenset({Way.COLLECT, Way.POINT, Way.DELIVERY, Way.EXPRESS})
"""What a shopper with a cart may choose; the other ways come with where he stands."""


def require_choosable(choices: Sequence[WayChoice]) -> None:
    """Raise Invalid for a way that is not to be chosen, and for a shop named twice."""
    seen: set[ShopId] = set()
    for position, one in enumerate(choices):
        if one.way not in CHOSEN:
            raise Invalid.field(f"ways[{position}].way", "way_not_here")
        if one.shop_id in seen:
            raise Invalid.field(f"ways[{position}].shop_id", "shop_twice")
        seen.add(one.shop_id)


def parts(bought: Sequence[Item], priced: PricedBasket) -> list[fulfilment.Part]:
    """Return the physical goods of each shop, at what they cost after discounts."""
    goods: dict[ShopId, list[tuple[Item, int]]] = {}
    for item, line in basket.kept(bought, priced):
        if item.good.kind == PHYSICAL:
            goods.setdefault(item.good.shop_id, []).append((item, line.payable_minor))
    return [
        fulfilment.Part(
            shop_id=shop_id,
            merchant_id=pairs[0][0].good.merchant_id,
            goods_minor=sum(minor for _, minor in pairs),
            product_ids=list(dict.fromkeys(item.good.product_id for item, _ in pairs)),
        )
        for shop_id, pairs in goods.items()
    ]


def booked(bookings: Sequence[Booked]) -> list[NewDelivery]:
    """Return how the parts go that something was booked for; the others are collected at the shop."""
    return [
        NewDelivery(
            shop_id=one.shop_id,
            way=one.way,
            delivery_minor=one.fee_minor,
            delivery_owner=DeliveryOwner(one.belongs_to.value),
            prepare_by=one.prepare_by,
            promised_from=one.promise.earliest,
            promised_by=one.promise.latest,
        )
        for one in bookings
    ]


def chosen(offers: Sequence[WayOffer]) -> list[tuple[ShopId, WayOption]]:
    """Return the option that holds for each shop."""
    return [(one.shop_id, option) for one in offers for option in one.ways if option.chosen]


def shown(offers: Sequence[WayOffer]) -> list[NewDelivery]:
    """Return how the parts would go by what was chosen; what cannot be had costs nothing yet."""
    return [
        NewDelivery(
            shop_id=shop_id,
            way=option.way,
            delivery_minor=0 if option.why_not else option.fee_minor,
            delivery_owner=DeliveryOwner(option.belongs_to.value),
            promised_from=None if option.promise is None else option.promise.earliest,
            promised_by=None if option.promise is None else option.promise.latest,
        )
        for shop_id, option in chosen(offers)
    ]


def can_go(offers: Sequence[WayOffer]) -> bool:
    """Return whether everything chosen can be had."""
    return all(option.why_not is None for _, option in chosen(offers))

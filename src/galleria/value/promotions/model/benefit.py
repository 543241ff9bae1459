"""What an offer gives, and the goods it speaks of."""

from enum import StrEnum
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import VariantId

Minor = Annotated[int, Meta(ge=0, le=100_000_000_00)]
PositiveMinor = Annotated[int, Meta(ge=1, le=100_000_000_00)]
Count = Annotated[int, Meta(ge=1, le=10_000)]
BasisPoints = Annotated[int, Meta(ge=1, le=10_000)]
PayBasisPoints = Annotated[int, Meta(ge=0, le=9_999)]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which goods are meant. An empty list does not narrow; of several lists a good must be in each."""

    shop_ids: tuple[UUID, ...] = ()
    merchant_ids: tuple[UUID, ...] = ()
    category_ids: tuple[UUID, ...] = ()
    product_ids: tuple[UUID, ...] = ()
    variant_ids: tuple[UUID, ...] = ()
    except_product_ids: tuple[UUID, ...] = ()


class AmountOff(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="amount"):
    """So much off the matching goods; with `repeat` once for every threshold reached."""

    amount_minor: PositiveMinor
    repeat: bool = False


class PercentOff(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="percent"):
    """A share off the matching goods, at most `cap_minor`."""

    percent_bp: BasisPoints
    cap_minor: PositiveMinor | None = None


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """From `threshold` on (minor units or pieces) so much off: an amount or a share, one of the two."""

    threshold: Annotated[int, Meta(ge=1, le=100_000_000_00)]
    amount_minor: PositiveMinor | None = None
    percent_bp: BasisPoints | None = None


class Measure(StrEnum):
    """What tiers count."""

    MONEY = "money"
    PIECES = "pieces"


class TieredOff(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="tiers"):
    """Spend X save Y: the highest tier reached counts. Thresholds rise, and so do the savings."""

    by: Measure
    tiers: Annotated[tuple[Tier, ...], Meta(min_length=1, max_length=10)]


class SetPrice(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="set_price"):
    """A unit price for the matching goods: flash sale, limited-time price, one-yuan and one-cent purchase.

    At most `units_per_order` units, the dearest first; a good that is cheaper already keeps its price.
    """

    price_minor: PositiveMinor
    units_per_order: Count | None = None


class Order(StrEnum):
    """Which units of a set become cheaper."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"


class SetOff(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="set"):
    """Sets of `size` matching units, of which `discounted` cost `pay_bp` of their price.

    Second item half price is size 2, discounted 1, pay 5000; buy two get one free is size 3, discounted 1, pay 0.
    Units are sorted by price, dearest first, and cut into sets. `order` says which of each set become cheaper; with
    `overall` as many are taken from all the sets together instead. With `same` a set holds units of one variant. At
    most `times` sets. With goods of its own to discount (`Offer.discounted`), `size` counted units earn `discounted`
    of those, and the counted stay at their price.
    """

    size: Annotated[int, Meta(ge=1, le=100)]
    discounted: Annotated[int, Meta(ge=1, le=99)]
    pay_bp: PayBasisPoints = 0
    order: Order = Order.CHEAPEST
    overall: bool = False
    same: bool = False
    times: Count | None = None


class BundlePart(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of these goods in the bundle."""

    scope: Scope
    quantity: Annotated[int, Meta(ge=1, le=100)]


class Bundle(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="bundle"):
    """One of each part together at a fixed price, at most `times` over; nothing is taken off a cheaper bundle."""

    parts: Annotated[tuple[BundlePart, ...], Meta(min_length=1, max_length=10)]
    price_minor: PositiveMinor
    times: Count | None = None


class Gift(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="gift"):
    """Units of one of the `choices` for nothing; real goods from real stock, which the shopper picks.

    With `repeat` once for every threshold reached.
    """

    choices: Annotated[tuple[VariantId, ...], Meta(min_length=1, max_length=20)]
    units: Annotated[int, Meta(ge=1, le=20)] = 1
    repeat: bool = False


class AddOnChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A good that may be added at a special price."""

    variant_id: VariantId
    price_minor: PositiveMinor


class AddOn(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="add_on"):
    """Up to `units` of the `choices` may be added to the basket at their special prices."""

    choices: Annotated[tuple[AddOnChoice, ...], Meta(min_length=1, max_length=20)]
    units: Annotated[int, Meta(ge=1, le=20)] = 1


class Exchange(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="exchange"):
    """A coupon for goods: `units` of the matching goods, the dearest first, cost `pay_minor` each (0: nothing)."""

    pay_minor: Minor = 0
    units: Annotated[int, Meta(ge=1, le=100)] = 1


class FreeDelivery(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="free_delivery"):
    """The delivery fee off, at most `cap_minor` of it."""

    cap_minor: PositiveMinor | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="grant"):
    """Coupons for later, given when the order is paid; with `repeat` for every threshold reached."""

    coupon_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=20)] = 1
    repeat: bool = False


class PurchaseLimit(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="purchase_limit"):
    """No discount: at most so many units of the matching goods, as `Offer.limits` says."""


Benefit: TypeAlias = (
    AmountOff
    | PercentOff
    | TieredOff
    | SetPrice
    | SetOff
    | Bundle
    | Gift
    | AddOn
    | Exchange
    | FreeDelivery
    | Grant
    | PurchaseLimit
)

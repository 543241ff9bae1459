"""What pricing is asked and what it answers.

An offer is data: a benefit, what goods count and what goods become cheaper, who may have it and when, how it combines
with others, and who bears it. Percentages are basis points, money is minor units, periods are half-open.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import CategoryId, MerchantId, ProductId, ShopId, VariantId

APPLIED_MAX = 5
"""So many offers stack on one basket at most; a unit price (layer price) is the shelf label and not counted."""

Minor = Annotated[int, Meta(ge=0, le=100_000_000_00)]
PositiveMinor = Annotated[int, Meta(ge=1, le=100_000_000_00)]
Count = Annotated[int, Meta(ge=1, le=10_000)]
BasisPoints = Annotated[int, Meta(ge=1, le=10_000)]
PayBasisPoints = Annotated[int, Meta(ge=0, le=9_999)]


class Funder(StrEnum):
    """Who bears a share of an offer's cost."""

    MALL = "mall"
    MERCHANT = "merchant"  # the one named; with none named, each selling merchant on its own goods
    SPONSOR = "sponsor"  # a brand, a bank, a city: named


class Share(msgspec.Struct, frozen=True):
    """One party's share of an offer's cost; the shares of an offer sum to 10000 basis points."""

    funder: Funder
    funder_id: UUID | None
    share_bp: BasisPoints


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


class Birthday(StrEnum):
    """How near the birthday must be, by the mall's calendar."""

    DAY = "day"
    WEEK = "week"  # the seven days around it
    MONTH = "month"


class Eligibility(msgspec.Struct, frozen=True, kw_only=True):
    """Who may have an offer, when and where. What is left out does not narrow; times are the mall's own.

    `weekdays` are ISO (1 is Monday), `month_days` days of the month, `minutes` half-open spans of minutes of the day.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = ()
    month_days: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    minutes: tuple[tuple[int, int], ...] = ()
    channels: tuple[str, ...] = ()
    on_site: bool = False
    members_only: bool = False
    new_customer: bool = False
    first_order_in_shop: bool = False
    birthday: Birthday | None = None
    tiers: tuple[str, ...] = ()


class Layer(StrEnum):
    """When an offer is applied: a basket is priced layer by layer, in this order."""

    PRICE = "price"  # what a unit costs: flash sale, limited-time price
    SET = "set"  # sets, bundles, gifts, add-ons
    ORDER = "order"  # spend X save Y
    COUPON = "coupon"
    POINTS = "points"  # coupons bought with points
    DELIVERY = "delivery"


LAYERS: dict[Layer, int] = {layer: position for position, layer in enumerate(Layer)}


class Base(StrEnum):
    """The prices an offer's threshold and percentage are taken of."""

    INITIAL = "initial"
    DISCOUNTED = "discounted"


class Stacking(msgspec.Struct, frozen=True, kw_only=True):
    """How an offer combines with others.

    Of one `group` at most one is applied. An `exclusive` offer stands alone, but for `joint` ones, unit prices (layer
    price) included. `once` keeps the units it makes cheaper from every other offer, where they neither count nor become
    cheaper, and leaves alone units that others made cheaper. Inside a layer higher `priority` goes first.
    """

    layer: Layer
    group: Annotated[str, Meta(max_length=40)] | None = None
    exclusive: bool = False
    joint: bool = False
    once: bool = False
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    base: Base = Base.DISCOUNTED


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How often. Units for prices, gifts, add-ons, exchanges and purchase limits; else one for every order."""

    per_order: Count | None = None
    per_member: Count | None = None
    per_member_day: Count | None = None
    per_household: Count | None = None
    per_day: Annotated[int, Meta(ge=1, le=2_000_000_000)] | None = None
    total: Annotated[int, Meta(ge=1, le=2_000_000_000)] | None = None
    budget_minor: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class Source(StrEnum):
    """How an offer comes to a basket."""

    AUTOMATIC = "automatic"
    COUPON = "coupon"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A discount that may be applied to a basket.

    `id` is unique among those considered: the offer's, a flash sale session's or a claim's; `offer_id` is the offer's
    or the coupon's. `counted` goods reach the threshold (money and pieces, both of them when both are set);
    `discounted` are those that become cheaper, the counted ones when None.
    """

    id: UUID
    offer_id: UUID
    version: int
    source: Source
    title_zh: str
    title_en: str
    benefit: Benefit
    stacking: Stacking
    shares: tuple[Share, ...]
    counted: Scope = Scope()
    discounted: Scope | None = None
    threshold_minor: Minor = 0
    threshold_pieces: Annotated[int, Meta(ge=0, le=10_000)] = 0
    eligibility: Eligibility = Eligibility()
    limits: Limits = Limits()
    expires_at: datetime | None = None


class BasketLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some units of one thing in a basket; `category_ids` are the thing's category and all above it.

    `granted_by` is the offer for whose sake a gift or add-on is there: it counts for nothing else, and is left out of
    the priced basket when that offer is not applied or does not grant as many (lines are granted whole, by their keys).
    """

    key: str
    shop_id: ShopId
    merchant_id: MerchantId
    category_ids: Sequence[CategoryId]
    product_id: ProductId
    variant_id: VariantId
    quantity: int
    unit_price_minor: int
    granted_by: UUID | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the shopper; a visitor who is not signed in is no `member`."""

    member: bool = False
    new_customer: bool = False
    shops_ordered: frozenset[UUID] = frozenset()
    birthday: tuple[int, int] | None = None  # month, day
    tier: str | None = None


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an offer's limits is used up by now."""

    member: int = 0
    member_day: int = 0
    household: int = 0
    day: int = 0
    total: int = 0
    spent_minor: int = 0


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """When, where and how a basket is priced. `local` is `now` in the mall's time zone; `used` is by `Offer.id`."""

    now: datetime
    local: datetime
    channel: str = "app"
    on_site: bool = False
    delivery_minor: int = 0
    used: Mapping[UUID, Used] = {}


class Reason(StrEnum):
    """Why an offer took nothing off."""

    NO_MATCHING_GOODS = "no_matching_goods"  # nothing in the basket is what it holds for
    THRESHOLD = "threshold"  # the matching goods are worth too little: `missing_minor` more is needed
    PIECES = "pieces"  # too few matching goods: `missing_pieces` more are needed
    CHOOSE = "choose"  # a gift or add-on may be chosen, and none is
    NO_EFFECT = "no_effect"  # it would take off less than one minor unit
    NOT_STARTED = "not_started"
    ENDED = "ended"
    NOT_TODAY = "not_today"
    NOT_THIS_HOUR = "not_this_hour"
    CHANNEL = "channel"
    NOT_ON_SITE = "not_on_site"
    MEMBERS_ONLY = "members_only"
    NOT_NEW_CUSTOMER = "not_new_customer"
    NOT_FIRST_ORDER = "not_first_order"
    NOT_BIRTHDAY = "not_birthday"
    TIER = "tier"
    LIMIT_REACHED = "limit_reached"  # the shopper, the household or the day has had its share
    SOLD_OUT = "sold_out"  # its own stock or its budget is used up
    EXCLUDED = "excluded"  # `beside` is applied, and the two do not combine
    TOO_MANY = "too_many"  # as many offers as may be are applied already
    NOT_BEST = "not_best"  # without it the shopper pays as little or less
    NOT_CHOSEN = "not_chosen"  # the shopper chose otherwise


class Funded(msgspec.Struct, frozen=True, kw_only=True):
    """What one party bears of an offer on the units of a line; the n-th entry is the n-th unit."""

    funder: Funder
    funder_id: UUID | None  # of the mall none; of a merchant or sponsor always
    units: list[int]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What one offer takes off the units of a line, and who bears it; the funded units sum to the units."""

    id: UUID
    offer_id: UUID
    version: int
    units: list[int]
    funded: list[Funded]


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with every unit's price settled; the n-th entry of each list is the n-th unit.

    A refund of the n-th unit gives back exactly what stands here: nothing is spread again over what is left.
    """

    key: str
    unit_paid_minor: list[int]
    applied: list[Applied]
    discount_minor: int
    payable_minor: int
    granted_by: UUID | None = None


class FundedTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What one party bears of an offer in all."""

    funder: Funder
    funder_id: UUID | None
    amount_minor: int


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one offer.

    `discount_minor` is what it takes off when applied, else what it would take off alone. `choices` are goods to pick
    a gift or add-on from, `units` how many. `beside` is the offer that kept it out.
    """

    id: UUID
    offer_id: UUID
    version: int
    source: Source
    kind: str
    layer: Layer
    title_zh: str
    title_en: str
    applied: bool
    discount_minor: int
    reason: Reason | None
    missing_minor: int = 0
    missing_pieces: int = 0
    beside: UUID | None = None
    units: int = 0
    choices: tuple[AddOnChoice, ...] = ()
    funded: tuple[FundedTotal, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the explanation: a code to translate, what fills it, and what it adds to the price."""

    code: str
    params: dict[str, str | int]
    amount_minor: int


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an applied offer's limits a basket takes: units (or one), and money."""

    id: UUID
    offer_id: UUID
    version: int
    units: int
    amount_minor: int


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """Coupons that the basket earns when it is paid."""

    offer_id: UUID
    coupon_id: UUID
    quantity: int


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """More is in the basket than may be bought: at most `allowed` of the `wanted` units under this offer."""

    offer_id: UUID
    title_zh: str
    title_en: str
    variant_ids: list[VariantId]
    wanted: int
    allowed: int


class PricedBasket(msgspec.Struct, frozen=True, kw_only=True):
    """A basket's price to the last unit, and why it is so. The amounts of `steps` sum to `payable_minor`.

    `payable_minor` is goods less discount plus delivery less delivery discount. `uses` are what the limits of the
    applied automatic offers have to give. `exact` tells whether the combination is proved to be the best one.
    """

    lines: list[PricedLine]
    goods_minor: int
    discount_minor: int
    delivery_minor: int
    delivery_discount_minor: int
    payable_minor: int
    decisions: list[Decision]
    steps: list[Step]
    uses: list[Use]
    granted: list[Granted]
    violations: list[Violation]
    exact: bool

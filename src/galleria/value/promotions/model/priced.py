"""What pricing answers: every price, every offer with why it did what it did, and who bears what."""

from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.ids import VariantId
from galleria.value.promotions.model.benefit import AddOnChoice
from galleria.value.promotions.model.offer import Funder, Layer, Source


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

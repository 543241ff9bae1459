"""An offer: its benefit, who may have it and when, how it combines with others, and who bears it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.value.promotions.model.benefit import BasisPoints, Benefit, Count, Minor, Scope

APPLIED_MAX = 5
"""So many offers stack on one basket at most; a unit price (layer price) is the shelf label and not counted."""


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

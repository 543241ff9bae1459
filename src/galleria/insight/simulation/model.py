"""What would happen under draft offers: a basket, or the orders of some days, priced with and without them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import OfferId, VariantId
from galleria.value import offers, promotions


class BasketGood(msgspec.Struct, frozen=True, kw_only=True):
    """So many of one variant."""

    variant_id: VariantId
    quantity: Annotated[int, Meta(ge=1, le=999)]


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """The orders paid on these business days, both included: the newest `orders_max` of them."""

    first: date
    last: date
    orders_max: Annotated[int, Meta(ge=1, le=500)] = 200


class SimulationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Draft offers to try: saved ones in their newest version, and terms not saved yet.

    Either `lines` are priced, or a `replay` of orders; without a replay and lines, the last seven days are replayed.
    """

    offer_ids: Annotated[list[OfferId], Meta(max_length=20)] = []
    terms: Annotated[list[offers.OfferTerms], Meta(max_length=20)] = []
    lines: Annotated[list[BasketGood], Meta(max_length=50)] = []
    replay: Replay | None = None


class SimulatedFunder(msgspec.Struct, frozen=True, kw_only=True):
    """What one party would bear. The mall has no id and no name of its own here."""

    funder: str
    funder_id: UUID | None
    name_zh: str | None
    name_en: str | None
    amount_minor: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """All baskets together: what shoppers pay, what is taken off, who bears it, what is left after known costs."""

    baskets: int
    goods_minor: int
    sales_minor: int
    discount_minor: int
    funded: list[SimulatedFunder]
    margin_minor: int | None
    margin_of_minor: int


class OfferEffect(msgspec.Struct, frozen=True, kw_only=True):
    """One offer without and with the drafts: in how many baskets it is applied, and what it takes off."""

    offer_id: UUID
    title_zh: str
    title_en: str
    draft: bool
    baskets_before: int
    baskets_after: int
    discount_before_minor: int
    discount_after_minor: int


class OfferConflict(msgspec.Struct, frozen=True, kw_only=True):
    """In so many baskets `kept_out` was not applied for the sake of `by`, a draft being one of the two."""

    kept_out: UUID
    kept_out_zh: str
    kept_out_en: str
    by: UUID
    by_zh: str
    by_en: str
    baskets: int


class BasketChange(msgspec.Struct, frozen=True, kw_only=True):
    """A basket whose price changes; `number` is the order's, null for a basket that was asked about."""

    number: str | None
    goods_minor: int
    before_minor: int
    after_minor: int


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What the drafts change. `changes` are the baskets that change most; `skipped` orders had nothing to price.

    Replayed orders keep their goods, prices and hour of the day; coupons and delivery are left out on both sides.
    `explanation` is that of a basket that was asked about, with the drafts.
    """

    currency: str
    before: Totals
    after: Totals
    offers: list[OfferEffect]
    conflicts: list[OfferConflict]
    changes: list[BasketChange]
    skipped: int
    exact: bool
    explanation: list[promotions.Step]


class SimulatedBasket(msgspec.Struct, frozen=True, kw_only=True):
    """Lines to price, whose they are, and when."""

    number: str | None
    member_id: UUID | None
    local: datetime
    facts: promotions.Facts
    lines: list[promotions.BasketLine]


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """All that a simulation works on."""

    currency: str
    now: datetime
    live: Sequence[promotions.Offer]
    drafts: Sequence[promotions.Offer]
    baskets: Sequence[SimulatedBasket]
    skipped: int
    costs: Mapping[UUID, int]
    names: Mapping[UUID, tuple[str, str]]

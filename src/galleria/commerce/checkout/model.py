"""Checkout: what a cart or any basket costs and why, and what placing it gives."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.commerce.carts import CartEntry, CartLine
from galleria.commerce.fulfilment import WayOffer
from galleria.commerce.orders import OrderState, Way, WayChoice
from galleria.kernel.ids import (
    AttemptId,
    ClaimId,
    CouponId,
    IntentId,
    MemberId,
    OrderId,
    ProductId,
    ShopId,
    TenderId,
    VariantId,
)
from galleria.value.payments import Scene
from galleria.value.promotions import Granted, Reason, Source, Step, Violation

CHOICE_MAX = 20
"""So many coupons a shopper may choose, and so many gifts and add-ons pick."""

Selection = Annotated[list[VariantId], Meta(min_length=1, max_length=200)]
Chosen = Annotated[list[ClaimId], Meta(max_length=CHOICE_MAX)]


class Channel(StrEnum):
    """Where a basket is priced: `store` is staff at the counter, `scan` is scan and go, `table` is eating here."""

    APP = "app"
    WEB = "web"
    STORE = "store"
    SCAN = "scan"
    TABLE = "table"


OWN_CHANNELS = frozenset({Channel.APP, Channel.WEB})
"""Where a shopper with a cart is."""


class Pick(msgspec.Struct, frozen=True, kw_only=True):
    """A gift or add-on the shopper picks: which good of what an offer gives, and how many."""

    offer_id: UUID
    variant_id: VariantId
    quantity: Annotated[int, Meta(ge=1, le=20)] = 1


Picks = Annotated[list[Pick], Meta(max_length=CHOICE_MAX)]
Ways = Annotated[list[WayChoice], Meta(max_length=50)]
PointsToUse = Annotated[int, Meta(ge=0, le=2**40)]
MinorToUse = Annotated[int, Meta(ge=0, le=2**53)]


class BasketItem(msgspec.Struct, frozen=True, kw_only=True):
    """Goods to price or to place that no cart holds; `unit_price_minor` stands in for the catalog's price.

    That is for weighed goods (the price on their label) and menus (base and extras); options and note are kept with
    the line.
    """

    variant_id: VariantId
    quantity: int
    unit_price_minor: int | None = None
    option_zh: str = ""
    option_en: str = ""
    note: str = ""


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """One person's part of what providers collect for an order; `payer_id` None is somebody at the table."""

    payer_id: MemberId | None
    amount_minor: int


class QuoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to price: some of the cart's variants (default: all) with the best coupons, or with `claim_ids` only.

    `claim_ids` counts when `best` is false; an empty list is no coupon at all. With `ways` (what is chosen so far, or
    nothing) the answer tells how each shop's goods can come; with `tenders` what can be paid with, and what is left
    when `points` and `stored_value_minor` are used.
    """

    best: bool = True
    claim_ids: Chosen = []
    picks: Picks = []
    channel: Channel = Channel.APP
    variant_ids: Selection | None = None
    ways: Ways | None = None
    points: PointsToUse = 0
    stored_value_minor: MinorToUse = 0
    tenders: bool = False


class LineDiscount(msgspec.Struct, frozen=True, kw_only=True):
    """What one offer takes off a line; `id` is that of its decision."""

    id: UUID
    offer_id: UUID
    title_zh: str
    title_en: str
    discount_minor: int


class QuoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its discounts; `granted_by` is the offer whose gift or add-on it is."""

    line: CartLine
    discount_minor: int
    payable_minor: int
    applied: list[LineDiscount]
    granted_by: UUID | None


class QuoteShop(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's part of the price; `payable_minor` is what its goods cost, the delivery fee stands beside."""

    shop_id: ShopId
    shop_zh: str
    shop_en: str
    goods_minor: int
    discount_minor: int
    payable_minor: int
    way: Way
    delivery_minor: int
    delivery_discount_minor: int
    lines: list[QuoteLine]


class CouponChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon the member holds: applied or not, what it would save, or why not and what is missing.

    `usable` tells whether choosing it could take something off; `beside` is the offer that kept it out.
    """

    claim_id: ClaimId
    coupon_id: CouponId
    kind: str
    title_zh: str
    title_en: str
    applied: bool
    usable: bool
    discount_minor: int
    reason: Reason | None
    missing_minor: int
    missing_pieces: int
    beside: UUID | None


class ChoiceCard(msgspec.Struct, frozen=True, kw_only=True):
    """A good to pick as a gift (price 0) or add-on: its special price, its usual one, and what stock has."""

    variant_id: VariantId
    product_id: ProductId
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    kind: str
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    picture: str | None
    price_minor: int
    usual_price_minor: int
    left: int
    picked: int


class OfferChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an offer that matters to the shopper: applied, or what is missing, or what to choose.

    `discount_minor` is what it takes off when applied, else what it would take off alone; `units` is how many of
    `choices` may be picked.
    """

    id: UUID
    offer_id: UUID
    version: int
    source: Source
    kind: str
    layer: str
    title_zh: str
    title_en: str
    applied: bool
    discount_minor: int
    reason: Reason | None
    missing_minor: int
    missing_pieces: int
    beside: UUID | None
    units: int
    choices: list[ChoiceCard]


class PointsChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Points to pay with: what the shopper has, the most that can be used (at least `minimum`), and what is."""

    taken: bool
    balance: int
    minimum: int
    usable: int
    usable_minor: int
    used: int
    used_minor: int


class StoredValueChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Stored value to pay with: what the shopper has, the most that can be used, and what is."""

    balance_minor: int
    usable_minor: int
    used_minor: int


class TenderChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper can pay with besides a payment company, and what is left for one."""

    points: PointsChoice
    stored_value: StoredValueChoice
    rest_minor: int


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What the selected lines cost now, and why; `payable_minor` is the `shown_total_minor` to place with.

    `claim_ids` and `picks` are those applied, to place with; `granted` are coupons the order earns when paid. `ways`
    and `tenders` are told when asked for. With `violations`, or a way that cannot be had, it cannot be placed. `exact`
    tells whether no combination of offers is proved to be cheaper.
    """

    currency: str
    goods_minor: int
    discount_minor: int
    delivery_minor: int
    delivery_discount_minor: int
    payable_minor: int
    claim_ids: list[ClaimId]
    picks: list[Pick]
    shops: list[QuoteShop]
    gone: list[CartEntry]
    coupons: list[CouponChoice]
    offers: list[OfferChoice]
    granted: list[Granted]
    violations: list[Violation]
    explanation: list[Step]
    exact: bool
    can_place: bool
    ways: list[WayOffer]
    tenders: TenderChoices | None


class PlaceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The order to place: the total the shopper saw, coupons and picks, and the variants (default: the whole cart).

    `ways` is how each shop's goods are to come (none told is collected there); `points` and `stored_value_minor` are
    used of what the shopper has, the rest is paid at `provider` (none named is the first) in its `scene`.
    """

    shown_total_minor: Annotated[int, Meta(ge=0, le=2**53)]
    claim_ids: Chosen = []
    picks: Picks = []
    channel: Channel = Channel.APP
    variant_ids: Selection | None = None
    ways: Ways = []
    points: PointsToUse = 0
    stored_value_minor: MinorToUse = 0
    provider: Annotated[str, Meta(max_length=40)] | None = None
    scene: Scene | None = None


class PayPart(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be collected for one tender, and the payment that waits for it."""

    tender_id: TenderId
    amount_minor: int
    payer_id: MemberId | None
    intent_id: IntentId


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order just placed, and where to pay; nothing to pay (`pay` is empty) means it is already complete.

    `intent_id` and `cashier_url` are those of the first of `pay`.
    """

    id: OrderId
    number: str
    state: OrderState
    currency: str
    payable_minor: int
    expires_at: datetime
    intent_id: IntentId | None
    cashier_url: str | None
    pay: list[PayPart]


class EvaluateLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many of one variant."""

    variant_id: VariantId
    quantity: Annotated[int, Meta(ge=1, le=999)]


class EvaluateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Any basket to price; `claim_ids` null means the best of the member's coupons, a list those only."""

    lines: Annotated[list[EvaluateLine], Meta(min_length=1, max_length=100)]
    claim_ids: Chosen | None = None
    picks: Picks = []
    channel: Channel = Channel.APP


class LineOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What one offer takes off each unit of a line; `id` is that of its decision."""

    id: UUID
    units: list[int]


class EvaluatedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with every unit's price, and what each offer takes off each unit."""

    variant_id: VariantId
    quantity: int
    unit_price_minor: int
    unit_paid_minor: list[int]
    discount_minor: int
    payable_minor: int
    granted_by: UUID | None
    applied: list[LineOffer]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A basket's price with its full explanation.

    Offers of which nothing in the basket matches are `not_matching`, counted; all others are in `offers`. `gone` are
    variants not on sale, left out of the price.
    """

    currency: str
    goods_minor: int
    discount_minor: int
    payable_minor: int
    lines: list[EvaluatedLine]
    gone: list[VariantId]
    offers: list[OfferChoice]
    not_matching: int
    granted: list[Granted]
    violations: list[Violation]
    explanation: list[Step]
    exact: bool


class VariantWithOffers(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of a variant bought alone now: its price, and with what offers take off."""

    variant_id: VariantId
    price_minor: int
    with_offers_minor: int


class ProductOffers(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a product now: the price of one unit with offers, and every offer that applies or almost does.

    An offer is `applied` when one unit of some variant has it; `missing_minor` and `missing_pieces` are the least.
    """

    product_id: ProductId
    currency: str
    variants: list[VariantWithOffers]
    offers: list[OfferChoice]


class PayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the shopper wants to pay; what is left out stays as it was. `code` is from the provider's own sign-in."""

    provider: Annotated[str, Meta(max_length=40)] | None = None
    scene: Scene | None = None
    tender_id: TenderId | None = None
    code: Annotated[str, Meta(max_length=200)] | None = None


class PayWay(msgspec.Struct, frozen=True):
    """A payment company, and the scenes of it that the asking browser can do."""

    provider: str
    scenes: list[Scene]


class PayWays(msgspec.Struct, frozen=True):
    """The ways to pay, the one to propose first."""

    items: list[PayWay]


class Cashier(msgspec.Struct, frozen=True, kw_only=True):
    """How to pay: go to `redirect_url`, or show `qr` to be scanned, or hand `params` to the JavaScript bridge."""

    attempt_id: AttemptId
    tender_id: TenderId
    provider: str
    scene: Scene
    redirect_url: str | None
    qr: str | None
    params: dict[str, str] | None
    amount_minor: int
    currency: str
    expires_at: datetime


class ChargeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A code that a shopper shows at a shop's till: a payment code, or a card's number."""

    shop_id: ShopId
    provider: Annotated[str, Meta(min_length=1, max_length=40)]
    auth_code: Annotated[str, Meta(min_length=4, max_length=64, pattern="^[0-9A-Za-z-]+$")]
    tender_id: TenderId | None = None


class CashRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Notes and coins, counted at a shop's till."""

    shop_id: ShopId
    tender_id: TenderId | None = None


class Taken(msgspec.Struct, frozen=True):
    """What a till took of an order; `pending`: not known yet, the shopper may have to confirm."""

    order_id: OrderId
    tender_id: TenderId
    amount_minor: int
    currency: str
    pending: bool


class CancelledOrder(msgspec.Struct, frozen=True):
    """An order no longer to be paid."""

    id: OrderId
    state: OrderState

"""Offers as their makers write them, their versions, and what screens show of them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import MallId, MerchantId, OfferId, ProductId, ShopId, SponsorId, StaffId, VariantId
from galleria.value.promotions import Benefit, Book, Eligibility, Layer, Limits, Offer, Scope, Share, Stacking

STORABLE = r"^[^\x00]*\S[^\x00]*$"
Title = Annotated[str, Meta(min_length=1, max_length=80, pattern=STORABLE)]
Aware = Annotated[datetime, Meta(tz=True)]
Minor = Annotated[int, Meta(ge=0, le=100_000_000_00)]
Pieces = Annotated[int, Meta(ge=0, le=10_000)]
VersionNumber = Annotated[int, Meta(ge=1, le=1_000_000)]


class Preset(StrEnum):
    """What a maker chose in the builder: a shape that a merchant knows by name."""

    LIMITED_PRICE = "limited_price"
    FLASH_SALE = "flash_sale"
    HALF_PRICE_SECOND = "half_price_second"
    BUY_N_GET_M = "buy_n_get_m"
    SPEND_AND_SAVE = "spend_and_save"
    GIFT = "gift"
    ADD_ON = "add_on"
    BUNDLE = "bundle"
    PURCHASE_LIMIT = "purchase_limit"
    NEW_CUSTOMER = "new_customer"
    FIRST_ORDER = "first_order"
    BIRTHDAY = "birthday"
    TIER_PRICE = "tier_price"
    MEMBER_DAY = "member_day"
    ONE_YUAN = "one_yuan"
    FREE_DELIVERY = "free_delivery"
    COUPON_FOR_LATER = "coupon_for_later"
    PERCENT_OFF = "percent_off"
    AMOUNT_OFF = "amount_off"


class OfferState(StrEnum):
    """What people decided about an offer; whether its time has come or gone is told by `OfferPhase`."""

    DRAFT = "draft"  # being written; nobody sees it
    PENDING = "pending"  # waits for a second person
    LIVE = "live"  # holds within its period
    PAUSED = "paused"  # does not hold for now
    ENDED = "ended"  # for good


class OfferPhase(StrEnum):
    """Where an offer stands now: its state, and for a live one what the clock makes of it."""

    DRAFT = "draft"
    PENDING = "pending"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class SaleSession(msgspec.Struct, frozen=True, kw_only=True):
    """One round of a flash sale: half-open, with a stock of its own in units. A new one gets its `id` when saved."""

    starts_at: Aware
    ends_at: Aware
    stock: Annotated[int, Meta(ge=1, le=10_000_000, description="Units this session may sell")]
    id: UUID | None = None


class OfferTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer says. Its period is `eligibility.starts_at` to `ends_at`; a flash sale has `sessions` instead.

    `counted` goods reach the threshold, `discounted` ones become cheaper (the counted ones when null). The shares tell
    who bears the cost and sum to 10000 basis points.
    """

    preset: Preset
    title_zh: Title
    title_en: Title
    benefit: Annotated[Benefit, Meta(description="What it gives; `kind` tells which")]
    stacking: Stacking
    shares: Annotated[tuple[Share, ...], Meta(min_length=1, max_length=10)]
    counted: Scope = Scope()
    discounted: Scope | None = None
    threshold_minor: Minor = 0
    threshold_pieces: Pieces = 0
    eligibility: Eligibility = Eligibility()
    limits: Limits = Limits()
    sessions: Annotated[tuple[SaleSession, ...], Meta(max_length=200)] = ()


class NewOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer to write down as a draft. Without `merchant_id` it is the mall's own."""

    terms: OfferTerms
    merchant_id: MerchantId | None = None


class OfferChange(msgspec.Struct, frozen=True, kw_only=True):
    """New terms for an offer, written on top of `version`; they become the next version."""

    terms: OfferTerms
    version: Annotated[int, Meta(ge=1, description="The version the terms were read as; refused when it moved on")]


class WantedState(StrEnum):
    """What an offer can be told to be without a launch: live again means an end to the pause."""

    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class OfferStateChange(msgspec.Struct, frozen=True):
    """The state an offer should take."""

    state: WantedState


class OfferRestore(msgspec.Struct, frozen=True):
    """Which version's terms become the newest version again."""

    version: VersionNumber


class ManagedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as its makers see it, with the terms of its newest `version`.

    `live_version` is the one that was launched: what shoppers get while the offer is live. Title and period are those
    of the terms.
    """

    mall_id: MallId
    id: OfferId
    merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    preset: Preset
    state: OfferState
    phase: OfferPhase
    version: int
    live_version: int | None
    title_zh: str
    title_en: str
    starts_at: datetime | None
    ends_at: datetime | None
    terms: OfferTerms
    created_at: datetime
    changed_at: datetime


class OfferVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an offer, as it was written: by whom (null: by the system), when, and out of which old one."""

    version: int
    terms: OfferTerms
    made_by: StaffId | None
    made_by_name: str
    at: datetime
    restored_from: int | None
    approved_at: datetime | None


class OfferDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An offer with all its versions, newest first.

    `orders` took it so far, `units` is what its limits count and `spent_minor` what it cost; unpaid orders included.
    """

    offer: ManagedOffer
    versions: list[OfferVersion]
    orders: int
    units: int
    spent_minor: int


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it is kept, with the offer it belongs to and the terms of the version before."""

    offer_id: OfferId
    merchant_id: MerchantId | None
    version: int
    newest: bool
    terms: OfferTerms
    made_by: StaffId | None
    at: datetime
    restored_from: int | None
    approved_at: datetime | None
    before: OfferTerms | None
    before_approved_at: datetime | None


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One bar in the calendar: an offer's period, or one session of a flash sale. Null `ends_at` never ends."""

    offer_id: OfferId
    session_id: UUID | None
    merchant_id: MerchantId | None
    preset: Preset
    phase: OfferPhase
    title_zh: str
    title_en: str
    starts_at: datetime
    ends_at: datetime | None
    stock: int | None


class OfferCalendar(msgspec.Struct, frozen=True):
    """What is planned within a period, by start."""

    items: list[CalendarEntry]


class SponsorKind(StrEnum):
    """Who pays from outside."""

    BRAND = "brand"
    BANK = "bank"
    CITY = "city"


class NewSponsor(msgspec.Struct, frozen=True, kw_only=True):
    """A party from outside that bears shares of offers. `merchant_ids` are the merchants it has agreed with."""

    kind: SponsorKind
    name_zh: Title
    name_en: Title
    merchant_ids: Annotated[list[UUID], Meta(max_length=500)] = []


class Sponsor(msgspec.Struct, frozen=True, kw_only=True):
    """A party from outside that bears shares of offers: for the mall, and for the merchants named."""

    mall_id: MallId
    id: SponsorId
    kind: SponsorKind
    name_zh: str
    name_en: str
    merchant_ids: list[UUID]
    created_at: datetime


class Sponsors(msgspec.Struct, frozen=True):
    """The sponsors that the signed-in staff may name, by name."""

    items: list[Sponsor]


class ShopperOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer that holds now or soon, as a shopper sees it. A flash sale shows `session_id` of its next session."""

    id: OfferId
    session_id: UUID | None
    merchant_id: MerchantId | None
    preset: Preset
    layer: Layer
    title_zh: str
    title_en: str
    benefit: Benefit
    counted: Scope
    discounted: Scope | None
    threshold_minor: int
    threshold_pieces: int
    eligibility: Eligibility
    limits: Limits
    starts_at: datetime | None
    ends_at: datetime | None
    started: bool


class ShopperOffers(msgspec.Struct, frozen=True):
    """What a mall offers now and within a week, those that hold first; `server_now` sets countdowns right."""

    items: list[ShopperOffer]
    server_now: datetime


class FlashGood(msgspec.Struct, frozen=True, kw_only=True):
    """A good in a flash sale: its price on the shelf, its price in the session, and how many lie in the shop."""

    variant_id: VariantId
    product_id: ProductId
    shop_id: ShopId
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    shop_zh: str
    shop_en: str
    picture: str | None
    price_minor: int
    sale_price_minor: int
    available: int


class FlashPhase(StrEnum):
    """Where a session stands at `server_now`."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    SOLD_OUT = "sold_out"
    OVER = "over"


class FlashSession(msgspec.Struct, frozen=True, kw_only=True):
    """One session with its goods; `left` of `stock` units may still be sold."""

    id: UUID
    offer_id: OfferId
    title_zh: str
    title_en: str
    phase: FlashPhase
    starts_at: datetime
    ends_at: datetime
    stock: int
    left: int
    per_order: int | None
    per_member: int | None
    members_only: bool
    goods: list[FlashGood]


class FlashSales(msgspec.Struct, frozen=True, kw_only=True):
    """Today's sessions and the next ones, by start; `server_now` sets countdowns right."""

    sessions: list[FlashSession]
    server_now: datetime
    currency: str


class LiveTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What shoppers get of an offer."""

    id: OfferId
    merchant_id: MerchantId | None
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    terms: OfferTerms


class Counter(msgspec.Struct, frozen=True):
    """How much of one limit of an offer, or of a flash sale session, is used up."""

    id: UUID
    scope: str
    used: int
    spent_minor: int


class LiveBook(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A mall's live offers, ready to price with.

    `by_id` holds engine offers by their id, `live` the terms they come of; `limited` are those whose use is counted.
    """

    stamp: int
    book: Book
    by_id: Mapping[UUID, Offer]
    live: tuple[LiveTerms, ...]
    limited: frozenset[UUID]

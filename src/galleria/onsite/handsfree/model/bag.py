"""Bags, the trips they belong to, and the codes they are handed out for."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.kernel.ids import BagId, MallId, MemberId, MerchantId, ShopId, StaffId, TripId
from galleria.onsite.handsfree.model.texts import SAYING, STORABLE


class BagStorage(StrEnum):
    """How cold a bag must stay."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


class BagState(StrEnum):
    """Where a bag is. `lost` ends when it is scanned again; the other three of `ENDED` are for good."""

    AT_SHOP = "at_shop"
    CARRIED = "carried"
    SHELVED = "shelved"
    COLLECTED = "collected"
    RETURNED = "returned"
    LOST = "lost"
    DESTROYED = "destroyed"


OPEN = frozenset({BagState.AT_SHOP, BagState.CARRIED, BagState.SHELVED, BagState.LOST})
ENDED = frozenset({BagState.COLLECTED, BagState.RETURNED, BagState.DESTROYED})


class BagTripState(StrEnum):
    """A trip is open while one of its bags is."""

    OPEN = "open"
    CLOSED = "closed"


class BagWay(StrEnum):
    """Where a member wants the bags."""

    DESK = "desk"
    CAR = "car"


class BagProxyState(StrEnum):
    """Where a proxy's code stands; past its time it is over by itself."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"


class BagOutcome(StrEnum):
    """What became of a scan. `accepted` and `gap` are in the bag's chain; the others wait for a person, or repeat."""

    ACCEPTED = "accepted"
    GAP = "gap"  # possible, yet a scan in between is missing
    REPEATED = "repeated"  # says what was known
    WAITING = "waiting"  # of a label that is not sealed yet
    AFTER_END = "after_end"
    LABEL_USED = "label_used"
    LABEL_UNKNOWN = "label_unknown"
    SHOPPER_UNKNOWN = "shopper_unknown"
    CODE_WRONG = "code_wrong"
    CODE_USED = "code_used"
    PROXY_OVER = "proxy_over"
    NOT_OF_TRIP = "not_of_trip"
    WRONG_SHOP = "wrong_shop"
    TOO_OLD = "too_old"
    REFUSED = "refused"


class Bag(msgspec.Struct, frozen=True, kw_only=True):
    """A bag as stored: what was sealed, and where it is. `best_by` is when a cold one has waited too long."""

    mall_id: MallId
    id: BagId
    label: str
    trip_id: TripId
    member_id: MemberId
    shop_id: ShopId
    merchant_id: MerchantId
    shop_zh: str
    shop_en: str
    floor_code: str
    unit_code: str
    storage: BagStorage
    fragile: bool
    pieces: int
    weight_g: int | None
    declared_minor: int | None
    picture: str | None
    note: str
    sealed_at: datetime
    best_by: datetime | None
    state: BagState
    runner_id: StaffId | None
    desk_id: UUID | None
    shelf_id: UUID | None
    moved_at: datetime
    shelved_at: datetime | None
    reminded_at: datetime | None
    fetcher_id: StaffId | None
    fetch_until: datetime | None


class BagView(msgspec.Struct, frozen=True, kw_only=True):
    """A bag as staff see it, with the names of where it is; `shopper` is the name or the masked phone."""

    id: BagId
    label: str
    trip_id: TripId
    shopper: str
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    floor_code: str
    unit_code: str
    storage: BagStorage
    fragile: bool
    pieces: int
    weight_g: int | None
    declared_minor: int | None
    picture: str | None
    note: str
    sealed_at: datetime
    best_by: datetime | None
    state: BagState
    runner_id: StaffId | None
    runner_name: str | None
    desk_id: UUID | None
    desk_zh: str | None
    desk_en: str | None
    shelf_id: UUID | None
    shelf_code: str | None
    moved_at: datetime
    fetcher_name: str | None
    way: BagWay
    wish_desk_id: UUID | None
    bay: str
    due: str | None
    """What the time it has waited asks for: `too_long`, `to_store`, `to_return`, or nothing."""


class CustodyStep(msgspec.Struct, frozen=True, kw_only=True):
    """One hand-over of a bag: what, by whom, where, when; `late` when it was uploaded afterwards."""

    seq: int
    move: str
    state: BagState
    staff_name: str
    desk_zh: str | None
    desk_en: str | None
    shelf_code: str | None
    proxy_name: str | None
    at: datetime
    late: bool
    gap: bool
    note: str


class BagHistory(BagView, frozen=True, kw_only=True):
    """A bag with its whole chain."""

    custody: list[CustodyStep]


class BagTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A member's bags of one day; `serial` is the number of its collection code."""

    mall_id: MallId
    id: TripId
    member_id: MemberId
    day: date
    serial: str
    state: BagTripState
    way: BagWay
    desk_id: UUID | None
    bay: str
    wished_at: datetime | None
    created_at: datetime
    closed_at: datetime | None


class BagWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a member wants the bags; `bay` (needed for `car`) says where the car is."""

    way: BagWay
    desk_id: UUID | None = None
    bay: Annotated[str, Meta(max_length=40, pattern=STORABLE)] = ""


class RotatingCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone needs to show a changing code without a network.

    `serial` (8 digits) is followed by 4 digits that change every `step_seconds`, keyed by the bytes of
    `secret_base64`, made as those of tickets are; the QR text is `prefix` and the 12 digits.
    """

    prefix: str
    serial: str
    secret_base64: str
    step_seconds: int
    server_now: datetime


class BagCard(RotatingCode, frozen=True, kw_only=True):
    """The code by which shops know a member."""


class MyBag(msgspec.Struct, frozen=True, kw_only=True):
    """A bag as its owner sees it."""

    id: BagId
    label: str
    shop_id: ShopId
    shop_zh: str
    shop_en: str
    storage: BagStorage
    fragile: bool
    pieces: int
    weight_g: int | None
    declared_minor: int | None
    picture: str | None
    sealed_at: datetime
    state: BagState
    desk_id: UUID | None
    desk_zh: str | None
    desk_en: str | None
    best_by: datetime | None
    claimable_until: datetime | None
    custody: list[CustodyStep]


class BagProxy(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else who may collect, once. `code` is shown while it is good."""

    id: UUID
    name: str
    state: BagProxyState
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None
    code: str | None


class NewBagProxy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may collect in the member's place, and for how many hours."""

    name: Annotated[str, Meta(min_length=1, max_length=40, pattern=SAYING)]
    hours: Annotated[int, Meta(ge=1, le=72)] = 12


class PublicBagProxy(msgspec.Struct, frozen=True, kw_only=True):
    """What a proxy sees by his code: where to go, and how many bags wait."""

    name: str
    state: BagProxyState
    expires_at: datetime
    mall_zh: str
    mall_en: str
    bags: int
    places_zh: list[str]
    places_en: list[str]


class MyBagTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A trip as its owner sees it; `code` makes the collection code, `desks` are where bags wait."""

    id: TripId
    day: date
    state: BagTripState
    way: BagWay
    desk_id: UUID | None
    bay: str
    created_at: datetime
    code: RotatingCode
    currency: str
    bags: list[MyBag]
    proxies: list[BagProxy]


class BagShopper(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a code or phone at a counter belongs to; a phone that nobody has yet is `new`.

    `seal_as` stands for the shopper in what is sealed within a quarter of an hour, when his code is another already.
    """

    name: str
    seal_as: str
    phone: str
    new: bool
    bags_today: int


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was accepted for handing out the bags of a trip."""

    mall_id: MallId
    id: UUID
    trip_id: TripId
    proxy_id: UUID | None
    step: int | None
    staff_id: StaffId
    at: datetime


class BagHandOver(msgspec.Struct, frozen=True, kw_only=True):
    """What may be handed out on a code, for a quarter of an hour."""

    id: UUID
    trip_id: TripId
    shopper: str
    proxy_name: str | None
    until: datetime
    bags: list[BagView]

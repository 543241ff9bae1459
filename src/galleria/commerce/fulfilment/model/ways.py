"""The ways goods of a shop may go, what each costs, and what of them a checkout chooses and books."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from galleria.commerce.orders import Way
from galleria.kernel.errors import Conflict
from galleria.kernel.ids import AddressId, MerchantId, PointId, ProductId, ShopId, SlotId

Minutes = Annotated[int, Meta(ge=0, le=43_200)]
Fee = Annotated[int, Meta(ge=0, le=10_000_000)]
FreeFrom = Annotated[int, Meta(ge=1, le=10_000_000_000)]


class Carrier(StrEnum):
    """Who carries: the shop's own staff, the mall's riders, a courier company, or a parcel service."""

    OWN = "own"
    RIDERS = "riders"
    COURIERS = "couriers"
    PARCEL = "parcel"


class Storage(StrEnum):
    """How goods must be kept on their way; ordered from the least to the most demanding."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


class BelongsTo(StrEnum):
    """Whose income a delivery fee is: the mall's, or the merchant's where its own staff carries."""

    MALL = "mall"
    MERCHANT = "merchant"


class WhyNot(StrEnum):
    """Why a way cannot be had just now."""

    ADDRESS_MISSING = "address_missing"
    ADDRESS_UNLOCATED = "address_unlocated"
    OUT_OF_ZONE = "out_of_zone"
    BELOW_MINIMUM = "below_minimum"
    NO_SLOT = "no_slot"
    NO_POINT = "no_point"
    POINT_FULL = "point_full"
    POINT_STORAGE = "point_storage"
    PARCEL_STORAGE = "parcel_storage"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The physical goods of one shop in a basket: what they cost after discounts, and which products they are.

    Fulfilment knows how each product must be kept; `storage` is the least that all of them need.
    """

    shop_id: ShopId
    merchant_id: MerchantId
    goods_minor: int
    storage: Storage = Storage.AMBIENT
    product_ids: list[ProductId] = []


class Promise(msgspec.Struct, frozen=True):
    """When the goods are with the shopper (or wait to be collected): not before, and not after."""

    earliest: datetime
    latest: datetime


class SlotView(msgspec.Struct, frozen=True):
    """A slot that can be booked and how many more bookings it takes."""

    id: SlotId
    starts_at: datetime
    ends_at: datetime
    left: int


class PointOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A pickup point as a checkout shows it; `why_not` when it has no room for these goods."""

    id: PointId
    kind: str
    name_zh: str
    name_en: str
    address_zh: str
    address_en: str
    hours: str
    fee_minor: int
    hours_max: int
    why_not: WhyNot | None


class WayOption(msgspec.Struct, frozen=True, kw_only=True):
    """One way for the goods of a shop: what it costs, when it keeps its promise, or why it cannot be had.

    `free_from_minor` and `minimum_minor` are what the goods must cost for that; `missing_minor` is what is missing to
    the nearer of them. Fee and promise are of `address_id`, `slot_id` and `point_id`: the chosen ones, else the first.
    """

    way: Way
    carrier: Carrier
    fee_minor: int
    belongs_to: BelongsTo
    slots: list[SlotView]
    points: list[PointOffer]
    promise: Promise | None
    why_not: WhyNot | None
    chosen: bool
    free_from_minor: int | None = None
    minimum_minor: int = 0
    missing_minor: int = 0
    address_id: AddressId | None = None
    slot_id: SlotId | None = None
    point_id: PointId | None = None


class WayOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What can be chosen for the goods of one shop."""

    shop_id: ShopId
    ways: list[WayOption]


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What an order has booked for the goods of one shop; the fee is in minor units and frozen."""

    shop_id: ShopId
    way: Way
    fee_minor: int
    belongs_to: BelongsTo
    promise: Promise
    prepare_by: datetime
    slot_id: SlotId | None = None
    point_id: PointId | None = None


class ShopWay(msgspec.Struct, frozen=True, kw_only=True):
    """A way a shop offers and its terms; `fee_minor` is the fee of a parcel, zones and points have their own."""

    shop_id: ShopId
    way: Way
    carrier: Carrier
    active: bool
    fee_minor: int
    free_from_minor: int | None
    prepare_minutes: int
    transit_minutes: int


class ShopWayInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms of one way of a shop."""

    carrier: Carrier = Carrier.OWN
    active: bool = True
    fee_minor: Fee = 0
    free_from_minor: FreeFrom | None = None
    prepare_minutes: Minutes = 30
    transit_minutes: Minutes = 0


class ProductStorage(msgspec.Struct, frozen=True, kw_only=True):
    """How a product must be kept."""

    product_id: ProductId
    storage: Storage


class WayNotOffered(Conflict):
    """The goods cannot go this way now; `reason` is a WhyNot, or `closed` when the shop does not offer it."""

    code = "way_not_offered"


class SlotFull(Conflict):
    """Somebody else has taken the last place of the slot; another one must be chosen."""

    code = "slot_full"


class PointFull(Conflict):
    """Somebody else has taken the last place of the point's compartment."""

    code = "point_full"

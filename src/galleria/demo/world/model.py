"""The values the demo world is made of. References are indexes into the tuples of `World`."""

from datetime import date, datetime, time
from typing import Any, Literal

import msgspec

GeoJson = dict[str, Any]
Kind = Literal["physical", "voucher", "service"]
PictureKind = Literal["good", "logo", "hero", "event"]
Outcome = Literal[
    "collected",
    "waiting",
    "redeemed",
    "unused",
    "expired",
    "refunded",
    "line_refunded",
    "unit_refunded",
    "cancelled",
]


class Text(msgspec.Struct, frozen=True):
    zh: str
    en: str


class Group(msgspec.Struct, frozen=True):
    code: str
    name: Text


class Mall(msgspec.Struct, frozen=True):
    code: str
    name: Text
    district: Text
    address: Text
    timezone: str
    currency: str
    opens: time
    closes: time
    longitude: float
    latitude: float


class Unit(msgspec.Struct, frozen=True):
    code: str  # L2-15
    area_m2: float
    door: tuple[float, float]  # longitude, latitude, on the corridor
    shape: GeoJson


class Facility(msgspec.Struct, frozen=True):
    kind: str  # lift, escalator, toilet, info_desk, parking_entrance, entrance, nursing_room
    name: Text
    shape: GeoJson  # a polygon


class Floor(msgspec.Struct, frozen=True):
    mall: int
    code: str  # B1, L1
    level: int  # -1, 1, 2
    name: Text
    outline: GeoJson
    corridor: GeoJson
    units: tuple[Unit, ...]
    facilities: tuple[Facility, ...]


class Category(msgspec.Struct, frozen=True):
    code: str  # fashion, fashion.women
    parent: str | None
    name: Text
    icon: str


class Merchant(msgspec.Struct, frozen=True):
    code: str
    name: Text


class Shop(msgspec.Struct, frozen=True):
    code: str
    mall: int
    merchant: int
    category: str
    format: str
    floor: str
    unit: str
    name: Text
    tagline: Text
    description: Text
    phone: str
    opens: time
    closes: time  # 23:59:59 means midnight
    palette: int
    icons: tuple[str, ...]  # the first leads
    logo: str  # picture key
    hero: str  # picture key
    popularity: float


class Variant(msgspec.Struct, frozen=True):
    sku: str
    option: Text
    choice: Text
    price_fen: int
    stock: int


class Good(msgspec.Struct, frozen=True):
    shop: int
    kind: Kind
    category: str
    name: Text
    description: Text
    variants: tuple[Variant, ...]
    first_variant: int  # index of variants[0] in World.variants
    picture: str  # picture key
    popularity: float


class Coupon(msgspec.Struct, frozen=True):
    code: str
    mall: int
    title: Text
    funded_by: int | None  # merchant, or the mall
    amount_fen: int | None
    percent_off: int | None
    cap_fen: int | None
    threshold_fen: int
    starts_at: datetime
    ends_at: datetime
    total: int
    per_member: int
    shops: tuple[int, ...] = ()  # empty shops and categories: the whole mall
    categories: tuple[str, ...] = ()
    points_price: int = 0  # what a claim costs; 0 is free


class Happening(msgspec.Struct, frozen=True):
    mall: int
    title: Text
    text: Text
    floor: str
    unit: str | None  # None: in the atrium
    starts_at: datetime
    ends_at: datetime
    places: int
    picture: str


class Staff(msgspec.Struct, frozen=True):
    username: str
    role: Literal["operator", "merchant", "clerk", "guide", "rider", "runner"]
    name: Text
    phone: str
    merchant: int | None = None
    shop: int | None = None


class Picture(msgspec.Struct, frozen=True):
    """What `galleria.demo.pictures` draws under `key`.webp."""

    key: str
    kind: PictureKind
    icons: tuple[str, ...]  # the first is the subject, the rest are props
    palette: int
    seed: int
    tint: int = 0  # a dye of the subject, 0 for its own colours


class World(msgspec.Struct, frozen=True):
    seed: int
    today: date
    group: Group
    malls: tuple[Mall, ...]
    floors: tuple[Floor, ...]
    categories: tuple[Category, ...]
    merchants: tuple[Merchant, ...]
    shops: tuple[Shop, ...]
    goods: tuple[Good, ...]
    variants: tuple[tuple[int, int], ...]  # (good, position in good.variants)
    coupons: tuple[Coupon, ...]
    happenings: tuple[Happening, ...]
    staff: tuple[Staff, ...]
    pictures: tuple[Picture, ...]


class Member(msgspec.Struct, frozen=True):
    name: str
    phone: str
    joined: date
    language: Literal["zh-CN", "en"]
    district: Text
    taste: dict[str, float]  # top category to weight, sums to one
    activity: float  # heavy tail, mean about one


class OrderPlan(msgspec.Struct, frozen=True):
    member: int
    mall: int
    placed_at: datetime
    lines: tuple[tuple[int, int], ...]  # (index in World.variants, quantity)
    coupon: int | None
    outcome: Outcome
    paid_at: datetime | None = None
    redeemed_at: datetime | None = None  # collected or redeemed
    refunded_at: datetime | None = None
    cancelled_at: datetime | None = None  # cancelled, or expired unpaid
    refund_line: int | None = None  # position in lines, for line_refunded and unit_refunded

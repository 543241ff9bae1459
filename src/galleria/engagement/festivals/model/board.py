"""The operators' live board: how coupons, shares and shops go, and what looks wrong."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.engagement.festivals.model.festival import Festival
from galleria.kernel.ids import CouponId, MemberId, ShopId
from galleria.value.coupons import CouponState


class SourceKind(StrEnum):
    """What an anomaly is about."""

    DEVICE = "device"
    ADDRESS = "address"
    SHOP = "shop"


class VoucherFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How one coupon of a festival goes."""

    coupon_id: CouponId
    title_zh: str
    title_en: str
    state: CouponState
    total: int
    claimed: int


class MinuteFigure(msgspec.Struct, frozen=True):
    """Claims in one minute."""

    minute: datetime
    claimed: int


class ShareFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One share of a coupon: a release, a district, a tier, or a crossing of them (null: not divided by it)."""

    coupon_id: CouponId
    opens_at: datetime | None
    district: str | None
    tier: str | None
    total: int
    claimed: int


class ShopFigure(msgspec.Struct, frozen=True, kw_only=True):
    """How often the festival's vouchers were used in a shop, and what it usually redeems in four weeks."""

    shop_id: ShopId
    name_zh: str
    name_en: str
    used: int
    usual: int


class BusySource(msgspec.Struct, frozen=True, kw_only=True):
    """A device or address, its claims, and some of the members who claimed from it (at most 20)."""

    kind: SourceKind
    key: str
    claims: int
    member_ids: list[MemberId]
    first_at: datetime
    last_at: datetime


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """What looked wrong: who or where (`key`: a device, address or shop), how much of it, and what is allowed."""

    id: UUID
    kind: SourceKind
    key: str
    seen: int
    allowed: int
    member_ids: list[MemberId]
    text_zh: str
    text_en: str
    found_at: datetime
    cleared_at: datetime | None


class QueueFigures(msgspec.Struct, frozen=True):
    """The waiting room: tickets given, the last number, the number served, and about how many wait."""

    issued: int
    number: int
    serving: int
    waiting: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's live board: read again when the mall's stream tells of `coupons.claimed` or `festivals.*`."""

    festival: Festival
    server_now: datetime
    total: int
    claimed: int
    used: int
    worth_minor: int
    budget_minor: int | None
    queue: QueueFigures
    vouchers: list[VoucherFigures]
    by_minute: list[MinuteFigure]
    shares: list[ShareFigure]
    shops: list[ShopFigure]
    sources: list[BusySource]
    anomalies: list[Anomaly]

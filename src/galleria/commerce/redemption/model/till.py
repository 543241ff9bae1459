"""The till in two steps: a coupon set aside with its price, then redeemed or let go of; and the direct way."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import ClaimId, MemberId, ShopId, StaffId
from galleria.platform.actors import Actor
from galleria.value import promotions


class LockState(StrEnum):
    """Where a lock stands; one whose time is over frees its coupon by itself."""

    LOCKED = "locked"
    REDEEMED = "redeemed"
    RELEASED = "released"


class TillPrice(msgspec.Struct, frozen=True):
    """What comes off a bill, and how much of it each funder bears."""

    discount_minor: int
    shares: list[promotions.FundedTotal]


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """A lock as stored."""

    id: UUID
    claim_id: ClaimId
    member_id: MemberId
    shop_id: ShopId
    staff_id: StaffId
    title_zh: str
    title_en: str
    bill_minor: int
    discount_minor: int
    shares: list[promotions.FundedTotal]
    state: LockState
    until: datetime
    redemption_id: UUID | None


class TillLock(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon set aside for a till `until` a moment, and what it takes off the bill if it is redeemed by then."""

    id: UUID
    claim_id: UUID
    shop_id: UUID
    state: LockState
    until: datetime
    title_zh: str
    title_en: str
    currency: str
    bill_minor: int
    discount_minor: int
    payable_minor: int
    redemption_id: UUID | None


class TillRedeemed(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon redeemed at a till: what came off the bill, and what is left to pay."""

    id: UUID
    claim_id: UUID
    shop_id: UUID
    title_zh: str
    title_en: str
    at: datetime
    currency: str
    bill_minor: int
    discount_minor: int
    payable_minor: int


class Paying(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon that somebody redeems at a till for a bill."""

    claim_id: ClaimId
    shop_id: ShopId
    bill_minor: int | None
    actor: Actor
    now: datetime


class CouponsOnly(Conflict):
    """Only a coupon can be locked or redeemed this way; goods and vouchers are redeemed in one step."""

    code = "redemption_coupons_only"

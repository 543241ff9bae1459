"""Claims: one member's coupons, what decides whether one may be got or spent, and what pricing takes of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.ids import (
    CategoryId,
    ClaimId,
    CouponId,
    GroupId,
    HouseholdId,
    MemberId,
    MerchantId,
    OrderId,
    ShopId,
)
from galleria.value import promotions
from galleria.value.coupons.model.template import ClaimSource, Conditions, CouponFunder, CouponKind


class ClaimState(StrEnum):
    """Where one member's coupon stands."""

    ISSUED = "issued"  # to be used -> held, locked, used, transferred, expired, void
    HELD = "held"  # set aside for an unpaid order -> used, issued, expired
    LOCKED = "locked"  # set aside by a till, until its time is over -> used, issued, expired
    USED = "used"  # spent in an order or in a shop -> returned or expired, when that is undone
    RETURNED = "returned"  # given back after a refund; as good as issued
    EXPIRED = "expired"  # its period of use is over
    VOID = "void"  # taken back
    TRANSFERRED = "transferred"  # given to a friend, who has one of their own for it


LOCKS_MAX = 10
"""So many times a till may lock a claim and let go of it again."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a member who wants a coupon that asks for it; None is not known, and then not enough."""

    device: UUID | None = None
    household_id: HouseholdId | None = None
    district: str | None = None
    tier: str | None = None
    birthday: tuple[int, int] | None = None  # month, day
    new_customer: bool | None = None


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """One member who wants one claim of a coupon, since when, how they come to it, and what is known of them.

    `through` is the gate they come by; `reference` with `part` makes what is granted one and the same when asked again.
    """

    group_id: GroupId | None
    member_id: MemberId
    now: datetime
    claim_id: ClaimId
    source: ClaimSource = ClaimSource.CLAIM
    through: str | None = None
    reference: UUID | None = None
    part: int = 0
    facts: Facts = Facts()


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One member's coupon, just got."""

    id: ClaimId
    coupon_id: CouponId
    state: ClaimState
    claimed_at: datetime
    use_from: datetime
    use_until: datetime
    source: ClaimSource = ClaimSource.CLAIM


class GrantOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant gave; fewer than were asked for when `refusal` says why."""

    claims: list[Claim]
    refusal: str | None = None


class MyClaim(msgspec.Struct, frozen=True, kw_only=True):
    """One of the member's own coupons with all its card shows, in the version they got.

    `usable_now` is false before its first day; `transfer_until` is set while it is on offer to a friend.
    """

    id: ClaimId
    coupon_id: CouponId
    version: int
    state: ClaimState
    source: ClaimSource
    claimed_at: datetime
    use_from: datetime
    use_until: datetime
    used_at: datetime | None
    locked_until: datetime | None
    order_id: OrderId | None
    usable_now: bool
    transferable: bool
    transfer_until: datetime | None
    title_zh: str
    title_en: str
    kind: CouponKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    pay_minor: int | None
    units: int | None
    threshold_minor: int
    conditions: Conditions
    funder: CouponFunder
    funder_merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    category_ids: list[CategoryId]
    product_ids: list[UUID]


class IssuedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as staff see it."""

    id: ClaimId
    member_id: MemberId
    version: int
    state: ClaimState
    source: ClaimSource
    claimed_at: datetime
    use_until: datetime
    used_at: datetime | None
    order_id: OrderId | None


class ClaimedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as pricing takes it: `offer.id` is the claim's, `offer.offer_id` the coupon's."""

    offer: promotions.Offer
    claim_id: ClaimId
    coupon_id: CouponId
    member_id: MemberId

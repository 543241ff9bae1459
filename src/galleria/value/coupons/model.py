"""Coupons, claims, their states, and what the screens show of them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from galleria.kernel.ids import CategoryId, ClaimId, CouponId, GroupId, MallId, MemberId, MerchantId, OrderId, ShopId
from galleria.value.discounts import Funder, Offer, OfferKind

Title = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]
Minor = Annotated[int, Meta(ge=1, le=100_000_000_00)]
Threshold = Annotated[int, Meta(ge=0, le=100_000_000_00)]
BasisPointsOff = Annotated[int, Meta(ge=1, le=10_000)]
Total = Annotated[int, Meta(ge=1, le=2_000_000_000)]
PerMember = Annotated[int, Meta(ge=1, le=100)]
PointsPrice = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Aware = Annotated[datetime, Meta(tz=True)]
Shops = Annotated[list[UUID], Meta(max_length=200)]
Categories = Annotated[list[UUID], Meta(max_length=200)]


class CouponState(StrEnum):
    """Where a coupon stands in its life."""

    DRAFT = "draft"  # being written: everything may change, nobody sees it
    LIVE = "live"  # in the shopper's list; claimable within its claim period
    PAUSED = "paused"  # not claimable for now; claims already made stay good
    ENDED = "ended"  # not claimable any more; claims already made stay good until their last day


TRANSITIONS: dict[CouponState, frozenset[CouponState]] = {
    CouponState.DRAFT: frozenset({CouponState.LIVE, CouponState.ENDED}),
    CouponState.LIVE: frozenset({CouponState.PAUSED, CouponState.ENDED}),
    CouponState.PAUSED: frozenset({CouponState.LIVE, CouponState.ENDED}),
    CouponState.ENDED: frozenset(),
}


class ClaimState(StrEnum):
    """Where one member's coupon stands."""

    ISSUED = "issued"  # to be used -> held, used, expired
    HELD = "held"  # set aside for an unpaid order -> used, issued, expired
    USED = "used"  # spent in an order or in a shop -> issued or expired, when that is undone
    EXPIRED = "expired"  # its period of use is over
    VOID = "void"  # taken back


class CouponInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon says. Kind amount needs `amount_minor`; kind percent needs `percent_bp` and may have `cap_minor`.

    Periods are half-open. Empty `shop_ids` and `category_ids` mean everywhere; what a merchant funds names its shops.
    """

    title_zh: Title
    title_en: Title
    kind: OfferKind
    amount_minor: Minor | None = None
    percent_bp: BasisPointsOff | None = None
    cap_minor: Minor | None = None
    threshold_minor: Threshold = 0
    claim_from: Aware
    claim_until: Aware
    use_from: Aware
    use_until: Aware
    total: Total
    per_member: PerMember = 1
    points_price: PointsPrice = 0
    funder: Funder
    funder_merchant_id: UUID | None = None
    shop_ids: Shops = []
    category_ids: Categories = []


class CouponChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a coupon; a field left out stays as it is. Once live, a coupon can only grow or last longer."""

    title_zh: Title | UnsetType = UNSET
    title_en: Title | UnsetType = UNSET
    kind: OfferKind | UnsetType = UNSET
    amount_minor: Minor | UnsetType | None = UNSET
    percent_bp: BasisPointsOff | UnsetType | None = UNSET
    cap_minor: Minor | UnsetType | None = UNSET
    threshold_minor: Threshold | UnsetType = UNSET
    claim_from: Aware | UnsetType = UNSET
    claim_until: Aware | UnsetType = UNSET
    use_from: Aware | UnsetType = UNSET
    use_until: Aware | UnsetType = UNSET
    total: Total | UnsetType = UNSET
    per_member: PerMember | UnsetType = UNSET
    points_price: PointsPrice | UnsetType = UNSET
    funder: Funder | UnsetType = UNSET
    funder_merchant_id: UUID | UnsetType | None = UNSET
    shop_ids: Shops | UnsetType = UNSET
    category_ids: Categories | UnsetType = UNSET


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon as its makers see it; `used` counts the claims spent so far."""

    mall_id: MallId
    id: CouponId
    title_zh: str
    title_en: str
    kind: OfferKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    threshold_minor: int
    claim_from: datetime
    claim_until: datetime
    use_from: datetime
    use_until: datetime
    total: int
    claimed: int
    per_member: int
    points_price: int
    funder: Funder
    funder_merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    category_ids: list[CategoryId]
    state: CouponState
    created_at: datetime
    used: int = 0


class CouponOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon as a shopper sees it; `refusal` is the code that claiming it now would answer, or null.

    `mine` and `my_last_claimed_at` are of the signed-in member; 0 and null for a visitor.
    """

    id: CouponId
    title_zh: str
    title_en: str
    kind: OfferKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    threshold_minor: int
    claim_from: datetime
    claim_until: datetime
    use_from: datetime
    use_until: datetime
    total: int
    remaining: int
    per_member: int
    points_price: int
    funder: Funder
    funder_merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    category_ids: list[CategoryId]
    state: CouponState
    mine: int
    my_last_claimed_at: datetime | None
    claimable: bool
    refusal: str | None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One member's coupon, just claimed."""

    id: ClaimId
    coupon_id: CouponId
    state: ClaimState
    claimed_at: datetime
    use_from: datetime
    use_until: datetime


class MyClaim(msgspec.Struct, frozen=True, kw_only=True):
    """One of the member's own coupons with all its card shows; `usable_now` is false before its first day."""

    id: ClaimId
    coupon_id: CouponId
    state: ClaimState
    claimed_at: datetime
    use_from: datetime
    use_until: datetime
    used_at: datetime | None
    order_id: OrderId | None
    usable_now: bool
    title_zh: str
    title_en: str
    kind: OfferKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    threshold_minor: int
    funder: Funder
    funder_merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    category_ids: list[CategoryId]


class ClaimedOffer(Offer, frozen=True, kw_only=True):
    """A claim as pricing takes it: an Offer whose `id` is the claim's, with the coupon it was claimed from."""

    claim_id: ClaimId
    coupon_id: CouponId
    member_id: MemberId


class StoreUse(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon spent on a bill in a shop: what the bill was, what came off, and who bears it."""

    claim_id: ClaimId
    coupon_id: CouponId
    member_id: MemberId
    title_zh: str
    title_en: str
    bill_minor: int
    discount_minor: int
    payable_minor: int
    funder: Funder
    funder_merchant_id: MerchantId | None


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """One member who wants one claim of a coupon, since when."""

    group_id: GroupId | None
    member_id: MemberId
    now: datetime
    claim_id: ClaimId

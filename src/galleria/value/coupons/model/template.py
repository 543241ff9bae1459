"""What a coupon says, the versions of it, and how the screens show it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from galleria.kernel.ids import CategoryId, CouponId, MallId, MerchantId, ShopId
from galleria.value import promotions

Title = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]
Minor = Annotated[int, Meta(ge=1, le=100_000_000_00)]
Threshold = Annotated[int, Meta(ge=0, le=100_000_000_00)]
BasisPointsOff = Annotated[int, Meta(ge=1, le=10_000)]
Total = Annotated[int, Meta(ge=1, le=2_000_000_000)]
PerMember = Annotated[int, Meta(ge=1, le=100)]
Limit = Annotated[int, Meta(ge=1, le=1_000_000)]
Budget = Annotated[int, Meta(ge=1, le=2**53)]
PointsPrice = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Aware = Annotated[datetime, Meta(tz=True)]
Shops = Annotated[list[UUID], Meta(max_length=200)]
Categories = Annotated[list[UUID], Meta(max_length=200)]
Products = Annotated[list[UUID], Meta(max_length=200)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Units = Annotated[int, Meta(ge=1, le=100)]
Label = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\S")]


class CouponKind(StrEnum):
    """What a coupon gives."""

    AMOUNT = "amount"  # so much off
    PERCENT = "percent"  # a share off
    EXCHANGE = "exchange"  # so many units of the goods for nothing, or for a set price each
    FREE_DELIVERY = "free_delivery"  # the delivery fee off


class CouponFunder(StrEnum):
    """Whose coupon it is: the mall's, or a merchant's. Others may bear shares of it (`funders`)."""

    MALL = "mall"
    MERCHANT = "merchant"


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


class ClaimSource(StrEnum):
    """The ways in which a coupon comes to a member."""

    CLAIM = "claim"  # taken from the list, or from the festival that is its gate
    PUSH = "push"  # sent to a segment
    CODE = "code"  # a single-use code redeemed
    POSTER = "poster"  # a poster's QR code scanned
    PURCHASE = "purchase"  # given for an order
    POINTS = "points"  # bought with points
    EVENT = "event"
    GAME = "game"
    API = "api"  # given by staff or by another system
    TRANSFER = "transfer"  # given by a friend


class ReturnPolicy(StrEnum):
    """What becomes of a spent coupon when all of its order is refunded."""

    RETURN = "return"  # it comes back and lasts as long as it did
    EXTEND = "extend"  # it comes back and lasts `return_days` from then at least
    EXPIRE = "expire"  # it is gone


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Who may have a coupon. What is left out does not narrow."""

    new_customer: bool = False
    birthday: promotions.Birthday | None = None
    tiers: Annotated[tuple[Label, ...], Meta(max_length=20)] = ()


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a coupon may be spent; as `promotions.Eligibility`."""

    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = ()
    month_days: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    minutes: tuple[tuple[int, int], ...] = ()
    channels: tuple[str, ...] = ()
    on_site: bool = False
    first_order_in_shop: bool = False


class CouponInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon says.

    Kind amount needs `amount_minor`; percent needs `percent_bp` and may have `cap_minor`; exchange gives `units` of
    the goods at `pay_minor` each (0: for nothing); free_delivery may have `cap_minor`. Periods are half-open;
    `valid_days` after it was got a coupon ends even before `use_until`. Empty lists mean everywhere; a merchant's
    coupon names its shops. `funders` share the cost; with none, whose coupon it is bears it alone. `budget_minor` is
    committed coupon by coupon with the most that each may take off. `stacking` left out is: one coupon beside others.
    `gate` names what alone gives the coupon out, such as a festival.
    """

    title_zh: Title
    title_en: Title
    kind: CouponKind
    amount_minor: Minor | None = None
    percent_bp: BasisPointsOff | None = None
    cap_minor: Minor | None = None
    pay_minor: Threshold | None = None
    units: Units | None = None
    threshold_minor: Threshold = 0
    claim_from: Aware
    claim_until: Aware
    use_from: Aware
    use_until: Aware
    valid_days: Days | None = None
    total: Total
    daily_total: Total | None = None
    budget_minor: Budget | None = None
    per_member: PerMember = 1
    per_member_day: PerMember | None = None
    per_device: PerMember | None = None
    per_household: PerMember | None = None
    per_shop: Limit | None = None
    points_price: PointsPrice = 0
    funder: CouponFunder
    funder_merchant_id: UUID | None = None
    funders: Annotated[tuple[promotions.Share, ...], Meta(max_length=10)] = ()
    shop_ids: Shops = []
    category_ids: Categories = []
    product_ids: Products = []
    stacking: promotions.Stacking | None = None
    audience: Audience = Audience()
    conditions: Conditions = Conditions()
    issue_by: Annotated[tuple[ClaimSource, ...], Meta(min_length=1)] = (ClaimSource.CLAIM,)
    gate: Label | None = None
    transferable: bool = False
    return_policy: ReturnPolicy = ReturnPolicy.RETURN
    return_days: Days | None = None
    remind_hours: Annotated[int, Meta(ge=1, le=720)] | None = None


class CouponChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a coupon; a field left out stays as it is.

    A draft changes at once. Of a published coupon this writes the next version, which takes effect when it is
    launched; those who hold one keep the version they got.
    """

    title_zh: Title | UnsetType = UNSET
    title_en: Title | UnsetType = UNSET
    kind: CouponKind | UnsetType = UNSET
    amount_minor: Minor | UnsetType | None = UNSET
    percent_bp: BasisPointsOff | UnsetType | None = UNSET
    cap_minor: Minor | UnsetType | None = UNSET
    pay_minor: Threshold | UnsetType | None = UNSET
    units: Units | UnsetType | None = UNSET
    threshold_minor: Threshold | UnsetType = UNSET
    claim_from: Aware | UnsetType = UNSET
    claim_until: Aware | UnsetType = UNSET
    use_from: Aware | UnsetType = UNSET
    use_until: Aware | UnsetType = UNSET
    valid_days: Days | UnsetType | None = UNSET
    total: Total | UnsetType = UNSET
    daily_total: Total | UnsetType | None = UNSET
    budget_minor: Budget | UnsetType | None = UNSET
    per_member: PerMember | UnsetType = UNSET
    per_member_day: PerMember | UnsetType | None = UNSET
    per_device: PerMember | UnsetType | None = UNSET
    per_household: PerMember | UnsetType | None = UNSET
    per_shop: Limit | UnsetType | None = UNSET
    points_price: PointsPrice | UnsetType = UNSET
    funder: CouponFunder | UnsetType = UNSET
    funder_merchant_id: UUID | UnsetType | None = UNSET
    funders: Annotated[tuple[promotions.Share, ...], Meta(max_length=10)] | UnsetType = UNSET
    shop_ids: Shops | UnsetType = UNSET
    category_ids: Categories | UnsetType = UNSET
    product_ids: Products | UnsetType = UNSET
    stacking: promotions.Stacking | UnsetType | None = UNSET
    audience: Audience | UnsetType = UNSET
    conditions: Conditions | UnsetType = UNSET
    issue_by: Annotated[tuple[ClaimSource, ...], Meta(min_length=1)] | UnsetType = UNSET
    gate: Label | UnsetType | None = UNSET
    transferable: bool | UnsetType = UNSET
    return_policy: ReturnPolicy | UnsetType = UNSET
    return_days: Days | UnsetType | None = UNSET
    remind_hours: Annotated[int, Meta(ge=1, le=720)] | UnsetType | None = UNSET


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon as its makers see it, in the version now in force.

    `latest_version` is beyond `version` while a change waits to be launched. `committed_minor` is the part of the
    budget that issued coupons may still take or have taken; `day_claimed` counts the claims of the mall's day
    `day_on`. `pooled` tells that it is given out of pools. `used` counts the claims spent so far.
    """

    mall_id: MallId
    id: CouponId
    title_zh: str
    title_en: str
    kind: CouponKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    pay_minor: int | None
    units: int | None
    threshold_minor: int
    claim_from: datetime
    claim_until: datetime
    use_from: datetime
    use_until: datetime
    valid_days: int | None
    total: int
    daily_total: int | None
    budget_minor: int | None
    claimed: int
    committed_minor: int
    day_on: date | None
    day_claimed: int
    per_member: int
    per_member_day: int | None
    per_device: int | None
    per_household: int | None
    per_shop: int | None
    points_price: int
    funder: CouponFunder
    funder_merchant_id: MerchantId | None
    funders: tuple[promotions.Share, ...]
    shop_ids: list[ShopId]
    category_ids: list[CategoryId]
    product_ids: list[UUID]
    stacking: promotions.Stacking | None
    audience: Audience
    conditions: Conditions
    issue_by: tuple[ClaimSource, ...]
    gate: str | None
    transferable: bool
    return_policy: ReturnPolicy
    return_days: int | None
    remind_hours: int | None
    pooled: bool
    state: CouponState
    version: int
    latest_version: int
    approved_version: int
    created_at: datetime
    used: int = 0


class CouponVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon said in one of its versions, who wrote it and when."""

    version: int
    terms: CouponInput
    made_by: UUID
    at: datetime


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a coupon beside the one before it, for the log of changes."""

    coupon_id: CouponId
    merchant_id: MerchantId | None
    version: int
    newest: bool
    terms: CouponInput
    made_by: UUID
    at: datetime
    before: CouponInput | None


class CouponOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon as a shopper sees it; `refusal` is the code that claiming it now would answer, or null.

    `mine` and `my_last_claimed_at` are of the signed-in member; 0 and null for a visitor.
    """

    id: CouponId
    title_zh: str
    title_en: str
    kind: CouponKind
    amount_minor: int | None
    percent_bp: int | None
    cap_minor: int | None
    pay_minor: int | None
    units: int | None
    threshold_minor: int
    claim_from: datetime
    claim_until: datetime
    use_from: datetime
    use_until: datetime
    valid_days: int | None
    total: int
    daily_total: int | None
    remaining: int
    per_member: int
    per_member_day: int | None
    points_price: int
    funder: CouponFunder
    funder_merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    category_ids: list[CategoryId]
    product_ids: list[UUID]
    audience: Audience
    conditions: Conditions
    gate: str | None
    transferable: bool
    state: CouponState
    mine: int
    my_last_claimed_at: datetime | None
    claimable: bool
    refusal: str | None


def terms_of(coupon: Coupon) -> CouponInput:
    """Return what a coupon says in the version in force."""
    return CouponInput(**{name: getattr(coupon, name) for name in CouponInput.__struct_fields__})

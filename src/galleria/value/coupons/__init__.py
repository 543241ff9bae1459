"""Coupons: what a mall or a merchant gives away, who has claimed it, and where it was spent.

Owns `coupons.coupon` and `coupons.claim`. A claim goes issued -> held (by an unpaid order) -> used, back to issued
when the order is not paid or all of it is refunded, and to expired after its last day. An ended or paused coupon is
not claimable; what was claimed stays good.

Invariants: `claimed` counts the claims and never passes `total` (CHECK, and a conditional UPDATE under the coupon's
row lock); a member has at most `per_member` (unique number per member); a claim is spent or held once (conditional
UPDATE on its state); a published coupon only grows.

Claiming takes the surge path (`platform.batching`) unless it costs points, which an ordinary write spends.

Events out: `coupons.claimed` (subject the claim; `coupon_id`, `member_id`, `count`; live screens of the mall hear of a
batch once, with the count), `coupons.changed` (subject the coupon; `state`, `total`). Events in: none.
"""

from galleria.value.coupons.model import (
    Claim,
    ClaimedOffer,
    ClaimState,
    Coupon,
    CouponChange,
    CouponInput,
    CouponOffer,
    CouponState,
    MyClaim,
    StoreUse,
    Want,
)
from galleria.value.coupons.operations import (
    claim,
    claim_in,
    claim_many,
    create,
    expire_due,
    give_back,
    hold,
    lock_coupon,
    release,
    set_state,
    update,
    use,
    use_in_store,
)
from galleria.value.coupons.queries import (
    get_claim,
    get_coupon,
    get_offer,
    list_managed,
    list_offers,
    my_claims,
    require_usable,
    usable,
)
from galleria.value.coupons.rules import (
    BelowThreshold,
    ClaimExpired,
    ClaimHeld,
    ClaimNotStarted,
    ClaimUsed,
    ClaimVoid,
    CouponEnded,
    CouponLimitReached,
    CouponMoved,
    CouponNotStarted,
    CouponPaused,
    CouponSoldOut,
    NotForThisShop,
)

__all__ = [
    "BelowThreshold",
    "Claim",
    "ClaimExpired",
    "ClaimHeld",
    "ClaimNotStarted",
    "ClaimState",
    "ClaimUsed",
    "ClaimVoid",
    "ClaimedOffer",
    "Coupon",
    "CouponChange",
    "CouponEnded",
    "CouponInput",
    "CouponLimitReached",
    "CouponMoved",
    "CouponNotStarted",
    "CouponOffer",
    "CouponPaused",
    "CouponSoldOut",
    "CouponState",
    "MyClaim",
    "NotForThisShop",
    "StoreUse",
    "Want",
    "claim",
    "claim_in",
    "claim_many",
    "create",
    "expire_due",
    "get_claim",
    "get_coupon",
    "get_offer",
    "give_back",
    "hold",
    "list_managed",
    "list_offers",
    "lock_coupon",
    "my_claims",
    "release",
    "require_usable",
    "set_state",
    "update",
    "usable",
    "use",
    "use_in_store",
]

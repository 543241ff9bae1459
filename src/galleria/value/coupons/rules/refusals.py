"""Why something about coupons is refused."""

from galleria.kernel.errors import Conflict, NotFound


class CouponNotStarted(Conflict):
    """Claiming begins at `claim_from`."""

    code = "coupon_not_started"


class CouponEnded(Conflict):
    """Claiming is over since `claim_until`."""

    code = "coupon_ended"


class CouponPaused(Conflict):
    """The mall has paused this coupon."""

    code = "coupon_paused"


class CouponSoldOut(Conflict):
    """Every one of `total` is taken."""

    code = "coupon_sold_out"


class CouponLimitReached(Conflict):
    """The member has all `per_member` they may have, the last one since `taken_at`."""

    code = "coupon_limit_reached"


class CouponMoved(Conflict):
    """A coupon in `state` cannot take the `wanted` one."""

    code = "coupon_moved"


class ClaimHeld(Conflict):
    """The claim is set aside for another order that is not paid yet."""

    code = "claim_held"


class ClaimUsed(Conflict):
    """The claim was spent at `used_at`."""

    code = "claim_used"


class ClaimExpired(Conflict):
    """The claim could be used until `use_until`."""

    code = "claim_expired"


class ClaimNotStarted(Conflict):
    """The claim can be used from `use_from`."""

    code = "claim_not_started"


class ClaimVoid(Conflict):
    """The claim was taken back."""

    code = "claim_void"


class NotForThisShop(Conflict):
    """The coupon does not hold in this shop."""

    code = "coupon_not_for_shop"


class BelowThreshold(Conflict):
    """The bill is `missing_minor` short of the coupon's threshold."""

    code = "coupon_below_threshold"


class CouponNotApproved(Conflict):
    """Version `version` of the coupon was not approved by a launch."""

    code = "coupon_not_approved"


class VersionUnknown(NotFound):
    """The coupon has no such version."""

    code = "coupon_version_unknown"


class CouponGated(Conflict):
    """The coupon is given out by its `gate` only, such as a festival."""

    code = "coupon_gated"


class CouponNotIssuedSo(Conflict):
    """The coupon is not given out by this way, `source`."""

    code = "coupon_not_issued_so"


class CouponNotForYou(Conflict):
    """The coupon is for others: `audience` says which members it is for."""

    code = "coupon_not_for_you"


class CouponDayLimitReached(Conflict):
    """The member has all `per_member_day` they may have a day."""

    code = "coupon_day_limit_reached"


class CouponSoldOutToday(Conflict):
    """All `daily_total` of today are taken."""

    code = "coupon_sold_out_today"


class CouponDeviceLimit(Conflict):
    """This device has got all `per_device` it may."""

    code = "coupon_device_limit"


class CouponDeviceUnknown(Conflict):
    """The coupon is limited by device, and the request does not say which it comes from."""

    code = "coupon_device_unknown"


class CouponHouseholdLimit(Conflict):
    """The member's household has got all `per_household` it may."""

    code = "coupon_household_limit"


class CouponBudgetSpent(Conflict):
    """What is left of the budget does not cover another coupon."""

    code = "coupon_budget_spent"


class CouponPoolEmpty(Conflict):
    """What was set aside for this time, district or tier is taken; `next_at` is when more comes, or empty."""

    code = "coupon_pool_empty"


class CouponNoPool(Conflict):
    """Nothing was set aside for this district or tier."""

    code = "coupon_no_pool"


class CouponShopLimit(Conflict):
    """This shop has taken all `per_shop` it may of the coupon."""

    code = "coupon_shop_limit"


class ClaimLocked(Conflict):
    """The claim is set aside by a till until `locked_until`."""

    code = "claim_locked"


class ClaimLocksSpent(Conflict):
    """The claim was locked and let go of `locks` times, and may not be locked again."""

    code = "claim_locks_spent"


class LockOver(Conflict):
    """There is no such lock any more: its time is over, or it was redeemed or let go of."""

    code = "lock_over"


class ClaimTransferred(Conflict):
    """The claim was given to a friend."""

    code = "claim_transferred"


class ClaimNotNow(Conflict):
    """The coupon does not hold on this day, or at this hour."""

    code = "claim_not_now"


class NotTransferable(Conflict):
    """The coupon may not be given on."""

    code = "claim_not_transferable"


class TransferToOneself(Conflict):
    """The link leads to the member's own coupon."""

    code = "transfer_to_oneself"


class TransferOver(Conflict):
    """The link is good no more: `state` says what became of it."""

    code = "transfer_over"


class CodeUnknown(NotFound):
    """There is no such code; `typo` tells that its check character does not fit."""

    code = "coupon_code_unknown"


class CodeUsed(Conflict):
    """The code was redeemed before."""

    code = "coupon_code_used"


class CodeVoid(Conflict):
    """The code was taken back."""

    code = "coupon_code_void"


class BatchNotReady(Conflict):
    """The codes are still being made: `made` of `count`."""

    code = "coupon_batch_not_ready"


class PosterClosed(Conflict):
    """Nothing is given out by this poster any more."""

    code = "coupon_poster_closed"

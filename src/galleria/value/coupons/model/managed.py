"""A coupon with everything its makers ask about it."""

import msgspec

from galleria.value.coupons.model.pool import Pool
from galleria.value.coupons.model.template import Coupon, CouponInput, CouponVersion


class ManagedCoupon(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon, the change that waits to be launched (`next`), its versions, its pools, and its claims counted."""

    coupon: Coupon
    next: CouponInput | None
    versions: list[CouponVersion]
    pools: list[Pool]
    by_state: dict[str, int]
    by_source: dict[str, int]

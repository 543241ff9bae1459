"""What becomes of a spent coupon that is given back."""

from datetime import datetime, timedelta

import msgspec

from galleria.value.coupons.model.claim import ClaimState
from galleria.value.coupons.model.template import CouponInput, ReturnPolicy


class GivenBack(msgspec.Struct, frozen=True):
    """The state a claim takes, and until when it lasts."""

    state: ClaimState
    use_until: datetime


def given_back(terms: CouponInput, use_until: datetime, *, now: datetime, mistake: bool, again: bool) -> GivenBack:
    """Return how a spent claim comes back: by its policy, or after a mistake as it was before (`again`: returned)."""
    if not mistake and terms.return_policy is ReturnPolicy.EXPIRE:
        return GivenBack(ClaimState.EXPIRED, min(use_until, now))
    if not mistake and terms.return_policy is ReturnPolicy.EXTEND:
        use_until = max(use_until, now + timedelta(days=terms.return_days or 0))
    if use_until <= now:
        return GivenBack(ClaimState.EXPIRED, use_until)
    return GivenBack(ClaimState.ISSUED if mistake and not again else ClaimState.RETURNED, use_until)

"""May a claim be spent, and what does it take off a bill."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from galleria.kernel.errors import DomainError
from galleria.kernel.ids import CategoryId, MerchantId, ShopId
from galleria.value.coupons.model.claim import LOCKS_MAX, ClaimedOffer, ClaimState
from galleria.value.coupons.model.template import Conditions, CouponInput, CouponKind
from galleria.value.coupons.rules import refusals
from galleria.value.coupons.rules.template import iso
from galleria.value.discounts import BasketLine, Reason, price

STORE = "store"
"""The channel of a till."""


class ClaimStanding(msgspec.Struct, frozen=True):
    """What decides whether a claim can be spent."""

    state: ClaimState
    use_from: datetime
    use_until: datetime
    used_at: datetime | None
    locked_until: datetime | None = None
    locks: int = 0


def claim_refusal(claim: ClaimStanding, now: datetime) -> DomainError | None:
    """Return why a claim cannot be spent now, or None. A lock whose time is over is none."""
    gone = _gone(claim)
    if gone is not None:
        return gone
    if claim.state is ClaimState.EXPIRED or now >= claim.use_until:
        return refusals.ClaimExpired(use_until=iso(claim.use_until))
    if claim.state is ClaimState.LOCKED and claim.locked_until is not None and claim.locked_until > now:
        return refusals.ClaimLocked(locked_until=iso(claim.locked_until))
    if now < claim.use_from:
        return refusals.ClaimNotStarted(use_from=iso(claim.use_from))
    return None


def _gone(claim: ClaimStanding) -> DomainError | None:
    if claim.state is ClaimState.USED:
        return refusals.ClaimUsed(used_at=iso(claim.used_at) if claim.used_at else "")
    if claim.state is ClaimState.HELD:
        return refusals.ClaimHeld()
    if claim.state is ClaimState.VOID:
        return refusals.ClaimVoid()
    return refusals.ClaimTransferred() if claim.state is ClaimState.TRANSFERRED else None


def lock_refusal(claim: ClaimStanding, now: datetime) -> DomainError | None:
    """Return why a claim cannot be locked now, or None."""
    refused = claim_refusal(claim, now)
    if refused is None and claim.locks >= LOCKS_MAX:
        return refusals.ClaimLocksSpent(locks=LOCKS_MAX)
    return refused


def moment_refusal(conditions: Conditions, local: datetime) -> DomainError | None:
    """Return why a coupon does not hold at a till at a local moment, or None."""
    minute = local.hour * 60 + local.minute
    if conditions.channels and STORE not in conditions.channels:
        return refusals.NotForThisShop()
    wrong_day = bool(conditions.weekdays) and local.isoweekday() not in conditions.weekdays
    wrong_date = bool(conditions.month_days) and local.day not in conditions.month_days
    wrong_hour = bool(conditions.minutes) and not any(a <= minute < b for a, b in conditions.minutes)
    return refusals.ClaimNotNow() if wrong_day or wrong_date or wrong_hour else None


def off_bill(
    offer: ClaimedOffer,
    terms: CouponInput,
    *,
    shop_id: ShopId,
    merchant_id: MerchantId,
    category_ids: Sequence[CategoryId],
    bill_minor: int,
) -> int:
    """Return what a coupon takes off a bill written in a shop; raises NotForThisShop or BelowThreshold.

    The bill of an exchange coupon is for the goods exchanged: what is to be paid for them stays.
    """
    if terms.kind is CouponKind.FREE_DELIVERY:
        raise refusals.NotForThisShop
    bill = BasketLine(
        key="bill",
        shop_id=shop_id,
        merchant_id=merchant_id,
        category_ids=category_ids,
        quantity=1,
        unit_price_minor=bill_minor,
    )
    exchange = terms.kind is CouponKind.EXCHANGE
    kept = min(bill_minor, (terms.pay_minor or 0) * (terms.units or 1)) if exchange else 0
    wanted = msgspec.structs.replace(offer, amount_minor=max(1, bill_minor - kept)) if exchange else offer
    [decision] = price([bill], [wanted], offer.id).decisions
    if decision.reason is Reason.NO_MATCHING_GOODS:
        raise refusals.NotForThisShop
    if decision.reason is not None:
        raise refusals.BelowThreshold(threshold_minor=offer.threshold_minor, missing_minor=decision.missing_minor)
    return bill_minor - kept if exchange else decision.discount_minor

"""Decisions about coupons: is one well written, may it change, may it be claimed, what does it take off a bill."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from galleria.kernel.errors import Conflict, DomainError, FieldError, Invalid, NotFound
from galleria.kernel.ids import CategoryId, GroupId, MemberId, MerchantId, ShopId
from galleria.value.coupons.model import (
    TRANSITIONS,
    ClaimedOffer,
    ClaimState,
    Coupon,
    CouponInput,
    CouponState,
    Want,
)
from galleria.value.discounts import BasketLine, Funder, OfferKind, Reason, price


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


def check(coupon: CouponInput) -> None:
    """Raise Invalid naming every field of a coupon that contradicts another."""
    errors = [FieldError(field, code) for field, code, wrong in _contradictions(coupon) if wrong]
    if errors:
        raise Invalid(errors=tuple(errors))


def _contradictions(c: CouponInput) -> list[tuple[str, str, bool]]:
    amount, percent = c.kind is OfferKind.AMOUNT, c.kind is OfferKind.PERCENT
    by_merchant = c.funder is Funder.MERCHANT
    return [
        ("amount_minor", "coupon_amount_missing", amount and c.amount_minor is None),
        ("amount_minor", "coupon_amount_out_of_place", percent and c.amount_minor is not None),
        ("percent_bp", "coupon_percent_missing", percent and c.percent_bp is None),
        ("percent_bp", "coupon_percent_out_of_place", amount and c.percent_bp is not None),
        ("cap_minor", "coupon_cap_out_of_place", amount and c.cap_minor is not None),
        ("claim_until", "coupon_claim_period", c.claim_until <= c.claim_from),
        ("use_until", "coupon_use_period", c.use_until <= c.use_from),
        ("use_until", "coupon_claimed_in_vain", c.use_until < c.claim_until),
        ("per_member", "coupon_per_member", c.per_member > c.total),
        ("funder_merchant_id", "coupon_funder_missing", by_merchant and c.funder_merchant_id is None),
        ("funder_merchant_id", "coupon_funder_out_of_place", not by_merchant and c.funder_merchant_id is not None),
        ("shop_ids", "coupon_shops_missing", by_merchant and not c.shop_ids),
        ("shop_ids", "coupon_listed_twice", len(set(c.shop_ids)) != len(c.shop_ids)),
        ("category_ids", "coupon_listed_twice", len(set(c.category_ids)) != len(c.category_ids)),
    ]


GROWING = ("total", "claim_until", "use_until")


def check_change(coupon: Coupon, changed: Mapping[str, Any]) -> None:
    """Raise Invalid for each field that may not change any more, CouponMoved when nothing may.

    A published coupon is a promise: those who hold one, or come for one, must get what was announced. So its total
    may only rise and its periods only end later; for anything else, end it and write another.
    """
    if coupon.state is CouponState.DRAFT:
        return
    if coupon.state is CouponState.ENDED:
        raise CouponMoved(state=coupon.state.value, wanted=coupon.state.value)
    moved = {name: value for name, value in changed.items() if value != getattr(coupon, name)}
    frozen = [FieldError(name, "coupon_frozen") for name in moved if name not in GROWING]
    shrunk = [
        FieldError(name, "coupon_only_rises" if name == "total" else "coupon_only_extends")
        for name in GROWING
        if name in moved and moved[name] < getattr(coupon, name)
    ]
    if frozen or shrunk:
        raise Invalid(errors=(*frozen, *shrunk))


def check_move(coupon: Coupon, state: CouponState, now: datetime) -> None:
    """Raise CouponMoved for a step that is none, CouponEnded for publishing what nobody could claim any more."""
    if state not in TRANSITIONS[coupon.state]:
        raise CouponMoved(state=coupon.state.value, wanted=state.value)
    if state is CouponState.LIVE and coupon.claim_until <= now:
        raise CouponEnded(claim_until=iso(coupon.claim_until))


def refusal(coupon: Coupon, *, claimed: int, mine: int, my_last: datetime | None, now: datetime) -> DomainError | None:
    """Return why a member may not claim now, or None; `claimed` of all and `mine` of this member are counts.

    That the member has one already is said before that all are gone: who has theirs need not worry.
    """
    if coupon.state is CouponState.DRAFT:
        return NotFound()
    if coupon.state is CouponState.ENDED or now >= coupon.claim_until:
        return CouponEnded(claim_until=iso(coupon.claim_until))
    if mine >= coupon.per_member:
        taken_at = iso(my_last) if my_last else ""
        return CouponLimitReached(per_member=coupon.per_member, taken_at=taken_at)
    if coupon.state is CouponState.PAUSED:
        return CouponPaused()
    if now < coupon.claim_from:
        return CouponNotStarted(claim_from=iso(coupon.claim_from))
    if claimed >= coupon.total:
        return CouponSoldOut(total=coupon.total)
    return None


class Held(msgspec.Struct, frozen=True):
    """How many claims of a coupon a member has, and the newest one's time."""

    member_id: MemberId
    count: int
    last_at: datetime


def decide(
    coupon: Coupon, wants: Sequence[Want], held: Mapping[MemberId, Held], group_id: GroupId
) -> list[int | DomainError]:
    """Return for each want, first come first served, the claim's number of its member, or why not.

    What is granted on the way counts for those behind: towards the total, and towards the member who asks twice. A
    member of another group than the mall's, `group_id`, finds no coupon.
    """
    counts = {member_id: (h.count, h.last_at) for member_id, h in held.items()}
    claimed, outcomes = coupon.claimed, list[int | DomainError]()
    for want in wants:
        if want.group_id != group_id:
            outcomes.append(NotFound())
            continue
        mine, last = counts.get(want.member_id, (0, None))
        refused = refusal(coupon, claimed=claimed, mine=mine, my_last=last, now=want.now)
        if refused is None:
            claimed += 1
            counts[want.member_id] = (mine + 1, want.now)
        outcomes.append(mine + 1 if refused is None else refused)
    return outcomes


class ClaimStanding(msgspec.Struct, frozen=True):
    """What decides whether a claim can be spent."""

    state: ClaimState
    use_from: datetime
    use_until: datetime
    used_at: datetime | None


def claim_refusal(claim: ClaimStanding, now: datetime) -> DomainError | None:
    """Return why a claim cannot be spent now, or None."""
    if claim.state is ClaimState.USED:
        return ClaimUsed(used_at=iso(claim.used_at) if claim.used_at else "")
    if claim.state is ClaimState.HELD:
        return ClaimHeld()
    if claim.state is ClaimState.VOID:
        return ClaimVoid()
    if claim.state is ClaimState.EXPIRED or now >= claim.use_until:
        return ClaimExpired(use_until=iso(claim.use_until))
    if now < claim.use_from:
        return ClaimNotStarted(use_from=iso(claim.use_from))
    return None


def off_bill(
    offer: ClaimedOffer,
    *,
    shop_id: ShopId,
    merchant_id: MerchantId,
    category_ids: Sequence[CategoryId],
    bill_minor: int,
) -> int:
    """Return what a coupon takes off a bill written in a shop; raises NotForThisShop or BelowThreshold."""
    bill = BasketLine(
        key="bill",
        shop_id=shop_id,
        merchant_id=merchant_id,
        category_ids=category_ids,
        quantity=1,
        unit_price_minor=bill_minor,
    )
    [decision] = price([bill], [offer], offer.id).decisions
    if decision.reason is Reason.NO_MATCHING_GOODS:
        raise NotForThisShop
    if decision.reason is not None:
        raise BelowThreshold(threshold_minor=offer.threshold_minor, missing_minor=decision.missing_minor)
    return decision.discount_minor


def iso(moment: datetime) -> str:
    """Return a moment as the API writes it."""
    return moment.isoformat().replace("+00:00", "Z")

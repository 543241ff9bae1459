"""Is a coupon well written, may it change, may it take another state, and what is one of it worth at most."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from galleria.kernel.errors import FieldError, Invalid
from galleria.value.coupons.model.template import (
    TRANSITIONS,
    Coupon,
    CouponFunder,
    CouponInput,
    CouponKind,
    CouponState,
    ReturnPolicy,
)
from galleria.value.coupons.rules.refusals import CouponEnded, CouponMoved, CouponNotApproved

SHARES_BP = 10_000


def check(coupon: CouponInput) -> None:
    """Raise Invalid naming every field of a coupon that contradicts another."""
    errors = [FieldError(field, code) for field, code, wrong in (*_benefit(coupon), *_rest(coupon)) if wrong]
    if errors:
        raise Invalid(errors=tuple(errors))


def _benefit(c: CouponInput) -> list[tuple[str, str, bool]]:
    amount, percent = c.kind is CouponKind.AMOUNT, c.kind is CouponKind.PERCENT
    exchange, capped = c.kind is CouponKind.EXCHANGE, c.kind in {CouponKind.PERCENT, CouponKind.FREE_DELIVERY}
    return [
        ("amount_minor", "coupon_amount_missing", amount and c.amount_minor is None),
        ("amount_minor", "coupon_amount_out_of_place", not amount and c.amount_minor is not None),
        ("percent_bp", "coupon_percent_missing", percent and c.percent_bp is None),
        ("percent_bp", "coupon_percent_out_of_place", not percent and c.percent_bp is not None),
        ("cap_minor", "coupon_cap_out_of_place", not capped and c.cap_minor is not None),
        ("pay_minor", "coupon_exchange_missing", exchange and c.pay_minor is None),
        ("pay_minor", "coupon_exchange_out_of_place", not exchange and c.pay_minor is not None),
        ("units", "coupon_exchange_missing", exchange and c.units is None),
        ("units", "coupon_exchange_out_of_place", not exchange and c.units is not None),
        ("product_ids", "coupon_goods_missing", exchange and not (c.product_ids or c.category_ids)),
        ("budget_minor", "coupon_worth_unknown", c.budget_minor is not None and worth_minor(c) is None),
        ("budget_minor", "coupon_budget_below_one", (c.budget_minor or 2**53) < (worth_minor(c) or 0)),
    ]


def _rest(c: CouponInput) -> list[tuple[str, str, bool]]:
    by_merchant, extends = c.funder is CouponFunder.MERCHANT, c.return_policy is ReturnPolicy.EXTEND
    return [
        ("claim_until", "coupon_claim_period", c.claim_until <= c.claim_from),
        ("use_until", "coupon_use_period", c.use_until <= c.use_from),
        ("use_until", "coupon_claimed_in_vain", c.use_until < c.claim_until),
        ("per_member", "coupon_per_member", c.per_member > c.total),
        ("per_member_day", "coupon_per_member_day", (c.per_member_day or 1) > c.per_member),
        ("daily_total", "coupon_daily_total", (c.daily_total or 1) > c.total),
        ("funder_merchant_id", "coupon_funder_missing", by_merchant and c.funder_merchant_id is None),
        ("funder_merchant_id", "coupon_funder_out_of_place", not by_merchant and c.funder_merchant_id is not None),
        ("funders", "coupon_shares_sum", bool(c.funders) and sum(s.share_bp for s in c.funders) != SHARES_BP),
        ("shop_ids", "coupon_shops_missing", by_merchant and not c.shop_ids),
        ("shop_ids", "coupon_listed_twice", len(set(c.shop_ids)) != len(c.shop_ids)),
        ("category_ids", "coupon_listed_twice", len(set(c.category_ids)) != len(c.category_ids)),
        ("product_ids", "coupon_listed_twice", len(set(c.product_ids)) != len(c.product_ids)),
        ("return_days", "coupon_return_days", extends != (c.return_days is not None)),
    ]


def worth_minor(coupon: CouponInput | Coupon) -> int | None:
    """Return the most that one coupon takes off, which it commits of a budget; None when nothing bounds it."""
    return coupon.amount_minor if coupon.kind is CouponKind.AMOUNT else coupon.cap_minor


FIXED = ("points_price", "funder", "funder_merchant_id", "gate", "audience", "per_household")
GROWING = ("total", "claim_until", "use_until")


def check_change(coupon: Coupon, changed: Mapping[str, Any]) -> None:
    """Raise Invalid for each field that may not change any more, CouponMoved when nothing may.

    A published coupon is a promise to those who come for one: its total may only rise and its periods only end
    later. What it says may change for those who get one from then on, but not whose and for whom it is, nor its price.
    """
    if coupon.state is CouponState.DRAFT:
        return
    if coupon.state is CouponState.ENDED:
        raise CouponMoved(state=coupon.state.value, wanted=coupon.state.value)
    moved = {name: value for name, value in changed.items() if not _same(value, getattr(coupon, name))}
    frozen = [FieldError(name, "coupon_frozen") for name in FIXED if name in moved]
    shrunk = [
        FieldError(name, "coupon_only_rises" if name == "total" else "coupon_only_extends")
        for name in GROWING
        if name in moved and moved[name] < getattr(coupon, name)
    ]
    if frozen or shrunk:
        raise Invalid(errors=(*frozen, *shrunk))


def _same(wanted: Any, said: Any) -> bool:
    return bool((list(wanted) if isinstance(wanted, tuple) else wanted) == said)


def check_given_out(coupon: Coupon, terms: CouponInput) -> None:
    """Raise Invalid for a total, a day's total or a budget below what was given out already."""
    errors = [
        FieldError(field, "coupon_below_given_out")
        for field, limit, given in (
            ("total", terms.total, coupon.claimed),
            ("daily_total", terms.daily_total, coupon.day_claimed),
            ("budget_minor", terms.budget_minor, coupon.committed_minor),
        )
        if limit is not None and limit < given
    ]
    if errors:
        raise Invalid(errors=tuple(errors))


def check_move(coupon: Coupon, state: CouponState, now: datetime) -> None:
    """Raise CouponMoved for a step that is none, CouponNotApproved and CouponEnded for going live too soon or late."""
    if state not in TRANSITIONS[coupon.state]:
        raise CouponMoved(state=coupon.state.value, wanted=state.value)
    if state is not CouponState.LIVE:
        return
    if coupon.approved_version != coupon.version:
        raise CouponNotApproved(version=coupon.version)
    if coupon.claim_until <= now:
        raise CouponEnded(claim_until=iso(coupon.claim_until))


def iso(moment: datetime) -> str:
    """Return a moment as the API writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def ends_at(coupon: Coupon, claimed_at: datetime) -> datetime:
    """Return until when one can be used that is got at a moment."""
    if coupon.valid_days is None:
        return coupon.use_until
    return min(coupon.use_until, claimed_at + timedelta(days=coupon.valid_days))

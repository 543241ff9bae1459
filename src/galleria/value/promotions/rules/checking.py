"""Contradictions inside an offer, told before anybody sees it."""

from collections.abc import Iterator
from itertools import pairwise

from galleria.kernel.errors import FieldError
from galleria.kernel.money import WHOLE
from galleria.value.promotions.model import (
    AddOn,
    AmountOff,
    Benefit,
    Bundle,
    Eligibility,
    Exchange,
    FreeDelivery,
    Funder,
    Gift,
    Grant,
    Layer,
    Limits,
    Offer,
    PercentOff,
    PurchaseLimit,
    SetOff,
    SetPrice,
    Share,
    Stacking,
    TieredOff,
)

DAY = 24 * 60
OFF_THE_SUM = {Layer.ORDER, Layer.COUPON, Layer.POINTS}
FITTING: dict[type, set[Layer]] = {
    AmountOff: OFF_THE_SUM,
    PercentOff: {Layer.PRICE, *OFF_THE_SUM},
    TieredOff: OFF_THE_SUM,
    SetPrice: {Layer.PRICE, Layer.SET},
    SetOff: {Layer.SET},
    Bundle: {Layer.SET},
    Gift: {Layer.SET, Layer.ORDER},
    AddOn: {Layer.SET, Layer.ORDER},
    Exchange: {Layer.COUPON, Layer.POINTS},
    FreeDelivery: {Layer.DELIVERY},
    Grant: set(Layer) - {Layer.PRICE},
    PurchaseLimit: set(Layer),
}
"""The layers in which each kind of benefit can be applied."""

OF_COUNTED = (Bundle, Gift, AddOn, FreeDelivery, Grant, PurchaseLimit)
"""Benefits that say themselves what becomes cheaper, if anything."""


def check_offer(offer: Offer) -> list[FieldError]:
    """Return what is contradictory in an offer, field by field; nothing when it can go live."""
    return [
        *_shares(offer.shares),
        *_stacking(offer.stacking, offer.benefit),
        *_benefit(offer.benefit, offer),
        *_eligibility(offer.eligibility),
    ]


def _shares(shares: tuple[Share, ...]) -> Iterator[FieldError]:
    if sum(share.share_bp for share in shares) != WHOLE:
        yield FieldError("shares", "promotion_shares_sum")
    if len({(share.funder, share.funder_id) for share in shares}) != len(shares):
        yield FieldError("shares", "promotion_shares_twice")
    for number, share in enumerate(shares):
        if share.funder is Funder.MALL and share.funder_id is not None:
            yield FieldError(f"shares[{number}].funder_id", "promotion_share_of_mall")
        if share.funder is Funder.SPONSOR and share.funder_id is None:
            yield FieldError(f"shares[{number}].funder_id", "promotion_share_of_nobody")


def _stacking(stacking: Stacking, benefit: Benefit) -> Iterator[FieldError]:
    if stacking.layer not in FITTING[type(benefit)]:
        yield FieldError("stacking.layer", "promotion_layer")
    if stacking.exclusive and stacking.layer is Layer.PRICE:
        yield FieldError("stacking.exclusive", "promotion_price_exclusive")


def _benefit(benefit: Benefit, offer: Offer) -> Iterator[FieldError]:
    own = offer.discounted is not None
    if own and isinstance(benefit, OF_COUNTED):
        yield FieldError("discounted", "promotion_discounted_unused")
    if getattr(benefit, "repeat", False) and not (offer.threshold_minor or offer.threshold_pieces):
        yield FieldError("benefit.repeat", "promotion_repeat_of_nothing")
    if isinstance(benefit, SetOff) and not own and benefit.discounted >= benefit.size:
        yield FieldError("benefit.discounted", "promotion_set_all_discounted")
    if isinstance(benefit, PurchaseLimit) and offer.limits == Limits():
        yield FieldError("limits", "promotion_limit_missing")
    if isinstance(benefit, Gift | AddOn) and len(set(_choices(benefit))) != len(benefit.choices):
        yield FieldError("benefit.choices", "promotion_choice_twice")
    if isinstance(benefit, TieredOff):
        yield from _tiers(benefit)


def _choices(benefit: Gift | AddOn) -> list[object]:
    if isinstance(benefit, Gift):
        return list(benefit.choices)
    return [choice.variant_id for choice in benefit.choices]


def _tiers(benefit: TieredOff) -> Iterator[FieldError]:
    for number, tier in enumerate(benefit.tiers):
        if (tier.amount_minor is None) == (tier.percent_bp is None):
            yield FieldError(f"benefit.tiers[{number}]", "promotion_tier_amount_or_percent")
    for number, (lower, higher) in enumerate(pairwise(benefit.tiers), start=1):
        if higher.threshold <= lower.threshold:
            yield FieldError(f"benefit.tiers[{number}].threshold", "promotion_tier_threshold")
        if (lower.percent_bp is None) != (higher.percent_bp is None):
            yield FieldError(f"benefit.tiers[{number}]", "promotion_tiers_alike")
        elif (higher.amount_minor or 0, higher.percent_bp or 0) <= (lower.amount_minor or 0, lower.percent_bp or 0):
            yield FieldError(f"benefit.tiers[{number}]", "promotion_tier_saving")


def _eligibility(rule: Eligibility) -> Iterator[FieldError]:
    if rule.starts_at is not None and rule.ends_at is not None and rule.ends_at <= rule.starts_at:
        yield FieldError("eligibility.ends_at", "promotion_period")
    for number, (begin, end) in enumerate(rule.minutes):
        if not 0 <= begin < end <= DAY:
            yield FieldError(f"eligibility.minutes[{number}]", "promotion_minutes")

"""Contradictions inside an offer, told before anybody sees it."""

from galleria.kernel.errors import FieldError
from galleria.value.promotions.model import Layer, Offer

WHOLE = 10_000


def check_offer(offer: Offer) -> list[FieldError]:
    """Return what is contradictory in an offer, field by field; nothing when it can go live."""
    errors: list[FieldError] = []
    if sum(share.share_bp for share in offer.shares) != WHOLE:
        errors.append(FieldError("shares", "shares_sum"))
    if offer.stacking.layer is Layer.PRICE and offer.stacking.exclusive:
        errors.append(FieldError("stacking.exclusive", "price_exclusive"))
    return errors

"""A claim as pricing takes it."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from galleria.kernel.ids import ClaimId, CouponId, MemberId
from galleria.value import promotions
from galleria.value.coupons.model.claim import ClaimedOffer
from galleria.value.coupons.model.template import CouponFunder, CouponInput, CouponKind

WHOLE_BP = 10_000


class ClaimHead(msgspec.Struct, frozen=True, kw_only=True):
    """A claim, and the version it was got in."""

    id: ClaimId
    coupon_id: CouponId
    member_id: MemberId
    version: int
    use_until: datetime


class ClaimRow(ClaimHead, frozen=True, kw_only=True):
    """A claim with the words of the version it was got in, as JSON."""

    terms: str


@lru_cache(maxsize=4096)
def read_terms(terms: str) -> CouponInput:
    """Return what a version says."""
    return msgspec.json.decode(terms, type=CouponInput)


def claimed_offer(row: ClaimRow) -> ClaimedOffer:
    """Return a claim as pricing takes it: it ends when the claim does."""
    return claimed(row, _known(row.coupon_id, row.version, row.terms))


def claimed(row: ClaimHead, base: promotions.Offer) -> ClaimedOffer:
    """Return a claim as pricing takes it, of the offer its version is."""
    offer = msgspec.structs.replace(
        base,
        id=row.id,
        expires_at=row.use_until,
        eligibility=msgspec.structs.replace(base.eligibility, ends_at=row.use_until),
    )
    return ClaimedOffer(offer=offer, claim_id=row.id, coupon_id=row.coupon_id, member_id=row.member_id)


@lru_cache(maxsize=4096)
def _known(coupon_id: UUID, version: int, terms: str) -> promotions.Offer:
    return offer_of(coupon_id, version, read_terms(terms))


def offer_of(coupon_id: UUID, version: int, terms: CouponInput) -> promotions.Offer:
    """Return what one coupon of a version takes off, as the engine knows it; its `id` is the coupon's."""
    conditions = terms.conditions
    merchants = () if terms.funder_merchant_id is None else (terms.funder_merchant_id,)
    return promotions.Offer(
        id=coupon_id,
        offer_id=coupon_id,
        version=version,
        source=promotions.Source.COUPON,
        title_zh=terms.title_zh,
        title_en=terms.title_en,
        benefit=_benefit(terms),
        stacking=terms.stacking or default_stacking(terms),
        shares=terms.funders or (_alone(terms),),
        counted=promotions.Scope(
            shop_ids=tuple(terms.shop_ids),
            merchant_ids=merchants,
            category_ids=tuple(terms.category_ids),
            product_ids=tuple(terms.product_ids),
        ),
        threshold_minor=terms.threshold_minor,
        eligibility=promotions.Eligibility(
            starts_at=terms.use_from,
            ends_at=terms.use_until,
            weekdays=conditions.weekdays,
            month_days=conditions.month_days,
            minutes=conditions.minutes,
            channels=conditions.channels,
            on_site=conditions.on_site,
            first_order_in_shop=conditions.first_order_in_shop,
        ),
        expires_at=terms.use_until,
    )


def _benefit(terms: CouponInput) -> promotions.Benefit:
    if terms.kind is CouponKind.AMOUNT:
        return promotions.AmountOff(amount_minor=terms.amount_minor or 0)
    if terms.kind is CouponKind.PERCENT:
        return promotions.PercentOff(percent_bp=terms.percent_bp or 0, cap_minor=terms.cap_minor)
    if terms.kind is CouponKind.EXCHANGE:
        return promotions.Exchange(pay_minor=terms.pay_minor or 0, units=terms.units or 1)
    return promotions.FreeDelivery(cap_minor=terms.cap_minor)


def _alone(terms: CouponInput) -> promotions.Share:
    """Return the only share: whose coupon it is bears all of it."""
    if terms.funder is CouponFunder.MERCHANT:
        return promotions.Share(promotions.Funder.MERCHANT, terms.funder_merchant_id, WHOLE_BP)
    return promotions.Share(promotions.Funder.MALL, None, WHOLE_BP)


def default_stacking(terms: CouponInput) -> promotions.Stacking:
    """Return how a coupon combines when it does not say: one of the mall and one of each merchant an order.

    A coupon that was bought with points stands alone.
    """
    if terms.kind is CouponKind.FREE_DELIVERY:
        return promotions.Stacking(layer=promotions.Layer.DELIVERY, group="delivery")
    if terms.points_price > 0:
        return promotions.Stacking(layer=promotions.Layer.POINTS, group="points", exclusive=True)
    whose = "mall" if terms.funder_merchant_id is None else terms.funder_merchant_id.hex
    return promotions.Stacking(layer=promotions.Layer.COUPON, group=f"coupon:{whose}")

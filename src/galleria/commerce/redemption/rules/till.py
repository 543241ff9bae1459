"""What a coupon takes off a bill at a shop's till, and who bears it. Priced by the engine, as any basket is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from galleria.commerce.redemption.model import CouponTerms, TillPrice
from galleria.foundation import ledger, malls
from galleria.kernel.errors import DomainError, Invalid
from galleria.kernel.ids import MerchantId, ProductId, VariantId
from galleria.value import coupons, promotions
from galleria.value.promotions import Reason

STORE = "store"
"""The channel of a till."""
BILL = "bill"

_ANYTHING = UUID(int=0)
_NO_OFFERS = promotions.compile_book(())
_TIMES = {Reason.NOT_STARTED, Reason.NOT_TODAY, Reason.NOT_THIS_HOUR}


def needs_bill(offer: promotions.Offer) -> bool:
    """Return whether what a coupon takes off depends on the bill."""
    return offer.threshold_minor > 0 or not isinstance(offer.benefit, promotions.AmountOff)


def terms(offer: promotions.Offer) -> CouponTerms:
    """Return what a coupon gives, as the counter is shown it."""
    benefit = offer.benefit
    percent = benefit if isinstance(benefit, promotions.PercentOff) else None
    return CouponTerms(
        kind=str(benefit.__struct_config__.tag),
        amount_minor=benefit.amount_minor if isinstance(benefit, promotions.AmountOff) else None,
        percent_bp=None if percent is None else percent.percent_bp,
        cap_minor=None if percent is None else percent.cap_minor,
        threshold_minor=offer.threshold_minor,
        bill_required=needs_bill(offer),
    )


def holds_in(offer: promotions.Offer, till: malls.Till) -> bool:
    """Return whether a coupon is for this shop at all."""
    scope = offer.counted
    if isinstance(offer.benefit, promotions.FreeDelivery):
        return False
    return (
        (not scope.shop_ids or till.shop_id in scope.shop_ids)
        and (not scope.merchant_ids or till.merchant_id in scope.merchant_ids)
        and (not scope.category_ids or not set(scope.category_ids).isdisjoint(till.category_ids))
    )


def price(offer: promotions.Offer, till: malls.Till, bill_minor: int | None, now: datetime) -> TillPrice:
    """Return what a coupon takes off a bill; one that takes a fixed amount off any bill needs none.

    Which goods are on the bill the clerk sees, not we: a coupon for certain products counts the bill as theirs, and
    the bill of an exchange coupon is that of the goods exchanged. Raises Invalid for a missing bill,
    coupons.NotForThisShop, coupons.BelowThreshold (with `missing_minor`), coupons.ClaimNotNow.
    """
    if not holds_in(offer, till):
        raise coupons.NotForThisShop
    if bill_minor is None and needs_bill(offer):
        raise Invalid.field("bill_minor", "required")
    bill = fixed_bill(offer) if bill_minor is None else bill_minor
    wanted = _at_the_till(offer)
    line = promotions.BasketLine(
        key=BILL,
        shop_id=till.shop_id,
        merchant_id=till.merchant_id,
        category_ids=till.category_ids,
        product_id=ProductId(_ANYTHING),
        variant_id=VariantId(_ANYTHING),
        quantity=1,
        unit_price_minor=bill,
    )
    context = promotions.Context(now=now, local=now.astimezone(ZoneInfo(till.time_zone)), channel=STORE, on_site=True)
    facts = promotions.Facts(member=True)
    priced = promotions.price([line], _NO_OFFERS, coupons=[wanted], facts=facts, context=context)
    [decision] = priced.decisions
    if not decision.applied and decision.reason is not Reason.NO_EFFECT:
        raise _refusal(decision, offer)
    shares = [share for share in decision.funded if share.amount_minor] if decision.applied else []
    return TillPrice(decision.discount_minor if decision.applied else 0, shares)


def fixed_bill(offer: promotions.Offer) -> int:
    """Return the least bill that a coupon of a fixed amount takes all of its amount off."""
    return offer.benefit.amount_minor if isinstance(offer.benefit, promotions.AmountOff) else 0


def _at_the_till(offer: promotions.Offer) -> promotions.Offer:
    """Return a coupon as it counts for a bill: of one line, of whatever goods, in the shop."""
    benefit = offer.benefit
    if isinstance(benefit, promotions.Exchange):
        benefit = promotions.Exchange(pay_minor=benefit.pay_minor * benefit.units, units=1)
    return msgspec.structs.replace(
        offer,
        benefit=benefit,
        counted=msgspec.structs.replace(offer.counted, product_ids=(), variant_ids=(), except_product_ids=()),
        discounted=None,
        eligibility=msgspec.structs.replace(offer.eligibility, first_order_in_shop=False),
    )


def _refusal(decision: promotions.Decision, offer: promotions.Offer) -> DomainError:
    if decision.reason is Reason.THRESHOLD:
        return coupons.BelowThreshold(threshold_minor=offer.threshold_minor, missing_minor=decision.missing_minor)
    return coupons.ClaimNotNow() if decision.reason in _TIMES else coupons.NotForThisShop()


def postings(shares: Sequence[promotions.FundedTotal], till: malls.Till, *, back: bool = False) -> list[ledger.Posting]:
    """Return what is booked for a coupon at a till: what others bear is owed to the shop's merchant.

    Its own share the merchant bears by having given it. `back` turns everything round, for a reversal.
    """
    sign = -1 if back else 1
    others = [s for s in shares if s.amount_minor and not _own(s, till.merchant_id)]
    if not others:
        return []
    owed = sum(share.amount_minor for share in others)
    payable = ledger.account(ledger.AccountKind.MERCHANT_PAYABLE, till.merchant_id, till.currency)
    return [
        *(ledger.Posting(_account(share, till), -sign * share.amount_minor) for share in others),
        ledger.Posting(payable, sign * owed),
    ]


def _own(share: promotions.FundedTotal, merchant_id: MerchantId) -> bool:
    return share.funder is promotions.Funder.MERCHANT and share.funder_id in {None, merchant_id}


def _account(share: promotions.FundedTotal, till: malls.Till) -> ledger.AccountRef:
    """Return the account a funder pays from."""
    if share.funder is promotions.Funder.MALL or share.funder_id is None:
        return ledger.account(ledger.AccountKind.MALL_MARKETING, till.mall_id, till.currency)
    kind = ledger.AccountKind.SPONSOR_FUNDING
    if share.funder is promotions.Funder.MERCHANT:
        kind = ledger.AccountKind.MERCHANT_PAYABLE
    return ledger.account(kind, share.funder_id, till.currency)

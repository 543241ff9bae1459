"""An offer that contradicts itself is told so, field by field."""

import pytest
from tests.factories.promotions import NOW, offer, uid

from galleria.kernel.ids import VariantId
from galleria.value import promotions as p

TWICE = (VariantId(uid(1)), VariantId(uid(1)))
MALL, MERCHANT = p.Funder.MALL, p.Funder.MERCHANT


def tiers(*them: p.Tier) -> p.TieredOff:
    return p.TieredOff(by=p.Measure.MONEY, tiers=them)


def test_a_sound_offer_has_nothing_to_tell() -> None:
    rising = tiers(p.Tier(threshold=1, percent_bp=1), p.Tier(threshold=2, percent_bp=2))
    assert p.check_offer(offer(1, rising)) == []
    own = offer(1, p.SetOff(size=1, discounted=2), p.Layer.SET, discounted=p.Scope(shop_ids=(uid(1),)))
    assert p.check_offer(own) == []


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        (
            offer(1, p.FreeDelivery(), p.Layer.DELIVERY, shares=(p.Share(MALL, None, 9_999),)),
            "shares",
            "promotion_shares_sum",
        ),
        (
            offer(1, p.FreeDelivery(), p.Layer.DELIVERY, shares=(p.Share(MALL, None, 5_000),) * 2),
            "shares",
            "promotion_shares_twice",
        ),
        (
            offer(1, p.FreeDelivery(), p.Layer.DELIVERY, shares=(p.Share(MALL, uid(1), 10_000),)),
            "shares[0].funder_id",
            "promotion_share_of_mall",
        ),
        (
            offer(1, p.FreeDelivery(), p.Layer.DELIVERY, shares=(p.Share(p.Funder.SPONSOR, None, 10_000),)),
            "shares[0].funder_id",
            "promotion_share_of_nobody",
        ),
        (offer(1, p.FreeDelivery(), p.Layer.SET), "stacking.layer", "promotion_layer"),
        (
            offer(1, p.SetPrice(price_minor=1), p.Layer.PRICE, stacking={"exclusive": True}),
            "stacking.exclusive",
            "promotion_price_exclusive",
        ),
        (
            offer(1, p.Grant(coupon_id=uid(1)), discounted=p.Scope()),
            "discounted",
            "promotion_discounted_unused",
        ),
        (offer(1, p.AmountOff(amount_minor=1, repeat=True)), "benefit.repeat", "promotion_repeat_of_nothing"),
        (
            offer(1, p.SetOff(size=2, discounted=2), p.Layer.SET),
            "benefit.discounted",
            "promotion_set_all_discounted",
        ),
        (offer(1, p.PurchaseLimit()), "limits", "promotion_limit_missing"),
        (offer(1, p.Gift(choices=TWICE), p.Layer.SET), "benefit.choices", "promotion_choice_twice"),
        (offer(1, tiers(p.Tier(threshold=1))), "benefit.tiers[0]", "promotion_tier_amount_or_percent"),
        (
            offer(1, tiers(p.Tier(threshold=2, amount_minor=1), p.Tier(threshold=2, amount_minor=2))),
            "benefit.tiers[1].threshold",
            "promotion_tier_threshold",
        ),
        (
            offer(1, tiers(p.Tier(threshold=1, amount_minor=1), p.Tier(threshold=2, percent_bp=2))),
            "benefit.tiers[1]",
            "promotion_tiers_alike",
        ),
        (
            offer(1, tiers(p.Tier(threshold=1, amount_minor=2), p.Tier(threshold=2, amount_minor=2))),
            "benefit.tiers[1]",
            "promotion_tier_saving",
        ),
        (
            offer(1, p.AmountOff(amount_minor=1), eligibility=p.Eligibility(starts_at=NOW, ends_at=NOW)),
            "eligibility.ends_at",
            "promotion_period",
        ),
        (
            offer(1, p.AmountOff(amount_minor=1), eligibility=p.Eligibility(minutes=((1_320, 120),))),
            "eligibility.minutes[0]",
            "promotion_minutes",
        ),
    ],
)
def test_contradictions(wrong: p.Offer, field: str, code: str) -> None:
    assert [(error.field, error.code) for error in p.check_offer(wrong)] == [(field, code)]

"""Every kind of offer, as a shopkeeper's leaflet tells it."""

import pytest
from tests.factories.promotions import MEMBER, at, coupon, decision, line, offer, priced, uid

from galleria.kernel.ids import VariantId
from galleria.value import promotions as p

SET, ORDER, PRICE = p.Layer.SET, p.Layer.ORDER, p.Layer.PRICE


def paid(basket: p.PricedBasket) -> dict[str, list[int]]:
    return {one.key: one.unit_paid_minor for one in basket.lines}


def test_second_item_half_price() -> None:
    half = offer(1, p.SetOff(size=2, discounted=1, pay_bp=5_000), SET)
    assert paid(priced([line("coat", 40_000), line("scarf", 10_000)], half)) == {"coat": [40_000], "scarf": [5_000]}
    assert priced([line("tea", 1_999, 4)], half).payable_minor == 2 * 1_999 + 2 * 1_000  # half of 19.99 is 10.00
    [alone] = priced([line("coat", 40_000)], half).decisions
    assert (alone.reason, alone.missing_pieces) == (p.Reason.PIECES, 1)


def test_buy_two_get_the_cheapest_of_three_free() -> None:
    free = offer(1, p.SetOff(size=3, discounted=1), SET)
    goods = [line("a", 3_000), line("b", 2_000, 2), line("c", 1_000), line("d", 500, 3)]
    found = paid(priced(goods, free))  # (30, 20, 20) and (10, 5, 5); one 5 is left over
    assert {key: sorted(units) for key, units in found.items()} == {
        "a": [3_000],
        "b": [0, 2_000],
        "c": [1_000],
        "d": [0, 500, 500],
    }


def test_the_cheapest_of_all_sets_together() -> None:
    overall = offer(1, p.SetOff(size=3, discounted=1, overall=True), SET)
    goods = [line("a", 3_000), line("b", 2_000, 2), line("c", 1_000), line("d", 500, 2)]
    assert priced(goods, overall).discount_minor == 500 + 500


def test_three_of_the_same_for_two() -> None:
    same = offer(1, p.SetOff(size=3, discounted=1, same=True), SET)
    [short] = priced([line("milk", 600, 2), line("bread", 800, 2)], same).decisions
    assert (short.reason, short.missing_pieces) == (p.Reason.PIECES, 1)
    assert priced([line("milk", 600, 3), line("bread", 800, 2)], same).discount_minor == 600


def test_at_most_so_many_sets() -> None:
    once = offer(1, p.SetOff(size=2, discounted=1, times=1), SET)
    assert priced([line("a", 1_000, 2), line("b", 300, 2)], once).discount_minor == 1_000


def test_buy_two_shirts_and_a_tie_is_half_price() -> None:
    shirts, ties = p.Scope(product_ids=(uid(1),)), p.Scope(product_ids=(uid(2),))
    tie = offer(1, p.SetOff(size=2, discounted=1, pay_bp=5_000), SET, counted=shirts, discounted=ties)
    shirt = line("shirt", 20_000, 2, product=1)
    [without] = priced([shirt], tie).decisions
    assert (without.reason, without.missing_pieces) == (p.Reason.PIECES, 1)
    basket = priced([shirt, line("tie", 8_000, 2, product=2)], tie)
    assert paid(basket) == {"shirt": [20_000, 20_000], "tie": [8_000, 4_000]}


def test_spend_300_save_50_spend_600_save_120() -> None:
    tiers = (p.Tier(threshold=30_000, amount_minor=5_000), p.Tier(threshold=60_000, amount_minor=12_000))
    save = offer(1, p.TieredOff(by=p.Measure.MONEY, tiers=tiers))
    [short] = priced([line("a", 28_800)], save).decisions
    assert (short.reason, short.missing_minor) == (p.Reason.THRESHOLD, 1_200)  # "12.00 more"
    assert priced([line("a", 30_000)], save).discount_minor == 5_000
    assert priced([line("a", 59_999)], save).discount_minor == 5_000
    assert priced([line("a", 60_000)], save).discount_minor == 12_000


def test_two_pieces_ten_percent_off_three_pieces_twenty() -> None:
    tiers = (p.Tier(threshold=2, percent_bp=1_000), p.Tier(threshold=3, percent_bp=2_000))
    save = offer(1, p.TieredOff(by=p.Measure.PIECES, tiers=tiers))
    [short] = priced([line("a", 5_000)], save).decisions
    assert (short.reason, short.missing_pieces) == (p.Reason.PIECES, 1)
    assert priced([line("a", 5_000, 2)], save).discount_minor == 1_000
    assert priced([line("a", 5_000, 3)], save).discount_minor == 3_000


def test_twenty_off_for_every_hundred() -> None:
    every = offer(1, p.AmountOff(amount_minor=2_000, repeat=True), threshold_minor=10_000)
    assert priced([line("a", 35_000)], every).discount_minor == 6_000


CUP, BAG, PEN = 501, 502, 503


def test_a_gift_to_choose_with_purchases_over_200() -> None:
    gift = offer(1, p.Gift(choices=(VariantId(uid(CUP)), VariantId(uid(BAG)))), SET, threshold_minor=20_000)
    goods = [line("coat", 25_000)]
    [choose] = priced(goods, gift).decisions
    assert (choose.reason, choose.units) == (p.Reason.CHOOSE, 1)
    assert [choice.variant_id.int for choice in choose.choices] == [CUP, BAG]
    basket = priced([*goods, line("cup", 3_000, product=CUP, granted_by=uid(1))], gift)
    assert paid(basket) == {"coat": [25_000], "cup": [0]}
    assert (basket.payable_minor, basket.uses[0].units) == (25_000, 1)


@pytest.mark.parametrize(
    "gift",
    [
        line("cup", 3_000, 2, product=CUP, granted_by=uid(1)),  # two, and one is earned
        line("pen", 500, product=PEN, granted_by=uid(1)),  # not among the choices
        line("cup", 3_000, product=CUP, granted_by=uid(7)),  # for the sake of another offer
    ],
)
def test_a_gift_that_was_not_earned_is_left_out(gift: p.BasketLine) -> None:
    cup = offer(1, p.Gift(choices=(VariantId(uid(CUP)),)), SET, threshold_minor=20_000)
    basket = priced([line("coat", 25_000), gift], cup)
    assert paid(basket) == {"coat": [25_000]}
    assert (basket.goods_minor, basket.decisions[0].reason) == (25_000, p.Reason.CHOOSE)


def test_a_gift_does_not_help_to_reach_a_threshold() -> None:
    cup = offer(1, p.Gift(choices=(VariantId(uid(CUP)),)), SET, threshold_minor=20_000)
    save = offer(2, p.AmountOff(amount_minor=3_000), threshold_minor=26_000)
    basket = priced([line("coat", 25_000), line("cup", 3_000, product=CUP, granted_by=uid(1))], cup, save)
    assert decision(basket, 2).missing_minor == 1_000


def test_add_a_bag_at_9_90() -> None:
    choices = (p.AddOnChoice(variant_id=VariantId(uid(BAG)), price_minor=990),)
    add_on = offer(1, p.AddOn(choices=choices), SET, threshold_minor=10_000)
    bag = line("bag", 2_990, product=BAG, granted_by=uid(1))
    basket = priced([line("shoes", 12_000), bag], add_on)
    assert (paid(basket)["bag"], basket.payable_minor) == ([990], 12_990)
    short = priced([line("shoes", 9_000), bag], add_on)
    assert (paid(short), decision(short, 1).missing_minor) == ({"shoes": [9_000]}, 1_000)


def test_any_three_for_100() -> None:
    part = p.BundlePart(scope=p.Scope(category_ids=(uid(201),)), quantity=3)
    bundle = offer(1, p.Bundle(parts=(part,), price_minor=10_000), SET)
    goods = [line("a", 5_000, categories=[201]), line("b", 4_000, 2, categories=[201]), line("c", 3_000)]
    assert priced(goods, bundle).payable_minor == 10_000 + 3_000
    [short] = priced(goods[:1], bundle).decisions
    assert (short.reason, short.missing_pieces) == (p.Reason.PIECES, 2)


def test_a_burger_fries_and_a_drink_together() -> None:
    parts = tuple(p.BundlePart(scope=p.Scope(product_ids=(uid(n),)), quantity=1) for n in (1, 2, 3))
    meal = offer(1, p.Bundle(parts=parts, price_minor=3_000), SET)
    goods = [line("burger", 2_500, 2, product=1), line("fries", 1_200, 2, product=2), line("drink", 800, 1, product=3)]
    assert priced(goods, meal).payable_minor == 3_000 + 2_500 + 1_200
    cheap = [line("burger", 1_500, product=1), line("fries", 700, product=2), line("drink", 500, product=3)]
    assert decision(priced(cheap, meal), 1).reason is p.Reason.NO_EFFECT


def test_a_flash_price_for_two_units_while_stocks_last() -> None:
    flash = offer(1, p.SetPrice(price_minor=990, units_per_order=2), PRICE, limits=p.Limits(total=100))
    basket = priced([line("mug", 4_900, 3)], flash)
    assert sorted(basket.lines[0].unit_paid_minor) == [990, 990, 4_900]
    assert basket.uses[0].units == 2
    nearly = at(used={uid(1): p.Used(total=99)})
    assert priced([line("mug", 4_900, 3)], flash, context=nearly).uses[0].units == 1
    over = at(used={uid(1): p.Used(total=100)})
    assert priced([line("mug", 4_900, 3)], flash, context=over).decisions[0].reason is p.Reason.SOLD_OUT


def test_a_good_that_is_cheaper_already_keeps_its_price() -> None:
    flash = offer(1, p.SetPrice(price_minor=990), PRICE)
    assert priced([line("pen", 500)], flash).decisions[0].reason is p.Reason.NO_EFFECT


def test_a_coupon_with_threshold_and_cap() -> None:
    fifth = coupon(1, p.PercentOff(percent_bp=2_000, cap_minor=3_000), threshold_minor=10_000)
    assert decision(priced([line("a", 8_800)], fifth), 1).missing_minor == 1_200
    assert priced([line("a", 10_000)], fifth).discount_minor == 2_000
    assert priced([line("a", 90_000)], fifth).discount_minor == 3_000


def test_a_coupon_for_a_cup_of_coffee() -> None:
    coffee = coupon(1, p.Exchange(), counted=p.Scope(product_ids=(uid(1),)))
    basket = priced([line("coffee", 2_800, 2, product=1), line("cake", 3_500)], coffee)
    assert basket.discount_minor == 2_800
    cent = coupon(1, p.Exchange(pay_minor=1, units=2))
    assert priced([line("coffee", 2_800), line("cake", 3_500)], cent).payable_minor == 2


def test_a_points_coupon_combines_with_nothing() -> None:
    points = coupon(1, p.AmountOff(amount_minor=3_000), p.Layer.POINTS, stacking={"exclusive": True})
    save = offer(2, p.AmountOff(amount_minor=2_000))
    basket = priced([line("a", 10_000)], points, save)
    assert basket.discount_minor == 3_000
    assert (decision(basket, 2).reason, decision(basket, 2).beside) == (p.Reason.EXCLUDED, uid(1))
    joint = offer(2, p.AmountOff(amount_minor=2_000), stacking={"joint": True})
    assert priced([line("a", 10_000)], points, joint).discount_minor == 5_000


def test_free_delivery_from_99() -> None:
    free = offer(1, p.FreeDelivery(), p.Layer.DELIVERY, threshold_minor=9_900)
    basket = priced([line("a", 9_900)], free, context=at(delivery_minor=1_200))
    assert (basket.delivery_discount_minor, basket.discount_minor, basket.payable_minor) == (1_200, 0, 9_900)
    capped = offer(1, p.FreeDelivery(cap_minor=500), p.Layer.DELIVERY)
    assert priced([line("a", 100)], capped, context=at(delivery_minor=1_200)).payable_minor == 100 + 700
    assert decision(priced([line("a", 100)], capped), 1).reason is p.Reason.NO_EFFECT


def test_one_cent_for_new_customers() -> None:
    cent = offer(
        1,
        p.SetPrice(price_minor=1, units_per_order=1),
        PRICE,
        counted=p.Scope(product_ids=(uid(5),)),
        eligibility=p.Eligibility(new_customer=True),
        limits=p.Limits(per_member=1),
    )
    goods = [line("noodles", 1_900, 2, product=5)]
    assert priced(goods, cent, facts=p.Facts(member=True, new_customer=True)).payable_minor == 1 + 1_900
    [known] = priced(goods, cent).decisions
    assert (known.reason, known.discount_minor) == (p.Reason.NOT_NEW_CUSTOMER, 1_899)
    again = at(used={uid(1): p.Used(member=1)})
    new = p.Facts(member=True, new_customer=True)
    assert decision(priced(goods, cent, facts=new, context=again), 1).reason is p.Reason.LIMIT_REACHED


def test_at_most_two_of_it() -> None:
    limit = offer(1, p.PurchaseLimit(), counted=p.Scope(product_ids=(uid(5),)), limits=p.Limits(per_member=3))
    before = at(used={uid(1): p.Used(member=1)})
    basket = priced([line("rice", 900, 3, product=5), line("oil", 5_000, 9)], limit, context=before)
    [violation] = basket.violations
    assert (violation.wanted, violation.allowed, violation.variant_ids) == (3, 2, [uid(5)])
    assert basket.decisions[0].reason is p.Reason.LIMIT_REACHED
    kept = priced([line("rice", 900, 2, product=5)], limit, context=before)
    assert (kept.violations, kept.uses[0].units, kept.payable_minor) == ([], 2, 1_800)


def test_a_coupon_for_the_next_visit() -> None:
    later = offer(1, p.Grant(coupon_id=uid(9), quantity=2, repeat=True), threshold_minor=20_000)
    basket = priced([line("a", 50_000)], later)
    assert [(one.coupon_id, one.quantity) for one in basket.granted] == [(uid(9), 4)]
    assert (basket.payable_minor, basket.decisions[0].applied) == (50_000, True)


def test_who_bears_it_is_frozen_to_the_cent() -> None:
    shares = (p.Share(p.Funder.MALL, None, 3_000), p.Share(p.Funder.MERCHANT, None, 7_000))
    save = offer(1, p.AmountOff(amount_minor=1_001), shares=shares)
    basket = priced([line("a", 5_000, shop=1), line("b", 5_000, shop=2)], save)
    [a], [b] = (one.applied for one in basket.lines)
    assert (a.units, b.units) == ([501], [500])
    assert [(part.funder, part.funder_id, part.units) for part in a.funded] == [
        (p.Funder.MALL, None, [150]),
        (p.Funder.MERCHANT, uid(100), [351]),
    ]
    assert sum(part.amount_minor for part in basket.decisions[0].funded) == 1_001


def test_five_stack_and_the_sixth_is_too_many() -> None:
    offers = [offer(n, p.AmountOff(amount_minor=100 * n)) for n in range(1, 7)]
    label = offer(7, p.SetPrice(price_minor=9_000), PRICE)
    basket = priced([line("a", 10_000)], *offers, label)
    assert basket.discount_minor == 200 + 300 + 400 + 500 + 600 + 1_000
    assert decision(basket, 1).reason is p.Reason.TOO_MANY


def test_the_larger_of_a_group() -> None:
    one = offer(1, p.AmountOff(amount_minor=500), stacking={"group": "mall"})
    other = offer(2, p.PercentOff(percent_bp=1_000), stacking={"group": "mall"})
    basket = priced([line("a", 10_000)], one, other)
    assert basket.discount_minor == 1_000
    assert (decision(basket, 1).reason, decision(basket, 1).beside) == (p.Reason.EXCLUDED, uid(2))


def test_flash_goods_take_part_in_nothing_else() -> None:
    flash = offer(1, p.SetPrice(price_minor=5_000), PRICE, counted=p.Scope(shop_ids=(uid(1),)), stacking={"once": True})
    tenth = offer(2, p.PercentOff(percent_bp=1_000))
    basket = priced([line("a", 10_000, shop=1), line("b", 10_000, shop=2)], flash, tenth)
    assert paid(basket) == {"a": [5_000], "b": [9_000]}
    only = priced([line("a", 10_000, shop=1)], flash, tenth)
    assert (decision(only, 2).reason, decision(only, 2).beside) == (p.Reason.EXCLUDED, uid(1))


def test_a_poor_flash_price_is_left_for_a_better_coupon() -> None:
    flash = offer(1, p.SetPrice(price_minor=9_500), PRICE, stacking={"once": True})
    half = coupon(2, p.PercentOff(percent_bp=5_000))
    basket = priced([line("a", 10_000)], flash, half)
    assert (basket.payable_minor, decision(basket, 1).reason) == (5_000, p.Reason.NOT_BEST)


def test_a_threshold_of_initial_or_of_discounted_prices() -> None:
    first = offer(1, p.AmountOff(amount_minor=1_000), stacking={"priority": 1})
    later = offer(2, p.AmountOff(amount_minor=500), threshold_minor=10_000)
    basket = priced([line("a", 10_000)], first, later)
    assert (decision(basket, 2).reason, decision(basket, 2).missing_minor) == (p.Reason.THRESHOLD, 1_000)
    initial = offer(2, p.AmountOff(amount_minor=500), threshold_minor=10_000, stacking={"base": p.Base.INITIAL})
    assert priced([line("a", 10_000)], first, initial).discount_minor == 1_500


def test_what_the_shopper_chose_is_applied_though_another_is_better() -> None:
    small = coupon(1, p.AmountOff(amount_minor=500), stacking={"group": "coupon"})
    large = coupon(2, p.AmountOff(amount_minor=900), stacking={"group": "coupon"})
    goods = [line("a", 10_000)]
    assert priced(goods, small, large).discount_minor == 900
    basket = priced(goods, small, large, chosen={uid(1)})
    assert (basket.discount_minor, decision(basket, 2).reason) == (500, p.Reason.NOT_CHOSEN)
    none = priced(goods, small, large, chosen=set())
    assert (none.discount_minor, decision(none, 1).reason) == (0, p.Reason.NOT_CHOSEN)


def test_of_equal_coupons_the_one_that_expires_first() -> None:
    later = coupon(1, p.AmountOff(amount_minor=500), stacking={"group": "coupon"})
    sooner = coupon(2, p.AmountOff(amount_minor=500), stacking={"group": "coupon"}, expires_at=at().now.replace(day=2))
    assert decision(priced([line("a", 10_000)], later, sooner), 2).applied
    automatic = offer(3, p.AmountOff(amount_minor=500), stacking={"group": "coupon"})
    assert decision(priced([line("a", 10_000)], later, sooner, automatic), 3).applied


def test_a_budget_that_does_not_suffice_is_sold_out() -> None:
    save = offer(1, p.AmountOff(amount_minor=2_000), limits=p.Limits(budget_minor=10_000))
    left = at(used={uid(1): p.Used(spent_minor=8_500)})
    assert decision(priced([line("a", 9_000)], save, context=left), 1).reason is p.Reason.SOLD_OUT
    assert priced([line("a", 1_500)], save, context=left).discount_minor == 1_500


def test_a_budget_may_suffice_beside_others_that_does_not_alone() -> None:
    label = offer(1, p.SetPrice(price_minor=6_000), PRICE)
    half = offer(2, p.PercentOff(percent_bp=5_000), limits=p.Limits(budget_minor=4_000))
    assert decision(priced([line("a", 10_000)], half), 2).reason is p.Reason.SOLD_OUT
    assert priced([line("a", 10_000)], label, half).payable_minor == 3_000


def test_a_gift_is_not_offered_that_discounts_put_out_of_reach() -> None:
    cup = offer(1, p.Gift(choices=(VariantId(uid(CUP)),)), ORDER, threshold_minor=10_000)
    save = offer(2, p.AmountOff(amount_minor=1_000), stacking={"priority": 1})
    short = decision(priced([line("a", 10_500)], cup, save), 1)
    assert (short.reason, short.missing_minor) == (p.Reason.THRESHOLD, 500)


def test_what_cannot_be_priced_is_refused() -> None:
    with pytest.raises(ValueError, match="same key"):
        priced([line("a", 1), line("a", 1)])
    with pytest.raises(ValueError, match="quantity"):
        priced([line("a", 1, 0)])
    with pytest.raises(ValueError, match="same id"):
        p.compile_book([offer(1, p.AmountOff(amount_minor=1)), offer(1, p.AmountOff(amount_minor=2))])


def test_an_empty_basket_costs_its_delivery() -> None:
    basket = priced([], offer(1, p.AmountOff(amount_minor=1)), facts=MEMBER, context=at(delivery_minor=700))
    assert (basket.payable_minor, basket.decisions[0].reason) == (700, p.Reason.NO_MATCHING_GOODS)

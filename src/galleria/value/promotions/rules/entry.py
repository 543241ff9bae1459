"""Entering offers for a basket: what each counts and makes cheaper, or why the shopper may not have it."""

from collections.abc import Sequence

import msgspec

from galleria.value.promotions.model import Bundle, Context, Facts, FreeDelivery, PurchaseLimit, Reason, SetOff
from galleria.value.promotions.rules.basket import Basket, mask_of
from galleria.value.promotions.rules.book import Rule
from galleria.value.promotions.rules.contender import Contender
from galleria.value.promotions.rules.eligibility import UNUSED, left_of, why_not
from galleria.value.promotions.rules.matching import Goods


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A rule that holds for something in the basket: it contends, or there is a reason why the shopper may not have it."""

    rule: Rule
    reason: Reason | None
    contender: Contender


def enter(rule: Rule, basket: Basket, facts: Facts, context: Context) -> Entry | None:
    """Return a rule's entry, or None when it holds for nothing in the basket."""
    lines = _held(rule.anchors, basket)
    if not lines:
        return None
    offer = rule.offer
    reason = why_not(offer, facts, context)
    if reason is None and offer.eligibility.first_order_in_shop:
        lines = [line for line in lines if basket.lines[line].shop_id not in facts.shops_ordered]
        reason = None if lines else Reason.NOT_FIRST_ORDER
    left, budget, spent = left_of(offer.limits, context.used.get(offer.id, UNUSED))
    if isinstance(offer.benefit, PurchaseLimit):
        spent = None  # what is over the limit is a violation, not a discount that is out of reach
    return Entry(rule, reason or spent, _contender(rule, basket, lines, left, budget))


def _contender(rule: Rule, basket: Basket, lines: list[int], left: int, budget: int | None) -> Contender:
    counted = basket.units_of(lines)
    targets = _targets(rule, basket, lines, counted)
    return Contender(
        rule=rule,
        counted=counted,
        counted_mask=mask_of(counted),
        targets=targets,
        target_mask=mask_of(targets),
        left=left,
        budget=budget,
        variants=_variants(rule, basket, lines),
        parts=_parts(rule, basket),
        granted=_granted(rule, basket),
    )


def _held(anchors: Sequence[Goods], basket: Basket) -> list[int]:
    """Return the lines that any of the goods hold for; granted lines have no marks and are none of them."""
    return [
        number for number, marks in enumerate(basket.marks) if marks and any(goods.hold(marks) for goods in anchors)
    ]


def _targets(rule: Rule, basket: Basket, lines: list[int], counted: list[int]) -> list[int]:
    if isinstance(rule.offer.benefit, FreeDelivery):
        return [basket.delivery]
    if rule.targets is None:
        return counted
    own = _held([rule.targets], basket)
    if isinstance(rule.offer.benefit, SetOff):
        own = [line for line in own if line not in lines]  # what counts stays at its price
    return basket.units_of(own)


def _variants(rule: Rule, basket: Basket, lines: list[int]) -> list[list[int]]:
    if not isinstance(rule.offer.benefit, SetOff):
        return []
    piles: dict[int, list[int]] = {}
    for line in lines:
        piles.setdefault(basket.lines[line].variant_id.int, []).extend(basket.spans[line])
    return list(piles.values())


def _parts(rule: Rule, basket: Basket) -> list[tuple[int, list[int]]]:
    if not isinstance(rule.offer.benefit, Bundle):
        return []
    return [
        (part.quantity, basket.units_of(_held([goods], basket)))
        for part, goods in zip(rule.offer.benefit.parts, rule.parts, strict=True)
    ]


def _granted(rule: Rule, basket: Basket) -> list[tuple[int, range, int]]:
    """Return the lines added for a rule's sake that are among its choices."""
    if not rule.choices:
        return []
    prices = {choice.variant_id: choice.price_minor for choice in rule.choices}
    return [
        (number, basket.spans[number], max(line.unit_price_minor - prices[line.variant_id], 0))
        for number, line in enumerate(basket.lines)
        if line.granted_by == rule.offer.id and line.variant_id in prices
    ]

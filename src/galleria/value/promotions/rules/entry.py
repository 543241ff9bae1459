"""Entering offers for a basket: what each counts and makes cheaper, or why the shopper may not have it."""

from collections.abc import Sequence

import msgspec

from galleria.value.promotions.model import (
    Bundle,
    Context,
    Facts,
    FreeDelivery,
    Offer,
    PurchaseLimit,
    Reason,
    SetOff,
    Used,
)
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.book import Rule
from galleria.value.promotions.rules.contender import Contender
from galleria.value.promotions.rules.eligibility import UNLIMITED, UNUSED, left_of, why_not
from galleria.value.promotions.rules.matching import Goods


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A rule that holds for something in the basket: it contends, or there is a reason why it may not be had.

    `limits` tells that it is no discount but a purchase limit in force.
    """

    rule: Rule
    reason: Reason | None
    contender: Contender
    limits: bool


def enter(rule: Rule, lines: Sequence[int], basket: Basket, facts: Facts, context: Context) -> Entry:
    """Return the entry of a rule that counts some lines."""
    offer = rule.offer
    reason = None if rule.open else why_not(offer, facts, context)
    if reason is None and offer.eligibility.first_order_in_shop:
        first = [line for line in lines if basket.lines[line].shop_id not in facts.shops_ordered]
        lines, reason = (first, None) if first else (lines, Reason.NOT_FIRST_ORDER)
    left, budget, spent = (UNLIMITED, None, None) if rule.limitless else left_of(offer.limits, _used(offer, context))
    limits = isinstance(offer.benefit, PurchaseLimit)
    if limits:
        spent = None  # what is over the limit is a violation, not a discount that is out of reach
    reason = reason or spent
    return Entry(rule, reason, _contender(rule, basket, lines, left, budget), limits and reason is None)


def _used(offer: Offer, context: Context) -> Used:
    return context.used.get(offer.id, UNUSED)


def _contender(rule: Rule, basket: Basket, lines: Sequence[int], left: int, budget: int | None) -> Contender:
    benefit = rule.offer.benefit
    counted, mask = basket.units_of(lines)
    targets, target_mask = counted, mask
    if isinstance(benefit, FreeDelivery):
        targets, target_mask = [basket.delivery], 1 << basket.delivery
    elif rule.targets is not None:
        own = _own(rule.targets, lines, basket, apart=isinstance(benefit, SetOff))
        targets, target_mask = basket.units_of(own)
    return Contender(
        rule=rule,
        counted=counted,
        targets=targets,
        mask=mask | target_mask,
        left=left,
        budget=budget,
        variants=_variants(basket, lines) if isinstance(benefit, SetOff) else (),
        parts=_parts(benefit, rule, basket) if isinstance(benefit, Bundle) else (),
        granted=_granted(rule, basket) if rule.choices and basket.granted else (),
    )


def _own(targets: Goods, lines: Sequence[int], basket: Basket, *, apart: bool) -> list[int]:
    """Return the lines that become cheaper for the sake of others; of sets none of those that count."""
    return [line for line in basket.goods if targets.hold(basket.marks[line]) and not (apart and line in lines)]


def _variants(basket: Basket, lines: Sequence[int]) -> list[list[int]]:
    piles: dict[int, list[int]] = {}
    for line in lines:
        piles.setdefault(basket.lines[line].variant_id.int, []).extend(basket.spans[line])
    return list(piles.values())


def _parts(benefit: Bundle, rule: Rule, basket: Basket) -> list[tuple[int, list[int]]]:
    return [
        (part.quantity, basket.units_of([line for line in basket.goods if goods.hold(basket.marks[line])])[0])
        for part, goods in zip(benefit.parts, rule.anchors, strict=True)
    ]


def _granted(rule: Rule, basket: Basket) -> list[tuple[int, Sequence[int], int]]:
    """Return the lines added for a rule's sake that are among its choices."""
    prices = {choice.variant_id: choice.price_minor for choice in rule.choices}
    return [
        (number, basket.spans[number], max(line.unit_price_minor - prices[line.variant_id], 0))
        for number in basket.granted
        if (line := basket.lines[number]).granted_by == rule.offer.id and line.variant_id in prices
    ]

"""Which unit prices are surely part of the best combination, so that the search need not try without them.

A lower price of some units can cost the shopper something only through the offers after it that take a share of these
units, or whose threshold it puts out of reach. When all of those are smooth (they take a share of everything they
hold for, and whatever else is applied their thresholds and tiers stay reached) they lose at most the sum of their
shares of what the price takes off. A price that takes off more than that is worth having in any combination.

Rounding moves every unit by less than a minor unit each time an offer is spread; `pad` is as much as that can make.
"""

from collections.abc import Sequence

from galleria.kernel.money import WHOLE
from galleria.value.promotions.model import (
    AddOn,
    AmountOff,
    Base,
    FreeDelivery,
    Gift,
    Grant,
    Layer,
    Measure,
    PercentOff,
    TieredOff,
)
from galleria.value.promotions.rules.contender import Contender

FREE = (Gift, AddOn, Grant, FreeDelivery)
"""Benefits that take nothing off the goods that offers count."""


class Certainty:
    """What offers after a unit price may lose by it, for each contender in the order they are applied."""

    def __init__(
        self, contenders: Sequence[Contender], ceilings: Sequence[int], conflicts: Sequence[int], initial: list[int]
    ) -> None:
        self.pad = len(initial) * len(contenders)
        once = any(contender.rule.offer.stacking.once for contender in contenders)
        self.lost = [
            None
            if once or conflicts[place] or contender.rule.offer.stacking.layer is not Layer.PRICE
            else _lost(place, contenders, ceilings, initial)
            for place, contender in enumerate(contenders)
        ]

    def tells(self, place: int, total: int) -> bool:
        """Return whether a contender that takes so much off is part of the best that can follow."""
        lost = self.lost[place]
        return lost is not None and total * WHOLE > lost * (total + self.pad) + self.pad * WHOLE


def _lost(place: int, contenders: Sequence[Contender], ceilings: Sequence[int], initial: list[int]) -> int | None:
    """Return the sum of the shares (basis points) of those after a unit price, or None when nothing is sure."""
    mask, lost = contenders[place].mask, 0
    for other in range(place + 1, len(contenders)):
        if contenders[other].mask & mask:
            share = _share(other, contenders, ceilings, initial)
            if share is None:
                return None
            lost += share
    return lost


def _share(place: int, contenders: Sequence[Contender], ceilings: Sequence[int], initial: list[int]) -> int | None:
    """Return the share an offer takes of everything it holds for, or None when it is not smooth."""
    contender = contenders[place]
    offer, benefit, mask = contender.rule.offer, contender.rule.offer.benefit, contender.mask
    if getattr(benefit, "repeat", False):
        return None
    beside = [ceiling for other, ceiling in zip(contenders, ceilings, strict=True) if other.mask & mask]
    others = sum(beside) - ceilings[place]
    worth = sum([initial[unit] for unit in contender.counted])
    least = worth if offer.stacking.base is Base.INITIAL else worth - others
    if least < offer.threshold_minor:
        return None
    if isinstance(benefit, FREE):
        return 0
    if sum([initial[unit] for unit in contender.targets]) - others < ceilings[place]:
        return None
    if isinstance(benefit, AmountOff):
        return 0
    if isinstance(benefit, PercentOff):
        return benefit.percent_bp
    return _share_of_tiers(benefit, worth, least) if isinstance(benefit, TieredOff) else None


def _share_of_tiers(benefit: TieredOff, worth: int, least: int) -> int | None:
    reached = [tier for tier in benefit.tiers if benefit.by is Measure.PIECES or tier.threshold <= worth]
    if benefit.by is Measure.MONEY and (not reached or reached[-1].threshold > least):
        return None
    return max(tier.percent_bp or 0 for tier in reached)

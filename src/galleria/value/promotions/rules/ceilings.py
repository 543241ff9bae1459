"""The most an offer can take off a basket, whatever is applied before it."""

from collections.abc import Sequence

from galleria.value.promotions.model import Bundle, Order, SetOff
from galleria.value.promotions.rules.contender import Contender, Outcome

MOST = 2**62


def ceiling_of(contender: Contender, alone: Outcome, initial: list[int]) -> int:
    """Return a bound on what an offer takes off, given what it takes off alone at the initial prices.

    With lower prices and fewer units to be had an offer takes off no more than alone, but for sets and bundles that
    leave some units out: with a cheap unit gone a dearer one takes its place.
    """
    benefit = contender.rule.offer.benefit
    most = alone.total
    if isinstance(benefit, SetOff) and benefit.order is Order.CHEAPEST:
        own = contender.rule.targets is not None
        if own or benefit.overall:
            sets = len(contender.counted) // benefit.size
            most = _dearest(contender.targets, sets * benefit.discounted, initial)
    elif isinstance(benefit, Bundle):
        most = _bundles(benefit, contender, initial)
    return most if contender.budget is None else min(most, contender.budget)


def _dearest(units: Sequence[int], count: int, initial: list[int]) -> int:
    return sum(sorted([initial[unit] for unit in units], reverse=True)[:count])


def _bundles(benefit: Bundle, contender: Contender, initial: list[int]) -> int:
    """Return the most that any number of bundles save, each part having the dearest of its units."""
    times = min(benefit.times or MOST, *[len(units) // quantity for quantity, units in contender.parts])
    return max(
        (
            sum(_dearest(units, quantity * count, initial) for quantity, units in contender.parts)
            - count * benefit.price_minor
            for count in range(1, times + 1)
        ),
        default=0,
    )

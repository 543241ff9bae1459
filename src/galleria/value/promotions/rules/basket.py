"""A basket laid out for pricing: every unit has a number, and its price stands at that number in one list.

Lines are taken by their keys, so the order they come in does not matter. The delivery fee is the last unit.
"""

from collections.abc import Iterable, Sequence

import msgspec

from galleria.value.promotions.model import BasketLine
from galleria.value.promotions.rules.matching import Marks, marks_of


class Basket(msgspec.Struct, frozen=True, gc=False):
    """The lines by key, the units of each, and every unit's price and line; `marks` of a granted line are empty."""

    lines: list[BasketLine]
    spans: list[range]
    owners: list[int]
    prices: list[int]
    marks: list[Marks]

    @property
    def delivery(self) -> int:
        """The number of the unit that is the delivery fee."""
        return len(self.prices) - 1

    def units_of(self, lines: Iterable[int]) -> list[int]:
        """Return the units of some lines."""
        return [unit for line in lines for unit in self.spans[line]]


def lay_out(lines: Sequence[BasketLine], delivery_minor: int) -> Basket:
    """Return a basket laid out; raises ValueError for two lines of one key, no units, or a price below nothing."""
    by_key = sorted(lines, key=lambda line: line.key)
    _check(by_key)
    spans: list[range] = []
    owners: list[int] = []
    prices: list[int] = []
    for number, line in enumerate(by_key):
        spans.append(range(len(prices), len(prices) + line.quantity))
        owners += [number] * line.quantity
        prices += [line.unit_price_minor] * line.quantity
    prices.append(delivery_minor)
    marks = [marks_of(line) if line.granted_by is None else frozenset[int]() for line in by_key]
    return Basket(lines=by_key, spans=spans, owners=owners, prices=prices, marks=marks)


def mask_of(units: Iterable[int]) -> int:
    """Return the set of some units as the bits of one integer."""
    mask = 0
    for unit in units:
        mask |= 1 << unit
    return mask


def _check(lines: Sequence[BasketLine]) -> None:
    if len({line.key for line in lines}) != len(lines):
        raise ValueError("two lines have the same key")
    if any(line.quantity < 1 or line.unit_price_minor < 0 for line in lines):
        raise ValueError("a line needs a quantity of at least 1 and a price of at least 0")

"""A basket laid out for pricing: every unit has a number, and its price stands at that number in one list.

Lines are taken by their keys, so the order they come in does not matter. The delivery fee is the last unit.
"""

from collections.abc import Sequence

import msgspec

from galleria.value.promotions.model import BasketLine
from galleria.value.promotions.rules.matching import Marks, marks_of

NO_MARKS: Marks = frozenset()


class Basket(msgspec.Struct, frozen=True, gc=False):
    """The lines by key, and of each the units, as numbers and as bits of an integer, and its marks.

    `goods` are the lines that offers look at; `granted` ones are there for one offer's sake and have no marks.
    """

    lines: list[BasketLine]
    spans: list[range]
    masks: list[int]
    marks: list[Marks]
    owners: list[int]
    prices: list[int]
    goods: list[int]
    granted: list[int]

    @property
    def delivery(self) -> int:
        """The number of the unit that is the delivery fee."""
        return len(self.prices) - 1

    def units_of(self, lines: Sequence[int]) -> tuple[list[int], int]:
        """Return the units of some lines, as numbers and as bits."""
        units: list[int] = []
        mask = 0
        for line in lines:
            units += self.spans[line]
            mask |= self.masks[line]
        return units, mask


def lay_out(lines: Sequence[BasketLine], delivery_minor: int) -> Basket:
    """Return a basket laid out; raises ValueError for two lines of one key, no units, or a price below nothing."""
    _check(lines)
    by_key = sorted(lines, key=lambda line: line.key)
    spans: list[range] = []
    owners: list[int] = []
    prices: list[int] = []
    for number, line in enumerate(by_key):
        spans.append(range(len(prices), len(prices) + line.quantity))
        owners += [number] * line.quantity
        prices += [line.unit_price_minor] * line.quantity
    prices.append(delivery_minor)
    return Basket(
        lines=by_key,
        spans=spans,
        masks=[(1 << span.stop) - (1 << span.start) for span in spans],
        marks=[marks_of(line) if line.granted_by is None else NO_MARKS for line in by_key],
        owners=owners,
        prices=prices,
        goods=[number for number, line in enumerate(by_key) if line.granted_by is None],
        granted=[number for number, line in enumerate(by_key) if line.granted_by is not None],
    )


def _check(lines: Sequence[BasketLine]) -> None:
    if len({line.key for line in lines}) != len(lines):
        raise ValueError("two lines have the same key")
    for line in lines:
        if line.quantity < 1 or line.unit_price_minor < 0:
            raise ValueError("a line needs a quantity of at least 1 and a price of at least 0")

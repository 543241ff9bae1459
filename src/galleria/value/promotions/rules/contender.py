"""An offer and a basket that may have it: the units it counts, those it makes cheaper, how much its limits leave.

Prices fall as offers are applied one after the other; `State` is where they stand.
"""

from collections.abc import Sequence

import msgspec

from galleria.value.promotions.model import Base, Reason
from galleria.value.promotions.rules.book import Rule


class State(msgspec.Struct, frozen=True, gc=False):
    """Every unit's price by now; the units already made cheaper, and those no other offer may make cheaper, as bits."""

    prices: list[int]
    touched: int = 0
    locked: int = 0


class Contender(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule that holds for something in the basket.

    `mask` has a bit for every unit that it counts or makes cheaper. `left` is how many units (or orders) its limits
    leave, `budget` how much money. `variants` are the counted units by variant, `parts` the quantities and units of a
    bundle's parts; `granted` are the lines added for this offer's sake: number, units, what each becomes cheaper by.
    """

    rule: Rule
    counted: Sequence[int]
    targets: Sequence[int]
    mask: int
    left: int
    budget: int | None
    variants: Sequence[Sequence[int]] = ()
    parts: Sequence[tuple[int, Sequence[int]]] = ()
    granted: Sequence[tuple[int, Sequence[int], int]] = ()


class Scene(msgspec.Struct, frozen=True, gc=False):
    """A contender's turn: the units it may count and make cheaper, what they cost by now, and what counts as price.

    `blocked` are units it may not have, as bits.
    """

    contender: Contender
    counted: Sequence[int]
    targets: Sequence[int]
    prices: list[int]
    base: list[int]
    blocked: int

    @property
    def worth(self) -> int:
        """What the counted units are worth."""
        return sum([self.base[unit] for unit in self.counted])

    @property
    def times(self) -> int:
        """How often the threshold is reached; once when there is none."""
        offer = self.contender.rule.offer
        reached = [self.worth // offer.threshold_minor] if offer.threshold_minor else []
        reached += [len(self.counted) // offer.threshold_pieces] if offer.threshold_pieces else []
        return min(reached, default=1)


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an offer takes off in its turn, or why nothing.

    `parts` are what it takes off each of the `units`; None spreads `total` over them in proportion to their prices.
    `uses` is what its limits have to give, `allowed` how many gifts or add-ons may be chosen, `lines` those that are.
    """

    total: int = 0
    units: Sequence[int] = ()
    parts: list[int] | None = None
    reason: Reason | None = None
    missing_minor: int = 0
    missing_pieces: int = 0
    uses: int = 1
    times: int = 1
    allowed: int = 0
    lines: Sequence[int] = ()


NOTHING = Outcome(reason=Reason.NO_EFFECT)


def scene_of(contender: Contender, state: State, initial: list[int]) -> Scene | Outcome:
    """Return a contender's turn, or what is missing for it."""
    offer = contender.rule.offer
    counted, targets = contender.counted, contender.targets
    blocked = state.locked | state.touched if offer.stacking.once else state.locked
    if blocked & contender.mask:
        counted = [unit for unit in counted if not blocked >> unit & 1]
        targets = [unit for unit in targets if not blocked >> unit & 1]
    base = initial if offer.stacking.base is Base.INITIAL else state.prices
    scene = Scene(contender, counted, targets, state.prices, base, blocked)
    pieces = offer.threshold_pieces - len(counted)
    if offer.threshold_minor and (missing := offer.threshold_minor - scene.worth) > 0:
        return Outcome(reason=Reason.THRESHOLD, missing_minor=missing, missing_pieces=max(pieces, 0))
    if pieces > 0 or not counted or not targets:
        return Outcome(reason=Reason.PIECES, missing_pieces=max(pieces, 1))
    return scene

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


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that holds for something in the basket, and may be had by the shopper.

    `left` is how many units (or orders) its limits leave, `budget` how much money. `variants` are the counted units by
    variant, `parts` the units of each part of a bundle, `granted` the lines that were added for this offer's sake: number
    of the line, its units, and what each of them becomes cheaper by.
    """

    rule: Rule
    counted: Sequence[int]
    counted_mask: int
    targets: Sequence[int]
    target_mask: int
    left: int
    budget: int | None
    variants: Sequence[Sequence[int]] = ()
    parts: Sequence[tuple[int, Sequence[int]]] = ()
    granted: Sequence[tuple[int, Sequence[int], int]] = ()


class Scene(msgspec.Struct, frozen=True, gc=False):
    """A contender's turn: the units it may count and make cheaper now, what they cost now, and what counts as price.

    `worth` is that of the counted units; the threshold is reached `times` over.
    """

    contender: Contender
    counted: Sequence[int]
    targets: Sequence[int]
    prices: list[int]
    base: list[int]
    worth: int
    times: int
    blocked: int


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
    blocked = state.locked | state.touched if offer.stacking.once else state.locked
    counted, targets = contender.counted, contender.targets
    if blocked & (contender.counted_mask | contender.target_mask):
        counted = [unit for unit in counted if not blocked >> unit & 1]
        targets = [unit for unit in targets if not blocked >> unit & 1]
    base = initial if offer.stacking.base is Base.INITIAL else state.prices
    worth = sum([base[unit] for unit in counted])
    missing_minor = max(offer.threshold_minor - worth, 0)
    missing_pieces = max(offer.threshold_pieces - len(counted), 0)
    if missing_minor:
        return Outcome(reason=Reason.THRESHOLD, missing_minor=missing_minor, missing_pieces=missing_pieces)
    if missing_pieces or not counted or not targets:
        return Outcome(reason=Reason.PIECES, missing_pieces=max(missing_pieces, 1))
    reached = [worth // offer.threshold_minor] if offer.threshold_minor else []
    reached += [len(counted) // offer.threshold_pieces] if offer.threshold_pieces else []
    times = min(reached, default=1)
    return Scene(contender, counted, targets, state.prices, base, worth, times, blocked)

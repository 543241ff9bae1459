"""Which offers combine."""

from collections.abc import Sequence

from galleria.value.promotions.model import APPLIED_MAX, Layer, Stacking
from galleria.value.promotions.rules.contender import Contender

SLOTS = APPLIED_MAX


def exclude(one: Stacking, other: Stacking) -> bool:
    """Return whether at most one of two offers may be applied."""
    if one.group is not None and one.group == other.group:
        return True
    return (one.exclusive and not other.joint) or (other.exclusive and not one.joint)


def takes_slot(contender: Contender) -> bool:
    """Return whether an offer counts among the few that stack: a unit price does not."""
    return contender.rule.offer.stacking.layer is not Layer.PRICE


def conflicts_of(contenders: Sequence[Contender]) -> list[int]:
    """Return for each contender, as bits, those it does not combine with."""
    stackings = [contender.rule.offer.stacking for contender in contenders]
    plain = not any(stacking.group is not None or stacking.exclusive for stacking in stackings)
    if plain:
        return [0] * len(contenders)
    return [
        sum(1 << j for j, other in enumerate(stackings) if i != j and exclude(one, other))
        for i, one in enumerate(stackings)
    ]

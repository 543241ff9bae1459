"""Which offers combine, and how many."""

from collections.abc import Sequence

from galleria.value.promotions.model import Layer, Offer, Stacking


def exclude(one: Stacking, other: Stacking) -> bool:
    """Return whether at most one of two offers may be applied."""
    if one.group is not None and one.group == other.group:
        return True
    return (one.exclusive and not other.joint) or (other.exclusive and not one.joint)


def takes_slot(offer: Offer) -> bool:
    """Return whether an offer counts among the few that stack: a unit price does not."""
    return offer.stacking.layer is not Layer.PRICE


def groups_of(stackings: Sequence[Stacking]) -> list[int]:
    """Return for each offer, as bits, itself and the others of its group."""
    members: dict[str, int] = {}
    for place, stacking in enumerate(stackings):
        if stacking.group is not None:
            members[stacking.group] = members.get(stacking.group, 0) | 1 << place
    return [
        1 << place if stacking.group is None else members[stacking.group] for place, stacking in enumerate(stackings)
    ]


def conflicts_of(stackings: Sequence[Stacking]) -> list[int]:
    """Return for each offer, as bits, those it does not combine with, as `exclude` tells for two of them."""
    apart = sum(1 << place for place, stacking in enumerate(stackings) if stacking.exclusive)
    alone = sum(1 << place for place, stacking in enumerate(stackings) if not stacking.joint)
    found = []
    for place, (stacking, group) in enumerate(zip(stackings, groups_of(stackings), strict=True)):
        others = group | (alone if stacking.exclusive else 0) | (0 if stacking.joint else apart)
        found.append(others & ~(1 << place))
    return found

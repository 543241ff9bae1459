"""The best combination of offers: branch and bound over the contenders in the order they are applied.

A combination is worth, first, how many of the chosen coupons it applies; then what it takes off; then how many of its
offers give coupons or goods; of equals, fewer offers, then fewer coupons, then those that expire sooner, then smaller
ids. All of it is one integer, its worth, and no two combinations have the same: its last bits, one an offer, the most
urgent one first, tell which offers it is.

An offer's ceiling is, mostly, what it takes off by itself at the initial prices: with prices lower and units kept by
others it takes no more. So a branch whose worth plus the ceilings of what may still be added does not pass the best
found is left, and so is one without a unit price that is certainly worth having, and one with the second of two
offers that do the very same in each other's place, but without the first. After `NODES_MAX` combinations the best so
far is taken.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from galleria.value.promotions.model import APPLIED_MAX, AddOn, Gift, Grant, Offer, Source
from galleria.value.promotions.rules.allocation import applied_to
from galleria.value.promotions.rules.benefits import outcome_after
from galleria.value.promotions.rules.certainty import Certainty
from galleria.value.promotions.rules.contender import Contender, Outcome, State
from galleria.value.promotions.rules.stacking import conflicts_of, groups_of, takes_slot

NODES_MAX = 2_000
NEVER = datetime.max.replace(tzinfo=UTC)
RADIX = 1 << 12  # no basket has so many offers at once
GIVING = RADIX**2
OFF = RADIX**3


class Hunt(msgspec.Struct, kw_only=True):
    """A search under way: who contends, what each may add, and the best combination found so far."""

    contenders: Sequence[Contender]
    alone: Sequence[Outcome]
    ceilings: list[int]
    fixed: list[int]
    off: int
    slots: list[int]
    conflicts: list[int]
    groups: list[int]
    heaviest: list[int]
    twins: list[bool]
    initial: list[int]
    best: int = 0
    path: tuple[int, ...] = ()
    nodes: int = 0
    certainty: Certainty | None = None


class Added(msgspec.Struct, frozen=True, gc=False):
    """An offer about to be applied to a state."""

    state: State
    contender: Contender
    outcome: Outcome


def best_of(
    contenders: Sequence[Contender],
    alone: Sequence[Outcome],
    ceilings: Sequence[int],
    wished: Sequence[bool],
    initial: list[int],
) -> tuple[tuple[int, ...], bool]:
    """Return the places of the contenders to apply, in order, and whether that is proved to be the best.

    `contenders` stand in the order they are applied, with what each does alone and the most it can do beside others;
    `wished` are the coupons that were chosen.
    """
    hunt = _prepare(contenders, alone, ceilings, wished, initial)
    if not any(wished):
        hunt.certainty = Certainty(contenders, ceilings, hunt.conflicts, initial)
    _guess(hunt)
    _walk(hunt, 0, State(initial), (1 << len(contenders)) - 1, APPLIED_MAX, 0, ())
    return hunt.path, hunt.nodes <= NODES_MAX


def _prepare(
    contenders: Sequence[Contender],
    alone: Sequence[Outcome],
    ceilings: Sequence[int],
    wished: Sequence[bool],
    initial: list[int],
) -> Hunt:
    offers = [contender.rule.offer for contender in contenders]
    stackings = [offer.stacking for offer in offers]
    bonus = sum(initial) + 1
    fixed = [_fixed(offer, bonus if wish else 0) << len(offers) for offer, wish in zip(offers, wished, strict=True)]
    for rank, place in enumerate(sorted(range(len(offers)), key=lambda place: _urgency(offers[place]), reverse=True)):
        fixed[place] += 1 << rank
    off = OFF << len(offers)
    weights = [ceiling * off + extra for ceiling, extra in zip(ceilings, fixed, strict=True)]
    return Hunt(
        contenders=contenders,
        alone=alone,
        ceilings=weights,
        fixed=fixed,
        off=off,
        slots=[int(takes_slot(offer)) for offer in offers],
        conflicts=conflicts_of(stackings),
        groups=groups_of(stackings),
        heaviest=sorted(range(len(offers)), key=lambda place: -weights[place]),
        twins=[_is_twin(contenders, fixed, place) for place in range(len(offers))],
        initial=initial,
    )


def _urgency(offer: Offer) -> tuple[datetime, int]:
    return offer.expires_at or NEVER, offer.id.int


def _fixed(offer: Offer, bonus: int) -> int:
    """Return what an offer adds to a combination's worth beside what it takes off."""
    gives = int(isinstance(offer.benefit, Grant | Gift | AddOn))
    return bonus * OFF + gives * GIVING - RADIX - int(offer.source is Source.COUPON)


def _is_twin(contenders: Sequence[Contender], fixed: Sequence[int], place: int) -> bool:
    """Return whether the contender just before may take this one's place in any combination, and is preferred to it."""
    if place == 0 or contenders[place - 1].mask != contenders[place].mask or fixed[place - 1] <= fixed[place]:
        return False
    return _deed(contenders[place - 1]) == _deed(contenders[place])


def _deed(contender: Contender) -> tuple[object, ...]:
    """Return all that decides what an offer does to a basket, and with which others."""
    offer = contender.rule.offer
    return (
        offer.benefit,
        offer.stacking,
        offer.threshold_minor,
        offer.threshold_pieces,
        contender.counted,
        contender.targets,
        contender.left,
        contender.budget,
        contender.variants,
        contender.parts,
        contender.granted,
    )


def _walk(
    hunt: Hunt, start: int, reached: State | Added, free: int, slots: int, worth: int, path: tuple[int, ...]
) -> None:
    """Take a combination for what it is worth, then add each of the contenders that may follow."""
    hunt.nodes += 1
    _record(hunt, worth, path)
    for place in range(start, len(hunt.contenders)):
        if not free >> place & 1 or hunt.slots[place] > slots:
            continue
        if hunt.twins[place] and path[-1:] != (place - 1,):
            continue
        if hunt.nodes > NODES_MAX or worth + _ceiling(hunt, free >> place << place, slots) <= hunt.best:
            return
        if isinstance(reached, Added):
            reached = applied_to(reached.state, reached.contender, reached.outcome)
        contender = hunt.contenders[place]
        outcome = outcome_after(contender, hunt.alone[place], reached, hunt.initial)
        if outcome.reason is None:
            _walk(
                hunt,
                place + 1,
                Added(reached, contender, outcome),
                free & ~hunt.conflicts[place],
                slots - hunt.slots[place],
                worth + outcome.total * hunt.off + hunt.fixed[place],
                (*path, place),
            )
            if hunt.certainty is not None and hunt.certainty.tells(place, outcome.total):
                return


def _guess(hunt: Hunt) -> None:
    """Begin with the heaviest that combine: a good combination found early spares the search of most others."""
    free, slots, picked = (1 << len(hunt.contenders)) - 1, APPLIED_MAX, []
    for place in hunt.heaviest:
        if free >> place & 1 and hunt.slots[place] <= slots:
            picked.append(place)
            free &= ~hunt.conflicts[place]
            slots -= hunt.slots[place]
    state, worth, path = State(hunt.initial), 0, []
    for place in sorted(picked):
        outcome = outcome_after(hunt.contenders[place], hunt.alone[place], state, hunt.initial)
        if outcome.reason is None:
            state = applied_to(state, hunt.contenders[place], outcome)
            worth += outcome.total * hunt.off + hunt.fixed[place]
            path.append(place)
    _record(hunt, worth, tuple(path))


def _record(hunt: Hunt, worth: int, path: tuple[int, ...]) -> None:
    if worth > hunt.best:
        hunt.best, hunt.path = worth, path


def _ceiling(hunt: Hunt, free: int, slots: int) -> int:
    """Return no less than the free contenders can add: the heaviest, one of each group, as many as there are slots."""
    total = 0
    for place in hunt.heaviest:
        if free >> place & 1 and hunt.slots[place] <= slots:
            total += hunt.ceilings[place]
            slots -= hunt.slots[place]
            free &= ~hunt.groups[place]
    return total

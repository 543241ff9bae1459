"""The best combination of offers: branch and bound over the contenders in the order they are applied.

A combination is worth what it takes off, after how many of the chosen coupons it applies; then how many give
coupons or goods; of equals, fewer offers, then fewer coupons, then those that expire sooner, then smaller ids. All but the
last two are one integer, its worth. An offer's ceiling is what it takes off by itself at the initial prices: with
prices lower and units kept by others no offer takes more, so a branch whose worth plus the ceilings of what may still
be added stays below the best found is left. After `NODES_MAX` combinations the best so far is taken.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from galleria.value.promotions.model import AddOn, Gift, Grant, Source
from galleria.value.promotions.rules.allocation import applied_to
from galleria.value.promotions.rules.benefits import outcome_of
from galleria.value.promotions.rules.contender import Contender, State
from galleria.value.promotions.rules.stacking import SLOTS, conflicts_of, takes_slot

NODES_MAX = 5_000
NEVER = datetime.max.replace(tzinfo=UTC)
RADIX = 1 << 12
"""More offers than this are never considered at once."""


class Hunt(msgspec.Struct, kw_only=True):
    """A search under way: what it is in, and the best found so far."""

    contenders: Sequence[Contender]
    ceilings: list[int]
    fixed: list[int]
    slots: list[int]
    conflicts: list[int]
    cliques: list[int]
    heaviest: list[int]
    ranks: list[int]
    initial: list[int]
    best: tuple[int, list[int]] = (0, [])
    path: tuple[int, ...] = ()
    nodes: int = 0


def best_of(
    contenders: Sequence[Contender], ceilings: Sequence[int], wished: Sequence[bool], initial: list[int]
) -> tuple[list[int], bool]:
    """Return the places of the contenders to apply, in order, and whether that is proved to be the best.

    `contenders` stand in the order they are applied; `wished` are the coupons that were chosen.
    """
    hunt = _prepare(contenders, ceilings, wished, initial)
    everything = (1 << len(contenders)) - 1
    _walk(hunt, 0, State(initial), everything, SLOTS, 0, ())
    return list(hunt.path), hunt.nodes <= NODES_MAX


def _prepare(
    contenders: Sequence[Contender], ceilings: Sequence[int], wished: Sequence[bool], initial: list[int]
) -> Hunt:
    conflicts = conflicts_of(contenders)
    bonus = sum(initial) + 1
    fixed = [_fixed(contender, bonus if wish else 0) for contender, wish in zip(contenders, wished, strict=True)]
    weights = [ceiling * RADIX**3 + extra for ceiling, extra in zip(ceilings, fixed, strict=True)]
    by_rank = sorted(range(len(contenders)), key=lambda i: _expiry(contenders[i]))
    ranks = [0] * len(contenders)
    for rank, place in enumerate(by_rank):
        ranks[place] = rank
    return Hunt(
        contenders=contenders,
        ceilings=weights,
        fixed=fixed,
        slots=[int(takes_slot(contender)) for contender in contenders],
        conflicts=conflicts,
        cliques=_cliques(contenders),
        heaviest=sorted(range(len(contenders)), key=lambda i: -weights[i]),
        ranks=ranks,
        initial=initial,
    )


def _fixed(contender: Contender, bonus: int) -> int:
    """Return what an offer adds to a combination's worth beside what it takes off."""
    offer = contender.rule.offer
    grants = int(isinstance(offer.benefit, Grant | Gift | AddOn))
    coupons = int(offer.source is Source.COUPON)
    return ((bonus * RADIX + grants) * RADIX - 1) * RADIX - coupons


def _expiry(contender: Contender) -> tuple[datetime, int]:
    offer = contender.rule.offer
    return offer.expires_at or NEVER, offer.id.int


def _cliques(contenders: Sequence[Contender]) -> list[int]:
    """Return for each contender, as bits, itself and others of which at most one can be applied: its group, if any."""
    members: dict[str, int] = {}
    keys = [contender.rule.offer.stacking.group for contender in contenders]
    for place, key in enumerate(keys):
        if key is not None:
            members[key] = members.get(key, 0) | 1 << place
    return [1 << place if key is None else members[key] for place, key in enumerate(keys)]


def _walk(hunt: Hunt, start: int, state: State, free: int, slots: int, worth: int, path: tuple[int, ...]) -> None:
    """Take a combination for what it is worth, then add each of the contenders that may follow."""
    hunt.nodes += 1
    _record(hunt, worth, path)
    for place in range(start, len(hunt.contenders)):
        if not free >> place & 1 or hunt.slots[place] > slots:
            continue
        if hunt.nodes > NODES_MAX or worth + _ceiling(hunt, free >> place << place, slots) < hunt.best[0]:
            return
        contender = hunt.contenders[place]
        outcome = outcome_of(contender, state, hunt.initial)
        if outcome.reason is None:
            _walk(
                hunt,
                place + 1,
                applied_to(state, contender, outcome),
                free & ~hunt.conflicts[place],
                slots - hunt.slots[place],
                worth + outcome.total * RADIX**3 + hunt.fixed[place],
                (*path, place),
            )


def _record(hunt: Hunt, worth: int, path: tuple[int, ...]) -> None:
    ranks = sorted([hunt.ranks[place] for place in path])
    if (-worth, ranks) < (-hunt.best[0], hunt.best[1]):
        hunt.best, hunt.path = (worth, ranks), path


def _ceiling(hunt: Hunt, free: int, slots: int) -> int:
    """Return more than the free contenders can add: the heaviest, one of each group, as many as there are slots."""
    total = 0
    for place in hunt.heaviest:
        if free >> place & 1 and hunt.slots[place] <= slots:
            total += hunt.ceilings[place]
            slots -= hunt.slots[place]
            free &= ~hunt.cliques[place]
    return total

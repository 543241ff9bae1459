"""Taking turns: every offer that entered meets the basket in order, those of the best combination applied."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

import msgspec

from galleria.value.promotions.model import FundedTotal, Reason, Source
from galleria.value.promotions.rules.allocation import applied_to
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.benefits import outcome_after, outcome_of
from galleria.value.promotions.rules.ceilings import ceiling_of
from galleria.value.promotions.rules.contender import Outcome, State
from galleria.value.promotions.rules.entry import Entry
from galleria.value.promotions.rules.search import best_of

SHORT = frozenset({Reason.THRESHOLD, Reason.PIECES})


class Turn(msgspec.Struct, kw_only=True, gc=False):
    """An entry's turn while the best combination is applied.

    `alone` is what it would do by itself, `outcome` what it does when its turn comes, `before` and `after` where
    prices stand then. `funded` is who bears what of it.
    """

    entry: Entry
    alone: Outcome
    outcome: Outcome
    before: State
    after: State
    applied: bool
    funded: tuple[FundedTotal, ...] = ()


def take_turns(entries: Sequence[Entry], basket: Basket, chosen: Collection[UUID] | None) -> tuple[list[Turn], bool]:
    """Return every entry's turn, in order, and whether the combination is proved to be the best."""
    start = State(basket.prices)
    alone = [outcome_of(entry.contender, start, basket.prices) for entry in entries]
    applied = {place for place, entry in enumerate(entries) if entry.limits and alone[place].reason is None}
    playing = [place for place, entry in enumerate(entries) if _plays(entry, alone[place], chosen)]
    contenders = [entries[place].contender for place in playing]
    best, exact = best_of(
        contenders,
        [alone[place] for place in playing],
        [ceiling_of(entries[place].contender, alone[place], basket.prices) for place in playing],
        [chosen is not None and one.rule.offer.source is Source.COUPON for one in contenders],
        basket.prices,
    )
    applied.update(playing[place] for place in best)
    return list(_replay(entries, alone, applied, start)), exact


def _plays(entry: Entry, alone: Outcome, chosen: Collection[UUID] | None) -> bool:
    """Return whether an entry may be part of a combination; beside others a budget may suffice that alone does not."""
    if entry.reason is not None or entry.limits or alone.reason not in {None, Reason.SOLD_OUT}:
        return False
    offer = entry.rule.offer
    return chosen is None or offer.source is Source.AUTOMATIC or offer.id in chosen


def _replay(
    entries: Sequence[Entry], alone: Sequence[Outcome], applied: Collection[int], start: State
) -> Iterator[Turn]:
    state = start
    for place, entry in enumerate(entries):
        outcome, after = alone[place], state
        if entry.reason is None:
            outcome = outcome_after(entry.contender, outcome, state, start.prices)
        if place in applied:
            after = applied_to(state, entry.contender, outcome)
        yield Turn(
            entry=entry, alone=alone[place], outcome=outcome, before=state, after=after, applied=place in applied
        )
        state = after

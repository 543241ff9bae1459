"""What became of every offer and why, and the price line by line."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from galleria.value.promotions.model import (
    Base,
    Decision,
    FundedTotal,
    Reason,
    Source,
    Step,
)
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.contender import Outcome, State
from galleria.value.promotions.rules.entry import Entry
from galleria.value.promotions.rules.stacking import exclude, takes_slot

SHORT = frozenset({Reason.THRESHOLD, Reason.PIECES})


class Turn(msgspec.Struct, kw_only=True):
    """An entry's turn when the best combination is applied.

    `alone` is what it would do by itself, `before` where prices stand when its turn comes, `outcome` what it does then.
    """

    entry: Entry
    alone: Outcome
    before: State
    after: State
    outcome: Outcome
    applied: bool
    funded: tuple[FundedTotal, ...] = ()


def decide(turns: Sequence[Turn], chosen: Collection[UUID] | None, slots: int) -> list[Decision]:
    """Return what became of the offers that entered; `slots` are how many more could have been applied."""
    applied = [turn for turn in turns if turn.applied]
    return [_applied(turn) if turn.applied else _skipped(turn, applied, chosen, slots) for turn in turns]


def _applied(turn: Turn) -> Decision:
    return msgspec.structs.replace(
        turn.entry.rule.idle,
        applied=True,
        reason=None,
        discount_minor=turn.outcome.total,
        units=turn.outcome.allowed,
        funded=turn.funded,
    )


def _skipped(turn: Turn, applied: Sequence[Turn], chosen: Collection[UUID] | None, slots: int) -> Decision:
    reason, beside = _reason(turn, applied, chosen, slots)
    missing = turn.outcome if reason in SHORT and turn.outcome.reason in SHORT else turn.alone
    return msgspec.structs.replace(
        turn.entry.rule.idle,
        reason=reason,
        discount_minor=turn.alone.total,
        missing_minor=missing.missing_minor if reason in SHORT else 0,
        missing_pieces=missing.missing_pieces if reason in SHORT else 0,
        beside=beside,
        units=turn.alone.allowed,
    )


def _reason(
    turn: Turn, applied: Sequence[Turn], chosen: Collection[UUID] | None, slots: int
) -> tuple[Reason, UUID | None]:
    """Return why an offer was not applied, and the one that kept it out, if one did."""
    entry, offer = turn.entry, turn.entry.rule.offer
    if entry.reason is not None:
        return entry.reason, None
    if chosen is not None and offer.source is Source.COUPON and offer.id not in chosen:
        return Reason.NOT_CHOSEN, None
    if turn.alone.reason is not None:
        return turn.alone.reason, None
    for other in applied:
        if exclude(offer.stacking, other.entry.rule.offer.stacking):
            return Reason.EXCLUDED, other.entry.rule.offer.id
    if takes_slot(entry.contender) and not slots:
        return Reason.TOO_MANY, None
    keeper = _keeper(turn, applied)
    if turn.outcome.reason is not None and keeper is not None:
        return Reason.EXCLUDED, keeper
    return (turn.outcome.reason if turn.outcome.reason in SHORT else Reason.NOT_BEST), None


def _keeper(turn: Turn, applied: Sequence[Turn]) -> UUID | None:
    """Return the applied offer that keeps its units from this one, or whose units this one may not share."""
    contender = turn.entry.contender
    mask = contender.counted_mask | contender.target_mask
    for other in applied:
        once = contender.rule.offer.stacking.once or other.entry.rule.offer.stacking.once
        if once and mask & (other.after.touched & ~other.before.touched):
            return other.entry.rule.offer.id
    return None


def explain(basket: Basket, absent: Collection[int], turns: Sequence[tuple[Turn, Decision]]) -> list[Step]:
    """Return the goods, the delivery fee, then each offer that entered, applied or not and why."""
    present = [number for number in range(len(basket.lines)) if number not in absent]
    units = basket.units_of(present)
    goods = sum(basket.prices[unit] for unit in units)
    fee = basket.prices[basket.delivery]
    steps = [
        Step(code="goods", params={"lines": len(present), "units": len(units), "minor": goods}, amount_minor=goods)
    ]
    if fee:
        steps.append(Step(code="delivery", params={"minor": fee}, amount_minor=fee))
    steps += [_step(turn, decision, basket) for turn, decision in turns]
    return steps


def _step(turn: Turn, decision: Decision, basket: Basket) -> Step:
    rule, contender = turn.entry.rule, turn.entry.contender
    base = basket.prices if rule.offer.stacking.base is Base.INITIAL else turn.before.prices
    params = rule.params | {
        "matching_minor": sum([base[unit] for unit in contender.counted]),
        "matching_pieces": len(contender.counted),
        "discount_minor": decision.discount_minor,
    }
    if decision.applied:
        return Step(code=f"applied_{rule.kind}", params=params, amount_minor=-decision.discount_minor)
    params["missing_minor"] = decision.missing_minor
    params["missing_pieces"] = decision.missing_pieces
    if decision.beside is not None:
        params["beside"] = str(decision.beside)
    return Step(code=f"skipped_{decision.reason}", params=params, amount_minor=0)

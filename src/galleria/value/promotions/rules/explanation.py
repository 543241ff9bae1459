"""What became of every offer and why, and the price line by line."""

from collections.abc import Collection, Sequence
from uuid import UUID

from msgspec.structs import replace

from galleria.value.promotions.model import APPLIED_MAX, Base, Decision, Reason, Source, Step
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.stacking import exclude, takes_slot
from galleria.value.promotions.rules.turns import SHORT, Turn


def decide(turns: Sequence[Turn], chosen: Collection[UUID] | None) -> list[tuple[Turn, Decision]]:
    """Return the offers that entered and what became of each: those applied in order, then the most tempting first."""
    applied = [turn for turn in turns if turn.applied and not turn.entry.limits]
    full = sum(takes_slot(turn.entry.rule.offer) for turn in applied) == APPLIED_MAX
    decided = [(turn, _decide(turn, applied, chosen, full=full)) for turn in turns]
    decided.sort(key=_telling)
    return decided


def tell(turn: Turn, decision: Decision, basket: Basket) -> Step:
    """Return one offer's line in the explanation."""
    rule, counted = turn.entry.rule, turn.entry.contender.counted
    base = basket.prices if rule.offer.stacking.base is Base.INITIAL else turn.before.prices
    params = {
        **rule.params,
        "matching_minor": sum([base[unit] for unit in counted]),
        "matching_pieces": len(counted),
        "discount_minor": decision.discount_minor,
    }
    if decision.applied:
        return Step(code=f"applied_{rule.kind}", params=params, amount_minor=-decision.discount_minor)
    params["missing_minor"] = decision.missing_minor
    params["missing_pieces"] = decision.missing_pieces
    if decision.beside is not None:
        params["beside"] = str(decision.beside)
    return Step(code=f"skipped_{decision.reason}", params=params, amount_minor=0)


def _telling(decided: tuple[Turn, Decision]) -> tuple[bool, int, int, tuple[int, int, int]]:
    turn, decision = decided
    if decision.applied:
        return False, 0, 0, turn.entry.rule.order
    return True, -decision.discount_minor, decision.missing_minor, turn.entry.rule.order


def _decide(turn: Turn, applied: Sequence[Turn], chosen: Collection[UUID] | None, *, full: bool) -> Decision:
    idle, _ = turn.entry.rule.idle
    if turn.applied:
        off, allowed = turn.outcome.total, turn.outcome.allowed
        return replace(idle, applied=True, reason=None, discount_minor=off, units=allowed, funded=turn.funded)
    reason, beside = _reason(turn, applied, chosen, full=full)
    off, allowed = turn.alone.total, turn.alone.allowed
    if reason not in SHORT:
        return replace(idle, reason=reason, discount_minor=off, units=allowed, beside=beside)
    missing = turn.outcome if turn.outcome.reason in SHORT else turn.alone
    return replace(
        idle,
        reason=missing.reason,
        discount_minor=off,
        units=allowed,
        missing_minor=missing.missing_minor,
        missing_pieces=missing.missing_pieces,
    )


def _reason(
    turn: Turn, applied: Sequence[Turn], chosen: Collection[UUID] | None, *, full: bool
) -> tuple[Reason, UUID | None]:
    """Return why an offer was not applied, and the one that kept it out, if one did."""
    offer = turn.entry.rule.offer
    if turn.entry.reason is not None:
        return turn.entry.reason, None
    if chosen is not None and offer.source is Source.COUPON and offer.id not in chosen:
        return Reason.NOT_CHOSEN, None
    if turn.alone.reason is Reason.CHOOSE and turn.outcome.reason is not None:
        return turn.outcome.reason, None  # beside the others it may not be earned any more
    if turn.alone.reason is not None:
        return turn.alone.reason, None
    for other in applied:
        if exclude(offer.stacking, other.entry.rule.offer.stacking):
            return Reason.EXCLUDED, other.entry.rule.offer.id
    if full and takes_slot(offer):
        return Reason.TOO_MANY, None
    if turn.outcome.reason is None or (keeper := _keeper(turn, applied)) is None:
        return (turn.outcome.reason if turn.outcome.reason in SHORT else Reason.NOT_BEST), None
    return Reason.EXCLUDED, keeper


def _keeper(turn: Turn, applied: Sequence[Turn]) -> UUID | None:
    """Return the applied offer that keeps its units from this one, or whose units this one may not share."""
    contender = turn.entry.contender
    for other in applied:
        offer = other.entry.rule.offer
        made_cheaper = other.after.touched & ~other.before.touched
        if contender.mask & made_cheaper and (offer.stacking.once or contender.rule.offer.stacking.once):
            return offer.id
    return None

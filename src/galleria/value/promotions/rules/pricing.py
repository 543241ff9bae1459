"""The price of a basket: who contends, what combination is best, what becomes of every unit and every offer."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from galleria.value.promotions.model import (
    Applied,
    BasketLine,
    Context,
    Facts,
    Grant,
    Granted,
    Offer,
    PricedBasket,
    PricedLine,
    PurchaseLimit,
    Reason,
    Source,
    Step,
    Use,
    Violation,
)
from galleria.value.promotions.rules.allocation import (
    applied_on,
    applied_to,
    as_funded,
    by_line,
    delivery_totals,
    totals_of,
)
from galleria.value.promotions.rules.basket import Basket, lay_out
from galleria.value.promotions.rules.benefits import outcome_of
from galleria.value.promotions.rules.book import Book, compile_rule
from galleria.value.promotions.rules.ceilings import ceiling_of
from galleria.value.promotions.rules.contender import Outcome, State
from galleria.value.promotions.rules.entry import Entry, enter
from galleria.value.promotions.rules.explanation import Turn, decide, explain
from galleria.value.promotions.rules.search import best_of
from galleria.value.promotions.rules.stacking import SLOTS, takes_slot


def price(
    lines: Sequence[BasketLine],
    book: Book,
    *,
    coupons: Sequence[Offer] = (),
    chosen: Collection[UUID] | None = None,
    facts: Facts,
    context: Context,
) -> PricedBasket:
    """Return the price of a basket under the best combination of offers, and a decision for every offer.

    Takes lines with distinct keys, quantities of at least 1 and prices of at least 0 minor units; `coupons` are the
    shopper's own. `chosen` None takes the best of everything; a set of `Offer.id` considers only these coupons, and
    applies as many of them as it can even when another combination is cheaper. Raises ValueError for malformed lines.
    """
    basket = lay_out(lines, context.delivery_minor)
    rules = [*book.near(basket), *(compile_rule(offer) for offer in coupons)]
    entries = [entry for rule in rules if (entry := enter(rule, basket, facts, context)) is not None]
    entries.sort(key=lambda entry: entry.rule.order)
    turns, exact = _take_turns(entries, basket, chosen)
    return _answer(lines, basket, book, coupons, turns, chosen, exact)


def _take_turns(entries: Sequence[Entry], basket: Basket, chosen: Collection[UUID] | None) -> tuple[list[Turn], bool]:
    """Return every entry's turn under the best combination, and whether it is proved to be the best."""
    start = State(basket.prices)
    alone = [outcome_of(entry.contender, start, basket.prices) for entry in entries]
    playing: list[int] = []
    ceilings: list[int] = []
    for place, (entry, outcome) in enumerate(zip(entries, alone, strict=True)):
        if _contends(entry, outcome, chosen):
            playing.append(place)
            ceilings.append(ceiling_of(entry.contender, outcome, basket.prices))
    wished = [chosen is not None and entries[place].rule.offer.source is Source.COUPON for place in playing]
    best, exact = best_of([entries[place].contender for place in playing], ceilings, wished, basket.prices)
    applied = {playing[place] for place in best}
    applied |= {place for place, entry in enumerate(entries) if _limits(entry) and alone[place].reason is None}
    return list(_replay(entries, alone, applied, basket)), exact


def _contends(entry: Entry, alone: Outcome, chosen: Collection[UUID] | None) -> bool:
    offer = entry.rule.offer
    if entry.reason is not None or _limits(entry):
        return False
    if alone.reason not in {None, Reason.SOLD_OUT}:
        return False
    return chosen is None or offer.source is Source.AUTOMATIC or offer.id in chosen


def _limits(entry: Entry) -> bool:
    return entry.reason is None and isinstance(entry.rule.offer.benefit, PurchaseLimit)


def _replay(
    entries: Sequence[Entry], alone: Sequence[Outcome], applied: Collection[int], basket: Basket
) -> Iterator[Turn]:
    state = State(basket.prices)
    for place, entry in enumerate(entries):
        outcome = outcome_of(entry.contender, state, basket.prices)
        after = applied_to(state, entry.contender, outcome) if place in applied else state
        yield Turn(
            entry=entry, alone=alone[place], before=state, after=after, outcome=outcome, applied=place in applied
        )
        state = after


def _answer(
    lines: Sequence[BasketLine],
    basket: Basket,
    book: Book,
    coupons: Sequence[Offer],
    turns: Sequence[Turn],
    chosen: Collection[UUID] | None,
    exact: bool,
) -> PricedBasket:
    final = turns[-1].after if turns else State(basket.prices)
    absent = {n for n, line in enumerate(basket.lines) if line.granted_by is not None}
    absent -= {n for turn in turns if turn.applied for n in turn.outcome.lines}
    applied: dict[int, list[Applied]] = {}
    for turn in turns:
        if turn.applied:
            _fund(turn, basket, applied)
    slots = SLOTS - sum(turn.applied and takes_slot(turn.entry.contender) for turn in turns if not _limits(turn.entry))
    decisions = decide(turns, chosen, slots)
    decided = sorted(zip(turns, decisions, strict=True), key=_telling)
    steps = explain(basket, absent, decided)
    entered = {decision.id for decision in decisions}
    idle = [rule for rule in book.rules if rule.offer.id not in entered]
    idle += sorted(
        (compile_rule(offer) for offer in coupons if offer.id not in entered), key=lambda rule: rule.offer.id
    )
    goods = sum(basket.prices[unit] for n in range(len(basket.lines)) if n not in absent for unit in basket.spans[n])
    paid = sum(final.prices[unit] for n in range(len(basket.lines)) if n not in absent for unit in basket.spans[n])
    fee, fee_paid = basket.prices[-1], final.prices[-1]
    numbers = {line.key: number for number, line in enumerate(basket.lines)}
    return PricedBasket(
        lines=[
            _line(line, number, basket, final, applied.get(number, []))
            for line in lines
            if (number := numbers[line.key]) not in absent
        ],
        goods_minor=goods,
        discount_minor=goods - paid,
        delivery_minor=fee,
        delivery_discount_minor=fee - fee_paid,
        payable_minor=paid + fee_paid,
        decisions=[decision for _, decision in decided] + [rule.idle for rule in idle],
        steps=[
            *steps,
            *[rule.idle_step for rule in idle],
            Step(code="payable", params={"minor": paid + fee_paid}, amount_minor=0),
        ],
        uses=[_use(turn) for turn in turns if turn.applied and turn.entry.rule.offer.source is Source.AUTOMATIC],
        granted=[granted for turn in turns if turn.applied for granted in _granted(turn)],
        violations=[_violation(turn, basket) for turn in turns if _limits(turn.entry) and not turn.applied],
        exact=exact,
    )


def _telling(decided: tuple[Turn, object]) -> tuple[bool, int, int, tuple[int, int, int]]:
    """Return the place of an offer in the explanation: those applied in order, then the most tempting."""
    turn, decision = decided
    if decision.applied:
        return False, 0, 0, turn.entry.rule.order
    return True, -decision.discount_minor, decision.missing_minor, turn.entry.rule.order


def _fund(turn: Turn, basket: Basket, applied: dict[int, list[Applied]]) -> None:
    offer = turn.entry.rule.offer
    on_lines = []
    for number, units in by_line(basket, turn.before, turn.after).items():
        one = applied_on(offer, units, basket.lines[number].merchant_id)
        applied.setdefault(number, []).append(one)
        on_lines.append(one)
    totals = totals_of(on_lines)
    fee = turn.before.prices[basket.delivery] - turn.after.prices[basket.delivery]
    if fee:
        totals = delivery_totals(offer, fee, basket, turn.entry.contender.counted)
    turn.funded = as_funded(totals)


def _line(line: BasketLine, number: int, basket: Basket, final: State, applied: list[Applied]) -> PricedLine:
    span = basket.spans[number]
    paid = final.prices[span.start : span.stop]
    payable = sum(paid)
    return PricedLine(
        key=line.key,
        unit_paid_minor=paid,
        applied=applied,
        discount_minor=line.unit_price_minor * line.quantity - payable,
        payable_minor=payable,
        granted_by=line.granted_by,
    )


def _use(turn: Turn) -> Use:
    offer = turn.entry.rule.offer
    return Use(
        id=offer.id,
        offer_id=offer.offer_id,
        version=offer.version,
        units=turn.outcome.uses,
        amount_minor=turn.outcome.total,
    )


def _granted(turn: Turn) -> Iterator[Granted]:
    benefit = turn.entry.rule.offer.benefit
    if isinstance(benefit, Grant):
        yield Granted(
            offer_id=turn.entry.rule.offer.offer_id,
            coupon_id=benefit.coupon_id,
            quantity=benefit.quantity * turn.outcome.times,
        )


def _violation(turn: Turn, basket: Basket) -> Violation:
    offer = turn.entry.rule.offer
    lines = sorted({basket.owners[unit] for unit in turn.entry.contender.counted})
    return Violation(
        offer_id=offer.offer_id,
        title_zh=offer.title_zh,
        title_en=offer.title_en,
        variant_ids=[basket.lines[number].variant_id for number in lines],
        wanted=turn.alone.uses,
        allowed=turn.alone.allowed,
    )

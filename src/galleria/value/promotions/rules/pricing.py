"""The price of a basket: who contends, what combination is best, what becomes of every unit and every offer."""

from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from uuid import UUID

from galleria.value.promotions.model import (
    Applied,
    BasketLine,
    Context,
    Decision,
    Facts,
    Grant,
    Granted,
    Offer,
    PricedBasket,
    PricedLine,
    Source,
    Step,
    Use,
    Violation,
)
from galleria.value.promotions.rules.allocation import as_funded, delivery_totals, funded, taken_by_line, totals_of
from galleria.value.promotions.rules.basket import Basket, lay_out
from galleria.value.promotions.rules.book import Book, Rule, compile_rule
from galleria.value.promotions.rules.entry import Entry, enter
from galleria.value.promotions.rules.explanation import decide, tell
from galleria.value.promotions.rules.turns import Turn, take_turns

Funding = dict[int, list[Applied]]
"""What was taken off each line, by the line's number."""


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
    entries, idle = _enter(basket, book, coupons, facts, context)
    turns, exact = take_turns(entries, basket, chosen)
    funding = _fund(turns, basket)
    decided = decide(turns, chosen)
    shown = _shown(basket, turns)
    priced = _lines(lines, basket, shown, turns, funding)
    goods = sum(line.payable_minor + line.discount_minor for line in priced)
    paid = sum(line.payable_minor for line in priced)
    fee, fee_paid = context.delivery_minor, turns[-1].after.prices[basket.delivery] if turns else context.delivery_minor
    steps = [Step(code="goods", params=_counts(priced, goods), amount_minor=goods)]
    if fee:
        steps.append(Step(code="delivery", params={"minor": fee}, amount_minor=fee))
    steps += [tell(turn, decision, basket) for turn, decision in decided]
    steps += [step for _, step in idle]
    steps.append(Step(code="payable", params={"minor": paid + fee_paid}, amount_minor=0))
    return PricedBasket(
        lines=priced,
        goods_minor=goods,
        discount_minor=goods - paid,
        delivery_minor=fee,
        delivery_discount_minor=fee - fee_paid,
        payable_minor=paid + fee_paid,
        decisions=[*(decision for _, decision in decided), *(decision for decision, _ in idle)],
        steps=steps,
        uses=[_use(turn) for turn in turns if turn.applied and turn.entry.rule.offer.source is Source.AUTOMATIC],
        granted=[granted for turn in turns if turn.applied for granted in _granted(turn)],
        violations=[_violation(turn, basket) for turn in turns if turn.entry.limits and not turn.applied],
        exact=exact,
    )


def narrow(lines: Sequence[BasketLine], book: Book) -> Book:
    """Return the book of those offers that hold for something in a basket; the others cannot be applied to it."""
    return book.narrowed(lay_out(lines, 0))


def _enter(
    basket: Basket, book: Book, coupons: Sequence[Offer], facts: Facts, context: Context
) -> tuple[list[Entry], list[tuple[Decision, Step]]]:
    """Return the offers that hold for something in the basket, in the order they are applied, and what of the rest."""
    near = book.near(basket)
    outside = [True] * len(book.rules)
    held: list[tuple[Rule, Sequence[int]]] = []
    for position, lines in near.items():
        outside[position] = False
        held.append((book.rules[position], lines))
    idle = [rule.idle for rule in compress(book.rules, outside)]
    for rule in sorted((compile_rule(offer) for offer in coupons), key=lambda rule: rule.offer.id.int):
        own = rule.held(basket.goods, basket)
        if own:
            held.append((rule, own))
        else:
            idle.append(rule.idle)
    entries = [enter(rule, lines, basket, facts, context) for rule, lines in held]
    entries.sort(key=lambda entry: entry.rule.order)
    return entries, idle


def _fund(turns: Sequence[Turn], basket: Basket) -> Funding:
    """Split what the applied offers take off among those who bear it; return it line by line."""
    funding: Funding = {}
    for turn in turns:
        if not turn.applied:
            continue
        offer = turn.entry.rule.offer
        fee = turn.before.prices[basket.delivery] - turn.after.prices[basket.delivery]
        if fee:
            turn.funded = as_funded(delivery_totals(offer, fee, basket, turn.entry.contender.counted))
            continue
        on_lines = funded(offer, taken_by_line(basket, turn.before, turn.after, turn.outcome), basket)
        turn.funded = as_funded(totals_of(on_lines.values()))
        for number, applied in on_lines.items():
            funding.setdefault(number, []).append(applied)
    return funding


def _shown(basket: Basket, turns: Sequence[Turn]) -> set[int]:
    """Return the lines that are in the priced basket: all goods, and what applied offers granted."""
    return {*basket.goods, *(line for turn in turns if turn.applied for line in turn.outcome.lines)}


def _lines(
    lines: Sequence[BasketLine], basket: Basket, shown: Collection[int], turns: Sequence[Turn], funding: Funding
) -> list[PricedLine]:
    prices = turns[-1].after.prices if turns else basket.prices
    by_key = {
        basket.lines[number].key: _line(basket.lines[number], prices[span.start : span.stop], funding.get(number, []))
        for number, span in enumerate(basket.spans)
        if number in shown
    }
    return [by_key[line.key] for line in lines if line.key in by_key]


def _line(line: BasketLine, paid: list[int], applied: list[Applied]) -> PricedLine:
    payable = sum(paid)
    return PricedLine(
        key=line.key,
        unit_paid_minor=paid,
        applied=applied,
        discount_minor=line.unit_price_minor * line.quantity - payable,
        payable_minor=payable,
        granted_by=line.granted_by,
    )


def _counts(lines: Sequence[PricedLine], goods: int) -> dict[str, str | int]:
    return {"lines": len(lines), "units": sum(len(line.unit_paid_minor) for line in lines), "minor": goods}


def _use(turn: Turn) -> Use:
    offer, outcome = turn.entry.rule.offer, turn.outcome
    return Use(
        id=offer.id,
        offer_id=offer.offer_id,
        version=offer.version,
        units=outcome.uses,
        amount_minor=outcome.total,
    )


def _granted(turn: Turn) -> Iterator[Granted]:
    offer = turn.entry.rule.offer
    if isinstance(offer.benefit, Grant):
        quantity = offer.benefit.quantity * turn.outcome.times
        yield Granted(offer_id=offer.offer_id, coupon_id=offer.benefit.coupon_id, quantity=quantity)


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

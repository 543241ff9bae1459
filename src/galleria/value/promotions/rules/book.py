"""Offers, compiled: found by the goods they hold for, with everything prepared that no basket can change.

An offer that holds for nothing in a basket costs that basket nothing: its decision and its line in the explanation
are made here, once.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from galleria.value.promotions.model import (
    LAYERS,
    AddOn,
    AddOnChoice,
    Bundle,
    Decision,
    Eligibility,
    Gift,
    Limits,
    Offer,
    Reason,
    Scope,
    Step,
)
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.matching import Goods, goods_of

Params = dict[str, str | int]
ANYBODY = Eligibility()
LIMITLESS = Limits()
NO_GOODS = f"skipped_{Reason.NO_MATCHING_GOODS}"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An offer, compiled; `order` is its place when a basket is priced.

    `open` tells that anybody may have it anytime, `limitless` that there is no end to it.
    `anchors` is what a basket must have some of: the parts of a bundle, else what is counted. `plain` tells that a
    line found by the index is surely meant. `idle` is the decision and the step for a basket that has none of it.
    """

    offer: Offer
    kind: str
    order: tuple[int, int, int]
    open: bool
    limitless: bool
    anchors: tuple[Goods, ...]
    targets: Goods | None
    plain: bool
    choices: tuple[AddOnChoice, ...]
    params: Params
    idle: tuple[Decision, Step]

    def held(self, lines: Sequence[int], basket: Basket) -> Sequence[int]:
        """Return those of the lines that it counts."""
        return [line for line in lines if any(goods.hold(basket.marks[line]) for goods in self.anchors)]


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Offers compiled for pricing any number of baskets; made by `compile_book`.

    `rules` are by id; `index` tells from a mark which of them may hold for a line that has it; `everywhere` are those
    that may hold for any goods.
    """

    rules: tuple[Rule, ...]
    index: Mapping[int, Sequence[int]]
    everywhere: Sequence[int]

    @property
    def offers(self) -> list[Offer]:
        """The offers it holds, by id."""
        return [rule.offer for rule in self.rules]

    def narrowed(self, basket: Basket) -> "Book":
        """Return the book of the rules that hold for something in a basket: all that can be applied to it."""
        near = sorted(self.near(basket))
        place = {old: new for new, old in enumerate(near)}
        marks = {mark for line in basket.goods for mark in basket.marks[line]}
        return Book(
            rules=tuple([self.rules[position] for position in near]),
            index={mark: [place[old] for old in self.index.get(mark, ()) if old in place] for mark in marks},
            everywhere=[place[old] for old in self.everywhere if old in place],
        )

    def near(self, basket: Basket) -> dict[int, Sequence[int]]:
        """Return the rules that hold for something in a basket, by position, and the lines each counts."""
        hits: dict[int, list[int]] = {}
        for line in basket.goods:
            for mark in basket.marks[line]:
                for position in self.index.get(mark, ()):
                    lines = hits.setdefault(position, [])
                    if not lines or lines[-1] != line:
                        lines.append(line)
        found: dict[int, Sequence[int]] = {}
        for position, lines in [*((position, basket.goods) for position in self.everywhere), *hits.items()]:
            rule = self.rules[position]
            held = lines if rule.plain else rule.held(lines, basket)
            if held:
                found[position] = held
        return found


def compile_book(offers: Sequence[Offer]) -> Book:
    """Return offers compiled for pricing any number of baskets. Raises ValueError when two of them have one id."""
    rules = sorted((compile_rule(offer) for offer in offers), key=lambda rule: rule.offer.id)
    if len({rule.offer.id for rule in rules}) != len(rules):
        raise ValueError("two offers have the same id")
    index: dict[int, list[int]] = {}
    everywhere: list[int] = []
    for position, rule in enumerate(rules):
        if any(not goods.needs for goods in rule.anchors):
            everywhere.append(position)
            continue
        for mark in {mark for goods in rule.anchors for mark in goods.needs[0]}:
            index.setdefault(mark, []).append(position)
    return Book(rules=tuple(rules), index=index, everywhere=everywhere)


def compile_rule(offer: Offer) -> Rule:
    """Return one offer, compiled."""
    kind = str(offer.benefit.__struct_config__.tag)
    params = _params(offer)
    choices = tuple(_choices(offer))
    anchors = tuple(goods_of(scope) for scope in _scopes(offer))
    return Rule(
        offer=offer,
        kind=kind,
        order=(LAYERS[offer.stacking.layer], -offer.stacking.priority, offer.id.int),
        open=offer.eligibility == ANYBODY and offer.expires_at is None,
        limitless=offer.limits == LIMITLESS,
        anchors=anchors,
        targets=None if offer.discounted is None else goods_of(offer.discounted),
        plain=len(anchors) == 1 and len(anchors[0].needs) <= 1 and not anchors[0].but,
        choices=choices,
        params=params,
        idle=(_idle(offer, kind, choices), Step(code=NO_GOODS, params=params, amount_minor=0)),
    )


def _idle(offer: Offer, kind: str, choices: tuple[AddOnChoice, ...]) -> Decision:
    return Decision(
        id=offer.id,
        offer_id=offer.offer_id,
        version=offer.version,
        source=offer.source,
        kind=kind,
        layer=offer.stacking.layer,
        title_zh=offer.title_zh,
        title_en=offer.title_en,
        applied=False,
        discount_minor=0,
        reason=Reason.NO_MATCHING_GOODS,
        choices=choices,
    )


def _scopes(offer: Offer) -> Iterator[Scope]:
    if isinstance(offer.benefit, Bundle):
        yield from (part.scope for part in offer.benefit.parts)
    else:
        yield offer.counted


def _choices(offer: Offer) -> Iterator[AddOnChoice]:
    if isinstance(offer.benefit, AddOn):
        yield from offer.benefit.choices
    elif isinstance(offer.benefit, Gift):
        yield from (AddOnChoice(variant_id=variant_id, price_minor=0) for variant_id in offer.benefit.choices)


def _params(offer: Offer) -> Params:
    """Return what fills the texts about an offer: its names, its thresholds and the plain figures of its benefit."""
    params: Params = {
        "id": str(offer.id),
        "offer_id": str(offer.offer_id),
        "title_zh": offer.title_zh,
        "title_en": offer.title_en,
        "threshold_minor": offer.threshold_minor,
        "threshold_pieces": offer.threshold_pieces,
    }
    for name, figure in msgspec.structs.asdict(offer.benefit).items():
        if isinstance(figure, int):
            params[name] = int(figure)
    return params

"""Offers, compiled: found by the goods they hold for, with everything prepared that no basket can change.

An offer that holds for nothing in a basket costs that basket nothing: its decision and its line in the explanation
are made here, once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import msgspec

from galleria.value.promotions.model import (
    LAYERS,
    AddOn,
    AddOnChoice,
    Bundle,
    Decision,
    Gift,
    Offer,
    Reason,
    Scope,
    Step,
)
from galleria.value.promotions.rules.basket import Basket
from galleria.value.promotions.rules.matching import Goods, goods_of

Params = dict[str, str | int]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An offer, compiled; `order` is its place when a basket is priced, `parts` are a bundle's."""

    offer: Offer
    kind: str
    order: tuple[int, int, int]
    counted: Goods
    targets: Goods | None
    parts: tuple[Goods, ...]
    choices: tuple[AddOnChoice, ...]
    params: Params
    idle: Decision
    idle_step: Step

    @property
    def anchors(self) -> tuple[Goods, ...]:
        """What a basket must have some of."""
        return self.parts or (self.counted,)


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Offers compiled for pricing any number of baskets; made by `compile_book`.

    `rules` are by id; `index` tells from a mark which of them may hold for a line that has it; `everywhere` are those
    that hold for any goods.
    """

    rules: tuple[Rule, ...]
    index: Mapping[int, Sequence[int]]
    everywhere: Sequence[int]
    positions: Mapping[UUID, int]

    def near(self, basket: Basket) -> list[Rule]:
        """Return the rules that may hold for something in a basket."""
        found = set(self.everywhere) if basket.lines else set()
        for marks in set(basket.marks):
            for mark in marks:
                found.update(self.index.get(mark, ()))
        found.update(self.positions[line.granted_by] for line in basket.lines if line.granted_by in self.positions)
        return [self.rules[position] for position in sorted(found)]


def compile_book(offers: Sequence[Offer]) -> Book:
    """Return offers compiled for pricing any number of baskets. Raises ValueError when two of them have one id."""
    rules = sorted((compile_rule(offer) for offer in offers), key=lambda rule: rule.offer.id)
    positions = {rule.offer.id: position for position, rule in enumerate(rules)}
    if len(positions) != len(rules):
        raise ValueError("two offers have the same id")
    index: dict[int, list[int]] = {}
    everywhere: list[int] = []
    for position, rule in enumerate(rules):
        if any(not goods.needs for goods in rule.anchors):
            everywhere.append(position)
            continue
        for mark in _marks(rule.anchors):
            index.setdefault(mark, []).append(position)
    return Book(rules=tuple(rules), index=index, everywhere=everywhere, positions=positions)


def compile_rule(offer: Offer) -> Rule:
    """Return one offer, compiled."""
    kind = str(offer.benefit.__struct_config__.tag)
    choices = tuple(_choices(offer))
    params = _params(offer)
    idle = Decision(
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
    return Rule(
        offer=offer,
        kind=kind,
        order=(LAYERS[offer.stacking.layer], -offer.stacking.priority, offer.id.int),
        counted=goods_of(offer.counted),
        targets=None if offer.discounted is None else goods_of(offer.discounted),
        parts=tuple(goods_of(scope) for scope in _parts(offer)),
        choices=choices,
        params=params,
        idle=idle,
        idle_step=Step(code=f"skipped_{Reason.NO_MATCHING_GOODS}", params=params, amount_minor=0),
    )


def _marks(anchors: Iterable[Goods]) -> set[int]:
    return {mark for goods in anchors for mark in goods.needs[0]}


def _parts(offer: Offer) -> Iterator[Scope]:
    if isinstance(offer.benefit, Bundle):
        yield from (part.scope for part in offer.benefit.parts)


def _choices(offer: Offer) -> Iterator[AddOnChoice]:
    if isinstance(offer.benefit, AddOn):
        yield from offer.benefit.choices
    elif isinstance(offer.benefit, Gift):
        yield from (AddOnChoice(variant_id=variant_id, price_minor=0) for variant_id in offer.benefit.choices)


def _params(offer: Offer) -> Params:
    """Return what fills the texts about an offer: its names, its thresholds and the plain figures of its benefit."""
    figures = msgspec.structs.asdict(offer.benefit)
    return {
        "id": str(offer.id),
        "offer_id": str(offer.offer_id),
        "title_zh": offer.title_zh,
        "title_en": offer.title_en,
        "threshold_minor": offer.threshold_minor,
        "threshold_pieces": offer.threshold_pieces,
    } | {name: int(figure) for name, figure in figures.items() if isinstance(figure, int)}

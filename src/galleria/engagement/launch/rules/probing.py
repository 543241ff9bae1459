"""What a good, or a small basket, would cost a shopper whom everything favours."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from galleria.engagement.launch.model import Candidate, Known
from galleria.foundation.catalog import Sellable
from galleria.value import promotions
from galleria.value.promotions import (
    BasketLine,
    Bundle,
    Context,
    Eligibility,
    Facts,
    Limits,
    Measure,
    Offer,
    SetOff,
    TieredOff,
)

UNITS_MAX = 50
"""No small basket holds more of a good."""

STACKED_MAX = 40
"""So many goods are tried beside all that is live: the dearest, and the cheapest."""

ANYTIME = datetime(2000, 1, 1, tzinfo=UTC)


class Part(msgspec.Struct, frozen=True):
    """Some units of a good in a probe, and what they cost before and after."""

    good: Sellable
    units: int
    goods_minor: int
    paid_minor: int


class Probe(msgspec.Struct, frozen=True):
    """A small basket priced: the goods that were looked at, and which offers applied."""

    parts: list[Part]
    applied: list[Offer]

    @property
    def goods_minor(self) -> int:
        """Return what it costs without any offer."""
        return sum(part.goods_minor for part in self.parts)

    @property
    def paid_minor(self) -> int:
        """Return what it costs with them."""
        return sum(part.paid_minor for part in self.parts)

    @property
    def units(self) -> int:
        """Return how many units were looked at."""
        return sum(part.units for part in self.parts)


def alone(candidate: Candidate, known: Known) -> list[Probe]:
    """Return every good of a candidate in small baskets, priced with the candidate only."""
    return _probes(candidate, known, known.goods, [])


def stacked(candidate: Candidate, known: Known) -> list[Probe]:
    """Return a sample of goods in small baskets, priced with the candidate and all that is live beside it."""
    goods = sorted(known.goods, key=lambda good: good.price_minor)
    sample = goods if len(goods) <= STACKED_MAX else [*goods[: STACKED_MAX // 2], *goods[-STACKED_MAX // 2 :]]
    return _probes(candidate, known, sample, known.beside)


def _probes(candidate: Candidate, known: Known, goods: Sequence[Sellable], beside: Sequence[Offer]) -> list[Probe]:
    if not candidate.offers:
        return []
    offer = opened(candidate.offers[0])
    offers = [offer, *(opened(other) for other in beside if other.id != offer.id)]
    book, by_id = promotions.compile_book(offers), {one.id: one for one in offers}
    probes: list[Probe] = []
    for lines, looked_at in _baskets(offer, known, goods):
        priced = promotions.price(
            lines, book, facts=Facts(member=True), context=Context(now=ANYTIME, local=ANYTIME, on_site=True)
        )
        paid = {line.key: line.payable_minor for line in priced.lines}
        parts = [
            Part(good, line.quantity, line.quantity * line.unit_price_minor, paid[line.key]) for line, good in looked_at
        ]
        applied = [by_id[d.id] for d in priced.decisions if d.applied and d.id != offer.id]
        probes.append(Probe(parts, applied))
    return probes


def opened(offer: Offer) -> Offer:
    """Return an offer as it is to a shopper who may have it, at a time when it holds, with nothing used up."""
    limits = Limits(per_order=offer.limits.per_order)
    return msgspec.structs.replace(offer, eligibility=Eligibility(), limits=limits, expires_at=None)


Basket = tuple[list[BasketLine], list[tuple[BasketLine, Sellable]]]


def _baskets(offer: Offer, known: Known, goods: Sequence[Sellable]) -> Iterator[Basket]:
    """Yield baskets that an offer holds for, with the lines to look at."""
    if isinstance(offer.benefit, Bundle):
        if all(known.parts):
            for pick in (min, max):
                chosen = [pick(part, key=lambda good: good.price_minor) for part in known.parts]
                lines = [
                    (_line(str(i), good, part.quantity), good)
                    for i, (good, part) in enumerate(zip(chosen, offer.benefit.parts, strict=True))
                ]
                yield [line for line, _ in lines], lines
        return
    if offer.discounted is not None:
        reached = _reached(offer, known)
        for good in goods:
            target = _line("target", good, _least(offer))
            yield [*reached, target], [(target, good)]
        return
    for good in goods:
        for units in sorted(quantities(offer, good.price_minor)):
            line = _line("target", good, units)
            yield [line], [(line, good)]


def _reached(offer: Offer, known: Known) -> list[BasketLine]:
    """Return the goods that reach the threshold, where others become cheaper."""
    if not known.counted:
        return []
    good = min(known.counted, key=lambda good: good.price_minor)
    return [_line("counted", good, max(quantities(offer, good.price_minor)))]


def _least(offer: Offer) -> int:
    return offer.benefit.discounted if isinstance(offer.benefit, SetOff) else 1


def quantities(offer: Offer, price_minor: int) -> set[int]:
    """Return how many units of a good are telling: one, and as many as an offer's thresholds and sets ask for."""
    least = max(1, offer.threshold_pieces, _units(offer.threshold_minor, price_minor))
    wanted = {least}
    match offer.benefit:
        case SetOff(size=size):
            wanted.add(max(least, size))
        case TieredOff(by=by, tiers=tiers):
            steps = (t.threshold if by is Measure.PIECES else _units(t.threshold, price_minor) for t in tiers)
            wanted |= {max(least, step) for step in steps}
        case _:
            pass
    return {min(units, UNITS_MAX) for units in wanted}


def _units(amount_minor: int, price_minor: int) -> int:
    return -(-amount_minor // max(1, price_minor))


def _line(key: str, good: Sellable, units: int) -> BasketLine:
    return BasketLine(
        key=key,
        shop_id=good.shop_id,
        merchant_id=good.merchant_id,
        category_ids=good.category_ids,
        product_id=good.product_id,
        variant_id=good.variant_id,
        quantity=units,
        unit_price_minor=good.price_minor,
    )

"""Ranking goods. Pure: the same facts give the same ranking, whatever order they come in.

Every part of a score is 0 to 100 points; what is not known is neutral, 50. Demand is the share of all goods that sell
less, half of those that sell as much. A margin of 60 % or more is worth 100 points, a price 10 % below all others too,
10 % above them none; stock that lasts two weeks is enough.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import asdict

from galleria.insight.assortment.model import Advice, GoodFacts, Part, RankedGood, ScorePart, Why

NEUTRAL = 50
WEIGHTS = {Part.DEMAND: 35, Part.MARGIN: 25, Part.STOCK: 15, Part.PRICE: 15, Part.RATING: 10}
MARGIN_FULL_BP = 6_000
MARGIN_THIN_BP = 2_000
PRICE_REACH_BP = 1_000
COVER_DAYS = 14
WELL, SLOWLY = 70, 30
WORTHWHILE = 55


def rank(goods: Sequence[GoodFacts], *, days: int) -> list[RankedGood]:
    """Return goods with scores and advice, the best first; `days` is how long their sales were counted."""
    sold = sorted(good.units for good in goods)
    scored = [(good, points := _points(good, sold, days), _score(points)) for good in goods]
    scored.sort(key=lambda one: (-one[2], -one[0].sales_minor, one[0].product_id))
    return [_ranked(place, good, points, score) for place, (good, points, score) in enumerate(scored, start=1)]


def margin_bp(good: GoodFacts) -> int | None:
    """Return what is left of the price after the cost, in basis points of the price."""
    if good.cost_minor is None or good.price_minor == 0:
        return None
    return (good.price_minor - good.cost_minor) * 10_000 // good.price_minor


def _points(good: GoodFacts, sold: Sequence[int], days: int) -> dict[Part, int]:
    margin = margin_bp(good)
    return {
        Part.DEMAND: _demand(good, sold),
        Part.MARGIN: NEUTRAL if margin is None else _within(100 * margin // MARGIN_FULL_BP),
        Part.STOCK: _stock(good, days),
        Part.PRICE: _price(good),
        Part.RATING: NEUTRAL if good.rating_bp is None else _within(good.rating_bp // 100),
    }


def _demand(good: GoodFacts, sold: Sequence[int]) -> int:
    if good.units == 0:
        return 0
    return 50 * (bisect_left(sold, good.units) + bisect_right(sold, good.units)) // len(sold)


def _stock(good: GoodFacts, days: int) -> int:
    if good.stock <= 0:
        return 0
    if good.units == 0:
        return NEUTRAL
    return _within(100 * good.stock * days // (good.units * COVER_DAYS))


def _price(good: GoodFacts) -> int:
    if good.competitor_minor is None:
        return NEUTRAL
    gap_bp = (good.competitor_minor - good.price_minor) * 10_000 // good.competitor_minor
    return _within(NEUTRAL + NEUTRAL * gap_bp // PRICE_REACH_BP)


def _within(points: int) -> int:
    return max(0, min(100, points))


def _score(points: dict[Part, int]) -> int:
    return sum(WEIGHTS[part] * count for part, count in points.items()) // 100


def _ranked(place: int, good: GoodFacts, points: dict[Part, int], score: int) -> RankedGood:
    reasons = list(_reasons(good, points))
    return RankedGood(
        **{**asdict(good), "rank": place, "score": score, "margin_bp": margin_bp(good)},
        parts=[ScorePart(part=part, points=count, weight=WEIGHTS[part]) for part, count in points.items()],
        advice=_advice(points, score, reasons),
        reasons=reasons,
    )


def _advice(points: dict[Part, int], score: int, reasons: Iterable[Why]) -> Advice:
    """Return what to do: wanted goods that cost little, here or beside elsewhere, draw people; the rest must pay."""
    why = set(reasons)
    if Why.OUT_OF_STOCK in why or Why.BELOW_COST in why:
        return Advice.LEAVE
    if Why.SELLS_WELL in why and why & {Why.MARGIN_THIN, Why.CHEAPER_THAN_OTHERS} and Why.STOCK_SHORT not in why:
        return Advice.TRAFFIC_DRIVER
    return Advice.LIST_ONLINE if score >= WORTHWHILE and points[Part.DEMAND] > 0 else Advice.LEAVE


def _reasons(good: GoodFacts, points: dict[Part, int]) -> Iterator[Why]:
    yield from _of_demand(good, points[Part.DEMAND])
    yield from _of_margin(margin_bp(good))
    if good.stock <= 0:
        yield Why.OUT_OF_STOCK
    elif good.units:
        yield Why.STOCK_ENOUGH if points[Part.STOCK] == 100 else Why.STOCK_SHORT
    if good.competitor_minor is not None and good.competitor_minor != good.price_minor:
        yield Why.CHEAPER_THAN_OTHERS if good.price_minor < good.competitor_minor else Why.DEARER_THAN_OTHERS


def _of_demand(good: GoodFacts, demand: int) -> Iterator[Why]:
    if good.units == 0:
        yield Why.NEVER_SOLD
    elif demand >= WELL:
        yield Why.SELLS_WELL
    elif demand <= SLOWLY:
        yield Why.SELLS_SLOWLY


def _of_margin(margin: int | None) -> Iterator[Why]:
    if margin is None:
        yield Why.COST_UNKNOWN
    elif margin < 0:
        yield Why.BELOW_COST
    else:
        yield Why.MARGIN_THIN if margin <= MARGIN_THIN_BP else Why.MARGIN_GOOD

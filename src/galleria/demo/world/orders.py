"""Ninety days of plausible shopping: when people order, what they put together, and how it ends."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from galleria.demo.world.model import Coupon, Good, Member, OrderPlan, Outcome, World
from galleria.demo.world.offers import at

ORDERS = 25_000
_HOURS = (1.2, 0.7, 0.5, 0.3, 0.3, 0.4, 0.6, 0.8, 1, 2, 5, 9, 14, 10, 6, 6, 6, 8, 14, 16, 12, 7, 3, 1)
_HOUR_SUMS = list(accumulate(_HOURS))
_WEEKDAY = (0.8, 0.78, 0.82, 0.9, 1.15, 1.55, 1.4)
_WINDOWS = (90, 1440 * 2)


class _Cumulative:
    """Draw from weighted things by bisecting the running sum."""

    def __init__(self, things: Sequence[int], weights: Sequence[float]) -> None:
        self.things = things
        self.sums = list(accumulate(weights))

    def draw(self, rng: Random) -> int:
        return self.things[min(bisect(self.sums, rng.random() * self.sums[-1]), len(self.things) - 1)]


class _Market:
    """The world arranged for drawing baskets."""

    def __init__(self, world: World, members: Sequence[Member]) -> None:
        self.world = world
        self.members = _Cumulative(range(len(members)), [member.activity for member in members])
        by_top: dict[tuple[int, str], list[int]] = {}
        by_shop: dict[int, list[int]] = {}
        for index, good in enumerate(world.goods):
            shop = world.shops[good.shop]
            by_top.setdefault((shop.mall, shop.category.split(".")[0]), []).append(index)
            by_shop.setdefault(good.shop, []).append(index)
        self.by_top = {key: self._weighed(goods) for key, goods in by_top.items()}
        self.by_shop = {key: self._weighed(goods) for key, goods in by_shop.items()}

    def _weighed(self, goods: list[int]) -> _Cumulative:
        return _Cumulative(goods, [_weight(self.world.goods[index]) for index in goods])


def _weight(good: Good) -> float:
    """Weigh popularity against price: cheap things go out far more often."""
    return float(good.popularity * (6000 / (3000 + good.variants[0].price_fen)) ** 0.7)


def order_plans(world: World, members: Sequence[Member], days: int = 90, count: int = ORDERS) -> Iterator[OrderPlan]:
    """Yield about `count` orders in the `days` before `world.today`, oldest first."""
    rng = Random(world.seed * 104_729 + days)
    market = _Market(world, members)
    start = world.today - timedelta(days=days)
    pull = [_pull(rng, world.today, days - day, days) for day in range(days)]
    scale = count / sum(pull)
    for day, weight in enumerate(pull):
        moments = sorted(_moment(rng, start + timedelta(days=day)) for _ in range(round(weight * scale)))
        for placed in moments:
            yield _plan(rng, market, members, placed)


def festival(today: date) -> date:
    """Name the one festival day of the past quarter."""
    return today - timedelta(days=31)


def _pull(rng: Random, today: date, ago: int, days: int) -> float:
    """How strongly a day draws: weekday, weather, growth, and the festival with its eve and morrow."""
    day = today - timedelta(days=ago)
    weather = rng.uniform(0.88, 1.1) * (0.72 if rng.random() < 0.12 else 1.0)
    growth = 1.2 - 0.4 * ago / days
    party = {0: 1.9, 1: 0.6}.get(abs((day - festival(today)).days), 0.0)
    return _WEEKDAY[day.weekday()] * weather * growth * (1 + party)


def _moment(rng: Random, day: date) -> datetime:
    hour = bisect(_HOUR_SUMS, rng.random() * _HOUR_SUMS[-1])
    return at(day, time(hour, rng.randrange(60), rng.randrange(60)))


def _plan(rng: Random, market: _Market, members: Sequence[Member], placed: datetime) -> OrderPlan:
    world = market.world
    member = market.members.draw(rng)
    while members[member].joined > placed.date():
        member = market.members.draw(rng)
    mall = 1 if rng.random() < 0.06 else 0
    lines = _basket(rng, market, members[member], mall)
    coupon = _coupon(rng, world, lines, mall, placed)
    outcome = _outcome(rng, world, lines, placed)
    return _timed(rng, world, OrderPlan(member, mall, placed, lines, coupon, outcome))


def _basket(rng: Random, market: _Market, member: Member, mall: int) -> tuple[tuple[int, int], ...]:
    """One to three shops, mostly one; one to five lines."""
    tops = list(member.taste)
    lines: dict[int, int] = {}
    for _ in range(rng.choices((1, 2, 3), weights=(78, 17, 5))[0]):
        top = rng.choices(tops, weights=list(member.taste.values()))[0]
        if (mall, top) not in market.by_top:
            top = "grocery"
        good = market.by_top[mall, top].draw(rng)
        _put(rng, market.world, good, lines)
        shop = market.world.goods[good].shop
        for _ in range(rng.choices((0, 1, 2), weights=(66, 25, 9))[0]):
            _put(rng, market.world, market.by_shop[shop].draw(rng), lines)
    return tuple(lines.items())[:5]


def _put(rng: Random, world: World, index: int, lines: dict[int, int]) -> None:
    good = world.goods[index]
    variant = good.first_variant + rng.randrange(len(good.variants))
    cheap = good.variants[0].price_fen < 8000
    lines[variant] = rng.choices((1, 2, 3), weights=(80, 15, 5))[0] if cheap else 1


def _coupon(rng: Random, world: World, lines: tuple[tuple[int, int], ...], mall: int, placed: datetime) -> int | None:
    """Pick a coupon that was valid then and fits the basket, for about half of those who could use one."""
    if rng.random() < 0.45:
        return None
    fitting = [
        index
        for index, coupon in enumerate(world.coupons)
        if coupon.mall == mall
        and not coupon.points_price
        and coupon.starts_at <= placed < coupon.ends_at
        and _eligible(world, coupon, lines)
    ]
    return rng.choice(fitting) if fitting else None


def _eligible(world: World, coupon: Coupon, lines: tuple[tuple[int, int], ...]) -> bool:
    total = 0
    for variant, quantity in lines:
        index, position = world.variants[variant]
        good = world.goods[index]
        if in_scope(world, coupon, good):
            total += good.variants[position].price_fen * quantity
    return total >= coupon.threshold_fen


def in_scope(world: World, coupon: Coupon, good: Good) -> bool:
    """Tell whether the coupon may be used on this good."""
    if coupon.shops:
        return good.shop in coupon.shops
    if not coupon.categories:
        return True
    found = {good.category, world.shops[good.shop].category}
    return any(code == scope or code.startswith(f"{scope}.") for code in found for scope in coupon.categories)


def _outcome(rng: Random, world: World, lines: tuple[tuple[int, int], ...], placed: datetime) -> Outcome:
    many, more = len(lines) > 1, any(quantity > 1 for _, quantity in lines)
    draw = rng.random()
    if draw < 0.05:
        return "expired"
    if draw < 0.07:
        return "cancelled"
    if draw < 0.09:
        return "refunded"
    if draw < 0.105 and many:
        return "line_refunded"
    if draw < 0.115 and more:
        return "unit_refunded"
    goods = [world.goods[world.variants[variant][0]] for variant, _ in lines]
    age = (world.today - placed.date()).days
    if all(good.kind == "physical" for good in goods):
        return "waiting" if rng.random() < (0.5 if age < 3 else 0.01) else "collected"
    return "unused" if rng.random() < (0.6 if age < 5 else 0.15) else "redeemed"


def _timed(rng: Random, world: World, plan: OrderPlan) -> OrderPlan:
    """Give the outcome its moments; nothing happens after the end of yesterday."""
    end = at(world.today, time(0))
    outcome, placed = plan.outcome, plan.placed_at
    if outcome == "expired":
        return _with(plan, cancelled_at=placed + timedelta(minutes=30))
    if outcome == "cancelled":
        return _with(plan, cancelled_at=placed + timedelta(minutes=rng.randint(1, 25)))
    paid = placed + timedelta(seconds=rng.randint(8, 240))
    if outcome in {"waiting", "unused"}:
        return _with(plan, paid_at=paid)
    quick, slow = _WINDOWS
    later = paid + timedelta(minutes=rng.randint(15, quick) if rng.random() < 0.7 else rng.randint(quick, slow))
    later = min(_within_hours(later), max(end - timedelta(minutes=1), paid + timedelta(minutes=1)))
    if outcome in {"collected", "redeemed"}:
        return _with(plan, paid_at=paid, redeemed_at=later)
    line = rng.randrange(len(plan.lines)) if outcome == "line_refunded" else None
    if outcome == "unit_refunded":
        line = next(position for position, (_, quantity) in enumerate(plan.lines) if quantity > 1)
    return _with(plan, paid_at=paid, refunded_at=later, refund_line=line)


def _within_hours(moment: datetime) -> datetime:
    """Move a visit outside opening hours to the next morning."""
    if moment.hour >= 22:
        return moment.replace(hour=10) + timedelta(days=1)
    return moment.replace(hour=10) if moment.hour < 10 else moment


def _with(
    plan: OrderPlan,
    *,
    paid_at: datetime | None = None,
    redeemed_at: datetime | None = None,
    refunded_at: datetime | None = None,
    cancelled_at: datetime | None = None,
    refund_line: int | None = None,
) -> OrderPlan:
    return OrderPlan(
        plan.member,
        plan.mall,
        plan.placed_at,
        plan.lines,
        plan.coupon,
        plan.outcome,
        paid_at,
        redeemed_at,
        refunded_at,
        cancelled_at,
        refund_line,
    )

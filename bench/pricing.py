"""`pricing`: twenty lines against two hundred live offers and the shopper's coupons, with the full explanation.

In process: what one evaluation costs the processor, database and network apart. A sample is checked: every unit and
step sums, every offer is decided, and no combination that leaves out one of the applied offers saves more.
"""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from bench.load import percentile
from bench.rows import Row
from galleria.kernel.ids import CategoryId, MerchantId, ProductId, ShopId, VariantId
from galleria.value import promotions as p

LINES = 20
BASKETS = 100
ROUNDS = 20
SAMPLE = 10
NOW = datetime(2026, 5, 1, 4, 30, tzinfo=UTC)
CONTEXT = p.Context(now=NOW, local=NOW.astimezone(ZoneInfo("Asia/Shanghai")), delivery_minor=800)
FACTS = p.Facts(member=True, tier="gold", birthday=(5, 20), shops_ordered=frozenset({UUID(int=1)}))

SHOPS = [UUID(int=n) for n in range(1, 61)]
GROUPS = [UUID(int=n) for n in range(100, 106)]  # categories of a mall: six groups of four
CATEGORIES = [UUID(int=200 + n) for n in range(24)]
PRODUCTS = [UUID(int=1_000 + n) for n in range(1_800)]  # thirty a shop
GIFTS = [UUID(int=9_000 + n) for n in range(40)]


async def run() -> list[Row]:
    """Price many baskets over and over."""
    rng = random.Random(20260501)
    book = p.compile_book(list(offers(rng)))
    assert len(book.rules) == 200
    baskets = [(basket(rng), coupons(rng)) for _ in range(BASKETS)]
    times: list[float] = []
    for number in range(ROUNDS + 1):
        for lines, own in baskets:
            begun = time.perf_counter()
            p.price(lines, book, coupons=own, facts=FACTS, context=CONTEXT)
            if number:  # the first round warms up
                times.append(time.perf_counter() - begun)
    right = all(_right(lines, book, own) for lines, own in baskets[:SAMPLE])
    return [
        Row(
            name="pricing: 20 lines, 200 offers",
            rate_per_s=len(times) / sum(times),
            p50_ms=percentile(times, 0.5),
            p99_ms=percentile(times, 0.99),
            correct=right,
        )
    ]


def basket(rng: random.Random) -> list[p.BasketLine]:
    """Return what a family brings home: twenty things of six shops, mostly one or two of each."""
    shops = rng.sample(range(len(SHOPS)), 6)
    goods = {rng.choice(shops) * 30 + min(int(rng.expovariate(0.12)), 29) for _ in range(80)}
    return [_line(number, rng) for number in rng.sample(sorted(goods), LINES)]


def _line(number: int, rng: random.Random) -> p.BasketLine:
    category = number % len(CATEGORIES)
    return p.BasketLine(
        key=f"{number}",
        shop_id=ShopId(SHOPS[number // 30]),
        merchant_id=MerchantId(UUID(int=50_000 + number // 60)),
        category_ids=[CategoryId(CATEGORIES[category]), CategoryId(GROUPS[category // 4])],
        product_id=ProductId(PRODUCTS[number]),
        variant_id=VariantId(UUID(int=20_000 + number)),
        quantity=rng.choice([1, 1, 1, 2, 2, 3]),
        unit_price_minor=rng.choice([990, 1_990, 2_900, 4_500, 5_900, 8_800, 12_900, 19_900]),
    )


def coupons(rng: random.Random) -> list[p.Offer]:
    """Return a shopper's wallet."""
    return [
        _offer(5_000, p.AmountOff(amount_minor=2_000), p.Layer.COUPON, source=p.Source.COUPON, threshold_minor=10_000),
        _offer(5_001, p.PercentOff(percent_bp=500, cap_minor=3_000), p.Layer.COUPON, source=p.Source.COUPON),
        _shop(
            5_002, p.AmountOff(amount_minor=1_500), p.Layer.COUPON, rng, source=p.Source.COUPON, threshold_minor=8_000
        ),
        _shop(5_003, p.Exchange(pay_minor=100), p.Layer.COUPON, rng, source=p.Source.COUPON),
        _offer(
            5_004,
            p.AmountOff(amount_minor=3_000),
            p.Layer.POINTS,
            source=p.Source.COUPON,
            stacking={"exclusive": True},
            threshold_minor=20_000,
        ),
    ]


def offers(rng: random.Random) -> Iterator[p.Offer]:
    """Yield what a mall of sixty shops runs on a good day: mostly its shops' own, some of the mall's."""
    yield from _prices(rng)
    yield from _sets(rng)
    yield from _orders(rng)
    yield from _of_the_mall()


def _prices(rng: random.Random) -> Iterator[p.Offer]:
    for n in range(50):
        yield _goods(n, p.SetPrice(price_minor=rng.choice([990, 1_890, 3_900])), p.Layer.PRICE, rng, group="price")
    for n in range(50, 70):
        hour = rng.choice([10, 12, 14, 20])
        yield _goods(
            n,
            p.SetPrice(price_minor=rng.choice([100, 990]), units_per_order=2),
            p.Layer.PRICE,
            rng,
            group="price",
            once=True,
            eligibility=p.Eligibility(minutes=((hour * 60, hour * 60 + 60),)),
            limits=p.Limits(per_member=2, total=500),
        )


def _sets(rng: random.Random) -> Iterator[p.Offer]:
    for n in range(70, 85):
        yield _shop(n, p.SetOff(size=2, discounted=1, pay_bp=5_000), p.Layer.SET, rng)
    for n in range(85, 95):
        yield _shop(n, p.SetOff(size=3, discounted=1, times=2), p.Layer.SET, rng)
    for n in range(95, 105):
        shop = rng.randrange(len(SHOPS))
        parts = tuple(
            p.BundlePart(scope=p.Scope(product_ids=(PRODUCTS[shop * 30 + at],)), quantity=1)
            for at in rng.sample(range(8), 3)
        )
        yield _offer(n, p.Bundle(parts=parts, price_minor=9_900), p.Layer.SET)
    for n in range(105, 120):
        benefit = p.Gift(choices=tuple(VariantId(gift) for gift in rng.sample(GIFTS, 3)))
        yield _shop(n, benefit, p.Layer.SET, rng, threshold_minor=rng.choice([10_000, 20_000]))
    for n in range(120, 130):
        choices = tuple(p.AddOnChoice(variant_id=VariantId(gift), price_minor=990) for gift in rng.sample(GIFTS, 3))
        yield _shop(n, p.AddOn(choices=choices), p.Layer.SET, rng, threshold_minor=5_000)


def _orders(rng: random.Random) -> Iterator[p.Offer]:
    for n in range(130, 165):
        tiers = tuple(p.Tier(threshold=10_000 * step, amount_minor=1_000 * step) for step in (1, 2, 3))
        yield _shop(n, p.TieredOff(by=p.Measure.MONEY, tiers=tiers), p.Layer.ORDER, rng)
    for n in range(165, 172):
        tiers = (p.Tier(threshold=2, percent_bp=500), p.Tier(threshold=4, percent_bp=1_000))
        scope = p.Scope(category_ids=(CATEGORIES[rng.randrange(len(CATEGORIES))],))
        yield _offer(n, p.TieredOff(by=p.Measure.PIECES, tiers=tiers), p.Layer.ORDER, counted=scope)
    for n in range(172, 184):
        yield _goods(n, p.PurchaseLimit(), p.Layer.ORDER, rng, limits=p.Limits(per_order=5))


def _of_the_mall() -> Iterator[p.Offer]:
    tiers = tuple(p.Tier(threshold=30_000 * step, amount_minor=5_000 * step) for step in (1, 2, 3))
    yield _offer(184, p.TieredOff(by=p.Measure.MONEY, tiers=tiers), p.Layer.ORDER, stacking={"group": "mall"})
    for n, group in enumerate(GROUPS[:4], start=185):
        scope = p.Scope(category_ids=(group,))
        yield _offer(n, p.AmountOff(amount_minor=800), p.Layer.ORDER, counted=scope, threshold_minor=15_000)
    who = [
        p.Eligibility(new_customer=True),
        p.Eligibility(birthday=p.Birthday.MONTH),
        p.Eligibility(tiers=("gold",)),
        p.Eligibility(members_only=True, month_days=(8, 18, 28)),
        p.Eligibility(weekdays=(6, 7)),
        p.Eligibility(channels=("mini_program",)),
        p.Eligibility(on_site=True),
    ]
    for n, eligibility in enumerate(who, start=189):
        benefit = p.PercentOff(percent_bp=300, cap_minor=2_000)
        yield _offer(n, benefit, p.Layer.ORDER, eligibility=eligibility, stacking={"group": "mall"})
    yield _offer(196, p.FreeDelivery(), p.Layer.DELIVERY, threshold_minor=9_900)
    yield _offer(197, p.FreeDelivery(cap_minor=500), p.Layer.DELIVERY)
    yield _offer(198, p.Grant(coupon_id=UUID(int=1)), p.Layer.DELIVERY, threshold_minor=20_000)
    yield _offer(199, p.Grant(coupon_id=UUID(int=2)), p.Layer.DELIVERY, threshold_minor=90_000)


def _goods(n: int, benefit: p.Benefit, layer: p.Layer, rng: random.Random, **over: object) -> p.Offer:
    """Return an offer for the first few goods of a shop: what a shop advertises is what people buy."""
    stacking = {name: over.pop(name) for name in ("group", "once") if name in over}
    stacking = {**stacking, "group": f"{stacking['group']}-{n}"} if "group" in stacking else stacking
    shop = rng.randrange(len(SHOPS))
    ids = tuple(PRODUCTS[shop * 30 + at] for at in rng.sample(range(12), rng.choice([1, 2, 3])))
    return _offer(n, benefit, layer, stacking=stacking, counted=p.Scope(product_ids=ids), **over)


def _shop(n: int, benefit: p.Benefit, layer: p.Layer, rng: random.Random, **over: object) -> p.Offer:
    return _offer(n, benefit, layer, counted=p.Scope(shop_ids=(rng.choice(SHOPS),)), **over)


def _offer(n: int, benefit: p.Benefit, layer: p.Layer, **over: object) -> p.Offer:
    stacking = {"layer": layer, **over.pop("stacking", {})}  # type: ignore[dict-item]
    fields = {
        "source": p.Source.AUTOMATIC,
        "shares": (p.Share(p.Funder.MERCHANT, None, 7_000), p.Share(p.Funder.MALL, None, 3_000)),
        **over,
    }
    return p.Offer(
        id=UUID(int=100_000 + n),
        offer_id=UUID(int=100_000 + n),
        version=1,
        title_zh=f"优惠 {n}",
        title_en=f"Offer {n}",
        benefit=benefit,
        stacking=p.Stacking(**stacking),  # type: ignore[arg-type]
        **fields,  # type: ignore[arg-type]
    )


def _right(lines: list[p.BasketLine], book: p.Book, own: list[p.Offer]) -> bool:
    found = p.price(lines, book, coupons=own, facts=FACTS, context=CONTEXT)
    sums = (
        found.exact
        and len(found.decisions) == len(book.rules) + len(own)
        and sum(step.amount_minor for step in found.steps) == found.payable_minor
        and all(sum(line.unit_paid_minor) == line.payable_minor for line in found.lines)
    )
    applied = {decision.id for decision in found.decisions if decision.applied}
    return sums and all(_saved(lines, book, own, without) <= _sum(found) for without in applied)


def _saved(lines: list[p.BasketLine], book: p.Book, own: list[p.Offer], without: UUID) -> int:
    rest = p.compile_book([rule.offer for rule in book.rules if rule.offer.id != without])
    left = [one for one in own if one.id != without]
    return _sum(p.price(lines, rest, coupons=left, facts=FACTS, context=CONTEXT))


def _sum(basket: p.PricedBasket) -> int:
    return basket.discount_minor + basket.delivery_discount_minor

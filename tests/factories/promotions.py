"""Baskets and offers, in few words."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from galleria.kernel.ids import CategoryId, MerchantId, ProductId, ShopId, VariantId
from galleria.value import promotions as p

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)  # a Friday, noon in Shanghai
MEMBER = p.Facts(member=True)
MALL = (p.Share(p.Funder.MALL, None, 10_000),)


def uid(number: int) -> UUID:
    return UUID(int=number)


def at(now: datetime = NOW, **over: object) -> p.Context:
    """Return a context in a mall in Shanghai."""
    return p.Context(now=now, local=now.astimezone(ZoneInfo("Asia/Shanghai")), **over)  # type: ignore[arg-type]


def line(
    key: str,
    minor: int,
    quantity: int = 1,
    *,
    shop: int = 1,
    categories: Sequence[int] = (),
    product: int | None = None,
    granted_by: UUID | None = None,
) -> p.BasketLine:
    """Return a line; a product has one variant, by default that of its key's letters."""
    product = product if product is not None else int.from_bytes(key.encode())
    return p.BasketLine(
        key=key,
        shop_id=ShopId(uid(shop)),
        merchant_id=MerchantId(uid(100 + shop // 2)),
        category_ids=[CategoryId(uid(category)) for category in categories],
        product_id=ProductId(uid(product)),
        variant_id=VariantId(uid(product)),
        quantity=quantity,
        unit_price_minor=minor,
        granted_by=granted_by,
    )


def offer(
    number: int,
    benefit: p.Benefit,
    layer: p.Layer = p.Layer.ORDER,
    *,
    source: p.Source = p.Source.AUTOMATIC,
    shares: tuple[p.Share, ...] = MALL,
    stacking: Mapping[str, object] | None = None,
    **over: object,
) -> p.Offer:
    """Return an offer of the mall's for all goods; `stacking` and `over` say what is different."""
    return p.Offer(
        id=uid(number),
        offer_id=uid(number),
        version=1,
        source=source,
        title_zh=f"优惠{number}",
        title_en=f"Offer {number}",
        benefit=benefit,
        stacking=p.Stacking(layer=layer, **(stacking or {})),  # type: ignore[arg-type]
        shares=shares,
        **over,  # type: ignore[arg-type]
    )


def coupon(number: int, benefit: p.Benefit, layer: p.Layer = p.Layer.COUPON, **over: object) -> p.Offer:
    """Return a coupon of the shopper's."""
    return offer(number, benefit, layer, source=p.Source.COUPON, **over)  # type: ignore[arg-type]


def priced(
    lines: Sequence[p.BasketLine],
    *offers: p.Offer,
    chosen: Collection[UUID] | None = None,
    facts: p.Facts = MEMBER,
    context: p.Context | None = None,
) -> p.PricedBasket:
    """Return the price of a basket under offers and coupons."""
    book = p.compile_book([one for one in offers if one.source is p.Source.AUTOMATIC])
    own = [one for one in offers if one.source is p.Source.COUPON]
    return p.price(lines, book, coupons=own, chosen=chosen, facts=facts, context=context or at())


def decision(basket: p.PricedBasket, number: int) -> p.Decision:
    """Return what became of one offer."""
    return next(one for one in basket.decisions if one.id == uid(number))


SHOPS = (1, 2, 3, 4)
CATEGORIES = (201, 202)
PRODUCTS = (301, 302, 303)
GIFTS = (401, 402)

few = st.integers(1, 3)
money = st.integers(1, 30_000)
scopes = st.builds(
    p.Scope,
    shop_ids=st.just(()) | st.sets(st.sampled_from(SHOPS), max_size=2).map(lambda ids: tuple(map(uid, sorted(ids)))),
    category_ids=st.just(()) | st.just((uid(201),)),
    product_ids=st.just(()) | st.sets(st.sampled_from(PRODUCTS), max_size=2).map(lambda i: tuple(map(uid, sorted(i)))),
    except_product_ids=st.just(()) | st.just((uid(301),)),
)


@st.composite
def tiers(draw: st.DrawFn) -> p.TieredOff:
    by = draw(st.sampled_from(p.Measure))
    step = draw(st.integers(1, 20_000) if by is p.Measure.MONEY else st.integers(1, 3))
    off = draw(st.integers(1, 4_000))
    percent = draw(st.booleans())
    return p.TieredOff(
        by=by,
        tiers=tuple(
            p.Tier(threshold=step * n, percent_bp=1000 * n)
            if percent
            else p.Tier(threshold=step * n, amount_minor=off * n)
            for n in range(1, draw(st.integers(1, 3)) + 1)
        ),
    )


sets = st.builds(
    p.SetOff,
    size=st.integers(2, 3),
    discounted=st.just(1),
    pay_bp=st.sampled_from([0, 5000, 9000]),
    order=st.sampled_from(p.Order),
    overall=st.booleans(),
    same=st.booleans(),
    times=st.none() | few,
)
bundles = st.builds(
    p.Bundle,
    parts=st.lists(st.builds(p.BundlePart, scope=scopes, quantity=st.integers(1, 2)), min_size=1, max_size=2).map(
        tuple
    ),
    price_minor=money,
    times=st.none() | few,
)
BENEFITS: dict[p.Layer, st.SearchStrategy[p.Benefit]] = {
    p.Layer.PRICE: st.builds(p.SetPrice, price_minor=st.integers(1, 9_000), units_per_order=st.none() | few),
    p.Layer.SET: sets
    | bundles
    | st.builds(p.Gift, choices=st.just((VariantId(uid(401)), VariantId(uid(402)))), units=few, repeat=st.booleans())
    | st.builds(
        p.AddOn,
        choices=st.just((p.AddOnChoice(variant_id=VariantId(uid(401)), price_minor=990),)),
        units=few,
    ),
    p.Layer.ORDER: tiers()
    | st.builds(p.AmountOff, amount_minor=money, repeat=st.booleans())
    | st.builds(p.Grant, coupon_id=st.just(uid(9)), quantity=few, repeat=st.booleans())
    | st.just(p.PurchaseLimit()),
    p.Layer.COUPON: st.builds(p.AmountOff, amount_minor=money)
    | st.builds(p.PercentOff, percent_bp=st.integers(1, 10_000), cap_minor=st.none() | money)
    | st.builds(p.Exchange, pay_minor=st.integers(0, 500), units=few),
    p.Layer.POINTS: st.builds(p.AmountOff, amount_minor=money),
    p.Layer.DELIVERY: st.builds(p.FreeDelivery, cap_minor=st.none() | st.integers(1, 1_000)),
}
stackings = st.fixed_dictionaries(
    {},
    optional={
        "group": st.sampled_from(["a", "b"]),
        "exclusive": st.booleans(),
        "joint": st.booleans(),
        "once": st.booleans(),
        "priority": st.integers(-1, 1),
        "base": st.sampled_from(p.Base),
    },
)
limits = st.just(p.Limits()) | st.builds(
    p.Limits, per_order=st.none() | few, total=st.none() | few, budget_minor=st.none() | st.integers(1, 9_000)
)
shares = st.sampled_from(
    [
        MALL,
        (p.Share(p.Funder.MERCHANT, None, 10_000),),
        (p.Share(p.Funder.MALL, None, 3_333), p.Share(p.Funder.MERCHANT, None, 6_667)),
        (
            p.Share(p.Funder.SPONSOR, uid(77), 5_000),
            p.Share(p.Funder.MERCHANT, uid(100), 4_999),
            p.Share(p.Funder.MALL, None, 1),
        ),
    ]
)


@st.composite
def offers_of(draw: st.DrawFn, number: int) -> p.Offer:
    """Return an offer of any kind, stacking and limits."""
    layer = draw(st.sampled_from(p.Layer))
    coupons = layer in {p.Layer.COUPON, p.Layer.POINTS}
    threshold = draw(st.sampled_from([0, 0, 1]))
    return offer(
        number,
        draw(BENEFITS[layer]),
        layer,
        source=p.Source.COUPON if coupons else p.Source.AUTOMATIC,
        shares=draw(shares),
        stacking=draw(stackings),
        counted=draw(scopes),
        discounted=draw(st.none() | st.none() | scopes),
        threshold_minor=threshold * draw(st.integers(1, 40_000)),
        threshold_pieces=threshold * draw(st.integers(0, 4)),
        limits=draw(limits),
        expires_at=draw(st.none() | st.just(NOW + timedelta(days=1))),
    )


@st.composite
def baskets(draw: st.DrawFn, granting: Sequence[UUID] = ()) -> list[p.BasketLine]:
    """Return a small basket, with gifts of some of the offers that may grant them."""
    goods = [
        line(
            f"line-{i}",
            draw(st.integers(0, 20_000)),
            draw(st.integers(1, 3)),
            shop=draw(st.sampled_from(SHOPS)),
            categories=draw(st.lists(st.sampled_from(CATEGORIES), max_size=2)),
            product=draw(st.sampled_from(PRODUCTS)),
        )
        for i in range(draw(st.integers(0, 4)))
    ]
    gifts = [
        line(
            f"gift-{i}",
            draw(st.integers(0, 3_000)),
            draw(st.integers(1, 2)),
            product=draw(st.sampled_from(GIFTS)),
            granted_by=by,
        )
        for i, by in enumerate(granting)
        if draw(st.booleans())
    ]
    return goods + gifts


Case = tuple[list[p.BasketLine], list[p.Offer]]


@st.composite
def cases(draw: st.DrawFn, most: int = 6) -> Case:
    """Return a basket and the offers it may have."""
    offers = [draw(offers_of(number)) for number in range(1, draw(st.integers(0, most)) + 1)]
    granting = [one.id for one in offers if isinstance(one.benefit, p.Gift | p.AddOn)]
    return draw(baskets(granting)), offers

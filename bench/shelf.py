"""A mall in full swing, written by COPY: 2,000 goods in 100 shops, 1,000 live offers, a million live coupons."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from bench import seed
from galleria.kernel.ids import VariantId, new_id
from galleria.value import coupons, promotions
from galleria.value.offers import OfferTerms, Preset
from galleria.value.promotions import Eligibility, Funder, Layer, Limits, Measure, Scope, Share, Stacking, Tier

SHOPS = 100
GOODS = 2_000
OFFERS = 1_000
MEMBERS = 200_000
COUPONS = 200
CLAIMS = 1_000_000
"""Five claims a member, of coupons drawn by lot."""

BY_MALL = (Share(funder=Funder.MALL, funder_id=None, share_bp=10_000),)
SHARED = (
    Share(funder=Funder.MALL, funder_id=None, share_bp=4_000),
    Share(funder=Funder.MERCHANT, funder_id=None, share_bp=6_000),
)


class Shelf(msgspec.Struct, frozen=True):
    """The mall, who shops in it, and the claims of each."""

    mall: seed.Mall
    members: list[UUID]
    claims: dict[UUID, list[UUID]]


async def fill(connection: "asyncpg.Connection[Any]") -> Shelf:
    """Write everything and return what a bench needs of it."""
    mall = await seed.mall(connection, shop_count=SHOPS, good_count=GOODS)
    members = await seed.members(connection, mall, MEMBERS)
    await _offers(connection, mall)
    return Shelf(mall, members, await _coupons(connection, mall, members))


def live_terms(mall: seed.Mall) -> Iterator[OfferTerms]:
    """Yield 1,000 offers as a busy mall has them: most for single goods, some for shops, a few for everything."""
    for product in mall.product_ids[:600]:
        yield _terms(Preset.LIMITED_PRICE, promotions.SetPrice(price_minor=9900), Layer.PRICE, _goods(product))
    for product in mall.product_ids[600:700]:
        limited = Limits(per_member=5)
        yield _terms(Preset.PURCHASE_LIMIT, promotions.PurchaseLimit(), Layer.SET, _goods(product), limits=limited)
    for position, product in enumerate(mall.product_ids[700:750]):
        gift = promotions.Gift(choices=(VariantId(mall.variant_ids[1900 + position]),))
        yield _terms(Preset.GIFT, gift, Layer.SET, _goods(product), threshold_pieces=2)
    for shop in mall.shop_ids:
        tiers = (Tier(threshold=20_000, amount_minor=1_500), Tier(threshold=50_000, amount_minor=5_000))
        benefit = promotions.TieredOff(by=Measure.MONEY, tiers=tiers)
        yield _terms(Preset.SPEND_AND_SAVE, benefit, Layer.ORDER, Scope(shop_ids=(shop,)), shares=SHARED)
    for shop in mall.shop_ids:
        first = Eligibility(first_order_in_shop=True)
        off, own = promotions.AmountOff(amount_minor=500), Stacking(layer=Layer.ORDER, group="first")
        yield _terms(Preset.FIRST_ORDER, off, Layer.ORDER, Scope(shop_ids=(shop,)), eligibility=first, stacking=own)
    for start in range(800, 840):
        half = promotions.SetOff(size=2, discounted=1, pay_bp=5_000)
        yield _terms(Preset.HALF_PRICE_SECOND, half, Layer.SET, _goods(*mall.product_ids[start : start + 5]))
    everything = Scope()
    whole = promotions.TieredOff(by=Measure.MONEY, tiers=(Tier(threshold=100_000, amount_minor=3_000),))
    for n in range(10):
        window = Eligibility(weekdays=(1 + n % 7,), members_only=True)
        yield _terms(Preset.SPEND_AND_SAVE, whole, Layer.ORDER, everything, threshold_minor=1000, eligibility=window)


def _terms(preset: Preset, benefit: promotions.Benefit, layer: Layer, counted: Scope, **over: Any) -> OfferTerms:
    fields: dict[str, Any] = {
        "preset": preset,
        "title_zh": "优惠活动",
        "title_en": "Offer",
        "benefit": benefit,
        "stacking": Stacking(layer=layer, group="mall" if not counted.product_ids else None),
        "shares": BY_MALL,
        "counted": counted,
    }
    return OfferTerms(**fields | over)


def _goods(*products: UUID) -> Scope:
    return Scope(product_ids=products)


async def _offers(connection: "asyncpg.Connection[Any]", mall: seed.Mall) -> None:
    now, heads, versions = datetime.now(UTC), [], []
    for terms in live_terms(mall):
        offer_id = new_id()
        shops = list(terms.counted.shop_ids)
        heads.append((mall.id, offer_id, shops, terms.preset.value, "live", 1, 1, "优惠", "Offer", now, now))
        versions.append((mall.id, offer_id, 1, msgspec.json.encode(terms).decode(), now, now))
    assert len(heads) == OFFERS, len(heads)
    columns = "mall_id id shop_ids preset state version live_version title_zh title_en created_at changed_at"
    await _copy(connection, "offers.offer", columns, heads)
    await _copy(connection, "offers.version", "mall_id offer_id version terms at approved_at", versions)
    await connection.execute("INSERT INTO offers.stamp VALUES ($1, 1)", mall.id)


async def _coupons(
    connection: "asyncpg.Connection[Any]", mall: seed.Mall, members: list[UUID]
) -> dict[UUID, list[UUID]]:
    """Write 200 coupons, most of one shop, and a million claims; return each member's claims."""
    now, rng = datetime.now(UTC), Random(7)
    begins, ends = now - timedelta(days=1), now + timedelta(days=30)
    ids = [new_id() for _ in range(COUPONS)]
    claims, held, taken = [], {member: list[UUID]() for member in members}, dict.fromkeys(ids, 0)
    for member in members:
        for coupon_id in rng.sample(ids, CLAIMS // MEMBERS):
            claim = new_id()
            taken[coupon_id] += 1
            held[member].append(claim)
            claims.append((mall.id, claim, coupon_id, member, 1, "issued", now, begins, ends))
    heads, versions = [], []
    for position, coupon_id in enumerate(ids):
        shops = [mall.shop_ids[position % SHOPS]] if position % 5 else []
        terms = coupons.CouponInput(
            title_zh="立减十元",
            title_en="10 off",
            kind=coupons.CouponKind.AMOUNT,
            amount_minor=1000,
            threshold_minor=5000,
            claim_from=begins,
            claim_until=ends,
            use_from=begins,
            use_until=ends,
            total=taken[coupon_id] + 1,
            funder=coupons.CouponFunder.MALL,
            shop_ids=shops,
        )
        heads.append(
            (mall.id, coupon_id, terms.title_zh, terms.title_en, "amount", 1000, 5000, begins, ends, begins, ends,
             terms.total, taken[coupon_id], 1, "mall", shops, "live", 1, now)
        )  # fmt: skip
        versions.append((mall.id, coupon_id, 1, msgspec.json.encode(terms).decode(), coupon_id, now))
    columns = (
        "mall_id id title_zh title_en kind amount_minor threshold_minor claim_from claim_until use_from use_until "
        "total claimed per_member funder shop_ids state approved_version created_at"
    )
    await _copy(connection, "coupons.coupon", columns, heads)
    await _copy(connection, "coupons.version", "mall_id coupon_id version terms made_by at", versions)
    columns = "mall_id id coupon_id member_id seq state claimed_at use_from use_until"
    await _copy(connection, "coupons.claim", columns, claims)
    return held


async def _copy(connection: "asyncpg.Connection[Any]", table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    schema, _, name = table.partition(".")
    await connection.copy_records_to_table(name, schema_name=schema, columns=columns.split(), records=rows)

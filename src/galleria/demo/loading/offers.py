"""Coupons, who claimed them, and how shops give points."""

from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from galleria.demo.loading.diary import Diary
from galleria.demo.loading.directory import Directory
from galleria.demo.loading.people import Person
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.world import World
from galleria.demo.world.model import Coupon
from galleria.platform.actors import SYSTEM
from galleria.value import coupons, promotions

AT_ONCE_FAMILIES = ("cafe", "grocery")
DOUBLE_SHOPS = 6
WINDOW_DAYS = 7
POINTS_LIFE_DAYS = 365
_HOURS = (2, 1, 1, 1, 1, 1, 1, 2, 4, 6, 14, 12, 14, 10, 8, 8, 8, 10, 12, 14, 14, 12, 8, 4)
_HOUR_SUMS = list(accumulate(_HOURS))


class Rule(msgspec.Struct, frozen=True):
    """How a shop gives points."""

    bp: int
    at_once: bool


class Claim:
    """A claim while the orders it may be used in are being told."""

    __slots__ = ("claimed_at", "coupon", "id", "member", "order_id", "seq", "state", "used_at")

    def __init__(self, claim_id: UUID, coupon: int, member: int, seq: int, claimed_at: datetime) -> None:
        self.id, self.coupon, self.member, self.seq, self.claimed_at = claim_id, coupon, member, seq, claimed_at
        self.state = "issued"
        self.order_id: UUID | None = None
        self.used_at: datetime | None = None


class Claims:
    """Who claimed what: never more than a coupon's total, never more than a member may."""

    def __init__(self, ids: Ids, rng: Random, world: World, now: datetime) -> None:
        self._ids, self._rng, self._world, self._now = ids, rng, world, now
        self._seq: dict[tuple[int, int], int] = {}
        self.claimed = [0] * len(world.coupons)
        self.all: list[Claim] = []

    def make(self, coupon: int, member: int, at: datetime) -> Claim | None:
        """Return a new claim, or None when the coupon or the member's share of it is used up."""
        offer, seq = self._world.coupons[coupon], self._seq.get((coupon, member), 0) + 1
        if seq > offer.per_member or self.claimed[coupon] >= offer.total:
            return None
        self._seq[coupon, member] = seq
        self.claimed[coupon] += 1
        claim = Claim(self._ids.at(at), coupon, member, seq, at)
        self.all.append(claim)
        return claim

    def for_order(self, coupon: int, member: int, joined: datetime, placed: datetime) -> Claim | None:
        """Return a claim made some time before an order that uses it."""
        earliest = max(self._world.coupons[coupon].starts_at, joined, placed - timedelta(days=3))
        if earliest >= placed:
            return None
        gap = (placed - earliest).total_seconds()
        return self.make(coupon, member, placed - timedelta(seconds=min(gap, 20 + self._rng.expovariate(1 / 40_000))))

    def more(self, people: Sequence[Person], share: float) -> None:
        """Let members claim what they have not used: thousands, day by day until now."""
        for index, coupon in enumerate(self._world.coupons):
            start, end = coupon.starts_at, min(coupon.ends_at, self._now)
            if start >= end or coupon.points_price:
                continue
            wanted = min(round(coupon.total * self._rng.uniform(0.15, 0.6)), 900)
            wanted = min(round(wanted * share), coupon.total - self.claimed[index])
            for _ in range(wanted):
                member = self._rng.randrange(1, len(people))
                at = self._moment(start, end)
                if people[member].created_at < at:
                    self.make(index, member, at)

    def _moment(self, start: datetime, end: datetime) -> datetime:
        """Return a moment between the two, more likely of late and in busy hours."""
        day = end - (end - start) * self._rng.random() ** 1.7
        hour = bisect(_HOUR_SUMS, self._rng.random() * _HOUR_SUMS[-1])
        local = day.astimezone(start.tzinfo).replace(hour=hour, minute=self._rng.randrange(60))
        return local if start <= local < end else end - (end - start) * (0.3 * self._rng.random() ** 3 + 1e-6)


def release_coupons(world: World, places: Directory, ids: Ids) -> list[promotions.Offer]:
    """Return what each coupon takes off, by its id."""
    return [_offer(ids.at(coupon.starts_at - timedelta(days=3)), coupon, places) for coupon in world.coupons]


def _offer(coupon_id: UUID, coupon: Coupon, places: Directory) -> promotions.Offer:
    funder, funder_id = _funder(coupon, places)
    benefit: promotions.Benefit = promotions.PercentOff(
        percent_bp=(coupon.percent_off or 0) * 100, cap_minor=coupon.cap_fen
    )
    if coupon.amount_fen:
        benefit = promotions.AmountOff(amount_minor=coupon.amount_fen)
    return promotions.Offer(
        id=coupon_id,
        offer_id=coupon_id,
        version=1,
        source=promotions.Source.COUPON,
        title_zh=coupon.title.zh,
        title_en=coupon.title.en,
        benefit=benefit,
        stacking=promotions.Stacking(layer=promotions.Layer.COUPON),
        shares=(promotions.Share(funder=funder, funder_id=funder_id, share_bp=10_000),),
        counted=promotions.Scope(
            shop_ids=tuple(places.shop_ids[shop] for shop in coupon.shops),
            merchant_ids=() if funder_id is None else (funder_id,),
            category_ids=tuple(places.category_ids[coupon.mall][code] for code in coupon.categories),
        ),
        threshold_minor=coupon.threshold_fen,
        expires_at=coupon.ends_at,
    )


def _funder(coupon: Coupon, places: Directory) -> tuple[promotions.Funder, UUID | None]:
    if coupon.funded_by is None:
        return promotions.Funder.MALL, None
    return promotions.Funder.MERCHANT, places.merchant_ids[coupon.funded_by]


def price(
    lines: Sequence[promotions.BasketLine], offer: promotions.Offer | None, at: datetime
) -> promotions.PricedBasket:
    """Return what goods cost with one coupon, or without."""
    return promotions.price(
        lines,
        promotions.compile_book([]),
        coupons=[] if offer is None else [offer],
        facts=promotions.Facts(member=True),
        context=promotions.Context(now=at, local=at),
    )


def off_bill(offer: promotions.Offer, bill: int, at: datetime) -> int:
    """Return what a coupon takes off a bill written in a shop it holds for."""
    anything: Any = UUID(int=0)
    line = promotions.BasketLine(
        key="bill",
        shop_id=anything,
        merchant_id=anything,
        category_ids=(),
        product_id=anything,
        variant_id=anything,
        quantity=1,
        unit_price_minor=bill,
    )
    return price([line], msgspec.structs.replace(offer, counted=promotions.Scope()), at).discount_minor


def write_coupons(
    sheet: Sheet,
    world: World,
    places: Directory,
    offers: Sequence[promotions.Offer],
    claims: Claims,
    people: Sequence[Person],
    diary: Diary,
    now: datetime,
) -> None:
    """Write the coupons with how many are claimed, the claims, and their journal rows."""
    rows = sheet.table(
        "coupons.coupon",
        "mall_id id title_zh title_en kind amount_minor percent_bp cap_minor threshold_minor claim_from claim_until "
        "use_from use_until total claimed per_member points_price funder funder_merchant_id shop_ids category_ids "
        "state created_at approved_version",
    )
    versions = sheet.table("coupons.version", "mall_id coupon_id version terms made_by at")
    for index, (coupon, offer) in enumerate(zip(world.coupons, offers, strict=True)):
        terms, made = _terms(coupon, offer, places), coupon.starts_at - timedelta(days=3)
        mall_id, said = places.mall_ids[coupon.mall], msgspec.json.encode(terms).decode()
        versions.append((mall_id, offer.id, 1, said, SYSTEM.id, made))
        rows.append(
            (
                mall_id,
                offer.id,
                terms.title_zh,
                terms.title_en,
                terms.kind.value,
                terms.amount_minor,
                terms.percent_bp,
                terms.cap_minor,
                terms.threshold_minor,
                terms.claim_from,
                terms.claim_until,
                terms.use_from,
                terms.use_until,
                terms.total,
                claims.claimed[index],
                terms.per_member,
                terms.points_price,
                terms.funder.value,
                terms.funder_merchant_id,
                terms.shop_ids,
                terms.category_ids,
                "ended" if coupon.ends_at <= now else "live",
                made,
                1,
            )
        )
    _write_claims(sheet, world, places, offers, claims, people, diary, now)


def _terms(coupon: Coupon, offer: promotions.Offer, places: Directory) -> coupons.CouponInput:
    funder, funder_id = _funder(coupon, places)
    return coupons.CouponInput(
        title_zh=offer.title_zh,
        title_en=offer.title_en,
        kind=coupons.CouponKind.AMOUNT if coupon.amount_fen else coupons.CouponKind.PERCENT,
        amount_minor=coupon.amount_fen or None,
        percent_bp=coupon.percent_off * 100 if coupon.percent_off else None,
        cap_minor=coupon.cap_fen,
        threshold_minor=coupon.threshold_fen,
        claim_from=coupon.starts_at,
        claim_until=coupon.ends_at,
        use_from=coupon.starts_at,
        use_until=coupon.ends_at,
        total=coupon.total,
        per_member=coupon.per_member,
        points_price=coupon.points_price,
        funder=coupons.CouponFunder(funder.value),
        funder_merchant_id=funder_id,
        shop_ids=list(offer.counted.shop_ids),
        category_ids=list(offer.counted.category_ids),
    )


def _write_claims(
    sheet: Sheet,
    world: World,
    places: Directory,
    offers: Sequence[promotions.Offer],
    claims: Claims,
    people: Sequence[Person],
    diary: Diary,
    now: datetime,
) -> None:
    rows = sheet.table(
        "coupons.claim",
        "mall_id id coupon_id member_id seq state claimed_at use_from use_until source order_id used_at",
    )
    for claim in claims.all:
        coupon, coupon_id = world.coupons[claim.coupon], offers[claim.coupon].id
        mall_id, member_id = places.mall_ids[coupon.mall], people[claim.member].id
        state = "expired" if claim.state == "issued" and coupon.ends_at <= now else claim.state
        rows.append(
            (
                mall_id,
                claim.id,
                coupon_id,
                member_id,
                claim.seq,
                state,
                claim.claimed_at,
                coupon.starts_at,
                coupon.ends_at,
                "points" if coupon.points_price else "claim",
                claim.order_id,
                claim.used_at,
            )
        )
        diary.note(
            "coupons.claim",
            claim.claimed_at,
            ("member", member_id),
            mall_id,
            claim.id,
            detail={"coupon_id": coupon_id},
            event="coupons.claimed",
            topics=(f"mall:{mall_id}", f"member:{member_id}"),
            data={"coupon_id": coupon_id},
        )


def write_rules(sheet: Sheet, ids: Ids, rng: Random, world: World, places: Directory, now: datetime) -> list[Rule]:
    """Write the earn rules and return each shop's: a point a yuan after a week; cafes and markets at once."""
    rows = sheet.table(
        "points.earn_rule",
        "mall_id id shop_id points_per_100_minor_bp posts refund_window_days expires_after_days created_at",
    )
    made = now - timedelta(days=300)
    for mall_id in places.mall_ids:
        rows.append((mall_id, ids.at(made), None, 10_000, "after_refund_window", WINDOW_DAYS, POINTS_LIFE_DAYS, made))
    double = set(rng.sample(range(len(world.shops)), DOUBLE_SHOPS))
    rules: list[Rule] = []
    for index, shop in enumerate(world.shops):
        at_once = shop.category.split(".")[0] in AT_ONCE_FAMILIES
        rule = Rule(20_000 if index in double else 10_000, at_once)
        rules.append(rule)
        if at_once or index in double:
            posts = "at_once" if at_once else "after_refund_window"
            head = (places.mall_ids[shop.mall], ids.at(made), places.shop_ids[index], rule.bp, posts)
            rows.append((*head, WINDOW_DAYS, POINTS_LIFE_DAYS, made))
    return rules

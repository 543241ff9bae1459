"""Automatic offers of the demo mall: some hold now, some soon, one waits for a second person; and who pays with it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec

from galleria.demo.loading.directory import Directory
from galleria.demo.loading.goods import Ware
from galleria.demo.loading.people import Crew
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.world import World
from galleria.demo.world.model import Text
from galleria.demo.world.offers import at
from galleria.engagement.launch import Finding, FindingCode, Severity, SubjectKind
from galleria.kernel.ids import OfferId, VariantId
from galleria.value import offers
from galleria.value.offers import OfferState, OfferTerms, Preset, SaleSession
from galleria.value.promotions import (
    AmountOff,
    Base,
    Bundle,
    BundlePart,
    Eligibility,
    Funder,
    Gift,
    Layer,
    Limits,
    Measure,
    PercentOff,
    PurchaseLimit,
    Scope,
    SetOff,
    SetPrice,
    Share,
    Stacking,
    Tier,
    TieredOff,
)

TEA_SHOPS = ("cloudtop-tea", "lemonly", "three-grapes", "jasmine-lane")
BAKERIES = ("morning-rye", "half-acre-levain", "fawn-toast", "kiln-seven")
FLASH_HOURS = ((10, 12), (15, 17), (20, 22))
MALL = Share(Funder.MALL, None, 10_000)
MERCHANT = Share(Funder.MERCHANT, None, 10_000)


class Told(msgspec.Struct, frozen=True):
    """An offer of the demo: its terms, whose it is (the mall's for none), and where it stands."""

    terms: OfferTerms
    merchant_id: UUID | None = None
    state: OfferState = OfferState.LIVE


class Sponsors(msgspec.Struct, frozen=True):
    """Those who pay from outside."""

    brand: UUID
    bank: UUID
    city: UUID


class Mall:
    """What offers are told of: shops and goods of the first mall, found by code."""

    def __init__(self, ids: Ids, world: World, places: Directory, wares: Sequence[Ware], now: datetime) -> None:
        self.ids, self.world, self.places, self.wares, self.now = ids, world, places, wares, now
        self.id = places.mall_ids[0]
        self._shops = {shop.code: index for index, shop in enumerate(world.shops) if shop.mall == 0}

    def named(self, code: str) -> Text:
        """Return a shop's name."""
        return self.world.shops[self._shops[code]].name

    def shop(self, code: str) -> UUID:
        """Return a shop's id."""
        return self.places.shop_ids[self._shops[code]]

    def shops(self, codes: Sequence[str]) -> tuple[UUID, ...]:
        """Return shops' ids."""
        return tuple(self.shop(code) for code in codes)

    def owner(self, code: str) -> int:
        """Return which of the world's merchants runs a shop."""
        return self.world.shops[self._shops[code]].merchant

    def merchant(self, code: str) -> UUID:
        """Return the id of the merchant that runs a shop."""
        return self.places.merchant_ids[self.owner(code)]

    def categories(self, *codes: str) -> Scope:
        """Return the scope of categories."""
        return Scope(category_ids=tuple(self.places.category_ids[0][code] for code in codes))

    def goods(self, codes: Sequence[str], *, kind: str, low: int, high: int, each: int) -> tuple[UUID, ...]:
        """Return variants of some shops between two prices, `each` of a shop, one of a product."""
        found: list[UUID] = []
        for code in codes:
            index, seen = self._shops[code], set[UUID]()
            for ware in self.wares:
                fits = ware.shop == index and ware.kind == kind and low <= ware.price_minor <= high
                if fits and ware.product_id not in seen and len(seen) < each:
                    seen.add(ware.product_id)
                    found.append(ware.variant_id)
        return tuple(found)

    def day(self, days: int, hour: int = 0) -> datetime:
        """Return an hour of a day counted from today."""
        return at(self.world.today + timedelta(days=days), time(hour))


def run_promotions(
    sheet: Sheet, ids: Ids, world: World, places: Directory, wares: Sequence[Ware], crew: Crew, now: datetime
) -> None:
    """Write sponsors, offers with their versions and coming moments, and the request that waits."""
    mall = Mall(ids, world, places, wares, now)
    sponsors = _write_sponsors(sheet, mall)
    for told in (
        *_for_everyone(mall),
        *_of_sponsors(mall, sponsors),
        *_for_members(mall),
        *_of_merchants(mall, sponsors),
    ):
        _write(sheet, mall, crew, told)
    sheet.table("offers.stamp", "mall_id stamp").append((mall.id, 1))


def _write_sponsors(sheet: Sheet, mall: Mall) -> Sponsors:
    rows = sheet.table("offers.sponsor", "mall_id id kind name_zh name_en merchant_ids created_at")
    made = mall.now - timedelta(days=120)
    found = Sponsors(*(mall.ids.at(made) for _ in range(3)))
    rows += [
        (mall.id, found.brand, "brand", "云雀护肤", "Lark Skincare", [mall.merchant("sheerly")], made),
        (mall.id, found.bank, "bank", "江海银行", "River Bank", [], made),
        (mall.id, found.city, "city", "汀州市商务局", "Tingzhou City Commerce Bureau", [], made),
    ]
    return found


def _for_everyone(mall: Mall) -> Iterator[Told]:
    """Yield the mall's offers that anybody may have."""
    treats = mall.goods((*TEA_SHOPS, *BAKERIES), kind="voucher", low=1500, high=3500, each=2)
    yield Told(
        OfferTerms(
            preset=Preset.FLASH_SALE,
            title_zh="整点秒杀 下午茶 9.9 元",
            title_en="On-the-hour flash sale: treats at ¥9.90",
            benefit=SetPrice(price_minor=990),
            stacking=Stacking(layer=Layer.PRICE, once=True),
            shares=(Share(Funder.MALL, None, 5000), Share(Funder.MERCHANT, None, 5000)),
            counted=Scope(variant_ids=treats),
            limits=Limits(per_order=2, per_member_day=2),
            sessions=tuple(
                SaleSession(
                    id=mall.ids.at(mall.now), starts_at=mall.day(day, start), ends_at=mall.day(day, end), stock=120
                )
                for day in (0, 1)
                for start, end in FLASH_HOURS
            ),
        )
    )
    yield Told(
        OfferTerms(
            preset=Preset.SPEND_AND_SAVE,
            title_zh="服饰鞋包 满300减50 满600减120",
            title_en="Fashion: ¥50 off ¥300, ¥120 off ¥600",
            benefit=TieredOff(
                by=Measure.MONEY,
                tiers=(Tier(threshold=30_000, amount_minor=5000), Tier(threshold=60_000, amount_minor=12_000)),
            ),
            stacking=Stacking(layer=Layer.ORDER, group="spend-and-save"),
            shares=(Share(Funder.MALL, None, 6000), Share(Funder.MERCHANT, None, 4000)),
            counted=mall.categories("fashion", "carry"),
            eligibility=Eligibility(starts_at=mall.day(-3), ends_at=mall.day(11)),
            limits=Limits(per_member_day=2, budget_minor=3_000_000),
        )
    )


def _of_sponsors(mall: Mall, sponsors: Sponsors) -> Iterator[Told]:
    """Yield what a bank and the city pay for in the whole mall."""
    yield Told(
        OfferTerms(
            preset=Preset.AMOUNT_OFF,
            title_zh="江海银行周末 满200减20",
            title_en="River Bank weekends: ¥20 off ¥200",
            benefit=AmountOff(amount_minor=2000),
            stacking=Stacking(layer=Layer.ORDER, base=Base.DISCOUNTED, joint=True, priority=-10),
            shares=(Share(Funder.SPONSOR, sponsors.bank, 10_000),),
            threshold_minor=20_000,
            eligibility=Eligibility(starts_at=mall.day(2), ends_at=mall.day(60), weekdays=(6, 7), members_only=True),
            limits=Limits(per_member_day=1, per_day=400, budget_minor=4_000_000),
        )
    )
    yield Told(
        OfferTerms(
            preset=Preset.PERCENT_OFF,
            title_zh="惠民消费季 家电数码 9 折",
            title_en="City shopping season: 10 % off electronics",
            benefit=PercentOff(percent_bp=1000, cap_minor=30_000),
            stacking=Stacking(layer=Layer.ORDER, group="city"),
            shares=(Share(Funder.SPONSOR, sponsors.city, 7000), Share(Funder.MERCHANT, None, 3000)),
            counted=mall.categories("electronics"),
            eligibility=Eligibility(starts_at=mall.day(5), ends_at=mall.day(19)),
            limits=Limits(per_household=1, budget_minor=5_000_000),
        )
    )


def _for_members(mall: Mall) -> Iterator[Told]:
    """Yield the mall's offers to members, and the one that is still being written."""
    yield Told(
        OfferTerms(
            preset=Preset.MEMBER_DAY,
            title_zh="会员日 美妆 88 折",
            title_en="Member day: 12 % off beauty",
            benefit=PercentOff(percent_bp=1200, cap_minor=10_000),
            stacking=Stacking(layer=Layer.ORDER, group="member-day"),
            shares=(MALL,),
            counted=mall.categories("beauty"),
            eligibility=Eligibility(starts_at=mall.day(-40), month_days=(8, 18, 28), members_only=True),
            limits=Limits(per_member_day=1),
        )
    )
    bread = mall.goods(BAKERIES, kind="physical", low=1200, high=2500, each=2)
    yield Told(
        OfferTerms(
            preset=Preset.ONE_YUAN,
            title_zh="新人 1 元吃面包",
            title_en="New here? Bread for ¥1",
            benefit=SetPrice(price_minor=100, units_per_order=1),
            stacking=Stacking(layer=Layer.PRICE, once=True),
            shares=(MALL,),
            counted=Scope(variant_ids=bread),
            eligibility=Eligibility(starts_at=mall.day(-20), members_only=True, new_customer=True),
            limits=Limits(per_order=1, per_member=1, per_household=1, total=2000),
        )
    )
    yield Told(
        OfferTerms(
            preset=Preset.PURCHASE_LIMIT,
            title_zh="秒杀商品 每人每天限购 6 件",
            title_en="Flash sale treats: six a day each",
            benefit=PurchaseLimit(),
            stacking=Stacking(layer=Layer.PRICE),
            shares=(MALL,),
            counted=Scope(variant_ids=mall.goods(TEA_SHOPS, kind="voucher", low=1500, high=3500, each=2)),
            limits=Limits(per_member_day=6),
        ),
        state=OfferState.DRAFT,
    )


def _of_merchants(mall: Mall, sponsors: Sponsors) -> Iterator[Told]:
    """Yield what merchants offer for their own goods, at their own cost or that of a brand that agreed."""
    for code in TEA_SHOPS:
        name = mall.named(code)
        yield Told(
            OfferTerms(
                preset=Preset.HALF_PRICE_SECOND,
                title_zh=f"{name.zh} 第二杯半价",
                title_en=f"{name.en}: second cup half price",
                benefit=SetOff(size=2, discounted=1, pay_bp=5000, times=2),
                stacking=Stacking(layer=Layer.SET),
                shares=(MERCHANT,),
                counted=Scope(
                    shop_ids=(mall.shop(code),),
                    variant_ids=mall.goods((code,), kind="voucher", low=1000, high=3500, each=6),
                ),
                eligibility=Eligibility(starts_at=mall.day(-10), ends_at=mall.day(20)),
            ),
            merchant_id=mall.merchant(code),
        )
    yield _gift(mall, sponsors)
    yield _bundle(mall)
    name = mall.named("hefeng-atelier")
    yield Told(
        OfferTerms(
            preset=Preset.LIMITED_PRICE,
            title_zh=f"{name.zh} 换季全店 2.5 折",
            title_en=f"{name.en}: end of season, 75 % off",
            benefit=PercentOff(percent_bp=7500),
            stacking=Stacking(layer=Layer.PRICE),
            shares=(MERCHANT,),
            counted=Scope(shop_ids=(mall.shop("hefeng-atelier"),)),
            eligibility=Eligibility(starts_at=mall.day(3), ends_at=mall.day(5)),
        ),
        merchant_id=mall.merchant("hefeng-atelier"),
        state=OfferState.PENDING,
    )


def _gift(mall: Mall, sponsors: Sponsors) -> Told:
    """Return a gift with purchase that a brand pays half of."""
    name = mall.named("sheerly")
    small = mall.goods(("sheerly",), kind="physical", low=1000, high=20_000, each=3)
    return Told(
        OfferTerms(
            preset=Preset.GIFT,
            title_zh=f"{name.zh} 满399 任选一件好礼",
            title_en=f"{name.en}: spend ¥399 and choose a gift",
            benefit=Gift(choices=tuple(VariantId(variant_id) for variant_id in small)),
            stacking=Stacking(layer=Layer.SET),
            shares=(Share(Funder.MERCHANT, None, 5000), Share(Funder.SPONSOR, sponsors.brand, 5000)),
            counted=Scope(shop_ids=(mall.shop("sheerly"),)),
            threshold_minor=39_900,
            eligibility=Eligibility(starts_at=mall.day(-2), ends_at=mall.day(28)),
            limits=Limits(per_member=1, total=300),
        ),
        merchant_id=mall.merchant("sheerly"),
    )


def _bundle(mall: Mall) -> Told:
    """Return a fixed price for two loaves and a box of biscuits of one bakery."""
    loaves = mall.goods(("morning-rye",), kind="physical", low=1200, high=3500, each=4)
    cakes = mall.goods(("morning-rye",), kind="physical", low=4500, high=8000, each=4)
    return Told(
        OfferTerms(
            preset=Preset.BUNDLE,
            title_zh="晨麦 周末早餐篮 两件面包加一份蛋糕 88 元",
            title_en="Morning Rye weekend basket: two breads and a cake for ¥88",
            benefit=Bundle(
                parts=(
                    BundlePart(scope=Scope(variant_ids=loaves), quantity=2),
                    BundlePart(scope=Scope(variant_ids=cakes), quantity=1),
                ),
                price_minor=8800,
                times=2,
            ),
            stacking=Stacking(layer=Layer.SET),
            shares=(MERCHANT,),
            counted=Scope(shop_ids=(mall.shop("morning-rye"),)),
            eligibility=Eligibility(starts_at=mall.day(1), ends_at=mall.day(31)),
        ),
        merchant_id=mall.merchant("morning-rye"),
    )


def _write(sheet: Sheet, mall: Mall, crew: Crew, told: Told) -> None:
    """Write one offer with its version, and what is still to be announced of it."""
    made, terms = mall.now - timedelta(days=12), told.terms
    offer_id = OfferId(mall.ids.at(made))
    launched = told.state is OfferState.LIVE
    starts_at, ends_at = offers.period(terms)
    sheet.table(
        "offers.offer",
        "mall_id id merchant_id shop_ids preset state version live_version title_zh title_en starts_at ends_at "
        "created_at changed_at",
    ).append(
        (
            mall.id,
            offer_id,
            told.merchant_id,
            list(terms.counted.shop_ids),
            terms.preset.value,
            told.state.value,
            1,
            1 if launched else None,
            terms.title_zh,
            terms.title_en,
            starts_at or (made if launched else None),
            ends_at,
            made,
            made,
        )
    )
    sheet.table("offers.version", "mall_id offer_id version terms made_by at approved_at").append(
        (mall.id, offer_id, 1, msgspec.json.encode(terms).decode(), crew.operator.id, made, made if launched else None)
    )
    if launched:
        _write_moments(sheet, mall, offer_id, terms)
    if told.state is OfferState.PENDING:
        _write_request(sheet, mall, crew, offer_id, told)


def _write_moments(sheet: Sheet, mall: Mall, offer_id: OfferId, terms: OfferTerms) -> None:
    rows = sheet.table("offers.moment", "mall_id offer_id session_id kind at")
    for session_id, kind, moment in offers.moments(offer_id, terms):
        if moment > mall.now or kind == "ends":
            rows.append((mall.id, offer_id, session_id, kind, moment))


def _write_request(sheet: Sheet, mall: Mall, crew: Crew, offer_id: UUID, told: Told) -> None:
    """Write the request of a merchant's manager that waits, and what was found."""
    asked = mall.now - timedelta(hours=3)
    found = Finding(
        code=FindingCode.ABSURD_PRICE,
        severity=Severity.SECOND_PERSON,
        params={"lowest_bp": 2500, "limit_bp": 3000},
    )
    sheet.table(
        "launch.review",
        "mall_id id subject_kind subject_id version merchant_id shop_ids title_zh title_en state findings "
        "needed_second requested_by requested_at",
    ).append(
        (
            mall.id,
            mall.ids.at(asked),
            SubjectKind.OFFER.value,
            offer_id,
            1,
            told.merchant_id,
            list(told.terms.counted.shop_ids),
            told.terms.title_zh,
            told.terms.title_en,
            "pending",
            msgspec.json.encode([found]).decode(),
            True,
            crew.managers[mall.owner("hefeng-atelier")].id,
            asked,
        )
    )

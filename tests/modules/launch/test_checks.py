"""What the checks notice before an offer, a coupon or a price rule goes live; and that all three go live by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.catalog import make_product
from tests.factories.checkout import make_shopper
from tests.factories.coupons import make_coupon
from tests.factories.launches import launched
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import make_staff
from tests.factories.offers import flash_terms, make_offer, offer_terms
from tests.factories.overlap import write

from galleria.engagement import launch
from galleria.foundation import catalog
from galleria.kernel.ids import VariantId
from galleria.platform.actors import SYSTEM, Actor, ActorKind, Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value import coupons, offers, pricing, promotions

NOW = datetime.now(UTC)
FINDING = launch.FindingCode


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture
async def good(runtime: Runtime, mall: MadeMall) -> catalog.Product:
    return await make_product(runtime, mall, mall.shop_ids[0], price_minor=10_000, on_hand=20)


async def operator(runtime: Runtime, mall: MadeMall) -> Actor:
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    account = await make_staff(runtime, mall.group_id, [grant])
    return Actor(kind=ActorKind.STAFF, id=account.id, grants=(grant,))


async def found(
    runtime: Runtime, mall: MadeMall, subject_id: Any, kind: launch.SubjectKind = launch.SubjectKind.OFFER
) -> dict[launch.FindingCode, launch.Finding]:
    async with runtime.db.read() as tx:
        report = await launch.check(
            tx, actor=SYSTEM, mall_id=mall.mall_id, subject=launch.LaunchSubject(kind, subject_id), now=NOW
        )
    return {finding.code: finding for finding in report.findings}


async def noticed(
    runtime: Runtime, mall: MadeMall, terms: offers.OfferTerms
) -> dict[launch.FindingCode, launch.Finding]:
    offer = await make_offer(runtime, mall.mall_id, terms, live=False)
    return await found(runtime, mall, offer.id)


async def costs(runtime: Runtime, mall: MadeMall, good: catalog.Product, **entered: int) -> VariantId:
    staff = await operator(runtime, mall)
    item = pricing.CostInput(variant_id=good.variants[0].id, **entered)
    await write(
        runtime,
        lambda tx: pricing.enter_costs(
            tx, mall_id=mall.mall_id, shop_id=mall.shop_ids[0], items=[item], staff_id=staff.staff_id, now=NOW
        ),
    )
    return item.variant_id


def percent(bp: int, **over: Any) -> offers.OfferTerms:
    return offer_terms(
        preset=offers.Preset.PERCENT_OFF,
        benefit=promotions.PercentOff(percent_bp=bp),
        threshold_minor=0,
        **over,
    )


async def test_below_cost_and_below_floor(runtime: Runtime, mall: MadeMall, good: catalog.Product) -> None:
    variant = await costs(runtime, mall, good, cost_minor=7000, floor_minor=5000)
    mild = await noticed(runtime, mall, percent(2000))
    assert FINDING.BELOW_COST not in mild
    low = await noticed(runtime, mall, percent(4000))
    assert FINDING.BELOW_FLOOR not in low
    assert low[FINDING.BELOW_COST].severity is launch.Severity.SECOND_PERSON
    [affected] = low[FINDING.BELOW_COST].goods
    assert (affected.variant_id, affected.result_minor, affected.bound_minor) == (variant, 6000, 7000)
    lower = await noticed(runtime, mall, percent(6000))
    assert lower[FINDING.BELOW_FLOOR].severity is launch.Severity.REFUSE


async def test_half_price_second_is_measured_by_the_pair(
    runtime: Runtime, mall: MadeMall, good: catalog.Product
) -> None:
    """The second cup alone is below its cost, both together are not."""
    await costs(runtime, mall, good, cost_minor=7000)
    pair = offer_terms(
        preset=offers.Preset.HALF_PRICE_SECOND,
        benefit=promotions.SetOff(size=2, discounted=1, pay_bp=5000),
        stacking=promotions.Stacking(layer=promotions.Layer.SET),
        threshold_minor=0,
    )
    assert FINDING.BELOW_COST not in await noticed(runtime, mall, pair)
    await costs(runtime, mall, good, cost_minor=8000)
    assert FINDING.BELOW_COST in await noticed(runtime, mall, pair)


async def test_what_stacks_to_almost_nothing_names_the_others(
    runtime: Runtime, mall: MadeMall, good: catalog.Product
) -> None:
    half = await make_offer(runtime, mall.mall_id, percent(5000, title_en="Half off"))
    alone = await noticed(runtime, mall, offer_terms(threshold_minor=0, benefit=promotions.AmountOff(amount_minor=100)))
    assert alone[FINDING.OVERLAPS].beside == [alone[FINDING.OVERLAPS].beside[0]]
    assert alone[FINDING.OVERLAPS].beside[0].id == half.id
    assert FINDING.ABSURD_PRICE not in alone
    both = await noticed(runtime, mall, offer_terms(threshold_minor=0, benefit=promotions.AmountOff(amount_minor=4000)))
    absurd = both[FINDING.ABSURD_PRICE]
    assert absurd.severity is launch.Severity.SECOND_PERSON
    assert [other.id for other in absurd.beside] == [half.id]
    assert absurd.params["lowest_bp"] == 1000


async def test_an_offer_whose_time_never_meets_is_not_beside(
    runtime: Runtime, mall: MadeMall, good: catalog.Product
) -> None:
    later = promotions.Eligibility(starts_at=NOW + timedelta(days=50), ends_at=NOW + timedelta(days=51))
    await make_offer(runtime, mall.mall_id, percent(5000, eligibility=later))
    sooner = promotions.Eligibility(starts_at=NOW, ends_at=NOW + timedelta(days=1))
    assert FINDING.OVERLAPS not in await noticed(runtime, mall, percent(1000, eligibility=sooner))


async def test_almost_for_nothing_is_refused_unless_everybody_gets_few(
    runtime: Runtime, mall: MadeMall, good: catalog.Product
) -> None:
    terms = percent(9990)
    assert (await noticed(runtime, mall, terms))[FINDING.ABSURD_PRICE].severity is launch.Severity.REFUSE
    one_each = percent(9990, limits=promotions.Limits(per_member=1))
    assert (await noticed(runtime, mall, one_each))[FINDING.ABSURD_PRICE].severity is launch.Severity.SECOND_PERSON


async def test_a_zero_too_many(runtime: Runtime, mall: MadeMall, good: catalog.Product) -> None:
    usual = percent(1000, limits=promotions.Limits(budget_minor=4_000_000))
    assert FINDING.BUDGET_LARGE not in await noticed(runtime, mall, usual)
    tenfold = percent(1000, limits=promotions.Limits(budget_minor=40_000_000))
    assert (await noticed(runtime, mall, tenfold))[FINDING.BUDGET_LARGE].severity is launch.Severity.SECOND_PERSON
    unlimited = await noticed(runtime, mall, percent(1000))
    assert unlimited[FINDING.BUDGET_MISSING].severity is launch.Severity.INFO
    by_count = flash_terms(stock=1000, limits=promotions.Limits(per_member=1))  # 90.10 off, two thousand times
    assert (await noticed(runtime, mall, by_count))[FINDING.BUDGET_LARGE].params["budget_minor"] == 2000 * 9010


async def test_a_budget_is_measured_by_what_the_shops_usually_give(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, good: catalog.Product
) -> None:
    dear = await make_product(runtime, mall, mall.shop_ids[0], price_minor=9_000_000)
    shopper = await make_shopper(runtime, client, mall=mall, goods=[dear])
    await shopper.paid(1)  # of 90,000.00 in 90 days at least a tenth counts as given away: 3,000.00 in 30
    fits = percent(1000, limits=promotions.Limits(budget_minor=1_500_000))
    assert FINDING.BUDGET_UNUSUAL not in await noticed(runtime, mall, fits)
    tenfold = percent(1000, limits=promotions.Limits(budget_minor=3_000_000))
    unusual = (await noticed(runtime, mall, tenfold))[FINDING.BUDGET_UNUSUAL]
    assert unusual.params == {"budget_minor": 3_000_000, "usual_minor": 300_000, "times": 10}


async def test_goods_stock_and_words(runtime: Runtime, mall: MadeMall, good: catalog.Product) -> None:
    nothing = percent(1000, counted=promotions.Scope(shop_ids=(mall.shop_ids[2],)))
    assert (await noticed(runtime, mall, nothing))[FINDING.NO_GOODS].severity is launch.Severity.REFUSE
    short = await noticed(runtime, mall, flash_terms(stock=50, limits=promotions.Limits(per_member=1)))
    assert short[FINDING.STOCK_SHORT].params == {"promised": 50, "available": 20}
    untranslated = await noticed(runtime, mall, percent(1000, title_en="九折"))
    assert untranslated[FINDING.TRANSLATION_MISSING].severity is launch.Severity.WARNING


async def test_a_gift_coupon_must_be_ones_own_and_live(runtime: Runtime, mall: MadeMall, good: catalog.Product) -> None:
    draft = await make_coupon(runtime, mall.mall_id, state=coupons.CouponState.DRAFT)
    merchant = mall.merchant_ids[0]
    terms = offer_terms(
        preset=offers.Preset.COUPON_FOR_LATER,
        benefit=promotions.Grant(coupon_id=draft.id),
        counted=promotions.Scope(merchant_ids=(merchant,)),
        shares=(promotions.Share(promotions.Funder.MERCHANT, None, 10_000),),
    )
    offer = await make_offer(runtime, mall.mall_id, terms, merchant_id=merchant, live=False)
    codes = await found(runtime, mall, offer.id)
    assert {FINDING.NOT_YOURS, FINDING.NOT_LIVE} <= set(codes)
    with pytest.raises(launch.LaunchRefused):
        await launched(runtime, mall.mall_id, offer.id)


async def test_a_coupon_goes_live_by_its_launch(runtime: Runtime, mall: MadeMall, good: catalog.Product) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, state=coupons.CouponState.DRAFT)
    review = await launched(runtime, mall.mall_id, coupon.id, kind=launch.SubjectKind.COUPON)
    assert review.state is launch.ReviewState.APPROVED
    async with runtime.db.read() as tx:
        assert (await coupons.get_coupon(tx, mall_id=mall.mall_id, coupon_id=coupon.id)).state is (
            coupons.CouponState.LIVE
        )


async def test_a_coupon_with_a_zero_too_many_waits(runtime: Runtime, mall: MadeMall, good: catalog.Product) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, state=coupons.CouponState.DRAFT, total=100_000)
    asked, second = await operator(runtime, mall), await operator(runtime, mall)
    review = await launched(runtime, mall.mall_id, coupon.id, kind=launch.SubjectKind.COUPON, actor=asked)
    assert review.state is launch.ReviewState.PENDING
    assert FINDING.BUDGET_LARGE in {finding.code for finding in review.findings}
    decided = await write(
        runtime,
        lambda tx: launch.approve(tx, actor=second, mall_id=mall.mall_id, review_id=review.id, now=NOW),
    )
    assert decided.decided_by.id == second.id
    async with runtime.db.read() as tx:
        live = await coupons.get_coupon(tx, mall_id=mall.mall_id, coupon_id=coupon.id)
    assert (live.state, live.approved_version) == (coupons.CouponState.LIVE, 1)


async def test_a_price_rule_below_the_guard_waits_and_then_decides_prices(
    runtime: Runtime, mall: MadeMall, good: catalog.Product
) -> None:
    await costs(runtime, mall, good, cost_minor=9500)
    asked, second = await operator(runtime, mall), await operator(runtime, mall)
    rule = await write(
        runtime,
        lambda tx: pricing.create_rule(
            tx,
            mall_id=mall.mall_id,
            terms=pricing.RuleTerms(shop_id=mall.shop_ids[0]),
            staff_id=asked.staff_id,
            now=NOW,
        ),
    )
    kind = launch.SubjectKind.PRICE_RULE
    assert FINDING.BELOW_COST in await found(runtime, mall, rule.id, kind)
    review = await launched(runtime, mall.mall_id, rule.id, kind=kind, actor=asked)
    assert review.state is launch.ReviewState.PENDING
    await write(
        runtime,
        lambda tx: launch.approve(tx, actor=second, mall_id=mall.mall_id, review_id=review.id, now=NOW),
    )
    async with runtime.db.read() as tx:
        live = await pricing.get_rule(tx, mall_id=mall.mall_id, rule_id=rule.id, now=NOW)
        log = await launch.list_changes(tx, actor=SYSTEM, mall_id=mall.mall_id, subject_id=rule.id)
    assert (live.state, live.approved_version, live.second_person) == (pricing.RuleState.LIVE, 1, True)
    assert [(change.subject_kind, change.version) for change in log.items] == [(kind, 1)]


async def test_changes_of_all_kinds_stand_in_one_log_page_by_page(
    runtime: Runtime, mall: MadeMall, good: catalog.Product
) -> None:
    for _ in range(2):
        await make_offer(runtime, mall.mall_id)
        await make_coupon(runtime, mall.mall_id)
    seen: list[str] = []
    cursor = None
    async with runtime.db.read() as tx:
        while True:
            page = await launch.list_changes(tx, actor=SYSTEM, mall_id=mall.mall_id, cursor=cursor, limit=1)
            seen += [change.subject_kind.value for change in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == ["coupon", "offer", "coupon", "offer"]

"""Making offers: who may, what is refused and by which field, versions, and states."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from tests.factories.catalog import make_product
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff
from tests.factories.offers import flash_terms, make_offer, make_sponsor, offer_terms

from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value import offers, promotions


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def person(runtime: Runtime, mall: MadeMall, role: Role = Role.OPERATOR, **scope: Any) -> dict[str, str]:
    grant = Grant(role=role, group_id=mall.group_id, mall_id=mall.mall_id, **scope)
    return {**await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant])), "accept-language": "en"}


def base(mall: MadeMall) -> str:
    return f"/v1/malls/{mall.mall_id}"


def body(terms: offers.OfferTerms, merchant_id: Any = None) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins({"terms": terms, "merchant_id": merchant_id})
    return plain


SOON = datetime.now(UTC) + timedelta(days=1)
EARLIER = SOON - timedelta(days=2)
ELIGIBLE = promotions.Eligibility
SESSION = offers.SaleSession(starts_at=SOON, ends_at=SOON + timedelta(hours=1), stock=5)
WRONG: list[tuple[offers.OfferTerms, str, str]] = [
    (
        offer_terms(shares=(promotions.Share(promotions.Funder.MALL, None, 9000),)),
        "terms.shares",
        "promotion_shares_sum",
    ),
    (offer_terms(preset=offers.Preset.GIFT), "terms.benefit", "offer_benefit_of_other_preset"),
    (
        offer_terms(stacking=promotions.Stacking(layer=promotions.Layer.COUPON)),
        "terms.stacking.layer",
        "offer_layer_of_coupons",
    ),
    (flash_terms(sessions=()), "terms.sessions", "offer_sessions_missing"),
    (offer_terms(sessions=(SESSION,)), "terms.sessions", "offer_sessions_out_of_place"),
    (flash_terms(sessions=(SESSION, SESSION)), "terms.sessions[1].starts_at", "offer_sessions_overlap"),
    (flash_terms(eligibility=ELIGIBLE(starts_at=SOON)), "terms.eligibility.starts_at", "offer_period_of_sessions"),
    (flash_terms(limits=promotions.Limits(total=5)), "terms.limits.total", "offer_total_of_sessions"),
    (
        offer_terms(eligibility=ELIGIBLE(starts_at=SOON, ends_at=EARLIER)),
        "terms.eligibility.ends_at",
        "offer_period",
    ),
    (offer_terms(preset=offers.Preset.NEW_CUSTOMER), "terms.eligibility.new_customer", "offer_wants_new"),
    (offer_terms(preset=offers.Preset.TIER_PRICE), "terms.eligibility.tiers", "offer_wants_tiers"),
    (offer_terms(preset=offers.Preset.MEMBER_DAY), "terms.eligibility.weekdays", "offer_wants_days"),
    (offer_terms(preset=offers.Preset.BIRTHDAY), "terms.eligibility.birthday", "offer_wants_birthday"),
    (
        offer_terms(counted=promotions.Scope(shop_ids=(new_id(),))),
        "terms.counted.shop_ids[0]",
        "offer_shop_unknown",
    ),
    (
        offer_terms(counted=promotions.Scope(category_ids=(new_id(),))),
        "terms.counted.category_ids[0]",
        "offer_category_unknown",
    ),
    (
        offer_terms(counted=promotions.Scope(variant_ids=(new_id(),))),
        "terms.counted.variant_ids[0]",
        "offer_good_unknown",
    ),
    (
        offer_terms(shares=(promotions.Share(promotions.Funder.SPONSOR, new_id(), 10_000),)),
        "terms.shares[0]",
        "offer_sponsor_unknown",
    ),
    (
        offer_terms(shares=(promotions.Share(promotions.Funder.MERCHANT, new_id(), 10_000),)),
        "terms.shares[0]",
        "offer_merchant_unknown",
    ),
]


@pytest.mark.parametrize(("terms", "field", "code"), WRONG)
async def test_a_wrong_field_is_named_and_nothing_is_written(
    runtime: Runtime, client: httpx.AsyncClient, terms: offers.OfferTerms, field: str, code: str
) -> None:
    mall = await make_mall(runtime)
    headers = await person(runtime, mall)
    answer = await client.post(f"{base(mall)}/offers/manage", headers=headers, json=body(terms))
    assert answer.status_code == 422, answer.text
    assert (field, code) in {(error["field"], error["code"]) for error in answer.json()["errors"]}
    assert (await client.get(f"{base(mall)}/offers/manage", headers=headers)).json()["items"] == []


async def test_who_may_not_make_offers(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    address, other = f"{base(mall)}/offers/manage", await make_mall(runtime)
    nobody: list[tuple[int, dict[str, str]]] = [
        (401, {}),
        (403, await as_member(runtime, await make_member(runtime, mall.group_id))),
        (403, await person(runtime, other)),
        (403, await person(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mall.merchant_ids[0])),
        (403, await person(runtime, mall, Role.CLERK, merchant_id=mall.merchant_ids[0])),
    ]
    for status, headers in nobody:
        assert (await client.post(address, headers=headers, json=body(offer_terms()))).status_code == status


MINE = promotions.Share(promotions.Funder.MERCHANT, None, 10_000)


async def test_a_merchant_makes_nobody_else_pay(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    mine, rival = mall.merchant_ids
    headers = await person(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mine)
    agreed, foreign = await make_sponsor(runtime, mall.mall_id, mine), await make_sponsor(runtime, mall.mall_id, rival)
    own = promotions.Scope(merchant_ids=(mine,))
    address = f"{base(mall)}/offers/manage"

    async def share(funder: promotions.Funder, funder_id: Any) -> httpx.Response:
        shares = (
            promotions.Share(promotions.Funder.MERCHANT, mine, 5000),
            promotions.Share(funder, funder_id, 5000),
        )
        terms = offer_terms(counted=own, shares=shares)
        return await client.post(address, headers=headers, json=body(terms, mine))

    for funder, funder_id in (
        (promotions.Funder.MALL, None),
        (promotions.Funder.MERCHANT, rival),
        (promotions.Funder.SPONSOR, foreign.id),
    ):
        answer = await share(funder, funder_id)
        assert answer.status_code == 422, answer.text
        assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
            ("terms.shares[1]", "offer_share_of_other")
        ]
    assert (await share(promotions.Funder.SPONSOR, agreed.id)).status_code == 201
    listed = (await client.get(f"{base(mall)}/sponsors", headers=headers)).json()["items"]
    assert [sponsor["id"] for sponsor in listed] == [str(agreed.id)]


async def test_a_merchant_offers_its_own_goods_only(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    mine, rival = mall.merchant_ids
    product = await make_product(runtime, mall, mall.shop_ids[2])
    headers = await person(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mine)
    own, theirs = promotions.Scope(shop_ids=(mall.shop_ids[0],)), promotions.Scope(shop_ids=(mall.shop_ids[2],))
    gift = promotions.Gift(choices=(product.variants[0].id,))
    for terms in (
        offer_terms(shares=(MINE,)),
        offer_terms(shares=(MINE,), counted=theirs),
        offer_terms(shares=(MINE,), counted=promotions.Scope(product_ids=(product.id,))),
        offer_terms(
            preset=offers.Preset.GIFT,
            benefit=gift,
            shares=(MINE,),
            counted=own,
            stacking=promotions.Stacking(layer=promotions.Layer.SET),
        ),
    ):
        answer = await client.post(f"{base(mall)}/offers/manage", headers=headers, json=body(terms, mine))
        assert answer.status_code in {403, 422}, answer.text
    foreign = await client.post(
        f"{base(mall)}/offers/manage", headers=headers, json=body(offer_terms(shares=(MINE,), counted=theirs), rival)
    )
    assert foreign.status_code == 403
    made = await client.post(
        f"{base(mall)}/offers/manage", headers=headers, json=body(offer_terms(shares=(MINE,), counted=own), mine)
    )
    assert made.status_code == 201, made.text


async def test_a_manager_of_one_shop_stays_in_it(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    mine, (first, sibling, _) = mall.merchant_ids[0], mall.shop_ids
    headers = await person(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mine, shop_id=first)
    address = f"{base(mall)}/offers/manage"

    async def at(*shop_ids: Any) -> int:
        terms = offer_terms(shares=(MINE,), counted=promotions.Scope(shop_ids=shop_ids))
        return (await client.post(address, headers=headers, json=body(terms, mine))).status_code

    assert [await at(), await at(sibling), await at(first, sibling), await at(first)] == [403, 403, 403, 201]
    await make_offer(
        runtime,
        mall.mall_id,
        offer_terms(shares=(MINE,), counted=promotions.Scope(shop_ids=(sibling,))),
        merchant_id=mine,
    )
    [seen] = (await client.get(address, headers=headers)).json()["items"]
    assert seen["shop_ids"] == [str(first)]


async def test_a_change_is_a_version_and_an_old_one_comes_back(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers, offer = await person(runtime, mall), await make_offer(runtime, mall.mall_id)
    address = f"{base(mall)}/offers/{offer.id}"
    raised = offer_terms(benefit=promotions.AmountOff(amount_minor=800), title_en="8 off 50")
    change = {"terms": msgspec.to_builtins(raised), "version": 1}
    changed = (await client.patch(address, headers=headers, json=change)).json()
    assert (changed["version"], changed["live_version"], changed["state"]) == (2, 1, "live")
    stale = await client.patch(address, headers=headers, json=change)
    assert (stale.status_code, stale.json()["code"]) == (409, "offer_changed")
    back = (await client.post(f"{address}/restore", headers=headers, json={"version": 1})).json()
    assert (back["version"], back["terms"]["benefit"]["amount_minor"]) == (3, 500)
    assert (await client.post(f"{address}/restore", headers=headers, json={"version": 9})).status_code == 404
    detail = (await client.get(f"{base(mall)}/offers/manage/{offer.id}", headers=headers)).json()
    assert [(v["version"], v["restored_from"]) for v in detail["versions"]] == [(3, 1), (2, None), (1, None)]
    assert detail["versions"][0]["made_by_name"]
    async with runtime.db.read() as tx:
        live = await offers.book(tx, mall.mall_id)
    assert live.by_id[offer.id].version == 1  # shoppers get what was launched


async def test_a_changed_flash_sale_keeps_what_its_sessions_sold(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    headers, offer = await person(runtime, mall), await make_offer(runtime, mall.mall_id, flash_terms())
    ids = [session.id for session in offer.terms.sessions]
    forged = offers.SaleSession(
        starts_at=SOON + timedelta(days=9), ends_at=SOON + timedelta(days=10), stock=1, id=new_id()
    )
    terms = flash_terms(sessions=(*offer.terms.sessions, forged))
    change = {"terms": msgspec.to_builtins(terms), "version": 1}
    changed = (await client.patch(f"{base(mall)}/offers/{offer.id}", headers=headers, json=change)).json()
    kept = [session["id"] for session in changed["terms"]["sessions"]]
    assert kept[:2] == [str(i) for i in ids]
    assert kept[2] != str(forged.id)


async def test_states_move_only_as_they_may(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    headers = await person(runtime, mall)

    async def to(offer: offers.ManagedOffer, state: str) -> tuple[int, str]:
        answer = await client.post(f"{base(mall)}/offers/{offer.id}/state", headers=headers, json={"state": state})
        return answer.status_code, answer.json().get("phase", answer.json().get("code"))

    draft = await make_offer(runtime, mall.mall_id, live=False)
    assert await to(draft, "live") == (409, "offer_moved")  # only a launch makes it live
    assert await to(draft, "paused") == (409, "offer_moved")
    live = await make_offer(runtime, mall.mall_id)
    assert await to(live, "paused") == (200, "paused")
    async with runtime.db.read() as tx:
        assert live.id not in (await offers.book(tx, mall.mall_id)).by_id
    assert await to(live, "live") == (200, "live")
    async with runtime.db.read() as tx:
        assert live.id in (await offers.book(tx, mall.mall_id)).by_id
    assert await to(live, "ended") == (200, "ended")
    assert await to(live, "live") == (409, "offer_moved")
    change = {"terms": msgspec.to_builtins(offer_terms()), "version": 1}
    late = await client.patch(f"{base(mall)}/offers/{live.id}", headers=headers, json=change)
    assert (late.status_code, late.json()["code"]) == (409, "offer_moved")


async def test_the_list_is_narrowed_by_state_phase_and_words(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    headers = await person(runtime, mall)
    ahead = promotions.Eligibility(starts_at=SOON, ends_at=SOON + timedelta(days=1))
    over = promotions.Eligibility(starts_at=EARLIER - timedelta(days=1), ends_at=EARLIER)
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Ahead", eligibility=ahead))
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Behind", eligibility=over))
    await make_offer(runtime, mall.mall_id, offer_terms(title_en="Draft"), live=False)

    async def titles(query: str) -> list[str]:
        answer = await client.get(f"{base(mall)}/offers/manage?{query}", headers=headers)
        return [item["title_en"] for item in answer.json()["items"]]

    assert await titles("") == ["Draft", "Behind", "Ahead"]
    assert await titles("phase=scheduled") == ["Ahead"]
    assert await titles("phase=ended") == ["Behind"]
    assert await titles("state=live") == ["Behind", "Ahead"]
    assert await titles("q=BEHI") == ["Behind"]
    assert await titles("limit=1") == ["Draft"]
    assert (await client.get(f"{base(mall)}/offers/manage?cursor=nonsense", headers=headers)).status_code == 422


async def test_the_calendar_shows_periods_and_sessions(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    headers = await person(runtime, mall)
    await make_offer(runtime, mall.mall_id, flash_terms())
    await make_offer(runtime, mall.mall_id, offer_terms(eligibility=promotions.Eligibility(starts_at=SOON)))
    span = {"from": (SOON - timedelta(days=3)).isoformat(), "to": (SOON + timedelta(days=3)).isoformat()}
    entries = (await client.get(f"{base(mall)}/offers/calendar", headers=headers, params=span)).json()["items"]
    assert [(e["preset"], e["phase"], e["stock"]) for e in entries] == [
        ("flash_sale", "live", 10),
        ("flash_sale", "scheduled", 10),
        ("spend_and_save", "scheduled", None),
    ]
    long = {"from": span["from"], "to": (SOON + timedelta(days=300)).isoformat()}
    refused = await client.get(f"{base(mall)}/offers/calendar", headers=headers, params=long)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "offer_calendar_period")


async def test_sponsors_are_entered_by_the_mall(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    address, operator = f"{base(mall)}/sponsors", await person(runtime, mall)
    manager = await person(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mall.merchant_ids[0])
    new = {"kind": "bank", "name_zh": "江海银行", "name_en": "River Bank", "merchant_ids": [str(new_id())]}
    assert (await client.post(address, headers=manager, json=new)).status_code == 403
    wrong = await client.post(address, headers=operator, json=new)
    assert [e["field"] for e in wrong.json()["errors"]] == ["merchant_ids[0]"]
    made = (await client.post(address, headers=operator, json={**new, "merchant_ids": []})).json()
    agreed = {**new, "merchant_ids": [str(mall.merchant_ids[0])]}
    assert (await client.patch(f"{address}/{made['id']}", headers=manager, json=agreed)).status_code == 403
    changed = await client.patch(f"{address}/{made['id']}", headers=operator, json=agreed)
    assert changed.json()["merchant_ids"] == agreed["merchant_ids"]
    assert (await client.patch(f"{address}/{new_id()}", headers=operator, json=agreed)).status_code == 404

"""Going live: what is refused, what waits for a second person, who that may be, and the way back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from tests.factories.catalog import make_product
from tests.factories.launches import limits
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_staff, make_staff
from tests.factories.offers import make_offer, offer_terms

from galleria.engagement import launch
from galleria.kernel.ids import MerchantId
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime
from galleria.value import offers, promotions

MINE = promotions.Share(promotions.Funder.MERCHANT, None, 10_000)


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    made = await make_mall(runtime)
    await make_product(runtime, made, made.shop_ids[0], price_minor=10_000)
    return made


async def person(runtime: Runtime, mall: MadeMall, role: Role = Role.OPERATOR, **scope: Any) -> dict[str, str]:
    grant = Grant(role=role, group_id=mall.group_id, mall_id=mall.mall_id, **scope)
    return {**await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant])), "accept-language": "en"}


def subject(offer: offers.ManagedOffer) -> dict[str, str]:
    return {"subject_kind": "offer", "subject_id": str(offer.id)}


def at_price(minor: int, **over: Any) -> offers.OfferTerms:
    return offer_terms(
        preset=offers.Preset.LIMITED_PRICE,
        benefit=promotions.SetPrice(price_minor=minor),
        stacking=promotions.Stacking(layer=promotions.Layer.PRICE),
        threshold_minor=0,
        **over,
    )


class Desk:
    """One person at the launch of one mall."""

    def __init__(self, client: httpx.AsyncClient, mall: MadeMall, headers: dict[str, str]) -> None:
        self.client, self.headers, self.base = client, headers, f"/v1/malls/{mall.mall_id}"

    async def post(self, path: str, json: Any = None) -> httpx.Response:
        return await self.client.post(f"{self.base}/{path}", headers=self.headers, json=json)

    async def get(self, path: str) -> Any:
        answer = await self.client.get(f"{self.base}/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def offer(self, offer: offers.ManagedOffer) -> Any:
        return (await self.get(f"offers/manage/{offer.id}"))["offer"]


@pytest.fixture
async def desk(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> Desk:
    return Desk(client, mall, await person(runtime, mall))


async def second(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> Desk:
    return Desk(client, mall, await person(runtime, mall))


async def test_what_must_be_put_right_is_refused_and_stays_a_draft(
    runtime: Runtime, mall: MadeMall, desk: Desk
) -> None:
    over = promotions.Eligibility(ends_at=datetime.now(UTC) - timedelta(days=1))
    offer = await make_offer(runtime, mall.mall_id, at_price(100, eligibility=over), live=False)
    answer = await desk.post("launch", subject(offer))
    assert answer.status_code == 409
    assert answer.json()["code"] == "launch_refused"
    codes = {error["code"] for error in answer.json()["errors"]}
    assert codes == {"launch_over_already", "launch_absurd_price"}
    assert all("{" not in error["message"] for error in answer.json()["errors"])
    assert (await desk.offer(offer))["state"] == "draft"
    assert (await desk.get("launch/reviews"))["items"] == []


async def test_a_check_changes_nothing_and_says_what_would_happen(runtime: Runtime, mall: MadeMall, desk: Desk) -> None:
    offer = await make_offer(runtime, mall.mall_id, at_price(2500), live=False)
    report = (await desk.post("launch/check", subject(offer))).json()
    assert report["outcome"] == "pending"
    [absurd, *_] = report["findings"]
    assert (absurd["code"], absurd["severity"], absurd["goods"][0]["result_minor"]) == (
        "absurd_price",
        "second_person",
        2500,
    )
    assert absurd["message"] == "a shopper may pay as little as 25.00 percent of the price; the line is 30.00 percent"
    assert (await desk.offer(offer))["state"] == "draft"


async def test_within_the_limits_it_goes_live_at_once(runtime: Runtime, mall: MadeMall, desk: Desk) -> None:
    offer = await make_offer(runtime, mall.mall_id, live=False)
    review = (await desk.post("launch", subject(offer))).json()
    assert review["state"] == "approved"
    assert (await desk.offer(offer))["phase"] == "live"
    again = await desk.post("launch", subject(offer))
    assert (again.status_code, again.json()["code"]) == (409, "launch_already_live")


async def test_a_start_that_lies_ahead_makes_it_scheduled(runtime: Runtime, mall: MadeMall, desk: Desk) -> None:
    ahead = promotions.Eligibility(starts_at=datetime.now(UTC) + timedelta(days=1))
    offer = await make_offer(runtime, mall.mall_id, offer_terms(eligibility=ahead), live=False)
    await desk.post("launch", subject(offer))
    assert (await desk.offer(offer))["phase"] == "scheduled"


async def test_above_the_limits_somebody_else_decides(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, desk: Desk
) -> None:
    offer = await make_offer(runtime, mall.mall_id, at_price(2500), live=False)
    review = (await desk.post("launch", subject(offer))).json()
    assert (review["state"], review["may_decide"]) == ("pending", False)
    assert (await desk.offer(offer))["phase"] == "pending"
    own = await desk.post(f"launch/reviews/{review['id']}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "launch_own_request")
    twice = await desk.post("launch", subject(offer))
    assert (twice.status_code, twice.json()["code"]) == (409, "launch_already_pending")
    other = await second(runtime, client, mall)
    assert [r["may_decide"] for r in (await other.get("launch/reviews?state=pending"))["items"]] == [True]
    approved = await other.post(f"launch/reviews/{review['id']}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert (await desk.offer(offer))["phase"] == "live"
    late = await other.post(f"launch/reviews/{review['id']}/reject", {"reason": "too late"})
    assert (late.status_code, late.json()["code"]) == (409, "launch_review_decided")


async def test_a_rejection_says_why_and_makes_it_a_draft_again(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, desk: Desk
) -> None:
    offer = await make_offer(runtime, mall.mall_id, at_price(2500), live=False)
    review = (await desk.post("launch", subject(offer))).json()
    other = await second(runtime, client, mall)
    assert (await other.post(f"launch/reviews/{review['id']}/reject", {"reason": "  "})).status_code == 422
    rejected = (await other.post(f"launch/reviews/{review['id']}/reject", {"reason": "a zero too few"})).json()
    assert (rejected["state"], rejected["reason"]) == ("rejected", "a zero too few")
    assert (await desk.offer(offer))["phase"] == "draft"


async def test_only_who_asked_withdraws(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, desk: Desk
) -> None:
    offer = await make_offer(runtime, mall.mall_id, at_price(2500), live=False)
    review = (await desk.post("launch", subject(offer))).json()
    other = await second(runtime, client, mall)
    assert (await other.post(f"launch/reviews/{review['id']}/withdraw")).status_code == 403
    assert (await desk.post(f"launch/reviews/{review['id']}/withdraw")).json()["state"] == "withdrawn"
    assert (await desk.offer(offer))["phase"] == "draft"


async def test_a_change_after_the_request_must_be_launched_anew(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, desk: Desk
) -> None:
    offer = await make_offer(runtime, mall.mall_id, at_price(2500), live=False)
    review = (await desk.post("launch", subject(offer))).json()
    terms = msgspec.to_builtins(at_price(2400))
    changed = await client.patch(
        f"{desk.base}/offers/{offer.id}", headers=desk.headers, json={"terms": terms, "version": 1}
    )
    assert (changed.status_code, changed.json()["state"], changed.json()["version"]) == (200, "draft", 2)
    other = await second(runtime, client, mall)
    outdated = await other.post(f"launch/reviews/{review['id']}/approve")
    assert (outdated.status_code, outdated.json()["code"]) == (409, "launch_review_outdated")
    anew = (await desk.post("launch", subject(offer))).json()
    assert (anew["state"], anew["version"]) == ("pending", 2)
    states = [r["state"] for r in (await desk.get(f"launch/reviews?subject_id={offer.id}"))["items"]]
    assert states == ["pending", "withdrawn"]


async def merchants_offer(runtime: Runtime, mall: MadeMall, minor: int) -> offers.ManagedOffer:
    shop = promotions.Scope(shop_ids=(mall.shop_ids[0],))
    terms = at_price(minor, counted=shop, shares=(MINE,))
    return await make_offer(runtime, mall.mall_id, terms, merchant_id=mall.merchant_ids[0], live=False)


async def test_a_merchants_second_person_is_one_of_its_own_or_the_mall(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, desk: Desk
) -> None:
    def at(merchant_id: MerchantId) -> Any:
        return person(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=merchant_id)

    mine, other = mall.merchant_ids
    first, colleague, rival = [Desk(client, mall, await at(m)) for m in (mine, mine, other)]
    offer = await merchants_offer(runtime, mall, 2500)
    assert (await rival.post("launch", subject(offer))).status_code == 403
    review = (await first.post("launch", subject(offer))).json()
    assert (await rival.post(f"launch/reviews/{review['id']}/approve")).status_code == 403
    assert (await rival.get("launch/reviews"))["items"] == []
    await limits(runtime, mall.mall_id, launch.LaunchPolicy(merchants_decide=False))
    assert (await colleague.post(f"launch/reviews/{review['id']}/approve")).status_code == 403
    await limits(runtime, mall.mall_id, launch.LaunchPolicy())
    assert (await colleague.post(f"launch/reviews/{review['id']}/approve")).json()["state"] == "approved"


async def test_changes_stand_beside_what_was_before_and_are_undone_in_one_go(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, desk: Desk
) -> None:
    offer = await make_offer(runtime, mall.mall_id, at_price(5000), live=False)
    await desk.post("launch", subject(offer))
    terms = msgspec.to_builtins(at_price(4000))
    await client.patch(f"{desk.base}/offers/{offer.id}", headers=desk.headers, json={"terms": terms, "version": 1})
    assert (await desk.offer(offer))["live_version"] == 1  # what shoppers get has not changed yet
    await desk.post("launch", subject(offer))
    log = (await desk.get(f"launch/changes?subject_id={offer.id}"))["items"]
    assert [(c["version"], c["undoable"]) for c in log] == [(2, True), (1, False)]
    assert log[0]["fields"] == [{"path": "benefit.price_minor", "before": 5000, "after": 4000}]
    undone = await desk.post(f"launch/changes/{log[0]['id']}/undo")
    assert undone.status_code == 200, undone.text
    assert (undone.json()["version"], undone.json()["review"]["state"]) == (3, "approved")
    now = await desk.offer(offer)
    assert (now["live_version"], now["terms"]["benefit"]["price_minor"]) == (3, 5000)
    stale = await desk.post(f"launch/changes/{log[0]['id']}/undo")
    assert (stale.status_code, stale.json()["code"]) == (409, "launch_change_superseded")
    assert (await desk.post(f"launch/changes/{log[1]['id']}/undo")).status_code == 409
    assert (await desk.post("launch/changes/nonsense/undo")).status_code == 404


async def test_limits_are_the_malls_own(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, desk: Desk
) -> None:
    assert (await desk.get("launch/policy"))["lowest_price_bp"] == 3000
    manager = await person(runtime, mall, Role.MERCHANT_MANAGER, merchant_id=mall.merchant_ids[0])
    address, body = f"{desk.base}/launch/policy", {"lowest_price_bp": 6000}
    assert (await client.put(address, headers=manager, json=body)).status_code == 403
    assert (await client.put(address, headers=desk.headers, json=body)).json()["lowest_price_bp"] == 6000
    offer = await make_offer(runtime, mall.mall_id, at_price(5000), live=False)
    assert (await desk.post("launch", subject(offer))).json()["state"] == "pending"

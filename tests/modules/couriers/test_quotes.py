"""Quotes: companies that do not answer, that do not go there, and which one is taken."""

from typing import Any

import httpx
import pytest
from tests.factories.couriers import Depot, faulty, make_depot
from tests.simulators.couriers import serving

from galleria.adapters.couriers_sandbox import HttpWire, NumbersDesk, WordsDesk
from galleria.commerce.couriers import Companies, CourierUnavailable, RunState
from galleria.commerce.couriers.operations.asking import ROUNDS_MAX
from galleria.platform.runtime import Runtime


@pytest.fixture
async def depot(runtime: Runtime, client: httpx.AsyncClient) -> Depot:
    return await make_depot(runtime, client)


async def choose(depot: Depot, **policy: Any) -> None:
    body = {"companies": ["kuaisong", "swift"], **policy}
    answer = await depot.client.put(f"{depot.base}/policy", json=body, headers=depot.manager)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("policy", "taken"),
    [
        ({"choose": "cheapest"}, "kuaisong"),
        ({"choose": "fastest"}, "swift"),
        ({"choose": "preferred", "companies": ["swift", "kuaisong"]}, "swift"),
        ({"choose": "preferred"}, "kuaisong"),
    ],
)
async def test_the_malls_policy_decides(depot: Depot, policy: dict[str, Any], taken: str) -> None:
    await choose(depot, **policy)
    request = await depot.request()
    shown = await depot.shown(request)
    assert [run["company"] for run in shown["runs"]] == [taken]
    assert {quote["company"]: quote["price_minor"] for quote in shown["quotes"]} == {"kuaisong": 900, "swift": 1100}


async def test_a_company_that_does_not_answer_does_not_hold_up_the_other(depot: Depot) -> None:
    with faulty(depot.runtime, "kuaisong") as wire:
        wire.next("lost", only="price")
        request = await depot.request()
    shown = await depot.shown(request)
    assert [run["company"] for run in shown["runs"]] == ["swift"]
    assert [quote["why_not"] for quote in shown["quotes"]] == ["unavailable", None]


async def test_when_nobody_answers_all_are_asked_again_and_then_it_fails(depot: Depot) -> None:
    request = await depot.request(goes=False)
    with faulty(depot.runtime, "kuaisong") as one, faulty(depot.runtime, "swift") as other:
        one.next(*["lost"] * ROUNDS_MAX)
        other.next(*["broken"] * ROUNDS_MAX)
        for _ in range(ROUNDS_MAX - 1):
            await depot.ask(request)
            assert await depot.state(request) == "quoting"
        await depot.ask(request)
    shown = await depot.shown(request)
    assert (shown["state"], shown["reason"], shown["runs"]) == ("failed", "unavailable", [])


async def test_nobody_goes_that_far(depot: Depot) -> None:
    request = await depot.request(north_m=40_000, goes=False)
    await depot.ask(request)
    shown = await depot.shown(request)
    assert (shown["state"], shown["reason"]) == ("failed", "out_of_range")


async def test_what_is_too_dear_is_not_taken(depot: Depot) -> None:
    await choose(depot, price_max_minor=500)
    request = await depot.request(goes=False)
    await depot.ask(request)
    shown = await depot.shown(request)
    assert (shown["state"], shown["reason"]) == ("failed", "too_dear")


async def test_a_policy_names_only_companies_that_are_there(depot: Depot) -> None:
    answer = await depot.client.put(f"{depot.base}/policy", json={"companies": ["nobody"]}, headers=depot.manager)
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown_courier")
    shown = (await depot.client.get(f"{depot.base}/policy", headers=depot.manager)).json()
    assert [company["name"] for company in shown["companies"]] == ["kuaisong", "swift"]


async def test_asking_twice_takes_one(depot: Depot) -> None:
    request = await depot.request()
    await depot.ask(request)
    assert len((await depot.shown(request))["runs"]) == 1


@pytest.mark.parametrize("company", ["kuaisong", "swift"])
async def test_over_http_it_is_the_same_and_silence_is_unknown(depot: Depot, company: str) -> None:
    await choose(depot, companies=[company])
    adapter: Any = depot.runtime.port(Companies).get(company)
    wire = adapter.wire
    desk = NumbersDesk(depot.house) if company == "kuaisong" else WordsDesk(depot.house, adapter._token)  # noqa: SLF001
    try:
        async with serving(desk) as address:
            adapter.wire = HttpWire(address)
            request = await depot.request()
            await depot.move(request, RunState.ACCEPTED)
            assert await depot.state(request) == "accepted"
        async with serving(desk, silent=True) as address:
            adapter.wire = HttpWire(address)
            await depot.post(f"/requests/{request}/cancel", {})
            with pytest.raises(CourierUnavailable):
                await depot.call_off(request)
    finally:
        adapter.wire = wire
    run = await depot.run(request)
    assert (run["state"], run["calling_off"], run["error"] != "") == ("accepted", True, True)


async def test_a_wrong_token_is_no_outage(depot: Depot) -> None:
    adapter: Any = depot.runtime.port(Companies).get("swift")
    token, adapter._token = adapter._token, "wrong"  # noqa: SLF001 - as if it had been changed over there
    try:
        await choose(depot, companies=["swift"])
        request = await depot.request(goes=False)
        await depot.ask(request)
    finally:
        adapter._token = token  # noqa: SLF001
    shown = await depot.shown(request)
    assert (shown["state"], shown["reason"]) == ("failed", "unknown")

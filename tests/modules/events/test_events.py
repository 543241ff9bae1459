"""What is on: announced, changed, cancelled."""

from typing import Any

import httpx
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime

FAIR = {
    "title_zh": "手作市集",
    "title_en": "Craft fair",
    "starts_at": "2099-05-01T02:00:00Z",
    "ends_at": "2099-05-03T12:00:00Z",
    "place_en": "Atrium",
}


@pytest.fixture
async def made(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def operator(runtime: Runtime, made: MadeMall, **grant: Any) -> dict[str, str]:
    told = Grant(**{"role": Role.OPERATOR, "group_id": made.group_id, "mall_id": made.mall_id, **grant})
    return await as_staff(runtime, await make_staff(runtime, made.group_id, [told]))


async def test_an_event_is_announced_changed_and_cancelled(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall
) -> None:
    url, signed = f"/v1/malls/{made.mall_id}/events", await operator(runtime, made)
    event = (await client.post(url, headers=signed, json=FAIR)).json()
    assert (event["state"], event["place_zh"], event["picture"]) == ("published", "", None)
    told = await client.patch(f"{url}/{event['id']}", headers=signed, json={"ends_at": "2099-05-02T12:00:00Z"})
    assert (told.json()["ends_at"], told.json()["title_en"]) == ("2099-05-02T12:00:00Z", "Craft fair")
    assert [e["id"] for e in (await client.get(url)).json()["items"]] == [event["id"]]
    told = await client.post(f"{url}/{event['id']}/cancel", headers=signed)
    assert (told.status_code, told.json()["state"]) == (200, "cancelled")
    assert (await client.get(url)).json()["items"] == []
    assert (await client.get(f"{url}/{event['id']}")).status_code == 404
    assert (await client.get(f"{url}/{event['id']}", headers=signed)).status_code == 200
    assert len((await client.get(f"{url}/manage", headers=signed)).json()["items"]) == 1
    for again in (
        await client.post(f"{url}/{event['id']}/cancel", headers=signed),
        await client.patch(f"{url}/{event['id']}", headers=signed, json={"title_en": "x"}),
    ):
        assert (again.status_code, again.json()["code"]) == (409, "event_cancelled")


async def test_a_period_is_half_open_and_paged(runtime: Runtime, client: httpx.AsyncClient, made: MadeMall) -> None:
    url, signed = f"/v1/malls/{made.mall_id}/events", await operator(runtime, made)
    for day in range(1, 6):
        body = FAIR | {"starts_at": f"2099-05-0{day}T00:00:00Z", "ends_at": f"2099-05-0{day + 1}T00:00:00Z"}
        await client.post(url, headers=signed, json=body)

    async def starts(**query: Any) -> list[str]:
        told = await client.get(url, params=query)
        return [item["starts_at"][9] for item in told.json()["items"]]

    assert await starts() == ["1", "2", "3", "4", "5"]
    assert await starts(**{"from": "2099-05-02T00:00:00Z", "to": "2099-05-04T00:00:00Z"}) == ["2", "3"]
    first = (await client.get(url, params={"limit": 3})).json()
    assert await starts(cursor=first["next_cursor"], limit=3) == ["4", "5"]
    assert (await client.get(url, params={"cursor": "x"})).status_code == 422
    assert (await client.get(url, params={"from": "yesterday"})).status_code == 422
    assert (await client.get(f"/v1/malls/{new_id()}/events")).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_at": "2099-05-01T02:00:00Z"}, "ends_at"),
        ({"ends_at": "2099-05-04T12:00:00"}, "ends_at"),
        ({"title_zh": " "}, "title_zh"),
        ({"title_en": "x" * 81}, "title_en"),
        ({"picture": "cat.png"}, "picture"),
        ({"state": "cancelled"}, "state"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_is_announced(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeMall, change: dict[str, str], field: str
) -> None:
    url, signed = f"/v1/malls/{made.mall_id}/events", await operator(runtime, made)
    told = await client.post(url, headers=signed, json=FAIR | change)
    assert told.status_code == 422
    assert field in str(told.json()["errors"])
    assert (await client.get(url)).json()["items"] == []
    event = (await client.post(url, headers=signed, json=FAIR)).json()
    assert (await client.patch(f"{url}/{event['id']}", headers=signed, json=change)).status_code == 422
    assert (await client.get(f"{url}/{event['id']}")).json() == event


async def test_wrong_people_are_refused(runtime: Runtime, client: httpx.AsyncClient, made: MadeMall) -> None:
    other = await make_mall(runtime)
    url = f"/v1/malls/{made.mall_id}/events"
    event = (await client.post(url, headers=await operator(runtime, made), json=FAIR)).json()
    calls = [
        ("POST", url, FAIR | {"ends_at": FAIR["starts_at"]}),
        ("PATCH", f"{url}/{event['id']}", {}),
        ("POST", f"{url}/{event['id']}/cancel", None),
        ("GET", f"{url}/manage", None),
    ]
    wrong = [
        await as_member(runtime, await make_member(runtime, made.group_id)),
        await operator(runtime, other),
        await operator(runtime, made, role=Role.MERCHANT_MANAGER, merchant_id=made.merchant_ids[0]),
    ]
    for method, path, body in calls:
        assert (await client.request(method, path, json=body)).status_code == 401
        for signed in wrong:
            assert (await client.request(method, path, json=body, headers=signed)).status_code == 403
    theirs = f"/v1/malls/{other.mall_id}/events/{event['id']}"
    assert (await client.get(theirs)).status_code == 404
    assert (await client.patch(theirs, headers=await operator(runtime, other), json={})).status_code == 404

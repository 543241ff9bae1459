"""Addresses are their member's; zones, slots, points and ways are kept whole or not at all."""

from typing import Any

import httpx
import pytest
from tests.factories.fulfilment import Bringing, make_bringing
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria.commerce.orders import Way
from galleria.kernel.ids import new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime

HOME = {"person": "林晚", "phone": "13800000000", "street": "云杉路 1 号"}


@pytest.fixture
async def bringing(runtime: Runtime) -> Bringing:
    return await make_bringing(runtime)


@pytest.fixture
async def operator(runtime: Runtime, bringing: Bringing) -> dict[str, str]:
    mall = bringing.mall
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


async def test_an_address_is_its_members_alone(runtime: Runtime, client: httpx.AsyncClient, bringing: Bringing) -> None:
    stranger = await as_member(runtime, await make_member(runtime, bringing.mall.group_id))
    path = f"/v1/me/addresses/{bringing.address.id}"
    assert (await client.patch(path, json=HOME, headers=stranger)).status_code == 404
    assert (await client.delete(path, headers=stranger)).status_code == 404
    assert (await client.get("/v1/me/addresses", headers=stranger)).json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"person": " "}, "person"), ({"phone": "call me"}, "phone"), ({"lat": 31.2}, "lon"), ({"lat": 95}, "lat")],
)
async def test_a_wrong_address_names_its_field(
    runtime: Runtime, client: httpx.AsyncClient, bringing: Bringing, wrong: dict[str, Any], field: str
) -> None:
    headers = await as_member(runtime, bringing.member)
    answer = await client.post("/v1/me/addresses", json=HOME | wrong, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert len((await client.get("/v1/me/addresses", headers=headers)).json()["items"]) == 1


async def test_one_address_is_preferred_and_where_somebody_lives_is_not_in_the_journal(
    runtime: Runtime, client: httpx.AsyncClient, bringing: Bringing
) -> None:
    headers = await as_member(runtime, bringing.member)
    made = await client.post("/v1/me/addresses", json=HOME | {"preferred": True}, headers=headers)
    assert made.status_code == 201
    listed = (await client.get("/v1/me/addresses", headers=headers)).json()["items"]
    assert [(one["street"], one["preferred"]) for one in listed] == [
        (HOME["street"], True), (bringing.address.street, False),
    ]  # fmt: skip
    kept = await runtime.db.pool.fetch(
        "SELECT detail::text || result::text AS said FROM platform.journal WHERE actor_id = $1", bringing.member.id
    )
    assert kept
    assert not any(HOME["street"] in row["said"] or HOME["person"] in row["said"] for row in kept)


async def test_an_address_book_is_full_one_day(runtime: Runtime, client: httpx.AsyncClient, bringing: Bringing) -> None:
    headers = await as_member(runtime, bringing.member)
    for _ in range(29):
        assert (await client.post("/v1/me/addresses", json=HOME, headers=headers)).status_code == 201
    full = await client.post("/v1/me/addresses", json=HOME, headers=headers)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_addresses")


async def test_zones_want_their_border(client: httpx.AsyncClient, bringing: Bringing, operator: dict[str, str]) -> None:
    path = f"/v1/malls/{bringing.mall.mall_id}/fulfilment/zones"
    zone = {"name_zh": "近", "name_en": "Near", "kind": "polygon", "fee_minor": 500}
    answer = await client.post(path, json=zone, headers=operator)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "polygon")
    assert len((await client.get(path, headers=operator)).json()["items"]) == 1


async def test_a_rule_stays_what_it_is_for(
    client: httpx.AsyncClient, bringing: Bringing, operator: dict[str, str]
) -> None:
    rule = await bringing.rule(Way.DELIVERY)
    path = f"/v1/malls/{bringing.mall.mall_id}/fulfilment/slot-rules/{rule.id}"
    body = {"way": "collect", "weekdays": [1], "starts": "10:00", "ends": "12:00", "capacity": 1}
    answer = await client.put(path, json=body, headers=operator)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "way")
    backwards = await client.put(path, json=body | {"way": "delivery", "starts": "13:00"}, headers=operator)
    assert (backwards.status_code, backwards.json()["errors"][0]["field"]) == (422, "ends")


async def test_a_compartment_is_never_smaller_than_what_it_holds(
    client: httpx.AsyncClient, bringing: Bringing, operator: dict[str, str]
) -> None:
    await bringing.book(bringing.choice(Way.POINT))
    path = f"/v1/malls/{bringing.mall.mall_id}/points/{bringing.desk.id}"
    body = {"code": bringing.desk.code, "kind": "desk", "name_zh": "台", "name_en": "Desk",
            "compartments": [{"storage": "ambient", "capacity": 0}]}  # fmt: skip
    answer = await client.put(path, json=body, headers=operator)
    assert (answer.status_code, answer.json()["code"]) == (409, "room_in_use")
    other = await bringing.point(code="other")
    taken = await client.put(path, json=body | {"code": other.code, "compartments": [
        {"storage": "ambient", "capacity": 9}]}, headers=operator)  # fmt: skip
    assert (taken.status_code, taken.json()["code"]) == (409, "point_code_taken")


async def test_a_temperature_out_of_bounds_is_an_alarm_until_somebody_answers(
    client: httpx.AsyncClient, bringing: Bringing, operator: dict[str, str]
) -> None:
    base = f"/v1/malls/{bringing.mall.mall_id}"
    readings = f"{base}/points/{bringing.desk.id}/readings"
    fine = await client.post(readings, json={"storage": "chilled", "tenths": 45}, headers=operator)
    warm = await client.post(readings, json={"storage": "chilled", "tenths": 95}, headers=operator)
    assert (fine.json()["alarm"], warm.json()["alarm"]) == (False, True)
    board = (await client.get(f"{base}/fulfilment/exceptions", headers=operator)).json()
    assert [(one["storage"], one["tenths"]) for one in board["alarms"]] == [("chilled", 95)]
    settled = await client.post(
        f"{base}/readings/{warm.json()['id']}/settle", json={"note": "换了压缩机"}, headers=operator
    )
    assert not any(room["alarm"] for room in settled.json()["compartments"])
    assert (await client.get(f"{base}/fulfilment/exceptions", headers=operator)).json()["alarms"] == []


async def test_a_carrier_must_carry_on_its_way(
    client: httpx.AsyncClient, bringing: Bringing, operator: dict[str, str]
) -> None:
    base = f"/v1/malls/{bringing.mall.mall_id}/shops/{bringing.shop_id}/ways"
    answer = await client.put(f"{base}/delivery", json={"carrier": "parcel"}, headers=operator)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "carrier")
    table = await client.put(f"{base}/table", json={}, headers=operator)
    assert (table.status_code, table.json()["errors"][0]["field"]) == (422, "way")
    assert (await client.put(f"{base}/{new_id()}", json={}, headers=operator)).status_code in {400, 404, 422}

"""The operators' side: written, announced, paused, resumed, killed, ended, watched."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.coupons import make_coupon
from tests.factories.festivals import coupon_state, guest, make_festival
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_staff, make_staff

from galleria.engagement import festivals
from galleria.engagement.festivals import jobs, store
from galleria.platform.actors import Grant, Role
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.value.coupons import CouponState

WHY = {"text_zh": "系统检查", "text_en": "We are checking something."}


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture(scope="module")
async def operator(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


def body(coupon_ids: list[Any], **over: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "title_zh": "抢券",
        "title_en": "Vouchers",
        "opens_at": (now + timedelta(hours=1)).isoformat(),
        "closes_at": (now + timedelta(hours=3)).isoformat(),
        "coupon_ids": [str(coupon_id) for coupon_id in coupon_ids],
        **over,
    }


async def test_a_contradiction_names_its_field_and_nothing_is_written(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, gate="festival")
    priced = await make_coupon(runtime, mall.mall_id, points_price=10)
    taken = (await make_festival(runtime, mall)).coupon_ids[0]
    before = await runtime.db.pool.fetchval("SELECT count(*) FROM festivals.festival")
    path, now = f"/v1/malls/{mall.mall_id}/festivals/manage", datetime.now(UTC).isoformat()
    for wrong, field, code in (
        (body([coupon.id], closes_at=now), "closes_at", "festival_period"),
        (body([coupon.id, coupon.id]), "coupon_ids", "festival_listed_twice"),
        (body([coupon.id, mall.mall_id]), "coupon_ids[1]", "festival_coupon_unknown"),
        (body([priced.id]), "coupon_ids[0]", "festival_coupon_priced"),
        (body([coupon.id, taken]), "coupon_ids[1]", "festival_coupon_taken"),
    ):
        answer = await client.post(path, json=wrong, headers=operator)
        assert answer.status_code == 422, answer.text
        assert (answer.json()["errors"][0]["field"], answer.json()["errors"][0]["code"]) == (field, code)
    assert await runtime.db.pool.fetchval("SELECT count(*) FROM festivals.festival") == before


async def test_a_coupon_that_is_not_live_cannot_be_announced(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, state=CouponState.DRAFT)
    path = f"/v1/malls/{mall.mall_id}/festivals"
    made = (await client.post(f"{path}/manage", json=body([coupon.id]), headers=operator)).json()
    answer = await client.post(f"{path}/{made['id']}/open", headers=operator)
    assert answer.json()["errors"][0]["code"] == "festival_coupon_not_live"
    assert (await client.get(f"{path}/manage/{made['id']}", headers=operator)).json()["phase"] == "draft"


async def test_what_people_were_told_stays(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    festival = await make_festival(runtime, mall)
    path = f"/v1/malls/{mall.mall_id}/festivals/{festival.id}"
    later = (festival.opens_at + timedelta(minutes=1)).isoformat()
    answer = await client.patch(path, json={"opens_at": later}, headers=operator)
    assert answer.json()["errors"][0]["code"] == "festival_settled"
    changed = await client.patch(path, json={"admit_per_s": 7, "turn_s": 60}, headers=operator)
    assert (changed.json()["admit_per_s"], changed.json()["turn_s"]) == (7, 60)
    assert (await client.post(f"{path}/open", headers=operator)).json()["code"] == "festival_moved"
    assert (await client.post(f"{path}/resume", headers=operator)).json()["code"] == "festival_moved"


async def test_from_draft_to_end(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    coupon = await make_coupon(runtime, mall.mall_id, gate="festival")
    path = f"/v1/malls/{mall.mall_id}/festivals"
    made = (await client.post(f"{path}/manage", json=body([coupon.id]), headers=operator)).json()
    one = f"{path}/{made['id']}"
    assert (await client.get(one)).status_code == 404
    assert (await client.post(f"{one}/open", headers=operator)).json()["phase"] == "scheduled"
    assert (await client.get(one)).json()["phase"] == "scheduled"
    listed = (await client.get(path)).json()["items"]
    assert made["id"] in [item["id"] for item in listed]
    ended = (await client.post(f"{one}/end", headers=operator)).json()
    assert ended["phase"] == "ended"
    assert (await client.post(f"{one}/end", headers=operator)).json()["code"] == "festival_moved"
    kinds = await runtime.db.pool.fetch("SELECT kind FROM platform.journal WHERE subject = $1 ORDER BY id", made["id"])
    assert [row["kind"] for row in kinds] == ["festivals.create", "festivals.open", "festivals.end"]


async def test_a_pause_keeps_places_and_tells_why(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    festival = await make_festival(runtime, mall)
    path = f"/v1/malls/{mall.mall_id}/festivals/{festival.id}"
    one = await guest(runtime, client, mall, festival)
    ticket = (await one.queue()).json()["ticket"]
    paused = (await client.post(f"{path}/pause", json=WHY, headers=operator)).json()
    assert (paused["phase"], paused["pause"]["code"], paused["pause"]["text_en"]) == (
        "paused", "operator", WHY["text_en"],
    )  # fmt: skip
    assert await coupon_state(runtime, festival) is CouponState.PAUSED
    await asyncio.sleep(0.6)
    await one.look(ticket)
    await asyncio.sleep(0.2)
    standing = (await one.look(ticket)).json()
    assert (standing["phase"], standing["your_turn"], standing["pause_en"]) == ("paused", False, WHY["text_en"])
    stopped = await one.claim(ticket)
    assert (stopped.status_code, stopped.json()["code"]) == (503, "festival_paused")
    assert int(stopped.headers["retry-after"]) > 0
    resumed = (await client.post(f"{path}/resume", headers=operator)).json()
    assert (resumed["phase"], resumed["pause"]) == ("live", None)
    assert await coupon_state(runtime, festival) is CouponState.LIVE
    await asyncio.sleep(0.6)
    await one.look(ticket)
    await asyncio.sleep(0.2)
    assert (await one.claim(ticket)).status_code == 201


async def test_a_coupon_paused_by_hand_stays_so_when_the_festival_goes_on(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    first, second = [await make_coupon(runtime, mall.mall_id, gate="festival") for _ in range(2)]
    festival = await make_festival(runtime, mall, coupon_ids=[first.id, second.id])
    state = f"/v1/malls/{mall.mall_id}/coupons/{second.id}/state"
    assert (await client.post(state, json={"state": "paused"}, headers=operator)).status_code == 200
    path = f"/v1/malls/{mall.mall_id}/festivals/{festival.id}"
    await client.post(f"{path}/kill", json={}, headers=operator)
    await client.post(f"{path}/resume", headers=operator)
    states = await runtime.db.pool.fetch(
        "SELECT id, state FROM coupons.coupon WHERE id = ANY($1)", [first.id, second.id]
    )
    assert {row["id"]: row["state"] for row in states} == {first.id: "live", second.id: "paused"}


async def test_one_device_that_claims_many_stops_the_festival_and_is_named(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    festival = await make_festival(runtime, mall, device_claims_max=3)
    device = "0197f0a0-0000-7000-8000-000000000001"
    guests = [await guest(runtime, client, mall, festival, **{"galleria-device": device}) for _ in range(5)]
    for one in guests:
        assert (await one.come_and_claim()).status_code == 201
    await asyncio.sleep(1.3)
    await jobs.watch(runtime, utc_now())
    path = f"/v1/malls/{mall.mall_id}/festivals/{festival.id}"
    board = (await client.get(f"{path}/board", headers=operator)).json()
    assert (board["festival"]["phase"], board["festival"]["pause"]["code"]) == ("paused", "anomaly")
    assert board["festival"]["pause"]["by"] is None
    [anomaly] = [one for one in board["anomalies"] if one["kind"] == "device"]
    assert (anomaly["key"], anomaly["seen"], anomaly["allowed"]) == (device, 5, 3)
    assert len(anomaly["member_ids"]) == 5
    assert "5" in anomaly["text_zh"]
    assert "5" in board["festival"]["pause"]["text_en"]
    assert await coupon_state(runtime, festival) is CouponState.PAUSED
    events = await runtime.db.pool.fetchval(
        "SELECT events FROM platform.journal WHERE kind = 'festivals.report' AND subject = $1", str(festival.id)
    )
    assert "festivals.anomaly" in str(events)
    await client.post(f"{path}/resume", headers=operator)
    await jobs.watch(runtime, utc_now())
    again = (await client.get(f"{path}/board", headers=operator)).json()
    assert again["festival"]["phase"] == "live", "what an operator has looked at does not stop it again"
    assert again["anomalies"][0]["cleared_at"] is not None


async def test_the_board_shows_how_it_goes(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, operator: dict[str, str]
) -> None:
    festival = await make_festival(runtime, mall, coupon={"total": 3}, device_claims_max=3, address_claims_max=3)
    for _ in range(2):
        assert (await (await guest(runtime, client, mall, festival)).come_and_claim()).status_code == 201
    await asyncio.sleep(1.3)
    await jobs.count(runtime, store.Key(mall.mall_id, festival.id), utc_now())
    board = (await client.get(f"/v1/malls/{mall.mall_id}/festivals/{festival.id}/board", headers=operator)).json()
    assert (board["total"], board["claimed"], board["used"]) == (3, 2, 0)
    assert board["queue"]["issued"] == 2
    assert [one["claims"] for one in board["sources"] if one["kind"] == "device"] == [1, 1]
    assert [one["claims"] for one in board["sources"] if one["kind"] == "address"] == [2]
    assert sum(one["claimed"] for one in board["by_minute"]) == 2
    assert isinstance(festivals.Board.__doc__, str)

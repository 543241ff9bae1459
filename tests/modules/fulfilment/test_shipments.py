"""From paid to picked, packed, handed over and delivered; and everything that goes wrong on the way."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.fulfilment import Sent, make_address, make_sent
from tests.factories.members import as_member, make_member

from galleria import main
from galleria.commerce.fulfilment import jobs
from galleria.commerce.orders import Way
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime


async def violations(runtime: Runtime) -> list[str]:
    module = next(one for one in main.MODULES if one.name == "fulfilment")
    async with runtime.db.read() as tx:
        return [found for one in module.invariants for found in await tx.values(one.sql)]


@pytest.fixture(autouse=True)
async def _sound(runtime: Runtime) -> Any:
    yield
    assert await violations(runtime) == []


@pytest.fixture
async def delivery(runtime: Runtime, client: httpx.AsyncClient) -> Sent:
    return await make_sent(runtime, client, Way.DELIVERY)


@pytest.fixture
async def at_desk(runtime: Runtime, client: httpx.AsyncClient) -> Sent:
    return await make_sent(runtime, client, Way.POINT)


async def losses(sent: Sent) -> list[tuple[str, bool, int]]:
    rows = await sent.bringing.runtime.db.pool.fetch(
        "SELECT reason, restock, lines FROM fulfilment.loss WHERE order_id = $1 ORDER BY id", sent.order_id
    )
    return [(r["reason"], r["restock"], sum(len(one["units"]) for one in json.loads(r["lines"]))) for r in rows]


async def held(sent: Sent) -> int:
    found: int = await sent.bringing.runtime.db.pool.fetchval(
        "SELECT sum(held) FROM fulfilment.compartment WHERE mall_id = $1", sent.bringing.mall.mall_id
    )
    return found


async def part(sent: Sent) -> dict[str, Any]:
    order = await sent.shopper.order(sent.order["id"])
    found: dict[str, Any] = order["sub_orders"][0]
    return found


async def test_nobody_elses_shipments_are_shown(runtime: Runtime, delivery: Sent) -> None:
    other = await as_member(runtime, await make_member(runtime, delivery.bringing.mall.group_id))
    path = f"{delivery.shopper.base}/me/orders/{delivery.order_id}/shipments"
    assert (await delivery.shopper.client.get(path, headers=other)).status_code == 404
    one = await delivery.only()
    answer = await delivery.shopper.client.post(
        f"{path}/{one['id']}/amend", json={"address_id": one["id"]}, headers=other | {"idempotency-key": "somebodys"}
    )
    assert answer.status_code == 404


async def test_staff_never_see_the_code(delivery: Sent) -> None:
    one = await delivery.only()
    assert one["code"] is not None
    answer = await delivery.shopper.client.get(f"{delivery.shopper.base}/shipments/{one['id']}", headers=delivery.clerk)
    assert answer.json()["code"] is None
    assert one["code"] not in answer.text.replace(one["id"], "").replace(one["number"], "")


async def test_packing_wants_everything_picked(delivery: Sent) -> None:
    one = await delivery.only()
    line = one["lines"][0]["line_id"]
    picked = await delivery.act(one["id"], "pick", lines=[{"line_id": line, "picked": 1}])
    assert picked.json()["state"] == "picking"
    answer = await delivery.act(one["id"], "pack")
    assert (answer.status_code, answer.json()["code"]) == (409, "picked_not_all")
    more = await delivery.act(one["id"], "pick", lines=[{"line_id": line, "picked": 3}])
    assert (more.status_code, more.json()["errors"][0]["field"]) == (422, "lines[0].picked")
    assert (await delivery.only())["state"] == "picking"


async def test_a_short_pick_has_the_rest_refunded_once(delivery: Sent) -> None:
    one = await delivery.only()
    line = one["lines"][0]["line_id"]
    packed = await delivery.act(one["id"], "pack", lines=[{"line_id": line, "picked": 1}], short=True)
    assert packed.json()["lines"][0]["units"] == [0]
    assert await losses(delivery) == [("short", False, 1)]
    again = await delivery.act(one["id"], "pack", short=True)
    assert (again.status_code, again.json()["code"]) == (409, "shipment_moved")
    assert len(await losses(delivery)) == 1


async def test_nothing_picked_cancels_and_frees_the_slot(runtime: Runtime, client: httpx.AsyncClient) -> None:
    sent = await make_sent(runtime, client, Way.DELIVERY, slots=True)
    one = await sent.only()
    assert (await sent.act(one["id"], "pack", short=True)).json()["state"] == "cancelled"
    assert await losses(sent) == [("short", False, 2)]
    booked = await runtime.db.pool.fetchval("SELECT booked FROM fulfilment.slot WHERE id = $1", UUID(one["slot_id"]))
    assert booked == 0


async def test_from_the_shop_to_the_door(delivery: Sent) -> None:
    packed = await delivery.packed()
    assert (packed["state"], packed["shelf"], (await part(delivery))["state"]) == ("packed", "A3", "ready")
    handed = await delivery.act(packed["id"], "hand", carried_by="小周")
    assert (handed.json()["state"], handed.json()["attempts"]) == ("handed", 1)
    on_the_way = await delivery.act(packed["id"], "move", state="on_the_way")
    assert on_the_way.json()["state"] == "on_the_way"
    code = (await delivery.only())["code"]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = await delivery.act(packed["id"], "move", state="delivered", code=wrong)
    assert (refused.status_code, refused.json()["code"]) == (409, "shipment_code_wrong")
    bare = await delivery.act(packed["id"], "move", state="delivered")
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "code")
    done = await delivery.act(packed["id"], "move", state="delivered", code=code)
    assert (done.json()["state"], done.json()["late_minutes"]) == ("delivered", 0)
    assert (await part(delivery))["state"] == "fulfilled"
    assert [move["what"] for move in done.json()["moves"]] == [
        "planned", "packed", "handed", "on_the_way", "delivered",
    ]  # fmt: skip
    again = await delivery.act(packed["id"], "move", state="delivered", code=code)
    assert again.status_code in {409, 422}


async def test_the_code_stays_out_of_the_journal(runtime: Runtime, delivery: Sent) -> None:
    packed = await delivery.packed()
    await delivery.act(packed["id"], "hand", carried_by="小周")
    code = (await delivery.only())["code"]
    await delivery.act(packed["id"], "move", state="delivered", code=code)
    kept = await runtime.db.pool.fetch(
        "SELECT detail::text AS input, result::text FROM platform.journal "
        "WHERE mall_id = $1 AND kind LIKE 'fulfilment.%'",
        delivery.bringing.mall.mall_id,
    )
    assert kept
    assert not any(f'"{code}"' in (row["input"] or "") + (row["result"] or "") for row in kept)


async def test_a_failed_attempt_is_tried_again_as_often_as_the_mall_allows_then_comes_back(delivery: Sent) -> None:
    packed = await delivery.packed()
    for attempt in (1, 2, 3):
        handed = await delivery.act(packed["id"], "hand", carried_by="小周")
        assert handed.json()["attempts"] == attempt
        bare = await delivery.act(packed["id"], "move", state="failed")
        assert bare.status_code == 422
        failed = await delivery.act(packed["id"], "move", state="failed", reason="无人应门")
        assert (failed.json()["state"], failed.json()["reason"]) == ("failed", "无人应门")
    refused = await delivery.act(packed["id"], "hand", carried_by="小周")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_attempt_left")
    await delivery.act(packed["id"], "move", state="returning")
    back = await delivery.act(packed["id"], "move", state="returned")
    assert back.json()["state"] == "returned"
    assert await losses(delivery) == [("returned", True, 2)]


async def test_what_is_lost_is_refunded(delivery: Sent) -> None:
    packed = await delivery.packed()
    await delivery.act(packed["id"], "hand", carried_by="小周")
    assert (await delivery.act(packed["id"], "move", state="lost", reason="途中遗失")).json()["state"] == "lost"
    assert await losses(delivery) == [("lost", False, 2)]


async def test_a_parcel_needs_its_number_and_its_shopper_says_it_came(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    sent = await make_sent(runtime, client, Way.EXPRESS)
    packed = await sent.packed()
    bare = await sent.act(packed["id"], "hand", company="顺丰")
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "tracking")
    early = await sent.shopper.post(f"/me/orders/{sent.order_id}/shipments/{packed['id']}/received")
    assert early.status_code == 409
    handed = await sent.act(packed["id"], "hand", company="顺丰", tracking="SF1234567890")
    assert handed.json()["tracking"] == "SF1234567890"
    got = await sent.shopper.post(f"/me/orders/{sent.order_id}/shipments/{packed['id']}/received")
    assert (got.status_code, got.json()["state"]) == (200, "delivered")
    assert (await part(sent))["state"] == "fulfilled"


async def test_at_the_desk_it_comes_in_by_number_and_goes_out_by_code_once(at_desk: Sent) -> None:
    assert await held(at_desk) == 1
    waits = await at_desk.at_point()
    assert (waits["state"], waits["shelf"], (await part(at_desk))["state"]) == ("at_point", "S1", "ready")
    assert waits["due_at"] is not None
    wrong = await at_desk.desk("pickups", code=f"{(int(waits['code']) + 1) % 10**6:06d}")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "no_such_pickup")
    out = await at_desk.desk("pickups", code=waits["code"])
    assert (out.status_code, out.json()["state"]) == (200, "delivered")
    assert ((await part(at_desk))["state"], await held(at_desk)) == ("fulfilled", 0)
    assert (await at_desk.desk("pickups", code=waits["code"])).status_code == 409


async def test_another_points_shipment_is_not_found(at_desk: Sent) -> None:
    other = await at_desk.bringing.point(code="other")
    packed = await at_desk.packed()
    answer = await at_desk.staff(f"/points/{other.id}/arrivals", operator=True, number=packed["number"])
    assert answer.status_code == 404


async def test_a_clerk_of_a_shop_does_not_work_at_the_malls_desk(at_desk: Sent) -> None:
    packed = await at_desk.packed()
    answer = await at_desk.staff(f"/points/{at_desk.bringing.desk.id}/arrivals", number=packed["number"])
    assert answer.status_code == 403


async def test_unclaimed_is_refunded_and_goes_back_on_the_shelf(runtime: Runtime, at_desk: Sent) -> None:
    waits = await at_desk.at_point()
    before = await at_desk.shopper.left()
    await jobs.end_unclaimed(runtime, datetime.now(UTC) + timedelta(hours=23))
    assert (await at_desk.only())["state"] == "at_point"
    for _ in range(2):
        await jobs.end_unclaimed(runtime, datetime.now(UTC) + timedelta(hours=25))
    gone = await at_desk.only()
    assert (gone["state"], gone["reason"]) == ("returning", "unclaimed_returned")
    assert await losses(at_desk) == [("unclaimed_returned", False, 2)]
    assert (await at_desk.desk("pickups", code=waits["code"])).status_code == 409
    back = await at_desk.staff(f"/shipments/{gone['id']}/move", operator=True, state="returned")
    assert back.json()["state"] == "returned"
    assert (await held(at_desk), (await at_desk.shopper.left())[0] - before[0]) == (0, 2)
    assert len(await losses(at_desk)) == 1


async def test_a_shopper_is_reminded_once(runtime: Runtime, at_desk: Sent) -> None:
    await at_desk.at_point()
    for hours in (20, 23, 23):
        await jobs.remind(runtime, datetime.now(UTC) + timedelta(hours=hours))
    sent = await runtime.db.pool.fetchval(
        "SELECT count(*) FROM notifications.message WHERE recipient = $1 AND body LIKE '%保管至%'",
        at_desk.shopper.member.phone,
    )
    assert sent == 1


async def test_spoiled_goods_are_destroyed_with_a_word_and_refunded(at_desk: Sent) -> None:
    waits = await at_desk.at_point()
    bare = await at_desk.staff(f"/shipments/{waits['id']}/move", operator=True, state="destroyed")
    assert bare.status_code == 422
    gone = await at_desk.staff(f"/shipments/{waits['id']}/move", operator=True, state="destroyed", reason="冷柜断电")
    assert gone.json()["state"] == "destroyed"
    assert (await losses(at_desk), await held(at_desk)) == ([("spoiled", False, 2)], 0)


async def test_from_the_desk_to_the_door(runtime: Runtime, at_desk: Sent) -> None:
    one = await at_desk.only()
    path = f"/me/orders/{at_desk.order_id}/shipments/{one['id']}/last-mile"
    address = str(at_desk.bringing.address.id)
    early = await at_desk.shopper.post(path, {"address_id": address})
    assert (early.status_code, early.json()["code"]) == (409, "not_at_point")
    waits = await at_desk.at_point()
    refused = await at_desk.staff(f"/shipments/{waits['id']}/hand", operator=True, carried_by="小周")
    assert (refused.status_code, refused.json()["code"]) == (409, "shipment_moved")
    far = await make_address(runtime, at_desk.shopper.member, lat=33.0)
    out = await at_desk.shopper.post(path, {"address_id": str(far.id)})
    assert (out.status_code, out.json()["code"]) == (409, "way_not_offered")
    asked = await at_desk.shopper.post(path, {"address_id": address})
    assert asked.json()["address"]["street"] == "云杉路 1 号"
    handed = await at_desk.staff(f"/shipments/{waits['id']}/hand", operator=True, carried_by="小周")
    assert (handed.json()["state"], await held(at_desk)) == ("handed", 0)
    done = await at_desk.staff(f"/shipments/{waits['id']}/move", operator=True, state="delivered", code=waits["code"])
    assert done.json()["state"] == "delivered"


async def test_a_part_goes_later_and_both_reach_the_shopper(delivery: Sent) -> None:
    one = await delivery.only()
    line = one["lines"][0]["line_id"]
    all_of_it = await delivery.act(one["id"], "split", lines=[{"line_id": line, "count": 2}])
    assert (all_of_it.status_code, all_of_it.json()["errors"][0]["field"]) == (422, "lines")
    await delivery.act(one["id"], "split", lines=[{"line_id": line, "count": 1}])
    now, later = await delivery.shipments()
    assert ([now["lines"][0]["units"], later["lines"][0]["units"]], later["parent_id"]) == ([[0], [1]], now["id"])
    for shipment, state in ((now, "preparing"), (later, "fulfilled")):
        await delivery.packed(shipment)
        await delivery.act(shipment["id"], "hand", carried_by="小周")
        await delivery.act(shipment["id"], "move", state="delivered", reason="放在前台")
        assert (await part(delivery))["state"] == state


async def test_refunded_units_leave_the_shipment(runtime: Runtime, delivery: Sent) -> None:
    one = await delivery.only()
    line = one["lines"][0]["line_id"]
    answer = await delivery.shopper.post(
        f"/me/orders/{delivery.order_id}/refunds", {"lines": [{"line_id": line, "units": [0]}], "reason": "买多了"}
    )
    assert answer.status_code == 201, answer.text
    await follow(runtime, delivery)
    assert (await delivery.only())["lines"][0]["units"] == [1]
    answer = await delivery.shopper.post(f"/me/orders/{delivery.order_id}/refunds", {"everything": True})
    assert answer.status_code == 201, answer.text
    for _ in range(2):
        await follow(runtime, delivery)
    assert (await delivery.only())["state"] == "cancelled"
    assert await losses(delivery) == []


async def follow(runtime: Runtime, sent: Sent) -> None:
    await jobs.follow_refund(
        runtime, journal_id=str(new_id()), position=0, subject="",
        data={"mall_id": str(sent.bringing.mall.mall_id), "order_id": str(sent.order_id)},
    )  # fmt: skip


async def test_packing_leaves_out_what_was_refunded_meanwhile(delivery: Sent) -> None:
    one = await delivery.only()
    line = one["lines"][0]["line_id"]
    await delivery.shopper.post(
        f"/me/orders/{delivery.order_id}/refunds", {"lines": [{"line_id": line, "units": [1]}], "reason": "买多了"}
    )
    packed = await delivery.packed({**one, "lines": [{**one["lines"][0], "units": [0]}]})
    assert packed["lines"][0]["units"] == [0]
    assert await losses(delivery) == []


async def test_another_slot_until_the_shop_begins(runtime: Runtime, client: httpx.AsyncClient) -> None:
    sent = await make_sent(runtime, client, Way.DELIVERY, slots=True)
    one = await sent.only()
    base = f"/me/orders/{sent.order_id}/shipments/{one['id']}"
    free = (await sent.shopper.get(f"{base}/slots")).json()["items"]
    other = next(slot for slot in free if slot["id"] != one["slot_id"])
    assert (await sent.shopper.post(f"{base}/amend", {})).status_code == 422
    moved = await sent.shopper.post(f"{base}/amend", {"slot_id": other["id"]})
    assert moved.status_code == 200, moved.text
    assert (moved.json()["slot_id"], moved.json()["promised_from"]) == (other["id"], other["starts_at"])
    left = {slot["id"]: slot["left"] for slot in (await sent.shopper.get(f"{base}/slots")).json()["items"]}
    assert (left[one["slot_id"]], left[other["id"]]) == (2, 1)
    await sent.act(one["id"], "pick")
    late = await sent.shopper.post(f"{base}/amend", {"slot_id": one["slot_id"]})
    assert (late.status_code, late.json()["code"]) == (409, "amend_too_late")


async def test_another_address_that_costs_more_is_refused(runtime: Runtime, delivery: Sent) -> None:
    one = await delivery.only()
    path = f"/me/orders/{delivery.order_id}/shipments/{one['id']}/amend"
    near = await make_address(runtime, delivery.shopper.member, street="云杉路 9 号", lat=31.203)
    moved = await delivery.shopper.post(path, {"address_id": str(near.id)})
    assert moved.json()["address"]["street"] == "云杉路 9 号"
    await runtime.db.pool.execute(
        "UPDATE fulfilment.zone SET fee_minor = 100, per_km_minor = 5000, free_km = 1 WHERE mall_id = $1",
        delivery.bringing.mall.mall_id,
    )
    far = await make_address(runtime, delivery.shopper.member, lat=31.222)
    dear = await delivery.shopper.post(path, {"address_id": str(far.id)})
    assert (dear.status_code, dear.json()["code"]) == (409, "amend_costs_more")
    gone = await make_address(runtime, delivery.shopper.member, lat=33.0)
    out = await delivery.shopper.post(path, {"address_id": str(gone.id)})
    assert (out.status_code, out.json()["code"]) == (409, "way_not_offered")
    assert (await delivery.only())["address"]["street"] == "云杉路 9 号"


async def test_a_late_delivery_is_measured_and_shown(runtime: Runtime, delivery: Sent) -> None:
    packed = await delivery.packed()
    await delivery.act(packed["id"], "hand", carried_by="小周")
    await runtime.db.pool.execute(
        "UPDATE fulfilment.shipment SET promised_to = now() - interval '90 seconds', promised_from = promised_to "
        "WHERE id = $1",
        UUID(packed["id"]),
    )
    listed = await delivery.shopper.client.get(
        f"{delivery.shopper.base}/shipments?troubled=true", headers=delivery.clerk
    )
    assert [row["late"] for row in listed.json()["items"]] == [True]
    board = await delivery.shopper.client.get(
        f"{delivery.shopper.base}/fulfilment/exceptions", headers=delivery.operator
    )
    assert [row["number"] for row in board.json()["shipments"]] == [packed["number"]]
    done = await delivery.act(packed["id"], "move", state="delivered", reason="放在前台")
    assert done.json()["late_minutes"] == 2

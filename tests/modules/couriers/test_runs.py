"""Runs at companies: notices forged, late, twice and out of order; failover; costs; nothing carried twice."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.factories.couriers import Depot, cancel, faulty, make_depot
from tests.factories.members import as_member, make_member

from galleria.adapters import webhooks
from galleria.adapters.couriers_sandbox import kuaisong
from galleria.commerce.couriers import CourierUnavailable, RunState, jobs
from galleria.kernel.ids import ShipmentId, new_id
from galleria.platform.runtime import Runtime

CHEAP, DEAR = "kuaisong", "swift"


@pytest.fixture
async def depot(runtime: Runtime, client: httpx.AsyncClient) -> Depot:
    return await make_depot(runtime, client)


async def test_forged_notices_move_nothing(depot: Depot) -> None:
    request = await depot.request()
    _, body = await depot.word(request, RunState.ACCEPTED)
    changed = body.replace(b"status%22%3A102", b"status%22%3A302")
    assert changed != body
    other = kuaisong.seal(b"another key", {"status": 102}, datetime.now(UTC))
    for bad in (changed, other, b"", b"data=1&sign=2", b"\xff"):
        answer = await depot.tell(CHEAP, {}, bad)
        assert (answer.status_code, answer.json()["code"]) == (403, "courier_notice_forged")
    assert (await depot.tell("nobody", {}, body)).status_code == 404
    assert await depot.state(request) == "seeking"


async def test_an_old_notice_is_not_replayed(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    request = await depot.request()
    monkeypatch.setattr(depot.house, "clock", lambda: datetime.now(UTC) - timedelta(minutes=6))
    assert (await depot.move(request, RunState.ACCEPTED)).status_code == 403


async def test_a_webhook_of_the_other_dialect_is_checked_as_well(depot: Depot) -> None:
    await depot.client.put(f"{depot.base}/policy", json={"companies": [DEAR]}, headers=depot.manager)
    request = await depot.request()
    headers, body = await depot.word(request, RunState.ACCEPTED)
    assert (await depot.tell(DEAR, headers, body.replace(b"assigned", b"returned"))).status_code == 403
    assert (await depot.tell(DEAR, {**headers, "webhook-id": "msg_other"}, body)).status_code == 403
    old = webhooks.sign(depot.house.keys[DEAR], "msg_1", body, datetime.now(UTC) - timedelta(minutes=6))
    assert (await depot.tell(DEAR, old, body)).status_code == 403
    told = await depot.tell(DEAR, headers, body)
    assert (told.status_code, told.content) == (204, b"")
    assert await depot.state(request) == "accepted"


async def test_a_company_cannot_speak_of_anothers_order(depot: Depot) -> None:
    request = await depot.request()
    run = await depot.run(request)
    delivery = {
        "id": "x", "external_id": run["id"], "account": str(depot.mall.mall_id), "status": "delivered",
        "updated_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    body = httpx.Request("POST", "http://x", json={"type": "delivery.updated", "data": delivery}).content
    headers = webhooks.sign(depot.house.keys[DEAR], "msg_2", body, datetime.now(UTC))
    assert (await depot.tell(DEAR, headers, body)).status_code == 410
    assert await depot.state(request) == "seeking"


async def test_told_twice_moves_once_and_costs_once(depot: Depot) -> None:
    request = await depot.request()
    for state in (RunState.ACCEPTED, RunState.TO_SHOP, RunState.PICKED, RunState.DELIVERING):
        await depot.move(request, state)
    headers, body = await depot.word(request, RunState.DELIVERED)
    answers = [await depot.tell(CHEAP, headers, body) for _ in range(3)]
    assert [answer.json()["code"] for answer in answers] == [0, 0, 0]
    run = await depot.run(request)
    assert (run["state"], run["cost_minor"], run["told_minor"]) == ("delivered", 900, 900)
    assert await depot.cost() == 900


async def test_late_news_moves_nothing_back(depot: Depot) -> None:
    request = await depot.request()
    early = await depot.word(request, RunState.ACCEPTED)
    at_shop = await depot.word(request, RunState.TO_SHOP)
    await depot.move(request, RunState.PICKED)
    for headers, body in (at_shop, early):
        assert (await depot.tell(CHEAP, headers, body)).json()["code"] == 0
    assert await depot.state(request) == "picked"
    await depot.move(request, RunState.DELIVERED)
    assert await depot.state(request) == "delivered"


async def test_a_company_without_couriers_is_followed_by_another(depot: Depot) -> None:
    request = await depot.request()
    await depot.move(request, RunState.CANCELLED, "capacity")
    shown = await depot.shown(request)
    assert (shown["state"], [run["company"] for run in shown["runs"]]) == ("seeking", [CHEAP, DEAR])
    assert (shown["runs"][0]["reason"], await depot.cost()) == ("capacity", 0)
    await depot.create(request)
    await depot.move(request, RunState.DELIVERED)
    assert (await depot.state(request), await depot.cost()) == ("delivered", 1100)


async def test_when_everybody_has_let_it_down_it_fails(depot: Depot) -> None:
    body = {"companies": [CHEAP, DEAR], "tries_max": 3}
    await depot.client.put(f"{depot.base}/policy", json=body, headers=depot.manager)
    request = await depot.request()
    for _ in range(3):
        await depot.move(request, RunState.CANCELLED, "rider_fault")
        if await depot.state(request) == "seeking":
            await depot.create(request)
    shown = await depot.shown(request)
    assert (shown["state"], shown["reason"], len(shown["runs"])) == ("failed", "rider_fault", 3)


async def test_not_taken_in_time_it_goes_to_another(depot: Depot) -> None:
    request = await depot.request()
    await jobs.call_off_overdue(depot.runtime, datetime.now(UTC))
    assert not (await depot.run(request))["calling_off"]
    await jobs.call_off_overdue(depot.runtime, datetime.now(UTC) + timedelta(minutes=6))
    assert (await depot.run(request))["calling_off"]
    await depot.call_off(request)
    shown = await depot.shown(request)
    assert [(run["company"], run["reason"]) for run in shown["runs"]] == [(CHEAP, "not_accepted"), (DEAR, "")]


async def test_taken_just_in_time_it_stays(depot: Depot) -> None:
    request = await depot.request()
    await jobs.call_off_overdue(depot.runtime, datetime.now(UTC) + timedelta(minutes=6))
    await depot.move(request, RunState.ACCEPTED)
    await depot.call_off(request)
    shown = await depot.shown(request)
    assert (shown["state"], len(shown["runs"]), shown["runs"][0]["calling_off"]) == ("accepted", 1, False)


@pytest.mark.parametrize("fault", ["lost", "unheard", "broken", "garbled", "twice"])
async def test_an_order_whose_answer_was_lost_is_one_order(depot: Depot, fault: str) -> None:
    request = await depot.request(goes=False)
    await depot.ask(request)
    with faulty(depot.runtime, CHEAP) as wire:
        wire.next(fault, only="add")
        if fault == "twice":
            await depot.create(request)
        else:
            with pytest.raises(CourierUnavailable):
                await depot.create(request)
            assert (await depot.run(request))["state"] == "quoted"
            await jobs.sweep(depot.runtime, datetime.now(UTC) + timedelta(minutes=3))
    run = await depot.run(request)
    assert (run["state"], run["n"]) == ("offered", 1)
    count = "SELECT count(*) FROM sandbox.courier_order WHERE body ->> 'shop_no' = $1"
    assert await depot.runtime.db.pool.fetchval(count, str(depot.mall.mall_id)) == 1


async def test_what_nobody_told_is_asked_for(depot: Depot) -> None:
    request = await depot.request()
    await depot.word(request, RunState.PICKED)  # moved there, never told
    await jobs.sweep(depot.runtime, datetime.now(UTC) + timedelta(seconds=10))
    assert await depot.state(request) == "seeking"
    await jobs.sweep(depot.runtime, datetime.now(UTC) + timedelta(minutes=2))
    assert await depot.state(request) == "picked"


async def test_a_dark_company_is_let_go_and_called_off_when_it_wakes(depot: Depot) -> None:
    request = await depot.request()
    first = await depot.run(request)
    await jobs.call_off_overdue(depot.runtime, datetime.now(UTC) + timedelta(minutes=6))
    with faulty(depot.runtime, CHEAP) as wire:
        wire.next(*["lost"] * 6, only="cancel")
        for _ in range(6):
            with pytest.raises(CourierUnavailable):
                await jobs.call_off(depot.runtime, str(depot.mall.mall_id), first["id"])
    shown = await depot.shown(request)
    assert [(run["company"], run["state"], run["reason"]) for run in shown["runs"]] == [
        (CHEAP, "cancelled", "unavailable"),
        (DEAR, "quoted", ""),
    ]
    await jobs.sweep(depot.runtime, datetime.now(UTC) + timedelta(hours=1))
    state = "SELECT state FROM sandbox.courier_order WHERE id = $1::uuid"
    assert await depot.runtime.db.pool.fetchval(state, first["id"]) == "cancelled:called_off"
    why = "SELECT cancel_why FROM couriers.run WHERE id = $1::uuid"
    assert await depot.runtime.db.pool.fetchval(why, first["id"]) is None


async def test_calling_off_while_the_order_is_under_way_leaves_nothing_behind(depot: Depot) -> None:
    """The answer to placing it comes after the request is over: the company is told that it is not needed."""
    shipment = ShipmentId(new_id())
    request = await depot.request(shipment_id=shipment, goes=False)
    await depot.ask(request)
    run = await depot.run(request)
    with faulty(depot.runtime, CHEAP) as wire:
        wire.next("unheard", only="add")
        with pytest.raises(CourierUnavailable):
            await depot.create(request)
    assert await cancel(depot, shipment) == "seeking"
    await depot.call_off(request)
    assert await depot.state(request) == "cancelled"
    state = "SELECT state FROM sandbox.courier_order WHERE id = $1::uuid"
    assert await depot.runtime.db.pool.fetchval(state, run["id"]) == "cancelled:called_off"


async def test_a_late_answer_of_a_run_that_is_over_calls_it_off(depot: Depot) -> None:
    from galleria.commerce.couriers.operations import hearing  # noqa: PLC0415 - the moment between two answers

    shipment = ShipmentId(new_id())
    request = await depot.request(shipment_id=shipment, goes=False)
    await depot.ask(request)
    run = await depot.run(request)
    assert await cancel(depot, shipment) == "seeking"
    await depot.call_off(request)  # the company has not heard of it yet
    assert await depot.state(request) == "cancelled"
    async with depot.runtime.db.read() as tx:
        found, stored = await jobs.queries.run_with_request(tx, mall_id=depot.mall.mall_id, run_id=run["id"])
    reference = await jobs._company(depot.runtime, stored).create(jobs.rules.order_of(found, stored))  # noqa: SLF001
    now = datetime.now(UTC)
    await jobs._write(  # noqa: SLF001 - as the job would
        depot.runtime, "tests.created", depot.mall.mall_id, {},
        lambda tx: hearing.created(tx, mall_id=depot.mall.mall_id, run_id=run["id"], reference=reference, now=now),
    )  # fmt: skip
    assert (await depot.calls())[-1] == "couriers.call_off"
    await depot.call_off(request)
    state = "SELECT state FROM sandbox.courier_order WHERE id = $1::uuid"
    assert await depot.runtime.db.pool.fetchval(state, run["id"]) == "cancelled:called_off"


async def test_calling_off_costs_the_fee_once_a_courier_was_on_the_way(depot: Depot) -> None:
    shipment = ShipmentId(new_id())
    request = await depot.request(shipment_id=shipment)
    await depot.move(request, RunState.ACCEPTED)
    answer = await depot.post(f"/requests/{request}/cancel", {"reason": "顾客取消"})
    assert (answer.status_code, answer.json()["runs"][0]["calling_off"]) == (200, True)
    await depot.call_off(request)
    run = await depot.run(request)
    assert (run["state"], run["reason"], run["cost_minor"]) == ("cancelled", "called_off", 200)
    assert (await depot.state(request), await depot.cost()) == ("cancelled", 200)
    again = await depot.post(f"/requests/{request}/cancel", {})
    assert again.json()["code"] == "courier_request_moved"


async def test_calling_off_too_late_changes_nothing(depot: Depot) -> None:
    request = await depot.request()
    await depot.move(request, RunState.PICKED)
    await depot.post(f"/requests/{request}/cancel", {})
    await depot.call_off(request)
    run = await depot.run(request)
    assert (run["state"], run["calling_off"]) == ("picked", False)
    await depot.move(request, RunState.DELIVERED)
    assert await depot.state(request) == "delivered"


async def test_a_request_without_a_run_is_called_off_at_once(depot: Depot) -> None:
    shipment = ShipmentId(new_id())
    request = await depot.request(shipment_id=shipment, goes=False)
    assert await cancel(depot, shipment) == "cancelled"
    await depot.ask(request)  # the job that waited finds it over
    assert (await depot.shown(request))["runs"] == []
    assert await cancel(depot, shipment) is None


async def test_what_the_receiver_refuses_comes_back_and_is_confirmed(depot: Depot) -> None:
    request = await depot.request()
    await depot.move(request, RunState.PICKED)
    assert (await depot.post(f"/requests/{request}/returned")).json()["code"] == "courier_request_moved"
    await depot.move(request, RunState.RETURNING, "refused")
    shown = await depot.shown(request)
    assert (shown["state"], shown["reason"]) == ("returning", "refused")
    assert (await depot.post(f"/requests/{request}/returned")).json()["state"] == "returned"
    assert await depot.cost() == 900 + 450
    run = await depot.run(request)
    await jobs.confirm_returned(depot.runtime, str(depot.mall.mall_id), run["id"])
    state = "SELECT state FROM sandbox.courier_order WHERE id = $1::uuid"
    assert await depot.runtime.db.pool.fetchval(state, run["id"]) == "returned"


async def test_tips_only_rise_and_count_when_the_company_has_heard(depot: Depot) -> None:
    request = await depot.request()
    assert (await depot.post(f"/requests/{request}/tip", {"tip_minor": 300})).status_code == 200
    for too_low in (300, 200):
        answer = await depot.post(f"/requests/{request}/tip", {"tip_minor": too_low})
        assert (answer.json()["code"], answer.json()["params"]) == ("tip_not_raised", {"tip_minor": 300})
    run = await depot.run(request)
    assert (run["tip_minor"], run["tip_asked_minor"]) == (0, 300)
    await jobs.tip(depot.runtime, str(depot.mall.mall_id), run["id"])
    assert (await depot.run(request))["tip_minor"] == 300
    await depot.move(request, RunState.DELIVERED)
    assert await depot.cost() == 1200
    assert (await depot.post(f"/requests/{request}/tip", {"tip_minor": 900})).json()["code"] == "tip_not_raised"


async def test_a_company_that_charges_more_than_agreed_is_shown_not_paid(depot: Depot) -> None:
    request = await depot.request()
    await depot.runtime.db.pool.execute(
        "UPDATE sandbox.courier_order SET price_minor = 9900 WHERE id = $1::uuid", (await depot.run(request))["id"]
    )
    await depot.move(request, RunState.DELIVERED)
    run = await depot.run(request)
    assert (run["cost_minor"], run["told_minor"], await depot.cost()) == (900, 9900, 900)
    day = datetime.now(UTC).astimezone().date() - timedelta(days=1)
    url = f"{depot.base}/comparison?from={day}&to={day + timedelta(days=3)}"
    compared = {row["company"]: row for row in (await depot.client.get(url, headers=depot.manager)).json()["companies"]}
    assert (compared[CHEAP]["differences"], compared[CHEAP]["cost_minor"], compared[CHEAP]["on_time_bp"]) == (
        1,
        900,
        10_000,
    )
    assert (compared[DEAR]["quotes"], compared[DEAR]["runs"], compared[DEAR]["mean_price_minor"]) == (1, 0, 1100)


async def test_the_shopper_sees_the_courier_only_on_the_way(depot: Depot) -> None:
    owner, shipment = await make_member(depot.runtime, depot.mall.group_id), ShipmentId(new_id())
    request = await depot.request(shipment_id=shipment, member=owner)
    url = f"/v1/malls/{depot.mall.mall_id}/me/shipments/{shipment}/courier"
    mine = await as_member(depot.runtime, owner)
    await depot.move(request, RunState.ACCEPTED)
    assert (await depot.client.get(url, headers=mine)).status_code == 404
    await depot.move(request, RunState.PICKED)
    seen = (await depot.client.get(url, headers=mine)).json()
    assert (seen["name"], seen["phone"], seen["lat"] is not None) == ("陈", "13900001111", True)
    other = await as_member(depot.runtime, await make_member(depot.runtime, depot.mall.group_id))
    assert (await depot.client.get(url, headers=other)).status_code == 404
    await depot.move(request, RunState.DELIVERED)
    assert (await depot.client.get(url, headers=mine)).status_code == 404

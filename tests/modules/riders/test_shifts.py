"""Shifts, how much a rider carries, where riders are, and how errands reach them."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff
from tests.factories.riders import CODE, MALL_AT, MadeRider, make_errand, make_rider, stop

from galleria.commerce.riders import jobs
from galleria.kernel.ids import ShipmentId, new_id
from galleria.platform.actors import Grant, Role
from galleria.platform.runtime import Runtime


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture
async def rider(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> MadeRider:
    return await make_rider(runtime, client, mall)


@pytest.fixture
async def operator(runtime: Runtime, mall: MadeMall) -> dict[str, str]:
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


async def planner(runtime: Runtime, mall: MadeMall, kind: str) -> str:
    """Return who made the last plan: the solver, or the nearest stop first."""
    sql = "SELECT detail ->> 'by' FROM platform.journal WHERE mall_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 1"
    found: str = await runtime.db.pool.fetchval(sql, mall.mall_id, kind)
    return found


async def test_off_shift_nothing_is_taken(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    idle = await make_rider(runtime, client, mall, on_shift=False)
    errand = await make_errand(runtime, mall)
    assert (await idle.post(f"/errands/{errand}/take")).json()["code"] == "not_on_shift"
    assert (await idle.post("/shift", {"on": False})).json()["code"] == "not_on_shift"
    assert await runtime.db.pool.fetchval("SELECT state FROM riders.errand WHERE id = $1", errand) == "waiting"


async def test_a_shift_begins_once_and_does_not_end_with_goods_in_hand(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    assert (await rider.post("/shift", {"on": True})).json()["on_shift"]
    count = "SELECT count(*) FROM riders.shift WHERE mall_id = $1"
    assert await runtime.db.pool.fetchval(count, mall.mall_id) == 1
    door = await rider.fetched(await make_errand(runtime, mall))
    answer = await rider.post("/shift", {"on": False})
    assert (answer.json()["code"], answer.json()["params"]) == ("still_carrying", {"count": 1})
    await rider.post(f"/tasks/{door}/done", {"code": CODE})
    day = (await rider.post("/shift", {"on": False})).json()
    assert (day["on_shift"], day["done_today"]) == (False, 1)


async def test_nobody_carries_more_than_fits(
    runtime: Runtime, mall: MadeMall, client: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    url = f"/v1/malls/{mall.mall_id}/riders/policy"
    assert (await client.put(url, json={"capacity": 3}, headers=operator)).json()["capacity"] == 3
    rider = await make_rider(runtime, client, mall)
    await rider.fetched(await make_errand(runtime, mall, pieces=2))
    too_much = await make_errand(runtime, mall, pieces=2)
    answer = await rider.post(f"/errands/{too_much}/take")
    assert (answer.json()["code"], answer.json()["params"]) == ("rider_full", {"capacity": 3})
    assert await runtime.db.pool.fetchval("SELECT state FROM riders.errand WHERE id = $1", too_much) == "waiting"


async def test_where_a_rider_is_is_known_only_while_something_is_carried(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, rider: MadeRider
) -> None:
    here = {"lat": MALL_AT[0], "lon": MALL_AT[1]}
    assert (await rider.post("/position", here)).json()["code"] == "no_task_to_follow"
    owner, shipment = await make_member(runtime, mall.group_id), ShipmentId(new_id())
    errand = await make_errand(runtime, mall, shipment_id=shipment, member=owner)
    url = f"/v1/malls/{mall.mall_id}/me/shipments/{shipment}/rider"
    mine, stranger = (
        await as_member(runtime, owner),
        await as_member(runtime, await make_member(runtime, mall.group_id)),
    )
    assert (await client.get(url, headers=mine)).status_code == 404
    door = await rider.fetched(errand)
    assert (await rider.post("/position", here)).status_code == 200
    seen = (await client.get(url, headers=mine)).json()
    assert (seen["lat"], seen["name"], seen["stops_before"]) == (MALL_AT[0], "王", 0)
    assert (await client.get(url, headers=stranger)).status_code == 404
    await rider.post(f"/tasks/{door}/done", {"code": CODE})
    assert (await client.get(url, headers=mine)).status_code == 404
    row = await runtime.db.pool.fetchrow("SELECT lat, seen_at FROM riders.shift WHERE staff_id = $1", rider.id)
    assert row is not None
    assert (row["lat"], row["seen_at"]) == (None, None)
    kept = "SELECT count(*) FROM platform.journal WHERE mall_id = $1 AND (detail::text || events::text) LIKE '%31.23%'"
    assert await runtime.db.pool.fetchval(kept + " AND kind = 'riders.follow'", mall.mall_id) == 0


async def test_an_old_position_is_not_shown(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, rider: MadeRider
) -> None:
    owner, shipment = await make_member(runtime, mall.group_id), ShipmentId(new_id())
    await rider.fetched(await make_errand(runtime, mall, shipment_id=shipment, member=owner))
    await rider.post("/position", {"lat": 31.0, "lon": 121.0})
    await runtime.db.pool.execute(
        "UPDATE riders.shift SET seen_at = $2 WHERE staff_id = $1", rider.id, datetime.now(UTC) - timedelta(minutes=11)
    )
    url = f"/v1/malls/{mall.mall_id}/me/shipments/{shipment}/rider"
    seen = (await client.get(url, headers=await as_member(runtime, owner))).json()
    assert (seen["lat"], seen["seen_at"]) == (None, None)


async def test_waiting_errands_go_to_riders_on_shift_by_themselves(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    crew = [await make_rider(runtime, client, mall) for _ in range(2)]
    made = [await make_errand(runtime, mall, dropoff=stop("远", north_m=500 * n)) for n in range(1, 7)]
    assert await jobs.dispatch_one(runtime, mall.mall_id, datetime.now(UTC)) == 6
    days = [(await rider.get()).json() for rider in crew]
    assert sum(len(day["tasks"]) for day in days) == 2 * len(made)
    for day in days:
        assert [task["position"] for task in day["tasks"]] == list(range(1, len(day["tasks"]) + 1))
        order = [(task["kind"], task["errand_id"]) for task in day["tasks"]]
        assert all(order.index(("pickup", e)) < order.index(("dropoff", e)) for _, e in order)
        assert all(task["planned_at"] for task in day["tasks"])
    assert await jobs.dispatch_one(runtime, mall.mall_id, datetime.now(UTC)) == 0
    assert await planner(runtime, mall, "riders.dispatch") == "solver"
    await jobs.route(runtime, str(mall.mall_id), str(max(crew, key=lambda one: len(days[crew.index(one)]["tasks"])).id))
    assert await planner(runtime, mall, "riders.route") == "solver"


async def test_a_mall_may_give_errands_by_hand(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, rider: MadeRider, operator: dict[str, str]
) -> None:
    url = f"/v1/malls/{mall.mall_id}/riders"
    await client.put(f"{url}/policy", json={"automatic": False}, headers=operator)
    errand = await make_errand(runtime, mall)
    assert await jobs.dispatch_one(runtime, mall.mall_id, datetime.now(UTC)) == 0
    given = await client.post(f"{url}/errands/{errand}/assign", json={"staff_id": str(rider.id)}, headers=operator)
    assert (given.json()["errand"]["state"], given.json()["errand"]["rider"]) == ("assigned", "王店员")
    assert len(await rider.tasks()) == 2
    back = await client.post(f"{url}/errands/{errand}/unassign", headers=operator)
    assert back.json()["errand"]["state"] == "waiting"
    again = await client.post(f"{url}/errands/{errand}/unassign", headers=operator)
    assert again.json()["code"] == "errand_moved"
    listed = (await client.get(f"{url}/errands?live=true", headers=operator)).json()["items"]
    assert [row["id"] for row in listed] == [str(errand)]


async def test_a_route_for_tasks_that_changed_meanwhile_is_not_taken(
    runtime: Runtime, mall: MadeMall, rider: MadeRider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for north_m in (900, 300, 600):
        await rider.fetched(await make_errand(runtime, mall, dropoff=stop("门", north_m=north_m)))
    plan = jobs.best_plan
    before = [task["id"] for task in await rider.tasks()]

    async def meanwhile(work: jobs.routing.Work) -> jobs.routing.Plan:
        made = await plan(work)
        await rider.post(f"/errands/{await make_errand(runtime, mall)}/take")
        return made

    monkeypatch.setattr(jobs, "best_plan", meanwhile)
    await jobs.route(runtime, str(mall.mall_id), str(rider.id))
    assert [task["id"] for task in await rider.tasks()][:3] == before
    monkeypatch.setattr(jobs, "best_plan", plan)
    await jobs.route(runtime, str(mall.mall_id), str(rider.id))
    assert all(task["planned_at"] for task in await rider.tasks())


async def test_without_an_answer_of_the_solver_the_nearest_comes_first(
    runtime: Runtime, mall: MadeMall, rider: MadeRider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PATIENCE_S", 0.001)
    for north_m in (900, 300, 600):
        await rider.fetched(await make_errand(runtime, mall, dropoff=stop("门", north_m=north_m)))
    await rider.post("/position", {"lat": MALL_AT[0], "lon": MALL_AT[1]})
    await jobs.route(runtime, str(mall.mall_id), str(rider.id))
    assert [task["stop"]["address"] for task in await rider.tasks()] == ["云杉路300号", "云杉路600号", "云杉路900号"]
    assert await planner(runtime, mall, "riders.route") == "nearest"

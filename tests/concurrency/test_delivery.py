"""Riders and couriers under rivals: each guard has a twin that shows the race when the guard is off."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from tests.factories.couriers import Depot, make_depot
from tests.factories.malls import MadeMall, make_mall
from tests.factories.riders import CODE, make_errand, make_rider

from galleria.commerce.couriers import RunState, jobs
from galleria.commerce.couriers import store as courier_store
from galleria.commerce.riders import store as rider_store
from galleria.kernel.ids import ShipmentId, new_id
from galleria.platform.runtime import Runtime


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture
async def depot(runtime: Runtime, client: httpx.AsyncClient) -> Depot:
    return await make_depot(runtime, client)


async def takers(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> list[int]:
    crew = [await make_rider(runtime, client, mall) for _ in range(6)]
    errand = await make_errand(runtime, mall)
    answers = await asyncio.gather(*(rider.post(f"/errands/{errand}/take") for rider in crew))
    return sorted(answer.status_code for answer in answers)


async def test_of_many_riders_one_takes_an_errand(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    assert await takers(runtime, client, mall) == [200] + [409] * 5
    assert await runtime.db.pool.fetchval("SELECT count(*) FROM riders.task WHERE mall_id = $1", mall.mall_id) == 2


async def test_twin_without_the_condition_several_believe_they_have_it(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rider_store, "_TAKE", rider_store._TAKE.replace("AND state = 'waiting'", ""))  # noqa: SLF001
    assert (await takers(runtime, client, mall)).count(200) > 1


async def test_two_errands_at_once_do_not_overload_a_rider(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    rider = await make_rider(runtime, client, mall)
    made = [await make_errand(runtime, mall, pieces=3) for _ in range(6)]
    answers = await asyncio.gather(*(rider.post(f"/errands/{errand}/take") for errand in made))
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 4
    carried = "SELECT sum(pieces) FROM riders.errand WHERE mall_id = $1 AND state = 'assigned'"
    assert await runtime.db.pool.fetchval(carried, mall.mall_id) == 6


async def test_one_door_told_done_and_failed_at_once_ends_once(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    rider = await make_rider(runtime, client, mall)
    door = await rider.fetched(await make_errand(runtime, mall))
    answers = await asyncio.gather(
        *(rider.post(f"/tasks/{door}/done", {"code": CODE}) for _ in range(3)),
        *(rider.post(f"/tasks/{door}/fail", {"reason": "refused"}) for _ in range(3)),
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    ended = "SELECT count(*) FROM riders.task WHERE mall_id = $1 AND kind = 'dropoff' AND ended_at IS NOT NULL"
    assert await runtime.db.pool.fetchval(ended, mall.mall_id) == 1


async def test_a_shipment_given_many_times_at_once_is_one_errand(runtime: Runtime, mall: MadeMall) -> None:
    shipment = ShipmentId(new_id())
    made = await asyncio.gather(*(make_errand(runtime, mall, shipment_id=shipment) for _ in range(6)))
    assert len(set(made)) == 1


async def test_a_shipment_requested_many_times_at_once_is_one_request(depot: Depot) -> None:
    shipment = ShipmentId(new_id())
    made = await asyncio.gather(*(depot.request(shipment_id=shipment, goes=False) for _ in range(6)))
    await asyncio.gather(*(depot.ask(made[0]) for _ in range(4)))
    count = "SELECT count(*) FROM couriers.run WHERE mall_id = $1"
    assert await depot.runtime.db.pool.fetchval(count, depot.mall.mall_id) == 1


async def told_at_once(depot: Depot) -> list[int]:
    request = await depot.request()
    await depot.move(request, RunState.PICKED)
    headers, body = await depot.word(request, RunState.DELIVERED)
    answers = await asyncio.gather(*(depot.tell("kuaisong", headers, body) for _ in range(6)))
    return [answer.status_code for answer in answers]


async def outcomes(depot: Depot) -> list[str]:
    sql = "SELECT result #>> '{}' FROM platform.journal WHERE mall_id = $1 AND kind = 'couriers.notice'"
    return [row[0] for row in await depot.runtime.db.pool.fetch(sql, depot.mall.mall_id)]


async def test_a_notice_told_many_times_at_once_costs_once(depot: Depot) -> None:
    assert await told_at_once(depot) == [200] * 6
    assert await outcomes(depot) == ["moved", "moved"]
    assert await depot.cost() == 900


async def test_twin_without_the_lock_a_notice_is_acted_on_again(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the row's lock and the notice's key off, only the ledger's own key stops the second cost."""

    async def unlocked(tx: courier_store.Tx, mall_id: object, run_id: object) -> courier_store.Request | None:
        sql = f"SELECT {courier_store._REQUEST} FROM couriers.request q WHERE mall_id = $1 AND id = "  # noqa: SLF001
        found = await tx.one(
            courier_store.Request, sql + "(SELECT request_id FROM couriers.run WHERE id = $2)", mall_id, run_id
        )
        await asyncio.sleep(0.05)
        return found

    async def fresh(*_: object) -> bool:
        return True

    monkeypatch.setattr(courier_store, "lock_request_of", unlocked)
    monkeypatch.setattr(courier_store, "add_notice", fresh)
    assert {200} < set(await told_at_once(depot)) or len(await outcomes(depot)) > 2
    assert await depot.cost() == 900


async def test_called_off_and_delivered_at_once_end_one_way(depot: Depot) -> None:
    request = await depot.request()
    await depot.move(request, RunState.PICKED)
    headers, body = await depot.word(request, RunState.DELIVERED)
    await asyncio.gather(
        depot.post(f"/requests/{request}/cancel", {}), depot.tell("kuaisong", headers, body), depot.post("/x"),
    )  # fmt: skip
    await depot.call_off(request)
    await jobs.sweep(depot.runtime, datetime.now(UTC))
    assert (await depot.state(request), await depot.cost()) == ("delivered", 900)

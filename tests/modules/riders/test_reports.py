"""What riders report: codes, pictures, failures, goods that go back, and phones that tell it late."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_staff, make_staff
from tests.factories.riders import CODE, MALL_AT, MadeRider, make_errand, make_rider, moves_of, stop

from galleria.commerce import riders
from galleria.kernel.ids import ShipmentId, new_id
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime

PICTURE = "a" * 64 + ".webp"


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


@pytest.fixture
async def rider(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> MadeRider:
    return await make_rider(runtime, client, mall)


def near(north_m: int) -> dict[str, float]:
    return {"lat": MALL_AT[0] + north_m / 111_195, "lon": MALL_AT[1]}


async def state_of(runtime: Runtime, errand_id: Any) -> str:
    found: str = await runtime.db.pool.fetchval("SELECT state FROM riders.errand WHERE id = $1", errand_id)
    return found


async def call_off(runtime: Runtime, mall: MadeMall, shipment_id: ShipmentId) -> Any:
    now = datetime.now(UTC)
    command = Command(kind="tests.cancel", actor=SYSTEM, now=now, mall_id=mall.mall_id)
    return await runtime.db.write(
        command,
        lambda tx: riders.cancel(tx, mall_id=mall.mall_id, shipment_id=shipment_id, reason="called_off", now=now),
        returns=riders.ErrandState | None,  # type: ignore[arg-type]
    )


async def test_goods_are_not_given_without_proof(runtime: Runtime, mall: MadeMall, rider: MadeRider) -> None:
    errand = await make_errand(runtime, mall)
    door = await rider.fetched(errand)
    answer = await rider.post(f"/tasks/{door}/done", {"note": "放门口了"})
    assert (answer.status_code, answer.json()["code"]) == (409, "proof_missing")
    assert await state_of(runtime, errand) == "carrying"


async def test_wrong_codes_are_counted_and_then_only_a_picture_counts(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    errand = await make_errand(runtime, mall)
    door = await rider.fetched(errand)
    for left in (4, 3, 2, 1, 0):
        answer = await rider.post(f"/tasks/{door}/done", {"code": "000000"})
        assert (answer.status_code, answer.json()["code"], answer.json()["params"]["left"]) == (
            409,
            "delivery_code_wrong",
            left,
        )
    answer = await rider.post(f"/tasks/{door}/done", {"code": CODE})
    assert answer.json()["code"] == "proof_missing"  # the right code comes too late: nobody guesses on
    assert [task["wants_code"] for task in await rider.tasks()] == [False]
    answer = await rider.post(f"/tasks/{door}/done", {"picture": PICTURE, **near(1200)})
    assert answer.json()["errand_state"] == "delivered"


async def test_a_wrong_code_told_twice_counts_once(runtime: Runtime, mall: MadeMall, rider: MadeRider) -> None:
    door = await rider.fetched(await make_errand(runtime, mall))
    answers = [await rider.post(f"/tasks/{door}/done", {"code": "000000"}, key="the same key") for _ in range(3)]
    assert [answer.json()["params"]["left"] for answer in answers] == [4, 4, 4]


async def test_a_picture_counts_only_near_the_door(runtime: Runtime, mall: MadeMall, rider: MadeRider) -> None:
    errand = await make_errand(runtime, mall)
    door = await rider.fetched(errand)
    answer = await rider.post(f"/tasks/{door}/done", {"picture": PICTURE, **near(0)})
    assert (answer.json()["code"], answer.json()["params"]) == ("too_far_away", {"away_m": 1200, "near_m": 300})
    assert (await rider.post(f"/tasks/{door}/done", {"picture": PICTURE, **near(1100)})).status_code == 200
    row = await runtime.db.pool.fetchrow("SELECT proof, away_m FROM riders.task WHERE id = $1::uuid", door)
    assert row is not None
    assert (row["proof"], row["away_m"]) == ("picture", 100)


async def test_nothing_is_brought_before_it_is_fetched(runtime: Runtime, mall: MadeMall, rider: MadeRider) -> None:
    errand = await make_errand(runtime, mall)
    await rider.post(f"/errands/{errand}/take")
    door = next(task for task in await rider.tasks() if task["kind"] == "dropoff")
    assert door["blocked"]
    for what, body in (("start", {}), ("done", {"code": CODE}), ("fail", {"reason": "refused"})):
        assert (await rider.post(f"/tasks/{door['id']}/{what}", body)).json()["code"] == "task_blocked"


async def test_another_riders_task_is_not_mine(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, rider: MadeRider
) -> None:
    other = await make_rider(runtime, client, mall)
    errand = await make_errand(runtime, mall)
    door = await rider.fetched(errand)
    assert (await other.post(f"/tasks/{door}/done", {"code": CODE})).json()["code"] == "task_moved"
    assert await state_of(runtime, errand) == "carrying"
    assert (await other.post(f"/errands/{errand}/take")).json()["code"] == "errand_taken"


async def test_a_door_is_tried_again_and_then_it_goes_back(runtime: Runtime, mall: MadeMall, rider: MadeRider) -> None:
    errand = await make_errand(runtime, mall)
    door = await rider.fetched(errand)
    first = (await rider.post(f"/tasks/{door}/fail", {"reason": "unreachable", "note": "没人接电话"})).json()
    assert first["errand_state"] == "carrying"
    [again] = await rider.tasks()
    assert (again["id"], again["kind"], again["attempt"]) == (first["next_task_id"], "dropoff", 2)
    second = (await rider.post(f"/tasks/{again['id']}/fail", {"reason": "unreachable"})).json()
    assert second["errand_state"] == "returning"
    [back] = await rider.tasks()
    assert (back["kind"], back["stop"]["name"]) == ("giveback", "1号店")
    assert (await rider.post(f"/tasks/{back['id']}/done")).json()["errand_state"] == "returned"
    assert await moves_of(runtime, mall) == [
        ("waiting", ""),
        ("assigned", ""),
        ("carrying", ""),
        ("failed", "unreachable"),
        ("failed", "unreachable"),
        ("returning", "unreachable"),
        ("returned", "unreachable"),
    ]


async def test_what_is_refused_at_the_door_goes_back_at_once(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    door = await rider.fetched(await make_errand(runtime, mall))
    assert (await rider.post(f"/tasks/{door}/fail", {"reason": "refused"})).json()["errand_state"] == "returning"


async def test_what_the_shop_has_not_ready_waits_for_a_rider_again(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    errand = await make_errand(runtime, mall)
    await rider.post(f"/errands/{errand}/take")
    pickup = (await rider.tasks())[0]
    answer = await rider.post(f"/tasks/{pickup['id']}/fail", {"reason": "merchant_not_ready"})
    assert answer.json()["errand_state"] == "waiting"
    assert await rider.tasks() == []
    door = await rider.fetched(errand)
    assert (await rider.post(f"/tasks/{door}/done", {"code": CODE})).json()["errand_state"] == "delivered"


async def test_a_report_told_twice_moves_once(runtime: Runtime, mall: MadeMall, rider: MadeRider) -> None:
    door = await rider.fetched(await make_errand(runtime, mall))
    same = [await rider.post(f"/tasks/{door}/done", {"code": CODE}, key="told twice") for _ in range(2)]
    assert [answer.json() for answer in same] == [same[0].json()] * 2
    other = await rider.post(f"/tasks/{door}/done", {"code": CODE})
    assert (other.status_code, other.json()["code"]) == (409, "task_moved")


async def test_what_was_delivered_before_it_was_called_off_is_delivered(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    """The phone had no network: it tells the delivery after the mall has called the goods back."""
    shipment = ShipmentId(new_id())
    errand = await make_errand(runtime, mall, shipment_id=shipment)
    door = await rider.fetched(errand)
    delivered_at = datetime.now(UTC)
    assert await call_off(runtime, mall, shipment) == "returning"
    answer = await rider.post(f"/tasks/{door}/done", {"code": CODE, "at": delivered_at.isoformat()})
    assert answer.json()["errand_state"] == "delivered"
    assert await rider.tasks() == []
    ended = await runtime.db.pool.fetchval("SELECT ended_at FROM riders.errand WHERE id = $1", errand)
    assert ended == delivered_at


async def test_what_is_delivered_after_it_was_called_off_is_refused(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    shipment = ShipmentId(new_id())
    errand = await make_errand(runtime, mall, shipment_id=shipment)
    door = await rider.fetched(errand)
    await call_off(runtime, mall, shipment)
    answer = await rider.post(f"/tasks/{door}/done", {"code": CODE})
    assert answer.json()["code"] == "task_moved"
    assert await state_of(runtime, errand) == "returning"


async def test_the_time_of_a_phone_is_never_in_the_future_nor_very_old(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    for shift in (timedelta(days=400), -timedelta(days=400)):
        errand = await make_errand(runtime, mall)
        door = await rider.fetched(errand)
        said = (datetime.now(UTC) + shift).isoformat()
        assert (await rider.post(f"/tasks/{door}/done", {"code": CODE, "at": said})).status_code == 200
        ended = await runtime.db.pool.fetchval("SELECT ended_at FROM riders.errand WHERE id = $1", errand)
        assert abs(datetime.now(UTC) - ended) <= timedelta(hours=24, minutes=1)


async def test_calling_off_before_it_is_fetched_ends_it(runtime: Runtime, mall: MadeMall, rider: MadeRider) -> None:
    shipment = ShipmentId(new_id())
    errand = await make_errand(runtime, mall, shipment_id=shipment)
    await rider.post(f"/errands/{errand}/take")
    assert await call_off(runtime, mall, shipment) == "cancelled"
    assert await call_off(runtime, mall, shipment) is None
    assert await rider.tasks() == []
    assert await make_errand(runtime, mall, shipment_id=shipment) != errand


async def test_a_shipment_given_twice_is_one_errand(runtime: Runtime, mall: MadeMall) -> None:
    shipment = ShipmentId(new_id())
    first = await make_errand(runtime, mall, shipment_id=shipment)
    assert await make_errand(runtime, mall, shipment_id=shipment) == first


async def test_a_clerk_is_no_rider_and_a_rider_no_manager(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, rider: MadeRider
) -> None:
    grant = Grant(
        role=Role.CLERK, group_id=mall.group_id, mall_id=mall.mall_id, merchant_id=mall.merchant_ids[0],
        shop_id=mall.shop_ids[0],
    )  # fmt: skip
    clerk = await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))
    assert (await client.get(f"/v1/malls/{mall.mall_id}/rider", headers=clerk)).status_code == 403
    assert (await client.get(f"/v1/malls/{mall.mall_id}/riders", headers=rider.headers)).status_code == 403


async def test_an_address_nobody_located_takes_a_picture_from_anywhere(
    runtime: Runtime, mall: MadeMall, rider: MadeRider
) -> None:
    errand = await make_errand(runtime, mall, dropoff=stop("王先生", located=False), code=None)
    door = await rider.fetched(errand)
    assert (await rider.post(f"/tasks/{door}/done", {"picture": PICTURE, **near(0)})).status_code == 200

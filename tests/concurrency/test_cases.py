"""A case is moved once, and a unit is in one case: with the twins that show the races."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.aftersales import Counter, counter, violations
from tests.factories.counter import ask
from tests.factories.twins import twins

from galleria.platform.runtime import Runtime

ROUNDS = 4


async def test_two_cases_for_one_unit_have_one_winner(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        people = await counter(runtime, client)
        answers = await asyncio.gather(
            *(people.open(kind, units=(1,)) for kind in ("return_refund", "exchange", "repair", "refund_only"))
        )
        assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"unit_in_case"}
    assert await violations(runtime) == []


async def test_withdrawing_and_granting_at_once_is_one_or_the_other(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    for _ in range(ROUNDS):
        people = await counter(runtime, client)
        case = await people.opened("refund_only")
        withdrawn, granted = await asyncio.gather(people.mine(case, "withdraw"), people.staff(case, "approve"))
        assert {withdrawn.status_code, granted.status_code} == {200, 409}
        lost = withdrawn if granted.status_code == 200 else granted
        assert lost.json()["code"] == "case_moved"
        refunded = (await people.now())["refunded_minor"]
        assert refunded == (8000 if granted.status_code == 200 else 0)
    assert await violations(runtime) == []


async def test_an_offer_taken_many_times_at_once_pays_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        people = await counter(runtime, client)
        case = await people.opened()
        await people.done(case, "counter", {"remedy": "refund_only", "amount_minor": 2500})
        answers = await asyncio.gather(*(people.mine(case, "accept") for _ in range(4)))
        assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
        assert (await people.now())["refunded_minor"] == 2500
    assert await violations(runtime) == []


async def test_a_refund_at_the_till_and_a_case_pay_the_unit_once(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        people = await counter(runtime, client)
        case = await people.opened("refund_only")
        body = {"lines": [{"line_id": people.goods["id"], "units": [0]}], "reason": "店内已退"}
        path = f"/orders/{people.order['id']}/refunds"
        till, granted = await asyncio.gather(
            ask(people.shopper, people.operator, "POST", path, body), people.staff(case, "approve")
        )
        assert sorted([till.status_code, granted.status_code]) in ([200, 409], [201, 409])
        assert (await people.now())["refunded_minor"] == 8000
    assert await violations(runtime) == []


async def test_the_clock_and_the_shop_do_not_both_move_a_case(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        people = await counter(runtime, client)
        case = await people.opened("refund_only")
        _, granted = await asyncio.gather(people.later(hours=49), people.staff(case, "approve"))
        seen = await people.seen(case)
        assert seen["state"] == ("refunded" if granted.status_code == 200 else "escalated")
        assert (await people.now())["refunded_minor"] == seen["settled_minor"]
    assert await violations(runtime) == []


MOVE = "UPDATE twin.case_file SET state = $2 WHERE id = $1"


async def opened(runtime: Runtime, client: httpx.AsyncClient) -> tuple[Counter, dict[str, Any]]:
    people = await counter(runtime, client)
    return people, await people.opened("refund_only")


@pytest.mark.parametrize(("guard", "moved"), [("", 2), (" AND state = 'requested'", 1)])
async def test_without_the_condition_a_case_is_withdrawn_and_granted(
    runtime: Runtime, client: httpx.AsyncClient, guard: str, moved: int
) -> None:
    _, case = await opened(runtime, client)
    turn = asyncio.Barrier(2)

    async def move(state: str) -> int:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            stands = await connection.fetchval("SELECT state FROM twin.case_file WHERE id = $1", UUID(case["id"]))
            await turn.wait()
            assert stands == "requested"
            done: str = await connection.execute(MOVE + guard, UUID(case["id"]), state)
            return int(done.rpartition(" ")[2])

    async with twins(runtime, "aftersales.case_file"):
        assert sum(await asyncio.gather(move("withdrawn"), move("refunded"))) == moved


@pytest.mark.parametrize(("guarded", "held"), [(False, 2), (True, 1)])
async def test_without_the_constraint_a_unit_is_in_two_cases(
    runtime: Runtime, client: httpx.AsyncClient, *, guarded: bool, held: int
) -> None:
    people = await counter(runtime, client)
    line, mall = UUID(people.goods["id"]), people.shopper.mall.mall_id
    turn = asyncio.Barrier(2)

    async def hold(number: int) -> None:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            free = await connection.fetchval("SELECT count(*) FROM twin.case_unit WHERE line_id = $1 AND held", line)
            await turn.wait()
            if free == 0:
                await connection.execute(
                    "INSERT INTO twin.case_unit (mall_id, case_id, line_id, unit) VALUES ($1, $2, $3, 0) "
                    "ON CONFLICT DO NOTHING",
                    mall,
                    UUID(int=number),
                    line,
                )

    async with twins(runtime, "aftersales.case_unit"):
        async with runtime.db.read() as tx:
            if guarded:
                await tx.value("CREATE UNIQUE INDEX ON twin.case_unit (mall_id, line_id, unit) WHERE held")
        await asyncio.gather(hold(1), hold(2))
        async with runtime.db.read() as tx:
            found = await tx.value("SELECT count(*) FROM twin.case_unit WHERE line_id = $1 AND held", line)
    assert found == held

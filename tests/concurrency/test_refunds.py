"""Two refunds of the same unit at once: one wins. With the twin that shows the race."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, violations
from tests.factories.twins import twins

from galleria.platform.runtime import Runtime

ROUNDS = 6


async def bought(runtime: Runtime, client: httpx.AsyncClient) -> tuple[Shopper, dict[str, Any], dict[str, Any]]:
    shopper = await make_shopper(runtime, client)
    order = await shopper.paid(2, 0)
    return shopper, order, order["sub_orders"][0]["lines"][0]


async def test_two_refunds_of_one_unit_have_one_winner(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper, order, line = await bought(runtime, client)
        body = {"lines": [{"line_id": line["id"], "units": [1]}]}
        path = f"/me/orders/{order['id']}/refunds"
        answers = await asyncio.gather(*(shopper.post(path, body) for _ in range(4)))
        assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"unit_refunded"}
        assert (await shopper.order(order["id"]))["refunded_minor"] == 8000
        assert (await shopper.left())[0] == 99
    assert await violations(runtime) == []


async def test_refunds_of_different_units_all_go_through(runtime: Runtime, client: httpx.AsyncClient) -> None:
    for _ in range(ROUNDS):
        shopper, order, line = await bought(runtime, client)
        path = f"/me/orders/{order['id']}/refunds"
        bodies = [{"lines": [{"line_id": line["id"], "units": [unit]}]} for unit in (0, 1)]
        answers = await asyncio.gather(*(shopper.post(path, body) for body in bodies))
        assert [a.status_code for a in answers] == [201, 201]
        after = await shopper.order(order["id"])
        assert (after["refunded_minor"], after["sub_orders"][0]["state"]) == (16000, "refunded")
    assert await violations(runtime) == []


MARK = "UPDATE twin.line SET refunded_units = refunded_units || $2::integer[] WHERE id = $1"


@pytest.mark.parametrize(("guard", "refunds"), [("", 2), (" AND NOT refunded_units && $2::integer[]", 1)])
async def test_without_the_condition_the_unit_goes_back_twice(
    runtime: Runtime, client: httpx.AsyncClient, guard: str, refunds: int
) -> None:
    _, _, line = await bought(runtime, client)
    line_id = UUID(line["id"])
    turn = asyncio.Barrier(2)

    async def refund() -> None:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            gone = await connection.fetchval("SELECT refunded_units FROM twin.line WHERE id = $1", line_id)
            await turn.wait()
            if 0 not in gone:
                await connection.execute(MARK + guard, line_id, [0])

    async with twins(runtime, "orders.line"):
        await asyncio.gather(refund(), refund())
        async with runtime.db.read() as tx:
            count = await tx.value("SELECT cardinality(refunded_units) FROM twin.line WHERE id = $1", line_id)
    assert count == refunds

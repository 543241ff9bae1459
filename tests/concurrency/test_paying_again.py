"""A declined payment may be tried again: pressed twice it opens one payment, and none for an order that is ending."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests.factories.checkout import Shopper, make_shopper, signed_notice, tell, violations, work
from tests.factories.overlap import Operation, overlap, write
from tests.factories.twins import twins

from galleria.commerce import checkout
from galleria.commerce.checkout import operations
from galleria.commerce.checkout.jobs import ask_unanswered
from galleria.kernel.ids import AttemptId, OrderId, new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import payments
from galleria.value.payments.store import attempts as store

Placed = dict[str, Any]


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


@pytest.fixture
async def declined(shopper: Shopper) -> Placed:
    placed = await shopper.placed()
    await shopper.decide(placed["id"], "decline")
    return placed


async def latest(shopper: Shopper, placed: Placed) -> payments.Attempt:
    async with shopper.runtime.db.read() as tx:
        found = await payments.last_attempt(tx, mall_id=shopper.mall.mall_id, order_id=OrderId(UUID(placed["id"])))
    assert found is not None
    return found


async def states(shopper: Shopper) -> list[str]:
    sql = "SELECT state FROM payments.attempt WHERE mall_id = $1 ORDER BY id"
    async with shopper.runtime.db.read() as tx:
        return await tx.values(sql, shopper.mall.mall_id)


def again(failed: payments.Attempt) -> Operation:
    return lambda tx: operations.pay_again(
        tx, last=failed, provider=failed.provider, scene=failed.scene, now=datetime.now(UTC)
    )


async def test_pay_pressed_many_times_after_a_decline_opens_one_payment(shopper: Shopper, declined: Placed) -> None:
    answers = await asyncio.gather(*(shopper.post(f"/orders/{declined['id']}/pay") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    addresses = {answer.json()["redirect_url"].split("?")[0] for answer in answers}
    assert len(addresses) == 1
    assert await states(shopper) == ["failed", "created"]


async def test_pay_pressed_while_another_attempt_is_being_opened_joins_it(shopper: Shopper, declined: Placed) -> None:
    failed = await latest(shopper, declined)
    opened, answer = await overlap(shopper.runtime, again(failed), shopper.post(f"/orders/{declined['id']}/pay"))
    assert answer.status_code == 200, answer.text
    assert str(opened.id) in answer.json()["redirect_url"]
    assert await states(shopper) == ["failed", "created"]


@pytest.mark.parametrize(("guard", "opened"), [(True, 1), (False, 2)])
async def test_twin_only_the_index_keeps_a_second_attempt_away(
    shopper: Shopper, declined: Placed, *, guard: bool, opened: int
) -> None:
    """The same INSERT, on a copy of the table with its partial unique index and without."""
    failed, inserted = await latest(shopper, declined), []
    conflict = "ON CONFLICT (mall_id, intent_id) WHERE state IN ('created', 'started', 'unknown') DO NOTHING"

    class OnTwin(Tx):
        async def run(self, sql: str, *args: Any) -> int:
            assert conflict in sql
            sql = sql.replace("payments.", "twin.")
            return await super().run(sql if guard else sql.replace(conflict, ""), *args)

    async def attempt(tx: Tx) -> None:
        fresh = msgspec.structs.replace(failed, id=AttemptId(new_id()), n=2)
        inserted.append(await store.insert_attempt(OnTwin(tx._connection), fresh))  # noqa: SLF001 - same transaction

    async with twins(shopper.runtime, "payments.intent", "payments.attempt"):
        if guard:
            await shopper.runtime.db.pool.execute(
                "CREATE UNIQUE INDEX ON twin.attempt (mall_id, intent_id) "
                "WHERE state IN ('created', 'started', 'unknown')"
            )
        await overlap(shopper.runtime, attempt, write(shopper.runtime, attempt))
    assert sum(inserted) == opened


async def test_no_attempt_is_opened_for_an_order_being_cancelled(shopper: Shopper, declined: Placed) -> None:
    mall_id, order_id = shopper.mall.mall_id, OrderId(UUID(declined["id"]))

    def cancel(tx: Tx) -> Any:
        now = datetime.now(UTC)
        return checkout.cancel(tx, mall_id=mall_id, order_id=order_id, member_id=shopper.member_id, now=now)

    failed = await latest(shopper, declined)
    _, refused = await overlap(shopper.runtime, cancel, write(shopper.runtime, again(failed)))
    assert isinstance(refused, checkout.OrderNotWaiting)
    assert await states(shopper) == ["failed"]
    assert await violations(shopper.runtime) == []


async def test_twin_without_the_lock_an_attempt_outlives_its_order(
    shopper: Shopper, declined: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_lock(*_: Any, **__: Any) -> None:
        return None

    mall_id, order_id = shopper.mall.mall_id, OrderId(UUID(declined["id"]))

    def cancel(tx: Tx) -> Any:
        now = datetime.now(UTC)
        return checkout.cancel(tx, mall_id=mall_id, order_id=order_id, member_id=shopper.member_id, now=now)

    failed = await latest(shopper, declined)
    monkeypatch.setattr("galleria.value.payments.lock_intent", no_lock)
    monkeypatch.setattr(store, "_ANOTHER", store._ANOTHER.replace("AND state = 'created'", ""))  # noqa: SLF001
    await overlap(shopper.runtime, cancel, write(shopper.runtime, again(failed)))
    assert await states(shopper) == ["failed", "created"]


async def test_the_second_attempt_is_closed_when_the_first_turns_out_paid(shopper: Shopper, declined: Placed) -> None:
    """The provider changes its mind about a declined payment: the order is paid, and nobody is asked to pay twice."""
    assert (await shopper.post(f"/orders/{declined['id']}/pay")).status_code == 200
    told = await tell(shopper.client, signed_notice(shopper.runtime, shopper, declined))
    assert told.json() == {"result": "succeeded"}
    assert await states(shopper) == ["succeeded", "closed"]
    past_its_time = datetime.now(UTC) + timedelta(minutes=16)
    await ask_unanswered(shopper.runtime, past_its_time)
    await work(shopper.runtime)
    assert await states(shopper) == ["succeeded", "closed"]
    assert (await shopper.order(declined["id"]))["state"] == "paid"
    assert await violations(shopper.runtime) == []

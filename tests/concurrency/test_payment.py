"""Payments and orders under rivals: each guard has a twin that shows the race when the guard is off."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, signed_notice, tell, violations, work

from galleria.adapters.payments_sandbox.model import ChargeState
from galleria.commerce.checkout.jobs import expire_one
from galleria.commerce.orders.store import placing as order_store
from galleria.kernel.ids import OrderId
from galleria.platform.runtime import Runtime
from galleria.value.payments.store import attempts as payment_store


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


async def movements(shopper: Shopper) -> int:
    async with shopper.runtime.db.read() as tx:
        found: int = await tx.value(
            "SELECT count(*) FROM stock.movement WHERE mall_id = $1 AND kind = 'sale'", shopper.mall.mall_id
        )
    return found


async def test_a_callback_told_many_times_at_once_completes_once(shopper: Shopper) -> None:
    placed = await shopper.placed()
    notice = signed_notice(shopper.runtime, shopper, placed)
    answers = await asyncio.gather(*(tell(shopper.client, notice) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["result"] for answer in answers) == ["duplicate"] * 7 + ["succeeded"]
    assert await movements(shopper) == 2
    assert await violations(shopper.runtime) == []


async def test_twin_without_conditions_every_callback_completes(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both conditional updates off, the second callback believes it is the first."""
    unguarded = payment_store._SETTLE.replace("AND EXISTS (SELECT FROM fresh)", "")  # noqa: SLF001
    unguarded = unguarded.replace("attempt_state <> 'succeeded'", "true").replace("state = 'succeeded'\n", "false\n")
    monkeypatch.setattr(payment_store, "_SETTLE", unguarded)
    monkeypatch.setattr(order_store, "_PAY", order_store._PAY.replace("AND state = 'pending_payment'", ""))  # noqa: SLF001
    placed = await shopper.placed()
    notice = signed_notice(shopper.runtime, shopper, placed)
    answers = await asyncio.gather(*(tell(shopper.client, notice) for _ in range(4)))
    believers = [a for a in answers if a.status_code != 200 or a.json()["result"] == "succeeded"]
    assert len(believers) > 1  # more than one went on to complete; only the keys of other tables could stop them


async def test_the_last_unit_goes_to_one(runtime: Runtime, client: httpx.AsyncClient) -> None:
    first = await make_shopper(runtime, client, on_hand=1)
    rivals = [first, *[await make_shopper(runtime, client, mall=first.mall, goods=first.goods) for _ in range(5)]]
    for rival in rivals:
        await rival.fill(1, 1)
    answers = await asyncio.gather(*(rival.place(shown_total_minor=12550) for rival in rivals))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"out_of_stock"}
    assert await first.left() == [0, 0]
    assert await violations(runtime) == []


async def test_one_cart_placed_twice_at_once_is_one_order(shopper: Shopper) -> None:
    await shopper.fill(1, 1)
    answers = await asyncio.gather(*(shopper.place(shown_total_minor=12550) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    assert len((await shopper.get("/me/orders")).json()["items"]) == 1
    assert await shopper.left() == [99, 99]


async def test_the_same_key_at_once_is_one_order(shopper: Shopper) -> None:
    await shopper.fill(1, 1)
    answers = await asyncio.gather(*(shopper.place(key="the-same-key", shown_total_minor=12550) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def _race(shopper: Shopper, ending: Any) -> tuple[dict[str, Any], list[Any]]:
    placed = await shopper.placed()
    notice = signed_notice(shopper.runtime, shopper, placed)
    await asyncio.gather(tell(shopper.client, notice), ending(placed))
    await work(shopper.runtime)
    async with shopper.runtime.db.read() as tx:
        back = await tx.values("SELECT amount_minor FROM payments.refund WHERE mall_id = $1", shopper.mall.mall_id)
    return await shopper.order(placed["id"]), back


@pytest.mark.parametrize("_round", range(6))
async def test_cancel_against_callback(shopper: Shopper, _round: int) -> None:
    order, back = await _race(shopper, lambda placed: shopper.post(f"/orders/{placed['id']}/cancel"))
    kept = {"paid": ([], [98, 99]), "cancelled": ([order["payable_minor"]], [100, 100])}
    refunded, left = kept[order["state"]]
    assert back == refunded
    assert await shopper.left() == left
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize("_round", range(6))
async def test_expire_against_callback(shopper: Shopper, _round: int) -> None:
    late = datetime.now(UTC) + timedelta(minutes=16)
    order, back = await _race(
        shopper,
        lambda placed: expire_one(shopper.runtime, shopper.mall.mall_id, OrderId(UUID(placed["id"])), late),
    )
    kept = {"paid": ([], [98, 99]), "expired": ([order["payable_minor"]], [100, 100])}
    refunded, left = kept[order["state"]]
    assert back == refunded
    assert await shopper.left() == left
    assert await violations(shopper.runtime) == []


async def test_failure_and_success_at_once_end_paid(shopper: Shopper) -> None:
    placed = await shopper.placed()
    good = signed_notice(shopper.runtime, shopper, placed)
    bad = signed_notice(shopper.runtime, shopper, placed, state=ChargeState.DECLINED)
    answers = await asyncio.gather(tell(shopper.client, good), tell(shopper.client, bad))
    assert {answer.status_code for answer in answers} == {200}
    assert (await shopper.order(placed["id"]))["state"] == "paid"
    assert await violations(shopper.runtime) == []

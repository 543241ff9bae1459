"""An order can be paid, cancelled, expired: whoever commits first wins, and the loser's doing is undone or refused.

Each pair overlaps in both directions on the real tables; the twins do the same statements on bare copies of the
tables, with their condition and without it.
"""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, sandbox, signed_notice, tell, violations, work
from tests.factories.overlap import Operation, overlap, write
from tests.factories.twins import twins

from galleria.commerce import checkout
from galleria.commerce.checkout import operations
from galleria.commerce.checkout.jobs import expire_one
from galleria.commerce.orders import EndedOrder, OrderState, PaidOrder
from galleria.commerce.orders.store import placing as order_store
from galleria.kernel.ids import OrderId
from galleria.platform.actors import SYSTEM
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import payments

LATE = datetime.now(UTC) + timedelta(hours=2)
CONDITION = "AND state = 'pending_payment'"

Placed = dict[str, Any]


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


def order_id(placed: Placed) -> OrderId:
    return OrderId(UUID(placed["id"]))


def callback(shopper: Shopper, placed: Placed) -> Operation:
    headers, body = signed_notice(shopper.runtime, shopper, placed)
    now = datetime.now(UTC)

    async def take(tx: Tx) -> payments.Result:
        notice = await sandbox(shopper.runtime).parse_notice(headers, body, now=now)
        assert isinstance(notice, payments.Notice)
        return await operations.take_notice(tx, notice=notice, now=now)

    return take


def cancelling(shopper: Shopper, placed: Placed) -> Operation:
    mall_id, member_id = shopper.mall.mall_id, shopper.member_id
    return lambda tx: checkout.cancel(
        tx, mall_id=mall_id, order_id=order_id(placed), member_id=member_id, now=datetime.now(UTC)
    )


def expiring(shopper: Shopper, placed: Placed) -> Operation:
    return lambda tx: checkout.expire(tx, mall_id=shopper.mall.mall_id, order_id=order_id(placed), now=LATE)


def ask_to_cancel(shopper: Shopper, placed: Placed) -> Coroutine[Any, Any, Any]:
    return shopper.post(f"/orders/{placed['id']}/cancel")


def let_it_expire(shopper: Shopper, placed: Placed) -> Coroutine[Any, Any, Any]:
    return write(shopper.runtime, expiring(shopper, placed))


async def refunds(shopper: Shopper) -> list[int]:
    async with shopper.runtime.db.read() as tx:
        return await tx.values("SELECT amount_minor FROM payments.refund WHERE mall_id = $1", shopper.mall.mall_id)


async def ended_as(shopper: Shopper, placed: Placed, state: str, *, collected: bool) -> None:
    """Assert that the order ended so, and that stock, coupon and money are where they then belong."""
    await work(shopper.runtime)
    assert (await shopper.order(placed["id"]))["state"] == state
    assert await shopper.left() == ([98, 99] if state == "paid" else [100, 100])
    assert await refunds(shopper) == ([placed["payable_minor"]] if collected and state != "paid" else [])
    [claim] = (await shopper.get("/me/coupons")).json()["items"]
    assert claim["state"] == ("used" if state == "paid" else "issued")
    assert await violations(shopper.runtime) == []


async def with_coupon(shopper: Shopper) -> Placed:
    claim_id = await shopper.claim()
    await shopper.fill(2, 1)
    placed: Placed = (await shopper.place(claim_id=claim_id)).json()
    return placed


ENDINGS = [("cancelled", cancelling), ("expired", expiring)]


@pytest.mark.parametrize(("state", "ending"), ENDINGS)
async def test_a_callback_after_an_ending_gives_the_money_back(
    shopper: Shopper, state: str, ending: Callable[[Shopper, Placed], Operation]
) -> None:
    placed = await with_coupon(shopper)
    notice = signed_notice(shopper.runtime, shopper, placed)
    _, told = await overlap(shopper.runtime, ending(shopper, placed), tell(shopper.client, notice))
    assert (told.status_code, told.json()) == (200, {"result": "succeeded"})
    await ended_as(shopper, placed, state, collected=True)


async def test_a_cancellation_after_a_callback_is_refused(shopper: Shopper) -> None:
    placed = await with_coupon(shopper)
    _, refused = await overlap(shopper.runtime, callback(shopper, placed), ask_to_cancel(shopper, placed))
    assert (refused.status_code, refused.json()["code"]) == (409, "order_already_paid")
    await ended_as(shopper, placed, "paid", collected=True)


async def test_an_expiry_after_a_callback_does_nothing(shopper: Shopper) -> None:
    placed = await with_coupon(shopper)
    _, refused = await overlap(shopper.runtime, callback(shopper, placed), let_it_expire(shopper, placed))
    assert isinstance(refused, checkout.OrderNotWaiting)
    await ended_as(shopper, placed, "paid", collected=True)


async def test_the_sweeper_against_a_cancellation_gives_back_once(shopper: Shopper) -> None:
    placed = await with_coupon(shopper)
    sweeping = expire_one(shopper.runtime, shopper.mall.mall_id, order_id(placed), LATE)
    await overlap(shopper.runtime, cancelling(shopper, placed), sweeping)
    await ended_as(shopper, placed, "cancelled", collected=False)


def pay_twin(shopper: Shopper, placed: Placed, condition: str) -> Operation:
    sql = on_twins(order_store._PAY, condition)  # noqa: SLF001 - the very statement, its condition taken out
    now = datetime.now(UTC)
    args = (shopper.mall.mall_id, order_id(placed), now, SYSTEM.kind.value, SYSTEM.id, [], now)
    return lambda tx: tx.one(PaidOrder, sql, *args)


def end_twin(shopper: Shopper, placed: Placed, state: OrderState, condition: str) -> Operation:
    sql = on_twins(order_store._END, condition)  # noqa: SLF001 - as above
    args = (shopper.mall.mall_id, order_id(placed), state.value, LATE, None, SYSTEM.kind.value, SYSTEM.id)
    return lambda tx: tx.one(EndedOrder, sql, *args)


def on_twins(sql: str, condition: str) -> str:
    assert sql.count(CONDITION) == 1
    return sql.replace(CONDITION, condition).replace("orders.", "twin.")


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.EXPIRED])
@pytest.mark.parametrize(("condition", "believers"), [(CONDITION, 1), ("", 2)])
@pytest.mark.parametrize("paid_first", [True, False])
async def test_twin_only_the_condition_keeps_an_order_from_ending_twice(
    shopper: Shopper, state: OrderState, condition: str, believers: int, *, paid_first: bool
) -> None:
    placed = await shopper.placed()
    async with twins(
        shopper.runtime, "orders.purchase", "orders.sub_order", "orders.line", "orders.applied", "orders.event"
    ):
        pair = [pay_twin(shopper, placed, condition), end_twin(shopper, placed, state, condition)]
        first, second = pair if paid_first else pair[::-1]
        given = await overlap(shopper.runtime, first, write(shopper.runtime, second))
    assert sum(one is not None for one in given) == believers, given

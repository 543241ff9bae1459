"""Whoever is last completes a split bill, once; what is set aside is spent once; a till pays out once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.factories.checkout import Shopper, make_shopper, signed_notice, tell, violations, work
from tests.factories.overlap import Operation, overlap, write
from tests.factories.tenders import give_points, has, put_in, worth
from tests.factories.twins import twins

from galleria.commerce import checkout, orders, returns
from galleria.commerce.checkout import Channel, Split
from galleria.commerce.checkout.operations import collected
from galleria.commerce.orders.store import cash as cash_store
from galleria.kernel.errors import DomainError
from galleria.kernel.ids import LineId, OrderId, RefundId, StaffId, TenderId, VariantId, new_id
from galleria.platform.actors import SYSTEM, Reach
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value.payments import Providers


@pytest.fixture
async def shopper(runtime: Runtime, client: httpx.AsyncClient) -> Shopper:
    return await make_shopper(runtime, client)


async def table(shopper: Shopper, *parts: int) -> checkout.PlacedOrder:
    """Place two units at 80.00 for a table, split into parts (or not)."""

    async def operation(tx: Tx) -> checkout.PlacedOrder:
        return await checkout.place_items(
            tx,
            mall_id=shopper.mall.mall_id,
            member_id=shopper.member_id,
            items=[checkout.BasketItem(variant_id=VariantId(UUID(shopper.variants[0])), quantity=2)],
            channel=Channel.TABLE,
            way=orders.Way.TABLE,
            shown_total_minor=16_000,
            provider=shopper.runtime.port(Providers).preferred,
            origin="http://test",
            hold=timedelta(minutes=15),
            now=datetime.now(UTC),
            split=[Split(payer_id=None, amount_minor=part) for part in parts] or None,
        )

    placed: checkout.PlacedOrder = await write(shopper.runtime, operation)
    return placed


def pay(shopper: Shopper, placed: checkout.PlacedOrder, n: int) -> Any:
    part = placed.pay[n]
    told = {"intent_id": str(part.intent_id), "payable_minor": part.amount_minor, "currency": placed.currency}
    return tell(shopper.client, signed_notice(shopper.runtime, shopper, told))


async def completions(shopper: Shopper) -> int:
    async with shopper.runtime.db.read() as tx:
        found: int = await tx.value(
            "SELECT count(*) FROM ledger.entry WHERE mall_id = $1 AND code = 'orders.paid'", shopper.mall.mall_id
        )
    return found


async def test_the_last_two_of_a_split_bill_at_once_complete_it_once(shopper: Shopper) -> None:
    placed = await table(shopper, 4000, 4000, 4000, 4000)
    answers = await asyncio.gather(*(pay(shopper, placed, n) for n in range(4)))
    assert {answer.json()["result"] for answer in answers} == {"succeeded"}
    assert (await shopper.order(str(placed.id)))["state"] == "paid"
    assert await completions(shopper) == 1
    assert await violations(shopper.runtime) == []


async def test_twin_a_list_read_before_it_is_written_loses_a_payer(shopper: Shopper) -> None:
    """Read, add, write: two last payers each miss the other, and the bill is never paid."""
    placed = await table(shopper, 8000, 8000)
    tenders = [part.tender_id for part in placed.pay]

    def naive(tender: TenderId) -> Operation:
        async def operation(tx: Tx) -> int:
            seen = await tx.value("SELECT collected FROM twin.purchase WHERE id = $1", placed.id)
            await tx.run("UPDATE twin.purchase SET collected = $2 WHERE id = $1", placed.id, [*seen, tender])
            return len(seen) + 1

        return operation

    async with twins(shopper.runtime, "orders.purchase"):
        counts = await overlap(shopper.runtime, naive(tenders[0]), write(shopper.runtime, naive(tenders[1])))
        assert sorted(counts) == [1, 1]
        async with shopper.runtime.db.read() as tx:
            kept = await tx.value("SELECT cardinality(collected) FROM twin.purchase WHERE id = $1", placed.id)
    assert kept == 1


async def test_a_cancellation_against_the_last_payer_gives_everything_back(shopper: Shopper) -> None:
    placed = await table(shopper, 8000, 8000)
    await pay(shopper, placed, 0)

    async def cancelling(tx: Tx) -> checkout.CancelledOrder:
        return await checkout.cancel(
            tx,
            mall_id=shopper.mall.mall_id,
            order_id=placed.id,
            member_id=shopper.member_id,
            now=datetime.now(UTC),
        )

    _, told = await overlap(shopper.runtime, cancelling, pay(shopper, placed, 1))
    assert told.json() == {"result": "succeeded"}
    await work(shopper.runtime)
    assert (await shopper.order(str(placed.id)))["state"] == "cancelled"
    assert await completions(shopper) == 0
    assert await violations(shopper.runtime) == []


async def test_the_same_points_and_money_pay_for_one_order(shopper: Shopper) -> None:
    await worth(shopper.runtime, shopper)
    await give_points(shopper, 3000)
    await put_in(shopper, 5000)
    await shopper.fill(1, 1)
    first, second = (
        {"variant_ids": [variant], "points": 3000, "stored_value_minor": 1550, "shown_total_minor": price}
        for variant, price in zip(shopper.variants, (8000, 4550), strict=True)
    )
    answers = await asyncio.gather(shopper.post("/orders", first), shopper.post("/orders", second))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "insufficient_points"
    assert await has(shopper) == (0, 3450)
    assert await violations(shopper.runtime) == []


async def owed(shopper: Shopper) -> RefundId:
    """Return what a till owes: one unit of an order it took cash for."""
    placed = await table(shopper)
    merchant = shopper.mall.merchant_ids[0]
    await write(
        shopper.runtime,
        lambda tx: collected(
            tx,
            mall_id=shopper.mall.mall_id,
            order_id=placed.id,
            tender_id=TenderId(placed.id),
            holder_id=merchant,
            now=datetime.now(UTC),
        ),
    )
    order = await shopper.order(str(placed.id))
    line = order["sub_orders"][0]["lines"][0]["id"]
    made = await shopper.post(f"/me/orders/{placed.id}/refunds", {"lines": [{"line_id": line, "count": 1}]})
    return RefundId(UUID(made.json()["backs"][0]["refund_id"]))


async def test_a_till_pays_out_once(shopper: Shopper) -> None:
    refund_id = await owed(shopper)

    def paying(tx: Tx) -> Any:
        return orders.pay_cash(
            tx,
            mall_id=shopper.mall.mall_id,
            refund_id=refund_id,
            staff_id=StaffId(new_id()),
            now=datetime.now(UTC),
        )

    first, second = await overlap(shopper.runtime, paying, write(shopper.runtime, paying))
    assert isinstance(first, orders.CashRefund)
    assert isinstance(second, orders.CashPaid)
    assert await violations(shopper.runtime) == []


@pytest.mark.parametrize(("condition", "believers"), [("AND state = 'requested'", 1), ("", 2)])
async def test_twin_only_the_condition_keeps_a_till_from_paying_twice(
    shopper: Shopper, condition: str, believers: int
) -> None:
    refund_id = await owed(shopper)
    assert cash_store.PAY.count("AND state = 'requested'") == 1
    sql = cash_store.PAY.replace("AND state = 'requested'", condition).replace("orders.", "twin.")

    def paying(tx: Tx) -> Any:
        args = (shopper.mall.mall_id, refund_id, new_id(), datetime.now(UTC))
        return tx.one(orders.CashRefund, sql, *args)

    async with twins(shopper.runtime, "orders.purchase", "orders.sub_order", "orders.cash_refund"):
        given = await overlap(shopper.runtime, paying, write(shopper.runtime, paying))
    assert sum(one is not None for one in given) == believers


@pytest.mark.parametrize("reduced_first", [True, False])
async def test_a_unit_is_not_made_cheaper_while_it_goes_back(shopper: Shopper, *, reduced_first: bool) -> None:
    order = await shopper.paid(1, 1)
    line = next(ln for part in order["sub_orders"] for ln in part["lines"] if ln["kind"] == "physical")
    order_id, mall_id = OrderId(UUID(order["id"])), shopper.mall.mall_id
    one = returns.Reduction(line_id=LineId(UUID(line["id"])), unit=0, amount_minor=5000)
    wanted = returns.Wanted(lines=[returns.WantedLine(line_id=UUID(line["id"]), count=1)])
    everywhere = Reach(everything=True, merchant_ids=[], shop_ids=[])

    def reducing(tx: Tx) -> Any:
        return returns.reduce(
            tx, mall_id=mall_id, order_id=order_id, reductions=[one], reason="", actor=SYSTEM, now=datetime.now(UTC)
        )

    def refunding(tx: Tx) -> Any:
        return returns.refund(
            tx, mall_id=mall_id, order_id=order_id, wanted=wanted, actor=SYSTEM, reach=everywhere, now=datetime.now(UTC)
        )

    pair = (reducing, refunding) if reduced_first else (refunding, reducing)
    given = await overlap(shopper.runtime, pair[0], write(shopper.runtime, pair[1]))
    amounts = [0 if isinstance(one, DomainError) else one.amount_minor for one in given]
    assert amounts == ([5000, 3000] if reduced_first else [8000, 0])
    assert await violations(shopper.runtime) == []

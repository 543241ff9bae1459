"""Stock through the door: promises, sales, counts, and what is refused leaves no trace."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.factories.malls import MadeMall, make_mall

from galleria.kernel.errors import Invalid
from galleria.kernel.ids import OrderId, VariantId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import stock
from galleria.value.stock.wiring import MODULE

NOTHING = type(None)
NOW = datetime.now(UTC)
SOON = NOW + timedelta(minutes=15)


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def do(runtime: Runtime, operation: Callable[[Tx], Awaitable[Any]], returns: Any = NOTHING) -> Any:
    return await runtime.db.write(Command(kind="tests.stock", actor=SYSTEM, now=NOW), operation, returns=returns)


async def new_variants(runtime: Runtime, mall: MadeMall, *on_hand: int) -> list[VariantId]:
    ids = [VariantId(new_id()) for _ in on_hand]
    items = list(zip(ids, on_hand, strict=True))
    await do(runtime, lambda tx: stock.receive_many(tx, mall_id=mall.mall_id, items=items, now=NOW))
    return ids


async def level(runtime: Runtime, mall: MadeMall, variant_id: VariantId) -> tuple[int, int, int]:
    async with runtime.db.read() as tx:
        found = (await stock.levels(tx, mall.mall_id, [variant_id]))[variant_id]
    return found.on_hand, found.reserved, found.available


async def movements(runtime: Runtime, mall: MadeMall, variant_id: VariantId) -> list[tuple[str, int]]:
    async with runtime.db.read() as tx:
        page = await stock.list_movements(tx, mall_id=mall.mall_id, variant_id=variant_id, cursor=None, limit=50)
    return [(m.kind.value, m.quantity) for m in reversed(page.items)]


def reserving(mall: MadeMall, order_id: OrderId, wants: list[tuple[VariantId, int]]) -> Callable[[Tx], Awaitable[None]]:
    return lambda tx: stock.reserve(tx, mall_id=mall.mall_id, order_id=order_id, wants=wants, expires_at=SOON)


async def test_a_promise_is_taken_once(runtime: Runtime, mall: MadeMall) -> None:
    (a, b), order = await new_variants(runtime, mall, 5, 2), OrderId(new_id())
    await do(runtime, reserving(mall, order, [(b, 1), (a, 2), (a, 1)]))
    assert await level(runtime, mall, a) == (5, 3, 2)
    for taken in (4, 0):
        assert await do(
            runtime, lambda tx: stock.take(tx, mall_id=mall.mall_id, order_id=order, now=NOW), int
        ) == taken  # fmt: skip
    assert await do(runtime, lambda tx: stock.release(tx, mall_id=mall.mall_id, order_id=order), int) == 0
    assert (await level(runtime, mall, a), await level(runtime, mall, b)) == ((2, 0, 2), (1, 0, 1))
    assert await movements(runtime, mall, a) == [("receive", 5), ("sale", -3)]


async def test_a_promise_is_released_once(runtime: Runtime, mall: MadeMall) -> None:
    (a,), order = await new_variants(runtime, mall, 5), OrderId(new_id())
    await do(runtime, reserving(mall, order, [(a, 5)]))
    for released in (5, 0):
        assert await do(
            runtime, lambda tx: stock.release(tx, mall_id=mall.mall_id, order_id=order), int
        ) == released  # fmt: skip
    assert await do(runtime, lambda tx: stock.take(tx, mall_id=mall.mall_id, order_id=order, now=NOW), int) == 0
    assert await level(runtime, mall, a) == (5, 0, 5)


async def test_short_of_one_thing_nothing_is_promised(runtime: Runtime, mall: MadeMall) -> None:
    a, b = await new_variants(runtime, mall, 5, 2)
    never = VariantId(new_id())
    with pytest.raises(stock.OutOfStock) as refused:
        await do(runtime, reserving(mall, OrderId(new_id()), [(a, 1), (b, 3), (never, 1)]))
    assert refused.value.left == {b: 2, never: 0}
    assert {(e.code, e.params["left"]) for e in refused.value.errors} == {("stock_left", 2), ("stock_left", 0)}
    assert (await level(runtime, mall, a), await level(runtime, mall, b)) == ((5, 0, 5), (2, 0, 2))


async def test_what_comes_back_can_be_sold_again(runtime: Runtime, mall: MadeMall) -> None:
    (a,) = await new_variants(runtime, mall, 1)
    items = [(a, 1), (a, 2)]
    await do(runtime, lambda tx: stock.give_back(tx, mall_id=mall.mall_id, reference=new_id(), items=items, now=NOW))
    assert await level(runtime, mall, a) == (4, 0, 4)
    assert await movements(runtime, mall, a) == [("receive", 1), ("return", 3)]


async def test_a_count_records_the_difference(runtime: Runtime, mall: MadeMall) -> None:
    (a,), fresh = await new_variants(runtime, mall, 5), VariantId(new_id())
    for variant, counts in ((a, (3, 3, 8)), (fresh, (4, 0))):
        for on_hand in counts:
            await do(
                runtime,
                lambda tx, v=variant, n=on_hand: stock.set_level(
                    tx, mall_id=mall.mall_id, variant_id=v, on_hand=n, now=NOW
                ),
                stock.Level,
            )
    assert await movements(runtime, mall, a) == [("receive", 5), ("adjust", -2), ("adjust", 5)]
    assert await movements(runtime, mall, fresh) == [("adjust", 4), ("adjust", -4)]


async def test_a_count_below_what_is_promised_is_refused(runtime: Runtime, mall: MadeMall) -> None:
    a, b = await new_variants(runtime, mall, 5, 5)
    await do(runtime, reserving(mall, OrderId(new_id()), [(a, 3)]))
    with pytest.raises(stock.BelowReserved):
        await do(runtime, lambda tx: stock.set_levels(tx, mall_id=mall.mall_id, levels={a: 2, b: 1}, now=NOW))
    assert (await level(runtime, mall, a), await level(runtime, mall, b)) == ((5, 3, 2), (5, 0, 5))
    assert await movements(runtime, mall, b) == [("receive", 5)]


@pytest.mark.parametrize("quantity", [0, -1])
async def test_a_delivery_is_above_zero(runtime: Runtime, mall: MadeMall, quantity: int) -> None:
    with pytest.raises(Invalid):
        await do(
            runtime,
            lambda tx: stock.receive(
                tx, mall_id=mall.mall_id, variant_id=VariantId(new_id()), quantity=quantity, now=NOW
            ),
        )


async def test_the_invariants_hold_after_all_that(runtime: Runtime, mall: MadeMall) -> None:
    async with runtime.db.read() as tx:
        assert [await tx.values(invariant.sql) for invariant in MODULE.invariants] == [[], []]

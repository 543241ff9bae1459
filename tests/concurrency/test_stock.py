"""The last unit goes to one; crossing orders never wait in a circle. The twin shows what the guard prevents."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests.factories.malls import make_mall
from tests.factories.overlap import overlap, write
from tests.factories.twins import twins

from galleria.kernel.ids import MallId, OrderId, VariantId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import stock
from galleria.value.stock import store

NOW = datetime.now(UTC)


async def shelf(runtime: Runtime, *on_hand: int) -> tuple[MallId, list[VariantId]]:
    mall = await make_mall(runtime)
    ids = sorted(VariantId(new_id()) for _ in on_hand)
    await runtime.db.write(
        Command(kind="tests.receive", actor=SYSTEM, now=NOW),
        lambda tx: stock.receive_many(tx, mall_id=mall.mall_id, items=list(zip(ids, on_hand, strict=True)), now=NOW),
        returns=type(None),
    )
    return mall.mall_id, ids


async def reserve(runtime: Runtime, mall_id: MallId, wants: list[tuple[VariantId, int]]) -> bool:
    async def want(tx: Tx) -> None:
        await stock.reserve(
            tx, mall_id=mall_id, order_id=OrderId(new_id()), wants=wants, expires_at=NOW + timedelta(minutes=15)
        )

    try:
        await runtime.db.write(Command(kind="tests.reserve", actor=SYSTEM, now=NOW), want, returns=type(None))
    except stock.OutOfStock:
        return False
    return True


async def test_the_last_units_go_to_as_many_as_there_are(runtime: Runtime) -> None:
    mall_id, (variant,) = await shelf(runtime, 3)
    won = await asyncio.gather(*(reserve(runtime, mall_id, [(variant, 1)]) for _ in range(40)))
    async with runtime.db.read() as tx:
        level = (await stock.levels(tx, mall_id, [variant]))[variant]
        held = await tx.value("SELECT count(*) FROM stock.reservation WHERE variant_id = $1", variant)
    assert (sum(won), level.reserved, level.available, held) == (3, 3, 0, 3)


async def test_crossing_orders_all_end(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the orders want the goods in one order, half in the other, and no transaction is ever a deadlock."""
    monkeypatch.setattr("galleria.platform.db.RETRIED", ())
    mall_id, (a, b, c) = await shelf(runtime, 30, 30, 30)
    wants = [[(a, 1), (b, 1), (c, 1)], [(c, 1), (b, 1), (a, 1)]]
    won = await asyncio.gather(*(reserve(runtime, mall_id, wants[i % 2]) for i in range(40)))
    async with runtime.db.read() as tx:
        left = await stock.available(tx, mall_id, [a, b, c])
    assert (sum(won), set(left.values())) == (30, {0})


async def test_takes_and_releases_cross_with_reserves(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galleria.platform.db.RETRIED", ())
    mall_id, ids = await shelf(runtime, 50, 50)

    async def life(number: int) -> None:
        order = OrderId(new_id())
        wants = [(v, 1) for v in (ids if number % 2 else reversed(ids))]
        steps = (
            lambda tx: stock.reserve(tx, mall_id=mall_id, order_id=order, wants=wants, expires_at=NOW),
            (lambda tx: stock.take(tx, mall_id=mall_id, order_id=order, now=NOW))
            if number % 3
            else (lambda tx: stock.release(tx, mall_id=mall_id, order_id=order)),
        )
        for step in steps:
            await runtime.db.write(Command(kind="tests.life", actor=SYSTEM, now=NOW), step, returns=type(None))

    await asyncio.gather(*(life(number) for number in range(30)))
    async with runtime.db.read() as tx:
        levels = await stock.levels(tx, mall_id, ids)
    assert {(level.on_hand, level.reserved) for level in levels.values()} == {(30, 0)}


async def test_an_order_waits_for_the_one_before_it_and_finds_the_shelf_empty(runtime: Runtime) -> None:
    mall_id, (variant,) = await shelf(runtime, 1)

    async def want(tx: Tx) -> None:
        await stock.reserve(
            tx, mall_id=mall_id, order_id=OrderId(new_id()), wants=[(variant, 1)], expires_at=NOW + timedelta(minutes=1)
        )

    first, second = await overlap(runtime, want, write(runtime, want))
    assert first is None
    assert isinstance(second, stock.OutOfStock)


LOCK = "ORDER BY l.variant_id FOR UPDATE"


@pytest.mark.parametrize(("guard", "promised"), [(LOCK, 1), ("ORDER BY l.variant_id", 2)])
async def test_twin_only_the_row_lock_keeps_the_last_unit_from_going_twice(
    runtime: Runtime, guard: str, promised: int
) -> None:
    """The statement of `reserve` itself on copies of its tables, with its lock and without."""
    mall_id, (variant,) = await shelf(runtime, 1)
    assert store._RESERVE.count(LOCK) == 1  # noqa: SLF001 - the very statement
    sql = store._RESERVE.replace(LOCK, guard).replace("stock.", "twin.")  # noqa: SLF001

    def want(tx: Tx) -> Any:
        return tx.all(store.Short, sql, mall_id, new_id(), [variant], [1], NOW + timedelta(minutes=1))

    async with twins(runtime, "stock.level", "stock.reservation"):
        await overlap(runtime, want, write(runtime, want))
        async with runtime.db.read() as tx:
            found = await tx.value("SELECT reserved FROM twin.level WHERE variant_id = $1", variant)
    assert found == promised


async def test_the_constraint_holds_where_the_lock_is_forgotten(runtime: Runtime) -> None:
    mall_id, (variant,) = await shelf(runtime, 1)
    careless = store._RESERVE.replace(LOCK, "ORDER BY l.variant_id")  # noqa: SLF001

    def want(tx: Tx) -> Any:
        return tx.all(store.Short, careless, mall_id, new_id(), [variant], [1], NOW + timedelta(minutes=1))

    with pytest.raises(asyncpg.CheckViolationError):
        await overlap(runtime, want, write(runtime, want))

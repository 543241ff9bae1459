"""The last unit goes to one; crossing orders never wait in a circle. The twin shows what the guard prevents."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from tests.factories.malls import make_mall

from galleria.kernel.ids import MallId, OrderId, VariantId, new_id
from galleria.platform.auth.access import SYSTEM
from galleria.platform.db import Tx
from galleria.platform.journal import Command
from galleria.platform.runtime import Runtime
from galleria.value import stock

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


async def test_twin_without_the_row_lock_sells_the_last_unit_twice(runtime: Runtime) -> None:
    """Reading what is free and writing afterwards, without lock or constraint: the race is real."""
    mall_id, (variant,) = await shelf(runtime, 1)
    both_have_read = asyncio.Barrier(2)

    async def careless(connection: asyncpg.Connection) -> bool:
        async with connection.transaction():
            free = await connection.fetchval(
                "SELECT on_hand - reserved FROM stock.level WHERE mall_id = $1 AND variant_id = $2", mall_id, variant
            )
            await both_have_read.wait()
            if free < 1:
                return False
            await connection.execute(
                """
                INSERT INTO stock.reservation (mall_id, order_id, variant_id, quantity, expires_at)
                VALUES ($1, $2, $3, 1, now())
                """,
                mall_id,
                new_id(),
                variant,
            )
            return True

    async with runtime.db.pool.acquire() as one, runtime.db.pool.acquire() as two:
        won = await asyncio.gather(careless(one), careless(two))
    async with runtime.db.read() as tx:
        promised = await tx.value("SELECT sum(quantity) FROM stock.reservation WHERE variant_id = $1", variant)
    assert (won, promised) == ([True, True], 2)
    await runtime.db.pool.execute("DELETE FROM stock.reservation WHERE variant_id = $1", variant)

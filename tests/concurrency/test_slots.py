"""The last place of a slot and the last room at a point go to one. The twin shows what the guard prevents."""

import asyncio
from typing import Any

import asyncpg
import pytest
from tests.factories.fulfilment import Bringing, make_bringing, room
from tests.factories.overlap import overlap, write
from tests.factories.twins import twins

from galleria.commerce import fulfilment, orders
from galleria.commerce.fulfilment.model import SlotView
from galleria.commerce.fulfilment.store import booking as store
from galleria.commerce.orders import Way
from galleria.kernel.ids import OrderId, new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


async def first_slot(bringing: Bringing, **rule: Any) -> SlotView:
    await bringing.rule(Way.DELIVERY, **rule)
    return (await bringing.quote())[Way.DELIVERY].slots[0]


async def tried(bringing: Bringing, choice: orders.WayChoice, order_id: OrderId | None = None) -> bool:
    try:
        await bringing.book(choice, order_id=order_id)
    except (fulfilment.SlotFull, fulfilment.PointFull):
        return False
    return True


async def test_forty_shoppers_and_three_places(runtime: Runtime) -> None:
    bringing = await make_bringing(runtime)
    slot = await first_slot(bringing, capacity=3)
    choice = bringing.choice(Way.DELIVERY, slot_id=slot.id)
    won = await asyncio.gather(*(tried(bringing, choice) for _ in range(40)))
    booked = await runtime.db.pool.fetchval("SELECT booked FROM fulfilment.slot WHERE id = $1", slot.id)
    bookings = await runtime.db.pool.fetchval("SELECT count(*) FROM fulfilment.booking WHERE slot_id = $1", slot.id)
    assert (sum(won), booked, bookings) == (3, 3, 3)


async def test_forty_shoppers_and_two_compartments(runtime: Runtime) -> None:
    bringing = await make_bringing(runtime)
    await bringing.point(bringing.desk.id, code=bringing.desk.code, compartments=[room("ambient", 2)])
    won = await asyncio.gather(*(tried(bringing, bringing.choice(Way.POINT)) for _ in range(40)))
    held = await runtime.db.pool.fetchval(
        "SELECT sum(held) FROM fulfilment.compartment WHERE mall_id = $1", bringing.mall.mall_id
    )
    assert (sum(won), held) == (2, 2)


async def test_booking_and_releasing_at_once_end_with_nothing_held(runtime: Runtime) -> None:
    bringing = await make_bringing(runtime)
    slot = await first_slot(bringing, capacity=50)
    choice = bringing.choice(Way.DELIVERY, slot_id=slot.id)

    async def life() -> None:
        order_id = OrderId(new_id())
        assert await tried(bringing, choice, order_id)

        async def release(tx: Tx) -> int:
            return await fulfilment.release(tx, mall_id=bringing.mall.mall_id, order_id=order_id)

        assert sorted(await asyncio.gather(*(write(runtime, release) for _ in range(2)))) == [0, 1]

    await asyncio.gather(*(life() for _ in range(20)))
    assert await runtime.db.pool.fetchval("SELECT booked FROM fulfilment.slot WHERE id = $1", slot.id) == 0


GUARD = " WHERE s.booked + excluded.booked <= s.capacity\n"


@pytest.mark.parametrize(("guard", "booked"), [(GUARD, 1), ("", 2)])
async def test_twin_only_the_condition_keeps_the_last_place_from_going_twice(
    runtime: Runtime, guard: str, booked: int
) -> None:
    """The statement of `take_slots` itself on a copy of its table, with its condition and without."""
    bringing = await make_bringing(runtime)
    slot = await first_slot(bringing, capacity=1)
    assert store._TAKE_SLOTS.count(GUARD) == 1  # noqa: SLF001 - the very statement
    sql = store._TAKE_SLOTS.replace(GUARD, guard).replace("fulfilment.", "twin.")  # noqa: SLF001
    row = {"id": slot.id, "rule_id": new_id(), "starts_at": slot.starts_at, "ends_at": slot.ends_at, "capacity": 1,
           "wanted": 1}  # fmt: skip

    def want(tx: Tx) -> Any:
        return tx.values(sql, bringing.mall.mall_id, [row])

    async with twins(runtime, "fulfilment.slot"):
        async with runtime.db.read() as tx:
            await tx.value("CREATE UNIQUE INDEX ON twin.slot (mall_id, id)")
        await overlap(runtime, want, write(runtime, want))
        async with runtime.db.read() as tx:
            found = await tx.value("SELECT booked FROM twin.slot WHERE id = $1", slot.id)
    assert found == booked


async def test_the_constraint_holds_where_the_condition_is_forgotten(runtime: Runtime) -> None:
    bringing = await make_bringing(runtime)
    slot = await first_slot(bringing, capacity=1)
    await bringing.book(bringing.choice(Way.DELIVERY, slot_id=slot.id))
    with pytest.raises(asyncpg.CheckViolationError):
        await runtime.db.pool.execute("UPDATE fulfilment.slot SET booked = booked + 1 WHERE id = $1", slot.id)

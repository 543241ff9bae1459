"""Two who close, or approve, the same period at once: one statement, one payout. The twin shows two."""

import asyncio
from datetime import UTC, date, datetime

import asyncpg
import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.overlap import Operation, overlap, write
from tests.factories.settlement import closed, moved, shown, sound
from tests.factories.twins import twins

from galleria.commerce import settlement
from galleria.kernel.ids import StaffId, new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)


def closing(mall: MadeMall, ends_on: date) -> Operation:
    async def operation(tx: Tx) -> settlement.StatementId:
        return await settlement.close(
            tx, mall_id=mall.mall_id, merchant_id=mall.merchant_ids[0], ends_on=ends_on, now=LATER
        )

    return operation


async def test_two_who_close_a_period_make_one_statement(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    await moved(runtime, mall, mall.merchant_ids[0], 10_000, at=NOON)
    ends_on = date(2026, 3, 9)
    one, other = await overlap(runtime, closing(mall, ends_on), write(runtime, closing(mall, ends_on)))
    assert one == other
    await sound(runtime)


async def test_of_two_periods_closed_at_once_the_later_has_what_the_earlier_left(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    await moved(runtime, mall, mall.merchant_ids[0], 10_000, at=NOON)
    await moved(runtime, mall, mall.merchant_ids[0], 500, at=datetime(2026, 3, 12, 4, 0, tzinfo=UTC))
    first, second = closing(mall, date(2026, 3, 9)), closing(mall, date(2026, 3, 16))
    one, other = await overlap(runtime, first, write(runtime, second))
    assert [(await shown(runtime, mall, s)).moved_minor for s in (one, other)] == [10_000, 500]
    await sound(runtime)


async def test_of_two_approvals_one_pays(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    await moved(runtime, mall, mall.merchant_ids[0], 10_000, at=NOON)
    statement = await closed(runtime, mall, mall.merchant_ids[0], date(2026, 3, 9), LATER)

    def signing(what: str) -> Operation:
        async def operation(tx: Tx) -> None:
            act = settlement.check if what == "check" else settlement.approve
            await act(tx, mall_id=mall.mall_id, statement_id=statement.id, staff_id=StaffId(new_id()), now=LATER)

        return operation

    await write(runtime, signing("check"))
    one, rival = await overlap(runtime, signing("approve"), write(runtime, signing("approve")))
    assert one is None
    assert isinstance(rival, settlement.StatementMoved)
    found = await runtime.db.pool.fetchval("SELECT count(*) FROM settlement.payout WHERE mall_id = $1", mall.mall_id)
    assert found == 1
    await sound(runtime)


async def test_an_entry_is_on_one_statement_even_without_the_lock(runtime: Runtime) -> None:
    """The key refuses what the lock of the book prevents."""
    mall = await make_mall(runtime)
    await moved(runtime, mall, mall.merchant_ids[0], 10_000, at=NOON)
    statement = await closed(runtime, mall, mall.merchant_ids[0], date(2026, 3, 9), LATER)
    with pytest.raises(asyncpg.UniqueViolationError, match="entry_stated_once"):
        await runtime.db.pool.execute(
            "INSERT INTO settlement.entry SELECT * FROM settlement.entry WHERE statement_id = $1", statement.id
        )


async def test_twin_without_lock_and_key_states_an_entry_twice(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    await moved(runtime, mall, mall.merchant_ids[0], 10_000, at=NOON)
    ready = asyncio.Barrier(2)
    async with twins(runtime, "settlement.entry"):

        async def state() -> None:
            async with runtime.db.pool.acquire() as connection, connection.transaction():
                entries = await connection.fetch(
                    "SELECT id, code, reference, at FROM ledger.entry AS e WHERE mall_id = $1 AND NOT EXISTS "
                    "(SELECT FROM twin.entry AS s WHERE s.entry_id = e.id)",
                    mall.mall_id,
                )
                await ready.wait()
                for entry in entries:
                    await connection.execute(
                        "INSERT INTO twin.entry (mall_id, merchant_id, entry_id, statement_id, kind, code, reference,"
                        " at, goods_minor, discount_minor, delivery_minor, fee_minor, cash_minor, amount_minor)"
                        " VALUES ($1, $2, $3, $4, 'other', $5, $6, $7, 10000, 0, 0, 0, 0, 10000)",
                        mall.mall_id,
                        mall.merchant_ids[0],
                        entry["id"],
                        new_id(),
                        entry["code"],
                        entry["reference"],
                        entry["at"],
                    )

        await asyncio.gather(state(), state())
        stated = await runtime.db.pool.fetchval(
            "SELECT sum(amount_minor) FROM twin.entry WHERE mall_id = $1", mall.mall_id
        )
    assert stated == 20_000

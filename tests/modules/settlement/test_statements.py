"""A period becomes one statement that is the ledger's; what is due goes to the bank, or comes back."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.factories.malls import MadeMall, make_mall
from tests.factories.settlement import agreed, approved, closed, done, moved, shown, sound

from galleria.commerce import settlement
from galleria.commerce.settlement.model import LineKind
from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind
from galleria.kernel.ids import StaffId, new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

FIRST = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon of a Monday in the mall."""


def day(number: int) -> date:
    return date(2026, 3, 2) + timedelta(days=number)


def noon(number: int) -> datetime:
    return FIRST + timedelta(days=number)


async def owed(runtime: Runtime, mall: MadeMall) -> int:
    account = ledger.account(AccountKind.MERCHANT_PAYABLE, mall.merchant_ids[0], "CNY")
    async with runtime.db.read() as tx:
        return (await ledger.balance(tx, account, now=noon(0))).total


async def payout_of(runtime: Runtime, mall: MadeMall, statement: settlement.Statement) -> settlement.PayoutId:
    found = (await shown(runtime, mall, statement.id)).payout_id
    assert found is not None
    return found


async def test_a_period_is_closed_once_it_is_over_and_only_with_something_in_it(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    merchant = mall.merchant_ids[0]
    with pytest.raises(settlement.NothingToClose):
        await closed(runtime, mall, merchant, day(1), noon(1))
    await moved(runtime, mall, merchant, 10_000, at=noon(0))
    with pytest.raises(settlement.PeriodOpen):
        await closed(runtime, mall, merchant, day(2), noon(1))
    one = await closed(runtime, mall, merchant, day(1), noon(1))
    again = await closed(runtime, mall, merchant, day(1), noon(5))
    assert again == one
    with pytest.raises(settlement.NothingToClose):
        await closed(runtime, mall, merchant, day(0), noon(5))
    await sound(runtime)


async def test_what_comes_late_is_in_the_next_statement_and_nothing_is_in_two(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    merchant = mall.merchant_ids[0]
    await moved(runtime, mall, merchant, 10_000, at=noon(0))
    one = await closed(runtime, mall, merchant, day(7), noon(7))
    await moved(runtime, mall, merchant, 300, at=noon(6))
    await moved(runtime, mall, merchant, 5_000, at=noon(8))
    await moved(runtime, mall, merchant, -800, at=noon(8), kind=AccountKind.CASH_HELD, code="orders.deposit")
    await moved(runtime, mall, merchant, 9_999, at=noon(14))
    two = await closed(runtime, mall, merchant, day(14), noon(14))
    assert (one.opening_minor, one.closing_minor, one.due_minor, one.entries) == (0, 10_000, 10_000, 1)
    assert (two.opening_minor, two.moved_minor, two.closing_minor, two.entries) == (10_000, 4_500, 14_500, 3)
    assert (two.waiting_minor, two.due_minor) == (10_000, 4_500)
    assert {line.kind: line.amount_minor for line in two.lines} == {LineKind.CASH: -800, LineKind.OTHER: 5_300}
    await sound(runtime)


async def test_a_refund_after_the_payout_is_carried_over_until_it_is_earned(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    merchant = mall.merchant_ids[0]
    await moved(runtime, mall, merchant, 10_000, at=noon(0))
    one = await approved(runtime, mall, await closed(runtime, mall, merchant, day(7), noon(7)), now=noon(8))
    assert (one.payout_state, await owed(runtime, mall)) == ("due", 0)
    await moved(runtime, mall, merchant, -4_000, at=noon(9), code="returns.refund")
    two = await approved(runtime, mall, await closed(runtime, mall, merchant, day(14), noon(14)), now=noon(15))
    assert (two.closing_minor, two.due_minor, two.payout_id) == (-4_000, 0, None)
    assert {line.kind: line.amount_minor for line in two.lines} == {LineKind.REFUNDS: -4_000, LineKind.PAYOUTS: -10_000}
    await moved(runtime, mall, merchant, 9_000, at=noon(16))
    three = await closed(runtime, mall, merchant, day(21), noon(21))
    assert (three.opening_minor, three.due_minor) == (-4_000, 5_000)
    await sound(runtime)


async def test_a_reserve_is_paid_a_period_later(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    merchant = mall.merchant_ids[0]
    await agreed(runtime, mall.mall_id, reserve_bp=1_000, now=noon(0))
    await moved(runtime, mall, merchant, 10_000, at=noon(1), code="orders.paid")
    one = await approved(runtime, mall, await closed(runtime, mall, merchant, day(7), noon(7)), now=noon(8))
    two = await closed(runtime, mall, merchant, day(14), noon(14))
    assert (one.reserve_minor, one.due_minor, two.reserve_minor, two.due_minor) == (1_000, 9_000, 0, 1_000)
    await sound(runtime)


async def test_one_person_checks_and_another_approves_once(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    await moved(runtime, mall, mall.merchant_ids[0], 10_000, at=noon(0))
    statement = await closed(runtime, mall, mall.merchant_ids[0], day(7), noon(7))
    one, other = StaffId(new_id()), StaffId(new_id())

    async def sign(what: str, who: StaffId) -> None:
        async def operation(tx: Tx) -> None:
            act = settlement.check if what == "check" else settlement.approve
            await act(tx, mall_id=mall.mall_id, statement_id=statement.id, staff_id=who, now=noon(8))

        await done(runtime, operation, type(None))

    async def send_back(tx: Tx) -> None:
        await settlement.object_to(tx, mall_id=mall.mall_id, statement_id=statement.id, note="少一笔")

    with pytest.raises(settlement.StatementMoved):
        await sign("approve", one)
    await sign("check", one)
    with pytest.raises(settlement.SamePerson):
        await sign("approve", one)
    assert await owed(runtime, mall) == 10_000
    await done(runtime, send_back, type(None))
    assert (await shown(runtime, mall, statement.id)).note == "少一笔"
    await sign("check", other)
    await sign("approve", one)
    with pytest.raises(settlement.StatementMoved):
        await sign("approve", one)
    assert await owed(runtime, mall) == 0
    await sound(runtime)


async def test_a_payout_that_bounces_is_owed_again_once_even_after_it_was_paid(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    merchant = mall.merchant_ids[0]
    await moved(runtime, mall, merchant, 10_000, at=noon(0))
    one = await approved(runtime, mall, await closed(runtime, mall, merchant, day(7), noon(7)), now=noon(7))
    payout = await payout_of(runtime, mall, one)

    async def send(tx: Tx) -> None:
        await settlement.send(
            tx, mall_id=mall.mall_id, payout_id=payout, bank_reference="ICBC-1", staff_id=StaffId(new_id()), now=noon(8)
        )

    async def pay(tx: Tx) -> None:
        await settlement.pay(tx, mall_id=mall.mall_id, payout_id=payout, now=noon(9))

    async def bounce(tx: Tx) -> None:
        await settlement.bounce(tx, mall_id=mall.mall_id, payout_id=payout, note="账号有误", now=noon(10))

    with pytest.raises(settlement.PayoutMoved):
        await done(runtime, pay, type(None))
    for step in (send, pay, bounce):
        await done(runtime, step, type(None))
        await sound(runtime)
    for step in (send, pay, bounce):
        with pytest.raises(settlement.PayoutMoved):
            await done(runtime, step, type(None))
    assert await owed(runtime, mall) == 10_000
    two = await closed(runtime, mall, merchant, day(14), noon(14))
    assert (two.opening_minor, two.moved_minor, two.waiting_minor, two.due_minor) == (10_000, 0, 0, 10_000)
    async with runtime.db.read() as tx:
        everybody = await settlement.positions(tx, mall_id=mall.mall_id)
    assert (everybody.sum_minor, {p.kind: p.amount_minor for p in everybody.positions}) == (
        0, {"merchant_payable": 10_000, "payouts": 0, "provider_clearing": -10_000}
    )  # fmt: skip


async def test_money_that_bounced_before_its_entry_was_stated_is_due_at_once(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    merchant = mall.merchant_ids[0]
    await moved(runtime, mall, merchant, 10_000, at=noon(0))
    await moved(runtime, mall, merchant, 500, at=noon(8))
    one = await approved(runtime, mall, await closed(runtime, mall, merchant, day(7), noon(7)), now=noon(14))
    payout = await payout_of(runtime, mall, one)

    async def bounce(tx: Tx) -> None:
        await settlement.bounce(tx, mall_id=mall.mall_id, payout_id=payout, note="账号有误", now=noon(14))

    await done(runtime, bounce, type(None))
    two = await closed(runtime, mall, merchant, day(14), noon(14))
    assert (two.waiting_minor, two.due_minor) == (0, 10_500)
    two = await approved(runtime, mall, two, now=noon(15))
    three = await closed(runtime, mall, merchant, day(21), noon(21))
    assert (await owed(runtime, mall), three.closing_minor, three.due_minor) == (0, 0, 0)
    await sound(runtime)


async def test_the_clock_closes_every_period_that_is_over_once(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    merchant = mall.merchant_ids[0]
    await moved(runtime, mall, merchant, 100, at=noon(0))
    await moved(runtime, mall, merchant, 200, at=noon(3))
    await moved(runtime, mall, merchant, 300, at=noon(22))
    for _ in range(2):
        await settlement.close_mall(runtime, mall.mall_id, noon(29))
    found = await runtime.db.pool.fetch(
        "SELECT starts_on, ends_on, moved_minor FROM settlement.statement WHERE mall_id = $1 ORDER BY n", mall.mall_id
    )
    assert next((row["ends_on"], row["moved_minor"]) for row in found) == (day(7), 300)
    assert sum(row["moved_minor"] for row in found) == 600
    await sound(runtime)


async def test_another_malls_entries_are_its_own(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    sister = await make_mall(runtime, group_id=mall.group_id)
    reference: UUID = await moved(runtime, mall, mall.merchant_ids[0], 700, at=noon(0))
    await moved(runtime, sister, mall.merchant_ids[0], 900, at=noon(0))
    one = await closed(runtime, mall, mall.merchant_ids[0], day(1), noon(1))
    assert one.closing_minor == 700
    stated = await runtime.db.pool.fetchval("SELECT reference FROM settlement.entry WHERE statement_id = $1", one.id)
    assert stated == reference

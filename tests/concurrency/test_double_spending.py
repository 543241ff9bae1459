"""Many spend the same points at once; the twin shows what happens to a wallet that reads and then writes."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.factories.ledger import earn, plain, violations, wallet, write

from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind, AccountRef, Balance, Entry, EntryKey, Posting
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.runtime import Runtime

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
GROUP = GroupId(new_id())
RIVALS = 8


async def spend(runtime: Runtime, account: AccountRef, amount: int, reference: UUID | None = None) -> bool:
    entry = Entry("tests.spend", reference or new_id(), [Posting(account, -amount), Posting(plain(), amount)])
    try:
        await write(runtime, lambda tx: ledger.post(tx, group_id=GROUP, mall_id=None, entries=[entry], now=NOW), NOW)
    except (ledger.InsufficientBalance, ledger.AlreadyPosted):
        return False
    return True


async def balance(runtime: Runtime, account: AccountRef) -> Balance:
    async with runtime.db.read() as tx:
        return await ledger.balance(tx, account, now=NOW)


@pytest.mark.parametrize("kind", [AccountKind.MEMBER_POINTS, AccountKind.MEMBER_POINTS_PENDING])
async def test_what_is_there_is_spent_once(runtime: Runtime, kind: AccountKind) -> None:
    account = plain(kind)
    await earn(runtime, GROUP, account, 10, NOW)
    await earn(runtime, GROUP, account, 20, NOW, expires_at=NOW + DAY if account.lotted else None)
    done = await asyncio.gather(*(spend(runtime, account, 10) for _ in range(RIVALS)))
    assert sum(done) == 3
    assert await balance(runtime, account) == Balance(0, 0, 0)
    assert await violations(runtime) == []


async def test_read_then_write_spends_it_again_and_again(runtime: Runtime) -> None:
    account_id, everybody = new_id(), asyncio.Barrier(2)
    async with runtime.db.pool.acquire() as setup:
        await setup.execute("CREATE TABLE naive_wallet (id uuid PRIMARY KEY, balance bigint CHECK (balance >= 0))")
        await setup.execute("INSERT INTO naive_wallet VALUES ($1, 10)", account_id)

        async def naive() -> bool:
            async with runtime.db.pool.acquire() as connection, connection.transaction():
                found = await connection.fetchval("SELECT balance FROM naive_wallet WHERE id = $1", account_id)
                await everybody.wait()
                if found < 10:
                    return False
                await connection.execute("UPDATE naive_wallet SET balance = $2 WHERE id = $1", account_id, found - 10)
                return True

        try:
            assert await asyncio.gather(naive(), naive()) == [True, True]
        finally:
            await setup.execute("DROP TABLE naive_wallet")


async def test_the_same_entry_posted_at_once_has_one_effect(runtime: Runtime) -> None:
    account, reference = wallet(), new_id()
    await earn(runtime, GROUP, account, 100, NOW)
    done = await asyncio.gather(*(spend(runtime, account, 10, reference) for _ in range(RIVALS)))
    assert sum(done) == 1
    assert (await balance(runtime, account)).total == 90


async def test_an_account_opens_once_however_many_credit_it_first(runtime: Runtime) -> None:
    account = wallet()
    await asyncio.gather(*(earn(runtime, GROUP, account, 10, NOW) for _ in range(RIVALS)))
    assert await balance(runtime, account) == Balance(80, 0, 80)
    assert await violations(runtime) == []


async def test_holds_and_debits_share_what_is_there(runtime: Runtime) -> None:
    account = wallet()
    await earn(runtime, GROUP, account, 30, NOW)

    async def hold() -> bool:
        try:
            await write(
                runtime,
                lambda tx: ledger.hold(
                    tx, group_id=GROUP, mall_id=None, account=account, amount=10, code="tests.hold",
                    reference=new_id(), expires_at=NOW + DAY, now=NOW,
                ),
                NOW,
                ledger.Hold,
            )  # fmt: skip
        except ledger.InsufficientBalance:
            return False
        return True

    done = await asyncio.gather(*(hold() for _ in range(RIVALS)), *(spend(runtime, account, 10) for _ in range(RIVALS)))
    assert sum(done) == 3
    found = await balance(runtime, account)
    assert found.available == 0
    assert found.total == found.held == 10 * sum(done[:RIVALS])
    assert await violations(runtime) == []


async def test_a_hold_ends_once(runtime: Runtime) -> None:
    account = wallet()
    await earn(runtime, GROUP, account, 10, NOW)
    made = await write(
        runtime,
        lambda tx: ledger.hold(
            tx, group_id=GROUP, mall_id=None, account=account, amount=10, code="tests.hold", reference=new_id(),
            expires_at=NOW + DAY, now=NOW,
        ),
        NOW,
        ledger.Hold,
    )  # fmt: skip

    async def end(post: bool) -> str:  # noqa: FBT001
        into = [Posting(plain(), 10)]
        try:
            if post:
                await write(runtime, lambda tx: ledger.post_hold(tx, hold_id=made.id, into=into, now=NOW), NOW)
            else:
                await write(runtime, lambda tx: ledger.void_hold(tx, hold_id=made.id, now=NOW), NOW)
        except ledger.HoldEnded:
            return "late"
        return "posted" if post else "voided"

    done = await asyncio.gather(*(end(i % 2 == 0) for i in range(RIVALS)))
    assert done.count("late") == RIVALS - 1
    assert (await balance(runtime, account)).total == (0 if "posted" in done else 10)
    assert await violations(runtime) == []


async def test_a_debit_comes_back_once(runtime: Runtime) -> None:
    account, shop, reference = wallet(), plain(), new_id()
    await earn(runtime, GROUP, account, 10, NOW)
    await spend(runtime, account, 10, reference)
    key = EntryKey("tests.spend", reference)

    async def back() -> bool:
        entry = Entry("tests.back", new_id(), [Posting(shop, -4), Posting(account, 4, returns=key)])
        try:
            await write(
                runtime, lambda tx: ledger.post(tx, group_id=GROUP, mall_id=None, entries=[entry], now=NOW), NOW
            )
        except ledger.NothingToReturn:
            return False
        return True

    assert sum(await asyncio.gather(*(back() for _ in range(RIVALS)))) == 2
    assert (await balance(runtime, account)).total == 8
    assert await violations(runtime) == []


async def test_two_who_send_each_other_points_do_not_wait_for_ever(runtime: Runtime) -> None:
    ann, ben = wallet(), wallet()
    for account in (ann, ben):
        await earn(runtime, GROUP, account, 100, NOW)

    async def send(source: AccountRef, target: AccountRef) -> None:
        await write(
            runtime,
            lambda tx: ledger.transfer(
                tx, group_id=GROUP, mall_id=None, source=source, target=target, amount=3, code="tests.gift",
                reference=new_id(), now=NOW,
            ),
            NOW,
        )  # fmt: skip

    await asyncio.gather(*(send(*pair) for _ in range(RIVALS) for pair in ((ann, ben), (ben, ann))))
    assert [(await balance(runtime, account)).total for account in (ann, ben)] == [100, 100]
    assert await violations(runtime) == []

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from tests.factories.ledger import ASSET, earn, plain, tick, violations, wallet, write

from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind, Balance, Entry, EntryKey, Expiry, Posting
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
GROUP = GroupId(new_id())


async def post(runtime: Runtime, *entries: Entry, now: datetime = NOW) -> None:
    await write(runtime, lambda tx: ledger.post(tx, group_id=GROUP, mall_id=None, entries=entries, now=now), now)


async def balance(runtime: Runtime, account: ledger.AccountRef, now: datetime = NOW) -> Balance:
    async with runtime.db.read() as tx:
        return await ledger.balance(tx, account, now=now)


def spend(account: ledger.AccountRef, amount: int) -> Entry:
    return Entry("tests.spend", new_id(), [Posting(account, -amount), Posting(plain(), amount)])


async def entries_of(runtime: Runtime, code: str, reference: object) -> int:
    async with runtime.db.read() as tx:
        return await tx.value("SELECT count(*) FROM ledger.entry WHERE code = $1 AND reference = $2", code, reference)


async def test_an_account_nobody_used_is_empty(runtime: Runtime) -> None:
    assert await balance(runtime, wallet()) == Balance(0, 0, 0)


async def test_money_moves_between_accounts_without_guard(runtime: Runtime) -> None:
    mall = new_id()
    clearing = ledger.account(AccountKind.PROVIDER_CLEARING, mall, "CNY")
    payable = ledger.account(AccountKind.MERCHANT_PAYABLE, mall, "CNY")
    for amount in (700, 300):
        await post(runtime, Entry("tests.paid", new_id(), [Posting(clearing, -amount), Posting(payable, amount)]))
    assert await balance(runtime, clearing) == Balance(-1000, 0, -1000)
    assert await balance(runtime, payable) == Balance(1000, 0, 1000)


async def test_an_entry_has_one_effect(runtime: Runtime) -> None:
    account = wallet()
    entry = await earn(runtime, GROUP, account, 50, NOW)
    with pytest.raises(ledger.AlreadyPosted):
        await post(runtime, entry)
    assert (await balance(runtime, account)).total == 50
    other = Entry(entry.code, new_id(), entry.postings)
    with pytest.raises(ledger.AlreadyPosted):
        await post(runtime, other, entry)
    assert await entries_of(runtime, other.code, other.reference) == 0


async def test_a_guarded_account_never_falls_below_zero(runtime: Runtime) -> None:
    account = wallet()
    await earn(runtime, GROUP, account, 50, NOW)
    refused = spend(account, 51)
    with pytest.raises(ledger.InsufficientBalance):
        await post(runtime, refused)
    assert await entries_of(runtime, refused.code, refused.reference) == 0
    assert await balance(runtime, account) == Balance(50, 0, 50)


@pytest.mark.parametrize("opened", [True, False])
async def test_a_guarded_account_without_lots_is_held_by_its_check(runtime: Runtime, opened: bool) -> None:  # noqa: FBT001
    account = plain(AccountKind.MEMBER_POINTS_PENDING)
    if opened:
        await earn(runtime, GROUP, account, 5, NOW)
    refused = spend(account, 6)
    with pytest.raises(ledger.InsufficientBalance):
        await post(runtime, refused)
    assert await entries_of(runtime, refused.code, refused.reference) == 0
    assert (await balance(runtime, account)).total == (5 if opened else 0)


async def test_a_credit_and_debit_of_one_call_are_weighed_together(runtime: Runtime) -> None:
    account = plain(AccountKind.MEMBER_POINTS_PENDING)
    gain = Entry("tests.earn", new_id(), [Posting(account, 8), Posting(plain(), -8)])
    await post(runtime, spend(account, 8), gain)
    assert await balance(runtime, account) == Balance(0, 0, 0)
    await post(runtime, Entry("tests.earn", new_id(), [Posting(account, 8), Posting(plain(), -8)]))
    assert (await balance(runtime, account)).total == 8


async def test_an_account_that_several_open_at_once_has_all_they_posted(runtime: Runtime) -> None:
    for _ in range(40):
        merchant, mall = plain(), plain(AccountKind.MALL_MARKETING)
        entries = [Entry("tests.first", new_id(), [Posting(merchant, 5), Posting(mall, -5)]) for _ in range(6)]
        await asyncio.gather(*(post(runtime, entry) for entry in entries))
        assert (await balance(runtime, merchant)).total == 30


async def test_what_does_not_balance_is_refused_before_and_by_the_database(runtime: Runtime) -> None:
    account = wallet()
    await earn(runtime, GROUP, account, 5, NOW)
    with pytest.raises(ledger.Unsound):
        await post(runtime, Entry("tests.bad", new_id(), [Posting(account, 1), Posting(plain(), 1)]))

    async def slip(tx: Tx) -> None:
        await tx.run(
            """
            INSERT INTO ledger.posting (entry_id, position, account_id, asset, amount)
            SELECT entry_id, 9, account_id, asset, 1 FROM ledger.posting WHERE account_id = $1
            """,
            account.id,
        )

    with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
        await write(runtime, slip, NOW)


@pytest.mark.parametrize("statement", ["UPDATE ledger.posting SET amount = 1", "DELETE FROM ledger.entry"])
async def test_what_is_posted_stays(runtime: Runtime, statement: str) -> None:
    with pytest.raises(asyncpg.RestrictViolationError):
        await write(runtime, lambda tx: tx.run(statement), NOW, int)


async def test_lots_are_spent_soonest_to_expire_first(runtime: Runtime) -> None:
    account = wallet()
    await earn(runtime, GROUP, account, 10, NOW)
    await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + 9 * DAY)
    await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + 2 * DAY)
    await post(runtime, spend(account, 14))
    assert await balance(runtime, account) == Balance(16, 0, 16, [Expiry(NOW + 9 * DAY, 6)])
    await post(runtime, spend(account, 8))
    assert await balance(runtime, account) == Balance(8, 0, 8)


async def test_a_debit_can_take_the_lots_of_one_entry_first(runtime: Runtime) -> None:
    account = wallet()
    await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + DAY)
    own = await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + 9 * DAY)
    first = EntryKey(own.code, own.reference)
    await post(runtime, Entry("tests.undo", new_id(), [Posting(account, -8, first=first), Posting(plain(), 8)]))
    assert (await balance(runtime, account)).expiring == [Expiry(NOW + DAY, 10), Expiry(NOW + 9 * DAY, 2)]


async def test_what_comes_back_goes_into_the_lots_it_came_from(runtime: Runtime) -> None:
    account, shop = wallet(), plain()
    await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + DAY)
    await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + 2 * DAY)
    spent = spend(account, 15)
    await post(runtime, spent)
    key = EntryKey(spent.code, spent.reference)

    def back(amount: int) -> Entry:
        return Entry("tests.back", new_id(), [Posting(shop, -amount), Posting(account, amount, returns=key)])

    await post(runtime, back(7))
    assert (await balance(runtime, account)).expiring == [Expiry(NOW + DAY, 2), Expiry(NOW + 2 * DAY, 10)]
    with pytest.raises(ledger.NothingToReturn):
        await post(runtime, back(9))
    await post(runtime, back(8))
    assert (await balance(runtime, account)).expiring == [Expiry(NOW + DAY, 10), Expiry(NOW + 2 * DAY, 10)]
    with pytest.raises(ledger.NothingToReturn):
        await post(runtime, back(1))
    assert await violations(runtime) == []


async def test_an_entry_does_not_use_and_refill_the_same_lot(runtime: Runtime) -> None:
    account, shop = wallet(), plain()
    await earn(runtime, GROUP, account, 10, NOW)
    spent = spend(account, 5)
    await post(runtime, spent)
    back = Posting(account, 1, returns=EntryKey(spent.code, spent.reference))
    with pytest.raises(asyncpg.UniqueViolationError):
        await post(runtime, Entry("tests.both", new_id(), [Posting(account, -2), back, Posting(shop, 1)]))
    assert (await balance(runtime, account)).total == 5


async def test_expired_lots_cannot_be_spent_and_go_to_breakage_once(runtime: Runtime) -> None:
    group, account = GroupId(new_id()), wallet()
    breakage = ledger.account(AccountKind.POINTS_BREAKAGE, group, ASSET)
    await earn(runtime, group, account, 10, NOW, expires_at=NOW + DAY)
    await earn(runtime, group, account, 5, NOW)
    later = NOW + DAY
    assert await balance(runtime, account, later) == Balance(15, 0, 5)
    with pytest.raises(ledger.InsufficientBalance):
        await post(runtime, spend(account, 6), now=later)
    while await write(runtime, lambda tx: ledger.expire_lots(tx, now=later, limit=1), later, int):
        pass
    assert await balance(runtime, account, later) == Balance(5, 0, 5)
    assert (await balance(runtime, breakage, later)).total == 10
    assert await violations(runtime) == []


async def test_parts_of_a_transfer_keep_the_day_they_expire(runtime: Runtime) -> None:
    source, target = wallet(), wallet()
    await earn(runtime, GROUP, source, 10, NOW, expires_at=NOW + DAY)
    await earn(runtime, GROUP, source, 10, NOW)

    async def move(amount: int) -> None:
        await write(
            runtime,
            lambda tx: ledger.transfer(
                tx, group_id=GROUP, mall_id=None, source=source, target=target, amount=amount, code="tests.gift",
                reference=new_id(), now=NOW,
            ),
            NOW,
        )  # fmt: skip

    await move(13)
    assert await balance(runtime, target) == Balance(13, 0, 13, [Expiry(NOW + DAY, 10)])
    with pytest.raises(ledger.InsufficientBalance):
        await move(8)
    assert await balance(runtime, source) == Balance(7, 0, 7)


async def test_the_statement_is_read_page_by_page(runtime: Runtime) -> None:
    account, debt = wallet(), plain()
    made = []
    for amount in (1, 2, 3):
        made.append(await earn(runtime, GROUP, account, amount, NOW))
        await tick()
    entry = Entry("tests.spend", new_id(), [Posting(account, -4), Posting(debt, 4)], {"title_en": "A cup"})
    await post(runtime, entry)
    async with runtime.db.read() as tx:
        first = await ledger.statement(tx, [account, debt], limit=3)
        assert first.next_cursor is not None
        rest = await ledger.statement(tx, [account, debt], cursor=first.next_cursor, limit=3)
        with pytest.raises(Invalid):
            await ledger.statement(tx, [account], cursor="forged")
    assert [m.reference for m in (*first.items, *rest.items)] == [entry.reference, *(m.reference for m in made[::-1])]
    assert first.items[0].amounts == {"member_points": -4, "merchant_payable": 4}
    assert first.items[0].detail == {"title_en": "A cup"}
    assert rest.next_cursor is None

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from tests.factories.ledger import earn, plain, violations, wallet, write

from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind, AccountRef, Balance, Expiry, Hold, HoldId, Posting
from galleria.foundation.ledger.jobs import expire
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.runtime import Runtime

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GROUP = GroupId(new_id())


async def hold(runtime: Runtime, account: AccountRef, amount: int, *, reference: object = None) -> Hold:
    return await write(
        runtime,
        lambda tx: ledger.hold(
            tx, group_id=GROUP, mall_id=None, account=account, amount=amount, code="tests.hold",
            reference=reference or new_id(), expires_at=NOW + HOUR, now=NOW,
        ),
        NOW,
        Hold,
    )  # fmt: skip


async def settle(runtime: Runtime, hold_id: HoldId, amount: int, now: datetime = NOW) -> None:
    into = [Posting(plain(), amount)]
    await write(runtime, lambda tx: ledger.post_hold(tx, hold_id=hold_id, into=into, now=now), now)


async def void(runtime: Runtime, hold_id: HoldId, now: datetime = NOW) -> None:
    await write(runtime, lambda tx: ledger.void_hold(tx, hold_id=hold_id, now=now), now)


async def balance(runtime: Runtime, account: AccountRef, now: datetime = NOW) -> Balance:
    async with runtime.db.read() as tx:
        return await ledger.balance(tx, account, now=now)


@pytest.fixture(params=[AccountKind.MEMBER_POINTS, AccountKind.MEMBER_POINTS_PENDING])
async def account(request: pytest.FixtureRequest, runtime: Runtime) -> AccountRef:
    found = plain(request.param)
    await earn(runtime, GROUP, found, 10, NOW)
    return found


async def test_what_is_held_cannot_be_spent_or_held_again(runtime: Runtime, account: AccountRef) -> None:
    await hold(runtime, account, 7)
    assert await balance(runtime, account) == Balance(10, 7, 3)
    with pytest.raises(ledger.InsufficientBalance):
        await hold(runtime, account, 4)
    entry = ledger.Entry("tests.spend", new_id(), [Posting(account, -4), Posting(plain(), 4)])
    with pytest.raises(ledger.InsufficientBalance):
        await write(runtime, lambda tx: ledger.post(tx, group_id=GROUP, mall_id=None, entries=[entry], now=NOW), NOW)
    assert await balance(runtime, account) == Balance(10, 7, 3)


@pytest.mark.parametrize("make", [wallet, lambda: plain(AccountKind.MEMBER_POINTS_PENDING), plain])
async def test_nothing_can_be_held_where_nothing_is(runtime: Runtime, make: type[AccountRef]) -> None:
    with pytest.raises(ledger.InsufficientBalance):
        await hold(runtime, make(), 1)


async def test_a_hold_is_made_once_for_its_reference(runtime: Runtime, account: AccountRef) -> None:
    reference = new_id()
    await hold(runtime, account, 2, reference=reference)
    with pytest.raises(ledger.AlreadyPosted):
        await hold(runtime, account, 2, reference=reference)
    assert (await balance(runtime, account)).held == 2


async def test_a_posted_hold_is_an_entry_and_ends_once(runtime: Runtime, account: AccountRef) -> None:
    made = await hold(runtime, account, 7)
    await settle(runtime, made.id, 7)
    assert await balance(runtime, account) == Balance(3, 0, 3)
    with pytest.raises(ledger.HoldEnded):
        await settle(runtime, made.id, 7)
    with pytest.raises(ledger.HoldEnded):
        await void(runtime, made.id)
    with pytest.raises(NotFound):
        await void(runtime, HoldId(new_id()))
    async with runtime.db.read() as tx:
        page = await ledger.statement(tx, [account])
    assert (page.items[0].code, page.items[0].reference) == (made.code, made.reference)
    assert await violations(runtime) == []


async def test_a_voided_hold_gives_back(runtime: Runtime, account: AccountRef) -> None:
    made = await hold(runtime, account, 7)
    await void(runtime, made.id)
    assert await balance(runtime, account) == Balance(10, 0, 10)


async def test_a_hold_that_has_run_out_is_swept_and_too_late_to_post(runtime: Runtime, account: AccountRef) -> None:
    made = await hold(runtime, account, 7)
    late = NOW + HOUR
    with pytest.raises(ledger.HoldEnded):
        await settle(runtime, made.id, 7, late)
    assert (await balance(runtime, account)).held == 7
    await expire(runtime, late)
    await expire(runtime, late)
    assert await balance(runtime, account, late) == Balance(10, 0, 10)
    assert await violations(runtime) == []


async def test_a_hold_lasts_a_while(runtime: Runtime, account: AccountRef) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await write(
            runtime,
            lambda tx: ledger.hold(
                tx, group_id=GROUP, mall_id=None, account=account, amount=1, code="tests.hold", reference=new_id(),
                expires_at=NOW, now=NOW,
            ),
            NOW,
            Hold,
        )  # fmt: skip
    assert (await balance(runtime, account)).held == 0


async def test_a_hold_that_is_just_being_ended_is_left_to_the_next_sweep(runtime: Runtime) -> None:
    account = wallet()
    await earn(runtime, GROUP, account, 10, NOW)
    made = await hold(runtime, account, 7)
    async with runtime.db.pool.acquire() as rival, rival.transaction():
        await rival.execute("SELECT FROM ledger.hold WHERE id = $1 FOR UPDATE", made.id)
        await expire(runtime, NOW + HOUR)
        assert (await balance(runtime, account)).held == 7
    await expire(runtime, NOW + HOUR)
    assert (await balance(runtime, account)).held == 0


async def test_a_hold_keeps_its_lots_from_expiring_until_it_ends(runtime: Runtime) -> None:
    posted, voided = wallet(), wallet()
    for account in (posted, voided):
        await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + HOUR / 2)
        await earn(runtime, GROUP, account, 10, NOW, expires_at=NOW + DAY)
    kept, freed = await hold(runtime, posted, 8), await hold(runtime, voided, 8)
    soon = NOW + HOUR * 3 / 4
    await expire(runtime, soon)
    assert await balance(runtime, posted, soon) == Balance(18, 8, 10, [Expiry(NOW + DAY, 10)])
    await settle(runtime, kept.id, 8, soon)
    await void(runtime, freed.id, soon)
    await expire(runtime, soon)
    for account in (posted, voided):
        assert await balance(runtime, account, soon) == Balance(10, 0, 10, [Expiry(NOW + DAY, 10)])
    assert await violations(runtime) == []

"""The ledger on real PostgreSQL against a few dictionaries that say the same in a dozen lines."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.factories.ledger import ASSET, plain, wallet

from galleria.foundation import ledger
from galleria.foundation.ledger import Entry, EntryKey, Expiry, Posting
from galleria.foundation.ledger.wiring import MODULE
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import Database, connect
from galleria.platform.tx import Tx

Chunks = Counter[int]
"""How much expires on which day."""

NEVER = 10_000
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNTS = st.integers(1, 30)
WALLETS = st.integers(0, 1)
PICKS = st.integers(0, 99)


def at(day: int) -> datetime | None:
    return None if day == NEVER else START + day * DAY


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, db: Database, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.db, self.loop = db, loop
        self.group = GroupId(new_id())
        self.wallets = [wallet(), wallet()]
        self.shop = plain()
        self.today = 0
        self.free: list[Chunks] = [Counter(), Counter()]
        self.holds: list[tuple[int, ledger.HoldId, int, Chunks]] = []
        self.spent: list[tuple[int, EntryKey, Chunks]] = []
        self.broken = 0

    @property
    def now(self) -> datetime:
        return START + self.today * DAY

    def do(self, operation: Callable[[Tx], Awaitable[Any]], *, fails: type[Exception] | None = None) -> Any:
        command = Command(kind="tests.machine", actor=SYSTEM, now=self.now)
        try:
            done = self.loop.run_until_complete(self.db.write(command, operation, returns=object))
        except ledger.InsufficientBalance as error:
            done = error
        except (ledger.AlreadyPosted, ledger.NothingToReturn, ledger.HoldEnded) as error:
            done = error
        if fails is not None:
            assert isinstance(done, fails)
        else:
            assert not isinstance(done, Exception)
        return done

    def post(self, *postings: Posting, fails: type[Exception] | None = None) -> EntryKey:
        entry = Entry("tests.machine", new_id(), postings)

        def operation(tx: Tx) -> Awaitable[None]:
            return ledger.post(tx, group_id=self.group, mall_id=None, entries=[entry], now=self.now)

        self.do(operation, fails=fails)
        if fails is None:
            self.do(operation, fails=ledger.AlreadyPosted if postings[0].amount > 0 else Exception)
        return EntryKey(entry.code, entry.reference)

    def take(self, who: int, amount: int) -> Chunks | None:
        alive = sorted(day for day, left in self.free[who].items() if left and day > self.today)
        if sum(self.free[who][day] for day in alive) < amount:
            return None
        taken: Chunks = Counter()
        for day in alive:
            taken[day] = min(self.free[who][day], amount)
            amount -= taken[day]
        self.free[who] -= taken
        return +taken

    @rule(who=WALLETS, amount=AMOUNTS, day=st.integers(1, 20) | st.none())
    def earn(self, who: int, amount: int, day: int | None) -> None:
        ends = NEVER if day is None else self.today + day
        self.post(Posting(self.wallets[who], amount, at(ends)), Posting(self.shop, -amount))
        self.free[who][ends] += amount

    @initialize()
    def begin_with_several_lots(self) -> None:
        for who in (0, 1):
            for day in (3, 6, 9, None):
                self.earn(who, 12, day)

    @rule(who=WALLETS, amount=AMOUNTS)
    def spend(self, who: int, amount: int) -> None:
        taken = self.take(who, amount)
        fails = ledger.InsufficientBalance if taken is None else None
        key = self.post(Posting(self.wallets[who], -amount), Posting(self.shop, amount), fails=fails)
        if taken is not None:
            self.spent.append((who, key, taken))

    @precondition(lambda self: self.spent)
    @rule(pick=PICKS, amount=AMOUNTS)
    def give_back(self, pick: int, amount: int) -> None:
        who, key, left = self.spent[pick % len(self.spent)]
        fails = ledger.NothingToReturn if left.total() < amount else None
        self.do(
            lambda tx: ledger.post(
                tx, group_id=self.group, mall_id=None, now=self.now,
                entries=[Entry("tests.back", new_id(), [
                    Posting(self.shop, -amount), Posting(self.wallets[who], amount, returns=key)])],
            ),
            fails=fails,
        )  # fmt: skip
        if fails is None:
            for day in sorted(left, reverse=True):
                part = min(left[day], amount)
                left[day] -= part
                self.free[who][day] += part
                amount -= part

    @rule(who=WALLETS, amount=AMOUNTS, days=st.integers(1, 5))
    def hold(self, who: int, amount: int, days: int) -> None:
        kept = self.take(who, amount)
        made = self.do(
            lambda tx: ledger.hold(
                tx, group_id=self.group, mall_id=None, account=self.wallets[who], amount=amount, code="tests.hold",
                reference=new_id(), expires_at=self.now + days * DAY, now=self.now,
            ),
            fails=ledger.InsufficientBalance if kept is None else None,
        )  # fmt: skip
        if kept is not None:
            self.holds.append((who, made.id, self.today + days, kept))

    @precondition(lambda self: self.holds)
    @rule(pick=PICKS, post=st.booleans())
    def end_hold(self, pick: int, post: bool) -> None:  # noqa: FBT001
        who, hold_id, ends, kept = self.holds[pick % len(self.holds)]
        fails = ledger.HoldEnded if ends <= self.today else None
        into = [Posting(self.shop, kept.total())]
        for expected in (fails, ledger.HoldEnded):
            self.do(
                (lambda tx: ledger.post_hold(tx, hold_id=hold_id, into=into, now=self.now))
                if post
                else (lambda tx: ledger.void_hold(tx, hold_id=hold_id, now=self.now)),
                fails=expected,
            )
        if fails is None:
            del self.holds[pick % len(self.holds)]
            if not post:
                self.free[who] += kept

    @rule(who=WALLETS, amount=AMOUNTS)
    def transfer(self, who: int, amount: int) -> None:
        moved = self.take(who, amount)
        self.do(
            lambda tx: ledger.transfer(
                tx, group_id=self.group, mall_id=None, source=self.wallets[who], target=self.wallets[1 - who],
                amount=amount, code="tests.transfer", reference=new_id(), now=self.now,
            ),
            fails=ledger.InsufficientBalance if moved is None else None,
        )  # fmt: skip
        if moved is not None:
            self.free[1 - who] += moved

    @rule(days=st.integers(1, 8))
    def sleep(self, days: int) -> None:
        self.today += days

    @rule()
    def sweep(self) -> None:
        while self.do(lambda tx: ledger.expire_holds(tx, now=self.now, limit=2)):
            pass
        while self.do(lambda tx: ledger.expire_lots(tx, now=self.now, limit=2)):
            pass
        for who, _, ends, kept in self.holds:
            if ends <= self.today:
                self.free[who] += kept
        self.holds = [held for held in self.holds if held[2] > self.today]
        for free in self.free:
            for day in [day for day in free if day <= self.today]:
                self.broken += free.pop(day)

    @invariant()
    def both_say_the_same(self) -> None:
        breakage = ledger.account(ledger.AccountKind.POINTS_BREAKAGE, self.group, ASSET)
        found = self.read([*self.wallets, breakage])
        for who, account in enumerate(self.wallets):
            held = sum(kept.total() for owner, _, _, kept in self.holds if owner == who)
            alive = {day: left for day, left in self.free[who].items() if day > self.today and left}
            ends = [Expiry(START + day * DAY, left) for day, left in sorted(alive.items()) if day != NEVER]
            expected = ledger.Balance(self.free[who].total() + held, held, sum(alive.values()), ends)
            assert found[account.id].total == expected.total
            assert found[account.id].held == expected.held
            assert found[account.id].available == expected.available
            assert found[account.id].expiring == expected.expiring[:12]
        assert found[breakage.id].total == self.broken

    def read(self, accounts: list[ledger.AccountRef]) -> dict[Any, ledger.Balance]:
        async def ask() -> dict[Any, ledger.Balance]:
            async with self.db.read() as tx:
                return await ledger.balances(tx, accounts, now=self.now)

        return self.loop.run_until_complete(ask())

    def teardown(self) -> None:
        async def ask() -> list[str]:
            async with self.db.read() as tx:
                return [line for i in MODULE.invariants for line in await tx.values(i.sql)]

        assert self.loop.run_until_complete(ask()) == []


def test_the_ledger_does_what_the_dictionaries_say(dsn: str) -> None:
    loop = asyncio.new_event_loop()
    try:
        db = loop.run_until_complete(connect(dsn, size=1))
        run_state_machine_as_test(
            lambda: LedgerMachine(db, loop),
            settings=settings(
                max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
        loop.run_until_complete(db.pool.close())
    finally:
        loop.close()

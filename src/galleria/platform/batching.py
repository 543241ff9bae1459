"""The surge path: requests for one hot row share a transaction, a commit and a few statements.

The first request of a lane waits a millisecond for company. The batch then locks the hot row, and takes along all who
have come while it waited for the lock: the harder processes press on a row, the larger their batches. Every request
keeps what it would have alone: its own outcome or refusal, its own journal row, its own idempotency key, an answer
only after the commit. ::

    CLAIMING = Surge(lock=lock_coupon, settle=claim_many)
    claim = await runtime.batcher(CLAIMING, returns=Claim).submit((mall_id, coupon_id), command, want)

Keys: the same actor and key inside one lane shares one outcome; a key stored earlier is looked up when a request is
refused or a batch meets it in the journal; a key that two processes bring at once is settled one by one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from enum import Enum
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import structlog

from galleria.kernel.errors import DomainError, Unavailable
from galleria.platform import journal
from galleria.platform.command import Command, Event
from galleria.platform.db import RETRIED, Database
from galleria.platform.journal import KeyReused
from galleria.platform.tx import Tx

W = TypeVar("W")
T = TypeVar("T")

BATCH_MAX = 256
QUEUE_MAX = 4096
GATHER_S = 0.001
RETRY_AFTER_S = 1

log = structlog.get_logger()


class Done(msgspec.Struct, Generic[T], frozen=True):
    """One accepted request of a batch: its result, and what its journal row says."""

    value: T
    subject: str
    events: tuple[Event, ...] = ()


Outcome: TypeAlias = Done[T] | DomainError


class Surge(msgspec.Struct, Generic[W, T], frozen=True):
    """What a batch does: `await lock(tx, lane)`, then `await settle(tx, locked, wants)`: an outcome each, in order."""

    lock: Callable[[Tx, Any], Awaitable[Any]]
    settle: Callable[[Tx, Any, Sequence[W]], Awaitable[Sequence[Outcome[T]]]]


class _Pending(Enum):
    PENDING = 0


PENDING: Final = _Pending.PENDING


class _Entry(Generic[W, T]):
    __slots__ = ("command", "futures", "outcome", "want")

    def __init__(self, command: Command, want: W) -> None:
        self.command = command
        self.want = want
        self.futures: list[asyncio.Future[T]] = []
        self.outcome: T | BaseException | _Pending = PENDING

    def heard(self) -> "asyncio.Future[T]":
        """Return a future of one caller's own: one who gives up takes no answer from a twin."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.futures.append(future)
        self._tell(future)
        return future

    def answer(self, outcome: "T | BaseException") -> None:
        """Tell everybody who asks, or will ask; the first answer stands."""
        if self.outcome is PENDING:
            self.outcome = outcome
            for future in self.futures:
                self._tell(future)

    def _tell(self, future: "asyncio.Future[T]") -> None:
        if self.outcome is PENDING or future.done():
            return
        if isinstance(self.outcome, BaseException):
            future.set_exception(self.outcome)
        else:
            future.set_result(self.outcome)


class _Lane(Generic[W, T]):
    __slots__ = ("by_key", "task", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[_Entry[W, T]] = deque()
        self.by_key: dict[tuple[UUID, str], _Entry[W, T]] = {}
        self.task: asyncio.Task[None] | None = None


class Batcher(Generic[W, T]):
    """Batches the requests of one process for one surge; lanes (one a hot row) do not wait for each other."""

    def __init__(
        self,
        db: Database,
        surge: Surge[W, T],
        *,
        returns: type[T],
        batch_max: int = BATCH_MAX,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        self._db = db
        self._surge = surge
        self._returns = returns
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._lanes: dict[Hashable, _Lane[W, T]] = {}

    async def submit(self, lane: Hashable, command: Command, want: W) -> T:
        """Return the result of one request after its batch is committed, or raise its refusal.

        Raises KeyReused for a key used with another input, Unavailable with `retry_after` when too many wait. A
        caller that gives up leaves its request in the batch and harms nobody.
        """
        return await self._enter(lane, command, want).heard()

    def _enter(self, name: Hashable, command: Command, want: W) -> _Entry[W, T]:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane()
            lane.task = asyncio.create_task(self._serve(name, lane))
        key = None if command.key is None else (command.actor.id, command.key)
        twin = None if key is None else lane.by_key.get(key)
        if twin is not None:
            if twin.command.input_hash != command.input_hash:
                raise KeyReused
            return twin
        if len(lane.waiting) >= self._queue_max:
            raise Unavailable(retry_after=RETRY_AFTER_S)
        entry: _Entry[W, T] = _Entry(command, want)
        lane.waiting.append(entry)
        if key is not None:
            lane.by_key[key] = entry
        return entry

    async def _serve(self, name: Hashable, lane: _Lane[W, T]) -> None:
        """Settle batches until nobody waits; the lane is then forgotten, and who still waits is told to come again."""
        batch: list[_Entry[W, T]] = []
        try:
            while lane.waiting:
                await asyncio.sleep(GATHER_S)
                batch = []
                await self._settle_or_answer(name, lane, batch)
                for entry in batch:
                    if entry.command.key is not None:
                        del lane.by_key[entry.command.actor.id, entry.command.key]
        finally:
            del self._lanes[name]
            for entry in (*batch, *lane.waiting):
                entry.answer(Unavailable(retry_after=RETRY_AFTER_S))

    async def _settle_or_answer(self, name: Hashable, lane: _Lane[W, T], batch: list[_Entry[W, T]]) -> None:
        """Settle a batch; should that fail as a whole, everybody in it hears so."""
        try:
            await self._settle(name, lane, batch)
        except asyncpg.LockNotAvailableError:
            self._gather(lane, batch)
            for entry in batch:
                entry.answer(Unavailable(retry_after=RETRY_AFTER_S))
        except Exception as error:
            self._gather(lane, batch)
            log.exception("batch.crashed", size=len(batch))
            for entry in batch:
                entry.answer(error)

    async def _settle(self, name: Hashable, lane: _Lane[W, T], batch: list[_Entry[W, T]]) -> None:
        """Settle a batch at once; when a key of it is already in the journal, without that; at last one by one."""
        try:
            return await self._together(name, lambda: self._gather(lane, batch))
        except (journal.Replayed, *RETRIED) as reason:
            log.info("batch.retried", size=len(batch), reason=type(reason).__name__)
        rest = await self._answer_known(self._gather(lane, batch))
        try:
            await self._together(name, lambda: rest)
        except (journal.Replayed, *RETRIED) as reason:
            log.info("batch.split", size=len(rest), reason=type(reason).__name__)
            for entry in rest:
                await self._alone(name, entry)

    def _gather(self, lane: _Lane[W, T], batch: list[_Entry[W, T]]) -> list[_Entry[W, T]]:
        """Fill an empty batch with who waits."""
        if not batch:
            batch.extend(lane.waiting.popleft() for _ in range(min(self._batch_max, len(lane.waiting))))
        return batch

    async def _together(self, name: Hashable, gather: Callable[[], list[_Entry[W, T]]]) -> None:
        """Do a batch, gathered under the lock, in one transaction and answer after it; raises journal.Replayed."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            tx = Tx(connection)
            locked = await self._surge.lock(tx, name)
            batch = gather()
            outcomes = await self._surge.settle(tx, locked, [entry.want for entry in batch])
            rows = [
                journal.row_of(entry.command, done.value, subject=done.subject, events=done.events)
                for entry, done in zip(batch, outcomes, strict=True)
                if isinstance(done, Done)
            ]
            if rows:
                await self._db.close(tx, rows, coalesce=True)
        refused = [entry for entry, outcome in zip(batch, outcomes, strict=True) if isinstance(outcome, DomainError)]
        await self._answer_known(refused)
        for entry, outcome in zip(batch, outcomes, strict=True):
            entry.answer(outcome.value if isinstance(outcome, Done) else outcome)

    async def _answer_known(self, batch: list[_Entry[W, T]]) -> list[_Entry[W, T]]:
        """Answer the requests whose key is in the journal with what is stored there, and return the others."""
        if not batch:
            return []
        async with self._db.read() as tx:
            stored = await journal.find_many(tx, [entry.command for entry in batch])
        for entry, found in zip(batch, stored, strict=True):
            if found is None:
                continue
            same = found.input_hash == entry.command.input_hash
            entry.answer(msgspec.json.decode(found.result, type=self._returns) if same else KeyReused())
        return [entry for entry, found in zip(batch, stored, strict=True) if found is None]

    async def _alone(self, name: Hashable, entry: _Entry[W, T]) -> None:
        """Do one request as an ordinary write."""

        async def operation(tx: Tx) -> T:
            [outcome] = await self._surge.settle(tx, await self._surge.lock(tx, name), [entry.want])
            if isinstance(outcome, DomainError):
                raise outcome
            tx.subject = outcome.subject
            tx.events.extend(outcome.events)
            return outcome.value

        try:
            entry.answer(await self._db.write(entry.command, operation, returns=self._returns))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this caller's answer
            entry.answer(error)

"""PostgreSQL, spoken in SQL: rows become msgspec Structs, and one write is one transaction and one journal row.

Reading::

    async with db.read() as tx:
        shop = await tx.one(Shop, "SELECT id, name_zh, ... FROM malls.shop WHERE ...", mall_id, shop_id)

Writing (the only way; nothing else commits)::

    claim = await db.write(Command(kind="coupons.claim", actor=actor, key=key, input=...),
                           lambda tx: coupons.claim(tx, ...), returns=Claim)
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import asyncpg
import msgspec
import structlog

from galleria.kernel.errors import DomainError
from galleria.platform import jobs, journal
from galleria.platform.command import Command
from galleria.platform.tx import Connection, ReadTx, Tx

T = TypeVar("T")

ATTEMPTS = 3
JSONB_VERSION = b"\x01"
RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

log = structlog.get_logger()


class Database:
    """A pool of connections and the rule of writing: one command, one transaction, one journal row."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", *, subscribers: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.pool = pool
        self._subscribers = subscribers or {}

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTx]:
        """Lend a connection for reading."""
        async with self.pool.acquire() as connection:
            yield ReadTx(connection)

    async def write(
        self,
        command: Command,
        operation: Callable[[Tx], Awaitable[T]],
        *,
        returns: type[T],
    ) -> T:
        """Run `operation` in one transaction, journal it, commit, and return its result.

        The same actor, key and input again returns the stored result and changes nothing; the same key with another
        input raises `journal.KeyReused`. A deadlock or serialization failure is retried as a whole, three times.
        A DomainError rolls everything back and leaves no journal row, so the key may be used again.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._write_once(command, operation)
            except RETRIED:
                if attempt == ATTEMPTS:
                    raise
                log.info("write.retried", kind=command.kind, attempt=attempt)
            except journal.Replayed:
                break
            except DomainError:
                if command.key is None or not await self._is_known(command):
                    raise
                break
        return await self._stored(command, returns)

    async def _write_once(self, command: Command, operation: Callable[[Tx], Awaitable[T]]) -> T:
        async with self.pool.acquire() as connection, connection.transaction():
            tx = Tx(connection, command.actor)
            result = await operation(tx)
            await self.close(tx, [journal.row(command, result, tx)])
        return result

    async def close(self, tx: Tx, rows: Sequence[journal.Row], *, coalesce: bool = False) -> None:
        """Write what every transaction ends with: journal rows, live notices, jobs. Raises journal.Replayed."""
        await journal.append(tx, rows, coalesce=coalesce)
        due = [*tx.jobs, *journal.subscribed(rows, self._subscribers)]
        if due:
            await jobs.insert(tx._connection, due)  # noqa: SLF001 - the queue library wants the driver's connection

    async def _is_known(self, command: Command) -> bool:
        async with self.read() as tx:
            return await journal.find(tx, command) is not None

    async def _stored(self, command: Command, returns: type[T]) -> T:
        async with self.read() as tx:
            return await journal.stored_result(tx, command, returns)


async def connect(
    dsn: str, *, size: int, name: str = "galleria", subscribers: Mapping[str, Sequence[str]] | None = None
) -> Database:
    """Return a Database on `dsn` with at most `size` connections, which PostgreSQL sees as `name`.

    Close it by `await database.pool.close()`.
    """

    async def keep(_connection: Connection) -> None:
        """Leave the session as it is: no code of ours sets session state, so nothing needs a reset round trip."""

    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        init=speak_json,
        reset=keep,
        server_settings={
            "lock_timeout": "10s",
            "statement_timeout": "60s",
            "application_name": name,
            "timezone": "UTC",
        },
    )
    return Database(pool, subscribers=subscribers)


async def speak_json(connection: Connection) -> None:
    """Have a connection take and give JSON as every Tx does: values in, text out; binary, as COPY wants it."""
    for name, mark in (("json", b""), ("jsonb", JSONB_VERSION)):
        await connection.set_type_codec(
            name,
            encoder=partial(_encode_json, mark),
            decoder=partial(_keep_text, len(mark)),
            schema="pg_catalog",
            format="binary",
        )


def _encode_json(mark: bytes, value: Any) -> bytes:
    return mark + (value.encode() if isinstance(value, str) else msgspec.json.encode(value))


def _keep_text(start: int, sent: bytes) -> str:
    return sent[start:].decode()


def utc_now() -> datetime:
    """Return the present moment; called at the edges only, and passed down as `now`."""
    return datetime.now(UTC)

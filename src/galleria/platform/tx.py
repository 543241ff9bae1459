"""A connection as use cases see it: rows become Structs, and what happened is collected for the end of the write.

Columns are matched to fields by name; enums, nested Structs and JSON columns are decoded by the field's type.
"""

import inspect
import types
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from galleria.platform.actors import SYSTEM, Actor
from galleria.platform.command import Event
from galleria.platform.jobs import Job

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"


class ReadTx:
    """A connection that may read. One statement sees one snapshot; two statements may see two."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def one(self, kind: type[T], sql: str, *args: Any) -> T | None:
        """Return the first row as a `kind`, or None."""
        row = await self._connection.fetchrow(sql, *args)
        return None if row is None else _mapper(kind, tuple(row.keys()))(row)

    async def all(self, kind: type[T], sql: str, *args: Any) -> list[T]:
        """Return every row as a `kind`."""
        rows = await self._connection.fetch(sql, *args)
        if not rows:
            return []
        mapper = _mapper(kind, tuple(rows[0].keys()))
        return [mapper(row) for row in rows]

    async def value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await self._connection.fetchval(sql, *args)

    async def values(self, sql: str, *args: Any) -> list[Any]:
        """Return the first column of every row."""
        return [row[0] for row in await self._connection.fetch(sql, *args)]


class Tx(ReadTx):
    """An open transaction that may write, in the name of `actor`; made by `Database.write` only."""

    __slots__ = ("actor", "events", "jobs", "subject")

    def __init__(self, connection: Connection, actor: Actor = SYSTEM) -> None:
        super().__init__(connection)
        self.actor = actor
        self.events: list[Event] = []
        self.jobs: list[Job] = []
        self.subject: str | None = None

    async def run(self, sql: str, *args: Any) -> int:
        """Execute a statement and return how many rows it touched."""
        status = await self._connection.execute(sql, *args)
        return int(status.rpartition(" ")[2]) if status[-1:].isdigit() else 0

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Bulk load rows into `schema.table` by COPY."""
        schema, _, name = table.partition(".")
        await self._connection.copy_records_to_table(name, schema_name=schema, columns=list(columns), records=rows)

    def emit(self, event: Event) -> None:
        """Record that something happened: kept in the journal row, told to subscribers and live screens."""
        self.events.append(event)

    def enqueue(self, job: Job) -> None:
        """Have a job done after, and only if, this transaction commits."""
        self.jobs.append(job)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Roll back to here, and no further, when the block raises."""
        async with self._connection.transaction():
            yield


def _mapper(kind: type[T], columns: tuple[str, ...]) -> Callable[[asyncpg.Record], T]:
    """Return the function that builds a `kind` out of a row with these columns; made once a pair."""
    key = (kind, columns)
    found = _mappers.get(key)
    if found is None:
        found = _mappers[key] = _make_mapper(kind, columns)
    return found


_mappers: dict[tuple[type, tuple[str, ...]], Callable[[asyncpg.Record], Any]] = {}


def _make_mapper(kind: type[T], columns: tuple[str, ...]) -> Callable[[asyncpg.Record], T]:
    fields = msgspec.structs.fields(kind)  # type: ignore[arg-type]
    absent = [f.name for f in fields if f.name not in columns and f.required]
    if absent:
        raise TypeError(f"{kind.__name__} wants columns {absent}, the statement gives {columns}")
    decoders = {f.name: _decoder(f.type) for f in fields if f.name in columns}
    if not any(decoders.values()) and tuple(decoders) == columns and _takes_positions(kind):
        return lambda row: kind(*row)
    pairs = [(name, columns.index(name), decode) for name, decode in decoders.items()]

    def build(row: asyncpg.Record) -> T:
        return kind(
            **{name: row[i] if decode is None or row[i] is None else decode(row[i]) for name, i, decode in pairs}
        )

    return build


def _takes_positions(kind: type) -> bool:
    parameters = inspect.signature(kind).parameters.values()
    return all(parameter.kind is not inspect.Parameter.KEYWORD_ONLY for parameter in parameters)


def _decoder(kind: Any) -> Callable[[Any], Any] | None:
    """Return how a column becomes a field of this type, or None when the driver's value will do."""
    if get_origin(kind) in {Union, types.UnionType}:
        inner = [a for a in get_args(kind) if a is not type(None)]
        return _decoder(inner[0]) if len(inner) == 1 else None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if _is_json(kind):
        json = msgspec.json.Decoder(kind)

        def decode(value: Any) -> Any:
            return json.decode(value) if isinstance(value, (str, bytes)) else msgspec.convert(value, kind)

        return decode
    if get_origin(kind) is tuple:
        return tuple
    return None


def _is_json(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return True
    origin, args = get_origin(kind), get_args(kind)
    if origin is dict or kind is dict:
        return True
    return origin in {list, tuple} and any(_is_json(a) for a in args)

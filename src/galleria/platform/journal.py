"""The journal: one append-only row for every accepted command.

It is audit trail (who did what when), idempotency record (the same key returns the stored result) and outbox (its
events are what subscribers and live screens hear). The pattern is the command log of a ledger: one row a command,
written in the command's own transaction, unique on (actor, key), with a hash of the input.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from galleria.kernel.errors import Conflict
from galleria.kernel.ids import new_id
from galleria.platform.command import Command, Event
from galleria.platform.jobs import Job
from galleria.platform.tx import ReadTx, Tx

T = TypeVar("T")

NOTIFY_BYTES = 7_900


class KeyReused(Conflict):
    """This Idempotency-Key was already used with another request; take a fresh key."""

    code = "key_reused"


class Replayed(Exception):
    """The command's key is already in the journal."""


class Row(msgspec.Struct, frozen=True):
    """One journal row to write."""

    id: UUID
    command: Command
    result: str
    events: tuple[Event, ...]
    subject: str | None


def row(command: Command, result: Any, tx: Tx) -> Row:
    """Return the journal row of an accepted command, its result and what the transaction emitted."""
    return row_of(command, result, subject=tx.subject, events=tuple(tx.events))


def row_of(command: Command, result: Any, *, subject: str | None, events: tuple[Event, ...]) -> Row:
    """Return the journal row of one accepted command among several in a transaction."""
    return Row(new_id(), command, msgspec.json.encode(result).decode(), events, subject)


_COLUMNS = (
    "id", "at", "kind", "actor_kind", "actor_id", "mall_id", "idempotency_key", "input_hash", "subject", "detail",
    "result", "events",
)  # fmt: skip


async def append(tx: Tx, rows: Sequence[Row], *, coalesce: bool = False) -> None:
    """Insert journal rows and notify live screens. Raises Replayed when a key is taken.

    With `coalesce` a topic hears of one kind of event once: the last one, with the `count` of them.
    """
    try:
        await tx.copy("platform.journal", _COLUMNS, [_record(entry) for entry in rows])
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "journal_key":
            raise Replayed from error
        raise
    notices = [(topic, event) for entry in rows for event in entry.events for topic in event.topics]
    messages = _coalesced(notices) if coalesce else [_message(topic, event) for topic, event in notices]
    if messages:
        await tx.run("SELECT pg_notify('galleria', message) FROM unnest($1::text[]) AS message", _packed(messages))


def _record(entry: Row) -> tuple[Any, ...]:
    command = entry.command
    return (
        entry.id, command.now, command.kind, command.actor.kind.value, command.actor.id, command.mall_id, command.key,
        command.input_hash, entry.subject, command.input, entry.result, entry.events,
    )  # fmt: skip


def _message(topic: str, event: Event) -> str:
    return msgspec.json.encode((topic, event.kind, {"subject": event.subject, **event.data})).decode()


def _packed(messages: Sequence[str]) -> list[str]:
    """Return JSON arrays of messages, as few as NOTIFY's 8,000 bytes allow: each one wakes every listener."""
    packs: list[list[str]] = []
    size = NOTIFY_BYTES + 1
    for message in messages:
        size += len(message.encode()) + 1
        if size > NOTIFY_BYTES:
            packs.append([])
            size = len(message.encode()) + 2
        packs[-1].append(message)
    return [f"[{','.join(pack)}]" for pack in packs]


def _coalesced(notices: Sequence[tuple[str, Event]]) -> list[str]:
    counts = Counter((topic, event.kind) for topic, event in notices)
    last = {(topic, event.kind): event for topic, event in notices}
    return [
        _message(topic, msgspec.structs.replace(event, data={**event.data, "count": counts[topic, kind]}))
        for (topic, kind), event in last.items()
    ]


def subscribed(rows: Sequence[Row], subscribers: Mapping[str, Sequence[str]]) -> list[Job]:
    """Return one job for each event and subscriber; its arguments name the event by journal row and position."""
    return [
        Job(name, {"journal_id": row.id, "position": i, "subject": event.subject, "data": event.data})
        for row in rows
        for i, event in enumerate(row.events)
        for name in subscribers.get(event.kind, ())
    ]


class Stored(msgspec.Struct, frozen=True):
    """What the journal remembers of a key."""

    input_hash: bytes
    result: msgspec.Raw


async def find(tx: ReadTx, command: Command) -> Stored | None:
    """Return the stored outcome of this actor's key, if any; raises KeyReused for another input."""
    found = await tx._connection.fetchrow(  # noqa: SLF001 - the raw JSON text is wanted, not a Struct
        "SELECT input_hash, result FROM platform.journal WHERE actor_id = $1 AND idempotency_key = $2",
        command.actor.id,
        command.key,
    )
    if found is None:
        return None
    if found["input_hash"] != command.input_hash:
        raise KeyReused
    return Stored(found["input_hash"], msgspec.Raw(found["result"].encode()))


async def find_many(tx: ReadTx, commands: Sequence[Command]) -> list[Stored | None]:
    """Return the stored outcome of each command's key, or None, in one statement; inputs are not compared."""
    rows = await tx._connection.fetch(  # noqa: SLF001 - the raw JSON text is wanted, not a Struct
        """
        SELECT given.position, entry.input_hash, entry.result
          FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS given (actor_id, key, position)
          JOIN platform.journal AS entry ON entry.actor_id = given.actor_id AND entry.idempotency_key = given.key
        """,
        [command.actor.id for command in commands],
        [command.key for command in commands],
    )
    by_position = {r["position"]: Stored(r["input_hash"], msgspec.Raw(r["result"].encode())) for r in rows}
    return [by_position.get(position) for position in range(1, len(commands) + 1)]


async def stored_result(tx: ReadTx, command: Command, returns: type[T]) -> T:
    """Return the result stored under the command's key; raises KeyReused for another input."""
    stored = await find(tx, command)
    if stored is None:
        raise AssertionError(f"{command.kind}: a replayed key has no journal row")
    return msgspec.json.decode(stored.result, type=returns)

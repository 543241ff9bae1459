"""Live screens: one LISTEN connection a process, many server-sent event streams.

A notice is small and says only that something changed; a screen asks the API for the rest. Notices are lost to
nobody who matters: a stream that reconnects reloads its page.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

log = structlog.get_logger()

QUEUE_MAX = 100
HEARTBEAT_S = 15


class Notice(msgspec.Struct, frozen=True, array_like=True):
    """A topic such as `member:<id>`, the event's kind, and its data."""

    topic: str
    kind: str
    data: dict[str, Any]


async def _nothing() -> None:
    """Do nothing; what a hub does on connecting until told otherwise."""


class Hub:
    """Fans notices out to the streams of this process, and keeps the set of revoked sign-ins."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._streams: dict[str, set[asyncio.Queue[Notice]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.on_revoked: Callable[[UUID], None] = lambda _session: None
        self.on_notice: Callable[[Notice], None] = lambda _notice: None
        self.on_connected: Callable[[], Awaitable[None]] = _nothing

    async def start(self) -> None:
        """Begin listening; returns when the connection stands."""
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._listen(ready))
        await ready.wait()

    async def stop(self) -> None:
        """Stop listening and end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def stream(self, topics: list[str]) -> AsyncIterator[Notice | None]:
        """Yield the notices of some topics as they come, and None as a heartbeat every 15 seconds."""
        queue: asyncio.Queue[Notice] = asyncio.Queue(QUEUE_MAX)
        for topic in topics:
            self._streams[topic].add(queue)
        try:
            yield None
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield None
        finally:
            for topic in topics:
                self._streams[topic].discard(queue)
                if not self._streams[topic]:
                    del self._streams[topic]

    def publish(self, notice: Notice) -> None:
        """Hand a notice to this process's streams; a stream that does not keep up loses its oldest."""
        for queue in self._streams.get(notice.topic, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(notice)

    async def _listen(self, ready: asyncio.Event) -> None:
        pause_s = 0.1
        while True:
            try:
                connection = await asyncpg.connect(self._dsn)
                try:
                    await connection.add_listener("galleria", self._heard)
                    await connection.add_listener("galleria_revoked", self._heard_revoked)
                    await self.on_connected()
                    ready.set()
                    pause_s = 0.1
                    closed = asyncio.Event()
                    connection.add_termination_listener(lambda _connection, event=closed: event.set())
                    await closed.wait()
                finally:
                    await connection.close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("realtime.reconnecting", error=str(error), pause_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 10)

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        for notice in msgspec.json.decode(str(payload), type=list[Notice]):
            self.on_notice(notice)
            self.publish(notice)

    def _heard_revoked(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self.on_revoked(UUID(str(payload)))

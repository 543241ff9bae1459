"""A load generator: keep-alive HTTP/1.1 connections on one event loop, requests as ready-made bytes.

It does as little as a client can, so that on two cores shared with server and database it takes little from them.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast
from uuid import uuid4

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """Status, body, and seconds from send to last byte."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Connection(asyncio.Protocol):
    """One keep-alive connection; one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = _length(head)
        if len(rest) < length or self._answer is None:
            return
        answer, self._answer, self._buffer = self._answer, None, rest[length:]
        if not answer.done():
            answer.set_result((int(head[9:12]), rest[:length]))

    async def send(self, request: bytes) -> Answer:
        assert self._transport is not None
        started = time.perf_counter()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        status, body = await self._answer
        return Answer(status, body, time.perf_counter() - started)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return 0 if at < 0 else int(lowered[at + 15 :].split(b"\r\n", 1)[0])


async def connect(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def request(method: str, path: str, token: str | None = None, body: Any = None, *, key: bool = False) -> bytes:
    """Return the bytes of a request; `key` adds a fresh Idempotency-Key."""
    content = b"" if body is None else msgspec.json.encode(body)
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(content)}"]
    if body is not None:
        lines.append("content-type: application/json")
    if token:
        lines.append(f"authorization: Bearer {token}")
    if key:
        lines.append(f"idempotency-key: {uuid4()}")
    return "\r\n".join([*lines, "", ""]).encode() + content


async def storm(port: int, requests: Sequence[bytes], *, clients: int) -> tuple[list[Answer | None], float]:
    """Send every request once over `clients` connections; return the answers in order and the seconds it took.

    A connection that breaks leaves None for its request and takes no more.
    """
    answers: list[Answer | None] = [None] * len(requests)
    queue = iter(range(len(requests)))
    connections = [await connect(port) for _ in range(clients)]
    started = time.perf_counter()
    await asyncio.gather(*(_drive(c, requests, queue, answers) for c in connections))
    seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return answers, seconds


async def _drive(
    connection: Connection, requests: Sequence[bytes], queue: Iterator[int], answers: list[Answer | None]
) -> None:
    for i in queue:
        try:
            answers[i] = await connection.send(requests[i])
        except (ConnectionError, OSError):
            return


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0

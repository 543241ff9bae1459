"""Courier companies that misbehave: they answer late, twice, never, or wrongly, over a wire or over HTTP."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from galleria.adapters.couriers_sandbox.wire import Answer, Desk, Wire
from galleria.commerce.couriers import CourierUnavailable


class Faulty:
    """A wire on which the next requests go wrong, one plan each; without a plan they go through.

    `lost`: never reaches the company. `unheard`: done there, but the answer is lost. `broken`: 502, nothing done.
    `garbled`: done there, the answer is no sense. `twice`: the company gets it twice.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.plans: deque[tuple[str, str]] = deque()
        self.sent: list[str] = []

    def next(self, *plans: str, only: str = "") -> None:
        """Plan how the next requests go wrong, of those whose path has `only` in it."""
        self.plans.extend((plan, only) for plan in plans)

    async def send(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        self.sent.append(path)
        plan = self._plan(path)
        if plan == "lost":
            raise CourierUnavailable("no route to host")
        if plan == "broken":
            return Answer(502, b"<html>bad gateway</html>")
        answer = await self.wire.send(method, path, headers=headers, body=body)
        if plan == "twice":
            answer = await self.wire.send(method, path, headers=headers, body=body)
        if plan == "unheard":
            raise CourierUnavailable("timed out")
        return Answer(200, b"?") if plan == "garbled" else answer

    def _plan(self, path: str) -> str:
        if self.plans and self.plans[0][1] in path:
            return self.plans.popleft()[0]
        return ""


@asynccontextmanager
async def serving(desk: Desk, *, silent: bool = False) -> AsyncIterator[str]:
    """Serve a company's desk over HTTP on loopback, and yield its address; `silent` hangs up without an answer."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if not silent:
            answer = await desk.answer(method, path, headers, body)
            lines = [f"HTTP/1.1 {answer.status} x", f"content-length: {len(answer.body)}", "connection: close", "", ""]
            writer.write("\r\n".join(lines).encode() + answer.body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
